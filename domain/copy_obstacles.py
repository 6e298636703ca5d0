"""Why a copy job fails before it has begun: what its source or its destination does not allow.

Judged when the job starts, not when it is asked for. How copies are made is not here.
"""

from vaultclock.domain.air_gaps import vault_name_in
from vaultclock.domain.authorisation import may_copy
from vaultclock.domain.checks import checked_lifecycle
from vaultclock.domain.kernel.engine import Context
from vaultclock.domain.kernel.refusals import InvalidParameterValue
from vaultclock.domain.resource_types import can_be_air_gapped, can_be_copied
from vaultclock.domain.settings.queries import cross_account_backup_enabled, in_same_organization
from vaultclock.domain.vault_shares.queries import source_of_copy
from vaultclock.domain.vaults.queries import (
    accepts_retention,
    has_default_key,
    why_unusable,
)
from vaultclock.domain.world import CopyJob, RecoveryPoint, World

_DEFAULT_VAULT = "Default"
_NO_SOURCE = "Copy job failed. Cannot find recovery point {}."
_COLD = "Copy job failed. A recovery point in cold storage cannot be copied."  # message unknown
_SAME_VAULT = "Copy job failed. Source and destination are the same vault."  # message unknown
_NO_VAULT = "Copy job failed because backup vault {} does not exist."  # as backup jobs say it
# Backup Developer Guide, backup dashboards and cross-account backup
NOT_SUPPORTED = "Feature is not supported for provided resource type."
_OTHER_ORGANIZATION = (
    "Copy job failed. Both source and destination account must be a member of the same"
    " organization."
)
_NOT_ENABLED = (
    "Copy job failed. Cross-account copy feature is not enabled for the current organization."
)
_NO_ACCESS = "Access Denied trying to call AWS Backup service"
_DEFAULT_KEY = (
    "Copy job failed because the destination Backup vault is encrypted with the default Backup"
    " service managed key. The contents of this vault cannot be copied. Only the contents of a"
    " Backup vault encrypted by an AWS KMS key may be copied."
)
_GATEWAY_KEY = (
    "UnsupportedOperation : Storage Gateway backup copies require a user-created backup vault and"
    " key at destination."
)
_OUT_OF_RANGE = (
    "Copy job failed. The retention specified in the job is not within the range specified for"
    " the target Backup Vault."
)


def is_ready(source: RecoveryPoint) -> bool:
    """Tell whether a recovery point is done, so that it can be copied."""
    return source.status == "COMPLETED" or (source.born.is_parent and source.status == "PARTIAL")


def why_not_from(job: CopyJob, world: World) -> str | None:
    """Say why the source cannot be copied, if it cannot."""
    found = source_of_copy(world, job.born.source_vault_name, job.source_point_arn)
    if found is None or not is_ready(found[1]):
        return _NO_SOURCE.format(job.source_point_arn)
    owner, source = found
    if source.storage_class == "COLD":
        return _COLD
    if job.destination_vault_arn == owner.vault_arn(source.vault_name):
        return _SAME_VAULT
    try:
        checked_lifecycle(job.born.lifecycle)  # what is asked may not fit what is inherited
    except InvalidParameterValue as refusal:
        return f"Copy job failed. {refusal.message}"
    account, region = world.scope
    supported = can_be_copied(
        source.resource_type,
        source.resource_arn,
        source.arn,
        to_region=job.destination.region != region,
        to_account=job.destination.account != account,
    )
    return None if supported else NOT_SUPPORTED


def why_not_into(job: CopyJob, world: World, context: Context) -> str | None:
    """Say why the destination cannot be copied into, if it cannot.

    A vault that is not there lets nobody from another account in, and says no more than that. A
    key that cannot be shared is told before a policy that is missing, which would not help
    (chosen). All accounts are in one organisation, each its own management account, unless
    something else is arranged (chosen).
    """
    abroad = job.destination.account != world.scope.account
    if abroad and not in_same_organization(world, world.scope.account, job.destination.account):
        return _OTHER_ORGANIZATION
    if abroad and not cross_account_backup_enabled(world):
        return _NOT_ENABLED
    there = world.others.get(job.destination)
    name = vault_name_in(job.destination_vault_arn)
    vault = None if there is None else there.vaults.get(name)
    if there is None or vault is None or there.vault_arn(vault.name) != job.destination_vault_arn:
        return _NO_ACCESS if abroad else _NO_VAULT.format(job.destination_vault_arn)
    if vault.name == _DEFAULT_VAULT or has_default_key(there, vault, context.origin):
        if abroad:
            return _DEFAULT_KEY
        if job.resource_type == "Storage Gateway":
            return _GATEWAY_KEY
    if not may_copy(job, world, there, vault.name, context.now):
        return _NO_ACCESS
    unusable = why_unusable(there, vault)
    if unusable is not None:
        return f"Copy job failed because {unusable}."
    fits = can_be_air_gapped(job.resource_type, job.resource_arn, job.source_point_arn)
    if vault.is_air_gapped and not fits:
        return NOT_SUPPORTED
    return None if accepts_retention(vault, job.born.lifecycle) else _OUT_OF_RANGE
