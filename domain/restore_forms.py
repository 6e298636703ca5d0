"""What a row of the restore metadata table can say. The rows are in `restore_metadata`."""

import re
from collections.abc import Mapping
from enum import StrEnum

import attrs


class TagCopy(StrEnum):
    """Whether a restored resource gets the tags its source had when it was backed up."""

    NEVER = "never"  # asking for them fails the job
    ON_REQUEST = "on request"
    ALWAYS = "always"


@attrs.frozen
class Accepted:
    """What a key's value must be, and what AWS says when it is something else (None: unknown)."""

    pattern: re.Pattern[str]
    message: str | None = None


@attrs.frozen
class Form:
    """One way to restore a type: what it makes, and the keys it cannot do without.

    ``creates`` is the ARN of a resource of type ``type_name``; a word in angle brackets is a key
    of the metadata or one of ``account``, ``region``, ``hex``, ``id26``, ``uuid`` (fresh) and
    ``parent`` (of the source). ``when`` is the key and value that choose this form over those
    after it. ``required_when_cold`` keys are needed besides for a point in cold storage, which
    ``warm_only`` forms cannot restore. ``into_existing`` forms fill what is there already, all
    others make something new; ``item_level`` ones restore a part, which never brings tags along.
    With ``lower_case`` the service writes the name it is given in lower case.
    """

    type_name: str
    creates: str
    required: tuple[str, ...] = ()
    when: tuple[str, re.Pattern[str]] | None = None
    required_when_cold: tuple[str, ...] = ()
    warm_only: bool = False
    into_existing: bool = False
    item_level: bool = False
    lower_case: bool = False


@attrs.frozen
class Times:
    """How the metadata of a continuous backup says what time to go back to.

    ``key`` holds the time; where there is a ``latest`` one, that being true stands for the latest
    time there is. With ``only_continuous`` a snapshot does not take the time.
    """

    key: str
    latest: str | None = None
    only_continuous: bool = False


@attrs.frozen
class RestoreKind:
    """What restoring as one resource type asks for.

    ``accepted`` says of some keys what their values may be, ``optional`` names keys that no form
    requires. ``needs`` maps a key that is given to another key and the values that one must then
    have. ``failing`` keys fail the job. ``closed`` types refuse keys they do not know, others
    ignore them. ``becomes`` names the other types that a point can be restored as. ``times`` is
    how a continuous backup is told its time.
    """

    name: str
    forms: tuple[Form, ...]
    optional: tuple[str, ...] = ()
    accepted: Mapping[str, Accepted] = attrs.field(factory=dict)
    needs: Mapping[str, tuple[str, re.Pattern[str]]] = attrs.field(factory=dict)
    failing: tuple[str, ...] = ()
    closed: bool = False
    becomes: tuple[str, ...] = ()
    times: Times | None = None
    tags: TagCopy = TagCopy.ON_REQUEST
    tags_of_living_source: bool = False  # of a source that had none when it was backed up
