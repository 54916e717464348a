"""Whom to ask at a terminal, and how. Prompts go to standard error, so that standard output stays clean.

Where the cursor can be moved, questions are answered with the keyboard's keys (`keyboard`), elsewhere line by
line (`lines`). What asks is imported with the first question.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from attrs import field

from reconciler.engine import platform
from reconciler.records import define

if TYPE_CHECKING:
    from reconciler.cli.output import Manner
    from reconciler.commands.asking import KeyQuestion, ModelQuestion, ScopeQuestion
    from reconciler.commands.report import Report
    from reconciler.commands.world import Answer, Dialogue


@define
class Terminal:
    """The dialogue that the terminal can carry, made when the first question is asked."""

    manner: Manner
    guided: bool = field(default=False, kw_only=True)
    """Whether what is asked is numbered."""
    _made: Dialogue | None = field(default=None, init=False)

    def ask_key(self, question: KeyQuestion, *, back: bool) -> str | None:
        """Prompt for the key until its form is right."""
        return self._dialogue.ask_key(question, back=back)

    def choose_scope(self, question: ScopeQuestion, *, back: bool) -> str:
        """Ask where the models should become the default."""
        return self._dialogue.choose_scope(question, back=back)

    def choose_model(self, question: ModelQuestion, *, back: bool) -> str:
        """Ask which model to use."""
        return self._dialogue.choose_model(question, back=back)

    def confirm(self, report: Report, *, back: bool = False) -> Answer:
        """Show what would change and ask whether to go on."""
        return self._dialogue.confirm(report, back=back)

    @property
    def _dialogue(self) -> Dialogue:
        if self._made is None:
            self._made = self._make()
        return self._made

    def _make(self) -> Dialogue:
        from reconciler.cli.ability import moves_cursor, signs  # noqa: PLC0415 - only when asked
        from reconciler.cli.text import home_folder  # noqa: PLC0415 - same

        spoken, home = signs(os.environ, platform.SYSTEM), home_folder()
        if not moves_cursor(os.environ, platform.SYSTEM):
            from reconciler.cli.lines import Lines  # noqa: PLC0415 - only when asked

            return Lines(self.manner, spoken, home, guided=self.guided)
        from reconciler.cli.keyboard import Keyboard  # noqa: PLC0415 - a library that only questions need

        return Keyboard(self.manner, spoken, home, guided=self.guided)
