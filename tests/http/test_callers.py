"""Whose access key is whose: as a server is told, and as requests are taken then."""

from typing import Any

import pytest

from tests.http.desk import Desk
from vaultclock.adapters.http.app import App
from vaultclock.adapters.http.callers import Callers
from vaultclock.adapters.http.service import Service

PATH = "/_vaultclock/callers"
USER = "arn:aws:iam::123456789012:user/path/bob"
ROLE = "arn:aws:iam::999999999999:role/ops"
SESSION = "arn:aws:sts::123456789012:assumed-role/ops/ann"


def made_in(desk: Desk, key_id: str, region: str = "us-east-1") -> str:
    """Make a vault with an access key; answer the account and Region it is in."""
    credential = f"Credential={key_id}/20260101/{region}/backup/aws4_request"
    headers = {"authorization": f"AWS4-HMAC-SHA256 {credential}, Signature=0"}
    name = f"v{desk.simulation.engine.seq}"
    answer = desk.ask("PUT", f"/backup-vaults/{name}", {}, **headers)
    assert answer.status == 200, answer
    arn: str = answer.json["BackupVaultArn"]
    return " ".join(arn.split(":")[3:5])


def test_nobody_is_mapped_at_first() -> None:
    assert Desk().ask("GET", PATH).json == {}


def test_a_key_acts_in_the_account_of_the_principal_it_is_mapped_to() -> None:
    desk = Desk()
    answer = desk.ask("PUT", PATH, {"AKIAUSER": USER, "AKIAROLE": ROLE, "111111111111": SESSION})
    assert (answer.status, answer.json) == (200, {"mapped": 3})
    assert made_in(desk, "AKIAUSER") == "us-east-1 123456789012"
    assert made_in(desk, "AKIAROLE", "eu-west-1") == "eu-west-1 999999999999"
    assert made_in(desk, "111111111111") == "us-east-1 123456789012"
    assert made_in(desk, "222222222222") == "us-east-1 222222222222"
    assert made_in(desk, "AKIAELSE") == "us-east-1 000000000000"


def test_the_callers_are_listed_with_what_policies_may_call_them() -> None:
    desk = Desk()
    desk.ask("PUT", PATH, {"B": USER, "A": SESSION})
    listed = desk.ask("GET", PATH).json
    assert [*listed] == ["A", "B"]
    session = listed["A"]
    assert session["user_id"].startswith("AROA")
    assert session["user_id"].endswith(":ann")
    assert session == {
        "arn": SESSION,
        "account": "123456789012",
        "principal_arn": "arn:aws:iam::123456789012:role/ops",
        "user_id": session["user_id"],
    }
    assert listed["B"]["arn"] == USER


def test_keys_are_added_replaced_and_forgotten() -> None:
    desk = Desk()
    desk.ask("PUT", PATH, {"A": USER, "B": USER})
    desk.ask("PUT", PATH, {"B": ROLE, "C": ROLE})
    told = {key: caller["arn"] for key, caller in desk.ask("GET", PATH).json.items()}
    assert told == {"A": USER, "B": ROLE, "C": ROLE}
    assert desk.ask("DELETE", f"{PATH}?access_key_id=B").json == {"forgotten": 1}
    assert made_in(desk, "B") == "us-east-1 000000000000"
    answer = desk.ask("DELETE", f"{PATH}?access_key_id=B")
    assert (answer.status, answer.json["field"]) == (404, "access_key_id")
    assert desk.ask("DELETE", PATH).json == {"forgotten": 2}
    assert desk.ask("GET", PATH).json == {}
    assert desk.ask("DELETE", PATH).json == {"forgotten": 0}


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ([], None, "JSON object"),
        ("AKIA", None, "JSON object"),
        ({"A": USER, "B": 1}, "B", "'B' must be the ARN"),
        ({"B": None}, "B", "'B' must be the ARN"),
        ({"B": "arn:aws:iam::123456789012:user/*"}, "B", "'B' must be the ARN"),
        ({"B": "arn:aws:iam::12345678901:root"}, "B", "'B' must be the ARN"),
        ({"B": "arn:aws:s3:::bucket"}, "B", "'B' must be the ARN"),
        ({"": USER}, "", "'' is not an access key id"),
        ({"a/b": USER}, "a/b", "'a/b' is not an access key id"),
        ({"a,b": USER}, "a,b", "'a,b' is not an access key id"),
        ({"a b": USER}, "a b", "'a b' is not an access key id"),
        ({"x" * 129: USER}, "x" * 128, "is not an access key id"),
    ],
)
def test_what_maps_no_key_to_a_principal_is_refused_whole(
    body: Any, field: str | None, said: str
) -> None:
    desk = Desk()
    answer = desk.ask("PUT", PATH, body)
    assert answer.status == 400
    assert answer.json["field"] == field
    assert said in answer.json["error"]
    assert answer.json["accepted"]
    assert desk.ask("GET", PATH).json == {}


@pytest.mark.parametrize(
    ("method", "query"), [("GET", "?key=A"), ("PUT", "?a=b"), ("DELETE", "?arn=a")]
)
def test_a_query_it_does_not_know_is_refused(method: str, query: str) -> None:
    answer = Desk().ask(method, PATH + query, {})
    assert answer.status == 400
    assert "unknown name" in answer.json["error"]


def test_a_reset_goes_back_to_the_callers_of_the_beginning() -> None:
    desk = Desk()
    desk.app = App(desk.simulation, callers=Callers({"A": USER}))
    desk.ask("PUT", PATH, {"A": ROLE, "B": ROLE})
    desk.ask("POST", "/_vaultclock/reset")
    assert {key: c["arn"] for key, c in desk.ask("GET", PATH).json.items()} == {"A": USER}


def test_a_presigned_request_is_of_the_principal_its_key_is_mapped_to() -> None:
    desk = Desk()
    service = Service(desk.simulation, callers=Callers({"AKIA": ROLE}))
    query = "X-Amz-Credential=AKIA%2F20260101%2Feu-west-1%2Fbackup%2Faws4_request"
    status, _, body = service.handle("PUT", "/backup-vaults/vault", query, [], b"{}")
    assert status == 200
    assert b"arn:aws:backup:eu-west-1:999999999999:backup-vault:vault" in body
