"""The questions as they are drawn where the cursor can be moved: a line to type into, and what stands below.

They know neither keys nor screens, so that each can be tried by calling it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from attrs import field

from reconciler.cli import wording
from reconciler.cli.cells import wrapped
from reconciler.records import define

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.cli.ability import Signs
    from reconciler.cli.picking import Line, Picker
    from reconciler.commands.asking import KeyQuestion
    from reconciler.commands.world import Answer

A_co = TypeVar("A_co", covariant=True)
_MARGIN: Final = 5
_SCOPE: Final = 14
"""Cells in front of what is said below a question, and of what is said of a scope."""
_DIM: Final = "ansibrightblack"
_WRONG: Final = "ansired"
_POINTED: Final = "bold ansicyan"


class View(Protocol[A_co]):
    """One question: the line that is typed into, and what is shown below it."""

    prompt: str
    hidden: bool
    """Whether what is typed is not shown."""
    starts_over: bool
    """Whether the line is emptied after what is no answer."""

    def typed(self, text: str) -> None:
        """Take what stands in the line now."""

    def move(self, by: int) -> None:
        """Point at another choice."""

    def lines(self, width: int, height: int) -> Iterable[Line]:
        """Spell what stands below the line."""

    def answer(self) -> A_co | None:
        """Return what was answered; None where that is no answer."""


@define
class KeyView:
    """The hidden key: only its length and whether its form is right are shown."""

    question: KeyQuestion
    prompt: str
    hint: str
    hidden: bool = True
    starts_over: bool = True
    _text: str = field(default="", repr=False)
    _told: str | None = None

    def typed(self, text: str) -> None:
        """Take what was typed, without what is around it."""
        self._text = text.strip()
        if text:
            self._told = None

    def move(self, by: int) -> None:
        """There is nothing to move in."""

    def lines(self, width: int, height: int) -> Iterable[Line]:  # noqa: ARG002 - the protocol's shape
        """Tell how long the key is and whether its form is right."""
        told = self._told or wording.about_key(self._text, self.question.fault)
        is_wrong = self._told is not None
        yield from _below(told, width, _WRONG if is_wrong else "")
        yield from _below(self.hint, width, _DIM)

    def answer(self) -> str | None:
        """Return a key of the right form."""
        if self.question.fault(self._text) is None:
            return self._text
        self._told = f"{wording.about_key(self._text, self.question.fault)}; please type it again"
        self._text = ""
        return None


@define
class ScopeView:
    """The two scopes, and what each of them means in this folder."""

    choices: tuple[wording.ScopeChoice, ...]
    signs: Signs
    prompt: str
    hint: str
    at: int
    hidden: bool = True
    starts_over: bool = True

    def typed(self, text: str) -> None:
        """Point at a scope by its first letter."""
        for number, choice in enumerate(self.choices):
            if text and choice.name.startswith(text[-1].lower()):
                self.at = number

    def move(self, by: int) -> None:
        """Point at the other scope."""
        self.at = max(0, min(self.at + by, len(self.choices) - 1))

    def lines(self, width: int, height: int) -> Iterable[Line]:  # noqa: ARG002 - the protocol's shape
        """Tell where each scope counts, and what it writes."""
        for number, choice in enumerate(self.choices):
            here = number == self.at
            pointer = self.signs.pointer if here else " "
            for line, text in enumerate(wrapped(choice.counts, width - _SCOPE)):
                name = f"   {'' if line else pointer:1} {'' if line else choice.name:8} "
                yield [(_POINTED if here else "", name + text)]
            for text in wrapped(choice.written, width - _SCOPE):
                yield [(_DIM, " " * _SCOPE + text)]
        yield from _below(self.hint, width, _DIM)

    def answer(self) -> str:
        """Return the scope that is pointed at."""
        return self.choices[self.at].name


@define
class ModelView:
    """The models, and a search in them."""

    picker: Picker
    prompt: str
    hint: str
    hidden: bool = False
    starts_over: bool = False

    def typed(self, text: str) -> None:
        """Search."""
        self.picker.search(text)

    def move(self, by: int) -> None:
        """Point at another model."""
        self.picker.move(by)

    def lines(self, width: int, height: int) -> Iterable[Line]:
        """Show what was found."""
        yield from self.picker.lines(width, height)
        yield from _below(self.hint, width, _DIM)

    def answer(self) -> str | None:
        """Return the model that is pointed at."""
        return None if self.picker.pointed is None else self.picker.pointed.id


@define
class ConfirmView:
    """The one question before anything is written."""

    prompt: str
    hint: str
    hidden: bool = False
    starts_over: bool = True
    _text: str = ""
    _told: str = ""

    def typed(self, text: str) -> None:
        """Take what was typed."""
        self._text = text

    def move(self, by: int) -> None:
        """There is nothing to move in."""

    def lines(self, width: int, height: int) -> Iterable[Line]:  # noqa: ARG002 - the protocol's shape
        """Tell what the keys do, and what an answer is where there was none."""
        yield from _below(self._told or self.hint, width, _WRONG if self._told else _DIM, margin=0)

    def answer(self) -> Answer | None:
        """Return a yes or a no."""
        answer = wording.yes_or_no(self._text)
        self._told = "" if answer else f"{wording.Y_OR_N} {self.hint}"
        self._text = ""
        return answer


def _below(text: str, width: int, style: str, margin: int = _MARGIN) -> Iterable[Line]:
    """Break a sentence between words, below the number of its stage."""
    return [[(style, " " * margin + line)] for line in wrapped(text, width - margin)]
