"""Stories of legal holds over days and years: what stays while one is on, and what goes after."""

from tests.scenarios.tables import play


def test_a_hold_outlasts_retention_and_what_it_kept_goes_with_it() -> None:
    play(
        2026,
        """
        01-01 00:00    | vault daily                       | ok
        01-01 00:00    | backup vol-1 daily keep=7         | ok
        01-01 00:00    | backup fs-1 daily keep=7          | ok
        01-02 00:00    | hold audit of=vol-1               | ok
        01-02 00:00    | holds                             | audit:CREATING
        01-02 00:00    | held audit                        | -
        01-02 00:00:01 | holds                             | audit:ACTIVE
        01-02 00:00:01 | held audit                        | vol-1@01-01
        01-03 00:00    | backup vol-1 daily keep=7         | ok
        01-03 12:00    | delete vol-1 daily                | ok
        01-03 13:00    | delete vol-1 daily                | InvalidRequest
        01-09 00:00    | points daily                      | vol-1@01-01
        12-31 00:00    | points daily                      | vol-1@01-01
        12-31 00:00    | release audit record=30           | ok
        12-31 00:00    | delete vol-1 daily                | InvalidRequest
        12-31 00:00    | holds                             | audit:CANCELING
        12-31 00:00:01 | holds                             | audit:CANCELED
        12-31 00:00:01 | points daily                      | -
        12-31 00:00:01 | held audit                        | -
        2027-01-29 23:59 | holds                           | audit:CANCELED
        2027-01-30 00:00 | holds                           | -
        """,
    )


def test_a_point_stays_until_the_last_of_its_holds_is_released() -> None:
    play(
        2026,
        """
        01-01 00:00 | vault daily                                | ok
        01-01 00:00 | backup fs-1 daily keep=1                   | ok
        01-01 01:00 | hold one vault=daily                       | ok
        01-01 01:00 | hold two since=2026-01-02                  | InvalidParameterValue
        01-01 01:00 | hold two vault=weekly                      | InvalidParameterValue
        03-01 00:00 | hold two since=2026-01-01 until=2026-01-02 | ok
        03-01 00:00 | release two                                | InvalidResourceState
        03-02 00:00 | release one                                | ok
        03-02 00:00 | release one                                | InvalidResourceState
        03-03 00:00 | holds                                      | one:CANCELED two:ACTIVE
        03-03 00:00 | held two                                   | fs-1@01-01
        03-03 00:00 | keep fs-1 daily 90                         | ok
        03-03 00:00 | release two                                | ok
        03-31 23:59 | points daily                               | fs-1@01-01
        04-01 08:00 | points daily                               | -
        08-31 00:00 | holds                                      | -
        """,
    )


def test_a_held_point_goes_cold_and_is_kept_on_for_years() -> None:
    play(
        2026,
        """
        01-01 00:00      | vault archive                         | ok
        01-01 00:00      | backup vol-1 archive cold=30 keep=120 | ok
        01-02 00:00      | hold case                             | ok
        01-31 00:00      | cold archive                          | vol-1@01-01
        2033-01-01 00:00 | points archive                        | vol-1@01-01
        2033-01-01 00:00 | release case                          | ok
        2033-01-01 00:01 | points archive                        | -
        """,
    )
