import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.write_schema import SCHEMA_PATH, Schema, breaks, main, render, schema_now, with_past

PAST: Schema = {
    "facts": {
        "lock-set": {"1": {"name": "str", "grace": "Grace", "reason": "str = ''"}},
        "lock-sealed": {"2": {"name": "str"}},
    },
    "values": {"Grace": {"days": "int"}},
}


def changed(change: Callable[[Schema], object]) -> Schema:
    schema: Schema = json.loads(json.dumps(PAST))
    change(schema)
    return schema


def test_the_schema_that_is_checked_in_is_that_of_the_code() -> None:
    written = SCHEMA_PATH.read_text("utf-8")
    past = json.loads(written)
    assert breaks(past, with_past(schema_now(), past)) == []
    assert written == render(with_past(schema_now(), past)), "run tools/write_schema.py"


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.copy(),
        lambda s: s["facts"]["lock-set"]["1"].update(new="int = 0"),
        lambda s: s["facts"]["lock-set"]["1"].update(name="str = 'x'"),
        lambda s: s["facts"].update({"lock-dropped": {"1": {"name": "str"}}}),
        lambda s: s["facts"]["lock-set"].update({"2": {"name": "int"}}),
        lambda s: s["values"]["Grace"].update(hours="int = 0"),
        lambda s: s["values"].update(Other={"a": "int"}),
    ],
)
def test_what_old_logs_do_not_notice_may_change(change: Callable[[Schema], object]) -> None:
    assert breaks(PAST, changed(change)) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda s: s["facts"].pop("lock-set"),
            "lock-set version 1 has no reader and no step to a newer form",
        ),
        (
            lambda s: s["facts"].update({"lock-set": {"2": {"name": "str"}}}),
            "lock-set version 1 has no reader and no step to a newer form",
        ),
        (
            lambda s: s["facts"]["lock-set"]["1"].pop("name"),
            "lock-set version 1 has lost its field name",
        ),
        (
            lambda s: s["facts"]["lock-set"]["1"].update(name="int"),
            "lock-set version 1 field name was 'str' and is 'int'",
        ),
        (
            lambda s: s["facts"]["lock-set"]["1"].update(reason="str = 'none'"),
            "lock-set version 1 field reason was \"str = ''\" and is \"str = 'none'\"",
        ),
        (
            lambda s: s["facts"]["lock-set"]["1"].update(new="int"),
            "lock-set version 1 has a new field new without a default",
        ),
        (lambda s: s["values"]["Grace"].pop("days"), "Grace has lost its field days"),
    ],
)
def test_what_old_logs_would_be_misread_by_is_named(
    change: Callable[[Schema], object], problem: str
) -> None:
    assert breaks(PAST, changed(change)) == [problem]


def test_a_version_that_a_step_leads_away_from_is_remembered() -> None:
    now = changed(lambda s: s["facts"].update({"lock-set": {"2": {"name": "str"}}}))
    upcasts: dict[tuple[str, int], Any] = {("lock-set", 1): (("lock-set", 2), lambda old: old)}
    remembered = with_past(now, PAST, upcasts)
    assert remembered["facts"]["lock-set"] == {
        "1": PAST["facts"]["lock-set"]["1"],
        "2": {"name": "str"},
    }
    assert breaks(PAST, remembered) == []


def test_the_tool_writes_checks_and_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "schema.json"
    assert main(["--path", str(path)]) == 0
    assert main(["--path", str(path), "--check"]) == 0
    assert json.loads(path.read_text()) == schema_now()
    stale = schema_now()
    del stale["facts"]["vault-created"]
    path.write_text(render(stale))
    assert main(["--path", str(path), "--check"]) == 1
    broken = schema_now()
    broken["facts"]["vault-painted"] = {"1": {"name": "str"}}
    path.write_text(render(broken))
    capsys.readouterr()
    assert main(["--path", str(path)]) == 1
    assert "vault-painted version 1 has no reader" in capsys.readouterr().out
    assert path.read_text() == render(broken)
    assert main(["--path", str(path), "--anew"]) == 0
    assert json.loads(path.read_text()) == schema_now()
