"""The command line, with one call from one module into another failing with the key in its message.

Started as a process of its own: the number of the boundary at which to fail, then the program's arguments.
With -1 nothing fails, and the boundaries are counted on standard error.
"""

import sys
import threading
from types import FrameType
from typing import Final

from fixtures.canary import CANARY_KEY
from reconciler.cli.main import main

PACKAGE: Final = "reconciler."
COUNTED: Final = "boundaries: "


class Boundaries:
    """Every first crossing from one module of the program into a function of another one."""

    def __init__(self, fails_at: int) -> None:
        self.fails_at = fails_at
        self.seen: set[tuple[str, str, str]] = set()

    def watch(self, frame: FrameType, event: str, _: object) -> None:
        """Be told of every call; fail at the one that was asked for."""
        before = frame.f_back
        if event != "call" or before is None:
            return
        here, there = (one.f_globals.get("__name__", "") for one in (before, frame))
        if here == there or not (here.startswith(PACKAGE) and there.startswith(PACKAGE)):
            return
        crossing = (here, there, frame.f_code.co_name)
        if crossing in self.seen:
            return
        self.seen.add(crossing)
        if len(self.seen) - 1 == self.fails_at:
            raise RuntimeError(f"in front of {there} with {CANARY_KEY}")


def run() -> None:
    """Run the program."""
    boundaries = Boundaries(int(sys.argv[1]))
    threading.setprofile(boundaries.watch)
    sys.setprofile(boundaries.watch)
    try:
        main(sys.argv[2:])
    finally:
        sys.setprofile(None)
        if boundaries.fails_at < 0:
            sys.stderr.write(f"{COUNTED}{len(boundaries.seen)}\n")


if __name__ == "__main__":
    run()
