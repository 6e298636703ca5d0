"""From a log to messages: a replica of the world that is folded along, and asked fact by fact.

What one fact announces is said in the modules beside this one, and how messages are delivered
nowhere in the domain. Nothing here decides anything: the same log gives the same messages.
"""

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from vaultclock.domain.announcements import (
    access_points,
    backup_jobs,
    configuration,
    copy_jobs,
    indexes,
    recovery_points,
    restore_jobs,
)
from vaultclock.domain.announcements.happenings import Happening, Projections
from vaultclock.domain.announcements.messages import Message, Place
from vaultclock.domain.features import FEATURES
from vaultclock.domain.kernel.engine import Engine
from vaultclock.domain.kernel.facts import Batch, Elsewhere, Recorded
from vaultclock.domain.kernel.ids import Origin, namespace_of, uuid5_text
from vaultclock.domain.kernel.logs import MemoryLog, Recording
from vaultclock.domain.world import World

PROJECTIONS: Projections = {
    **access_points.PROJECTIONS,
    **backup_jobs.PROJECTIONS,
    **configuration.PROJECTIONS,
    **copy_jobs.PROJECTIONS,
    **indexes.PROJECTIONS,
    **recovery_points.PROJECTIONS,
    **restore_jobs.PROJECTIONS,
}
# A replica owes nothing and decides nothing: it only follows.
_FOLLOWING = tuple(attrs.evolve(feature, decide={}, deadlines=None) for feature in FEATURES)
_HOMES: dict[type, tuple[str, Callable[[Any], str]]] = {
    fact: (feature.slot, feature.key) for feature in FEATURES for fact in feature.facts
}


class Projector:
    """Follows a log from its beginning, and says what each batch announces.

    A log that grew long is followed silently, with `follow`, up to where messages are wanted.
    """

    def __init__(self, origin: Origin) -> None:
        self._replica: Engine[World] = Engine(World, _FOLLOWING, MemoryLog(origin))
        self._namespace = namespace_of(origin.seed)

    @property
    def seq(self) -> int:
        """The position of the next fact to be read."""
        return self._replica.seq

    def follow(self, batch: Batch) -> None:
        """Take note of the next batch, and announce nothing."""
        self._replica.apply(batch)

    def project(self, batch: Batch) -> list[Message]:
        """Take note of the next batch, and answer what it announces, in the order of its facts."""
        if not any(_fact(stated) in PROJECTIONS for stated in batch.facts):
            self.follow(batch)
            return []
        steps = [self._step(batch, recorded) for recorded in batch.recorded()]
        return [message for step in steps for message in self._messages(*step)]

    def _messages(self, recorded: Recorded, before: Any, after: Any) -> Iterator[Message]:
        seq, at, scope, fact = recorded
        project = PROJECTIONS.get(type(fact))
        if project is None:
            return
        happening = Happening(at, fact, before, after, self._replica.world(scope))
        for ordinal, content in enumerate(project(happening)):
            message_id = uuid5_text(self._namespace, f"announcement {seq}.{ordinal}")
            yield Message(Place(seq, ordinal), message_id, at, scope, content)

    def _step(self, batch: Batch, recorded: Recorded) -> tuple[Recorded, Any, Any]:
        """Fold one fact by itself, to see what it happened to before and after."""
        slot, key_of = _HOMES[type(recorded.fact)]
        table, key = getattr(self._replica.world(recorded.scope), slot), key_of(recorded.fact)
        before = table.get(key)
        stated = batch.facts[recorded.seq - batch.seq]
        self._replica.apply(Batch(recorded.seq, batch.at, batch.scope, None, (stated,)))
        return recorded, before, table.get(key)


def _fact(stated: Any) -> type:
    return type(stated.fact if isinstance(stated, Elsewhere) else stated)


def announced(log: Recording) -> Iterator[Message]:
    """Answer every message that a recorded log announces, oldest first."""
    projector = Projector(log.origin)
    for batch in log.read():
        yield from projector.project(batch)
