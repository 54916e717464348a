"""Keeping what is typed ahead from being shown: whoever knows what comes next pastes his key early.

The terminal stops showing while a step is under way, and is put back as it was found. Windows' own has
nothing of the kind here.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TypeAlias

from attrs import define, field

Attributes: TypeAlias = "list[int | list[bytes | int]]"
_LOCAL_MODES = 3


@define
class Hush:
    """One terminal's quiet. Beginning twice and ending twice is fine."""

    _found: Attributes | None = field(default=None, init=False)

    def begin(self) -> None:
        """Show no more of what is typed."""
        if self._found is not None or sys.platform == "win32":
            return
        import termios  # noqa: PLC0415 - not on every system

        with contextlib.suppress(termios.error, OSError, ValueError):
            found = termios.tcgetattr(sys.stdin)
            quiet = list(found)
            quiet[_LOCAL_MODES] = found[_LOCAL_MODES] & ~termios.ECHO
            termios.tcsetattr(sys.stdin, termios.TCSANOW, quiet)
            self._found = found

    def end(self) -> None:
        """Put the terminal back as it was found."""
        found, self._found = self._found, None
        if found is None or sys.platform == "win32":
            return
        import termios  # noqa: PLC0415 - not on every system

        with contextlib.suppress(termios.error, OSError, ValueError):
            termios.tcsetattr(sys.stdin, termios.TCSANOW, found)
