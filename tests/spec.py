"""given(facts).when(command).then(facts), and the clock as one more thing that happens."""

from typing import Any, Self

from vaultclock.domain.features import Engine
from vaultclock.domain.kernel.facts import Batch, Scope
from vaultclock.domain.kernel.instants import Instant
from vaultclock.domain.kernel.refusals import Rejected
from vaultclock.domain.world import World

HERE = Scope("123456789012", "us-east-1")


class Story:
    """One engine, what happened before, and what the last command made of it."""

    def __init__(self, facts: tuple[Any, ...], at: Instant, scope: Scope) -> None:
        self.scope = scope
        self.engine = Engine(start=at)
        if facts:
            batch = Batch(0, at, scope, None, facts)
            self.engine.log.append(batch)
            self.engine.apply(batch)
        self.past = self.engine.seq
        self.rejection: Rejected | None = None

    @property
    def world(self) -> World:
        """What decisions see."""
        return self.engine.world(self.scope)

    @property
    def news(self) -> list[Any]:
        """The facts since the story began, or since the last look."""
        facts = [r.fact for b in self.engine.log.read(self.past) for r in b.recorded()]
        self.past = self.engine.seq
        return facts

    def when(self, command: Any) -> Self:
        """Ask for something; a refusal is kept for `then_rejected`."""
        self.rejection = None
        before, seq = self.engine.rows(), self.engine.seq
        try:
            self.engine.handle(command, self.scope)
        except Rejected as rejection:
            self.rejection = rejection
            assert self.engine.rows() == before, "a refusal leaves no trace in the world"
            assert self.engine.seq == seq, "a refusal leaves no trace in the log"
        return self

    def at(self, instant: Instant) -> Self:
        """Let time pass until an instant."""
        self.engine.advance(instant)
        return self

    def then(self, *facts: Any) -> Self:
        """Expect exactly these facts since the last look."""
        assert self.rejection is None, self.rejection
        assert self.news == list(facts)
        return self

    def then_kinds(self, *kinds: type) -> Self:
        """Expect exactly facts of these classes since the last look."""
        assert self.rejection is None, self.rejection
        assert [type(fact) for fact in self.news] == list(kinds)
        return self

    def then_nothing_happened(self) -> Self:
        """Expect no fact and no refusal."""
        return self.then()

    def then_rejected(self, kind: type[Rejected], message: str | None = None) -> Self:
        """Expect a refusal of this class, and this exact message where AWS's is known."""
        assert type(self.rejection) is kind, self.rejection
        assert self.rejection is not None
        if message is not None:
            assert self.rejection.message == message
        return self


def given(*facts: Any, at: Instant = 0, scope: Scope = HERE) -> Story:
    """Begin a story with facts that happened at an instant."""
    return Story(facts, at, scope)
