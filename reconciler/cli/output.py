"""Where output goes: a report on standard output, everything else on standard error.

A report is people's text, or with --json exactly one JSON object. Whatever leaves the
program passes the redaction here.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final, TextIO

from attrs import evolve, field

from reconciler.cli.endings import exit_code
from reconciler.cli.exit_codes import STOPPED
from reconciler.cli.streams import complain
from reconciler.cli.text import home_folder, redact
from reconciler.records import frozen

if TYPE_CHECKING:
    from rich.console import Console

    from reconciler.commands.report import Report

_LOOKS: Final = ("FORCE_COLOR", "TTY_COMPATIBLE")


@frozen
class Manner:
    """How to speak."""

    json: bool = False
    no_color: bool = False
    verbose: bool = False

    def console(self, stream: TextIO) -> Console:
        """Open a console on a stream. Colours follow the terminal, NO_COLOR and --no-color."""
        from rich.console import Console  # noqa: PLC0415 - slow to import, for terminals alone

        plain = True if self.no_color else None
        console = Console(file=stream, no_color=plain, highlight=False, markup=False)
        if console.is_dumb_terminal:  # rich takes such a one for 80 columns, however wide it is
            size = os.get_terminal_size(stream.fileno())
            console.size = size if size.columns else console.size
        return console

    def show(self, report: Report, stream: TextIO) -> None:
        """Print a report for people."""
        from reconciler.cli.render import show, write  # noqa: PLC0415 - needless for --json

        home = home_folder()
        if _has_a_look(stream):
            show(report, self.console(stream), home=home, verbose=self.verbose)
        else:
            write(report, stream, home=home, verbose=self.verbose)

    def show_on_stderr(self, report: Report) -> None:
        """Print a report for the person who is asked something."""
        self.show(report, sys.stderr)


def _has_a_look(stream: TextIO) -> bool:
    """Whether width and colours mean something: at a terminal, or where somebody asks for its look."""
    return stream.isatty() or any(os.environ.get(name) for name in _LOOKS)


@frozen
class Ending:
    """A command's end: its report, and how to tell it."""

    manner: Manner
    report: Report | None = None
    detailed: bool = field(default=False, kw_only=True)

    def of(self, report: Report) -> Ending:
        """Return this ending with its report."""
        return evolve(self, report=report)

    def tell(self) -> int:
        """Print the report and return the exit code. An output that fails is never a success."""
        if self.report is None:
            return 0
        code = exit_code(self.report, detailed=self.detailed)
        if sys.stdout is None:
            return code
        try:
            if self.manner.json:
                self._tell_json(self.report)
            else:
                self.manner.show(self.report, sys.stdout)
        except OSError as error:
            complain(f"the report could not be written: {error.strerror}")
            return code or STOPPED
        return code

    def _tell_json(self, report: Report) -> None:
        import json  # noqa: PLC0415 - only here

        from reconciler.commands.spelling import as_json  # noqa: PLC0415 - same

        text = json.dumps(as_json(report), indent=2, ensure_ascii=True)
        sys.stdout.write(redact(text) + "\n")
        for note in report.notes:
            complain(redact(note))
