"""What restore metadata says of the point in time to go back to, and why it may not be possible.

Source: Backup Developer Guide, restoring a continuous backup, and the RDS API, whose parameters
the metadata of databases has. How far back a backup reaches is in `continuous`.
"""

from collections.abc import Mapping

from vaultclock.domain.kernel.instants import Instant, from_iso, to_iso
from vaultclock.domain.restore_forms import RestoreKind
from vaultclock.domain.restore_jobs.events import RestoreJobCreated


def time_fault(
    kind: RestoreKind, born: RestoreJobCreated, metadata: Mapping[str, str]
) -> str | None:
    """Say what is wrong with the time that a job is to go back to; messages are unknown.

    A snapshot has but one time, and only a bucket's fails when it is given another (documented).
    """
    times = kind.times
    if times is None:
        return None
    text = metadata.get(times.key.casefold(), "")
    if born.restorable_since is None or born.restorable_until is None:
        is_wrong = text and times.only_continuous
        return f"Metadata key {times.key} is for continuous backups alone" if is_wrong else None
    latest = "" if times.latest is None else metadata.get(times.latest.casefold(), "")
    if latest.casefold() != "true":
        return _out_of_reach(times.key, text, born.restorable_since, born.restorable_until)
    return (
        f"Metadata keys {times.key} and {times.latest} cannot be given together" if text else None
    )


def _out_of_reach(key: str, text: str, since: Instant, until: Instant) -> str | None:
    try:
        at = from_iso(text)
    except ValueError:
        return f"Metadata key {key} is {text[:64]!r}; accepted is a time such as {to_iso(until)}"
    if since <= at <= until:
        return None
    reach = f"between {to_iso(since)} and {to_iso(until)}"
    return f"Metadata key {key} is {text[:64]}; the backup can be restored to times {reach}"
