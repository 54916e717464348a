"""Saying something to the person at the terminal, on standard error."""

from __future__ import annotations

import os
import sys
from typing import Final

_WIDTH: Final = 80


def say(text: str = "") -> None:
    """Print a line on standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def say_below(text: str, margin: int = 5) -> None:
    """Print a sentence below the number of a stage, broken between words."""
    from reconciler.cli.cells import wrapped  # noqa: PLC0415 - slow to import
    from reconciler.cli.text import printable, redact  # noqa: PLC0415 - same

    for line in wrapped(redact(printable(text)), columns() - margin):
        say(" " * margin + line)


def columns() -> int:
    """Return how many cells a line of the terminal has."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _WIDTH
    except OSError:
        return _WIDTH
