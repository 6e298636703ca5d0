"""Stories of plans over weeks and years: what runs when, and what is kept of it."""

from tests.scenarios.tables import play


def test_grandfather_father_and_son_in_two_regions_over_three_years() -> None:
    play(
        2026,
        """
        01-01 00:00      | vault gfs | ok
        01-01 00:00      | vault eu-west-1/far | ok
        01-01 00:00      | plan gfs gfs daily:0_5_?_*_*_*:35 weekly:0_5_?_*_SUN_*:90 monthly:0_5_1_*_?_*:365>eu-west-1/far:1095 yearly:0_5_1_1_?_*:0>eu-west-1/far:0 | ok
        01-01 00:00      | select gfs vol-1 | ok
        01-01 14:00      | kept gfs | yearly:1
        01-01 14:00      | kept eu-west-1/far | yearly:1
        02-28 14:00      | kept gfs | daily:30 monthly:1 weekly:7 yearly:1
        02-28 14:00      | kept eu-west-1/far | monthly:1 yearly:1
        12-31 14:00      | kept gfs | daily:29 monthly:11 weekly:12 yearly:1
        2028-02-29 14:00 | kept gfs | daily:29 monthly:10 weekly:13 yearly:3
        2028-12-31 14:00 | kept gfs | daily:29 monthly:11 weekly:13 yearly:3
        2028-12-31 14:00 | kept eu-west-1/far | monthly:33 yearly:3
        2029-01-31 04:59 | kept eu-west-1/far | monthly:33 yearly:4
        2029-01-31 14:00 | kept eu-west-1/far | monthly:32 yearly:4
        """,  # noqa: E501 - a plan is one row
    )


def test_spring_and_autumn_in_new_york() -> None:
    play(
        2026,
        """
        03-06 12:00 | vault daily | ok
        03-06 12:00 | plan spring daily night:30_2_?_*_*_*:35 zone=America/New_York | ok
        03-06 12:00 | select spring vol-1 | ok
        03-10 12:00 | runs | 03-07T07:30 03-09T06:30 03-10T06:30
        10-30 12:00 | plan spring daily night:30_1_?_*_*_*:35 zone=America/New_York | ok
        11-03 12:00 | unselect spring | ok
        11-03 12:00 | drop spring | ok
        12-01 04:00 | runs | 11-01T05:30 11-02T06:30 11-03T06:30
        """,
    )


def test_half_an_hour_of_summer_on_lord_howe() -> None:
    play(
        2026,
        """
        04-03 00:00 | vault daily | ok
        04-03 00:00 | plan howe daily late:45_1_?_*_*_*:35 zone=Australia/Lord_Howe | ok
        04-03 00:00 | select howe vol-1 | ok
        04-06 23:00 | runs | 04-03T14:45 04-04T14:45 04-05T15:15 04-06T15:15
        10-01 23:00 | plan howe daily late:15_2_?_*_*_*:35 zone=Australia/Lord_Howe | ok
        11-01 14:00 | runs | 10-02T15:45 10-04T15:15 10-05T15:15 10-06T15:15 10-07T15:15 10-08T15:15 10-09T15:15 10-10T15:15 10-11T15:15 10-12T15:15 10-13T15:15 10-14T15:15 10-15T15:15 10-16T15:15 10-17T15:15 10-18T15:15 10-19T15:15 10-20T15:15 10-21T15:15 10-22T15:15 10-23T15:15 10-24T15:15 10-25T15:15 10-26T15:15 10-27T15:15 10-28T15:15 10-29T15:15 10-30T15:15 10-31T15:15
        """,  # noqa: E501 - an answer is one row
    )


def test_midnights_in_cairo() -> None:
    play(
        2026,
        """
        04-22 00:00 | vault daily | ok
        04-22 00:00 | plan cairo daily midnight:0_0_?_*_*_*:35 zone=Africa/Cairo | ok
        04-22 00:00 | select cairo vol-1 | ok
        04-26 12:00 | runs | 04-22T22:00 04-24T21:00 04-25T21:00
        04-26 12:00 | unselect cairo | ok
        10-28 12:00 | plan cairo daily night:30_23_?_*_*_*:35 zone=Africa/Cairo | ok
        10-28 12:00 | select cairo vol-1 | ok
        10-31 12:00 | runs | 10-28T20:30 10-29T20:30 10-30T21:30
        """,
    )


def test_a_plan_is_edited_while_a_start_window_is_open() -> None:
    play(
        2026,
        """
        01-01 00:00 | vault daily | ok
        01-01 00:00 | plan busy daily half:0_0/12_?_*_*_*:7 hourly:0_*_?_*_*_*:1:60 | ok
        01-01 00:00 | select busy vol-1 | ok
        01-01 14:30 | runs | 01-01T01:00 01-01T02:00 01-01T03:00 01-01T04:00 01-01T05:00 01-01T06:00 01-01T07:00 01-01T08:00 01-01T09:00 01-01T10:00 01-01T11:00 01-01T12:00
        01-01 14:30 | plan busy daily half:0_0/12_?_*_*_*:7:120 hourly:0_*_?_*_*_*:1:60 | ok
        01-01 16:30 | kept daily | half:1 hourly:13
        01-01 16:30 | plan busy daily hourly:0_*_?_*_*_*:1:60 | ok
        01-02 00:30 | kept daily | half:1 hourly:21
        01-02 00:30 | plan busy daily half:0_0/12_?_*_*_*:7:480 hourly:0_*_?_*_*_*:1:60 | ok
        01-02 01:30 | kept daily | half:1 hourly:22
        """,  # noqa: E501 - an answer is one row
    )


def test_a_resource_fails_for_some_nights_and_then_recovers() -> None:
    play(
        2026,
        """
        01-01 00:00 | vault daily | ok
        01-01 00:00 | plan nightly daily night:0_5_?_*_*_*:7 | ok
        01-01 00:00 | select nightly tag=backup:daily | ok
        01-01 12:00 | runs | -
        01-01 12:00 | resource fs-1 tag=backup:daily | ok
        01-02 12:00 | resource fs-1 tag=backup:daily fails=The_specified_volume_was_not_found. | ok
        01-04 12:00 | resource fs-1 tag=backup:daily | ok
        01-05 12:00 | jobs | fs-1:COMPLETED fs-1:FAILED fs-1:FAILED fs-1:COMPLETED
        01-05 12:00 | points daily | fs-1@01-02 fs-1@01-05
        01-05 12:00 | resource fs-1 tag=backup:never | ok
        01-07 12:00 | jobs | fs-1:COMPLETED fs-1:FAILED fs-1:FAILED fs-1:COMPLETED
        """,
    )


def test_a_day_that_comes_every_four_years_and_the_last_of_each_month() -> None:
    play(
        2028,
        """
        01-01 00:00      | vault leap | ok
        01-01 00:00      | vault ends | ok
        01-01 00:00      | plan leap leap leap:0_5_29_2_?_*:0 | ok
        01-01 00:00      | select leap vol-* | ok
        01-01 00:00      | plan ends ends last:0_5_L_*_?_*:31 | ok
        01-01 00:00      | select ends vol-1 | ok
        01-01 00:00      | resource vol-1 | ok
        02-29 12:00      | points leap | vol-1@02-29
        02-29 12:00      | points ends | vol-1@01-31 vol-1@02-29
        03-02 14:00      | points ends | vol-1@02-29
        2032-02-28 12:00 | points leap | vol-1@02-29
        2032-02-29 12:00 | points leap | vol-1@02-29 vol-1@02-29
        """,
    )


def test_a_backup_that_takes_hours_makes_the_next_runs_expire() -> None:
    play(
        2026,
        """
        01-01 00:00 | vault daily | ok
        01-01 00:00 | resource vol-1 seconds=14400 | ok
        01-01 00:00 | plan busy daily hourly:0_*_?_*_*_*:1:60 | ok
        01-01 00:00 | select busy vol-1 | ok
        01-01 02:30 | jobs | vol-1:RUNNING vol-1:CREATED
        01-01 03:30 | jobs | vol-1:RUNNING vol-1:EXPIRED vol-1:CREATED
        01-01 05:30 | jobs | vol-1:COMPLETED vol-1:EXPIRED vol-1:EXPIRED vol-1:EXPIRED vol-1:RUNNING
        01-01 13:30 | kept daily | hourly:4
        """,
    )
