"""The table of what can be backed up: types told by ARN, recovery points named by type."""

import re

import pytest

from vaultclock.domain.kernel.arns import Arn, parse_arn
from vaultclock.domain.kernel.instants import from_iso
from vaultclock.domain.resource_types import (
    RESOURCE_TYPES,
    TYPE_OF_NAME,
    ArnForm,
    continuous_point_arn,
    recovery_point_arn,
    shares_arns,
    supported_type,
)

HERE = "us-east-1:123456789012"
UUID = "5ec207d0-1234-5678-9abc-def012345678"
NOW = from_iso("2021-12-31T09:05:07.089Z")
OURS = f"arn:aws:backup:{HERE}:recovery-point:"

# each type: a resource of it, and what a recovery point of that resource is called
EXAMPLES = [
    (
        "Aurora",
        f"arn:aws:rds:{HERE}:cluster:orders",
        f"arn:aws:rds:{HERE}:cluster-snapshot:awsbackup:job-{UUID}",
    ),
    ("CloudFormation", f"arn:aws:cloudformation:{HERE}:stack/shop/{UUID}", OURS + UUID),
    ("DSQL", f"arn:aws:dsql:{HERE}:cluster/abc", OURS + UUID),
    ("DynamoDB", f"arn:aws:dynamodb:{HERE}:table/Orders", OURS + UUID),
    (
        "EBS",
        f"arn:aws:ec2:{HERE}:volume/vol-0123456789abcdef0",
        "arn:aws:ec2:us-east-1::snapshot/snap-5ec207d0123456789",
    ),
    (
        "EC2",
        f"arn:aws:ec2:{HERE}:instance/i-0123456789abcdef0",
        "arn:aws:ec2:us-east-1::image/ami-5ec207d0123456789",
    ),
    ("EFS", f"arn:aws:elasticfilesystem:{HERE}:file-system/fs-0123456789abcdef0", OURS + UUID),
    (
        "EKS",
        f"arn:aws:eks:{HERE}:cluster/prod",
        OURS + "composite:eks/prod-20211231090507-5ec207d0",
    ),
    (
        "FSx",
        f"arn:aws:fsx:{HERE}:file-system/fs-0123456789abcdef0",
        f"arn:aws:fsx:{HERE}:backup/backup-5ec207d0123456789",
    ),
    (
        "FSx",
        f"arn:aws:fsx:{HERE}:volume/fs-0123456789abcdef0/fsvol-0123456789abcdef0",
        f"arn:aws:fsx:{HERE}:backup/backup-5ec207d0123456789",
    ),
    (
        "RDS",
        f"arn:aws:rds:{HERE}:db:orders",
        f"arn:aws:rds:{HERE}:snapshot:awsbackup:job-{UUID}",
    ),
    (
        "Redshift",
        f"arn:aws:redshift:{HERE}:cluster:facts",
        f"arn:aws:redshift:{HERE}:snapshot:facts/awsbackup:job-{UUID}",
    ),
    (
        "Redshift Serverless",
        f"arn:aws:redshift-serverless:{HERE}:namespace/facts",
        f"arn:aws:redshift-serverless:{HERE}:snapshot:facts/awsbackup:job-{UUID}",
    ),
    ("S3", "arn:aws:s3:::photos.example", OURS + "photos.example-20211231090507-5ec207d0"),
    ("SAP HANA on Amazon EC2", f"arn:aws:ssm-sap:{HERE}:HANA/app/DB/HDB", OURS + UUID),
    (
        "Storage Gateway",
        f"arn:aws:storagegateway:{HERE}:gateway/sgw-12A3456B/volume/vol-1122AABB",
        "arn:aws:ec2:us-east-1::snapshot/snap-5ec207d0123456789",
    ),
    ("Timestream", f"arn:aws:timestream:{HERE}:database/metrics/table/cpu", OURS + UUID),
    ("VirtualMachine", f"arn:aws:backup-gateway:{HERE}:vm/vm-0123456789ABCDEF0", OURS + UUID),
]
SHARE_AURORAS_ARNS = ("DocumentDB", "Neptune")


def read(text: str) -> Arn:
    arn = parse_arn(text)
    assert arn is not None
    return arn


def test_every_type_has_an_example_or_shares_auroras() -> None:
    exemplified = {name for name, _, _ in EXAMPLES}
    assert exemplified | set(SHARE_AURORAS_ARNS) == set(TYPE_OF_NAME)
    assert len(TYPE_OF_NAME) == len(RESOURCE_TYPES) == 19


@pytest.mark.parametrize(("name", "resource_arn", "_point_arn"), EXAMPLES)
def test_an_arn_tells_the_type_of_its_resource(
    name: str, resource_arn: str, _point_arn: str
) -> None:
    assert supported_type(resource_arn) == (read(resource_arn), TYPE_OF_NAME[name])


@pytest.mark.parametrize(("name", "resource_arn", "point_arn"), EXAMPLES)
def test_a_recovery_point_is_named_after_the_manner_of_its_type(
    name: str, resource_arn: str, point_arn: str
) -> None:
    where = ("123456789012", "us-east-1")
    form = TYPE_OF_NAME[name].form
    assert recovery_point_arn(form, read(resource_arn), where, UUID, NOW) == point_arn


@pytest.mark.parametrize("name", SHARE_AURORAS_ARNS)
def test_points_of_clusters_are_named_as_auroras_are(name: str) -> None:
    assert TYPE_OF_NAME[name].form is TYPE_OF_NAME["Aurora"].form


def test_a_dynamodb_point_that_is_not_fully_managed_belongs_to_its_table() -> None:
    table = read(f"arn:aws:dynamodb:{HERE}:table/Orders")
    where = ("123456789012", "us-east-1")
    assert recovery_point_arn(ArnForm.DYNAMODB_BACKUP, table, where, UUID, NOW) == (
        f"arn:aws:dynamodb:{HERE}:table/Orders/backup/01640941507089-5ec207d0"
    )


def test_a_recovery_point_lives_where_its_vault_does() -> None:
    bucket, elsewhere = read("arn:aws:s3:::b"), ("999999999999", "eu-west-1")
    for form in ArnForm:
        arn = read(recovery_point_arn(form, bucket, elsewhere, UUID, NOW))
        assert arn.region == "eu-west-1"
        assert arn.account in ("999999999999", "")


def test_only_types_that_aws_backup_manages_fully_have_points_of_its_own() -> None:
    own = (ArnForm.BACKUP, ArnForm.BUCKET, ArnForm.COMPOSITE_EKS)
    assert {row.name for row in RESOURCE_TYPES if row.form in own} == {
        "CloudFormation",
        "DSQL",
        "DynamoDB",
        "EFS",
        "EKS",
        "S3",
        "SAP HANA on Amazon EC2",
        "Timestream",
        "VirtualMachine",
    }


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        (f"arn:aws:rds:{HERE}:cluster:orders", "cluster-orders"),
        (f"arn:aws:rds:{HERE}:db:orders", "db-orders"),
        ("arn:aws:s3:::orders", "orders"),
        (f"arn:aws:ssm-sap:{HERE}:HANA/orders", "orders"),
    ],
)
def test_a_continuous_point_is_named_after_its_resource(resource: str, name: str) -> None:
    found = supported_type(resource)
    assert found is not None
    assert found[1].continuous
    where = ("123456789012", "us-east-1")
    assert continuous_point_arn(resource, where, UUID) == f"{OURS}continuous:{name}-5ec207d0"


def test_the_types_with_continuous_backups_are_those_that_aws_documents() -> None:
    continuous = {row.name for row in RESOURCE_TYPES if row.continuous}
    assert continuous == {"Aurora", "RDS", "S3", "SAP HANA on Amazon EC2"}


def test_the_types_that_go_cold_are_those_that_aws_documents() -> None:
    assert {row.name for row in RESOURCE_TYPES if row.goes_cold} == {
        "CloudFormation",
        "DSQL",
        "DynamoDB",
        "EBS",
        "EFS",
        "SAP HANA on Amazon EC2",
        "Timestream",
        "VirtualMachine",
    }


@pytest.mark.parametrize(
    "text",
    [
        "vol-1",
        "arn:aws:ec2",
        f"arn:aws:lambda:{HERE}:function:f",
        "arn:aws:ec2:us-east-1::snapshot/snap-1",
        "arn:aws:ec2:us-east-1::image/ami-1",
        f"arn:aws:rds:{HERE}:cluster-snapshot:awsbackup:job-1",
        f"arn:aws:rds:{HERE}:snapshot:s",
        f"arn:aws:dynamodb:{HERE}:table/Orders/index/by-day",
        f"arn:aws:dynamodb:{HERE}:table/Orders/backup/01640941507089-5ec207d0",
        "arn:aws:s3:::bucket/key",
        f"arn:aws:s3:{HERE}:accesspoint/a",
        f"arn:aws:elasticfilesystem:{HERE}:access-point/a",
        f"arn:aws:timestream:{HERE}:database/metrics",
        f"arn:aws:storagegateway:{HERE}:gateway/sgw-1",
        f"arn:aws:eks:{HERE}:nodegroup/prod/one",
        OURS + UUID,
    ],
)
def test_other_arns_name_nothing_that_can_be_backed_up(text: str) -> None:
    assert supported_type(text) is None


def test_an_arn_alone_reads_as_one_type_only() -> None:
    for name, resource_arn, _ in EXAMPLES:
        arn = read(resource_arn)
        rows = [
            row
            for row in RESOURCE_TYPES
            if row.service == arn.service and re.fullmatch(row.resource, arn.resource)
        ]
        assert all(shares_arns(row, TYPE_OF_NAME[name]) for row in rows), name
    assert not shares_arns(TYPE_OF_NAME["Aurora"], TYPE_OF_NAME["RDS"])
    assert not shares_arns(TYPE_OF_NAME["DSQL"], TYPE_OF_NAME["EKS"])
