"""Stories of locks that seal and of air-gapped vaults, over days and years."""

from tests.scenarios.tables import play


def test_a_rule_whose_retention_a_locked_vault_refuses() -> None:
    play(
        2026,
        """
        01-01 00:00 | vault daily | ok
        01-01 00:00 | plan nightly daily night:0_5_?_*_*_*:7 | ok
        01-01 00:00 | select nightly vol-1 | ok
        01-02 12:00 | jobs | vol-1:COMPLETED vol-1:COMPLETED
        01-02 12:00 | lock daily min=30 max=365 | ok
        01-03 12:00 | jobs | vol-1:COMPLETED vol-1:COMPLETED vol-1:FAILED
        01-03 12:00 | why | Backup job failed because the lifecycle is outside the valid range for backup vault.
        01-03 12:00 | plan nightly daily night:0_5_?_*_*_*:30 | ok
        01-04 12:00 | jobs | vol-1:COMPLETED vol-1:COMPLETED vol-1:FAILED vol-1:COMPLETED
        01-04 12:00 | plan nightly daily night:0_5_?_*_*_*:0 | ok
        01-05 12:00 | why | Backup job failed because the lifecycle is outside the valid range for backup vault.
        01-05 12:00 | points daily | vol-1@01-01 vol-1@01-02 vol-1@01-04
        01-09 14:00 | points daily | vol-1@01-04
        02-03 14:00 | points daily | -
        02-03 14:00 | unlock daily | ok
        02-04 12:00 | points daily | vol-1@02-04
        """,  # noqa: E501 - a message is one row
    )


def test_a_compliance_lock_seals_in_the_middle_of_a_change_of_mind() -> None:
    play(
        2026,
        """
        01-01 00:00         | vault vault                   | ok
        01-01 00:00         | backup fs-1 vault keep=400    | ok
        01-02 00:00         | lock vault grace=2            | InvalidParameterValue
        01-02 00:00         | lock vault min=30 max=7 grace=3 | InvalidParameterValue
        01-02 00:00         | state vault                   | AVAILABLE UNLOCKED
        01-02 00:00         | lock vault min=7 max=365 grace=3 | ok
        01-02 00:00         | state vault                   | AVAILABLE LOCKED
        01-02 00:00         | delete fs-1 vault             | InvalidRequest
        01-04 00:00         | unlock vault                  | ok
        01-04 00:00         | delete fs-1 vault             | ok
        01-04 00:01         | points vault                  | -
        01-04 00:01         | backup fs-1 vault keep=365    | ok
        01-04 12:00         | lock vault min=7 max=365 grace=3 | ok
        01-07 11:59:59.999  | lock vault min=7 max=365 grace=4 | ok
        01-11 11:59:59.998  | state vault                   | AVAILABLE LOCKED
        01-11 11:59:59.999  | state vault                   | AVAILABLE LOCKED SEALED
        01-11 11:59:59.999  | unlock vault                  | InvalidRequest
        01-11 12:00         | lock vault                    | InvalidRequest
        01-11 12:00         | keep fs-1 vault 400           | InvalidRequest
        01-11 12:00         | raze vault                    | InvalidRequest
        2027-01-03 23:59    | points vault                  | fs-1@01-04
        2027-01-04 08:01    | points vault                  | -
        2027-01-04 08:01    | state vault                   | AVAILABLE LOCKED SEALED
        2027-01-04 08:01    | raze vault                    | ok
        """,
    )


def test_the_life_of_an_air_gapped_vault() -> None:
    play(
        2026,
        """
        01-01 00:00      | vault daily | ok
        01-01 00:00      | key mine fails=kms:CreateGrant_is_denied | ok
        01-01 00:00      | airgap bunker 6 90 | InvalidParameterValue
        01-01 00:00      | airgap daily 7 90 | AlreadyExists
        01-01 00:00      | airgap bunker 7 90 key=mine | ok
        01-01 00:00      | state bunker | CREATING LOCKED SEALED
        01-01 00:02      | state bunker | FAILED LOCKED SEALED
        01-01 00:02      | backup fs-1 daily keep=30 to=bunker | ok
        01-01 00:03      | why | Backup job failed because backup vault arn:aws:backup:us-east-1:000000000000:backup-vault:bunker is in state FAILED.
        01-01 00:03      | raze bunker | ok
        01-01 00:03      | key mine | ok
        01-01 00:03      | airgap bunker 7 90 key=mine | ok
        01-01 00:05      | state bunker | AVAILABLE LOCKED SEALED
        01-01 00:05      | unlock bunker | InvalidRequest
        01-01 01:00      | backup fs-1 bunker keep=30 | InvalidRequest
        01-01 01:00      | plan nightly daily night:0_5_?_*_*_*:30 to=bunker | ok
        01-01 01:00      | select nightly fs-1 vol-1 | ok
        01-03 06:00      | kept bunker | night:6
        01-03 06:00      | points daily | -
        01-03 06:00      | delete fs-1 bunker | InvalidRequest
        01-03 06:00      | raze bunker | InvalidRequest
        01-03 06:00      | backup fs-1 daily keep=91 to=bunker | ok
        01-03 06:01      | why | Backup job failed because the lifecycle is outside the valid range for backup vault.
        01-03 06:01      | drop nightly | InvalidRequest
        01-03 06:01      | unselect nightly | ok
        02-02 14:00      | points bunker | -
        02-02 14:00      | raze bunker | ok
        """,  # noqa: E501 - an answer is one row
    )
