"""What goes into logically air-gapped vaults, and by which way a backup that is for one gets there.

Source: Backup Developer Guide, primary backups to logically air-gapped vaults, and feature
availability by resource. What AWS Backup manages fully is backed up into the vault itself; other
types leave a temporary point in the standard vault, which is copied; the rest stays there. Jobs
are told here what to do; when they start and end is not here.
"""

from enum import StrEnum

from vaultclock.domain.backup_jobs.events import BackupJobCreated
from vaultclock.domain.resource_types import can_be_air_gapped, is_fully_managed
from vaultclock.domain.vaults.queries import accepts_retention, why_unusable
from vaultclock.domain.world import Resource, World

_NOT_SUPPORTED = (  # documented
    "Backup job completed successfully to the target backup vault. This resource type is not"
    " supported by logically air-gapped backup vault."
)
_OUT_OF_RANGE = (  # documented
    "Backup job failed because the lifecycle is outside the valid range for backup vault."
)
# messages unknown
_NO_TARGET = "Backup job failed because {} is a logically air-gapped vault and not named as one."
_NO_AIR_GAP = "Backup job failed because {} is no logically air-gapped vault."


class Way(StrEnum):
    """How a backup gets into the air-gapped vault that it is for."""

    NONE = "none"  # it is for none
    DIRECT = "direct"
    COPIED = "copied"  # by way of a temporary point in the standard vault
    NOT_SUPPORTED = "not supported"  # it stays in the standard vault


def way_of(born: BackupJobCreated) -> Way:
    """Tell how what a job makes gets into the air-gapped vault that it is for."""
    arn = born.air_gapped_vault_arn
    if arn is None:
        return Way.NONE
    if born.vault_name == vault_name_in(arn):
        return Way.DIRECT
    fits = can_be_air_gapped(born.resource_type, born.resource_arn, born.recovery_point_arn)
    return Way.COPIED if fits else Way.NOT_SUPPORTED


def goes_in_at_once(resource: Resource, point_arn: str) -> bool:
    """Tell whether a backup of a resource, and which point it makes, needs no copy to get in."""
    fits = can_be_air_gapped(resource.resource_type, resource.arn, point_arn)
    return fits and is_fully_managed(point_arn)


def copied_to(born: BackupJobCreated) -> str | None:
    """Answer the vault that a job's point is on its way to, if it gets there by a copy."""
    arn = born.air_gapped_vault_arn
    return arn if arn is not None and way_of(born) is Way.COPIED else None


def vault_name_in(vault_arn: str) -> str:
    """Read a vault's name from its ARN."""
    return vault_arn.partition(":backup-vault:")[2]


def issue_of(born: BackupJobCreated) -> str | None:
    """Answer the message that a job completes with that could not reach its air-gapped vault."""
    if born.air_gapped_vault_arn is None:
        return None
    return _NOT_SUPPORTED if way_of(born) is Way.NOT_SUPPORTED else None


def why_not_into(born: BackupJobCreated, world: World) -> str | None:
    """Say why a job cannot back up into the vaults that it is for, if it cannot.

    Both have to be there and to take the retention, the one with the temporary point, too.
    """
    message = _why_not(born, born.vault_name, world)
    if message is not None:
        return message
    is_air_gapped = world.vaults[born.vault_name].is_air_gapped
    if born.air_gapped_vault_arn is None and not is_air_gapped:
        return None
    way = way_of(born)
    if is_air_gapped and way is not Way.DIRECT:
        return _NO_TARGET.format(world.vault_arn(born.vault_name))
    if way is Way.COPIED:
        assert born.air_gapped_vault_arn is not None, born
        return _why_not_air_gapped(born, vault_name_in(born.air_gapped_vault_arn), world)
    if way is Way.DIRECT:
        return _why_not_air_gapped(born, born.vault_name, world)
    return None


def _why_not(born: BackupJobCreated, vault_name: str, world: World) -> str | None:
    vault = world.vaults.get(vault_name)
    if vault is None:
        # documented: EventBridge's example
        arn = world.vault_arn(vault_name)
        return f"Backup job failed because backup vault {arn} does not exist."
    unusable = why_unusable(world, vault)
    if unusable is not None:
        return f"Backup job failed because {unusable}."
    return None if accepts_retention(vault, born.lifecycle) else _OUT_OF_RANGE


def _why_not_air_gapped(born: BackupJobCreated, vault_name: str, world: World) -> str | None:
    message = _why_not(born, vault_name, world)
    if message is None and not world.vaults[vault_name].is_air_gapped:
        return _NO_AIR_GAP.format(world.vault_arn(vault_name))
    return message
