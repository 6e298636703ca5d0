"""Rules that more than one slice applies to what it is asked. They refuse; they state no facts."""

import re
from functools import lru_cache

from vaultclock.domain.kernel.arns import Arn, parse_arn
from vaultclock.domain.kernel.refusals import InvalidParameterValue, LimitExceeded
from vaultclock.domain.values import Lifecycle, Tags

TAGS_MAX = 50  # Backup Developer Guide, quotas: tags on one resource
ACCESS_POINT_TAGS_MAX = 200  # the service model's, which is newer
TAG_KEY_CHARACTERS_MAX = 128
TAG_VALUE_CHARACTERS_MAX = 256
RETENTION_DAYS_MAX = 36_500
COLD_DAYS_MIN = 90  # what has gone cold stays at least so long
NEVER = -1  # documented: -1 in a day field removes it
START_WINDOW_MINUTES_DEFAULT = 480
START_WINDOW_MINUTES_MIN = 60
WINDOW_MINUTES_MAX = 52_560_000  # a hundred years
COMPLETION_WINDOW_MINUTES_DEFAULT = 10_080
IDEMPOTENCY_TOKEN_CHARACTERS_MAX = 1024
_OPTIONS_OF_TYPE = {"EC2": ("WindowsVSS",), "S3": ("BackupACLs", "BackupObjectTags")}
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+")
_CREATOR_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,50}")


def checked_creator_request_id(creator_request_id: str | None) -> str | None:
    """Answer the token a caller retries with, or refuse its form."""
    if creator_request_id is None or _CREATOR_REQUEST_ID.fullmatch(creator_request_id):
        return creator_request_id
    raise InvalidParameterValue(
        "Invalid value for CreatorRequestId: 1 to 50 letters, digits, hyphens, underscores or dots"
    )


def checked_idempotency_token(token: str | None) -> str | None:
    """Answer the token a job is retried with, or refuse its length."""
    if token is None or 1 <= len(token) <= IDEMPOTENCY_TOKEN_CHARACTERS_MAX:
        return token
    raise InvalidParameterValue(
        f"Invalid value for IdempotencyToken: 1 to {IDEMPOTENCY_TOKEN_CHARACTERS_MAX} characters"
    )


def checked_tags(tags: Tags, already: Tags | None = None, most: int = TAGS_MAX) -> Tags:
    """Answer tags that may be added to those a thing has already.

    Keys hold 1 to 128 characters and do not begin with ``aws:``, values up to 256; a thing has at
    most 50, or ``most`` (AWS-wide rules; the exact messages are unknown).
    """
    if not tags:
        return tags
    for key, value in tags.items():
        if not 1 <= len(key) <= TAG_KEY_CHARACTERS_MAX:
            raise InvalidParameterValue(
                f"Invalid tag key {key!r}: 1 to {TAG_KEY_CHARACTERS_MAX} characters"
            )
        if key.lower().startswith("aws:"):
            raise InvalidParameterValue(f"Invalid tag key {key!r}: the prefix aws: is reserved")
        if len(value) > TAG_VALUE_CHARACTERS_MAX:
            raise InvalidParameterValue(
                f"Invalid value of tag {key!r}: at most {TAG_VALUE_CHARACTERS_MAX} characters"
            )
    if len({*tags, *(already or {})}) > most:
        raise LimitExceeded(f"A resource may have at most {most} tags")
    return tags


def checked_lifecycle(lifecycle: Lifecycle | None) -> Lifecycle | None:
    """Answer a lifecycle that AWS accepts (facts: plans, section 2.2), or refuse it.

    ``-1`` in a day field means never. Cold settings are accepted for any resource type and
    ignored where it cannot go cold (documented).
    """
    if lifecycle is None:
        return None
    if lifecycle.delete_after_event is not None:
        raise InvalidParameterValue("Invalid lifecycle. DeleteAfterEvent cannot be set")
    delete, cold = lifecycle.delete_after_days, lifecycle.move_to_cold_after_days
    if delete is not None and delete != NEVER and not 1 <= delete <= RETENTION_DAYS_MAX:
        # observed: terraform-provider-aws 24960
        raise InvalidParameterValue(
            "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 36500 days"
        )
    if cold is not None and not NEVER <= cold <= RETENTION_DAYS_MAX:  # the maximum is inferred
        raise InvalidParameterValue(
            "Invalid lifecycle. MoveToColdStorageAfterDays cannot be less than 0 or more than"
            f" {RETENTION_DAYS_MAX} days"
        )
    if cold in (None, NEVER) or delete in (None, NEVER):
        return lifecycle
    if delete < cold + COLD_DAYS_MIN:  # 0 is a value, not "unset" (observed: terraform 7350)
        raise InvalidParameterValue(
            "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from"
            " MoveToColdStorageAfterDays"
        )
    return lifecycle


def checked_start_window(minutes: int | None) -> int:
    """Answer the minutes a job may wait to start; 480 by default, at least 60."""
    if minutes is None:
        return START_WINDOW_MINUTES_DEFAULT
    if START_WINDOW_MINUTES_MIN <= minutes <= WINDOW_MINUTES_MAX:
        return minutes
    raise InvalidParameterValue(
        f"Invalid value for StartWindowMinutes: {minutes} is not between"
        f" {START_WINDOW_MINUTES_MIN} and {WINDOW_MINUTES_MAX}"
    )


def checked_completion_window(minutes: int | None, start_window_minutes: int, member: str) -> int:
    """Answer the minutes a job may take; 10080 by default, never below its start window.

    ``member`` is the field's name in the message: jobs and plan rules call it differently.
    """
    if minutes is None:
        return max(COMPLETION_WINDOW_MINUTES_DEFAULT, start_window_minutes)
    if start_window_minutes <= minutes <= WINDOW_MINUTES_MAX:
        return minutes
    raise InvalidParameterValue(
        f"Invalid value for {member}: {minutes} is not between the start window"
        f" ({start_window_minutes}) and {WINDOW_MINUTES_MAX}"
    )


def checked_backup_options(resource_type: str, options: Tags) -> Tags:
    """Answer the backup options of a job, or refuse those that its resource type lacks.

    EC2 takes ``WindowsVSS``, S3 ``BackupACLs`` and ``BackupObjectTags``; each is ``enabled`` or
    ``disabled``, in lower case (observed: aws-tools-for-powershell 236).
    """
    for key, value in options.items():
        if key not in _OPTIONS_OF_TYPE.get(resource_type, ()):
            raise InvalidParameterValue(
                f"Invalid backup option {key} for resource type {resource_type}"
            )
        if value not in ("enabled", "disabled"):
            raise InvalidParameterValue(
                f"Invalid value {value!r} of backup option {key}: enabled or disabled"
            )
    return options


def checked_vault_arn(text: str, member: str) -> Arn:
    """Answer the ARN of a vault, taken apart, whether or not there is such a vault.

    ``member`` is the field's name in the message.
    """
    arn = parse_arn(text)
    if arn and (arn.service, arn.resource.partition(":")[0]) == ("backup", "backup-vault"):
        return arn
    raise InvalidParameterValue(
        f"Invalid value for {member}: {text} is not the ARN of a backup vault"
        " (arn:aws:backup:<region>:<account>:backup-vault:<name>)"
    )


def checked_role_arn(text: str) -> str:
    """Answer the ARN of the role a job runs as, or refuse what is none."""
    if is_role_arn(text):
        return text
    raise InvalidParameterValue(
        f"Invalid value for IamRoleArn: {text} is not the ARN of an IAM role"
    )


@lru_cache(maxsize=1024)
def is_role_arn(text: str) -> bool:
    """Tell whether a text is the ARN of an IAM role, whether or not there is such a role."""
    return _ROLE_ARN.fullmatch(text) is not None
