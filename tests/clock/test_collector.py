"""The cycle collector is paused for a while, and comes back as it was."""

import gc

import pytest

from vaultclock.adapters.clock.collector import collector_paused


@pytest.mark.parametrize("was_enabled", [True, False])
def test_the_collector_comes_back_as_it_was(was_enabled: bool) -> None:
    (gc.enable if was_enabled else gc.disable)()
    try:
        with collector_paused():
            assert not gc.isenabled()
        assert gc.isenabled() is was_enabled
    finally:
        gc.enable()
        gc.unfreeze()


def test_the_collector_comes_back_from_a_failure() -> None:
    with pytest.raises(ValueError, match="x"), collector_paused():
        raise ValueError("x")
    assert gc.isenabled()
    gc.unfreeze()
