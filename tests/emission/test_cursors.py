"""The file of cursors: read back, whole at any moment, and refused when it is another's."""

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.http.desk import ORIGIN
from vaultclock.adapters.emission.cursors import BadCursors, Cursor, Cursors, key_of
from vaultclock.adapters.emission.spec import ACCEPTED, Spec, parse_spec, redacted

FILE = Spec("jsonl", "out.jsonl")
HOOK = Spec("webhook", "https://user:secret@example.test/hook?token=secret")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cursors.json"


def test_what_was_put_is_read_back(path: Path) -> None:
    cursors = Cursors(path)
    assert cursors.of(FILE, ORIGIN, 9) is None
    cursors.put(FILE, ORIGIN, Cursor(5))
    cursors.put(HOOK, ORIGIN, Cursor(3, [(1, 2), (4, 5)]))
    cursors.put(FILE, ORIGIN, Cursor(7))
    again = Cursors(path)
    assert again.of(FILE, ORIGIN, 9) == Cursor(7, [])
    assert again.of(HOOK, ORIGIN, 9) == Cursor(3, [(1, 2), (4, 5)])
    assert [p.name for p in path.parent.iterdir()] == ["cursors.json"]


def test_a_cursor_of_another_world_is_none(path: Path) -> None:
    cursors = Cursors(path)
    cursors.put(FILE, ORIGIN, Cursor(5))
    assert cursors.of(FILE, ORIGIN, 5) == Cursor(5, [])
    assert cursors.of(FILE, ORIGIN, 4) is None, "behind the end of the log"
    assert cursors.of(FILE, attrs.evolve(ORIGIN, seed=99), 5) is None


def test_no_secret_is_written(path: Path) -> None:
    Cursors(path).put(HOOK, ORIGIN, Cursor(0))
    text = path.read_text()
    assert "secret" not in text
    assert "webhook:https://example.test/hook" in text


def with_sink(**changes: Any) -> str:
    sink = {"name": "n", "origin": {}, "seq": 5, "advances": [], **changes}
    return json.dumps({"format": 1, "sinks": {"k": sink}})


def test_the_wrong_files_are_almost_right(path: Path) -> None:
    path.write_text(with_sink())
    Cursors(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        '{"format": 2, "sinks": {}}',
        with_sink(seq="5"),
        with_sink(seq=True),
        with_sink(advances=[[1]]),
        with_sink(advances=[["a", "b"]]),
        with_sink(advances=5),
        with_sink(origin=None),
        with_sink(name=5),
        '{"format": 1, "sinks": {"k": {}}}',
        '{"format": 1, "sinks": {"k": 5}}',
        '{"format": 1, "sinks": [5]}',
        '{"format": 1, "sinks": 5}',
        pytest.param("[" * 100_000, id="very deep"),
    ],
)
def test_a_file_that_is_no_cursors_is_refused_and_left_alone(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(BadCursors, match="move it away"):
        Cursors(path)
    assert path.read_text() == text


def test_a_write_that_fails_leaves_what_was_there(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursors = Cursors(path)
    cursors.put(FILE, ORIGIN, Cursor(5))

    def refuse(*_: Any) -> None:
        raise OSError("no room")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="no room"):
        cursors.put(FILE, ORIGIN, Cursor(6))
    assert json.loads(path.read_text())["sinks"][key_of(FILE)]["seq"] == 5


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("jsonl:out.jsonl", "jsonl", "out.jsonl"),
        ("jsonl:C:/a b/out.jsonl", "jsonl", "C:/a b/out.jsonl"),
        ("webhook:http://127.0.0.1:8000/hook?a=b", "webhook", "http://127.0.0.1:8000/hook?a=b"),
        ("sns:http://localhost:5000", "sns", "http://localhost:5000"),
        ("eventbridge:https://localhost", "eventbridge", "https://localhost"),
        ("sqs:http://h:1/123456789012/q", "sqs", "http://h:1/123456789012/q"),
    ],
)
def test_a_sink_is_written_as_a_kind_and_where_to(text: str, kind: str, target: str) -> None:
    assert parse_spec(text) == Spec(kind, target)


@pytest.mark.parametrize("text", ["", "jsonl", "jsonl:", "kafka:x", "http://127.0.0.1", "Jsonl:x"])
def test_an_unknown_kind_is_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(ValueError, match="accepted are jsonl:PATH, webhook:URL") as caught:
        parse_spec(text)
    assert str(caught.value) == f"accepted are {ACCEPTED}"


@pytest.mark.parametrize(
    "target", ["x", "ftp://h", "http://", "http://a b", "http://h/\n", "http://h/\x00", "HTTP://h"]
)
def test_what_is_no_url_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match="takes a URL such as"):
        parse_spec(f"sns:{target}")


def test_secrets_are_left_out_of_names_and_tell_sinks_apart() -> None:
    assert HOOK.name == "webhook:https://example.test/hook"
    assert key_of(HOOK) != key_of(Spec("webhook", "https://example.test/hook"))
    assert redacted("http://u:p@h/x") == "http://h/x"
    assert redacted("http://h/x@y?k=v&l") == "http://h/x@y"
    assert redacted("out.jsonl") == "out.jsonl"
