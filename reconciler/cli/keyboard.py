"""Questions that are answered with the keyboard's keys: lists to move in, a search as you type, a way back.

prompt_toolkit reads the keys and draws; what it drew for a question is gone once that is answered. Imported
only when somebody is asked.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, TypeVar

from attrs import field
from prompt_toolkit.application import Application, create_app_session
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.layout import HSplit, Layout, Window
from prompt_toolkit.layout.controls import BufferControl, FormattedTextControl
from prompt_toolkit.layout.processors import BeforeInput, Processor, Transformation
from prompt_toolkit.output import ColorDepth, create_output
from prompt_toolkit.output.vt100 import Vt100_Output

from reconciler.cli import wording
from reconciler.cli.picking import Picker, rows_of
from reconciler.cli.saying import say, say_below
from reconciler.cli.views import ConfirmView, KeyView, ModelView, ScopeView
from reconciler.commands.world import Back, Stage
from reconciler.records import frozen

if TYPE_CHECKING:
    from prompt_toolkit.formatted_text import StyleAndTextTuples
    from prompt_toolkit.key_binding.key_processor import KeyPressEvent
    from prompt_toolkit.layout.processors import TransformationInput
    from prompt_toolkit.output import Output

    from reconciler.cli.ability import Signs
    from reconciler.cli.output import Manner
    from reconciler.cli.views import View
    from reconciler.commands.asking import KeyQuestion, ModelQuestion, ScopeQuestion
    from reconciler.commands.report import Report
    from reconciler.commands.world import Answer

A = TypeVar("A")
_GO_ON: Final = "Enter go on"
_PAGE: Final = 10
_ESCAPE_SECONDS: Final = 0.05
"""How long an Esc may be the beginning of another key's code."""


class _Hidden(Processor):
    """Shows nothing of what is typed, not even how much."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:  # noqa: ARG002
        return Transformation([], source_to_display=lambda _: 0, display_to_source=lambda _: 0)


@frozen
class Keyboard:
    """The dialogue with a person at a terminal whose cursor can be moved."""

    manner: Manner
    signs: Signs
    home: str
    guided: bool = field(default=False, kw_only=True)

    def ask_key(self, question: KeyQuestion, *, back: bool) -> str | None:
        """Prompt for the key until its form is right; what is typed is not shown."""
        if question.complaint is not None:
            say_below(f"{question.complaint}.")
        prompt = self._label(Stage.KEY) + wording.KEY
        typed = self._ask(KeyView(question, prompt, self._hint(_GO_ON, back=back)), back=back)
        if not self.guided:
            say(f"{wording.KEY}{wording.about_key(typed, question.fault)}")
        return typed

    def choose_scope(self, question: ScopeQuestion, *, back: bool) -> str:
        """Ask where the models should become the default."""
        choices = wording.scopes(question, self.home, self.signs)
        at = [choice.name for choice in choices].index(question.default)
        hint = self._hint(f"{self.signs.keys} choose", _GO_ON, back=back)
        prompt = self._label(Stage.SCOPE) + wording.SCOPE
        return self._ask(ScopeView(choices, self.signs, prompt, hint, at), back=back)

    def choose_model(self, question: ModelQuestion, *, back: bool) -> str:
        """Ask which model to use, with a search through all that is told of each."""
        if question.complaint is not None:
            say_below(f"{question.complaint}.")
        picker = Picker(rows_of(question, self.signs), self.signs, default=question.default)
        hint = self._hint(f"{self.signs.keys} choose", _GO_ON, back=back)
        prompt = self._label(Stage.MODEL) + "Which model? Type to search: "
        return self._ask(ModelView(picker, prompt, hint), back=back)

    def confirm(self, report: Report, *, back: bool = False) -> Answer:
        """Show what would change and ask whether to go on."""
        self.manner.show_on_stderr(report)
        hint = self._hint("y makes them", "Enter alone does not", back=back)
        answer = self._ask(ConfirmView(f"{wording.CHANGES} ", hint), back=back)
        say(f"{wording.CHANGES} {answer.value}")
        return answer

    def _label(self, stage: Stage) -> str:
        return f"{wording.numbered(stage)}  " if self.guided else ""

    def _hint(self, *more: str, back: bool) -> str:
        ways = ["Esc back"] if back else []
        return self.signs.between.join([*more, *ways, "Ctrl-C stop"])

    def _ask(self, view: View[A], *, back: bool) -> A:
        depth = ColorDepth.DEPTH_1_BIT if self.manner.no_color else None
        with create_app_session(output=_output()):
            return _application(view, back=back, depth=depth).run()


def _output() -> Output:
    """Draw on standard error, without asking the terminal where its cursor is: not all of them answer."""
    output = create_output(stdout=sys.stderr)
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False
    return output


def _application(view: View[A], *, back: bool, depth: ColorDepth | None) -> Application[A]:
    line = Buffer(multiline=False, on_text_changed=lambda buffer: view.typed(buffer.text))
    processors: list[Processor] = [
        *([_Hidden()] if view.hidden else []),
        BeforeInput(view.prompt, style="bold"),
    ]
    body = FormattedTextControl(lambda: _below(view, application.output))
    rows = [
        Window(BufferControl(line, input_processors=processors), wrap_lines=True, dont_extend_height=True),
        Window(body, wrap_lines=False, dont_extend_height=True, always_hide_cursor=True),
    ]
    application: Application[A] = Application(
        layout=Layout(HSplit(rows)),
        key_bindings=_keys(view, line, back=back),
        color_depth=depth,
        erase_when_done=True,
    )
    application.ttimeoutlen = _ESCAPE_SECONDS
    return application


def _below(view: View[A], output: Output) -> StyleAndTextTuples:
    size = output.get_size()
    below: StyleAndTextTuples = []
    for line in view.lines(size.columns, size.rows):
        below += [*line, ("", "\n")]
    return below[:-1]


def _keys(view: View[A], line: Buffer, *, back: bool) -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter", eager=True)
    def _(event: KeyPressEvent) -> None:
        answer = view.answer()
        if answer is not None:
            event.app.exit(result=answer)
        elif view.starts_over:
            line.reset()

    @keys.add("escape", eager=True)
    def _(event: KeyPressEvent) -> None:
        if back:
            event.app.exit(exception=Back())

    @keys.add("c-c", eager=True)
    @keys.add("c-d", eager=True)
    @keys.add("<sigint>", eager=True)
    def _(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt())

    for key, by in (
        ("up", -1),
        ("down", 1),
        ("c-p", -1),
        ("c-n", 1),
        ("pageup", -_PAGE),
        ("pagedown", _PAGE),
    ):
        keys.add(key, eager=True)(lambda _, by=by: view.move(by))
    return keys
