"""The policy language against a second, plain reading of IAM's rules, over generated policies."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.policy_oracle import verdict
from vaultclock.domain.policies.conditions import OPERATORS
from vaultclock.domain.policies.language import Request, judge, read_policy
from vaultclock.domain.policies.principals import principal_of

law = settings(deadline=None, max_examples=500)

MINE, OTHER = "123456789012", "999999999999"
ROLE = f"arn:aws:iam::{MINE}:role/ops"
SESSION = f"arn:aws:sts::{MINE}:assumed-role/ops/ann"
USER = f"arn:aws:iam::{MINE}:user/bob"
STRANGER = f"arn:aws:iam::{OTHER}:user/bob"
# who calls, and all that a policy may call it by
CALLERS = {
    f"arn:aws:iam::{MINE}:root": [MINE],
    USER: [USER, MINE],
    ROLE: [ROLE, MINE],
    SESSION: [SESSION, ROLE, MINE],
    STRANGER: [STRANGER, OTHER],
}
VAULT = f"arn:aws:backup:us-east-1:{MINE}:backup-vault:v"
POINT = "arn:aws:ec2:us-east-1::snapshot/snap-1"
ACTIONS = ["backup:DeleteRecoveryPoint", "backup:DescribeBackupVault", "backup:StartCopyJob"]
RESOURCES = [
    "*", VAULT, POINT, "arn:aws:ec2:*:*:snapshot/*", "arn:aws:ec2", "arn:aws:*:us-east-?:*",
    "arn:aws:backup:us-east-1:${k:account}:backup-vault:*", "arn:aws:ec2:*:snapshot/snap-?",
    "arn:aws:ec2:us-east-1::snapshot/${*}", "arn:aws:ec2:us-east-1::snapshot/${k:missing}",
]  # fmt: skip
TEXTS = ["", "a", "A", "ab", "a*", "?", "b?", "*", "${k:text}", "${k:text}*", "${$}", "${k:nope}"]
POOLS: dict[str, list[Any]] = {
    "String": TEXTS,
    "Numeric": ["0", "1", "2.5", 1, 30, "-1"],
    "Date": ["2026-01-01T00:00:00Z", "2026-06-01T12:00:00+02:00", "1767225600", 1_780_000_000],
    "Bool": ["true", "false", True, False, "True"],
    "Arn": ["*", VAULT, POINT, "arn:aws:ec2:*:*:snapshot/*", "arn:aws:?c2:us-*::snapshot/${k:id}"],
    "Null": ["true", "false", True, False],
}
CONTEXT = {
    "k:text": ["a", "A", "ab", "", "?", "a*", "*"],
    "k:number": ["0", "1", "2.5", "no"],
    "k:date": ["2026-01-01T00:00:00Z", "2026-06-01T10:00:00Z", "never"],
    "k:bool": ["true", "false"],
    "k:arn": [VAULT, POINT, "no-arn"],
    "k:account": [MINE, OTHER],
    "k:id": ["snap-1", "snap-*"],
}


def some(pool: list[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from(pool) | st.lists(st.sampled_from(pool), min_size=1, max_size=3)


def operator_pool(name: str) -> list[Any]:
    return next(pool for kind, pool in POOLS.items() if kind in name)


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str, Any]:
    judged = [n for n in OPERATORS if any(kind in n for kind in POOLS)]
    name = draw(st.sampled_from(judged))
    values = draw(some(operator_pool(name)))
    key = draw(st.sampled_from([*CONTEXT, "k:many", "K:Text"]))
    if name == "Null":
        return name, key, values
    before = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]))
    return f"{before}{name}{draw(st.sampled_from(['', '', 'IfExists']))}", key, values


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    effect = draw(st.sampled_from(["Allow", "Deny"]))
    statement: dict[str, Any] = {"Effect": effect}
    who = draw(
        st.sampled_from(["*", {"AWS": "*"}, {"Service": "backup.amazonaws.com"}])
        | st.fixed_dictionaries({"AWS": some([MINE, OTHER, *CALLERS])})
    )
    others = effect == "Deny" and draw(st.booleans())
    statement["NotPrincipal" if others else "Principal"] = who
    pool = [*ACTIONS, "backup:*", "backup:Delete*", "BACKUP:describeBACKUPvault", "*", "s3:Get*"]
    statement[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(some(pool))
    statement[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(
        some(RESOURCES)
    )
    for name, key, values in draw(st.lists(conditions(), max_size=2)):
        statement.setdefault("Condition", {}).setdefault(name, {})[key] = values
    return statement


policies = st.fixed_dictionaries(
    {"Statement": statements() | st.lists(statements(), min_size=1, max_size=4)},
    optional={"Version": st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"])},
)
contexts = st.fixed_dictionaries(
    {},
    optional={
        **{key: st.sampled_from(pool) for key, pool in CONTEXT.items()},
        "k:many": st.lists(st.sampled_from(["a", "b", "ab", VAULT, "1"]), min_size=1, max_size=3),
    },
)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def assert_agreed(
    document: Any, caller: str, action: str, resources: list[str], context: dict[str, Any]
) -> None:
    principal = principal_of(caller)
    assert principal is not None
    said = {key: tuple(v) if isinstance(v, list) else v for key, v in context.items()}
    request = Request(principal, action, tuple(resources), said.get)
    decision = judge(read_policy(json.dumps(document)), request)
    names = CALLERS[caller]
    plain = {"names": names, "action": action, "resources": resources, "context": context}
    assert decision.verdict == verdict(document, plain)
    if decision.statement is None:
        assert decision.verdict == "no opinion"
    else:
        effect = as_list(document["Statement"])[decision.statement.index]["Effect"]
        assert decision.verdict == {"Allow": "allow", "Deny": "explicit deny"}[effect]


@law
@given(
    policies,
    st.sampled_from([*CALLERS]),
    st.sampled_from(ACTIONS),
    st.sampled_from([[VAULT], [POINT, VAULT]]),
    contexts,
)
def test_a_policy_says_what_a_plain_reading_of_iams_rules_says(
    document: Any, caller: str, action: str, resources: list[str], context: dict[str, Any]
) -> None:
    assert_agreed(document, caller, action, resources, context)


@law
@given(st.sampled_from(["2012-10-17", "2008-10-17"]), conditions(), contexts)
def test_a_condition_holds_when_a_plain_reading_of_iams_rules_says_so(
    version: str, condition: tuple[str, str, Any], context: dict[str, Any]
) -> None:
    name, key, values = condition
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ACTIONS,
        "Resource": "*",
        "Condition": {name: {key: values}},
    }
    document = {"Version": version, "Statement": statement}
    assert_agreed(document, USER, ACTIONS[0], [VAULT], context)
