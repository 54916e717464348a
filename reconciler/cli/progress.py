"""Progress on standard error: what is under way on one line that is overwritten, and only on a terminal.

The guided set-up leaves a line for everything that it came through, with its time.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from reconciler.cli.hush import Hush
from reconciler.cli.saying import columns
from reconciler.cli.wording import numbered

if TYPE_CHECKING:
    from reconciler.cli.output import Manner
    from reconciler.commands.world import Stage

_CLEAR: Final = "\r\x1b[K"
_TICK: Final = 1.0


class OneLine:
    """Tells what is under way and for how long."""

    def __init__(self, begin: str = "… ", *, overwrites: bool = True) -> None:
        self._sign, self._overwrites = begin, overwrites
        self._what = ""
        self._began = 0.0
        self._stop: threading.Event | None = None

    def step(self, what: str) -> None:
        """Say what begins now, and count its seconds."""
        self.done()
        self._begin(what)

    def _begin(self, what: str) -> None:
        self._what, self._began = what, time.monotonic()
        if self._overwrites:
            self._stop = threading.Event()
            self._draw()
            threading.Thread(target=self._count, args=(self._stop,), daemon=True).start()

    def reached(self, stage: Stage, what: str) -> None:
        """Say nothing: only the guided set-up is told stage by stage."""

    def done(self, *, well: bool = True) -> None:  # noqa: ARG002 - the protocol's shape
        """Clear the line."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()

    @property
    def seconds(self) -> float:
        """How long the present step has taken so far."""
        return time.monotonic() - self._began

    def _count(self, stop: threading.Event) -> None:
        while not stop.wait(_TICK):
            self._draw()

    def _draw(self) -> None:
        seconds = int(self.seconds)
        line = f"{self._sign}{self._what}" + (f" ({seconds} s)" if seconds else "")
        # one that is wrapped could not be cleared any more
        sys.stderr.write(_CLEAR + line[: columns() - 1])
        sys.stderr.flush()


class Stages(OneLine):
    """Leaves a line for every stage of the guided set-up and for every step after the last of them."""

    def __init__(self, manner: Manner, home: str, begin: str = "… ", *, overwrites: bool = True) -> None:
        super().__init__(begin, overwrites=overwrites)
        self._manner, self._home = manner, home
        self._under_way = self._was_told = False
        self._hush = Hush()

    def step(self, what: str) -> None:
        """Say what begins now; until it is done nothing that is typed is shown: it may be the key."""
        self.done()
        self._hush.begin()
        self._begin(what)
        self._under_way, self._was_told = True, False

    def reached(self, stage: Stage, what: str) -> None:
        """Leave a line for a stage, with the time of the step that led to it."""
        self._was_told = True
        self._leave(f"{numbered(stage)}  {stage.value:8} {what}")

    def done(self, *, well: bool = True) -> None:
        """Leave a line for a step of which nothing else was told."""
        super().done()
        self._hush.end()
        if well and self._under_way and not self._was_told:
            self._leave(f"     {self._what}")
        self._under_way = False

    def _leave(self, text: str) -> None:
        from rich.text import Text  # noqa: PLC0415 - slow to import

        from reconciler.cli.text import printable, redact, with_home_relative  # noqa: PLC0415 - same

        counting, shown = self._stop is not None, with_home_relative(text, self._home)
        super().done()
        line = Text(redact(printable(shown)))
        if self._under_way:
            line.append(f"  {self.seconds:.1f} s", style="bright_black")
        self._manner.console(sys.stderr).print(line)
        if counting:
            self._stop = threading.Event()
            threading.Thread(target=self._count, args=(self._stop,), daemon=True).start()
