"""The exit codes: an interface. They stand alone, so that whoever needs a number imports nothing else."""

from typing import Final

OK: Final = 0
STOPPED: Final = 1
CHANGES: Final = 2
DRIFT: Final = 3
SESSION: Final = 4
NOTHING: Final = 5
USAGE: Final = 64
INTERRUPTED: Final = 130
