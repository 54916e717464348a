"""A `mimo` that does something of its own before it is itself: edits a file, kills whoever asked."""

import os
import shlex
import time
from pathlib import Path
from typing import Final

from tests.support.sandbox import Sandbox

KILL_WHO_ASKED: Final = 'kill -9 "$PPID"; exit 0'


def wrap_mimo(sandbox: Sandbox, script: str, *, when: str = "*") -> None:
    """Have a shell script run before each launch whose arguments match the shell pattern `when`.

    It works with the stand-in and with the real one alike. `unwrap_mimo` takes it away again.
    """
    inner = sandbox.root / "wrapped"
    inner.mkdir()
    command = sandbox.bin / "mimo"
    command.rename(inner / "mimo")
    command.write_text(
        f'#!/bin/sh\ncase "$*" in\n{when})\n{script}\n;;\nesac\n'
        f'exec {shlex.quote(str(inner / "mimo"))} "$@"\n'
    )
    command.chmod(0o755)


def unwrap_mimo(sandbox: Sandbox) -> None:
    """Put the sandbox's own mimo back."""
    inner = sandbox.root / "wrapped"
    (inner / "mimo").replace(sandbox.bin / "mimo")
    inner.rmdir()


def replace_mimo(sandbox: Sandbox, script: str) -> None:
    """Put a shell script in place of the mimo on the sandbox's PATH."""
    command = sandbox.bin / "mimo"
    command.unlink()
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)


def wait_until_quiet(sandbox: Sandbox) -> None:
    """Wait until nothing that was started in a sandbox runs any more, orphans of a killed run included."""
    mark = os.fsencode(f"HOME={sandbox.home}")
    deadline = time.monotonic() + 30
    while any(mark in _environment(process) for process in Path("/proc").glob("[0-9]*")):
        assert time.monotonic() < deadline, "an orphan does not end"
        time.sleep(0.02)


def _environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []
