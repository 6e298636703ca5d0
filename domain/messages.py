"""What AWS files a job's status message under: message categories, as its dashboards do.

Source: Backup Developer Guide, backup dashboards. Anything else is MISCELLANEOUS.
"""

_VSS = "Windows VSS Backup"

# The first fragment found in a message, whatever its case, decides.
_CATEGORY_OF_FRAGMENT: tuple[tuple[str, str], ...] = (
    (_VSS, "VSS_ERROR"),
    ("subscriber limit exceeded", "LIMIT_EXCEEDED"),
    ("More than 50 tags specified", "LIMIT_EXCEEDED"),
    ("can have at most", "LIMIT_EXCEEDED"),
    ("Maximum allowed in-progress snapshots for a single volume exceeded.", "LIMIT_EXCEEDED"),
    ("Maximum allowed active snapshot limit exceeded.", "LIMIT_EXCEEDED"),
    ("Cannot create more than 20 user snapshots", "LIMIT_EXCEEDED"),
    ("The resultant tag set must not have more than 50 user tags.", "LIMIT_EXCEEDED"),
    ("You are not authorized to perform this operation.", "ACCESS_DENIED"),
    ("access denied", "ACCESS_DENIED"),
    ("not authorized to", "ACCESS_DENIED"),
    ("cannot be assumed by AWS Backup", "ACCESS_DENIED"),
    ("does not have permission", "ACCESS_DENIED"),
    ("missing permission", "ACCESS_DENIED"),
    ("Images from AWS Marketplace cannot be copied", "ACCESS_DENIED"),
    ("must be a member of the same organization", "ACCESS_DENIED"),
    ("encrypted with the default Backup service managed key", "ACCESS_DENIED"),
    ("because there was a running job for the same resource.", "CONCURRENT_JOB"),
    ("There are too many copy jobs running for resource.", "CONCURRENT_JOB"),
    ("Cross-account copy feature is not enabled", "FEATURE_NOT_ENABLED"),
    ("Backup job expired before completion.", "JOB_EXPIRED"),
    ("is not within the range specified for the target Backup Vault.", "INVALID_LIFECYCLE"),
    ("is either inside or too close to the weekly maintenance window", "INVALID_LIFECYCLE"),
    ("automated backup window configured", "INVALID_LIFECYCLE"),
    ("Instance is not in state", "INVALID_STATE"),
    ("not in the available state", "INVALID_STATE"),
    ("not in available state", "INVALID_STATE"),
    ("Cannot snapshot volume", "INVALID_STATE"),
    ("kms key", "KMS_KEY_ERROR"),
    ("Given key ID is not accessible", "KMS_KEY_ERROR"),
    ("Given key ID does not exist", "RESOURCE_NOT_FOUND"),
    ("The specified volume was not found.", "RESOURCE_NOT_FOUND"),
    ("The virtual machine is not found.", "RESOURCE_NOT_FOUND"),
    ("Table not found.", "RESOURCE_NOT_FOUND"),
    ("does not exist", "RESOURCE_NOT_FOUND"),
    ("Could not find resource", "RESOURCE_NOT_FOUND"),
    ("Cannot find recovery point", "RESOURCE_NOT_FOUND"),
    ("resource not found", "RESOURCE_NOT_FOUND"),
    ("no longer available", "RESOURCE_NOT_FOUND"),
    ("is invalid", "RESOURCE_NOT_FOUND"),
    ("logically air-gapped backup vault.", "LOGICALLY_AIR_GAPPED_BACKUP_VAULT_NOT_SUPPORTED"),
    ("unsupported resource type", "RESOURCE_NOT_SUPPORTED"),
    ("We are unable to copy resource tags to your backup", "TAG_COPY_ERROR"),
    ("Storage Gateway backup copies require a user-created", "UNSUPPORTED_OPERATION"),
    ("Feature is not supported for provided resource type.", "UNSUPPORTED_OPERATION"),
    ("Token expired. Try again.", "TOKEN_EXPIRED"),
    ("hypervisor because it is not online", "HYPERVISOR_OFFLINE"),
    ("The AWS Access Key Id needs a subscription", "ACCESS_KEY_ERROR"),
    ("An internal error occurred.", "FATAL_ERROR"),
    ("Copy job encountered a fatal error.", "FATAL_ERROR"),
)
_FOLDED = tuple((part.casefold(), category) for part, category in _CATEGORY_OF_FRAGMENT)


def category_of(message: str) -> str:
    """File a status message under AWS's category for it."""
    folded = message.casefold()
    return next((category for part, category in _FOLDED if part in folded), "MISCELLANEOUS")
