"""Starting what is measured, and what it took: time on the clock, and the most memory.

What fails ends the whole run with what it said: a figure of something else would be none.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING, Final

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_KIB: Final = 1024


@frozen
class Usage:
    """What one process took, with all that it started."""

    seconds: float
    """From its start to its end."""
    peak: float
    """The most memory that one process of them had, in MiB."""


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Usage:
    """Run a command and wait for it. Raises `SystemExit` where it does not end with 0."""
    with tempfile.TemporaryFile() as out:  # no pipe, which would have to be read meanwhile
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        _, ending, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(ending)
        if process.returncode:
            out.seek(0)
            raise SystemExit(
                f"{' '.join(command[1:])} ended with {process.returncode}:\n{out.read().decode()}"
            )
    return Usage(seconds, usage.ru_maxrss / _KIB)
