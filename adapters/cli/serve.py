"""``vaultclock serve``: a world, its store and a socket together. What is served is not here."""

import argparse
import contextlib
import errno
import json
import logging
import os
import socket
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import vaultclock
from vaultclock.adapters.cli.emission import emission_of
from vaultclock.adapters.cli.failures import FOUND, INTERRUPTED, OK, Failure
from vaultclock.adapters.cli.options import (
    ADDRESS,
    CALLERS,
    EMISSION,
    WORLD,
    read_options,
    read_rate,
)
from vaultclock.adapters.clock.collector import tune_collector
from vaultclock.adapters.clock.simulation import Simulation
from vaultclock.adapters.clock.wall import wall_instant
from vaultclock.adapters.http.callers import Callers, Unmappable, read_callers
from vaultclock.adapters.http.server import bind, serve
from vaultclock.adapters.store.errors import StoreError
from vaultclock.domain.kernel.ids import Origin
from vaultclock.domain.kernel.instants import to_iso
from vaultclock.domain.kernel.logs import Log, MemoryLog

if TYPE_CHECKING:
    from vaultclock.adapters.emission.emission import Emission
    from vaultclock.adapters.store.sqlite import SqliteLog

_ORIGIN = {  # what decides it of a new world: the option, the field, and how it is said
    "start": ("start_at", "start"),
    "seed": ("seed", "seed"),
    "job_seconds": ("job_seconds", "job length"),
    "deletion_lag_hours": ("deletion_lag_hours", "deletion lag"),
}
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - named to be told apart


def run(args: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    values, given = read_options((*ADDRESS, *WORLD, CALLERS, *EMISSION), args, os.environ)
    rate, callers = read_rate(values), callers_in(values["callers"])
    listener = listen(values["host"], values["port"])
    with listener:
        try:
            simulation = Simulation(_open_log(values, given), rate)
        except StoreError as error:
            raise Failure(f"--data: {error}", FOUND) from None
        with contextlib.closing(simulation):
            emission = emission_of(values, simulation)
            return serve_simulation(simulation, values["host"], listener, callers, emission)


def listen(host: str, port: int) -> socket.socket:
    """Listen, or say what to do about it."""
    try:
        return bind(host, port)
    except socket.gaierror as error:
        raise Failure(f"--host {host!r} is not known here ({error.strerror})") from None
    except OSError as error:
        advice = {
            errno.EADDRINUSE: f"port {port} is in use: name another with --port, or 0 for any free",
            errno.EACCES: f"port {port} is not allowed to you: name one above 1023 with --port",
            errno.EADDRNOTAVAIL: f"--host {host!r} is not an address of this machine",
        }
        text = advice.get(error.errno or 0, f"can't listen on {host} port {port}: {error.strerror}")
        raise Failure(text, FOUND) from None


def callers_in(path: str | None) -> Callers:
    """Read which access key id is whose from a file; without one, all are of accounts' roots."""
    if path is None:
        return Callers()
    try:
        given = json.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise Failure(f"--callers {path!r} can't be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise Failure(f"--callers {path!r} is not JSON: {error}") from None
    try:
        return Callers(read_callers(given))
    except Unmappable as error:
        raise Failure(f"--callers {path!r}: {error}; accepted: {error.accepted}") from None


def serve_simulation(
    simulation: Simulation,
    host: str,
    listener: socket.socket,
    callers: Callers,
    emission: "Emission | None" = None,
) -> int:
    """Serve a simulation until a signal ends it; answer the exit code."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("vaultclock").setLevel(logging.INFO)
    tune_collector()

    def announce() -> None:
        _announce(simulation, host, listener)

    interrupted = serve(simulation, host, listener, announce, callers, emission=emission)
    if simulation.failure is not None:
        raise Failure(simulation.failure, FOUND)
    return INTERRUPTED if interrupted else OK


def _announce(simulation: Simulation, host: str, listener: socket.socket) -> None:
    name = _EVERYWHERE.get(host, host)
    url = f"http://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}"
    clock = simulation.clock
    pace = f"running at {clock.rate:g}" if clock.rate else "frozen"
    print(
        f"vaultclock {vaultclock.__version__} serves AWS Backup at {url} "
        f"(export AWS_ENDPOINT_URL_BACKUP={url}); its clock is {pace} "
        f"from {to_iso(simulation.engine.now)}",
        flush=True,
    )


def _open_log(values: Mapping[str, Any], given: set[str]) -> Log:
    start = values["start"] if values["start"] is not None else wall_instant()
    wanted = Origin(start, values["seed"], values["job_seconds"], values["deletion_lag_hours"])
    if values["data"] is None:
        return MemoryLog(wanted)
    sqlite = import_module("vaultclock.adapters.store.sqlite")  # only who keeps a log pays for it
    log: SqliteLog = sqlite.SqliteLog.open(Path(values["data"]), wanted)
    for option, (field, said) in _ORIGIN.items():
        if option in given and getattr(log.origin, field) != getattr(wanted, field):
            log.close()
            raise Failure(
                f"{values['data']} holds a world that began with another {said}:"
                f" leave --{option.replace('_', '-')} out, or name another file with --data"
            )
    return log
