"""Plans: identity, versions, deletion, lists and templates."""

from typing import Any

import pytest

from tests.domain.plan_examples import (
    NO_PLAN,
    ROLE,
    START,
    asked,
    create,
    document,
    kept,
    made,
    refuse_rule,
    stored,
)
from tests.spec import given
from vaultclock.domain.kernel.ids import version_id
from vaultclock.domain.kernel.instants import DAY
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.refusals import (
    AlreadyExists,
    InvalidParameterValue,
    InvalidRequest,
    LimitExceeded,
    ResourceNotFound,
)
from vaultclock.domain.plans import queries
from vaultclock.domain.plans.commands import CreatePlan, DeletePlan, PlanInput, UpdatePlan
from vaultclock.domain.plans.events import PlanCreated, PlanDeleted, PlanDocument, PlanUpdated
from vaultclock.domain.selections.events import SelectionCreated, SelectionDeleted
from vaultclock.domain.tags.events import TagsDropped, TagsSet
from vaultclock.domain.values import Lifecycle


def test_rules_that_a_machine_can_not_tell_the_time_of_are_named() -> None:
    martian = kept("r-2", "martian", schedule_timezone="Mars/Tharsis")
    odd = kept("r-3", "odd", schedule_expression="every full moon")
    deleted = (made(martian, plan_id="p-3"), PlanDeleted("p-3"))
    story = given(made(kept()), made(martian, odd, plan_id="p-2"), *deleted)
    faults = [*queries.unknown_schedules(story.world)]
    assert [fault.partition(":")[0] for fault in faults] == [
        "rule martian of backup plan p-2",
        "rule odd of backup plan p-2",
    ]


def test_a_plan_is_created_with_the_defaults_of_aws_filled_in() -> None:
    rule = stored(create()).rules[0]

    assert rule == kept(rule.rule_id)
    assert rule.rule_id


def test_a_version_id_is_the_base64_of_a_uuid_and_ids_differ() -> None:
    story = create(asked("one"), asked("two"))
    (fact,) = story.news

    ids = {fact.plan_id, fact.version_id, *(rule.rule_id for rule in fact.document.rules)}
    assert len(ids) == 4
    assert len(fact.version_id) == len(version_id(fact.plan_id)) == 48


def test_the_tags_of_a_plan_are_set_with_it_and_dropped_with_it() -> None:
    story = given(at=START).when(CreatePlan(document(), {"team": "blue"}))
    created, tags = story.news
    arn = f"arn:aws:backup:us-east-1:123456789012:backup-plan:{created.plan_id}"
    assert tags == TagsSet(arn, {"team": "blue"})

    story.when(DeletePlan(created.plan_id)).then(PlanDeleted(created.plan_id), TagsDropped(arn))


def test_a_plan_with_the_document_of_a_live_one_is_refused_whatever_its_tags() -> None:
    story = given(made(token="token-1"), at=START)
    story.when(CreatePlan(document(), {"team": "blue"}, "token-2"))
    story.then_rejected(AlreadyExists, "Backup plan with the same plan document already exists")

    assert isinstance(story.rejection, AlreadyExists)
    assert story.rejection.arn == "arn:aws:backup:us-east-1:123456789012:backup-plan:p-1"
    assert story.rejection.creator_request_id == "token-1"


@pytest.mark.parametrize(
    "other",
    [
        document(name="another"),
        document(asked("hourly")),
        document(asked(lifecycle=Lifecycle(delete_after_days=1))),
        document(asked(), asked("second")),
        document(advanced_settings=()),
        document(scan_settings=()),
    ],
)
def test_names_are_not_unique_and_any_other_document_makes_another_plan(other: PlanInput) -> None:
    given(made(), at=START).when(CreatePlan(other)).then_kinds(PlanCreated)


def test_a_document_that_a_plan_no_longer_has_may_be_used_again() -> None:
    replaced = PlanUpdated("p-1", "v2", PlanDocument("plan", (kept(name="other"),)))
    given(made(), replaced, at=START).when(CreatePlan(document())).then_kinds(PlanCreated)
    deleted = PlanDeleted("p-1")
    given(made(), deleted, at=START).when(CreatePlan(document())).then_kinds(PlanCreated)


def test_a_repeated_token_makes_no_second_plan_even_with_another_document() -> None:
    story = given(at=START).when(CreatePlan(document(), {}, "token")).then_kinds(PlanCreated)
    story.when(CreatePlan(document(), {}, "token")).then_nothing_happened()
    story.when(CreatePlan(document(name="another"), {}, "token")).then_nothing_happened()

    plan = queries.plan_of_request(story.world, "token")
    assert plan is not None
    assert plan.creator_request_id == "token"
    assert queries.plan_of_request(story.world, "other") is None


def test_the_token_of_a_deleted_plan_makes_a_new_one() -> None:
    past = (made(token="token"), PlanDeleted("p-1"))
    story = given(*past, at=START).when(CreatePlan(document(), {}, "token"))
    story.then_kinds(PlanCreated)


def test_a_token_of_another_form_is_refused() -> None:
    story = given(at=START).when(CreatePlan(document(), {}, "no spaces"))
    story.then_rejected(InvalidParameterValue)


def test_a_region_holds_300_live_plans_and_no_more() -> None:
    plans = [made(plan_id=f"p-{n}") for n in range(300)]
    story = given(*plans, at=START).when(CreatePlan(document(name="one-more")))
    story.then_rejected(LimitExceeded)

    given(*plans, PlanDeleted("p-0"), at=START).when(
        CreatePlan(document(name="one-more"))
    ).then_kinds(PlanCreated)


@pytest.mark.parametrize("name", ["", "two words", "a/b", "x" * 201])
def test_a_plan_name_has_1_to_200_plain_characters(name: str) -> None:
    create(name=name).then_rejected(InvalidParameterValue)


def test_a_plan_name_may_have_200_characters() -> None:
    create(name="x" * 200).then_kinds(PlanCreated)


def test_an_update_makes_a_version_and_rules_keep_their_ids_by_name() -> None:
    story = given(made(kept("r-1", "daily"), kept("r-2", "weekly")), at=START).at(START + DAY)
    story.when(UpdatePlan("p-1", document(asked("monthly"), asked("daily"), name="renamed")))

    (fact,) = story.news
    assert isinstance(fact, PlanUpdated)
    monthly, daily = fact.document.rules
    assert daily.rule_id == "r-1"
    assert monthly.rule_id not in ("r-1", "r-2")
    plan = story.world.plan("p-1")
    assert plan.name == "renamed"
    assert [version.created_at for version in plan.versions] == [START, START + DAY]
    assert plan.current.version_id == fact.version_id != "p-1-v1"


def test_an_update_to_the_same_document_still_makes_a_version() -> None:
    given(made(), at=START).when(UpdatePlan("p-1", document())).then_kinds(PlanUpdated)


def test_an_update_is_checked_like_a_new_plan() -> None:
    refuse_rule(given(made(), at=START).when(UpdatePlan("p-1", document(asked(vault="?")))))


def test_an_update_leaves_no_room_beyond_2000_versions() -> None:
    updates = [PlanUpdated("p-1", f"v{n}", made().document) for n in range(1_999)]
    story = given(made(), *updates, at=START)
    assert len(story.world.plan("p-1").versions) == 2_000
    story.when(UpdatePlan("p-1", document())).then_rejected(LimitExceeded)


@pytest.mark.parametrize(
    "command", [UpdatePlan("p-1", document()), DeletePlan("p-1")], ids=["update", "delete"]
)
def test_a_missing_or_deleted_plan_can_be_neither_updated_nor_deleted(command: Any) -> None:
    given(at=START).when(command).then_rejected(ResourceNotFound, NO_PLAN)
    story = given(made(), PlanDeleted("p-1"), at=START)
    story.when(command).then_rejected(ResourceNotFound, NO_PLAN)


def test_a_plan_is_deleted_only_after_its_selections() -> None:
    selection = SelectionCreated("s-1", "p-1", "all", ROLE, ("*",))
    story = given(made(), selection, at=START).when(DeletePlan("p-1"))
    story.then_rejected(
        InvalidRequest,
        "Related backup plan selections must be deleted prior to backup plan deletion",
    )

    story = given(made(), selection, SelectionDeleted("s-1"), at=START)
    story.when(DeletePlan("p-1")).then(PlanDeleted("p-1"))


def test_the_versions_of_a_deleted_plan_are_still_read_by_their_ids() -> None:
    update = PlanUpdated("p-1", "v2", made().document)
    story = given(made(), update, PlanDeleted("p-1"), at=START)

    for wanted in ("p-1-v1", "v2"):
        plan, version = queries.find_version(story.world, "p-1", wanted)
        assert (plan.deleted_at, version.version_id) == (START, wanted)
    with pytest.raises(ResourceNotFound, match=NO_PLAN):
        queries.find_version(story.world, "p-1", None)


def test_a_plan_is_read_at_its_current_version_or_at_one_that_exists() -> None:
    story = given(made(), PlanUpdated("p-1", "v2", made().document), at=START)

    assert queries.find_version(story.world, "p-1", None)[1].version_id == "v2"
    for plan_id, wanted in (("p-1", "v3"), ("p-2", "v2"), ("p-2", None)):
        with pytest.raises(ResourceNotFound, match=NO_PLAN):
            queries.find_version(story.world, plan_id, wanted)


def test_plans_are_listed_oldest_first_and_deleted_ones_when_asked_for() -> None:
    story = given(*(made(plan_id=f"p-{n}") for n in range(5)), PlanDeleted("p-1"), at=START)

    def pages(*, include_deleted: bool) -> list[list[str]]:
        found, token = [], None
        while True:
            page = queries.list_plans(
                story.world, limit=2, token=token, include_deleted=include_deleted
            )
            found.append([plan.plan_id for plan in page.rows])
            token = write_token(queries.LISTING, page.next_after)
            if token is None:
                return found

    assert pages(include_deleted=False) == [["p-0", "p-2"], ["p-3", "p-4"]]
    assert pages(include_deleted=True) == [["p-0", "p-1"], ["p-2", "p-3"], ["p-4"]]


def test_versions_are_listed_oldest_first_by_pages_that_serve_one_plan() -> None:
    updates = [PlanUpdated("p-1", f"v{n}", made().document) for n in (2, 3)]
    story = given(made(), *updates, made(plan_id="p-2"), PlanDeleted("p-1"), at=START)

    first = queries.list_versions(story.world, "p-1", limit=2, token=None)
    token = write_token(queries.versions_listing("p-1"), first.next_after)
    second = queries.list_versions(story.world, "p-1", limit=2, token=token)

    assert [version.version_id for version in first.rows] == ["p-1-v1", "v2"]
    assert [version.version_id for version in second.rows] == ["v3"]
    assert second.next_after is None
    with pytest.raises(InvalidParameterValue):
        queries.list_versions(story.world, "p-2", limit=2, token=token)
    with pytest.raises(ResourceNotFound, match=NO_PLAN):
        queries.list_versions(story.world, "p-3", limit=2, token=None)


def test_four_templates_are_listed_by_pages_and_found_by_id() -> None:
    first = queries.list_templates(limit=3, token=None)
    token = write_token(queries.TEMPLATES_LISTING, first.next_after)
    second = queries.list_templates(limit=3, token=token)

    assert [template.name for template in (*first.rows, *second.rows)] == [
        "Daily-35day-Retention",
        "Daily-Monthly-1yr-Retention",
        "Daily-Weekly-Monthly-5yr-Retention",
        "Daily-Weekly-Monthly-7yr-Retention",
    ]
    documented = queries.find_template("87c0c1ef-254d-4180-8fef-2e76a2c38aaa")
    assert documented.rules == (
        queries.TemplateRule(
            "DailyBackups", "cron(0 5 ? * * *)", Lifecycle(delete_after_days=35), 480
        ),
    )
    with pytest.raises(ResourceNotFound):
        queries.find_template("another")


@pytest.mark.parametrize("template", queries.TEMPLATES, ids=lambda template: template.name)
def test_every_template_makes_a_plan_once_it_has_names(template: queries.Template) -> None:
    rules = (
        asked(
            rule.name,
            schedule_expression=rule.schedule_expression,
            start_window_minutes=rule.start_window_minutes,
            lifecycle=rule.lifecycle,
        )
        for rule in template.rules
    )
    create(*rules).then_kinds(PlanCreated)
