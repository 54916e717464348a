"""Keeping what is typed ahead from being shown: whoever knows what comes next pastes his key early.

The terminal stops showing while a step is under way, and is put back as it was found.
"""

from __future__ import annotations

import sys

from attrs import field

from reconciler.engine import platform
from reconciler.records import define


@define
class Hush:
    """One terminal's quiet. Beginning twice and ending twice is fine."""

    _found: platform.Modes | None = field(default=None, init=False)

    def begin(self) -> None:
        """Show no more of what is typed."""
        if self._found is None:
            self._found = platform.hide_typing(sys.stdin)

    def end(self) -> None:
        """Put the terminal back as it was found."""
        found, self._found = self._found, None
        if found is not None:
            platform.show_typing(sys.stdin, found)
