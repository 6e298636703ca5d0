"""IAM's policy language: what is a policy, and what one says to a request."""

import json
import time
from typing import Any

import pytest

from vaultclock.domain.kernel.instants import SECOND, from_iso
from vaultclock.domain.policies.language import Decision, Request, Verdict, judge, read_policy
from vaultclock.domain.policies.patterns import MalformedPolicy, Values
from vaultclock.domain.policies.principals import UnknownPrincipal, principal_of

MINE = "123456789012"
VAULT = f"arn:aws:backup:us-east-1:{MINE}:backup-vault:v"
POINT = "arn:aws:ec2:us-east-1::snapshot/snap-1"
ROOT = f"arn:aws:iam::{MINE}:root"
ROLE = f"arn:aws:iam::{MINE}:role/deep/path/ops"
SESSION = f"arn:aws:sts::{MINE}:assumed-role/ops/ann"
USER = f"arn:aws:iam::{MINE}:user/bob"
ACTION = "backup:DeleteRecoveryPoint"


def statement(**parts: Any) -> dict[str, Any]:
    """A Deny of everything to everybody, but for the parts given; None leaves one out."""
    whole = {"Effect": "Deny", "Principal": "*", "Action": ACTION, "Resource": "*", **parts}
    return {name: part for name, part in whole.items() if part is not None}


def policy(*statements: dict[str, Any], version: str | None = "2012-10-17") -> str:
    document: dict[str, Any] = {"Statement": list(statements)}
    return json.dumps(document if version is None else {"Version": version, **document})


def decided(
    text: str,
    *,
    caller: str = ROOT,
    action: str = ACTION,
    resources: tuple[str, ...] = (VAULT,),
    **said: Values,
) -> Decision:
    principal = principal_of(caller)
    assert principal is not None
    keys = {key.replace("_", ":", 1): values for key, values in said.items()}
    return judge(read_policy(text), Request(principal, action, resources, keys.get))


def denied(text: str, **asked: Any) -> bool:
    return decided(text, **asked).verdict is Verdict.DENY


def under(condition: dict[str, Any], **said: Values) -> bool:
    return denied(policy(statement(Condition=condition)), **said)


def test_a_policy_that_says_nothing_of_a_request_has_no_opinion() -> None:
    decision = decided(policy(statement(Action="backup:StartBackupJob")))
    assert decision == Decision(Verdict.NO_OPINION, None)


def test_the_first_statement_that_applies_decides_and_is_named() -> None:
    text = policy(
        statement(Effect="Allow", Sid="open"),
        statement(Effect="Allow"),
        statement(Resource="arn:aws:ec2:*:*:snapshot/*"),
        statement(Sid="shut"),
    )
    shut = decided(text).statement
    assert shut is not None
    assert (shut.index, shut.label) == (3, "Sid 'shut'")
    second = decided(text, resources=(POINT, VAULT)).statement
    assert second is not None
    assert (second.index, second.label) == (2, "Statement[2]")
    allowed = decided(policy(*json.loads(text)["Statement"][:2]))
    assert allowed.verdict is Verdict.ALLOW
    assert allowed.statement is not None
    assert allowed.statement.sid == "open"


def test_a_statement_may_stand_alone_and_a_policy_may_have_an_id() -> None:
    assert denied(json.dumps({"Id": "default", "Statement": statement(Sid="")}))


def test_actions_are_told_apart_in_any_case() -> None:
    assert denied(policy(statement(Action="BACKUP:deleterecoverypoint")))


@pytest.mark.parametrize(
    ("named", "hit"),
    [
        ("*", {ROOT, ROLE, SESSION, USER}),
        (MINE, {ROOT, ROLE, SESSION, USER}),
        (ROOT, {ROOT, ROLE, SESSION, USER}),
        (f"arn:aws:iam::{MINE}:role/ops", {ROLE, SESSION}),
        (SESSION, {SESSION}),
        (USER, {USER}),
        ("999999999999", set()),
    ],
)
def test_a_principal_is_an_account_a_role_a_session_or_a_user(named: str, hit: set[str]) -> None:
    text = policy(statement(Principal={"AWS": [named, "999999999999"]}))
    assert {caller for caller in (ROOT, ROLE, SESSION, USER) if denied(text, caller=caller)} == hit


@pytest.mark.parametrize(
    ("spared", "named"),
    [
        (set(), [USER]),
        ({ROOT}, [MINE]),
        ({ROOT, USER}, [USER, MINE]),
        ({ROOT, ROLE}, [ROLE, MINE]),
        ({ROOT, ROLE, SESSION}, [SESSION, ROLE, ROOT]),
        ({ROOT, ROLE, SESSION, USER}, ["*"]),
    ],
)
def test_not_principal_spares_those_alone_whose_account_it_names_too(
    spared: set[str], named: list[str]
) -> None:
    text = policy(statement(Principal=None, NotPrincipal={"AWS": named}))
    callers = (ROOT, ROLE, SESSION, USER)
    assert {caller for caller in callers if not denied(text, caller=caller)} == spared


@pytest.mark.parametrize(
    "principal",
    [
        {"Service": "backup.amazonaws.com"},
        {"Service": ["a.amazonaws.com.cn"], "Federated": "accounts.google.com"},
        {"Federated": f"arn:aws:iam::{MINE}:saml-provider/x"},
    ],
)
def test_services_and_identity_providers_can_be_named_and_never_call(principal: Any) -> None:
    assert not denied(policy(statement(Principal=principal)))


@pytest.mark.parametrize(
    ("resource", "hits"),
    [
        ("*", {VAULT, POINT}),
        (VAULT, {VAULT}),
        ("arn:aws:ec2:*:*:snapshot/*", {POINT}),
        ("arn:aws:ec2:*", {POINT}),
        ("arn:aws:ec2", {POINT}),
        ("arn:aws:*:us-east-1:*:*", {VAULT, POINT}),
        ("arn:aws:ec2:*snapshot/*:a:b", set()),
        ("arn:aws:ec2:us-east-1:?:snapshot/snap-1", set()),
        ("arn:aws:ec2:us-east-1::snapshot/snap-${*}", set()),
        ("arn:aws:backup:us-east-1:${aws:owner}:backup-vault:v", {VAULT}),
        ("arn:aws:backup:us-east-1:${aws:owner}:backup-vault:w", set()),
        (f"arn:aws:backup:us-east-1:{MINE}:backup-vault:V", set()),
    ],
)
def test_a_resource_is_compared_part_by_part(resource: str, hits: set[str]) -> None:
    text = policy(statement(Resource=resource))
    said = {"aws_owner": MINE}
    assert {arn for arn in (VAULT, POINT) if denied(text, resources=(arn,), **said)} == hits
    text = policy(statement(Resource=None, NotResource=resource))
    left = {arn for arn in (VAULT, POINT) if denied(text, resources=(arn,), **said)}
    assert left == {VAULT, POINT} - hits


def test_what_is_done_to_a_point_is_done_to_its_vault() -> None:
    assert denied(policy(statement(Resource=VAULT)), resources=(POINT, VAULT))
    text = policy(statement(Resource=None, NotResource=VAULT))
    assert not denied(text, resources=(POINT, VAULT))


@pytest.mark.parametrize(
    ("condition", "said", "holds"),
    [
        ({"StringEquals": {"AWS:UserName": ["ann", "bob"]}}, {"aws_username": "bob"}, True),
        ({"StringEquals": {"aws:username": "b*"}}, {"aws_username": "bob"}, False),
        ({"StringEquals": {"aws:username": "${*}b${?}${$}"}}, {"aws_username": "*b?$"}, True),
        ({"StringEquals": {"aws:username": "b*"}}, {"aws_username": "b*"}, True),
        ({"StringNotEquals": {"aws:username": ["ann", "bob"]}}, {"aws_username": "bob"}, False),
        ({"StringNotEquals": {"aws:username": ["ann"]}}, {}, True),
        ({"StringEqualsIgnoreCase": {"k:x": "BOB"}}, {"k_x": "bOb"}, True),
        ({"StringEqualsIgnoreCase": {"k:x": "${k:y}"}}, {"k_x": "bOb", "k_y": "BOB"}, True),
        ({"StringNotEqualsIgnoreCase": {"k:x": "BOB"}}, {"k_x": "bob"}, False),
        ({"StringLike": {"k:x": "b?b*"}}, {"k_x": "bob and more\n"}, True),
        ({"StringLike": {"k:x": "*end"}}, {"k_x": "endend"}, True),
        ({"StringLike": {"k:x": "a*b**c"}}, {"k_x": "abc"}, True),
        ({"StringLike": {"k:x": "a*b*c"}}, {"k_x": "acb"}, False),
        ({"StringNotLike": {"k:x": "b*"}}, {"k_x": "ann"}, True),
        ({"StringLike": {"k:x": "${k:y}*"}}, {"k_x": "*1", "k_y": "*"}, True),
        ({"StringLike": {"k:x": "${k:y}*"}}, {"k_x": "a1", "k_y": "*"}, False),
        ({"StringEquals": {"k:x": "${k:y}"}}, {"k_x": "a"}, False),
        ({"StringEquals": {"k:x": "${k:y}"}}, {"k_x": ""}, False),
        ({"StringEquals": {"k:x": "${k:y}"}}, {"k_x": "", "k_y": ("", "a")}, False),
        ({"StringEquals": {"k:x": "${k:y}"}}, {"k_x": "a", "k_y": ("a",)}, False),
        ({"StringEquals": {"k:x": "${k:y, 'all'}s"}}, {"k_x": "alls"}, True),
        ({"StringEquals": {"k:x": "${k:y, 'all'}"}}, {"k_x": "b", "k_y": "b"}, True),
        ({"NumericEquals": {"k:x": 7}}, {"k_x": "7.0"}, True),
        ({"NumericNotEquals": {"k:x": "7"}}, {"k_x": "8"}, True),
        ({"NumericLessThan": {"k:x": "7"}}, {"k_x": "7"}, False),
        ({"NumericLessThanEquals": {"k:x": "7"}}, {"k_x": "7"}, True),
        ({"NumericGreaterThan": {"k:x": 6.5}}, {"k_x": "7"}, True),
        ({"NumericGreaterThanEquals": {"k:x": "8"}}, {"k_x": "7"}, False),
        ({"NumericLessThan": {"k:x": "7"}}, {"k_x": "few"}, False),
        ({"DateLessThan": {"k:x": "2026-02-01"}}, {"k_x": "2026-01-31T23:59:59Z"}, True),
        ({"DateGreaterThan": {"k:x": "2026-01-01T00:00:00Z"}}, {"k_x": "1767225600"}, False),
        ({"DateGreaterThanEquals": {"k:x": 1767225600}}, {"k_x": "2026-01-01T00:00:00Z"}, True),
        ({"DateNotEquals": {"k:x": "2026-01-01"}}, {"k_x": "2026-01-02"}, True),
        ({"Bool": {"k:x": True}}, {"k_x": "true"}, True),
        ({"Bool": {"k:x": "FALSE"}}, {"k_x": "true"}, False),
        ({"BinaryEquals": {"k:x": "YWI="}}, {"k_x": "YWI="}, True),
        ({"BinaryEquals": {"k:x": "YWI="}}, {"k_x": "not base64!"}, False),
        ({"IpAddress": {"k:x": "203.0.113.0/24"}}, {"k_x": "203.0.113.9"}, True),
        ({"IpAddress": {"k:x": "2001:db8::/32"}}, {"k_x": "2001:db8::1"}, True),
        ({"NotIpAddress": {"k:x": "203.0.113.0/24"}}, {"k_x": "198.51.100.1"}, True),
        ({"IpAddress": {"k:x": "203.0.113.9"}}, {"k_x": "somewhere"}, False),
        ({"ArnEquals": {"k:x": "arn:aws:ec2:*:*:snapshot/*"}}, {"k_x": POINT}, True),
        ({"ArnLike": {"k:x": "*"}}, {"k_x": POINT}, True),
        ({"ArnLike": {"k:x": "arn:aws:ec2:*:*:snapshot/*"}}, {"k_x": "no-arn"}, False),
        ({"ArnNotLike": {"k:x": "arn:aws:ec2:*:*:snapshot/*"}}, {"k_x": VAULT}, True),
        ({"ArnNotEquals": {"k:x": VAULT}}, {"k_x": VAULT}, False),
        ({"Null": {"k:x": "true"}}, {}, True),
        ({"Null": {"k:x": "true"}}, {"k_x": ""}, False),
        ({"Null": {"k:x": False}}, {"k_x": "a"}, True),
        ({"Null": {"k:x": "false"}}, {}, False),
        ({"StringEqualsIfExists": {"k:x": "a"}}, {}, True),
        ({"StringEqualsIfExists": {"k:x": "a"}}, {"k_x": "b"}, False),
        ({"ForAllValues:StringEquals": {"k:x": ["a", "b"]}}, {"k_x": ("a", "b", "a")}, True),
        ({"ForAllValues:StringEquals": {"k:x": ["a", "b"]}}, {"k_x": ("a", "c")}, False),
        ({"ForAllValues:StringEquals": {"k:x": "a"}}, {}, True),
        ({"ForAllValues:StringNotEquals": {"k:x": "a"}}, {"k_x": ("b", "c")}, True),
        ({"ForAllValues:StringNotEquals": {"k:x": "a"}}, {"k_x": ("a", "c")}, False),
        ({"ForAnyValue:StringEquals": {"k:x": "a"}}, {"k_x": ("c", "a")}, True),
        ({"ForAnyValue:StringEquals": {"k:x": "a"}}, {"k_x": "a"}, True),
        ({"ForAnyValue:StringEquals": {"k:x": "a"}}, {}, False),
        ({"ForAnyValue:StringNotEquals": {"k:x": "a"}}, {}, False),
        ({"ForAnyValue:StringNotEquals": {"k:x": "a"}}, {"k_x": ("a", "c")}, True),
        ({"ForAnyValue:StringEqualsIfExists": {"k:x": "a"}}, {}, True),
        ({"StringEquals": {"k:x": "a"}}, {"k_x": ("c", "a")}, True),
        ({"StringNotEquals": {"k:x": "a"}}, {"k_x": ("c", "a")}, False),
        ({"StringEquals": {"k:x": "a", "k:y": "b"}}, {"k_x": "a", "k_y": "c"}, False),
        (
            {"StringEquals": {"k:x": "a"}, "Bool": {"k:y": "true"}},
            {"k_x": "a", "k_y": "true"},
            True,
        ),
        ({}, {}, True),
    ],
)
def test_a_condition_holds_or_does_not(
    condition: dict[str, Any], said: dict[str, Values], holds: bool
) -> None:
    assert under(condition, **said) is holds


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_there_are_no_variables_in_policies_of_the_old_version(version: str | None) -> None:
    text = policy(statement(Condition={"StringEquals": {"k:x": "${k:y"}}), version=version)
    assert denied(text, k_x="${k:y")
    text = policy(statement(Condition={"StringLike": {"k:x": "${k:y}*"}}), version=version)
    assert denied(text, k_x="${k:y} and more")
    assert not denied(text, k_x="a", k_y="a")


def test_dates_are_milliseconds_apart_when_they_have_to_be() -> None:
    assert under({"DateEquals": {"k:x": "2026-01-01T00:00:00.5Z"}}, k_x="1767225600.5")
    assert from_iso("2026-01-01") == 1767225600 * SECOND


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("nonsense", "not JSON"),
        ('{"Version": NaN}', "NaN is no number"),
        ("[" * 100_000, "nested too deeply"),
        ('{"Version": "2012-10-17", "Version": "2012-10-17"}', "'Version' is given twice"),
        ("[]", "the policy must be a JSON object"),
        ("{}", "Statement is missing"),
        ('{"Statement": []}', "Statement is missing"),
        ('{"Statement": ["x"]}', "Statement[0] must be a JSON object"),
        ('{"Statement": [], "statement": []}', "unknown element 'statement'"),
        ('{"Version": "2012-10-18", "Statement": []}', "accepted are 2012-10-17, 2008-10-17"),
        ('{"Version": [], "Statement": []}', "Version is a list"),
        ('{"Version": {}, "Statement": []}', "Version is an object"),
        ('{"Id": 1, "Statement": []}', "Id must be a text"),
        (policy(statement(Effect="deny")), "Statement[0].Effect is 'deny'"),
        (policy(statement(Effect=None)), "Statement[0].Effect is null"),
        (policy(statement(), statement(Sid=1)), "Statement[1].Sid must be a text"),
        (policy(statement(Sid="a"), statement(Sid="a")), "the Sid 'a' is given twice"),
        (policy(statement(Comment="x")), "unknown element 'Comment'"),
        (policy(statement(Principal=None)), "must have Principal or NotPrincipal"),
        (policy(statement(NotPrincipal="*")), "must have Principal or NotPrincipal"),
        (policy(statement(Action=None)), "must have Action or NotAction"),
        (policy(statement(NotResource="*")), "must have Resource or NotResource"),
        (
            policy(statement(Effect="Allow", Principal=None, NotPrincipal="*")),
            "NotPrincipal goes with Effect Deny alone",
        ),
        (policy(statement(Action=[])), "Statement[0].Action must be a text"),
        (policy(statement(Action=[1])), "Statement[0].Action must be a text"),
        (policy(statement(Action="")), "Statement[0].Action must be a text"),
        (policy(statement(Resource={})), "Statement[0].Resource must be a text"),
        (policy(statement(Resource="vault")), "'vault' is neither * nor an ARN"),
        (policy(statement(Resource="a*")), "'a*' is neither * nor an ARN"),
        (policy(statement(Resource="arn:aws::a:b:c")), "neither * nor an ARN"),
        (
            policy(statement(Resource=None, NotResource="arn:aws:s3:::${x")),
            "Statement[0].NotResource: 'arn:aws:s3:::${x' has a policy variable that is none",
        ),
        (policy(statement(Principal=[MINE])), "Statement[0].Principal must be * or an object"),
        (policy(statement(Principal={})), "Statement[0].Principal must be * or an object"),
        (policy(statement(Principal={"AWS": []})), "Statement[0].Principal.AWS must be a text"),
        (policy(statement(Principal={"CanonicalUser": "x"})), "of kind 'CanonicalUser'"),
        (policy(statement(Condition=[])), "Statement[0].Condition must be an object"),
        (policy(statement(Condition={"Bool": {}})), "Condition.Bool must be an object"),
        (policy(statement(Condition={"Bool": {"k:x": []}})), "Condition.Bool.k:x must be a text"),
        (policy(statement(Condition={"Bool": {"k:x": None}})), "Condition.Bool.k:x must be"),
        (policy(statement(Condition={"Bool": {"k:x": "yes"}})), "accepted is true or false"),
        (policy(statement(Condition={"Null": {"k:x": "a"}})), "accepted is true or false"),
        (policy(statement(Condition={"NumericEquals": {"k:x": "1_0"}})), "accepted is a number"),
        (policy(statement(Condition={"NumericEquals": {"k:x": True}})), "accepted is a number"),
        (policy(statement(Condition={"DateEquals": {"k:x": "soon"}})), "accepted is an instant"),
        (policy(statement(Condition={"BinaryEquals": {"k:x": "?"}})), "accepted is base64"),
        (policy(statement(Condition={"IpAddress": {"k:x": "here"}})), "accepted is an address"),
        (policy(statement(Condition={"ArnLike": {"k:x": "arn:aws:ec2"}})), "nor an ARN"),
        (policy(statement(Condition={"StringLike": {"k:x": "${}"}})), "StringLike: '${}' has"),
        (policy(statement(Condition={"StringIs": {"k:x": "a"}})), "unknown condition operator"),
        (policy(statement(Condition={"stringequals": {"k:x": "a"}})), "unknown condition operator"),
        (policy(statement(Condition={"NullIfExists": {"k:x": "true"}})), "unknown condition"),
        (policy(statement(Condition={"ForAnyValue:Null": {"k:x": "true"}})), "unknown condition"),
        (policy(statement(Condition={"ForSome:Bool": {"k:x": "true"}})), "unknown condition"),
    ],
)
def test_what_is_no_policy_is_said_to_be_none_and_where(text: str, said: str) -> None:
    with pytest.raises(MalformedPolicy) as malformed:
        read_policy(text)
    assert said in str(malformed.value)
    assert not isinstance(malformed.value, UnknownPrincipal)


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": "bob"},
        {"AWS": "12345678901"},
        {"AWS": "**"},
        {"AWS": f"arn:aws:iam::{MINE}:user/*"},
        {"AWS": f"arn:aws:iam::{MINE}:role/a*/b"},
        {"AWS": f"arn:aws:iam::{MINE}:group/admins"},
        {"AWS": f"arn:aws:sts::{MINE}:assumed-role/ops"},
        {"AWS": "arn:aws:s3:::bucket"},
        {"AWS": "AROAEXAMPLE"},
        {"Service": "backup"},
        {"Service": "*"},
        {"Federated": "example.com"},
    ],
)
def test_a_principal_that_cannot_exist_is_told_apart(principal: Any) -> None:
    with pytest.raises(UnknownPrincipal):
        read_policy(policy(statement(Principal=principal)))


def test_each_principal_is_known_by_the_names_and_ids_that_conditions_ask_for() -> None:
    told = {
        arn: (found.kind, found.account, found.iam_arn, found.username, found.user_id[:4])
        for arn in (ROOT, USER, ROLE, SESSION, f"arn:aws:sts::{MINE}:federated-user/eve")
        if (found := principal_of(arn)) is not None
    }
    assert told == {
        ROOT: ("Account", MINE, ROOT, None, "1234"),
        USER: ("User", MINE, USER, "bob", "AIDA"),
        ROLE: ("AssumedRole", MINE, ROLE, None, "AROA"),
        SESSION: ("AssumedRole", MINE, f"arn:aws:iam::{MINE}:role/ops", None, "AROA"),
        f"arn:aws:sts::{MINE}:federated-user/eve": (
            "FederatedUser",
            MINE,
            f"arn:aws:sts::{MINE}:federated-user/eve",
            None,
            "1234",
        ),
    }
    session, role = principal_of(SESSION), principal_of(ROLE)
    assert session is not None
    assert role is not None
    assert session.user_id == f"{role.user_id.partition(':')[0]}:ann"


def test_wildcards_take_time_in_proportion_to_what_they_are_compared_with() -> None:
    text = policy(statement(Condition={"StringLike": {"k:x": "*a" * 200 + "b"}}))
    began = time.process_time()
    assert not denied(text, k_x="a" * 5_000)
    assert time.process_time() - began < 1
