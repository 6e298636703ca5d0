"""The five laws, over histories made of every command there is. Examples stand elsewhere."""

import hashlib
import os
import subprocess
import sys
from io import BytesIO
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.steps import (
    ACCOUNT,
    BEGINNINGS,
    COMMANDS,
    START,
    Ask,
    History,
    Step,
    Wait,
    asked,
    histories,
    live,
    steps,
    waits,
    written,
)
from vaultclock.adapters.snapshot.codec import Reader, decode, frames_of, unpack
from vaultclock.adapters.snapshot.jsonl import read_jsonl, write_jsonl
from vaultclock.adapters.snapshot.recorded import Provenance
from vaultclock.domain.access_points import commands as access_point_commands
from vaultclock.domain.access_points.events import AccessPointBecameAvailable
from vaultclock.domain.access_policies.commands import DeleteAccessPolicy, PutAccessPolicy
from vaultclock.domain.approvals import commands as approval_commands
from vaultclock.domain.approvals.commands import CreateRestoreAccessVault
from vaultclock.domain.backup_jobs import commands as backup_job_commands
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.backup_jobs.events import BackupJobCreated
from vaultclock.domain.copy_jobs import commands as copy_job_commands
from vaultclock.domain.copy_jobs.commands import StartCopyJob
from vaultclock.domain.copy_jobs.events import CopyJobCreated, CopyJobStarted
from vaultclock.domain.features import Engine, replay
from vaultclock.domain.kernel.facts import RecordedCommand
from vaultclock.domain.kernel.instants import DAY, MINUTE
from vaultclock.domain.kernel.refusals import Rejected
from vaultclock.domain.keys.commands import RegisterKey
from vaultclock.domain.legal_holds import commands as legal_hold_commands
from vaultclock.domain.legal_holds.commands import CreateLegalHold
from vaultclock.domain.legal_holds.events import LegalHoldCreated
from vaultclock.domain.notifications.commands import (
    RemoveVaultNotifications,
    SetVaultNotifications,
)
from vaultclock.domain.plans import commands as plan_commands
from vaultclock.domain.plans.commands import CreatePlan
from vaultclock.domain.plans.events import PlanCreated
from vaultclock.domain.recovery_points import commands as recovery_point_commands
from vaultclock.domain.recovery_points.commands import UpdateRecoveryPointLifecycle
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.restore_jobs import commands as restore_job_commands
from vaultclock.domain.restore_jobs.events import RestoreJobCreated
from vaultclock.domain.selections.commands import CreateSelection
from vaultclock.domain.selections.events import SelectionCreated
from vaultclock.domain.settings.commands import (
    ArrangeOrganization,
    ArrangeRegion,
    UpdateGlobalSettings,
    UpdateRegionSettings,
)
from vaultclock.domain.tags.commands import TagResource, UntagResource
from vaultclock.domain.vaults import commands as vault_commands
from vaultclock.domain.vaults.commands import (
    CreateAirGappedVault,
    CreateVault,
    OpenConsole,
    UnlockVault,
)

_SETTLE = Wait(0)  # a command may make something due at its own instant
law = settings(deadline=None, max_examples=120)

WRITTEN_BY = Provenance(program_version="1", model_hash="", tzdata_version="")
SENT_BY_THE_CLOCK = {
    approval_commands.ExpireSession,
    access_point_commands.FinishMakingAccessPoint,
    access_point_commands.FinishDisassociatingAccessPoint,
    access_point_commands.FinishDeletingAccessPoint,
    backup_job_commands.StartDueBackupJob,
    backup_job_commands.FinishBackupJob,
    backup_job_commands.ExpireBackupJob,
    backup_job_commands.FinishStoppingBackupJob,
    copy_job_commands.StartDueCopyJob,
    copy_job_commands.FinishCopyJob,
    legal_hold_commands.ActivateLegalHold,
    legal_hold_commands.FinishCancellingLegalHold,
    plan_commands.RunPlanRule,
    restore_job_commands.StartDueRestoreJob,
    restore_job_commands.FinishRestoreJob,
    recovery_point_commands.FinishRecoveryPointDeletion,
    recovery_point_commands.FinishRecoveryPointIndex,
    recovery_point_commands.ExpireRecoveryPoint,
    recovery_point_commands.MoveRecoveryPointToColdStorage,
    vault_commands.FinishMakingVault,
    vault_commands.SealVaultLock,
}
WITH_TOKEN = (
    CreateVault,
    CreateAirGappedVault,
    CreatePlan,
    CreateSelection,
    StartBackupJob,
    StartCopyJob,
    CreateLegalHold,
    CreateRestoreAccessVault,
)
IDEMPOTENT = (
    TagResource,
    UntagResource,
    UpdateRegionSettings,
    ArrangeOrganization,
    ArrangeRegion,
    OpenConsole,
    RemoveVaultNotifications,
    SetVaultNotifications,
    PutAccessPolicy,
    DeleteAccessPolicy,
    UpdateRecoveryPointLifecycle,
    RegisterResource,
    RegisterKey,
    UnlockVault,
)


def test_the_steps_know_every_command_that_a_user_may_send() -> None:
    assert {*Engine().commands()} == COMMANDS.keys() | SENT_BY_THE_CLOCK


@law
@given(histories)
def test_replaying_the_log_gives_an_equal_world(history: History) -> None:
    engine = live([*history, _SETTLE])
    replica = replay(engine.log)
    assert replica.rows() == engine.rows()
    assert (replica.seq, replica.now) == (engine.seq, engine.now)
    assert replica.next_due() == engine.next_due()
    replica.advance(engine.now)
    assert replica.seq == engine.seq, "a replayed log owes the past nothing"


@law
@given(histories, st.lists(steps, max_size=8))
def test_a_replayed_world_has_the_same_future(history: History, future: History) -> None:
    engine = live(history)
    replica = replay(engine.log)
    for step in [*future, Wait(100 * DAY)]:
        step.take(engine)
        step.take(replica)
    assert written(replica.log) == written(engine.log)
    assert replica.rows() == engine.rows()


@law
@given(histories, histories)
def test_a_log_replays_up_to_any_point(past: History, later: History) -> None:
    then, engine = live([*past, _SETTLE]), live([*past, *later])
    replica = replay(engine.log, to_seq=then.seq, to_at=then.now)
    replica.advance(then.now)
    assert replica.rows() == then.rows()
    assert replica.seq == then.seq


def _cut(wait: Wait, percents: list[int]) -> list[Step]:
    ends = [0, *(wait.by * percent // 100 for percent in sorted(percents)), wait.by]
    return [Wait(end - start) for start, end in pairwise(ends)]


@law
@given(histories, waits, st.lists(st.integers(0, 100), min_size=1, max_size=4))
def test_one_long_stride_of_the_clock_equals_many_short_ones(
    history: History, wait: Wait, percents: list[int]
) -> None:
    long = [*history, wait]
    short = [_cut(step, percents) if isinstance(step, Wait) else [step] for step in long]
    one, many = live(long), live([*chain.from_iterable(short)])
    assert written(many.log) == written(one.log)
    assert many.rows() == one.rows()
    assert (many.seq, many.now, many.next_due()) == (one.seq, one.now, one.next_due())
    assert many.log.rested_at() == one.log.rested_at()


@law
@given(histories)
def test_going_from_one_thing_due_to_the_next_equals_one_stride(history: History) -> None:
    one, many = live(history), live(history)
    end = one.now + 100 * DAY
    one.advance(end)
    while (due := many.next_due()) is not None and due <= end:
        many.advance(due)
    many.advance(end)
    assert written(many.log) == written(one.log)
    assert many.rows() == one.rows()


@law
@given(histories)
def test_a_refused_command_changes_neither_world_nor_log(history: History) -> None:
    engine = Engine(start=START)
    for step in history:
        if isinstance(step, Wait):
            step.take(engine)
            continue
        engine.advance(engine.now)  # what is due now happens before any command
        rows, frames, due = engine.rows(), written(engine.log), engine.next_due()
        try:
            engine.handle(step.living(engine), step.scope)
        except Rejected:
            assert engine.rows() == rows
            assert written(engine.log) == frames
            assert (engine.seq, engine.next_due()) == (engine.log.head(), due)


@law
@given(histories, st.booleans())
def test_what_is_written_reads_as_what_was_written(history: History, trusted: bool) -> None:
    log = live(history).log
    frames = [unpack(frame) for frame in written(log)]
    batches = list(decode(frames, Reader(trusted=trusted)))
    assert batches == list(log.read())
    for read, batch in zip(batches, log.read(), strict=True):
        assert isinstance(read.cause, RecordedCommand)
        assert frames_of(read) == frames_of(batch)


@law
@given(histories, st.booleans())
def test_what_is_written_as_json_lines_reads_as_what_was_written(
    history: History, trusted: bool
) -> None:
    log, file = live(history).log, BytesIO()
    write_jsonl(log, file, **WRITTEN_BY)
    file.seek(0)
    copy = read_jsonl(file, trusted=trusted)
    assert written(copy) == written(log)
    assert (copy.origin, copy.head(), copy.rested_at()) == (log.origin, log.head(), log.rested_at())
    assert replay(copy).rows() == replay(log).rows()


def _with_a_token(step: Ask) -> Ask:
    name = next(f.name for f in attrs.fields(type(step.command)) if f.name in _TOKENS)
    return attrs.evolve(step, command=attrs.evolve(step.command, **{name: "once"}))


_TOKENS = ("creator_request_id", "idempotency_token")


@law
@given(histories, asked(*WITH_TOKEN).map(_with_a_token), st.integers(0, 59 * MINUTE))
def test_a_request_repeated_with_its_token_states_nothing_more(
    history: History, step: Ask, pause: int
) -> None:
    engine = live(history)
    command = step.living(engine)
    if _accepted(engine, command, step):
        engine.advance(engine.now + pause)
        assert list(engine.handle(command, step.scope)) == []


@law
@given(histories, asked(*IDEMPOTENT))
def test_a_request_that_says_what_is_so_already_states_nothing(history: History, step: Ask) -> None:
    engine = live(history)
    command = step.living(engine)
    if _accepted(engine, command, step):
        engine.advance(engine.now)
        points = engine.world(step.scope).recovery_points
        if isinstance(command, UpdateRecoveryPointLifecycle) and command.arn not in points:
            return  # the new lifecycle had ended already
        assert list(engine.handle(command, step.scope)) == []


def _accepted(engine: Engine, command: Any, step: Ask) -> bool:
    try:
        engine.handle(command, step.scope)
    except Rejected:
        return False
    return True


@law
@given(histories, st.sampled_from(["true", "false"]))
def test_switching_what_is_switched_already_moves_no_more_than_its_instant(
    history: History, value: str
) -> None:
    engine, command = live(history), UpdateGlobalSettings({"isMpaEnabled": value})
    if not _accepted(engine, command, Ask(command, ACCOUNT)):
        return  # only a management account can
    rows = engine.rows()
    engine.handle(command, ACCOUNT)
    assert engine.rows() == rows


@law
@given(histories, st.integers(0, 9))
def test_the_same_seed_and_commands_give_the_same_log(history: History, seed: int) -> None:
    one, other = live(history, seed=seed), live(history, seed=seed)
    assert written(one.log) == written(other.log)


def digest() -> str:
    """Live every beginning on for a year, and sum up what was written."""
    digested = hashlib.sha256()
    for beginning in BEGINNINGS:
        for frame in written(live([*beginning, Wait(365 * DAY)], seed=7).log):
            digested.update(frame)
    return digested.hexdigest()


def test_another_process_writes_the_same_log_whatever_the_order_of_its_sets() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", "from tests.test_laws import digest; print(digest())"],
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert digests == {f"{digest()}\n"}


@law
@given(histories)
def test_another_seed_gives_other_ids(history: History) -> None:
    one, other = _ids(live(history, seed=1)), _ids(live(history, seed=2))
    assert not one & other
    assert bool(one) == bool(other)


def _ids(engine: Engine) -> set[str]:
    """Ids that the engine gave. An id is never given twice."""
    given_ids = [
        id_
        for batch in engine.log.read()
        for recorded in batch.recorded()
        for id_ in _ids_in(recorded.fact)
    ]
    assert len({*given_ids}) == len(given_ids)
    return {*given_ids}


def _ids_in(fact: Any) -> list[str]:
    match fact:
        case AccessPointBecameAvailable():
            return [fact.s3_alias]
        case BackupJobCreated():
            return [fact.job_id, fact.recovery_point_arn]
        case CopyJobCreated() | RestoreJobCreated():
            return [fact.job_id]
        case CopyJobStarted():
            return [fact.copy_arn]
        case PlanCreated():
            return [fact.plan_id, fact.version_id, *(r.rule_id for r in fact.document.rules)]
        case LegalHoldCreated():
            return [fact.hold_id]
        case SelectionCreated():
            return [fact.selection_id]
        case _:
            return []
