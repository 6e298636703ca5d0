"""Every shape a fact has ever had, as steps from one stored form to the next.

A step is added when a fact's fields were renamed, split or retyped, together with a higher
version on the fact itself; a new field with a default needs none, and a change of meaning is a
new fact. Steps work on plain maps, so that old classes need not be kept, and are never removed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from vaultclock.domain.kernel.facts import Form

Payload = dict[str, Any]
Upcasts = Mapping[Form, tuple[Form, Callable[[Payload], Payload]]]

UPCASTS: Upcasts = {}
