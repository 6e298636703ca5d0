"""Stories over days and years, as tables."""

from tests.scenarios.tables import play


def test_retention_ends_within_eight_hours_of_its_day() -> None:
    play(
        2026,
        """
        01-01 00:00 | vault daily                    | ok
        01-01 00:00 | vault daily                    | AlreadyExists
        01-01 00:00 | backup vol-1 daily keep=35     | ok
        01-02 00:00 | backup vol-1 daily keep=35     | ok
        01-02 00:00 | backup vol-1 nowhere keep=35   | AccessDenied
        01-02 00:00 | backup vol-1 daily keep=0      | InvalidParameterValue
        01-02 00:01 | points daily                   | vol-1@01-01 vol-1@01-02
        02-04 23:59 | points daily                   | vol-1@01-01 vol-1@01-02
        02-05 08:00 | points daily                   | vol-1@01-02
        02-06 08:00 | points daily                   | -
        """,
    )


def test_a_point_is_kept_for_seven_years_and_cold_for_most_of_them() -> None:
    play(
        2026,
        """
        01-01 00:00      | vault archive                     | ok
        01-01 00:00      | backup vol-1 archive cold=30 keep=2557 | ok
        01-01 00:00      | backup vol-2 archive cold=30 keep=119  | InvalidParameterValue
        01-30 23:59      | cold archive                      | -
        01-31 00:00      | cold archive                      | vol-1@01-01
        2032-12-31 23:59 | points archive                    | vol-1@01-01
        2033-01-01 08:00 | points archive                    | -
        """,
    )


def test_jobs_on_one_resource_take_turns_and_a_failing_one_recovers() -> None:
    play(
        2026,
        """
        01-01 00:00 | vault daily | ok
        01-01 00:00 | resource fs-1 seconds=600 bytes=1000 | ok
        01-01 00:00 | backup fs-1 daily | ok
        01-01 00:05 | backup fs-1 daily | ok
        01-01 00:06 | jobs | fs-1:RUNNING fs-1:CREATED
        01-01 00:11 | jobs | fs-1:COMPLETED fs-1:RUNNING
        01-01 01:00 | resource fs-1 fails=Table_not_found. | ok
        01-01 01:00 | backup fs-1 daily | ok
        01-01 02:00 | jobs | fs-1:COMPLETED fs-1:COMPLETED fs-1:FAILED
        01-01 02:00 | resource fs-1 | ok
        01-01 02:00 | backup fs-1 daily | ok
        01-02 00:00 | points daily | fs-1@01-01 fs-1@01-01 fs-1@01-01
        01-31 01:30 | jobs | fs-1:COMPLETED
        02-01 00:00 | jobs | -
        """,
    )


def test_a_user_changes_a_points_mind_about_its_end() -> None:
    play(
        2028,
        """
        02-28 12:00 | vault daily                | ok
        02-28 12:00 | backup fs-1 daily keep=1   | ok
        02-29 11:00 | keep fs-1 daily 3          | ok
        03-02 11:59 | points daily               | fs-1@02-28
        03-02 20:00 | points daily               | -
        """,
    )


def test_a_deleted_point_is_busy_for_a_moment() -> None:
    play(
        2026,
        """
        01-01 00:00    | vault daily           | ok
        01-01 00:00    | backup fs-1 daily     | ok
        01-01 00:00:02 | delete fs-1 daily     | InvalidResourceState
        01-01 00:01    | delete fs-1 daily     | ok
        01-01 00:01    | delete fs-1 daily     | InvalidResourceState
        01-01 00:01    | points daily          | fs-1@01-01
        01-01 00:02    | points daily          | -
        """,
    )


def test_what_changed_adds_up_in_each_vault() -> None:
    play(
        2026,
        """
        01-01 00:00 | vault daily | ok
        01-01 00:00 | vault eu-west-1/far | ok
        01-01 00:00 | resource fs-1 bytes=1000 change=0.1 | ok
        01-01 00:00 | resource vol-1 bytes=50 | ok
        01-01 00:00 | plan p daily daily:0_5_?_*_*_*:3>eu-west-1/far:7 | ok
        01-01 00:00 | select p fs-1 | ok
        01-01 14:00 | bytes daily | 1000
        01-03 14:00 | bytes daily | 1200
        01-04 14:00 | bytes daily | 300
        01-07 14:00 | bytes eu-west-1/far | 1600
        01-07 14:00 | backup vol-1 daily | ok
        01-07 14:01 | bytes daily | 350
        """,
    )
