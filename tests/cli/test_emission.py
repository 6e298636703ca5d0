"""``vaultclock serve --emit`` as users run it: what is delivered, resumed, left out and refused."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import Commands, Process, serving
from tests.emission.emulators import emulated
from tests.emission.hooks import Hook, hooked

FROZEN = ("--clock", "frozen", "--start", "2026-01-01T00:00:00Z")
ADVANCE = "/_vaultclock/clock/advance"
ROLE = "arn:aws:iam::123456789012:role/backup"
VOLUME = "arn:aws:ec2:us-east-1:123456789012:volume/vol-1"


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as hook:
        yield hook


def vault(server: Process, name: str) -> None:
    assert server.ask("PUT", f"/backup-vaults/{name}", {}).status == 200


def backup(server: Process) -> None:
    vault(server, "vault")
    asked = {"BackupVaultName": "vault", "ResourceArn": VOLUME, "IamRoleArn": ROLE}
    assert server.ask("PUT", "/backup-jobs", asked).status == 200
    assert server.ask("POST", ADVANCE, {"by": "1m"}).status == 200


def ended(server: Process) -> str:
    ran = server.end(signal.SIGTERM)
    assert ran.code == 0, ran
    return ran.err


def envelopes(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def told(envelope: Any) -> str:
    detail = envelope["detail"]
    return f"{envelope['detail-type']} {detail.get('state') or detail['status']}"


def test_what_happens_is_delivered_to_every_sink(hook: Hook, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with serving(*FROZEN, "--emit", f"jsonl:{path}", "--emit", f"webhook:{hook.url}") as server:
        vault(server, "one")
        vault(server, "two")
        posted = hook.await_posted(2)
        assert ended(server) == ""
    assert [told(envelope) for envelope in envelopes(path)] == [
        "Backup Vault State Change CREATED"
    ] * 2
    assert [json.loads(each.body) for each in posted] == envelopes(path)


def test_what_was_about_to_be_delivered_is_before_the_server_ends(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with serving(*FROZEN, "--emit", f"jsonl:{path}") as server:
        for number in range(100):
            vault(server, f"vault-{number}")
        ended(server)
    assert len(envelopes(path)) == 100


def test_sinks_can_be_named_in_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "with a blank.jsonl"
    variables = {
        "VAULTCLOCK_EMIT": f"jsonl:{tmp_path / 'one.jsonl'} 'jsonl:{path}'",
        "VAULTCLOCK_EMIT_DURING_ADVANCE": "true",
    }
    with serving(*FROZEN, **variables) as server:
        backup(server)
        ended(server)
    assert envelopes(path) == envelopes(tmp_path / "one.jsonl")
    assert [told(e) for e in envelopes(path)][-1] == "Recovery Point State Change COMPLETED"


def test_what_an_advance_brings_is_not_delivered_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with serving(*FROZEN, "--emit", f"jsonl:{path}") as server:
        backup(server)
        vault(server, "after")
        ended(server)
    assert [told(e) for e in envelopes(path)] == [
        "Backup Vault State Change CREATED",
        "Backup Job State Change CREATED",
        "Backup Vault State Change CREATED",
    ]


def test_a_server_that_was_killed_goes_on_where_it_was(hook: Hook, tmp_path: Path) -> None:
    data, sink = str(tmp_path / "world.db"), f"webhook:{hook.url}/hook?token=secret"
    hook.answers = [204, 503, 503]
    with serving(*FROZEN, "--data", data, "--emit", sink) as server:
        vault(server, "one")
        hook.await_posted(1)
        vault(server, "two")
        hook.await_posted(3)
        server.process.kill()
        err = server.process.communicate()[1]
        assert "tried again until it works: the answer is 503" in err
        assert "secret" not in err
    with serving("--clock", "frozen", "--data", data) as server:
        vault(server, "three")  # while nobody delivers
        ended(server)
    assert len(hook.posted) == 3
    with serving("--clock", "frozen", "--data", data, "--emit", sink) as server:
        vault(server, "four")
        hook.await_posted(6)
        ended(server)
    names = [json.loads(each.body)["detail"]["backupVaultName"] for each in hook.posted]
    assert names[-3:] == ["two", "three", "four"]
    again = [each.body for each in hook.posted if b'"two"' in each.body]
    assert again[0] == again[-1], "the same id, so that it can be told"
    assert "secret" not in (tmp_path / "world.db.cursors.json").read_text()


def test_a_new_sink_begins_with_what_happens_now(hook: Hook, tmp_path: Path) -> None:
    data, kept = str(tmp_path / "world.db"), tmp_path / "kept.json"
    with serving(*FROZEN, "--data", data) as server:
        vault(server, "one")
        ended(server)
    options = ("--emit", f"webhook:{hook.url}", "--emit-cursors", str(kept))
    with serving("--clock", "frozen", "--data", data, *options) as server:
        vault(server, "two")
        (posted,) = hook.await_posted(1)
        ended(server)
    assert b'"two"' in posted.body
    (sink,) = json.loads(kept.read_text())["sinks"].values()
    assert (sink["name"], sink["seq"]) == (f"webhook:{hook.url}", 2)
    assert not (tmp_path / "world.db.cursors.json").exists()


def test_a_topic_hears_of_a_backup_through_another_emulator(tmp_path: Path) -> None:
    with emulated() as moto:
        notices, events, every = (moto.queue(name) for name in ("notices", "events", "all"))
        topic = moto.subscribed("backups", notices)
        bus = moto.client("events")
        bus.put_rule(Name="backups", EventPattern='{"source": ["aws.backup"]}')
        bus.put_targets(Rule="backups", Targets=[{"Id": "q", "Arn": moto.queue_arn(events)}])
        sinks = [f"sns:{moto.url}", f"eventbridge:{moto.url}", f"sqs:{every}"]
        options = [option for sink in sinks for option in ("--emit", sink)]
        with serving(*FROZEN, *options, "--emit-during-advance") as server:
            vault(server, "vault")
            asked = {"SNSTopicArn": topic, "BackupVaultEvents": ["BACKUP_JOB_COMPLETED"]}
            where = "/backup-vaults/vault/notification-configuration"
            assert server.ask("PUT", where, asked).status == 200
            job = {"BackupVaultName": "vault", "ResourceArn": VOLUME, "IamRoleArn": ROLE}
            assert server.ask("PUT", "/backup-jobs", job).status == 200
            assert server.ask("POST", ADVANCE, {"by": "1m"}).status == 200
            (notice,) = moto.received(notices, 1)
            assert notice["Message"].startswith("An AWS Backup job was completed successfully.")
            assert notice["Subject"] == "Notification from AWS Backup"
            assert notice["MessageAttributes"]["State"]["Value"] == "COMPLETED"
            types = sorted(told(event) for event in moto.received(events, 6))
            assert types == [
                "Backup Job State Change COMPLETED",
                "Backup Job State Change CREATED",
                "Backup Job State Change RUNNING",
                "Backup Vault State Change CREATED",
                "Recovery Point State Change COMPLETED",
                "Recovery Point State Change CREATING",
            ]
            assert len(moto.received(every, 7)) == 7
            ended(server)


def test_what_can_not_be_meant_is_refused(vaultclock: Commands, tmp_path: Path) -> None:
    def refused(code: int, *options: str) -> str:
        return vaultclock.refused(code, "serve", "--port", "0", *options)

    out, data = f"jsonl:{tmp_path / 'out.jsonl'}", str(tmp_path / "world.db")
    secret = "webhook:ftp://me:secret@h/x?token=secret"
    assert "accepted are jsonl:PATH, webhook:URL" in refused(2, "--emit", "kafka:x")
    assert "secret" not in refused(2, "--emit", secret)
    assert "names jsonl:" in refused(2, "--emit", out, "--emit", out)
    assert "accepted are true and false" in refused(2, "--emit", out, "--emit-during-advance", "x")
    assert "is for --emit" in refused(2, "--emit-during-advance")
    assert "is for --emit and --data" in refused(2, "--emit-cursors", "x", "--emit", out)
    assert "is for --emit and --data" in refused(2, "--emit-cursors", "x", "--data", data)
    assert "names no host" in refused(1, "--emit", "webhook:http://:80")
    (tmp_path / "bad.json").write_text("{")
    options = ("--emit", out, "--data", data, "--emit-cursors", str(tmp_path / "bad.json"))
    assert "move it away" in refused(1, *options)


def test_a_list_that_can_not_be_taken_apart_is_refused(
    vaultclock: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULTCLOCK_EMIT", "'jsonl:x")
    text = vaultclock.refused(2, "serve", "--port", "0")
    assert "VAULTCLOCK_EMIT can't be taken apart" in text
