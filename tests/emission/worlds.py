"""Simulations to be followed, and sinks that keep what they get. No tests live here."""

import threading
from collections.abc import Callable
from typing import Any

from tests.http.desk import ORIGIN, Seconds
from tests.http.serving import SECONDS_MAX
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.emission.sinks import TurnedDown, Undelivered
from vaultclock.domain.announcements.messages import Event, Message, Notice
from vaultclock.domain.announcements.projector import announced
from vaultclock.domain.backup_jobs.commands import StartBackupJob
from vaultclock.domain.kernel.logs import Log, MemoryLog
from vaultclock.domain.notifications.commands import SetVaultNotifications
from vaultclock.domain.vaults.commands import CreateVault
from vaultclock.domain.world import HOME

TOPIC = f"arn:aws:sns:{HOME.region}:{HOME.account}:backups"
VOLUME = f"arn:aws:ec2:{HOME.region}:{HOME.account}:volume/vol-1"
ROLE = f"arn:aws:iam::{HOME.account}:role/backup"
ENVELOPES = {"eventbridge": "detail-type", "sns": "Type"}


def simulation_of(log: Log | None = None) -> Simulation:
    """A world on a frozen clock."""
    return Simulation(log or MemoryLog(ORIGIN), 0, Seconds())


def vault(simulation: Simulation, name: str) -> None:
    simulation.change(CreateVault(name), HOME)


def backup(simulation: Simulation, vault_name: str = "v") -> None:
    """Make a vault that tells a topic, and ask for a backup; its end is yet to come."""
    vault(simulation, vault_name)
    told = SetVaultNotifications(vault_name, TOPIC, ("BACKUP_JOB_COMPLETED",))
    simulation.change(told, HOME)
    simulation.change(StartBackupJob(vault_name, VOLUME, ROLE), HOME)


def advance(simulation: Simulation, seconds: int = 60) -> None:
    """Advance as the control API does."""
    for _ in simulation.strides(simulation.engine.now + seconds * 1000):
        pass


def all_messages(simulation: Simulation) -> list[Message]:
    return [*announced(simulation.engine.log)]


def some_messages() -> list[Message]:
    """An event and a notice, of a world in which a backup was made."""
    simulation = simulation_of()
    backup(simulation)
    advance(simulation)
    told = all_messages(simulation)
    event = next(m for m in told if isinstance(m.content, Event) and m.content.resources)
    notice = next(m for m in told if isinstance(m.content, Notice))
    return [event, notice]


class Kept:
    """A sink in memory: what is delivered is kept, once it has refused as often as it was told."""

    takes: tuple[type, ...] = (Event, Notice)

    def __init__(self, *refusals: Exception) -> None:
        self.messages: list[Message] = []
        self.refusals = [*refusals]
        self.tries = 0
        self.is_closed = False
        self._changed = threading.Condition()

    def deliver(self, message: Message) -> None:
        with self._changed:
            self.tries += 1
            self._changed.notify_all()
            if self.refusals:
                raise self.refusals.pop(0)
            self.messages.append(message)

    def close(self) -> None:
        self.is_closed = True

    def await_messages(self, count: int) -> list[Message]:
        return self._await(lambda: len(self.messages) >= count)

    def _await(self, holds: Callable[[], Any]) -> list[Message]:
        with self._changed:
            assert self._changed.wait_for(holds, SECONDS_MAX), self.messages
        return self.messages


def unreachable() -> Undelivered:
    return Undelivered("no answer")


def turned_down() -> TurnedDown:
    return TurnedDown("no thanks")
