"""``--callers``: a server is told whose access keys are whose, and says what a policy refused."""

import json
import signal
from pathlib import Path

import pytest

from tests.cli.commands import Commands, serving
from tests.http.desk import ORIGIN
from vaultclock.adapters.http.provenance import provenance
from vaultclock.adapters.snapshot.files import save
from vaultclock.domain.kernel.logs import MemoryLog

ROLE = "arn:aws:iam::123456789012:role/ops"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "callers.json"
    path.write_text(json.dumps({"AKIAOPS": ROLE}))
    return path


def test_a_server_knows_the_callers_of_a_file(file: Path) -> None:
    with serving("--callers", str(file)) as server:
        assert server.ask("GET", "/_vaultclock/callers").json["AKIAOPS"]["arn"] == ROLE
        assert server.ask("DELETE", "/_vaultclock/callers").json == {"forgotten": 1}
        server.ask("POST", "/_vaultclock/reset")
        assert [*server.ask("GET", "/_vaultclock/callers").json] == ["AKIAOPS"]


def test_the_environment_may_name_the_file_and_a_recorded_world_takes_it_too(
    file: Path, tmp_path: Path
) -> None:
    save(MemoryLog(ORIGIN), tmp_path / "bug.vclog", **provenance())
    words = ["replay", str(tmp_path / "bug.vclog"), "--serve"]
    with serving(words=words, VAULTCLOCK_CALLERS=str(file)) as server:
        assert [*server.ask("GET", "/_vaultclock/callers").json] == ["AKIAOPS"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "it must be a JSON object of ARNs by access key id; accepted: "),
        ('{"a b": "x"}', "'a b' is not an access key id"),
        ('{"AKIA": "x"}', "'AKIA' must be the ARN of one who can call; accepted: arn:aws:iam::"),
    ],
)
def test_a_file_that_maps_no_keys_is_refused_before_anything_is_served(
    vaultclock: Commands, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "callers.json"
    path.write_text(text)
    assert said in vaultclock.refused(2, "serve", "--port", "0", "--callers", str(path))


def test_a_file_that_is_not_there_is_refused(vaultclock: Commands, tmp_path: Path) -> None:
    path = str(tmp_path / "none.json")
    text = vaultclock.refused(2, "serve", "--port", "0", "--callers", path)
    assert "can't be read: No such file or directory" in text


def test_a_server_says_which_statement_refused_and_nothing_of_the_caller_but_the_arn() -> None:
    statement = {"Sid": "keep", "Effect": "Deny", "Principal": "*", "Resource": "*"}
    policy = {"Statement": {**statement, "Action": "backup:DeleteBackupVault"}}
    with serving("--clock", "frozen") as server:
        server.ask("PUT", "/backup-vaults/vault", {})
        put = {"Policy": json.dumps(policy)}
        assert server.ask("PUT", "/backup-vaults/vault/access-policy", put).status == 200
        assert server.ask("DELETE", "/backup-vaults/vault").status == 403
        err = server.end(signal.SIGTERM).err
    (line,) = err.splitlines()
    assert " INFO 'User: arn:aws:iam::000000000000:root is not authorized to perform:" in line
    assert line.endswith(
        "Sid 'keep' of the policy of 'arn:aws:backup:us-east-1:000000000000:backup-vault:vault'"
    )
