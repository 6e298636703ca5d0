"""``python -m vaultclock`` is the ``vaultclock`` command."""

import sys

from vaultclock.adapters.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
