"""Questions that are asked line by line, which works on every terminal, also without a cursor."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler.cli import wording
from reconciler.cli.picking import Picker, Shape, legend, marks_of, rows_of
from reconciler.cli.saying import columns, say, say_below
from reconciler.commands.world import Back, Stage
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.cli.ability import Signs
    from reconciler.cli.output import Manner
    from reconciler.cli.picking import Row
    from reconciler.commands.asking import KeyQuestion, ModelQuestion, ScopeQuestion
    from reconciler.commands.report import Report
    from reconciler.commands.world import Answer

_SHOWN: Final = 20
_BACK: Final = "<"


def _read(prompt: str, *, back: bool) -> str:
    """Read a line. Its end without a line is an interrupt; a lone `<` goes back where there is a way."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    try:
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        say()
        raise
    if not line:
        say()
        raise KeyboardInterrupt
    if back and line.strip() == _BACK:
        raise Back
    return line.strip()


@frozen
class Lines:
    """The dialogue with a person at a terminal that can only print one line after the other."""

    manner: Manner
    signs: Signs
    home: str
    guided: bool = field(default=False, kw_only=True)

    def ask_key(self, question: KeyQuestion, *, back: bool) -> str | None:
        """Prompt for the key until its form is right; what is typed is not shown."""
        complaint = question.complaint
        while True:
            if complaint is not None:
                say_below(f"{complaint}.")
            typed = self._hidden(back=back)
            complaint = None
            if question.fault(typed) is None:
                if not self.guided:
                    say(f"  {wording.about_key(typed, question.fault)}")
                return typed
            complaint = wording.about_key(typed, question.fault)

    def _hidden(self, *, back: bool) -> str:
        try:
            typed = getpass.getpass(self._label(Stage.KEY) + wording.KEY, stream=sys.stderr).strip()
        except EOFError:
            say()
            raise KeyboardInterrupt from None
        except KeyboardInterrupt:
            say()
            raise
        if back and typed == _BACK:
            raise Back
        return typed

    def choose_scope(self, question: ScopeQuestion, *, back: bool) -> str:
        """Ask where the models should become the default."""
        say(self._label(Stage.SCOPE) + wording.SCOPE)
        choices = wording.scopes(question, self.home, self.signs)
        for choice in choices:
            say(f"     {choice.name:8} {choice.counts}")
            say_below(choice.written, 14)
        while True:
            answer = _read(f"Scope [{question.default}]{_way(back=back)}: ", back=back).lower()
            if not answer or answer in [choice.name for choice in choices]:
                return answer or question.default
            say("Please type user or project.")

    def choose_model(self, question: ModelQuestion, *, back: bool) -> str:
        """Ask which model to use: by number, by id, or by a part of anything that is told of it."""
        picker = Picker(rows_of(question, self.signs), self.signs, default=question.default)
        if question.complaint is not None:
            say_below(f"{question.complaint}.")
        say(self._label(Stage.MODEL) + f"GonkaGate lists {len(picker.rows)} models:")
        while True:
            self._list(picker.found)
            say_below(legend(picker.rows, self.signs))
            asked = f"Model: number, name or part of it [{question.default}]{_way(back=back)}: "
            answer = _read(asked, back=back) or question.default
            if answer in question.catalog.ids:
                return answer
            if answer.isdecimal() and 1 <= int(answer) <= len(picker.found):
                return picker.found[int(answer) - 1].id
            picker.search(answer)
            say(f"{len(picker.found)} match:" if picker.found else "No model matches.")
            if not picker.found:
                picker.search("")

    def _list(self, rows: Sequence[Row]) -> None:
        shown = tuple(rows[:_SHOWN])
        shape = Shape.of(shown, columns() - 2)
        for number, row in enumerate(shown, 1):
            marks = f"{number:2}{marks_of(row, self.signs)}"
            say("  " + shape.spell(marks, row, self.signs))
        if len(rows) > _SHOWN:
            say(f"      and {len(rows) - _SHOWN} more: type a part of a name, id or description")

    def confirm(self, report: Report, *, back: bool = False) -> Answer:
        """Show what would change and ask whether to go on."""
        self.manner.show_on_stderr(report)
        while True:
            answer = wording.yes_or_no(_read(f"{wording.CHANGES}{_way(back=back)} ", back=back))
            if answer is not None:
                return answer
            say(wording.Y_OR_N)

    def _label(self, stage: Stage) -> str:
        return f"{wording.numbered(stage)}  " if self.guided else ""


def _way(*, back: bool) -> str:
    return f" ({_BACK} goes back)" if back else ""
