"""What tests of the command line are given."""

import pytest

from tests.cli.commands import Commands


@pytest.fixture
def vaultclock(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    for name in ("ENDPOINT", "HOST", "PORT", "DATA", "START", "CLOCK", "RATE", "SEED"):
        monkeypatch.delenv(f"VAULTCLOCK_{name}", raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    return Commands(capsys)
