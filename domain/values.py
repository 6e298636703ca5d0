"""Values that facts of more than one slice hold, or a command and its facts. No rules live here.

These names and fields are the storage format: see ADR 0006.
"""

from collections.abc import Mapping

import attrs

from vaultclock.domain.kernel.changes import quicken
from vaultclock.domain.kernel.instants import DAY, Instant

Tags = Mapping[str, str]


@attrs.frozen
class Lifecycle:
    """How long a recovery point stays warm, and how long it exists, in days from its creation.

    None means not set: never cold, kept for ever. ``delete_after_event`` is only ever stated by
    AWS (``DELETE_AFTER_COPY``), never asked for.
    """

    move_to_cold_after_days: int | None = None
    delete_after_days: int | None = None
    opt_in_to_archive: bool | None = None
    delete_after_event: str | None = None

    def delete_at(self, created_at: Instant) -> Instant | None:
        """When the point's retention ends, exact to the millisecond (documented: EventBridge)."""
        days = self.delete_after_days
        return None if days is None or days < 0 else created_at + days * DAY

    def move_to_cold_at(self, created_at: Instant) -> Instant | None:
        """When the point would go cold, if its resource type can."""
        days = self.move_to_cold_after_days
        return None if days is None or days < 0 else created_at + days * DAY


@attrs.frozen
class Captured:
    """What a backup keeps of its resource besides the data: what a restore gives back with it.

    Sizes are in bytes, ``daily_change`` is a fraction from 0 to 1 and ``job_seconds`` is None for
    the world's default. ``backup_options`` are those of the job that made the backup.
    """

    size_bytes: int
    daily_change: float
    job_seconds: int | None = None
    tags: Tags = attrs.field(factory=dict)
    backup_options: Mapping[str, str] = attrs.field(factory=dict)


@quicken
@attrs.frozen(weakref_slot=False)
class CreatedBy:
    """The plan and rule that asked for a job or recovery point."""

    plan_id: str
    plan_arn: str
    plan_name: str
    plan_version: str
    rule_id: str
    rule_name: str
    rule_cron: str
    rule_timezone: str


@attrs.frozen
class CopyAction:
    """One copy that a rule makes of each backup; ``lifecycle`` is the copy's own."""

    destination_vault_arn: str
    lifecycle: Lifecycle | None = None


@attrs.frozen
class IndexAction:
    """What a rule indexes: a list of one resource type."""

    resource_types: tuple[str, ...]


@attrs.frozen
class ScanAction:
    """How a rule scans each backup for malware."""

    malware_scanner: str
    scan_mode: str


@attrs.frozen
class ScanSetting:
    """What a plan's scan actions scan, and as whom."""

    malware_scanner: str
    resource_types: tuple[str, ...]
    scanner_role_arn: str


@attrs.frozen
class AdvancedBackupSetting:
    """The backup options that a plan sets for one resource type."""

    resource_type: str
    options: Mapping[str, str]


@attrs.frozen
class TagCondition:
    """A tag's key, and the value or pattern that its value is compared with."""

    key: str
    value: str


@attrs.frozen(cache_hash=True)
class Conditions:
    """Comparisons with a resource's tags, all of which must hold; keys as a request has them."""

    string_equals: tuple[TagCondition, ...] = ()
    string_not_equals: tuple[TagCondition, ...] = ()
    string_like: tuple[TagCondition, ...] = ()
    string_not_like: tuple[TagCondition, ...] = ()


NO_CONDITIONS = Conditions()
