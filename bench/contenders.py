"""Who is measured: Vaultclock, the limit, and two peers in environments of their own."""

import os
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs
from processes import Server, free_port, progress

HERE = Path(__file__).parent
WORK = HERE.parent / ".bench"  # nothing of this is kept in git
US, LIMIT, MOTO, MINISTACK = "vaultclock", "constant ASGI app", "moto server", "ministack"


@attrs.frozen
class Contender:
    """How a server is started on a port, as its own manual says; always on loopback."""

    name: str
    command: Callable[[int], Sequence[str]]
    environment: Callable[[int], Mapping[str, str]] = lambda _port: {}

    def start(self) -> Server:
        """Start it on any free port."""
        port = free_port()
        return Server.spawn(self.name, port, self.command(port), self.environment(port))


def ours(*options: str) -> Contender:
    """Answer how Vaultclock is started: by its own command, with options of ``serve``."""
    serve = [sys.executable, "-m", "vaultclock", "serve", *options]
    return Contender(US, lambda port: [*serve, "--port", str(port)])


def limit(bodies: Path) -> Contender:
    """Answer how the constant ASGI app is started, with the bodies it is to send."""
    script = [sys.executable, str(HERE / "constant.py")]
    return Contender(LIMIT, lambda port: [*script, str(port), str(bodies)])


def peers() -> list[Contender]:
    """Answer how the peers are started; they are installed on first use, as peers.txt pins them."""
    moto = _installed("moto") / "moto_server"
    ministack = _installed("ministack") / "ministack"
    return [
        Contender(MOTO, lambda port: [str(moto), "-H", "127.0.0.1", "-p", str(port)]),
        Contender(
            MINISTACK,
            lambda _port: [str(ministack)],
            lambda port: {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1"},
        ),
    ]


def pins() -> dict[str, str]:
    """Read what is pinned: requirements by the peer's name."""
    lines = (HERE / "peers.txt").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    return {line.partition("==")[0].partition("[")[0]: line for line in wanted}


def _installed(name: str) -> Path:
    """Make a peer's environment unless it is there with this very pin; answer its commands."""
    pin = pins()[name]
    place = WORK / name
    mark = place / "installed"
    if not mark.exists() or mark.read_text() != pin:
        progress(f"installing {pin} into {place}")
        venv.create(place, clear=True, with_pip=True)
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--disable-pip-version-check", pin], check=True, env=_plain())
        mark.write_text(pin)
    return place / "bin"


def _plain() -> dict[str, str]:
    """Our environment without what only concerns this interpreter."""
    return {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
