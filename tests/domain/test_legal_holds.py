"""Legal holds themselves: how they are asked for, cancelled and listed, and what is refused."""

from typing import Any

import pytest

from tests.domain.test_recovery_points import EFS, VAULT, born
from tests.spec import HERE, Story, given
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.instants import DAY, SECOND
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.kernel.refusals import (
    InvalidParameterValue,
    InvalidResourceState,
    LimitExceeded,
    ResourceNotFound,
)
from vaultclock.domain.legal_holds import queries
from vaultclock.domain.legal_holds.commands import CancelLegalHold, CreateLegalHold
from vaultclock.domain.legal_holds.decide import ACTIVATION, CANCELLATION
from vaultclock.domain.legal_holds.events import (
    LegalHoldBecameActive,
    LegalHoldCanceled,
    LegalHoldCancellationStarted,
    LegalHoldCreated,
    PointSelection,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointCompleted,
    RecoveryPointHeld,
    RecoveryPointReleased,
)
from vaultclock.domain.tags.commands import TagResource
from vaultclock.domain.tags.events import TagsSet
from vaultclock.domain.vaults.events import VaultCreated

ID = "00000000-0000-4000-8000-000000000001"
OTHER_ID = "00000000-0000-4000-8000-000000000002"
ARN = f"arn:aws:backup:us-east-1:{HERE.account}:legal-hold:{ID}"
CREATE = CreateLegalHold("case", "all of it")
CANCEL = CancelLegalHold(ID, "over")
CREATED = LegalHoldCreated(ID, "case", "all of it", active_at=ACTIVATION)
ACTIVE = (CREATED, LegalHoldBecameActive(ID))


def status(story: Story, hold_id: str = ID) -> str:
    return story.world.legal_holds[hold_id].status


def only_hold(story: Story) -> str:
    (hold_id,) = story.world.legal_holds
    return hold_id


def selecting(**selection: Any) -> CreateLegalHold:
    return CreateLegalHold("case", "some of it", PointSelection(**selection))


def test_a_hold_is_created_and_active_a_moment_later() -> None:
    story = given(VAULT, at=5).when(CREATE)
    (created,) = story.news
    assert created == LegalHoldCreated(only_hold(story), "case", "all of it", 5 + ACTIVATION)
    assert status(story, created.hold_id) == "CREATING"
    story.at(5 + ACTIVATION).then(LegalHoldBecameActive(created.hold_id))
    assert status(story, created.hold_id) == "ACTIVE"


def test_a_cancelled_hold_keeps_a_record_for_as_long_as_was_asked() -> None:
    story = given(*ACTIVE).when(CancelLegalHold(ID, "over", retain_record_in_days=2))
    story.then(LegalHoldCancellationStarted(ID, "over", 2 * DAY, CANCELLATION))
    assert status(story) == "CANCELING"
    story.at(CANCELLATION).then(LegalHoldCanceled(ID))
    assert status(story) == "CANCELED"
    assert ID in story.at(2 * DAY - 1).world.legal_holds
    assert ID not in story.at(2 * DAY).then_nothing_happened().world.legal_holds


def test_the_record_of_a_hold_is_kept_for_180_days_when_nothing_is_said() -> None:
    story = given(*ACTIVE).when(CANCEL)
    story.then(LegalHoldCancellationStarted(ID, "over", 180 * DAY, CANCELLATION))


def test_a_record_that_nobody_wants_is_gone_when_the_hold_has_let_go() -> None:
    story = given(*ACTIVE).when(CancelLegalHold(ID, "over", retain_record_in_days=0))
    assert status(story.at(CANCELLATION - 1)) == "CANCELING"
    assert ID not in story.at(CANCELLATION).world.legal_holds


def test_what_a_cancelled_hold_held_is_free_when_the_cancellation_is_done() -> None:
    held = RecoveryPointHeld("arn:p", ARN)
    story = given(VAULT, born(), RecoveryPointCompleted("arn:p", 5), *ACTIVE, held).when(CANCEL)
    story.at(CANCELLATION - 1).then_kinds(LegalHoldCancellationStarted)
    assert story.world.recovery_points["arn:p"].held_by == (ARN,)
    story.at(CANCELLATION).then(LegalHoldCanceled(ID), RecoveryPointReleased("arn:p", ARN))
    assert not story.world.recovery_points["arn:p"].held_by


def test_only_an_active_hold_is_cancelled() -> None:
    story = given(CREATED).when(CANCEL).then_rejected(InvalidResourceState)
    story.at(ACTIVATION).when(CANCEL).then_kinds(
        LegalHoldBecameActive, LegalHoldCancellationStarted
    )
    story.when(CANCEL).then_rejected(InvalidResourceState)
    story.at(ACTIVATION + CANCELLATION).when(CANCEL).then_rejected(InvalidResourceState)


def test_a_cancellation_says_why_and_for_how_long_the_record_stays() -> None:
    story = given(*ACTIVE)
    for description in ("", "x" * 281):
        story.when(CancelLegalHold(ID, description)).then_rejected(InvalidParameterValue)
    for days in (-1, 36_501):
        story.when(CancelLegalHold(ID, "over", days)).then_rejected(InvalidParameterValue)


def test_a_hold_that_is_not_there_is_told_from_what_is_no_id() -> None:
    story = given(*ACTIVE)
    story.when(CancelLegalHold(OTHER_ID, "over")).then_rejected(ResourceNotFound)
    story.when(CancelLegalHold("hold", "over")).then_rejected(InvalidParameterValue)
    assert queries.find_legal_hold(story.world, ID).born == CREATED


def test_a_retry_with_the_same_token_is_no_new_hold_whatever_it_asks() -> None:
    story = given(at=3).when(CreateLegalHold("case", "all of it", idempotency_token="t"))
    story.then_kinds(LegalHoldCreated)
    story.at(9 * DAY).then_kinds(LegalHoldBecameActive)
    story.when(CreateLegalHold("other", "words", idempotency_token="t")).then_nothing_happened()
    story.when(CreateLegalHold("", "", idempotency_token="t")).then_nothing_happened()
    story.when(CreateLegalHold("other", "words", idempotency_token="u"))
    story.then_kinds(LegalHoldCreated)
    story.when(CREATE).when(CREATE).then_kinds(LegalHoldCreated, LegalHoldCreated)
    story.when(CreateLegalHold("case", "all", idempotency_token=""))
    story.then_rejected(InvalidParameterValue)


def test_the_hold_of_a_token_is_found() -> None:
    story = given(LegalHoldCreated(ID, "case", "all", ACTIVATION, idempotency_token="t"), CREATED)
    assert queries.with_token(story.world, None) is None
    assert queries.with_token(story.world, "u") is None
    first = given(LegalHoldCreated(ID, "case", "all", ACTIVATION, idempotency_token="t"))
    found = queries.with_token(first.world, "t")
    assert found is not None
    assert found.hold_id == ID


@pytest.mark.parametrize(
    ("title", "description"), [("", "words"), (" ", "words"), ("case", ""), ("case", "x" * 281)]
)
def test_a_hold_has_a_title_and_a_short_description(title: str, description: str) -> None:
    given().when(CreateLegalHold(title, description)).then_rejected(InvalidParameterValue)
    given().when(CreateLegalHold("x" * 300, "x" * 280)).then_kinds(LegalHoldCreated)


def test_a_hold_is_tagged_and_may_be_tagged_later() -> None:
    tags = {"case no": "a+b-c=d.e_f:g/h"}
    story = given().when(CreateLegalHold("case", "all of it", tags=tags))
    arn = queries.legal_hold_arn(story.world, only_hold(story))
    assert story.news[1] == TagsSet(arn, tags)
    story.when(TagResource(arn, {"é": "1"})).then(TagsSet(arn, {"é": "1"}))
    story.when(TagResource(ARN, {"a": "b"})).then_rejected(ResourceNotFound)


@pytest.mark.parametrize("tags", [{"a@b": ""}, {"a": "b\n"}, {"aws:x": ""}, {"k" * 129: ""}])
def test_tags_hold_only_what_aws_takes(tags: dict[str, str]) -> None:
    story = given().when(CreateLegalHold("case", "all of it", tags=tags))
    story.then_rejected(InvalidParameterValue)


def test_a_hold_has_at_most_fifty_tags() -> None:
    tags = {str(number): "" for number in range(51)}
    given().when(CreateLegalHold("case", "all", tags=tags)).then_rejected(LimitExceeded)


def test_an_account_has_at_most_fifty_holds_that_are_active_or_about_to_be() -> None:
    elsewhere = Scope(HERE.account, "eu-west-1")
    others = [LegalHoldCreated(f"x-{number}", "x", "x", SECOND) for number in range(49)]
    story = given(
        *(Elsewhere(elsewhere, fact) for fact in others),
        Elsewhere(Scope("999999999999", "us-east-1"), CREATED),
        *ACTIVE,
    )
    story.when(CREATE).then_rejected(LimitExceeded)
    story.at(SECOND).when(CREATE).then_rejected(LimitExceeded)
    story.when(CANCEL).when(CREATE)
    assert story.rejection is None, "one that is CANCELING does not count"


@pytest.mark.parametrize(
    "selection",
    [
        {"vault_names": ("v", "w")},
        {"resources": ("EFS", "Floppy")},
        {"resources": ("efs",)},
        {"resources": ("arn:aws:sqs:us-east-1:123456789012:queue",)},
        {"resources": ("arn:aws:ec2:us-east-1:123456789012:volume/*",)},
        {"resources": ("arn:nothing",)},
        {"created_from": 6, "created_until": 5},
        {"created_from": 0, "created_until": 11},
        {"created_from": 11, "created_until": 12},
    ],
    ids=str,
)
def test_a_selection_of_what_cannot_be_there_is_refused(selection: dict[str, Any]) -> None:
    given(VAULT).at(10).when(selecting(**selection)).then_rejected(InvalidParameterValue)


@pytest.mark.parametrize(
    "selection",
    [
        {},
        {"vault_names": (), "resources": ()},
        {"vault_names": ("v", "v"), "resources": ("EFS", EFS, "Storage Gateway")},
        {"created_from": 10, "created_until": 10},
        {"created_from": 0},
        {"created_until": 10},
    ],
    ids=str,
)
def test_a_selection_is_kept_as_it_was_asked_for(selection: dict[str, Any]) -> None:
    story = given(VAULT).at(10).when(selecting(**selection))
    assert story.news[0].selection == PointSelection(**selection)


def test_holds_are_listed_oldest_first_page_by_page() -> None:
    made = [LegalHoldCreated(hold_id, "x", "x", SECOND) for hold_id in (OTHER_ID, ID)]
    world = given(*made).world
    first = queries.list_legal_holds(world, limit=1, token=None)
    assert [hold.hold_id for hold in first.rows] == [ID]
    token = write_token(queries.LISTING, first.next_after)
    second = queries.list_legal_holds(world, limit=1, token=token)
    assert [hold.hold_id for hold in second.rows] == [OTHER_ID]
    assert second.next_after is None
    with pytest.raises(InvalidParameterValue):
        queries.list_points(world, ID, limit=1, token=token)


def test_the_points_of_a_hold_are_listed_newest_first_page_by_page() -> None:
    points = [born(f"arn:{at}", created_at=at) for at in (1, 2, 3, 4)]
    held = [RecoveryPointHeld(f"arn:{at}", ARN) for at in (1, 2, 4)]
    story = given(VAULT, *points, *ACTIVE, *held, RecoveryPointHeld("arn:3", "arn:other"))
    pages: list[list[str]] = []
    token = None
    while not pages or token:
        page = queries.list_points(story.world, ID, limit=2, token=token)
        pages.append([point.arn for point in page.rows])
        token = write_token(queries.POINTS, page.next_after)
    assert pages == [["arn:4", "arn:2"], ["arn:1"]]


@pytest.mark.parametrize("hold_id", [OTHER_ID, "hold"])
def test_the_points_of_no_hold_are_not_listed(hold_id: str) -> None:
    with pytest.raises(InvalidParameterValue):
        queries.list_points(given(*ACTIVE).world, hold_id, limit=2)


def test_vaults_of_any_name_can_be_held() -> None:
    story = given(VaultCreated("w", None)).when(selecting(vault_names=("w",)))
    story.then_kinds(LegalHoldCreated)
