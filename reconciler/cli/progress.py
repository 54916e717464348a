"""Progress on standard error, one line that is overwritten, and only on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from typing import Final

_CLEAR: Final = "\r\x1b[K"
_TICK: Final = 1.0


class OneLine:
    """Tells what is under way and for how long."""

    def __init__(self) -> None:
        self._what = ""
        self._began = 0.0
        self._stop: threading.Event | None = None

    def step(self, what: str) -> None:
        """Say what begins now, and count its seconds."""
        self.done()
        self._what, self._began = what, time.monotonic()
        self._stop = threading.Event()
        self._draw()
        threading.Thread(target=self._count, args=(self._stop,), daemon=True).start()

    def done(self) -> None:
        """Clear the line."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()

    def _count(self, stop: threading.Event) -> None:
        while not stop.wait(_TICK):
            self._draw()

    def _draw(self) -> None:
        seconds = int(time.monotonic() - self._began)
        sys.stderr.write(f"{_CLEAR}… {self._what}" + (f" ({seconds} s)" if seconds else ""))
        sys.stderr.flush()
