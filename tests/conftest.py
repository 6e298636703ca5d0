"""How generated examples are drawn: the same on every run, or new ones when that is asked for.

A run that lands a change, or builds this next year, must not depend on chance. To look further, as
anyone should who changes a rule: ``make test ARGS=--hypothesis-profile=explore``.
"""

from hypothesis import settings

settings.register_profile("steady", derandomize=True)
settings.register_profile("explore", print_blob=True)
settings.load_profile("steady")
