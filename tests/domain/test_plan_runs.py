"""Runs to come: when rules fire, and which of them take the place of others."""

from typing import Any

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from tests.domain.plan_examples import START, kept, made
from tests.spec import given
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE
from vaultclock.domain.plans import queries
from vaultclock.domain.plans.events import PlanDeleted, PlanDocument, Rule
from vaultclock.domain.plans.state import Plan, PlanVersion
from vaultclock.domain.values import Lifecycle


def rule(name: str, cron: str, keep: int | None = None, **fields: Any) -> Rule:
    lifecycle = None if keep is None else Lifecycle(delete_after_days=keep)
    return kept(name, name, schedule_expression=f"cron({cron})", lifecycle=lifecycle, **fields)


def runs(*rules: Rule, count: int = 10, after: int = START) -> list[tuple[str, int]]:
    """Names of the rules that run, and how many hours after the start."""
    version = PlanVersion("v1", START, PlanDocument("plan", rules))
    plan = Plan("p-1", (version,))
    found = queries.next_runs(plan, version, after, count)
    return [(run.rule.name, (run.at - START) // HOUR) for run in found]


def test_a_preview_shows_the_next_runs_in_order_and_in_utc() -> None:
    new_york = kept("ny", "ny", schedule_timezone="America/New_York")
    assert runs(new_york, rule("utc", "0 5 ? * * *"), count=4) == [
        ("utc", 5),
        ("ny", 10),
        ("utc", 29),
        ("ny", 34),
    ]


def test_of_rules_that_fire_together_the_preview_shows_the_longer_retention() -> None:
    daily = rule("daily", "0 5 ? * * *", 35)
    weekly = rule("weekly", "0 5 ? * SUN *", 90)  # 2026-01-04 is a Sunday

    assert [name for name, _ in runs(daily, weekly, count=5)] == [
        "daily",
        "daily",
        "daily",
        "weekly",
        "daily",
    ]


@pytest.mark.parametrize("forever", [None, -1])
def test_no_delete_after_days_is_the_longest_retention(forever: int | None) -> None:
    a_while = rule("a-while", "0 5 ? * * *", 36_500)
    assert runs(a_while, rule("forever", "0 5 ? * * *", forever), count=1) == [("forever", 5)]


def test_of_equal_rules_that_fire_together_the_first_of_the_plan_runs() -> None:
    one, two = rule("one", "0 5 ? * * *", 7), rule("two", "0 5 ? * * *", 7)
    assert runs(one, two, count=2) == [("one", 5), ("one", 29)]
    assert runs(two, one, count=2) == [("two", 5), ("two", 29)]
    later = rule("later", "0 6 ? * * *", 7)
    assert runs(one, later, count=2) == [("one", 5), ("later", 6)]


def test_a_longer_kept_rule_silences_others_through_its_start_window_as_aws_documents() -> None:
    hourly = rule("hourly", "0 * ? * * *", 1, start_window_minutes=60)
    half_daily = rule("half-daily", "0 0/12 ? * * *", 7, start_window_minutes=480)

    shown = runs(hourly, half_daily, after=START + DAY - MINUTE)

    assert shown == [
        ("half-daily", 24),
        *(("hourly", 24 + hour) for hour in (8, 9, 10, 11)),
        ("half-daily", 36),
        *(("hourly", 24 + hour) for hour in (20, 21, 22, 23)),
    ]


CONTINUOUS = {"continuous": True, "start_window_minutes": 60}


def parts(*rules: Rule, count: int) -> list[tuple[str, bool]]:
    """Names of the rules that run, and whether for types with continuous backups only."""
    version = PlanVersion("v1", START, PlanDocument("plan", rules))
    found = queries.next_runs(Plan("p-1", (version,)), version, START, count)
    return [(run.rule.name, run.continuous_types_only) for run in found]


def test_a_snapshot_is_no_substitute_for_a_continuous_backup_nor_the_other_way_round() -> None:
    continuous = rule("continuous", "0 5 ? * * *", 7, **CONTINUOUS)
    longer, shorter = rule("longer", "0 5 ? * * *", 90), rule("shorter", "0 5 ? * * *", 1)
    assert parts(continuous, longer, count=2) == [("continuous", True), ("longer", False)]
    assert parts(shorter, continuous, count=2) == [("shorter", True), ("continuous", False)]
    assert parts(shorter, longer, continuous, count=2) == [("longer", False), ("continuous", True)]


def test_of_two_continuous_rules_the_longer_kept_one_takes_the_place_of_the_other() -> None:
    seven = rule("seven", "0 5 ? * * *", 7, **CONTINUOUS)
    nine = rule("nine", "0 5 ? * * *", 9, **CONTINUOUS)
    assert parts(seven, nine, count=2) == [("nine", False), ("nine", False)]


def test_a_window_from_before_the_version_was_made_silences_nothing() -> None:
    hourly = rule("hourly", "0 * ? * * *", 1, start_window_minutes=60)
    daily = rule("daily", "30 23 ? * * *", 7, start_window_minutes=480)
    assert runs(hourly, daily, count=2) == [("hourly", 1), ("hourly", 2)]


def test_a_preview_ends_when_schedules_do_and_when_a_rule_is_silenced_for_ever() -> None:
    assert runs(rule("once", "0 5 1 1 ? 2027")) == [("once", 365 * 24 + 5)]
    assert runs(rule("never", "0 5 1 1 ? 2020")) == []
    hourly = rule("hourly", "0 * ? * * *", 1)
    century = rule("century", "0 1 1 1 ? 2026", 7, start_window_minutes=52_560_000)
    assert runs(hourly, century) == [("century", 1)]


def test_a_deleted_plan_runs_no_more() -> None:
    story = given(made(), PlanDeleted("p-1"), at=START)
    plan, version = queries.find_version(story.world, "p-1", "p-1-v1")
    assert queries.next_runs(plan, version, START, 10) == []


HOURS = st.integers(0, 23).map(lambda hour: f"0 {hour} ? * * *")
RULES = st.lists(
    st.tuples(HOURS, st.one_of(st.none(), st.integers(1, 3)), st.integers(60, 1_440)), min_size=1
).map(lambda drawn: drawn[:10])


@generated(drawn=RULES)
def test_what_runs_is_never_inside_the_window_of_a_longer_kept_rule(
    drawn: list[tuple[str, int | None, int]],
) -> None:
    rules = [
        rule(f"r{place}", cron, keep, start_window_minutes=window)
        for place, (cron, keep, window) in enumerate(drawn)
    ]
    version = PlanVersion("v1", START, PlanDocument("plan", tuple(rules)))
    found = queries.next_runs(Plan("p", (version,)), version, START, 10)

    assert found == sorted(found, key=lambda run: run.at)
    assert len({run.at for run in found}) == len(found), "one run an instant"
    fires = [
        (at, other)
        for other in rules
        for at in (START + day * DAY + _hour(other) * HOUR for day in range(12))
        if at > START
    ]
    for run in found:
        for at, other in fires:
            window = other.start_window_minutes * MINUTE
            if queries.retention_days(other) > queries.retention_days(run.rule):
                assert not at <= run.at < at + window
    longest = max(queries.retention_days(each) for each in rules)
    assert any(queries.retention_days(run.rule) == longest for run in found)


def _hour(each: Rule) -> int:
    return int(each.schedule_expression.split()[1])
