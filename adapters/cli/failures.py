"""How a command ends when it can't do what was asked: one line for the user, and an exit code."""

from collections.abc import Mapping
from typing import Any

OK = 0
FOUND = 1  # something was found wrong: an unreadable log, a refused advance, a broken store
USAGE = 2  # the command line can't be meant
UNREACHABLE = 3  # no Vaultclock server answers
INTERRUPTED = 130  # Ctrl-C, as shells have it


class Failure(Exception):
    """A command can't go on; the text says what to do about it.

    ``answer`` is all that a server said, where one refused.
    """

    def __init__(
        self, message: str, code: int = USAGE, answer: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.answer = answer or {}
