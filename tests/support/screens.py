"""Screens as a person sees them: what the program prints is drawn by a terminal of our own, and kept as text.

An album is one file of ``tests/screens/guided``: the screens of one session, each under its title. A test
names the title that it has come to, and waits until the screen is the one in the file. ``SCREENS=write``
writes the files anew; look at what changed in them. CI never writes.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
import pexpect
import pyte

from tests.support.sandbox import RESULTS, Result, Sandbox, program
from tests.support.target import REPOSITORY

FOLDER: Final = REPOSITORY / "tests" / "screens" / "guided"
ROWS: Final = 60
PATIENCE: Final = 60.0
QUIET: Final = 0.4
"""How long a screen that is to be written must not have changed, in seconds."""

ENTER: Final = "\r"
ESCAPE: Final = "\x1b"
UP: Final = "\x1b[A"
DOWN: Final = "\x1b[B"
PAGE_DOWN: Final = "\x1b[6~"
BACKSPACE: Final = "\x7f"
CTRL_C: Final = "\x03"
CTRL_D: Final = "\x04"

_TIME: Final = re.compile(r"\d+\.\d s")
_TITLE: Final = re.compile(r"^=== (.+) ===$", re.MULTILINE)


@attrs.define
class Seat:
    """A person's seat at a terminal: what he sees, and the keys under his fingers."""

    child: "pexpect.spawn[bytes]"
    screen: pyte.Screen
    _stream: pyte.ByteStream
    received: bytearray = attrs.field(factory=bytearray)
    exit_code: int | None = None
    echoes: bool = False
    """Whether the terminal shows what is typed, as it was found when the program had ended."""

    @property
    def text(self) -> str:
        """The screen, without what differs from run to run."""
        lines = [line.rstrip() for line in self.screen.display]
        return _TIME.sub("#.# s", "\n".join(lines)).rstrip()

    def press(self, *keys: str) -> None:
        """Press keys, or type a text."""
        for key in keys:
            self.child.send(key.encode())

    def wait_for(self, *texts: str) -> None:
        """Wait until all of these are on the screen."""
        end = time.monotonic() + PATIENCE
        while not all(text in self.text for text in texts):
            assert time.monotonic() < end, f"{texts} did not appear:\n{self.text}"
            assert self._look(), f"it ended without {texts}:\n{self.text}"

    def wait_for_screen(self, wanted: str) -> bool:
        """Wait until the screen is as wanted; tell whether it became so."""
        end = time.monotonic() + PATIENCE
        while self.text != wanted and time.monotonic() < end and self._look():
            pass
        return self.text == wanted

    def wait_for_quiet(self) -> None:
        """Wait until nothing more is drawn."""
        while self._look(QUIET) and self._drew:
            pass

    def end(self) -> int:
        """Wait for the program to end and return its exit code."""
        end = time.monotonic() + PATIENCE
        while self._look():
            assert time.monotonic() < end, f"it did not end:\n{self.text}"
        self.echoes = self.child.getecho()
        self.child.close()
        assert self.child.exitstatus is not None, f"ended by signal {self.child.signalstatus}"
        self.exit_code = self.child.exitstatus
        return self.exit_code

    _drew: bool = attrs.field(default=False, init=False)

    def _look(self, seconds: float = 0.2) -> bool:
        """Draw what has arrived; False when nothing more can."""
        if self.child.closed:
            return False
        try:
            data = self.child.read_nonblocking(65536, seconds)
        except pexpect.TIMEOUT:
            self._drew = False
            return True
        except pexpect.EOF:
            return False
        self._drew = True
        self.received += data
        self._stream.feed(data)
        return True


@contextmanager
def seat(
    sandbox: Sandbox,
    *arguments: str,
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    columns: int = 80,
    rows: int = ROWS,
) -> Iterator[Seat]:
    """Run the program at a terminal; what appeared is searched for the made-up key like every output."""
    command = program(*arguments)
    child: pexpect.spawn[bytes] = pexpect.spawn(
        command[0],
        command[1:],
        cwd=str(cwd or sandbox.outside),
        env=sandbox.environment(**{"TERM": "xterm-256color", **(env or {})}),
        encoding=None,
        timeout=PATIENCE,
        dimensions=(rows, columns),
    )
    child.delaybeforesend = None
    screen = pyte.Screen(columns, rows)
    taken = Seat(child, screen, pyte.ByteStream(screen))
    try:
        yield taken
    finally:
        child.close(force=True)
        shown = taken.received.decode(errors="replace")
        result = Result(arguments, taken.exit_code or 0, shown, "", None)
        sandbox.results.append(result)
        RESULTS.append(result)


@attrs.define
class Album:
    """The screens of one session, by their titles."""

    name: str
    is_kept_by_another: bool = attrs.field(default=False, kw_only=True)
    """Whether another test's session is the one that is written."""
    _met: dict[str, str] = attrs.field(factory=dict, init=False)

    @property
    def path(self) -> Path:
        """The file of this album."""
        return FOLDER / f"{self.name}.txt"

    def shows(self, title: str, there: Seat) -> bool:
        """Wait until the screen is the one of this title, else raise; with ``SCREENS=write`` keep it."""
        if _writing():
            there.wait_for_quiet()
            if self.is_kept_by_another:
                return True
            self._met[title] = there.text
            self.path.write_text("".join(f"=== {name} ===\n{text}\n\n" for name, text in self._met.items()))
            return True
        wanted = screens_in(self.path)[title]
        assert there.wait_for_screen(wanted), f"{self.name}, {title}: expected\n{wanted}\n\nsaw\n{there.text}"
        return True


def screens_in(path: Path) -> dict[str, str]:
    """Read an album."""
    _, *pieces = _TITLE.split(path.read_text())
    return {title: text.strip("\n") for title, text in zip(pieces[::2], pieces[1::2], strict=True)}


def _writing() -> bool:
    assert not (os.environ.get("SCREENS") and os.environ.get("CI")), "CI never writes screens"
    return os.environ.get("SCREENS") == "write"
