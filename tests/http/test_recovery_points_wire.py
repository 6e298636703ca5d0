"""Recovery points on the wire: their statuses, how they are disassociated, and why some stay."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.domain.test_recovery_points import born
from tests.http.test_copy_jobs_wire import ACCOUNT, HOME, ROLE, START, Client
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.http import model, recovery_points
from vaultclock.adapters.http.operation import Ask
from vaultclock.adapters.http.protocol import check_reply
from vaultclock.domain.kernel.facts import Batch
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import DAY, HOUR, SECOND
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.recovery_points.events import RecoveryPointCompleted
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.values import Lifecycle

FILES = f"arn:aws:elasticfilesystem:us-east-1:{ACCOUNT}:file-system/fs-1"
BUCKET = "arn:aws:s3:::bucket"
DATABASE = f"arn:aws:rds:us-east-1:{ACCOUNT}:db:orders"
ROWS = {row.name: row for row in recovery_points.OPERATIONS}


@pytest.fixture
def client() -> Client:
    """A service without deletion lag, with an empty vault."""
    client = Client(Simulation(MemoryLog(Origin(START, 0, 3, 0))))
    client.asked("PUT", "/backup-vaults/here", {})
    return client


def happened(client: Client, *facts: Any) -> None:
    engine = client.simulation.engine
    batch = Batch(engine.seq, engine.now, HOME, None, facts)
    engine.log.append(batch)
    engine.apply(batch)


def continuous(client: Client, arn: str, resource_arn: str, resource_type: str) -> None:
    point = born(
        arn,
        vault_name="here",
        resource_arn=resource_arn,
        resource_type=resource_type,
        created_at=START,
        lifecycle=Lifecycle(delete_after_days=7),
        is_continuous=True,
    )
    happened(client, point, RecoveryPointCompleted(arn, 5))


def path(arn: str) -> str:
    return f"/backup-vaults/here/recovery-points/{quote(arn, safe='')}"


def test_a_point_that_has_to_stay_is_expired_and_says_why(client: Client) -> None:
    client.simulation.engine.handle(RegisterResource(FILES, keeps_points="Locked"), HOME)
    backup = {"BackupVaultName": "here", "ResourceArn": FILES, "IamRoleArn": ROLE}
    client.asked("PUT", "/backup-jobs", {**backup, "Lifecycle": {"DeleteAfterDays": 1}})
    client.later(START + DAY - 1)
    (point,) = client.asked("GET", "/backup-vaults/here/recovery-points/")["RecoveryPoints"]
    arn = point["RecoveryPointArn"]
    assert (point["Status"], point["StatusMessage"]) == ("COMPLETED", None)

    client.later(START + DAY)
    for row in (
        client.asked("GET", path(arn)),
        *client.asked("GET", "/backup-vaults/here/recovery-points/")["RecoveryPoints"],
        *client.asked("GET", f"/resources/{quote(FILES, safe='')}/recovery-points/")[
            "RecoveryPoints"
        ],
    ):
        assert (row["Status"], row["StatusMessage"]) == ("EXPIRED", "Locked")
    assert client.send("DELETE", path(arn)) == (200, None), "accepted all the same"
    assert client.asked("GET", path(arn))["Status"] == "DELETING"
    client.later(START + DAY + SECOND)
    assert client.asked("GET", path(arn))["Status"] == "EXPIRED"


def test_a_continuous_point_of_a_bucket_is_stopped_by_disassociating_it(client: Client) -> None:
    continuous(client, "arn:continuous", BUCKET, "S3")
    assert client.asked("GET", path("arn:continuous"))["Status"] == "AVAILABLE"
    assert client.send("POST", path("arn:continuous") + "/disassociate") == (200, None)
    assert client.asked("GET", path("arn:continuous"))["Status"] == "STOPPED"
    assert client.send("POST", path("arn:continuous") + "/disassociate") == (200, None)


def test_a_continuous_point_of_a_database_leaves_its_vault(client: Client) -> None:
    continuous(client, "arn:continuous", DATABASE, "RDS")
    status, reply = client.send("POST", path("arn:continuous"), {"Lifecycle": {}})
    assert (status, reply["Type"]) == (400, None)
    assert "continuous recovery point cannot be changed" in reply["Message"]
    assert client.send("POST", path("arn:continuous") + "/disassociate") == (200, None)
    status, reply = client.send("GET", path("arn:continuous"))
    assert (status, reply["Message"]) == (400, "Cannot find recovery point.")


def test_a_continuous_point_is_restored_to_a_point_in_time(client: Client) -> None:
    continuous(client, "arn:aws:backup:us-east-1:1:recovery-point:c", BUCKET, "S3")
    client.later(START + DAY)
    for time, status in (("2026-01-01T12:00:00Z", "COMPLETED"), ("2026-01-02T01:00:00Z", "FAILED")):
        job = client.asked(
            "PUT",
            "/restore-jobs",
            {
                "RecoveryPointArn": "arn:aws:backup:us-east-1:1:recovery-point:c",
                "Metadata": {"DestinationBucketName": "copy", "RestoreTime": time},
                "IamRoleArn": ROLE,
            },
        )
        client.later(client.simulation.engine.now + HOUR)
        found = client.asked("GET", f"/restore-jobs/{job['RestoreJobId']}")
        assert found["Status"] == status
        assert (found["CreatedResourceArn"] == "arn:aws:s3:::copy") is (status == "COMPLETED")


def test_a_point_that_a_rule_has_indexed_says_so(client: Client) -> None:
    volume = f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-1"
    rule = {
        "RuleName": "indexed",
        "TargetBackupVaultName": "here",
        "IndexActions": [{"ResourceTypes": ["EBS"]}],
    }
    plan = client.asked(
        "PUT", "/backup/plans/", {"BackupPlan": {"BackupPlanName": "p", "Rules": [rule]}}
    )
    selection = {"SelectionName": "all", "IamRoleArn": ROLE, "Resources": [volume]}
    path = f"/backup/plans/{plan['BackupPlanId']}/selections/"
    client.asked("PUT", path, {"BackupSelection": selection})

    def shown() -> set[tuple[str, str | None]]:
        by_resource = f"/resources/{quote(volume, safe='')}/recovery-points/"
        listed = (
            *client.asked("GET", "/backup-vaults/here/recovery-points/")["RecoveryPoints"],
            *client.asked("GET", by_resource)["RecoveryPoints"],
        )
        return {(row["IndexStatus"], row["IndexStatusMessage"]) for row in listed}

    client.later(START + 5 * HOUR + 4 * SECOND)
    assert shown() == {("PENDING", None)}
    client.later(START + 6 * HOUR)
    ((status, message),) = shown()
    assert status == "ACTIVE"
    assert message is not None
    assert message.startswith("An AWS Backup recovery point index was successfully completed.")


def test_a_continuous_rule_shows_one_point_and_says_where_it_could_not_make_one(
    client: Client,
) -> None:
    client.asked("PUT", "/backup-vaults/there", {})
    for name, vault, hour in (("first", "here", 5), ("second", "there", 6)):
        rule = {
            "RuleName": "pitr",
            "TargetBackupVaultName": vault,
            "ScheduleExpression": f"cron(0 {hour} ? * * *)",
            "EnableContinuousBackup": True,
            "Lifecycle": {"DeleteAfterDays": 7},
        }
        plan = {"BackupPlanName": name, "Rules": [rule]}
        made = client.asked("PUT", "/backup/plans/", {"BackupPlan": plan})
        selection = {"SelectionName": "all", "IamRoleArn": ROLE, "Resources": [BUCKET]}
        path_of = f"/backup/plans/{made['BackupPlanId']}/selections/"
        client.asked("PUT", path_of, {"BackupSelection": selection})
    first = client.asked("GET", "/backup/plans/")["BackupPlansList"][0]

    client.later(START + DAY + 7 * HOUR)
    listed = client.asked("GET", "/backup-vaults/here/recovery-points/")["RecoveryPoints"]
    (point,) = listed
    assert point["Status"] == "AVAILABLE"
    assert ":recovery-point:continuous:bucket-" in point["RecoveryPointArn"]
    assert point["CreationDate"] == (START + 5 * HOUR) / 1000
    assert point["CalculatedLifecycle"]["DeleteAt"] == (START + 5 * HOUR + 8 * DAY) / 1000
    assert point["CreatedBy"]["BackupPlanId"] == first["BackupPlanId"]
    resource = client.asked("GET", f"/resources/{quote(BUCKET, safe='')}")
    assert resource["LastBackupTime"] == (START + DAY + 6 * HOUR) / 1000

    jobs = client.asked("GET", "/backup-jobs/", query="backupVaultName=there")["BackupJobs"]
    assert {job["State"] for job in jobs} == {"COMPLETED"}
    assert {job["MessageCategory"] for job in jobs} == {"MISCELLANEOUS"}
    issue = (
        "Enabling continuous backup failed, because of the following error: PITR already"
        f" configured in backup plan: {first['BackupPlanArn']}"
    )
    assert {job["StatusMessage"] for job in jobs} == {issue}
    jobs = client.asked("GET", "/backup-jobs/", query="backupVaultName=here")["BackupJobs"]
    assert {job["RecoveryPointArn"] for job in jobs} == {point["RecoveryPointArn"]}
    assert {job["MessageCategory"] for job in jobs} == {"SUCCESS"}


def test_a_snapshot_is_not_disassociated_from_anything(client: Client) -> None:
    happened(client, born("arn:p", vault_name="here"), RecoveryPointCompleted("arn:p", 5))
    for method, tail in (("POST", "/disassociate"), ("DELETE", "/parentAssociation")):
        status, reply = client.send(method, path("arn:p") + tail)
        assert status == 400
        assert "recovery point" in reply["Message"].lower()


def test_a_nested_point_leaves_its_parent_with_204(client: Client) -> None:
    parent = born("arn:parent", vault_name="here", is_parent=True)
    child = born("arn:child", vault_name="here", parent_arn="arn:parent", member_identifier="files")
    done = (RecoveryPointCompleted("arn:parent", None), RecoveryPointCompleted("arn:child", 5))
    happened(client, parent, child, *done)
    nested = client.asked("GET", path("arn:child"))
    assert (nested["ParentRecoveryPointArn"], nested["CompositeMemberIdentifier"]) == (
        "arn:parent",
        "files",
    )
    assert client.asked("GET", path("arn:parent"))["IsParent"] is True
    listing = "/backup-vaults/here/recovery-points/"
    (listed,) = client.asked("GET", listing, query="parentRecoveryPointArn=arn%3Aparent")[
        "RecoveryPoints"
    ]
    assert listed["RecoveryPointArn"] == "arn:child"
    status, reply = client.send("DELETE", path("arn:parent"))
    assert (status, "nested" in reply["Message"]) == (400, True)

    assert client.send("DELETE", path("arn:child") + "/parentAssociation") == (204, None)
    alone = client.asked("GET", path("arn:child"))
    assert (alone["ParentRecoveryPointArn"], alone["CompositeMemberIdentifier"]) == (None, None)
    assert client.asked("GET", path("arn:parent"))["Status"] == "PARTIAL"
    assert client.send("DELETE", path("arn:parent")) == (200, None)


@pytest.mark.parametrize("name", ROWS)
def test_replies_are_of_the_models_shape(client: Client, name: str) -> None:
    continuous(client, "arn:continuous", BUCKET, "S3")
    nested = born("arn:p", vault_name="here", parent_arn="arn:parent", member_identifier="m")
    happened(client, nested, RecoveryPointCompleted("arn:p", 5))
    engine, row = client.simulation.engine, ROWS[name]
    arn = "arn:continuous" if name == "DisassociateRecoveryPoint" else "arn:p"
    wire = {"BackupVaultName": "here", "RecoveryPointArn": arn, "ResourceArn": FILES}
    if isinstance(row, Ask):
        reply = row.answer(engine.world(HOME), engine.now, wire)
    else:
        command = row.read(wire)
        facts = engine.handle(command, HOME)
        reply = row.reply(engine.world(HOME), command, facts)
    assert check_reply(model.operations()[name], reply) == []
