"""Copy jobs that wait: for their resource, for a quota, and for the backup they are copies of."""

import attrs
import pytest

from tests.domain.copy_examples import (
    ACCOUNT,
    DR,
    EBS,
    EFS,
    KEY,
    KEY_THERE,
    OURS,
    POINT,
    ROLE,
    SNAPSHOT,
    T0,
    THEIRS,
    THERE,
    VAULTS,
    W,
    copied,
    copy,
    copying,
    job,
    jobs,
    running,
    source,
    told,
)
from tests.spec import Story, given
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.backup_jobs.events import (
    BackupJobCreated,
    BackupJobHeld,
)
from vaultclock.domain.copy_jobs.events import (
    CopyJobCompleted,
    CopyJobCreated,
    CopyJobHeld,
    CopyJobQueued,
    CopyJobReleased,
    CopyJobStarted,
)
from vaultclock.domain.copy_jobs.state import CopyJob
from vaultclock.domain.kernel.facts import Elsewhere
from vaultclock.domain.kernel.instants import DAY, HOUR, MINUTE, SECOND
from vaultclock.domain.plans.commands import CreatePlan, PlanInput, RuleInput
from vaultclock.domain.plans.events import PlanCreated, PlanDocument, Rule
from vaultclock.domain.recovery_points.commands import DeleteRecoveryPoint
from vaultclock.domain.recovery_points.events import RecoveryPointCompleted, RecoveryPointCreated
from vaultclock.domain.resources.commands import RegisterResource
from vaultclock.domain.selections.commands import CreateSelection
from vaultclock.domain.values import CopyAction, CreatedBy, Lifecycle
from vaultclock.domain.vaults.events import VaultBecameAvailable, VaultCreated
from vaultclock.domain.vaults.state import VaultType

BACKUP = StartBackupJob("v", EFS, ROLE)
COPIES_MAX = 100
MORE = f"{THEIRS}:backup-vault:more"


def states(story: Story) -> list[str]:
    return [job.state.value for job in jobs(story)]


def backups(story: Story) -> list[str]:
    return [job.state.value for job in story.world.backup_jobs.matching()]


def latest(story: Story) -> CopyJob:
    return jobs(story)[-1]


def ours(story: Story) -> CopyJob:
    (only,) = (job for job in jobs(story) if not job.job_id.startswith("RUNNING"))
    return only


def test_a_copy_waits_for_a_backup_of_its_resource() -> None:
    story = told().when(BACKUP).at(T0 + 2 * SECOND).when(copy()).at(T0 + 3 * SECOND)
    assert story.news[-1] == CopyJobHeld(job(story).job_id)
    assert job(story).state == "CREATED"
    story.at(T0 + 4 * SECOND)
    released = [fact for fact in story.news if isinstance(fact, CopyJobReleased)]
    assert released == [CopyJobReleased(job(story).job_id, T0 + 4 * SECOND)]
    assert (backups(story), states(story)) == (["COMPLETED"], ["RUNNING"])


def test_a_backup_waits_for_a_copy_of_its_resource() -> None:
    story = told().when(copy()).at(T0 + 2 * SECOND).when(BACKUP).at(T0 + 3 * SECOND)
    assert isinstance(story.news[-1], BackupJobHeld)
    story.at(T0 + 4 * SECOND)
    assert (backups(story), states(story)) == (["RUNNING"], ["COMPLETED"])


def test_copies_of_one_resource_wait_for_each_other() -> None:
    story = copying().when(copy(W)).at(T0 + SECOND)
    assert sorted(states(story)) == ["CREATED", "RUNNING"]
    story.at(T0 + 4 * SECOND)
    assert sorted(states(story)) == ["COMPLETED", "RUNNING"]
    story.at(T0 + 7 * SECOND)
    assert states(story) == ["COMPLETED"] * 2


def test_whoever_waited_longest_goes_first() -> None:
    story = told().when(RegisterResource(EFS, job_seconds=60)).when(BACKUP).at(T0 + 2 * SECOND)
    story.when(copy()).at(T0 + 3 * SECOND).when(BACKUP).at(T0 + 5 * SECOND).when(copy(W))
    story.at(T0 + 65 * SECOND)
    assert (backups(story), states(story)) == (["COMPLETED", "CREATED"], ["RUNNING", "CREATED"])
    story.at(T0 + 125 * SECOND)
    assert (backups(story), states(story)) == (["COMPLETED", "RUNNING"], ["COMPLETED", "CREATED"])
    story.at(T0 + 185 * SECOND)
    assert (backups(story), states(story)) == (["COMPLETED"] * 2, ["COMPLETED", "RUNNING"])


def test_a_backup_goes_before_a_copy_of_the_same_instant() -> None:
    story = told().when(BACKUP).at(T0 + 2 * SECOND).when(copy()).when(BACKUP)
    story.at(T0 + 4 * SECOND)
    assert (backups(story), states(story)) == (["COMPLETED", "RUNNING"], ["CREATED"])


def test_a_copy_that_cannot_start_lets_the_next_job_in() -> None:
    story = told().when(BACKUP).at(T0 + 2 * SECOND).when(copy(f"{OURS}:backup-vault:x"))
    story.at(T0 + 2500).when(BACKUP).at(T0 + 4 * SECOND)
    assert (states(story), backups(story)) == (["FAILED"], ["COMPLETED", "RUNNING"])


def test_a_backup_whose_turn_comes_too_late_passes_it_on() -> None:
    """J waits for A until the very instant at which A ends and J's start window closes."""
    first = BackupJobCreated("A", "v", EFS, "EFS", ROLE, "arn:a", T0, T0 + DAY, T0 + DAY)
    late = BackupJobCreated("J", "v", EFS, "EFS", ROLE, "arn:j", T0 + 1, T0 + 3 * SECOND, T0 + DAY)
    story = told(first, late).at(T0 + 1).when(copy()).at(T0 + 2 * SECOND)
    assert (backups(story), states(story)) == (["RUNNING", "CREATED"], ["CREATED"])
    story.at(T0 + 3 * SECOND)
    assert (backups(story), states(story)) == (["COMPLETED", "EXPIRED"], ["RUNNING"])


def busy_region(*facts: object) -> Story:
    """As many copies run into one vault of a Region as may run into the Region."""
    more = Elsewhere(THERE, VaultCreated("more", KEY_THERE))
    others = [fact for number in range(COPIES_MAX) for fact in running(number)]
    points = [source_of(number) for number in range(COPIES_MAX)]
    return told(more, *facts, *points, *others)


def source_of(number: int) -> Elsewhere:
    """The unfinished point that `running` makes at its destination."""
    began, _ = source(
        f"{THEIRS}:recovery-point:{number}", vault_name="dr", resource_arn=f"{EFS}-{number}"
    )
    return Elsewhere(THERE, began)


def test_as_many_fully_managed_copies_run_into_a_region_as_its_quota_says() -> None:
    story = busy_region().when(copy()).at(T0 + SECOND)
    assert isinstance(story.news[-1], CopyJobQueued)
    story.at(T0 + DAY - 1)
    assert ours(story).state == "CREATED"
    story.at(T0 + DAY)
    assert ours(story).state == "RUNNING", "one of the others has ended"
    assert story.world.copy_jobs.count(counts_in="eu-west-1") == COPIES_MAX


def test_copies_that_another_service_keeps_do_not_count() -> None:
    ebs = source(SNAPSHOT, resource_arn=EBS, resource_type="EBS")
    story = busy_region(*ebs).when(copy(DR, SNAPSHOT)).at(T0 + SECOND)
    assert ours(story).state == "RUNNING"
    story.at(T0 + MINUTE)
    assert ours(story).state == "COMPLETED"


def points(count: int) -> list[object]:
    """Sources of as many resources."""
    return [
        fact
        for number in range(count)
        for fact in source(f"{POINT}-{number}", resource_arn=f"{EFS}-more-{number}")
    ]


def test_a_vault_may_be_copied_into_a_little_even_when_its_region_is_full() -> None:
    story = busy_region(*points(7))
    for number in range(7):
        story.when(copy(MORE, f"{POINT}-{number}")).at(T0 + (number + 1) * 10)
    into_more = {"destination_vault_arn": MORE}
    story.at(T0 + 2 * SECOND)
    assert story.world.copy_jobs.count(**into_more, state="RUNNING") == 5
    assert story.world.copy_jobs.count(**into_more, state="CREATED") == 2
    story.at(T0 + 4 * SECOND)
    assert story.world.copy_jobs.count(**into_more, state="COMPLETED") == 1
    assert story.world.copy_jobs.count(**into_more, state="RUNNING") == 5
    story.at(T0 + MINUTE)
    assert story.world.copy_jobs.count(**into_more, state="COMPLETED") == 7


def test_a_copy_that_leaves_a_full_region_full_lets_nobody_in() -> None:
    story = busy_region(*points(6)).when(copy())
    for number in range(6):
        story.when(copy(MORE, f"{POINT}-{number}"))
    story.at(T0 + 2 * SECOND).news  # noqa: B018 - looks past what time did
    waiting = [job for job in jobs(story) if job.queues_for is not None]
    assert {job.destination_vault_arn for job in waiting} == {DR, MORE}
    story.at(T0 + HOUR)
    (left,) = (job for job in jobs(story) if job.queues_for is not None)
    assert left.destination_vault_arn == DR
    story.at(T0 + DAY + 5 * SECOND)
    assert left.state == "CREATED"
    assert story.world.copy_jobs[left.job_id].state != "CREATED"


def test_a_job_that_waits_for_its_resource_passes_on_its_place_in_the_queue() -> None:
    """Two wait for a full Region; when there is room, the first one's resource is busy."""
    story = busy_region(*points(1)).when(copy()).at(T0 + SECOND)
    story.when(copy(DR, f"{POINT}-0")).at(T0 + HOUR)
    story.when(RegisterResource(EFS, job_seconds=2 * 24 * 3600)).when(BACKUP)
    story.at(T0 + 2 * HOUR)
    first, second = [job.job_id for job in jobs(story) if job.queues_for is not None]
    assert backups(story) == ["RUNNING"]
    story.news  # noqa: B018 - looks past what time did
    story.at(T0 + DAY)
    news = story.news
    assert [type(fact) for fact in news[:2]] == [CopyJobCompleted, RecoveryPointCompleted]
    assert news[2:6] == [
        CopyJobReleased(first, T0 + DAY),
        CopyJobHeld(first),
        CopyJobReleased(second, T0 + DAY),
        news[5],
    ]
    assert isinstance(news[5], CopyJobStarted)


def test_a_job_that_waits_for_its_region_passes_on_its_turn_at_the_resource() -> None:
    story = busy_region().when(BACKUP).at(T0 + 2 * SECOND).when(copy())
    story.at(T0 + 2500).when(BACKUP).at(T0 + 3500)
    assert ours(story).waits_for == EFS
    story.at(T0 + 4 * SECOND)
    assert ours(story).queues_for == "eu-west-1"
    assert backups(story) == ["COMPLETED", "RUNNING"]


# --- air-gapped vaults

LAG = f"{OURS}:backup-vault:lag"
OTHER_LAG = f"{OURS}:backup-vault:lag2"
VOLUMES = f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol"
INSTANCES = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i"
CLUSTERS = f"arn:aws:rds:us-east-1:{ACCOUNT}:cluster:c"
GATEWAYS = f"arn:aws:storagegateway:us-east-1:{ACCOUNT}:gateway/g/volume/v"
SYSTEMS = f"arn:aws:fsx:us-east-1:{ACCOUNT}:file-system/fs"


def air_gapped(name: str) -> list[object]:
    """A logically air-gapped vault that can be used."""
    made = VaultCreated(name, KEY, vault_type=VaultType.AIR_GAPPED.value, ready_at=T0)
    return [made, VaultBecameAvailable(name)]


def snapshots(of: str, resource_type: str, count: int) -> list[object]:
    """Sources of as many resources of a type."""
    return [
        fact
        for number in range(count)
        for fact in source(
            f"arn:aws:ec2:us-east-1::snapshot/{resource_type}-{number}",
            resource_arn=f"{of}-{number}",
            resource_type=resource_type,
        )
    ]


def copied_into(vault_arn: str, *sources: object) -> Story:
    """Copies of all sources into one vault were asked for a minute ago, one after the other."""
    story = told(*air_gapped("lag"), *air_gapped("lag2"), *sources)
    for fact in sources:
        if isinstance(fact, RecoveryPointCreated):
            story.when(RegisterResource(fact.resource_arn, fact.resource_type, job_seconds=3600))
            story.when(copy(vault_arn, fact.arn)).at(story.engine.now + 1)
    return story.at(T0 + MINUTE)


def running_into(story: Story, vault_arn: str) -> int:
    return story.world.copy_jobs.count(destination_vault_arn=vault_arn, state="RUNNING")


@pytest.mark.parametrize(
    ("of", "resource_type", "most"),
    [
        (VOLUMES, "EBS", 20),
        (INSTANCES, "EC2", 20),
        (CLUSTERS, "Aurora", 20),
        (CLUSTERS, "DocumentDB", 20),
        (CLUSTERS, "Neptune", 20),
        (GATEWAYS, "Storage Gateway", 5),
        (SYSTEMS, "FSx", 5),
    ],
)
def test_as_many_copies_of_a_type_run_into_an_air_gapped_vault_as_its_quota_says(
    of: str, resource_type: str, most: int
) -> None:
    story = copied_into(LAG, *snapshots(of, resource_type, most + 2))
    assert running_into(story, LAG) == most
    waiting = [job.job_id for job in jobs(story) if job.queues_for is not None]
    assert waiting == [job.job_id for job in jobs(story)[-2:]]
    _ = story.news
    story.at(T0 + HOUR + SECOND)
    released = [fact.job_id for fact in story.news if isinstance(fact, CopyJobReleased)]
    assert released == waiting[:1], "the oldest goes when one has ended"
    assert running_into(story, LAG) == most
    story.at(T0 + 3 * HOUR)
    assert set(states(story)) == {"COMPLETED"}


def test_instances_count_as_volumes_and_other_types_have_room_of_their_own() -> None:
    story = copied_into(
        LAG,
        *snapshots(VOLUMES, "EBS", 15),
        *snapshots(INSTANCES, "EC2", 6),
        *snapshots(CLUSTERS, "Aurora", 1),
    )
    assert [job.state for job in jobs(story)[-2:]] == ["CREATED", "RUNNING"]
    assert running_into(story, LAG) == 21


def test_each_air_gapped_vault_has_room_of_its_own_and_other_vaults_have_no_limit() -> None:
    story = copied_into(LAG, *snapshots(SYSTEMS, "FSx", 6))
    last = jobs(story)[-1]
    assert last.state == "CREATED"
    story.when(copy(OTHER_LAG, last.source_point_arn)).at(T0 + 2 * MINUTE)
    assert running_into(story, OTHER_LAG) == 1
    assert running_into(copied_into(W, *snapshots(SYSTEMS, "FSx", 6)), W) == 6


def test_a_copy_that_fails_at_its_turn_passes_on_its_place_in_an_air_gapped_vault() -> None:
    story = copied_into(LAG, *snapshots(SYSTEMS, "FSx", 7))
    sixth, seventh = jobs(story)[-2:]
    story.when(DeleteRecoveryPoint("v", sixth.source_point_arn)).at(T0 + HOUR + SECOND)
    ended = [story.world.copy_jobs[job.job_id].state for job in (sixth, seventh)]
    assert ended == ["FAILED", "RUNNING"]


RULE = Rule(
    rule_id="r",
    name="daily",
    target_vault_name="v",
    schedule_expression="cron(0 5 ? * * *)",
    schedule_timezone="Etc/UTC",
    start_window_minutes=480,
    completion_window_minutes=10_080,
    lifecycle=Lifecycle(8, 100),
)
BY_RULE = CreatedBy("p", "arn:p", "plan", "v1", "r", "daily", "cron(0 5 ? * * *)", "Etc/UTC")


def planned(*actions: CopyAction) -> Story:
    """A plan's rule asked for a backup a moment ago, to be copied so."""
    other = attrs.evolve(RULE, rule_id="other", copy_actions=(CopyAction(MORE),))
    rule = attrs.evolve(RULE, copy_actions=actions or None)
    plan = PlanCreated("p", "v1", PlanDocument("plan", (other, rule)))
    backup = BackupJobCreated(
        job_id="B",
        vault_name="v",
        resource_arn=EFS,
        resource_type="EFS",
        resource_name="files",
        iam_role_arn=ROLE,
        recovery_point_arn=POINT,
        start_at=T0,
        start_deadline_at=T0 + DAY,
        completion_deadline_at=T0 + DAY,
        lifecycle=RULE.lifecycle,
        recovery_point_tags={"a": "b"},
        created_by=BY_RULE,
    )
    return given(*VAULTS, plan, backup, at=T0)


def test_a_finished_backup_is_copied_as_its_rule_says() -> None:
    kept_longer = Lifecycle(delete_after_days=365)
    story = planned(CopyAction(DR, kept_longer), CopyAction(W)).at(T0 + 3 * SECOND)
    created = [fact for fact in story.news if isinstance(fact, CopyJobCreated)]
    assert [(c.destination_vault_arn, c.lifecycle) for c in created] == [
        (DR, kept_longer),
        (W, RULE.lifecycle),
    ]
    assert created[0] == CopyJobCreated(
        job_id=created[0].job_id,
        source_vault_name="v",
        source_point_arn=POINT,
        destination_vault_arn=DR,
        resource_arn=EFS,
        resource_type="EFS",
        iam_role_arn=ROLE,
        start_at=T0 + 4 * SECOND,
        resource_name="files",
        lifecycle=kept_longer,
        created_by=BY_RULE,
        backup_job_id="B",
    )
    assert len({c.job_id for c in created}) == 2

    story.at(T0 + MINUTE)
    assert states(story) == ["COMPLETED"] * 2
    assert copied(story).created_at == T0
    assert copied(story).born.created_by == BY_RULE
    assert copied(story).born.resource_name == "files"
    assert story.engine.world(THERE).tags[copied(story).arn].tags == {"a": "b"}


def test_a_rule_without_copy_actions_copies_nothing() -> None:
    story = planned().at(T0 + MINUTE)
    assert (backups(story), states(story)) == (["COMPLETED"], [])


def test_a_backup_that_failed_is_not_copied() -> None:
    story = planned(CopyAction(DR)).when(RegisterResource(EFS, fails_with="no")).at(T0 + MINUTE)
    assert (backups(story), states(story)) == (["FAILED"], [])


def test_a_plan_copies_into_another_region_day_by_day() -> None:
    daily = RuleInput(
        "daily",
        "daily-vault",
        schedule_expression="cron(0 5 ? * * *)",
        lifecycle=Lifecycle(delete_after_days=2),
        copy_actions=(CopyAction(DR, Lifecycle(delete_after_days=35)),),
    )
    story = given(*VAULTS, VaultCreated("daily-vault", KEY), at=T0).when(RegisterResource(EFS))
    story.when(CreatePlan(PlanInput("plan", (daily,))))
    (plan,) = story.world.plans.matching()
    story.when(CreateSelection(plan.plan_id, "all", ROLE, resources=(EFS,)))
    story.at(T0 + 10 * DAY)
    assert len(story.world.recovery_points) == 2
    copies = story.engine.world(THERE).recovery_points.matching()
    assert len(copies) == 10
    assert {copy.plan_id for copy in copies} == {plan.plan_id}
    assert {job.born.backup_job_id for job in jobs(story)} == {*story.world.backup_jobs}
    sources = [job.created_at for job in story.world.backup_jobs.matching()]
    assert [copy.created_at for copy in copies] == sources
