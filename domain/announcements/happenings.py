"""What a projection is given of one fact, and words that all of them use. Announces nothing."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from vaultclock.domain.announcements.messages import Event, Notice
from vaultclock.domain.kernel.instants import Instant, to_iso
from vaultclock.domain.notifications.queries import topic_of
from vaultclock.domain.values import CreatedBy
from vaultclock.domain.world import World


class Happening(NamedTuple):
    """One fact, and what it did.

    ``before`` and ``after`` are the value of what it happened to, None where there is none;
    ``world`` is that of its scope, at the end of the batch that states it.
    """

    at: Instant
    fact: Any
    before: Any
    after: Any
    world: World


Projection = Callable[[Happening], Iterable[Event | Notice]]
Projections = Mapping[type, Projection]


def given(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of a detail what is not there."""
    return {name: value for name, value in detail.items() if value is not None}


def moment(instant: Instant | None) -> str | None:
    """Write an instant as a detail has it: milliseconds only when there are any (documented)."""
    return None if instant is None else to_iso(instant)


def size_text(size_bytes: int | None) -> str:
    """Write a size as events of backups and restores have it: a text, ``0`` where it is unknown.

    Documented of RDS, which never tells its backups' sizes.
    """
    return str(size_bytes or 0)


def asked_by(created_by: CreatedBy | None) -> dict[str, str] | None:
    """Write which rule asked for something; the rule's key is another than in the API."""
    if created_by is None:
        return None
    return {
        "backupPlanId": created_by.plan_id,
        "backupPlanArn": created_by.plan_arn,
        "backupPlanVersion": created_by.plan_version,
        "backupPlanRuleId": created_by.rule_id,
    }


def told(
    world: World, vault_name: str, event: str, text: str, attributes: Mapping[str, str]
) -> list[Notice]:
    """Notify the topic that is told of an event in a vault, if one is."""
    topic_arn = topic_of(world, vault_name, event)
    return [] if topic_arn is None else [Notice(topic_arn, text, attributes)]


def job_attributes(
    world: World, kind: str, state: str, job_id: str, created_at: Instant
) -> dict[str, str]:
    """Write the attributes that a notification about a job has (documented of backup jobs)."""
    return {
        "EventType": kind,
        "State": state,
        "AccountId": world.scope.account,
        "Id": job_id,
        "StartTime": to_iso(created_at),
    }
