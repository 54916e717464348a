"""Asking a person at a terminal. Prompts go to standard error, so that standard output stays clean."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from attrs import frozen

from reconciler.cli.text import printable
from reconciler.commands.world import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.commands.report import Report
    from reconciler.gonkagate.catalog import Catalog
    from reconciler.mimocode.projects import Project

_SHOWN = 20


def somebody_there() -> bool:
    """Whether a person can be asked: both ends must be a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def _say(text: str = "") -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _read(prompt: str) -> str:
    sys.stderr.write(prompt)
    sys.stderr.flush()
    try:
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        _say()
        raise
    if not line:
        raise KeyboardInterrupt
    return line.strip()


@frozen
class Terminal:
    """The dialogue with a person at a terminal."""

    show: Callable[[Report], None]

    def ask_key(self) -> str | None:
        """Prompt for the key; what is typed is not shown."""
        return getpass.getpass("GonkaGate API key (not shown while you type): ", stream=sys.stderr)

    def choose_scope(self, default: str, project: Project) -> str:
        """Ask where the models should become the default."""
        _say("Where should GonkaGate's model become the default?")
        _say("  user     everywhere you work (written to your MiMoCode configuration)")
        root = printable(str(project.root))
        _say(f"  project  in {root} only (a file that can be committed, without the key)")
        while True:
            answer = _read(f"Scope [{default}]: ").lower() or default
            if answer in ("user", "project"):
                return answer
            _say("Please type user or project.")

    def choose_model(self, catalog: Catalog, default: str) -> str:
        """Ask which model to use: by number, by id, or by a part of it."""
        from reconciler.gonkagate.models import is_validated  # noqa: PLC0415 - only when asked

        shown = list(catalog.models)
        while True:
            found = "" if len(shown) == len(catalog.models) else f"; {len(shown)} match"
            _say(f"GonkaGate lists {len(catalog.models)} models{found}:")
            for number, model in enumerate(shown[:_SHOWN], 1):
                marks = " (validated in MiMoCode by GonkaGate)" if is_validated(model.id) else ""
                _say(f"  {number:3} {model.id}{marks}")
            if len(shown) > _SHOWN:
                _say(f"      and {len(shown) - _SHOWN} more: type a part of a name to search")
            answer = _read(f"Model: number, name or part of it [{default}]: ") or default
            if answer in catalog.ids:
                return answer
            if answer.isdigit() and 1 <= int(answer) <= len(shown):
                return shown[int(answer) - 1].id
            shown = [model for model in catalog.models if answer.lower() in model.id.lower()]
            if not shown:
                _say("No model matches.")
                shown = list(catalog.models)

    def confirm(self, report: Report) -> Answer:
        """Show what would change and ask whether to go on."""
        self.show(report)
        while True:
            answer = _read("Make these changes? [y/N] ").lower()
            if answer in ("y", "yes"):
                return Answer.YES
            if answer in ("", "n", "no"):
                return Answer.NO
