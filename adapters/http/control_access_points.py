"""Control of what S3 does to access points: it may lose them, or fail to make or delete them."""

import asyncio
from typing import Any

from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http.control_requests import Asked, Refused
from vaultclock.domain.access_points.commands import ExpireAccessPoint, FailAccessPoint
from vaultclock.domain.kernel.arns import parse_arn
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.refusals import (
    InvalidParameterValue,
    InvalidRequest,
    ResourceNotFound,
)

_ACCEPTED = {
    "arn": "the ARN of a backup access point",
    "becomes": "EXPIRED, when S3 has lost it, or FAILED, when its creation or deletion fails",
    "message": "why its creation or deletion fails; for FAILED alone",
}


class AccessPointControl:
    """The one verb of access points: their ARNs say in which account and Region they are."""

    def __init__(self, simulation: Simulation, turn: asyncio.Lock) -> None:
        self._simulation = simulation
        self._turn = turn

    async def post(self, request: Asked) -> Any:
        """Let something happen to an access point that AWS Backup has not asked for."""
        request.read_query(())
        given = await request.read_object(_ACCEPTED)
        command = _read_command(given)
        arn = parse_arn(command.arn)
        if arn is None:
            raise Refused(400, f"{command.arn[:1000]} is no ARN", "arn", _ACCEPTED["arn"])
        async with self._turn:
            self._simulation.settle()
            try:
                self._simulation.change(command, Scope(arn.account, arn.region))
            except ResourceNotFound as refusal:
                raise Refused(404, refusal.message, "arn", _ACCEPTED["arn"]) from None
            except InvalidParameterValue as refusal:
                raise Refused(400, refusal.message, "message", _ACCEPTED["message"]) from None
            except InvalidRequest as refusal:
                raise Refused(409, refusal.message, "becomes", _ACCEPTED["becomes"]) from None
        return {"arn": command.arn, "status": given["becomes"]}


def _read_command(given: dict[str, Any]) -> ExpireAccessPoint | FailAccessPoint:
    for name, value in given.items():
        if type(value) is not str:
            raise Refused(400, f"{name} must be a text", name, _ACCEPTED[name])
    for name in ("arn", "becomes"):
        if name not in given:
            raise Refused(400, f"{name} is missing", name, _ACCEPTED[name])
    match given["becomes"], given.get("message"):
        case "EXPIRED", None:
            return ExpireAccessPoint(given["arn"])
        case "EXPIRED", _:
            raise Refused(400, "nothing says why it expires", "message", _ACCEPTED["message"])
        case "FAILED", str(message):
            return FailAccessPoint(given["arn"], message)
        case "FAILED", _:
            raise Refused(400, "say why it fails", "message", _ACCEPTED["message"])
    raise Refused(400, "it becomes EXPIRED or FAILED", "becomes", _ACCEPTED["becomes"])
