"""Logs to test with: a small one of every shape, and any fact there can be."""

import io
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from hypothesis import strategies as st

from vaultclock.adapters.snapshot.files import write_log
from vaultclock.adapters.snapshot.recorded import Provenance
from vaultclock.adapters.snapshot.shapes import INTEGER_MAX, INTEGER_MIN, fields_of
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.kernel.facts import FORM_OF, Batch, Elsewhere, RecordedCommand, Scope
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.logs import MemoryLog, Recording
from vaultclock.domain.tags.commands import UntagResource
from vaultclock.domain.tags.events import TagsRemoved, TagsSet
from vaultclock.domain.values import Lifecycle
from vaultclock.domain.vaults.commands import CreateVault
from vaultclock.domain.vaults.events import VaultCreated, VaultDeleted

START = 1_767_225_600_000  # 2026-01-01T00:00:00Z
HERE = Scope("123456789012", "us-east-1")
THERE = Scope("123456789012", "eu-west-1")
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
VAULT = "arn:aws:backup:us-east-1:123456789012:backup-vault:one"
PROVENANCE = Provenance(program_version="0.1.0", model_hash="abc", tzdata_version="2026a")


def small_log() -> MemoryLog:
    """Make a log with batches of one fact and of two, facts elsewhere, and every sort of cause."""
    log = MemoryLog(Origin(START, seed=7, job_seconds=3))
    created, tagged = VaultCreated("one", KEY), TagsSet(VAULT, {"é": "1", "b": ""})
    asked = CreateVault("one", tags={"é": "1", "b": ""})
    log.append(Batch(0, START, HERE, asked, (created, tagged)))
    untagged = TagsRemoved(VAULT, ("b",))
    log.append(Batch(2, START + 1, HERE, UntagResource(VAULT, ("b",)), (untagged,)))
    both = (Elsewhere(THERE, VaultCreated("two", KEY, "token")), VaultDeleted("one"))
    start = StartBackupJob("v", "a", "r", lifecycle=Lifecycle(delete_after_days=1))
    log.append(Batch(3, START + 1, HERE, start, both))
    log.append(Batch(5, START + 5000, THERE, None, (VaultDeleted("two"),)))
    log.rest(START + 60_000)
    return log


def written(log: Recording, *, compress: bool = True) -> bytes:
    """Write a log as the bytes of a file."""
    file = io.BytesIO()
    write_log(log, file, compress=compress, **PROVENANCE)
    return file.getvalue()


def bytes_of(batches: Any) -> list[list[Any]]:
    """Answer what each batch says, its cause included."""
    return [[list(batch.recorded()), batch.scope, batch.cause] for batch in batches]


texts = st.text(max_size=8)
plain_values = st.recursive(
    st.none()
    | st.booleans()
    | texts
    | st.integers(INTEGER_MIN, INTEGER_MAX)
    # JSON writes a float as the shortest text that reads back the same
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
field_names = texts | st.sampled_from(["created_at", "at", "name"])


def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    """Draw any value that a type allows, nested ones too."""
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return st.one_of([values_of(argument) for argument in arguments])
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    if origin is Mapping:
        return st.dictionaries(texts, values_of(arguments[1]), max_size=3)
    return instances_of(annotation)


_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(INTEGER_MIN, INTEGER_MAX),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    NoneType: st.none(),
}


def instances_of(cls: type) -> st.SearchStrategy[Any]:
    """Draw any instance of an attrs class."""
    fields = {name: values_of(hint) for name, (hint, _) in fields_of(cls).items()}
    return st.builds(cls, **fields)


any_fact = st.sampled_from(sorted(FORM_OF, key=str)).flatmap(instances_of)
scopes = st.sampled_from([HERE, THERE]) | st.builds(Scope, texts, texts)
causes = st.none() | st.builds(
    RecordedCommand, texts, st.dictionaries(field_names, plain_values, max_size=3)
)
stated = any_fact | st.builds(Elsewhere, scopes, any_fact)


@st.composite
def any_log(draw: st.DrawFn) -> MemoryLog:
    """Draw a log of any facts at all, which need not make sense together."""
    log = MemoryLog(Origin(START, seed=draw(st.integers(INTEGER_MIN, INTEGER_MAX))))
    for facts in draw(st.lists(st.lists(stated, min_size=1, max_size=4), max_size=4)):
        at = log.rested_at() + draw(st.integers(0, 5000))
        log.append(Batch(log.head(), at, draw(scopes), draw(causes), tuple(facts)))
    log.rest(log.rested_at() + draw(st.integers(0, 5000)))
    return log
