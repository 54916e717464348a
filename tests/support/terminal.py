"""A person at a terminal: the program runs in a pseudo-terminal, and all that appears there is kept."""

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
import pexpect

from tests.support.sandbox import RESULTS, Result, Sandbox, program

PATIENCE: Final = 60
MODEL_QUESTION: Final = "Model: number, name or part of it"
KEY_QUESTION: Final = "GonkaGate API key"
GO_AHEAD: Final = r"Make these changes\? "

_COMMANDS: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@attrs.define
class Session:
    """One run in a terminal. `screen` is all that appeared, `exit_code` how it ended, None before that."""

    child: "pexpect.spawn[str]"
    _shown: io.StringIO
    exit_code: int | None = None

    @property
    def screen(self) -> str:
        """Everything that appeared so far."""
        return self._shown.getvalue()

    @property
    def text(self) -> str:
        """The same without colours and other commands to the terminal."""
        return _COMMANDS.sub("", self.screen)

    def wait_for(self, pattern: str) -> None:
        """Wait until something appears."""
        self.child.expect(pattern, timeout=PATIENCE)

    def type(self, text: str) -> None:
        """Type a line."""
        self.child.sendline(text)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.child.sendintr()

    def end(self) -> int:
        """Wait for the program to end and return its exit code."""
        self.child.expect(pexpect.EOF, timeout=PATIENCE)
        self.child.close()
        assert self.child.exitstatus is not None, f"ended by signal {self.child.signalstatus}"
        self.exit_code = self.child.exitstatus
        return self.exit_code


@contextmanager
def terminal(
    sandbox: Sandbox, *arguments: str, cwd: Path | None = None, env: Mapping[str, str | None] | None = None
) -> Iterator[Session]:
    """Run the program in a terminal; what appeared is searched for the made-up key like every output."""
    command = program(*arguments)
    shown = io.StringIO()
    child = pexpect.spawn(
        command[0],
        command[1:],
        cwd=str(cwd or sandbox.outside),
        env=sandbox.environment(**{"TERM": "xterm", **(env or {})}),
        encoding="utf-8",
        timeout=PATIENCE,
        dimensions=(60, 200),
    )
    child.logfile_read = shown
    session = Session(child, shown)
    try:
        yield session
    finally:
        child.close(force=True)
        result = Result(arguments, session.exit_code or 0, "", session.screen, None)
        sandbox.results.append(result)
        RESULTS.append(result)
