"""Reads a scenario's table and plays it on an engine; knows the vocabulary, and no scenario.

A row is ``instant | attempt | outcome``. An instant is written without year (the table's) or in
full. What is attempted:

    vault NAME                                  create a vault
    resource NAME [bytes=N] [change=F] [seconds=N] [fails=TEXT_WITH_UNDERSCORES] [tag=KEY:VALUE]
    backup NAME VAULT [keep=DAYS] [cold=DAYS]   start a job on a resource
    delete NAME VAULT | keep NAME VAULT DAYS    act on the resource's newest point in the vault
    plan NAME VAULT RULE... [zone=ZONE]         create a plan, or replace its rules by these
    select PLAN NAME... [tag=KEY:VALUE]         assign resources, vol-* all volumes, or by tag
    unselect PLAN | drop PLAN                   take back its oldest selection; delete it
    points VAULT                                list its points, oldest first, as NAME@MM-DD
    kept VAULT                                  count its points by rule, as RULE:COUNT
    cold VAULT                                  the same, of points in cold storage
    jobs                                        list the jobs, oldest first, as NAME:STATE
    runs                                        when the listed jobs were created, as MM-DDThh:mm

A RULE is ``NAME:CRON:DAYS[:MINUTES]``: its cron fields with _ between them, how long it keeps (0
is for ever), its start window.
The outcome of a deed is ``ok`` or the class of the refusal; of a question, its answer (``-`` when
there is none).
"""

from collections import Counter
from collections.abc import Callable

from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.instants import from_iso, to_iso
from vaultclock.domain.kernel.refusals import Rejected
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
from vaultclock.domain.values import Lifecycle, TagCondition
from vaultclock.domain.vaults.commands import CreateVault

_ACCOUNT = "000000000000"
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
    try:
        engine.handle(_DEEDS[verb](engine, plain, options))
    except Rejected as refusal:
        return type(refusal).__name__
    return "ok"


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
        fails_with=options["fails"].replace("_", " ") if "fails" in options else None,
        tags=dict([_pair(options["tag"])]) if "tag" in options else {},
    )


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition(":")
    return key, value


def _rule(text: str, vault: str, zone: str | None) -> RuleInput:
    name, cron, days, *minutes = text.split(":")
    return RuleInput(
        name,
        vault,
        schedule_expression=f"cron({cron.replace('_', ' ')})",
        schedule_timezone=zone,
        start_window_minutes=int(minutes[0]) if minutes else None,
        lifecycle=Lifecycle(delete_after_days=int(days)) if int(days) else None,
    )


def _plan_ids(engine: Engine, name: str) -> list[str]:
    plans = engine.world().plans.matching(name=name, is_deleted=False)
    return [plan.plan_id for plan in plans]


def _plan(engine: Engine, words: list[str], options: dict[str, str]) -> object:
    name, vault, *rules = words
    zone = options.get("zone")
    document = PlanInput(name, tuple(_rule(text, vault, zone) for text in rules))
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


_DEEDS: dict[str, Callable[[Engine, list[str], dict[str, str]], object]] = {
    "vault": lambda _engine, words, _options: CreateVault(words[0]),
    "resource": _resource,
    "backup": lambda _engine, words, options: StartBackupJob(
        words[1], _arn(words[0]), _ROLE, lifecycle=_lifecycle(options)
    ),
    "delete": lambda engine, words, _options: DeleteRecoveryPoint(
        words[1], _newest(engine, *words).arn
    ),
    "keep": _keep,
    "plan": _plan,
    "select": _select,
    "unselect": _unselect,
    "drop": lambda engine, words, _options: DeletePlan(*_plan_ids(engine, *words)),
}


def _shown(point: RecoveryPoint) -> str:
    return f"{point.resource_arn.rsplit('/', 1)[1]}@{to_iso(point.created_at)[5:10]}"


def _points(engine: Engine, vault: str) -> list[str]:
    return [_shown(p) for p in engine.world().recovery_points.matching(vault_name=vault)]


def _cold(engine: Engine, vault: str) -> list[str]:
    points = engine.world().recovery_points.matching(vault_name=vault)
    return [_shown(point) for point in points if point.storage_class == "COLD"]


def _jobs(engine: Engine) -> list[str]:
    jobs = engine.world().backup_jobs.matching()
    return [f"{job.resource_arn.rsplit('/', 1)[1]}:{job.state}" for job in jobs]


def _runs(engine: Engine) -> list[str]:
    return [to_iso(job.created_at)[5:16] for job in engine.world().backup_jobs.matching()]


def _kept(engine: Engine, vault: str) -> list[str]:
    points = engine.world().recovery_points.matching(vault_name=vault)
    rules = Counter(point.born.created_by.rule_name for point in points if point.born.created_by)
    return [f"{rule}:{count}" for rule, count in sorted(rules.items())]


_QUESTIONS: dict[str, Callable[..., list[str]]] = {
    "points": _points,
    "cold": _cold,
    "kept": _kept,
    "jobs": _jobs,
    "runs": _runs,
}
