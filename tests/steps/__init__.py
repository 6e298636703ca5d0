"""Steps for laws: every command a user may send, with pools so small that things collide.

A step says nothing of the engine it is taken on, so that one history can be lived twice. Where a
command needs an id that an engine gave, it holds a reference instead: ``job#3`` is the fourth
oldest job of the scope, counted around, or a missing one where there is none. No laws stand here.
"""

from tests.steps.commands import COMMANDS, asked
from tests.steps.histories import BEGINNINGS, histories, steps, waits
from tests.steps.taking import (
    ACCOUNT,
    HERE,
    ROLE,
    START,
    VOLUME,
    Ask,
    History,
    Step,
    Wait,
    live,
    written,
)

__all__ = [
    "ACCOUNT",
    "BEGINNINGS",
    "COMMANDS",
    "HERE",
    "ROLE",
    "START",
    "VOLUME",
    "Ask",
    "History",
    "Step",
    "Wait",
    "asked",
    "histories",
    "live",
    "steps",
    "waits",
    "written",
]
