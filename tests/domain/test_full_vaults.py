"""Quotas on what a vault holds: a full one takes no more, and its neighbours do."""

import pytest

from tests.domain.copy_examples import EFS, ROLE, T0, W, copy, job, source, told
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.backup_jobs.state import BackupJob
from vaultclock.domain.kernel.instants import MINUTE
from vaultclock.domain.vaults import queries


@pytest.fixture(autouse=True)
def _two_points_fill_a_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million points would take minutes to make."""
    assert queries.RECOVERY_POINTS_MAX == 1_000_000
    monkeypatch.setattr(queries, "RECOVERY_POINTS_MAX", 2)


OTHER = f"{EFS}-2"
ANOTHER = source("arn:aws:backup:us-east-1:123456789012:recovery-point:q")


def test_a_backup_into_a_full_vault_fails() -> None:
    story = told(*ANOTHER)
    for vault in ("v", "w"):
        story.when(StartBackupJob(vault, OTHER, ROLE))
    story.at(T0 + MINUTE)
    into: dict[str, BackupJob] = {job.vault_name: job for job in story.world.backup_jobs.matching()}
    assert (into["v"].state, into["v"].category) == ("FAILED", "LIMIT_EXCEEDED")
    assert into["v"].message == (
        "Backup job failed because backup vault"
        " arn:aws:backup:us-east-1:123456789012:backup-vault:v can have at most 2 recovery points."
    )
    assert into["w"].state == "COMPLETED"


def test_a_vault_that_is_not_full_yet_takes_one_more() -> None:
    story = told().when(StartBackupJob("v", OTHER, ROLE)).at(T0 + MINUTE)
    assert len(story.world.recovery_points) == 2


def test_a_copy_into_a_full_vault_fails() -> None:
    in_w = source("arn:aws:backup:us-east-1:123456789012:recovery-point:x", vault_name="w")
    in_w_too = source("arn:aws:backup:us-east-1:123456789012:recovery-point:y", vault_name="w")
    story = told(*in_w, *in_w_too).when(copy(W)).at(T0 + MINUTE)
    assert (job(story).state, job(story).category) == ("FAILED", "LIMIT_EXCEEDED")
    assert job(story).message == (
        f"Copy job failed because backup vault {W} can have at most 2 recovery points."
    )
