"""Control of the callers: which access key id is that of which principal. None of it is logged."""

from typing import Any

from vaultclock.adapters.http.callers import Callers, Unmappable, read_callers
from vaultclock.adapters.http.control_requests import Asked, Refused


class CallerControl:
    """The verbs of the callers. No world knows of them, so none of it is in the log of facts."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    async def get(self, asked: Asked) -> Any:
        """List the principals by access key id, with what policies may call them."""
        asked.read_query(())
        return {
            key_id: {
                "arn": principal.arn,
                "account": principal.account,
                "principal_arn": principal.iam_arn,
                "user_id": principal.user_id,
            }
            for key_id, principal in self._callers.all().items()
        }

    async def put(self, asked: Asked) -> Any:
        """Map access key ids to the ARNs of principals, all or none; others stay as they are."""
        asked.read_query(())
        try:
            arns = read_callers(await asked.read_json())
        except Unmappable as error:
            raise Refused(400, str(error), error.field, error.accepted) from None
        self._callers.put(arns)
        return {"mapped": len(arns)}

    async def delete(self, asked: Asked) -> Any:
        """Forget one access key id, or all of them."""
        query = asked.read_query(("access_key_id",))
        key_id = query.get("access_key_id")
        forgotten = [*self._callers.all()] if key_id is None else [key_id]
        for each in forgotten:
            try:
                self._callers.remove(each)
            except KeyError:
                text = "this access key id is not mapped"
                raise Refused(404, text, "access_key_id", "one that is mapped") from None
        return {"forgotten": len(forgotten)}
