"""The README's session: its commands are typed one after the other on one throw-away machine.

In a block `console`, lines that begin with `$` are typed, and what stands between them is what they print;
a block `sh` is typed without showing what it prints. `just docs-readme` types them all and puts in what is
printed today.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from fixtures.canary import CANARY_KEY
from fixtures.gateway import Gateway
from tests.support.documents import SCHEMA_URL
from tests.support.sandbox import RESULTS, TIME_LIMIT, Result, Sandbox, is_installed
from tests.support.target import REPOSITORY, mimo_under_test

README: Final = REPOSITORY / "README.md"
USERS_CONFIG: Final = f"""\
{{
  // Mine.
  "$schema": "{SCHEMA_URL}",
  "model": "acme/writer-1", // the one I like
}}
"""
PROGRAM: Final = "mimo-code-setup"

_BLOCK: Final = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIME: Final = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_RUN: Final = re.compile(r"\b[0-9a-f]{16}(?=\.\d)")


@attrs.frozen
class Typed:
    """One command: what is typed, what the README shows of it (None where nothing), and what it came to."""

    command: str
    shown: str | None
    result: Result | None = None


def commands(text: str) -> Iterator[Typed]:
    """Find every command of the README, in its order."""
    for kind, block in _BLOCK.findall(text):
        if kind == "sh":
            yield from (Typed(line, None) for line in block.splitlines())
            continue
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            yield Typed(command, shown.rstrip("\n"))


def is_ours(command: str) -> bool:
    """Whether a command can be typed on a throw-away machine, with nobody there."""
    return command.startswith(f"{PROGRAM} ")


def install_program(machine: Sandbox, name: str) -> None:
    """Put the program on a machine's PATH by a name."""
    command = machine.bin / name
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m reconciler "$@"\n')
    command.chmod(0o755)


def prepare(machine: Sandbox) -> Sandbox:
    """Give a machine the program, a user with a config of his own, and his key in a file."""
    install_program(machine, PROGRAM)
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_text(USERS_CONFIG)
    key = machine.outside / "key.txt"
    key.write_text(CANARY_KEY + "\n")
    machine.key_holders.append(key)
    return machine


def play(machine: Sandbox, text: str) -> Iterator[Typed]:
    """Type every command that can be typed here; the first ones find a key in the shell."""
    for typed in commands(text):
        if is_ours(typed.command):
            yield attrs.evolve(typed, result=_type(machine, typed.command))


def _type(machine: Sandbox, command: str) -> Result:
    extra = {} if machine.key_file.exists() else {"GONKAGATE_API_KEY": CANARY_KEY}
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=machine.outside,
        env=machine.environment(**extra),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=TIME_LIMIT,
        check=False,
    )
    result = Result((command,), done.returncode, as_ever(done.stdout), "", None)
    machine.results.append(result)
    RESULTS.append(result)
    return result


def as_ever(printed: str) -> str:
    """Return what was printed, with a time and a number that differ from run to run always the same."""
    return _RUN.sub("0f3a52c1b7d94e68", _TIME.sub("2026-11-23T12:00:00Z", printed)).rstrip("\n")


def main() -> None:
    """Put what is printed today into the README."""
    assert is_installed()
    text = README.read_text("utf-8")
    with Gateway("demo") as gateway, tempfile.TemporaryDirectory() as folder:
        machine = prepare(Sandbox(Path(folder).resolve() / "machine", mimo_under_test(), gateway))
        for typed in play(machine, text):
            if typed.shown is None or typed.result is None:
                continue
            before = f"$ {typed.command}\n{typed.shown}".rstrip("\n") + "\n"
            text = text.replace(before, f"$ {typed.command}\n{typed.result.stdout}".rstrip("\n") + "\n", 1)
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
