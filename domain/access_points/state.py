"""What the facts about an access point add up to. No rules and no refusals live here."""

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

import attrs

from vaultclock.domain.access_points.commands import (
    FinishDeletingAccessPoint,
    FinishDisassociatingAccessPoint,
    FinishMakingAccessPoint,
)
from vaultclock.domain.access_points.events import (
    AccessPointBecameAvailable,
    AccessPointCreated,
    AccessPointCreationFailed,
    AccessPointDeleted,
    AccessPointDeletionFailed,
    AccessPointDeletionStarted,
    AccessPointDisassociated,
    AccessPointDisassociationStarted,
    AccessPointExpired,
    AccessPointFact,
)
from vaultclock.domain.kernel.engine import Deadline
from vaultclock.domain.kernel.instants import Instant


class Status(StrEnum):
    """Where an access point is in its life, in AWS's words."""

    CREATING = "CREATING"
    AVAILABLE = "AVAILABLE"
    FAILED = "FAILED"  # to be made, or to be deleted
    EXPIRED = "EXPIRED"  # S3 has lost it
    DISASSOCIATING = "DISASSOCIATING"
    DISASSOCIATED = "DISASSOCIATED"  # its account may reach the recovery point no more
    DELETING = "DELETING"


_FINISH = {
    Status.CREATING: FinishMakingAccessPoint,
    Status.DISASSOCIATING: FinishDisassociatingAccessPoint,
    Status.DELETING: FinishDeletingAccessPoint,
}


@attrs.frozen
class AccessPoint:
    """One access point: the fact it was born with, and what has changed since.

    ``settles_at`` is when what is under way ends. One that is gone is remembered until
    ``name_free_at``, for its name's sake.
    """

    born: AccessPointCreated
    created_at: Instant
    settles_at: Instant | None
    status: Status = Status.CREATING
    s3_access_point_arn: str | None = None
    s3_alias: str | None = None
    message: str | None = None
    name_free_at: Instant | None = None

    @property
    def arn(self) -> str:
        """The access point's own ARN."""
        return self.born.arn

    @property
    def recovery_point_arn(self) -> str:
        """What is read through it."""
        return self.born.recovery_point_arn

    @property
    def resource_arn(self) -> str:
        """The bucket that was backed up."""
        return self.born.resource_arn

    @property
    def vault_arn(self) -> str:
        """The vault through which the recovery point was reached."""
        return self.born.vault_arn

    @property
    def is_gone(self) -> bool:
        """Whether there is nothing left of it but its name."""
        return self.name_free_at is not None


def order(access_point: AccessPoint) -> tuple[Instant, str]:
    """Order access points by creation, then ARN (inferred: AWS documents no order)."""
    return access_point.created_at, access_point.arn


def evolve(access_point: AccessPoint | None, at: Instant, fact: AccessPointFact) -> AccessPoint:
    """Fold one fact into an access point; a name that is free again is a new one's."""
    if isinstance(fact, AccessPointCreated):
        return AccessPoint(fact, at, settles_at=fact.ready_at)
    assert access_point is not None, f"{fact} has no access point to happen to"
    match fact:
        case AccessPointBecameAvailable():
            return attrs.evolve(
                access_point,
                status=Status.AVAILABLE,
                settles_at=None,
                s3_access_point_arn=fact.s3_access_point_arn,
                s3_alias=fact.s3_alias,
            )
        case AccessPointCreationFailed() | AccessPointDeletionFailed():
            return attrs.evolve(
                access_point, status=Status.FAILED, settles_at=None, message=fact.message
            )
        case AccessPointExpired():
            return attrs.evolve(access_point, status=Status.EXPIRED)
        case AccessPointDisassociationStarted():
            return attrs.evolve(access_point, status=Status.DISASSOCIATING, settles_at=fact.ends_at)
        case AccessPointDisassociated():
            return attrs.evolve(access_point, status=Status.DISASSOCIATED, settles_at=None)
        case AccessPointDeletionStarted():
            return attrs.evolve(access_point, status=Status.DELETING, settles_at=fact.ends_at)
        case AccessPointDeleted():
            return attrs.evolve(access_point, settles_at=None, name_free_at=fact.name_free_at)
        case _:
            assert_never(fact)


def deadlines(access_point: AccessPoint) -> Iterator[Deadline]:
    """Say what an access point still owes: the end of what is under way."""
    if access_point.settles_at is not None:
        finish = _FINISH[access_point.status]
        yield (access_point.settles_at, finish(access_point.arn))


def retires_at(access_point: AccessPoint) -> Instant | None:
    """Say when nothing of an access point is remembered, not even its name."""
    return access_point.name_free_at
