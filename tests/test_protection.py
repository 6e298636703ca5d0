"""The law of protection: nothing disappears while a seal, a hold or a Deny stands in the way.

Over generated locks, holds, policies, clocks and calls. Examples stand elsewhere.
"""

import json
from collections.abc import Iterable, Iterator
from math import inf
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.steps import BEGINNINGS, HERE, Ask, History, Wait, asked, live, waits
from vaultclock.domain.access_policies.commands import DeleteAccessPolicy, PutAccessPolicy
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Batch, Elsewhere, Scope
from vaultclock.domain.kernel.instants import DAY, Instant
from vaultclock.domain.kernel.logs import MemoryLog
from vaultclock.domain.kernel.refusals import Rejected
from vaultclock.domain.legal_holds.commands import CancelLegalHold, CreateLegalHold
from vaultclock.domain.legal_holds.events import PointSelection
from vaultclock.domain.plans.commands import CreatePlan, PlanInput, RuleInput, UpdatePlan
from vaultclock.domain.protection import ACCESSED, HELD, LOCKED
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
    RecoveryPointLifecycleChanged,
    RecoveryPointSynced,
)
from vaultclock.domain.recovery_points.state import RecoveryPoint
from vaultclock.domain.restore_jobs.commands import StartRestoreJob
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.commands import DeleteVault, LockVault, UnlockVault
from vaultclock.domain.vaults.events import VaultDeleted, VaultLocked, VaultUnlocked
from vaultclock.domain.vaults.state import Lock
from vaultclock.domain.world import World

law = settings(deadline=None, max_examples=200)
_ENDS = RecoveryPointDeletionStarted | RecoveryPointDeleted | RecoveryPointDisassociated

ADMIN = f"arn:aws:iam::{HERE.account}:role/admin"
CALLERS = (None, ADMIN, f"arn:aws:iam::{HERE.account}:role/other")
ACTIONS = {  # what policies call that which ends or changes points
    DeleteRecoveryPoint: "backup:DeleteRecoveryPoint",
    DisassociateRecoveryPoint: "backup:DisassociateRecoveryPoint",
    DisassociateRecoveryPointFromParent: "backup:DisassociateRecoveryPointFromParent",
    UpdateRecoveryPointLifecycle: "backup:UpdateRecoveryPointLifecycle",
}
DENIED = " with an explicit deny in a resource-based policy"


def _deny(actions: Iterable[str], principal: str) -> str:
    named = principal if principal == "*" else {"AWS": principal}
    statement = {"Effect": "Deny", "Principal": named, "Action": sorted(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def denial(world: World, command: Any, caller: str | None) -> str | None:
    """What a policy like these has to say of a command, if anything."""
    policy = world.access_policies.get(command.vault_name)
    if policy is None:
        return None
    (statement,) = json.loads(policy.policy)["Statement"]
    action, named = ACTIONS[type(command)], statement["Principal"]
    if action not in statement["Action"] or named not in ("*", {"AWS": caller}):
        return None
    who = caller or f"arn:aws:iam::{HERE.account}:root"
    return f"User: {who} is not authorized to perform: {action} on resource: {command.arn}{DENIED}"


@attrs.frozen
class Attack(Ask):
    """Ask, as somebody, to end or change a point; a Deny has to be in the way if there is one."""

    caller: str | None = None

    def take(self, engine: Engine) -> None:
        """Ask, and see that a Deny is heeded."""
        command = self.living(engine)
        denied = denial(engine.world(self.scope), command, self.caller)
        said = refusal_of(engine, command, self.scope, self.caller)
        assert denied is None or said == denied, (command, said)


# narrower than the steps of the five laws: nearly all of these are accepted, but for attacks
_days = st.sampled_from([None, 1, 35])
_protect = st.one_of(
    st.builds(LockVault, st.just("alpha"), _days, st.just(None), st.sampled_from([None, 3])),
    st.builds(LockVault, st.just("alpha"), _days, st.just(98), st.sampled_from([None, 3])),
    st.builds(
        CreateLegalHold,
        st.just("case"),
        st.just("some of it"),
        st.sampled_from([None, PointSelection(vault_names=("alpha",))]),
    ),
    st.builds(
        lambda actions, principal: PutAccessPolicy("alpha", _deny(actions, principal)),
        st.sets(st.sampled_from([*ACTIONS.values()]), min_size=1),
        st.sampled_from(["*", ADMIN]),
    ),
)
_release = st.one_of(
    st.just(UnlockVault("alpha")),
    st.just(DeleteAccessPolicy("alpha")),
    st.integers(0, 3).map(lambda at: CancelLegalHold(f"legal_holds#{at}.hold_id", "over")),
)


def _of_points(command: type) -> st.SearchStrategy[Any]:
    fields = ("vault_name", "arn")
    return st.integers(0, 9).map(
        lambda at: command(*(f"recovery_points#{at}.{field}" for field in fields))
    )


_change = st.one_of(
    _of_points(DeleteRecoveryPoint),
    _of_points(DisassociateRecoveryPoint),
    _of_points(DisassociateRecoveryPointFromParent),
    st.builds(
        lambda command, days: attrs.evolve(command, lifecycle=Lifecycle(None, days)),
        _of_points(UpdateRecoveryPointLifecycle),
        st.sampled_from([1, 7, 98, 400, None]),
    ),
)
_attack = st.builds(Attack, _change, caller=st.sampled_from(CALLERS))
_replan = st.builds(
    lambda days: UpdatePlan("plans#0.plan_id", _continuous(days)), st.sampled_from([1, 7, 30])
)


def _continuous(days: int) -> PlanInput:
    lifecycle = Lifecycle(delete_after_days=days)
    return PlanInput("p", (RuleInput("daily", "alpha", continuous=True, lifecycle=lifecycle),))


_use = asked(StartBackupJob, StartCopyJob, StartRestoreJob, CreatePlan, DeleteVault)
_kinds = [_protect.map(Ask), _release.map(Ask), _attack, _attack, _replan.map(Ask), _use, waits]
# not one_of, so that each kind is as frequent as any other
_steps = st.sampled_from(_kinds).flatmap(lambda kind: kind)
sieges = st.builds(
    lambda beginning, protection, later: [*beginning, Ask(protection), *later],
    st.sampled_from(BEGINNINGS[1:]),
    _protect,
    st.lists(_steps, min_size=8, max_size=25),
)


def told(history: History) -> Iterator[tuple[World, Instant, Any, Any]]:
    """Tell a history again, fact by fact: the world before each, when it came, and its cause."""
    engine = live([*history, Wait(100 * DAY)])
    again = Engine(log=MemoryLog(engine.origin))
    for batch in engine.log.read():
        for stated in batch.facts:
            scope, fact = stated if isinstance(stated, Elsewhere) else (batch.scope, stated)
            yield again.world(scope), batch.at, fact, batch.cause
            again.apply(Batch(again.seq, batch.at, batch.scope, batch.cause, (stated,)))


@law
@given(sieges)
def test_no_point_disappears_while_a_seal_a_hold_or_a_deny_stands_in_the_way(
    history: History,
) -> None:
    for world, at, fact, cause in told(history):
        if isinstance(fact, VaultDeleted):
            assert not world.recovery_points.count(vault_name=fact.name)
        if not isinstance(fact, _ENDS):
            continue
        point = world.recovery_points[fact.arn]
        if point.status != "CREATING":  # what its job never finished is no recovery point yet
            assert not point.held_by, (point, cause)
            assert not point.is_being_updated, (point, cause)
            if not (isinstance(fact, RecoveryPointDeleted) and point.status == "DELETING"):
                assert may_go(point, lock_of(world, point), at), (point, cause)


def lock_of(world: World, point: RecoveryPoint) -> Lock | None:
    return world.vaults[point.vault_name].lock


def may_go(point: RecoveryPoint, lock: Lock | None, at: Instant) -> bool:
    """Whether a lock lets a point go: at the end of its retention, or as its lifecycle says."""
    if lock is None or (point.lifecycle is not None and point.lifecycle.delete_after_event):
        return True
    return ends_at(point) <= at


def ends_at(point: RecoveryPoint) -> float:
    return inf if point.delete_at is None else point.delete_at


@law
@given(sieges)
def test_the_retention_in_a_locked_vault_never_shrinks(history: History) -> None:
    for world, _, fact, cause in told(history):
        match fact:
            case RecoveryPointLifecycleChanged():
                point = world.recovery_points[fact.arn]
                new_end = fact.lifecycle.delete_at(point.backed_up_at)
            case RecoveryPointSynced():
                point = world.recovery_points[fact.arn]
                kept = fact.lifecycle or Lifecycle()
                new_end = kept.delete_at(fact.synced_at)
            case _:
                continue
        # a composite is kept as long as what it groups, and has no data of its own
        if lock_of(world, point) is not None and not point.born.is_parent:
            assert (inf if new_end is None else new_end) >= ends_at(point), (point, cause)


@law
@given(sieges)
def test_nobody_changes_a_lock_once_it_is_sealed(history: History) -> None:
    for world, at, fact, cause in told(history):
        if isinstance(fact, VaultLocked | VaultUnlocked):
            lock = world.vaults[fact.name].lock
            assert lock is None or not lock.is_sealed, cause
            assert lock is None or lock.seals_at is None or at < lock.seals_at, cause


@law
@given(sieges)
def test_a_refusal_to_let_go_names_what_stands_in_the_way(history: History) -> None:
    engine = live(history)
    engine.advance(engine.now)
    for scope in [scope for scope in engine.rows() if engine.world(scope).recovery_points]:
        for point in engine.world(scope).recovery_points.matching():
            for command, message in refusals(engine.world(scope), point):
                for caller in CALLERS if scope == HERE else (None,):
                    denied = denial(engine.world(scope), command, caller)
                    said = refusal_of(engine, command, scope, caller)
                    assert said == (denied or message), (command, caller)


def refusals(world: World, point: RecoveryPoint) -> Iterator[tuple[Any, str]]:
    """What cannot be done to a point, and what has to be said then."""
    which = (point.vault_name, point.arn)
    ends: list[Any] = [DeleteRecoveryPoint(*which)]
    ends += [DisassociateRecoveryPoint(*which)] if point.born.is_continuous else []
    changes: list[Any] = [UpdateRecoveryPointLifecycle(*which)]
    changes += [DisassociateRecoveryPointFromParent(*which)] if point.parent_arn else []
    if lock_of(world, point) is not None:
        yield from ((command, LOCKED) for command in (*ends, *changes))
    elif any(":legal-hold:" in arn for arn in point.held_by):
        yield from ((command, HELD) for command in ends)
    elif point.held_by:
        yield from ((command, ACCESSED) for command in ends)


def refusal_of(
    engine: Engine, command: Any, scope: Scope = HERE, caller: str | None = None
) -> str | None:
    engine.advance(engine.now)
    before = engine.rows()
    try:
        engine.handle(command, scope, caller)
    except Rejected as refusal:
        assert engine.rows() == before
        return refusal.message
    return None


@law
@given(sieges)
def test_sealed_locks_refuse_every_call_about_them(history: History) -> None:
    engine = live([*history, Wait(3 * DAY)])
    for scope in engine.rows():
        for vault in engine.world(scope).vaults.matching():
            if vault.lock is not None and vault.lock.is_sealed:
                for command in (LockVault(vault.name, 7, 98, 3), UnlockVault(vault.name)):
                    assert "lock" in (refusal_of(engine, command, scope) or "")
