"""The sink that is a file: one envelope a line, added at the end.

Whoever reads may find a message twice, under the same id, and a torn line where a process died.
"""

import os
from pathlib import Path
from typing import BinaryIO

import orjson

from vaultclock.adapters.emission.sinks import Undelivered
from vaultclock.adapters.emission.spec import Spec
from vaultclock.domain.announcements.messages import Event, Message, Notice


class JsonLines:
    """A file that grows by a line a message; it is made with the first."""

    takes = (Event, Notice)

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def deliver(self, message: Message) -> None:
        """Add a line, and hand it to the system at once. Raises Undelivered."""
        line = orjson.dumps(message.envelope()) + b"\n"
        try:
            written = (self._file or self._open()).write(line)
        except OSError as error:
            self.close()
            raise Undelivered(f"{self._path} can't be written: {error.strerror}") from error
        if written != len(line):
            self.close()  # what is torn is ended when it is opened anew
            raise Undelivered(f"{self._path} has no room for a whole line")

    def _open(self) -> BinaryIO:
        self._file = self._path.open("a+b", buffering=0)
        if self._file.seekable() and self._file.tell():
            self._file.seek(-1, os.SEEK_END)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")  # what a killed process left stands alone
        return self._file

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def open_sink(spec: Spec) -> JsonLines:
    """Make the sink of a path."""
    return JsonLines(Path(spec.target))
