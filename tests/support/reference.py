"""The help texts in docs/commands: the program's own, pasted by the program.

Each page holds, in a block of its own, what `--help` prints for its commands. `just docs-commands` puts
today's texts in, and begins a page for a command that has none; the words around them are written by hand.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

import typer

from reconciler.cli.app import app
from tests.support.target import REPOSITORY

PAGES: Final = REPOSITORY / "docs" / "commands"
PROGRAM: Final = "mimo-code-setup"
FRONT: Final = "setup"
"""The page of what runs without a command."""


def commands(group: Any = None, *above: str) -> Iterator[str]:  # noqa: ANN401 - of typer's own parser
    """Yield each command by the words that name it, the nameless one first, those of groups too."""
    if group is None:
        yield ""
        group = typer.main.get_command(app)
    for name, command in cast("dict[str, Any]", group.commands).items():
        yield " ".join((*above, name))
        if hasattr(command, "commands"):
            yield from commands(command, *above, name)


def page_of(command: str) -> Path:
    """Return the page that describes a command; one of a group stands on the group's page."""
    return PAGES / f"{(command.split() or [FRONT])[0]}.md"


def help_of(command: str) -> str:
    """Return what `--help` prints, 80 columns wide."""
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", *command.split(), "--help"],
        cwd=REPOSITORY,
        env={"PATH": os.defpath, "HOME": "/", "COLUMNS": "80", "NO_COLOR": "1", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    return done.stdout.strip("\n")


def block_of(command: str) -> re.Pattern[str]:
    """Return what finds the block of a command in its page: the help text alone."""
    usage = " ".join(["Usage:", PROGRAM, *command.split(), "[OPTIONS]"])
    return re.compile(rf"(?<=^```text\n){re.escape(usage)}.*?(?=\n```$)", re.MULTILINE | re.DOTALL)


def pasted(command: str, text: str) -> str:
    """Return a page's text with today's help in it."""
    told = help_of(command)
    again, found = block_of(command).subn(lambda _: told, text)
    if found:
        return again
    mark = "##" if text else "#"
    return f"{text}{mark} {command or PROGRAM}\n\n```text\n{told}\n```\n"


def main() -> None:
    """Write every page anew."""
    for command in commands():
        path = page_of(command)
        text = path.read_text("utf-8") if path.exists() else ""
        path.write_text(pasted(command, text), encoding="utf-8")


if __name__ == "__main__":
    main()
