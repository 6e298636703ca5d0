"""Log files named on a command line: opened, or said what is wrong with them."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vaultclock.adapters.cli.failures import FOUND, Failure
from vaultclock.adapters.clock.recordings import Unplayable, read_recording
from vaultclock.adapters.snapshot.codec import UnreadableLog
from vaultclock.adapters.snapshot.recorded import RecordedLog


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Turn what is wrong with a file into a Failure that names it."""
    try:
        yield
    except UnreadableLog as error:
        advice = " (--cut-torn-tail reads those)" if error.torn and error.intact else ""
        raise Failure(f"{path}: {error}{advice}", FOUND) from None
    except Unplayable as error:
        raise Failure(f"{path}: {error}", FOUND) from None
    except BrokenPipeError:
        raise  # whoever reads our output has left
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}", FOUND) from None


@contextmanager
def opened_log(args: argparse.Namespace) -> Iterator[RecordedLog]:
    """Open the log of either format that a command names, and check it whole."""
    with naming(args.file), Path(args.file).open("rb") as file:
        yield read_recording(file, cut_torn_tail=args.cut_torn_tail)
