"""Keys of the pretend world: which refuse, and why."""

import pytest

from tests.spec import HERE, given
from vaultclock.domain.kernel.facts import Elsewhere, Scope
from vaultclock.domain.kernel.refusals import InvalidParameterValue, ResourceNotFound
from vaultclock.domain.keys.commands import DeregisterKey, RegisterKey
from vaultclock.domain.keys.events import KeyDeregistered, KeyRegistered
from vaultclock.domain.keys.queries import scope_of_key, why_key_fails
from vaultclock.domain.keys.state import Key, order

KEY = f"arn:aws:kms:us-east-1:{HERE.account}:key/k"
ABROAD = Scope("999999999999", "us-east-1")
THEIRS = f"arn:aws:kms:us-east-1:{ABROAD.account}:key/k"
NO_GRANT = "AccessDeniedException: kms:CreateGrant"


def test_a_key_is_registered_replaced_and_taken_out() -> None:
    story = given().when(RegisterKey(KEY, NO_GRANT)).then(KeyRegistered(KEY, NO_GRANT))
    assert why_key_fails(story.world, KEY) == NO_GRANT
    story.when(RegisterKey(KEY)).then(KeyRegistered(KEY))
    assert why_key_fails(story.world, KEY) is None
    assert story.world.keys[KEY] == Key(KEY)
    story.when(DeregisterKey(KEY)).then(KeyDeregistered(KEY))
    assert KEY not in story.world.keys


def test_saying_the_same_of_a_key_again_is_no_news() -> None:
    given(KeyRegistered(KEY, NO_GRANT)).when(RegisterKey(KEY, NO_GRANT)).then_nothing_happened()


def test_a_key_of_another_account_is_found_where_it_lives() -> None:
    story = given(Elsewhere(ABROAD, KeyRegistered(THEIRS, NO_GRANT)))
    assert why_key_fails(story.world, THEIRS) == NO_GRANT
    assert why_key_fails(story.world, KEY) is None
    assert why_key_fails(given().world, THEIRS) is None
    assert scope_of_key(THEIRS) == ABROAD


@pytest.mark.parametrize(
    "command",
    [
        RegisterKey("k"),
        RegisterKey(f"arn:aws:kms:us-east-1:{HERE.account}:alias/aws/backup"),
        RegisterKey(f"arn:aws:iam::{HERE.account}:key/k"),
        RegisterKey(THEIRS),
        RegisterKey(KEY, ""),
        RegisterKey(KEY, " "),
        RegisterKey(KEY, "x" * 1025),
    ],
)
def test_what_is_no_key_of_this_place_or_says_nothing_is_refused(command: RegisterKey) -> None:
    given().when(command).then_rejected(InvalidParameterValue)


def test_a_key_that_is_not_registered_cannot_be_taken_out() -> None:
    given().when(DeregisterKey(KEY)).then_rejected(ResourceNotFound)


def test_keys_are_ordered_by_arn() -> None:
    assert order(Key(KEY)) < order(Key(THEIRS))
