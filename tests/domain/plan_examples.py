"""Plans to test with: documents as asked for, as kept, and as refused. No tests live here."""

from collections.abc import Mapping
from typing import Any

from tests.spec import Story, given
from vaultclock.domain.kernel.instants import Instant, from_iso
from vaultclock.domain.kernel.refusals import InvalidParameterValue
from vaultclock.domain.plans.commands import CreatePlan, PlanInput, RuleInput
from vaultclock.domain.plans.events import PlanCreated, PlanDocument, Rule
from vaultclock.domain.values import ScanAction, ScanSetting

START = from_iso("2026-01-01T00:00:00Z")
ROLE = "arn:aws:iam::123456789012:role/scanner"
VAULT_ARN = "arn:aws:backup:eu-west-1:123456789012:backup-vault:copies"
AIR_GAPPED = "arn:aws:backup:us-east-1:123456789012:backup-vault:gapped"
NO_PLAN = "Failed reading Backup plan with provided version"
DAYS_TEXT = "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 36500 days"
APART_TEXT = (
    "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from"
    " MoveToColdStorageAfterDays"
)
SCANS = (ScanAction("GUARDDUTY", "FULL_SCAN"),)
SCAN_SETTINGS = (ScanSetting("GUARDDUTY", ("EBS", "ALL"), ROLE),)


def asked(name: str = "daily", vault: str = "Default", **fields: Any) -> RuleInput:
    return RuleInput(name, vault, **fields)


def document(*rules: RuleInput, name: str = "plan", **fields: Any) -> PlanInput:
    return PlanInput(name, rules or (asked(),), **fields)


def kept(rule_id: str = "r-1", name: str = "daily", **fields: Any) -> Rule:
    defaults: dict[str, Any] = {
        "target_vault_name": "Default",
        "schedule_expression": "cron(0 5 ? * * *)",
        "schedule_timezone": "Etc/UTC",
        "start_window_minutes": 480,
        "completion_window_minutes": 10_080,
    }
    return Rule(rule_id, name, **{**defaults, **fields})


def made(
    *rules: Rule,
    plan_id: str = "p-1",
    token: str | None = None,
    first_fires: Mapping[str, Instant] | None = None,
) -> PlanCreated:
    document = PlanDocument("plan", rules or (kept(),))
    return PlanCreated(plan_id, f"{plan_id}-v1", document, token, first_fires or {})


def create(*rules: RuleInput, **fields: Any) -> Story:
    return given(at=START).when(CreatePlan(document(*rules, **fields)))


def stored(story: Story) -> PlanDocument:
    (fact,) = (fact for fact in story.news if isinstance(fact, PlanCreated))
    return fact.document


def refuse_rule(story: Story, reason: str | None = None, rule: str = "daily") -> None:
    """The reason, wrapped as AWS wraps it, with the code and context it was seen with."""
    story.then_rejected(InvalidParameterValue)
    assert story.rejection is not None
    assert story.rejection.code == "ERROR_3015"
    assert story.rejection.context is not None
    named, text = story.rejection.context
    assert named == rule
    assert story.rejection.message == f"Error in some rules due to : {text}"
    assert reason in (None, text)
