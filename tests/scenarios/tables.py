"""Reads a scenario's table and plays it on an engine; knows the vocabulary, and no scenario.

A row is ``instant | attempt | outcome``. An instant is written without year (the table's) or in
full. What is attempted:

    vault NAME                                  create a vault
    resource NAME [bytes=N] [change=F] [seconds=N] [fails=TEXT_WITH_UNDERSCORES] [tag=KEY:VALUE]
    airgap NAME MIN MAX [key=NAME]              create a logically air-gapped vault
    key NAME [fails=TEXT_WITH_UNDERSCORES]      say what an encryption key does
    lock VAULT [min=DAYS] [max=DAYS] [grace=DAYS]  lock a vault; with a grace time for good
    unlock VAULT | raze VAULT                   take its lock off; delete it
    backup NAME VAULT [keep=DAYS] [cold=DAYS] [to=AIRGAP]  start a job on a resource
    delete NAME VAULT | keep NAME VAULT DAYS    act on the resource's newest point in the vault
    plan NAME VAULT RULE... [zone=ZONE] [to=AIRGAP]  create a plan, or replace its rules by these
    select PLAN NAME... [tag=KEY:VALUE]         assign resources, vol-* all volumes, or by tag
    unselect PLAN | drop PLAN                   take back its oldest selection; delete it
    hold TITLE [vault=VAULT] [of=NAME] [since=ISO] [until=ISO]  put a legal hold on what there is
    release TITLE [record=DAYS]                 cancel a legal hold
    points VAULT                                list its points, oldest first, as NAME@MM-DD
    kept VAULT                                  count its points by rule, as RULE:COUNT
    bytes VAULT                                 add up the sizes of its points
    cold VAULT                                  list its points that are in cold storage
    state VAULT                                 its state, and whether it is locked and sealed
    jobs                                        list the jobs, oldest first, as NAME:STATE
    why                                         the message of the newest job
    holds                                       list the legal holds, oldest first, as TITLE:STATUS
    held TITLE                                  list the points that a hold keeps, newest first
    runs                                        when the listed jobs were created, as MM-DDThh:mm

A RULE is ``NAME:CRON:DAYS[:MINUTES][>VAULT:DAYS]``: its cron fields with _ between them, how long
it keeps (0 is for ever), its start window, a vault to copy to and how long that keeps. A vault of
another Region is ``REGION/NAME``.
The outcome of a deed is ``ok`` or the class of the refusal; of a question, its answer (``-`` when
there is none).
"""

from collections import Counter
from collections.abc import Callable

from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Scope
from vaultclock.domain.kernel.instants import from_iso, to_iso
from vaultclock.domain.kernel.refusals import Rejected
from vaultclock.domain.keys.commands import RegisterKey
from vaultclock.domain.legal_holds.commands import CancelLegalHold, CreateLegalHold
from vaultclock.domain.legal_holds.events import PointSelection
from vaultclock.domain.legal_holds.queries import list_points
from vaultclock.domain.plans.commands import (
    CreatePlan,
    DeletePlan,
    PlanInput,
    RuleInput,
    UpdatePlan,
)
from vaultclock.domain.recovery_points.commands import (
    DeleteRecoveryPoint,
    UpdateRecoveryPointLifecycle,
)
from vaultclock.domain.recovery_points.state import RecoveryPoint
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.selections.commands import CreateSelection, DeleteSelection
from vaultclock.domain.values import CopyAction, Lifecycle, TagCondition
from vaultclock.domain.vaults.commands import (
    CreateAirGappedVault,
    CreateVault,
    DeleteVault,
    LockVault,
    UnlockVault,
)
from vaultclock.domain.world import HOME

_ACCOUNT, _REGION = HOME
_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/service-role/AWSBackupDefaultServiceRole"


def play(year: int, table: str) -> Engine:
    """Play a table row by row and compare every outcome; answer the engine for more questions."""
    engine = Engine(start=from_iso(f"{year}-01-01"))
    for line in filter(None, map(str.strip, table.splitlines())):
        when, attempt, expected = (part.strip() for part in line.split("|"))
        full = when if len(when.split("-")[0]) == 4 else f"{year}-{when}"
        engine.advance(from_iso(full))
        assert outcome(engine, attempt) == expected, line
    return engine


def outcome(engine: Engine, attempt: str) -> str:
    """Attempt one thing; answer ``ok``, the class of a refusal, or what was asked."""
    verb, *words = attempt.split()
    if verb in _QUESTIONS:
        return " ".join(_QUESTIONS[verb](engine, *words)) or "-"
    plain = [word for word in words if "=" not in word]
    options = dict(word.split("=", 1) for word in words if "=" in word)
    scope = _place(plain[0])[0] if verb == "vault" else HOME
    try:
        engine.handle(_DEEDS[verb](engine, plain, options), scope)
    except Rejected as refusal:
        return type(refusal).__name__
    return "ok"


def _place(vault: str) -> tuple[Scope, str]:
    """Take apart the name of a vault and the Region that it is in."""
    region, _, name = vault.rpartition("/")
    return Scope(_ACCOUNT, region or _REGION), name


def _points_in(engine: Engine, vault: str) -> list[RecoveryPoint]:
    scope, name = _place(vault)
    return engine.world(scope).recovery_points.matching(vault_name=name)


def _arn(name: str) -> str:
    kind, _, _number = name.partition("-")
    return {
        "fs": f"arn:aws:elasticfilesystem:us-east-1:{_ACCOUNT}:file-system/{name}",
        "vol": f"arn:aws:ec2:us-east-1:{_ACCOUNT}:volume/{name}",
    }[kind]


def _newest(engine: Engine, name: str, vault: str) -> RecoveryPoint:
    return engine.world().recovery_points.latest(resource_arn=_arn(name), vault_name=vault)


def _lifecycle(options: dict[str, str]) -> Lifecycle | None:
    if not options:
        return None
    cold, keep = options.get("cold"), options.get("keep")
    return Lifecycle(cold and int(cold), keep and int(keep), opt_in_to_archive=bool(cold))  # type: ignore[arg-type]


def _resource(_engine: Engine, words: list[str], options: dict[str, str]) -> RegisterResource:
    return RegisterResource(
        _arn(words[0]),
        size_bytes=int(options.get("bytes", 1000)),
        daily_change=float(options.get("change", 0)),
        job_seconds=int(options["seconds"]) if "seconds" in options else None,
        fails_with=_says(options),
        tags=dict([_pair(options["tag"])]) if "tag" in options else {},
    )


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition(":")
    return key, value


def _kept_for(days: str) -> Lifecycle | None:
    return Lifecycle(delete_after_days=int(days)) if int(days) else None


def _copy(text: str) -> CopyAction:
    vault, _, days = text.partition(":")
    scope, name = _place(vault)
    arn = f"arn:aws:backup:{scope.region}:{scope.account}:backup-vault:{name}"
    return CopyAction(arn, _kept_for(days))


def _rule(text: str, vault: str, options: dict[str, str]) -> RuleInput:
    text, _, copy = text.partition(">")
    name, cron, days, *minutes = text.split(":")
    return RuleInput(
        name,
        vault,
        schedule_expression=f"cron({cron.replace('_', ' ')})",
        schedule_timezone=options.get("zone"),
        start_window_minutes=int(minutes[0]) if minutes else None,
        lifecycle=_kept_for(days),
        copy_actions=(_copy(copy),) if copy else None,
        air_gapped_vault_arn=_air_gapped(options),
    )


def _plan_ids(engine: Engine, name: str) -> list[str]:
    plans = engine.world().plans.matching(name=name, is_deleted=False)
    return [plan.plan_id for plan in plans]


def _plan(engine: Engine, words: list[str], options: dict[str, str]) -> object:
    name, vault, *rules = words
    document = PlanInput(name, tuple(_rule(text, vault, options) for text in rules))
    plan_ids = _plan_ids(engine, name)
    return UpdatePlan(plan_ids[0], document) if plan_ids else CreatePlan(document)


def _select(engine: Engine, words: list[str], options: dict[str, str]) -> object:
    plan, *names = words
    (plan_id,) = _plan_ids(engine, plan)
    tags = [TagCondition(*_pair(options["tag"]))] if "tag" in options else []
    arns = tuple(map(_arn, names))
    return CreateSelection(plan_id, "all", _ROLE, resources=arns, any_tags=tuple(tags))


def _unselect(engine: Engine, words: list[str], _options: dict[str, str]) -> object:
    (plan_id,) = _plan_ids(engine, *words)
    oldest = engine.world().selections.matching(plan_id=plan_id)[0]
    return DeleteSelection(plan_id, oldest.selection_id)


def _keep(engine: Engine, words: list[str], _options: dict[str, str]) -> object:
    name, vault, days = words
    lifecycle = Lifecycle(delete_after_days=int(days))
    return UpdateRecoveryPointLifecycle(vault, _newest(engine, name, vault).arn, lifecycle)


def _air_gapped(options: dict[str, str]) -> str | None:
    name = options.get("to")
    return name and f"arn:aws:backup:{_REGION}:{_ACCOUNT}:backup-vault:{name}"


def _key(name: str) -> str:
    return f"arn:aws:kms:{_REGION}:{_ACCOUNT}:key/{name}"


def _says(options: dict[str, str]) -> str | None:
    return options["fails"].replace("_", " ") if "fails" in options else None


def _backup(_engine: Engine, words: list[str], options: dict[str, str]) -> StartBackupJob:
    name, vault = words
    return StartBackupJob(
        vault,
        _arn(name),
        _ROLE,
        lifecycle=_lifecycle({word: options[word] for word in options if word != "to"}),
        air_gapped_vault_arn=_air_gapped(options),
    )


def _lock(_engine: Engine, words: list[str], options: dict[str, str]) -> LockVault:
    names = {
        "min": "min_retention_days",
        "max": "max_retention_days",
        "grace": "changeable_for_days",
    }
    days = {names[word]: int(number) for word, number in options.items()}
    return LockVault(words[0], **days)


def _airgap(_engine: Engine, words: list[str], options: dict[str, str]) -> CreateAirGappedVault:
    name, shortest, longest = words
    key = _key(options["key"]) if "key" in options else None
    return CreateAirGappedVault(name, int(shortest), int(longest), key)


def _hold(_engine: Engine, words: list[str], options: dict[str, str]) -> CreateLegalHold:
    since, until = options.get("since"), options.get("until")
    selection = PointSelection(
        vault_names=(options["vault"],) if "vault" in options else None,
        resources=(_arn(options["of"]),) if "of" in options else None,
        created_from=since and from_iso(since),  # type: ignore[arg-type]
        created_until=until and from_iso(until),  # type: ignore[arg-type]
    )
    return CreateLegalHold(words[0], "in a scenario", selection)


def _hold_id(engine: Engine, title: str) -> str:
    holds = engine.world().legal_holds.matching()
    (hold_id,) = (hold.hold_id for hold in holds if hold.born.title == title)
    return hold_id


def _release(engine: Engine, words: list[str], options: dict[str, str]) -> CancelLegalHold:
    days = int(options["record"]) if "record" in options else None
    return CancelLegalHold(_hold_id(engine, *words), "in a scenario", days)


_DEEDS: dict[str, Callable[[Engine, list[str], dict[str, str]], object]] = {
    "vault": lambda _engine, words, _options: CreateVault(_place(words[0])[1]),
    "resource": _resource,
    "backup": _backup,
    "airgap": _airgap,
    "key": lambda _engine, words, options: RegisterKey(_key(*words), _says(options)),
    "lock": _lock,
    "unlock": lambda _engine, words, _options: UnlockVault(*words),
    "raze": lambda _engine, words, _options: DeleteVault(*words),
    "delete": lambda engine, words, _options: DeleteRecoveryPoint(
        words[1], _newest(engine, *words).arn
    ),
    "keep": _keep,
    "plan": _plan,
    "select": _select,
    "unselect": _unselect,
    "hold": _hold,
    "release": _release,
    "drop": lambda engine, words, _options: DeletePlan(*_plan_ids(engine, *words)),
}


def _shown(point: RecoveryPoint) -> str:
    return f"{point.resource_arn.rsplit('/', 1)[1]}@{to_iso(point.created_at)[5:10]}"


def _points(engine: Engine, vault: str) -> list[str]:
    return [_shown(point) for point in _points_in(engine, vault)]


def _state(engine: Engine, name: str) -> list[str]:
    vault = engine.world().vault(name)
    is_sealed = vault.lock is not None and vault.lock.is_sealed
    return [vault.state, vault.lock_state, *(["SEALED"] if is_sealed else [])]


def _why(engine: Engine) -> list[str]:
    return (engine.world().backup_jobs.matching()[-1].message or "").split()


def _bytes(engine: Engine, vault: str) -> list[str]:
    return [str(sum(point.size_bytes or 0 for point in _points_in(engine, vault)))]


def _cold(engine: Engine, vault: str) -> list[str]:
    return [_shown(point) for point in _points_in(engine, vault) if point.storage_class == "COLD"]


def _holds(engine: Engine) -> list[str]:
    return [f"{hold.born.title}:{hold.status}" for hold in engine.world().legal_holds.matching()]


def _held(engine: Engine, title: str) -> list[str]:
    page = list_points(engine.world(), _hold_id(engine, title), limit=1000)
    return [_shown(point) for point in page.rows]


def _jobs(engine: Engine) -> list[str]:
    jobs = engine.world().backup_jobs.matching()
    return [f"{job.resource_arn.rsplit('/', 1)[1]}:{job.state}" for job in jobs]


def _runs(engine: Engine) -> list[str]:
    return [to_iso(job.created_at)[5:16] for job in engine.world().backup_jobs.matching()]


def _kept(engine: Engine, vault: str) -> list[str]:
    points = _points_in(engine, vault)
    rules = Counter(point.born.created_by.rule_name for point in points if point.born.created_by)
    return [f"{rule}:{count}" for rule, count in sorted(rules.items())]


_QUESTIONS: dict[str, Callable[..., list[str]]] = {
    "points": _points,
    "bytes": _bytes,
    "cold": _cold,
    "holds": _holds,
    "held": _held,
    "kept": _kept,
    "jobs": _jobs,
    "state": _state,
    "why": _why,
    "runs": _runs,
}
