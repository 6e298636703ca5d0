"""Laws of holds, over histories in which holds meet deletes, expiry and composite points."""

from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.steps import START, Ask, History, Wait, asked, histories, live, waits
from tests.test_laws import law
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Recorded
from vaultclock.domain.kernel.instants import DAY, SECOND
from vaultclock.domain.kernel.refusals import Rejected
from vaultclock.domain.legal_holds.commands import CancelLegalHold, CreateLegalHold
from vaultclock.domain.legal_holds.queries import legal_hold_arn
from vaultclock.domain.protection import HELD, LOCKED
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.events import (
    RecoveryPointDeleted,
    RecoveryPointDeletionStarted,
    RecoveryPointDisassociated,
    RecoveryPointExpired,
    RecoveryPointHeld,
    RecoveryPointReleased,
)

_ENDS = (
    RecoveryPointDeleted,
    RecoveryPointDeletionStarted,
    RecoveryPointDisassociated,
    RecoveryPointExpired,
)
_about_points = asked(
    CreateLegalHold,
    CancelLegalHold,
    DeleteRecoveryPoint,
    DisassociateRecoveryPoint,
    DisassociateRecoveryPointFromParent,
    UpdateRecoveryPointLifecycle,
    StartCopyJob,
)
held_histories = st.builds(
    lambda history, later: [*history, *later],
    histories,
    st.lists(_about_points | waits, min_size=3, max_size=12),
)


def facts_of(engine: Engine) -> list[Recorded]:
    return [recorded for batch in engine.log.read() for recorded in batch.recorded()]


@law
@given(held_histories)
def test_no_point_ends_while_anything_holds_it(history: History) -> None:
    engine = live([*history, Wait(100 * DAY)])
    holders: dict[Any, set[str]] = defaultdict(set)
    for recorded in facts_of(engine):
        fact = recorded.fact
        key = (recorded.scope, getattr(fact, "arn", None))
        if isinstance(fact, RecoveryPointHeld):
            assert fact.by not in holders[key], "held once"
            holders[key].add(fact.by)
        elif isinstance(fact, RecoveryPointReleased):
            holders[key].remove(fact.by)
        elif isinstance(fact, _ENDS):
            assert not holders[key], fact


@law
@given(held_histories)
def test_a_point_is_held_by_active_holds_and_those_that_are_being_cancelled(
    history: History,
) -> None:
    engine = live(history)
    for scope in engine.rows():
        world = engine.world(scope)
        holding = {
            legal_hold_arn(world, hold.hold_id)
            for hold in world.legal_holds.matching()
            if hold.status in ("ACTIVE", "CANCELING")
        }
        for point in world.recovery_points.matching():
            legal = {arn for arn in point.held_by if ":legal-hold:" in arn}
            assert legal <= holding
            parent = world.recovery_points.get(point.parent_arn or "")
            assert parent is None or legal <= {*parent.held_by}, "a composite stays with its parts"


@law
@given(held_histories)
def test_a_refusal_to_delete_what_is_held_says_so(history: History) -> None:
    engine = Engine(start=START)
    for step in history:
        if not isinstance(step, Ask) or not isinstance(step.command, DeleteRecoveryPoint):
            step.take(engine)
            continue
        engine.advance(engine.now)
        command = step.living(engine)
        point = engine.world(step.scope).recovery_points.get(command.arn)
        is_held = point is not None and any(":legal-hold:" in arn for arn in point.held_by)
        answer = ""
        try:
            engine.handle(command, step.scope)
        except Rejected as refusal:
            answer = refusal.message
        assert is_held or answer != HELD
        assert not is_held or answer in (HELD, LOCKED), "which tells of a lock first"


@law
@given(held_histories)
def test_what_should_have_gone_under_holds_goes_when_all_are_released(history: History) -> None:
    engine = live([*history, Wait(2 * SECOND)])
    for scope in [*engine.rows()]:
        for hold_id in [*engine.world(scope).legal_holds]:
            try:
                engine.handle(CancelLegalHold(hold_id, "over"), scope)
            except Rejected:
                continue
    engine.advance(engine.now + SECOND)
    for scope in engine.rows():
        for point in engine.world(scope).recovery_points.matching():
            assert not any(":legal-hold:" in arn for arn in point.held_by)
            assert point.deletes_at is None or point.deletes_at > engine.now
