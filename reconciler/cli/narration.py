"""The demo's story on a terminal: chapters, sentences, and the reports in between."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TextIO

from reconciler.cli.render import show
from reconciler.cli.text import redact
from reconciler.records import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.cli.output import Manner
    from reconciler.commands.report import Report


@frozen
class Narrator:
    """Tells the demo. With --json the story goes to standard error, the report alone to standard output."""

    manner: Manner

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        stream = self._stream()
        console = self.manner.console(stream)
        console.print()
        console.rule(title, align="left", characters="-")

    def say(self, text: str) -> None:
        """Say a sentence."""
        self.manner.console(self._stream()).print(redact(text), soft_wrap=True)

    def show(self, report: Report, home: Path) -> None:
        """Show what a command reported."""
        console = self.manner.console(self._stream())
        show(report, console, home=str(home), verbose=self.manner.verbose)

    def _stream(self) -> TextIO:
        return sys.stderr if self.manner.json else sys.stdout
