"""Standard output and standard error when they are closed, full, or read by nobody any more."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from reconciler.cli.endings import STOPPED

if TYPE_CHECKING:
    from typing import TextIO


def open_all() -> None:
    """Give whatever is said on a closed standard error (the shell's `2>&-`) somewhere to go."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - lives as long as we do


def complain(text: str) -> None:
    """Say something on standard error, if it can be said there."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)


def settle(code: int) -> int:
    """Write out what still waits; return the exit code. A success that could not be told is none."""
    if sys.stdout is None:  # the shell's `>&-`
        complain("what was to be shown could not be written: standard output is closed")
        return code or STOPPED
    try:
        sys.stdout.flush()
    except OSError as error:
        _silence(sys.stdout)
        complain(f"what was to be shown could not be written: {error.strerror}")
        code = code or STOPPED
    try:
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)
    return code


def _silence(stream: TextIO) -> None:
    """Point a stream's descriptor elsewhere, so that the interpreter's own last flush finds no fault."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
