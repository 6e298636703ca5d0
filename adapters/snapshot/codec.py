"""Facts, and the commands that caused them, as frames and back. Knows no files and no rules.

A frame is ``[seq, at, [account, region], name, version, payload]``, packed with msgpack: where
and when a fact is in the log, then its stored name and version and a map of its fields, without
those that have their default value. The first frame of a batch has a seventh element, the cause:
``[command, fields, facts in the batch]``, where the command is nil when nothing asked, and a
fourth element names the scope that was asked when the first fact is stated about another one.
"""

import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn, TypeVar, Union, get_args, get_origin

import attrs
import msgpack
from cattrs import BaseConverter
from cattrs.preconf.msgpack import make_converter

from vaultclock.adapters.snapshot.shapes import check_of, check_plain, fields_of
from vaultclock.adapters.snapshot.upcasts import UPCASTS, Payload, Upcasts
from vaultclock.domain import features  # noqa: F401 - imports, and so registers, every fact
from vaultclock.domain.kernel.facts import (
    FORM_OF,
    Batch,
    Elsewhere,
    Form,
    RecordedCommand,
    Scope,
    command_name,
)

T = TypeVar("T")
Frame = list[Any]


class UnreadableLog(Exception):
    """A log can't be read, or only up to a point; nothing was skipped.

    ``reason`` is what is wrong and ``place`` where. ``intact`` counts the facts of the whole
    batches before that. ``torn`` says that the log merely stops too early, as a copy does that
    was interrupted. ``frame`` and ``offset`` are the place in numbers, as far as they are known.
    """

    def __init__(
        self,
        reason: str,
        *,
        torn: bool = False,
        place: str = "",
        intact: int = 0,
        frame: int = 0,
        offset: int = 0,
    ) -> None:
        super().__init__(
            f"{place}: {reason}; the first {intact} facts are intact" if place else reason
        )
        self.reason, self.torn, self.place = reason, torn, place
        self.intact, self.frame, self.offset = intact, frame, offset


def _pass_through(value: Any, _type: Any) -> Any:
    return value


_pack = msgpack.Packer().pack  # as msgpack.packb does, which makes a new one each time
_converter = make_converter(detailed_validation=False, omit_if_default=True, forbid_extra_keys=True)
# cattrs would make "5" an int and 1 a bool without a word: shapes judges types, nothing coerces
_PLAIN = (str, int, bool, float)
for _plain in _PLAIN:
    _converter.register_structure_hook(_plain, _pass_through)


def _is_plain(annotation: Any) -> bool:
    """Whether a stored value of a type is what it becomes: text, numbers, None, maps of those."""
    if get_origin(annotation) is Mapping:
        return all(map(_is_plain, get_args(annotation)))
    if get_origin(annotation) in (Union, types.UnionType):
        return all(map(_is_plain, get_args(annotation)))
    return annotation in (*_PLAIN, types.NoneType)


def _structure_by_name(cls: type, converter: BaseConverter) -> Callable[[Any, Any], Any]:
    """Make an attrs value from its map, touching only the fields that are not plain.

    cattrs would call a hook for each plain field too, which doubles what a fact costs. A field
    that is not known is a TypeError, as the class says it.
    """
    hooks = [
        (name, hint, converter.get_structure_hook(hint))
        for name, (hint, _) in fields_of(cls).items()
        if not _is_plain(hint)
    ]

    def structure_by_name(payload: Mapping[str, Any], _type: type) -> Any:
        fields = dict(payload)
        for name, hint, hook in hooks:
            if name in fields:
                fields[name] = hook(fields[name], hint)
        return cls(**fields)

    return structure_by_name if hooks else lambda payload, _type: cls(**payload)


_converter.register_structure_hook_factory(attrs.has, _structure_by_name)


def _structure_optional(annotation: Any, converter: BaseConverter) -> Callable[[Any, Any], Any]:
    """Structure an attrs value that may be None, with one look instead of cattrs' two."""
    (cls,) = (each for each in get_args(annotation) if each is not types.NoneType)
    hook = converter.get_structure_hook(cls)
    return lambda value, _type: None if value is None else hook(value, cls)


def _is_optional_value(annotation: Any) -> bool:
    others = [each for each in get_args(annotation) if each is not types.NoneType]
    is_union = get_origin(annotation) in (Union, types.UnionType)
    return is_union and len(others) == 1 and attrs.has(others[0])


_converter.register_structure_hook_factory(_is_optional_value, _structure_optional)


def _unstructure_optional(annotation: Any, converter: BaseConverter) -> Callable[[Any], Any]:
    """Take apart an attrs value that may be None, once when it comes again and again.

    All that one run of a plan's rule makes says the same of what asked for it, and how long it
    is kept. What comes out is not to be changed.
    """
    (cls,) = (each for each in get_args(annotation) if each is not types.NoneType)
    hook = converter.get_unstructure_hook(cls)
    last: tuple[Any, Any] = None, None  # a value and what it came to, together for other threads

    def unstructure(value: Any) -> Any:
        nonlocal last
        known, payload = last
        if value is not known:
            payload = None if value is None else hook(value)
            last = value, payload
        return payload

    return unstructure


_converter.register_unstructure_hook_factory(_is_optional_value, _unstructure_optional)


def structure(payload: Mapping[str, Any], cls: type[T]) -> T:
    """Make a value of a class from a map of its fields whose types were checked."""
    return _converter.structure(payload, cls)


def frames_of(batch: Batch) -> list[Frame]:
    """Take a batch apart into frames of plain values, the first of which names its cause."""
    at, here = batch.at, [*batch.scope]
    frames: list[Frame] = []
    for seq, stated in enumerate(batch.facts, batch.seq):
        cls, scope, fact = type(stated), here, stated
        if cls is Elsewhere:
            scope, fact = [*stated.scope], stated.fact
            cls = type(fact)
        name, version = FORM_OF[cls]
        frames.append([seq, at, scope, name, version, _PAYLOAD_OF[cls](fact)])
    frames[0].append(_cause_of(batch))
    return frames


class _PayloadOf(dict[type, Callable[[Any], Payload]]):
    """The functions that take values of a class apart, one of which every fact asks for."""

    def __missing__(self, cls: type) -> Callable[[Any], Payload]:
        self[cls] = _converter.get_unstructure_hook(cls)
        return self[cls]


_PAYLOAD_OF = _PayloadOf()


def _cause_of(batch: Batch) -> list[Any]:
    cause, first = batch.cause, batch.facts[0]
    is_elsewhere = type(first) is Elsewhere and first.scope != batch.scope
    asked = [[*batch.scope]] if is_elsewhere else []
    if cause is None:
        return [None, {}, len(batch.facts), *asked]
    is_read = type(cause) is RecordedCommand
    fields = cause.fields if is_read else _PAYLOAD_OF[type(cause)](cause)
    return [command_name(cause), fields, len(batch.facts), *asked]


def encode_batch(batch: Batch) -> list[bytes]:
    """Write a batch as the bytes of its frames."""
    return [*map(_pack, frames_of(batch))]


def pack(value: Any) -> bytes:
    """Write plain values as msgpack."""
    packed: bytes = _pack(value)
    return packed


def _no_extensions(code: int, _data: bytes) -> NoReturn:
    raise ValueError(f"msgpack extension type {code}")


# Whoever wrote a log may claim any length; text is bounded by the input's own size, which
# callers bound. Logs hold no extension types.
UNPACK_OPTIONS: Mapping[str, Any] = {
    "max_array_len": 1 << 20,
    "max_map_len": 1 << 20,
    "max_ext_len": 0,
    "ext_hook": _no_extensions,
}


def unpack(packed: bytes) -> Any:
    """Read msgpack as plain values; raises UnreadableLog."""
    try:
        return msgpack.unpackb(packed, **UNPACK_OPTIONS)
    except (ValueError, msgpack.UnpackException) as error:
        raise UnreadableLog(f"not msgpack ({error})") from None


def unpack_each(packed: bytes) -> Iterator[Any]:
    """Read plain values that were written one after the other; raises UnreadableLog."""
    unpacker = msgpack.Unpacker(max_buffer_size=len(packed), **UNPACK_OPTIONS)
    unpacker.feed(packed)
    try:
        while unpacker.tell() < len(packed):
            yield unpacker.unpack()
    except (ValueError, msgpack.UnpackException) as error:
        raise UnreadableLog(f"not msgpack ({error or 'incomplete input'})") from None


class _Living(NamedTuple):
    form: Form
    cls: type
    structure: Callable[[Any, type], Any]


class Reader:
    """Turns stored forms into facts of today's classes.

    Without ``trusted``, every value's type is checked first: for logs that anyone may have
    written. ``forms`` and ``upcasts`` are those of this program unless told otherwise.
    """

    def __init__(
        self,
        *,
        trusted: bool,
        forms: Mapping[type, Form] = FORM_OF,
        upcasts: Upcasts = UPCASTS,
    ) -> None:
        self.trusted = trusted
        self._upcasts = upcasts
        self._living = {
            form: _Living(form, cls, _converter.get_structure_hook(cls))
            for cls, form in forms.items()
        }

    def fact(self, name: str, version: int, payload: Payload) -> Any:
        """Structure one payload; raises UnreadableLog naming the fact and the field."""
        living = self._living.get((name, version))
        if living is None:
            living, payload = self._upcast((name, version), payload)
        if not self.trusted:
            _check(living, (name, version), payload)
        try:
            return living.structure(payload, living.cls)
        except Exception as error:
            _check(living, (name, version), payload)
            raise UnreadableLog(f"{name}: {error!r}") from error

    def _upcast(self, form: Form, payload: Payload) -> tuple[_Living, Payload]:
        while form not in self._living:
            if form not in self._upcasts:
                raise UnreadableLog(f"no reader for {_words(form)}")
            next_form, change = self._upcasts[form]
            try:
                payload = change(payload)
            except (LookupError, TypeError, ValueError) as error:
                fault = f"{_words(form)} lacks what it had: {error!r}"
                raise UnreadableLog(fault) from None
            form = next_form
        return self._living[form], payload


def _check(living: _Living, written: Form, payload: Payload) -> None:
    if complaint := check_of(living.cls)(payload):
        name = written[0]
        if written != living.form:
            name = f"{_words(written)}, read as {_words(living.form)}"
        raise UnreadableLog(f"{name}: {complaint}")


def _words(form: Form) -> str:
    return f"{form[0]} version {form[1]}"


def decode(frames: Iterable[Frame], reader: Reader, seq: int = 0) -> Iterator[Batch]:
    """Put frames together to batches, the first of which is at ``seq``.

    Raises UnreadableLog when positions do not follow each other, when a batch holds fewer or
    more facts than it says, and for whatever the reader can't read.
    """
    following = iter(frames)
    for first in following:
        batch = _batch(first, following, reader, seq)
        seq += len(batch.facts)
        yield batch


def _batch(first: Frame, following: Iterator[Frame], reader: Reader, seq: int) -> Batch:
    if _types(first) != _FIRST_FRAME or not _is_scope(first[2]):
        raise UnreadableLog("here should begin a batch, with its cause")
    at = first[1]
    command, fields, count, *asked = _checked_cause(first[6], reader.trusted)
    here = asked[0] if asked else first[2]
    facts = [_stated(first, reader, seq, here)]
    for ordinal in range(1, count):
        frame = next(following, None)
        if frame is None:
            raise UnreadableLog(f"the last batch has {ordinal} of its {count} facts", torn=True)
        if _types(frame) != _OTHER_FRAME or frame[1] != at:
            raise UnreadableLog(f"here should be fact {ordinal + 1} of the {count} in this batch")
        facts.append(_stated(frame, reader, seq + ordinal, here))
    cause = None if command is None else RecordedCommand(command, fields)
    return Batch(seq, at, _scope(*here), cause, tuple(facts))


def _stated(frame: Frame, reader: Reader, seq: int, here: list[str]) -> Any:
    if frame[0] != seq:
        raise UnreadableLog(f"fact {frame[0]} stands where fact {seq} should")
    scope = frame[2]
    fact = reader.fact(frame[3], frame[4], frame[5])
    if scope == here:
        return fact
    if not _is_scope(scope):
        raise UnreadableLog("a fact's scope is not [account, region]")
    return Elsewhere(_scope(*scope), fact)


_OTHER_FRAME = [int, int, list, str, int, dict]
_FIRST_FRAME = [*_OTHER_FRAME, list]


def _types(value: Any) -> list[type]:
    return [*map(type, value)] if type(value) is list else []


def _is_scope(value: Any) -> bool:
    return _types(value) == [str, str]


@lru_cache(maxsize=1024)
def _scope(account: str, region: str) -> Scope:
    return Scope(account, region)  # a log names few, at every fact


def _checked_cause(cause: list[Any], trusted: bool) -> list[Any]:
    if not _is_cause(cause):
        raise UnreadableLog("the cause of the batch is not [command, fields, facts in the batch]")
    if not trusted and (complaint := check_plain(cause[1])):
        raise UnreadableLog(f"the cause of the batch: {complaint}")
    return cause


def _is_cause(cause: list[Any]) -> bool:
    if not 3 <= len(cause) <= 4:  # noqa: PLR2004 - as the head of this module says
        return False
    command, fields, count, *asked = cause
    return (
        (command is None or type(command) is str)
        and type(fields) is dict
        and type(count) is int
        and count >= 1
        and all(map(_is_scope, asked))
    )
