"""What can be backed up: every resource type of the service, and what AWS Backup can do with it.

Source: Backup Developer Guide, feature availability by resource (2026) and access control (the
ARN forms of recovery points). No rules live here, only the table that rules read.
"""

import re
from enum import StrEnum
from functools import lru_cache

import attrs

from vaultclock.domain.kernel.arns import Arn, parse_arn
from vaultclock.domain.kernel.instants import Instant, compact


class ArnForm(StrEnum):
    """How the ARN of a recovery point is made; see `recovery_point_arn`."""

    EBS_SNAPSHOT = "ebs-snapshot"
    AMI = "ami"
    RDS_SNAPSHOT = "rds-snapshot"
    CLUSTER_SNAPSHOT = "cluster-snapshot"
    BUCKET = "bucket"
    DYNAMODB_BACKUP = "dynamodb-backup"
    FSX_BACKUP = "fsx-backup"
    REDSHIFT_SNAPSHOT = "redshift-snapshot"
    REDSHIFT_SERVERLESS_SNAPSHOT = "redshift-serverless-snapshot"
    COMPOSITE_EKS = "composite-eks"
    EKS = "eks"  # the cluster's own part of a composite
    BACKUP = "backup"


class Sizes(StrEnum):
    """What a backup of a type reports as its size (documented: BackupSizeInBytes)."""

    FULL = "full"  # the resource's size, every time
    DELTA = "delta"  # what changed since the backup before in the same vault
    ZERO = "zero"
    UNKNOWN = "unknown"  # never populated


@attrs.frozen
class ResourceType:
    """One row of the feature matrix.

    ``service`` and ``resource`` (a pattern of the ARN's last field) tell the type of an ARN.
    ``form`` is how its recovery points are named: `ArnForm.BACKUP` and the two forms made from it
    are those of types that AWS Backup fully manages. ``goes_cold`` is support for cold storage
    (EBS: only when the lifecycle opts in), ``stoppable`` whether StopBackupJob works. A type that
    is copied neither across Regions nor across accounts is not copied at all; see `can_be_copied`.
    ``continuous`` is support for continuous backups.
    """

    name: str
    service: str
    resource: re.Pattern[str]
    form: ArnForm = ArnForm.BACKUP
    goes_cold: bool = False
    stoppable: bool = True
    sizes: Sizes = Sizes.FULL
    copied_across_regions: bool = True
    copied_across_accounts: bool = True
    continuous: bool = False


def _type(name: str, service: str, resource: str, **features: object) -> ResourceType:
    return ResourceType(name, service, re.compile(resource), **features)  # type: ignore[arg-type]


_RDS_LIKE = {"form": ArnForm.CLUSTER_SNAPSHOT, "stoppable": False, "sizes": Sizes.UNKNOWN}
_DELTA = {"sizes": Sizes.DELTA}  # incremental inside one vault (documented)
_NOT_COPIED = {"copied_across_regions": False, "copied_across_accounts": False}

# The first row whose service and resource match an ARN names its type. DocumentDB and Neptune
# share Aurora's ARNs (documented), so an ARN alone always reads as Aurora; registering the
# resource with its type tells them apart.
RESOURCE_TYPES: tuple[ResourceType, ...] = (
    _type("Aurora", "rds", r"cluster:.+", continuous=True, **_RDS_LIKE),
    _type(
        "CloudFormation",
        "cloudformation",
        r"stack/.+",
        goes_cold=True,
        copied_across_accounts=False,
    ),
    _type("DocumentDB", "rds", r"cluster:.+", **_RDS_LIKE),
    _type("DSQL", "dsql", r"cluster/.+", goes_cold=True),
    _type("DynamoDB", "dynamodb", r"table/[^/]+", goes_cold=True),
    _type("EBS", "ec2", r"volume/.+", form=ArnForm.EBS_SNAPSHOT, goes_cold=True),
    _type("EC2", "ec2", r"instance/.+", form=ArnForm.AMI),
    _type("EFS", "elasticfilesystem", r"file-system/.+", goes_cold=True, **_DELTA),
    _type("EKS", "eks", r"cluster/.+", form=ArnForm.COMPOSITE_EKS),
    _type(
        "FSx",
        "fsx",
        r"(file-system|volume)/.+",
        form=ArnForm.FSX_BACKUP,
        stoppable=False,
        sizes=Sizes.UNKNOWN,
    ),
    _type("Neptune", "rds", r"cluster:.+", **_RDS_LIKE),
    _type(
        "RDS",
        "rds",
        r"db:.+",
        form=ArnForm.RDS_SNAPSHOT,
        stoppable=False,
        sizes=Sizes.ZERO,
        continuous=True,
    ),
    _type("Redshift", "redshift", r"cluster:.+", form=ArnForm.REDSHIFT_SNAPSHOT, **_NOT_COPIED),
    _type(
        "Redshift Serverless",
        "redshift-serverless",
        r"namespace/.+",
        form=ArnForm.REDSHIFT_SERVERLESS_SNAPSHOT,
        **_NOT_COPIED,
    ),
    _type("S3", "s3", r"[^/:]+", form=ArnForm.BUCKET, continuous=True, **_DELTA),
    _type(
        "SAP HANA on Amazon EC2",
        "ssm-sap",
        r"(HANA|ABAP)/.+",
        goes_cold=True,
        stoppable=False,
        continuous=True,
    ),
    _type(
        "Storage Gateway",
        "storagegateway",
        r"gateway/[^/]+/volume/.+",
        form=ArnForm.EBS_SNAPSHOT,
    ),
    _type("Timestream", "timestream", r"database/[^/]+/table/.+", goes_cold=True, **_DELTA),
    _type("VirtualMachine", "backup-gateway", r"vm/.+", goes_cold=True, **_DELTA),
)
TYPE_OF_NAME = {row.name: row for row in RESOURCE_TYPES}
_ARNS_KEPT = 1 << 16  # of the ARNs whose types were read
# Backups of what nests others are composite (Backup Developer Guide, CloudFormation stack
# backups, Amazon EKS backups)
COMPOSITE_TYPES = ("CloudFormation", "EKS")
# Copies of their unencrypted snapshots stay unencrypted (Backup Developer Guide, encryption)
KEEPS_UNENCRYPTED = ("Aurora", "DocumentDB", "Neptune")


# Not kept in logically air-gapped vaults (the LAG column of the feature matrix)
_NOT_AIR_GAPPED = frozenset(
    {"CloudFormation", "RDS", "Redshift", "Redshift Serverless", "SAP HANA on Amazon EC2"}
)


# What has a quota of copies into a logically air-gapped vault, and the type that it counts as
# (Backup Developer Guide, quotas). AWS Backup manages none of these types fully.
QUOTA_OF_AIR_GAPPED_COPIES = {
    "EBS": "EBS",
    "EC2": "EBS",
    "Aurora": "Aurora",
    "DocumentDB": "DocumentDB",
    "Neptune": "Neptune",
    "Storage Gateway": "Storage Gateway",
    "FSx": "FSx",
}


# looked up before the others are compared one by one: most points have one of these
_BACKUP_FORMS = (ArnForm.BACKUP, ArnForm.BUCKET, ArnForm.COMPOSITE_EKS, ArnForm.EKS)
_EKS_FORMS = (ArnForm.COMPOSITE_EKS, ArnForm.EKS)
_BUCKET = ArnForm.BUCKET  # bound once: Python 3.11 takes ten times as long for a member


def type_of_arn(arn: Arn) -> ResourceType | None:
    """Tell what kind of resource an ARN names; None when AWS Backup does not support it."""
    for row in RESOURCE_TYPES:
        if row.service == arn.service and row.resource.fullmatch(arn.resource):
            return row
    return None


def shares_arns(one: ResourceType, other: ResourceType) -> bool:
    """Tell whether two types cannot be told apart by ARN."""
    return (one.service, one.resource.pattern) == (other.service, other.resource.pattern)


def is_fully_managed(point_arn: str) -> bool:
    """Tell by its ARN whether AWS Backup itself keeps a recovery point (documented)."""
    return point_arn.startswith("arn:aws:backup:")


def can_be_copied(
    type_name: str, resource_arn: str, point_arn: str, *, to_region: bool, to_account: bool
) -> bool:
    """Tell whether a recovery point can be copied to another Region, account, both or neither.

    Backup Developer Guide, feature availability: what cannot be copied across Regions or accounts
    is not copied inside them either; basic DynamoDB backups and FSx for ONTAP, whose backups are
    those of volumes, are not copied.
    """
    kind = TYPE_OF_NAME[type_name]
    if type_name == "DynamoDB" and not is_fully_managed(point_arn):
        return False
    if type_name == "FSx" and ":volume/" in resource_arn:
        return False
    if not (kind.copied_across_regions or kind.copied_across_accounts):
        return False
    return (kind.copied_across_regions or not to_region) and (
        kind.copied_across_accounts or not to_account
    )


def can_be_air_gapped(type_name: str, resource_arn: str, point_arn: str) -> bool:
    """Tell whether backups of a resource can be kept in logically air-gapped vaults.

    Backup Developer Guide, feature availability: not basic DynamoDB backups, nor those of FSx
    volumes. ``point_arn`` is the ARN that a backup has, or would have, in a standard vault.
    """
    if type_name in _NOT_AIR_GAPPED or (type_name == "FSx" and ":volume/" in resource_arn):
        return False
    return type_name != "DynamoDB" or is_fully_managed(point_arn)


# Backup Developer Guide, assigning resources: naming a type in a plan overrides that its Region
# has not opted in to it, but not where several types share the form of an ARN. FSx's do, too,
# though one switch is for all of them.
OPT_IN_IS_NEVER_OVERRIDDEN = frozenset(
    one.name
    for one in RESOURCE_TYPES
    if one.name == "FSx" or sum(shares_arns(one, other) for other in RESOURCE_TYPES) > 1
)


def recovery_point_arn(
    form: ArnForm,
    resource: Arn,
    where: tuple[str, str],
    uuid: str,
    now: Instant,
    *,
    copied: bool = False,
    air_gapped: bool = False,
) -> str:
    """Make the ARN of a new recovery point (Backup Developer Guide, access control).

    ``where`` is the account and Region of the vault, ``uuid`` a fresh id, ``now`` the creation
    instant of its job. EBS and AMI ARNs have an empty account field. Snapshots of databases tell
    whether a backup or a copy made them (observed: ``awsbackup:copyjob-``, of RDS and Aurora).
    What is in a logically air-gapped vault is always AWS Backup's own (documented).
    """
    account, region = where
    if air_gapped or form in _BACKUP_FORMS:
        tail = _backup_tail(form, _last(resource), uuid, now)
        return f"arn:aws:backup:{region}:{account}:recovery-point:{tail}"
    digits = uuid.replace("-", "")
    maker = "copyjob" if copied else "job"
    match form:
        case ArnForm.EBS_SNAPSHOT:
            return f"arn:aws:ec2:{region}::snapshot/snap-{digits[:17]}"
        case ArnForm.AMI:
            return f"arn:aws:ec2:{region}::image/ami-{digits[:17]}"
        case ArnForm.RDS_SNAPSHOT:
            return f"arn:aws:rds:{region}:{account}:snapshot:awsbackup:{maker}-{uuid}"
        case ArnForm.CLUSTER_SNAPSHOT:
            return f"arn:aws:rds:{region}:{account}:cluster-snapshot:awsbackup:{maker}-{uuid}"
        case ArnForm.FSX_BACKUP:
            return f"arn:aws:fsx:{region}:{account}:backup/backup-{digits[:17]}"
        case ArnForm.DYNAMODB_BACKUP:
            head = f"arn:aws:dynamodb:{region}:{account}:{resource.resource}"
            return f"{head}/backup/{now:014d}-{digits[:8]}"
        case ArnForm.REDSHIFT_SNAPSHOT:
            head = f"arn:aws:redshift:{region}:{account}"
            return f"{head}:snapshot:{_last(resource)}/awsbackup:job-{uuid}"
        case ArnForm.REDSHIFT_SERVERLESS_SNAPSHOT:
            head = f"arn:aws:redshift-serverless:{region}:{account}"
            return f"{head}:snapshot:{_last(resource)}/awsbackup:job-{uuid}"
        case _:
            raise AssertionError(form)


def _backup_tail(form: ArnForm, last: str, uuid: str, now: Instant) -> str:
    if form is _BUCKET:
        return f"{last}-{compact(now)}-{uuid[:8]}"
    if form in _EKS_FORMS:
        # the documented form has no tail; without one, two jobs of one second would share a point
        name = f"eks/{last}-{compact(now)}-{uuid[:8]}"
        return f"composite:{name}" if form is ArnForm.COMPOSITE_EKS else name
    return uuid


def continuous_point_arn(resource_arn: str, where: tuple[str, str], uuid: str) -> str:
    """Make the ARN of a new continuous recovery point.

    Observed of RDS and Aurora (crossplane) and of S3 (SIMPHERA); of SAP HANA inferred. ``where``
    is the account and Region of the vault, ``uuid`` a fresh id.
    """
    named = supported_type(resource_arn)
    assert named is not None, resource_arn
    arn, kind = named
    prefix = {"RDS": "db-", "Aurora": "cluster-"}.get(kind.name, "")
    account, region = where
    name = f"{prefix}{_last(arn)}-{uuid[:8]}"
    return f"arn:aws:backup:{region}:{account}:recovery-point:continuous:{name}"


def _last(arn: Arn) -> str:
    return arn.resource.rsplit("/", 1)[-1].rsplit(":", 1)[-1]


@lru_cache(_ARNS_KEPT)
def supported_type(arn_text: str) -> tuple[Arn, ResourceType] | None:
    """Read a resource's ARN and its type; None when it is no ARN or nothing to back up."""
    arn = parse_arn(arn_text)
    found = None if arn is None else type_of_arn(arn)
    return None if arn is None or found is None else (arn, found)
