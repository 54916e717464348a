"""Ctrl-C and its kin, kept from falling into the middle of a write.

While something is written an interrupt is only noted, and looked at between two steps. Where a run
waits for somebody else it comes through at once. After the commit nothing can be undone any more, so
from there on it no longer stops the run.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from attrs import field

from reconciler.records import define

if TYPE_CHECKING:
    from collections.abc import Iterator


@define
class Interrupts:
    """One run's interrupts. A signal handler calls `signalled`; without one, nothing ever waits here."""

    _holding: bool = field(default=False, init=False)
    _settled: bool = field(default=False, init=False)
    _waiting: bool = field(default=False, init=False)

    def signalled(self) -> None:
        """Take an interrupt: raise KeyboardInterrupt, or note it where it may not fall."""
        if not self._holding:
            raise KeyboardInterrupt
        self._waiting = True

    def check(self) -> None:
        """Raise KeyboardInterrupt if one was noted, unless the work is committed."""
        if self._waiting and not self._settled:
            self._waiting = False
            raise KeyboardInterrupt

    def settle(self) -> None:
        """Tell that the work is committed: an interrupt has nothing left to stop."""
        self._holding = self._settled = True

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Note interrupts instead of raising them, for the length of a `with` block."""
        before, self._holding = self._holding, True
        try:
            yield
        finally:
            self._holding = before or self._settled

    @contextlib.contextmanager
    def allowed(self) -> Iterator[None]:
        """Let interrupts through while somebody else is waited for."""
        self.check()
        before, self._holding = self._holding, False
        try:
            yield
        finally:
            self._holding = before
