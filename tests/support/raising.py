"""The command line, with a note of which of the program's own exceptions are raised inside of it.

Started as a process of its own: what shall happen meanwhile, then the program's arguments. `save` is somebody
who saves a config in the very instant in which it is replaced, `write` a slip by which a command that only
looks writes, `!NAME` an exception of the interpreter's own, `^NAME` a Ctrl-C in front of a function (and
`^NAME^OTHER` one more in front of another), `nothing` nothing. The names of what was raised are the last line
on standard error.
"""

import builtins
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

from reconciler.cli.main import main

PACKAGE: Final = "reconciler"
NOTED: Final = "raised: "
FAILS: Final = "!"
"""In front of the name of what shall be raised by the system itself."""
PRESSED: Final = "^"
"""In front of the name of the function in front of which Ctrl-C is pressed."""


def save(frame: FrameType) -> None:
    """Save a newer content over the file that is being replaced, as an editor does."""
    target = Path(frame.f_locals["other"])
    newer = target.with_name("being-saved")
    newer.write_bytes(target.read_bytes() + b"\n// newer\n")
    newer.replace(target)


def write(frame: FrameType) -> None:
    """Write with what may only look."""
    frame.f_locals["self"].remove(Path("/nowhere"))


def failing(name: str) -> Callable[[FrameType], None]:
    """Fail with an exception of the interpreter's own."""

    def fail(_: FrameType) -> None:
        raise getattr(builtins, name)

    return fail


def press(_: FrameType) -> None:
    """Press Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


WHEN: Final[dict[str, tuple[str, Callable[[FrameType], None]]]] = {
    "save": ("Disk.exchange", save),
    "write": ("Reading.names", write),
}


class Watch:
    """Lets one thing happen, once, and notes each class that is raised."""

    def __init__(self, what: str) -> None:
        self.raised: set[str] = set()
        self.moment, self.happen = WHEN.get(what, ("", save))
        if what.startswith(FAILS):
            self.moment, self.happen = "Reading.names", failing(what.removeprefix(FAILS))
        if what.startswith(PRESSED):
            self.moment, self.happen = what.split(PRESSED)[1], press

    def called(self, frame: FrameType, event: str, _: object) -> Any:  # noqa: ANN401 - a trace function
        """Be told of every call; look into those of the program's own functions."""
        if event != "call" or not frame.f_globals.get("__name__", "").startswith(PACKAGE):
            return None
        if frame.f_code.co_qualname == self.moment:
            self.moment = ""
            try:
                self.happen(frame)
            except BaseException as error:
                self.note(type(error))  # what is raised in here is not told to `inside`
                raise
        frame.f_trace_lines = False
        return self.inside

    def inside(self, _: FrameType, event: str, about: Any) -> Any:  # noqa: ANN401 - same
        """Be told of every exception that passes through."""
        if event == "exception":
            self.note(about[0])
        return self.inside

    def note(self, kind: type[BaseException]) -> None:
        """Note a class of the program's own."""
        if kind.__module__.startswith(PACKAGE):
            self.raised.add(f"{kind.__module__}.{kind.__qualname__}")


def press_again(moment: str) -> None:
    """Press Ctrl-C once more in front of another function; an interrupted tracer is told nothing more."""

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_qualname == moment:
            sys.setprofile(None)
            press(frame)

    sys.setprofile(watch)


def run() -> None:
    """Run the program."""
    watch = Watch(sys.argv[1])
    for moment in sys.argv[1].split(PRESSED)[2:]:
        press_again(moment)
    threading.settrace(watch.called)
    sys.settrace(watch.called)
    try:
        main(sys.argv[2:])
    finally:
        sys.settrace(None)
        sys.stderr.write(f"{NOTED}{' '.join(sorted(watch.raised))}\n")


if __name__ == "__main__":
    run()
