"""Plan operations on the wire."""

from collections.abc import Sequence
from typing import Any

from vaultclock.adapters.http.operation import Ask, Change, Operation, Reply, Wire, paging, reads
from vaultclock.adapters.http.plan_documents import (
    advanced_settings_members,
    export_plan,
    import_plan,
    plan_members,
    read_plan,
    scan_settings_members,
    template_members,
)
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.pages import write_token
from vaultclock.domain.plans import queries
from vaultclock.domain.plans.commands import CreatePlan, DeletePlan, UpdatePlan
from vaultclock.domain.plans.state import Plan, PlanVersion
from vaultclock.domain.world import World


def _read_create(wire: Wire) -> CreatePlan:
    return CreatePlan(
        read_plan(wire["BackupPlan"]), wire.get("BackupPlanTags", {}), wire.get("CreatorRequestId")
    )


def _read_update(wire: Wire) -> UpdatePlan:
    return UpdatePlan(wire["BackupPlanId"], read_plan(wire["BackupPlan"]))


def _identity(world: World, plan: Plan, version: PlanVersion) -> dict[str, Any]:
    """Members that every view of a plan has; the creation date is the version's (observed)."""
    return {
        "BackupPlanId": plan.plan_id,
        "BackupPlanArn": world.plan_arn(plan.plan_id),
        "CreationDate": version.created_at,
        "VersionId": version.version_id,
        "AdvancedBackupSettings": advanced_settings_members(version.document),
    }


def _created(world: World, command: CreatePlan, facts: Sequence[Any]) -> Reply:
    if facts:
        plan = world.plans[facts[0].plan_id]
    else:
        assert command.creator_request_id is not None, command
        found = queries.plan_of_request(world, command.creator_request_id)
        assert found is not None, command
        plan = found
    return _identity(world, plan, plan.current)


def _updated(world: World, command: UpdatePlan, _facts: Sequence[Any]) -> Reply:
    plan = world.plan(command.plan_id)
    scan_settings = scan_settings_members(plan.current.document)
    return {**_identity(world, plan, plan.current), "ScanSettings": scan_settings}


def _deleted(world: World, command: DeletePlan, _facts: Sequence[Any]) -> Reply:
    plan = world.plan_even_deleted(command.plan_id)
    return {
        "BackupPlanId": plan.plan_id,
        "BackupPlanArn": world.plan_arn(plan.plan_id),
        "DeletionDate": plan.deleted_at,
        "VersionId": plan.current.version_id,
    }


def _history(plan: Plan) -> dict[str, Any]:
    return {
        "CreatorRequestId": plan.creator_request_id,
        "DeletionDate": plan.deleted_at,
        "LastExecutionDate": plan.last_execution_at,
    }


def _get(world: World, now: Instant, wire: Wire) -> Reply:
    plan, version = queries.find_version(world, wire["BackupPlanId"], wire.get("VersionId"))
    runs = wire.get("MaxScheduledRunsPreview", 0)
    return {
        **_identity(world, plan, version),
        **_history(plan),
        "BackupPlan": plan_members(version.document),
        "ScheduledRunsPreview": _preview(plan, version, now, runs) if runs else None,
    }


def _preview(plan: Plan, version: PlanVersion, now: Instant, runs: int) -> list[dict[str, Any]]:
    """Write runs; a continuous rule snapshots what takes no continuous backup, hence both.

    Where another rule takes that part of it over, what is left is continuous alone.
    """
    return [
        {
            "ExecutionTime": run.at,
            "RuleId": run.rule.rule_id,
            "RuleExecutionType": _execution_type(run),
        }
        for run in queries.next_runs(plan, version, now, runs)
    ]


def _execution_type(run: queries.ScheduledRun) -> str:
    if not run.rule.continuous:
        return "SNAPSHOTS"
    return "CONTINUOUS" if run.continuous_types_only else "CONTINUOUS_AND_SNAPSHOTS"


def _row(world: World, plan: Plan, version: PlanVersion) -> dict[str, Any]:
    return {
        **_identity(world, plan, version),
        **_history(plan),
        "BackupPlanName": version.document.name,
    }


def _list(world: World, _now: Instant, wire: Wire) -> Reply:
    page = queries.list_plans(
        world, include_deleted=wire.get("IncludeDeleted", False), **paging(wire)
    )
    return {
        "BackupPlansList": [_row(world, plan, plan.current) for plan in page.rows],
        "NextToken": write_token(queries.LISTING, page.next_after),
    }


def _list_versions(world: World, _now: Instant, wire: Wire) -> Reply:
    plan_id = wire["BackupPlanId"]
    page = queries.list_versions(world, plan_id, **paging(wire))
    plan = world.plan_even_deleted(plan_id)
    return {
        "BackupPlanVersionsList": [_row(world, plan, version) for version in page.rows],
        "NextToken": write_token(queries.versions_listing(plan_id), page.next_after),
    }


def _export(world: World, _now: Instant, wire: Wire) -> Reply:
    document = world.plan(wire["BackupPlanId"]).current.document
    return {"BackupPlanTemplateJson": export_plan(document, world.scope.account)}


def _from_json(world: World, _now: Instant, wire: Wire) -> Reply:
    return {"BackupPlan": import_plan(wire["BackupPlanTemplateJson"], world.scope.account)}


def _from_template(_world: World, _now: Instant, wire: Wire) -> Reply:
    template = queries.find_template(wire["BackupPlanTemplateId"])
    return {"BackupPlanDocument": template_members(template)}


def _list_templates(_world: World, _now: Instant, wire: Wire) -> Reply:
    page = queries.list_templates(**paging(wire))
    return {
        "BackupPlanTemplatesList": [
            {"BackupPlanTemplateId": row.template_id, "BackupPlanTemplateName": row.name}
            for row in page.rows
        ],
        "NextToken": write_token(queries.TEMPLATES_LISTING, page.next_after),
    }


OPERATIONS: tuple[Operation, ...] = (
    Change("CreateBackupPlan", _read_create, _created),
    Change("UpdateBackupPlan", _read_update, _updated),
    Change("DeleteBackupPlan", reads(DeletePlan, plan_id="BackupPlanId"), _deleted),
    Ask("GetBackupPlan", _get),
    Ask("ListBackupPlans", _list),
    Ask("ListBackupPlanVersions", _list_versions),
    Ask("ExportBackupPlanTemplate", _export),
    Ask("GetBackupPlanFromJSON", _from_json),
    Ask("GetBackupPlanFromTemplate", _from_template),
    Ask("ListBackupPlanTemplates", _list_templates),
)
