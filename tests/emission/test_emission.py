"""All sinks of a server together: begun and ended with it, and never in its way."""

import asyncio
import threading
from pathlib import Path

import pytest

from tests.emission.test_follower import within_time
from tests.emission.worlds import Kept, advance, all_messages, backup, simulation_of, vault
from vaultclock.adapters.emission import emission as emission_module
from vaultclock.adapters.emission.emission import Emission
from vaultclock.adapters.emission.spec import Spec
from vaultclock.domain.announcements.messages import Message

ONE, OTHER = Spec("jsonl", "one"), Spec("jsonl", "other")


@pytest.fixture
def sinks(monkeypatch: pytest.MonkeyPatch) -> dict[Spec, Kept]:
    """Sinks in memory, in the place of those that specs name."""
    made = {ONE: Kept(), OTHER: Kept()}
    monkeypatch.setattr(emission_module, "sink_of", made.__getitem__)
    return made


def test_every_sink_gets_everything_and_is_closed(sinks: dict[Spec, Kept]) -> None:
    simulation = simulation_of()
    emission = Emission(simulation, [ONE, OTHER], during_advance=True)

    async def work() -> None:
        emission.start()
        await asyncio.sleep(0)
        backup(simulation)
        advance(simulation)
        await emission.stop()

    within_time(work())
    for sink in sinks.values():
        assert sink.messages == all_messages(simulation)
        assert sink.is_closed
    assert simulation.watchers == []


def test_a_sink_that_hangs_stops_neither_the_others_nor_the_end(
    sinks: dict[Spec, Kept], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hanging, simulation = threading.Event(), simulation_of()

    class Hanging(Kept):
        def deliver(self, message: Message) -> None:
            super().deliver(message)
            hanging.wait(60)

    sinks[ONE] = Hanging()
    monkeypatch.setattr(emission_module, "_GRACE_SECONDS", 0.01)
    emission = Emission(simulation, [ONE, OTHER], cursors_at=tmp_path / "cursors.json")

    async def work() -> None:
        emission.start()
        await asyncio.sleep(0)
        vault(simulation, "v")
        await asyncio.to_thread(sinks[OTHER].await_messages, 1)
        await emission.stop()

    within_time(work())
    hanging.set()
    assert sinks[OTHER].messages == all_messages(simulation)
    assert sinks[ONE].is_closed


def test_an_emission_that_never_started_can_be_stopped(sinks: dict[Spec, Kept]) -> None:
    emission = Emission(simulation_of(), [ONE])
    within_time(emission.stop())
    assert sinks[ONE].is_closed
