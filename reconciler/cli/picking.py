"""Choosing a model from a list that may be long: the search, the table, and the one that is pointed at.

Names and descriptions are somebody else's text, wide or written from right to left as it may be. So every
column is cut and filled by the cells that it takes, and what runs to the left has nothing behind it that it
could displace.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, TypeAlias

from attrs import field
from rich.cells import cell_len

from reconciler.cli.cells import fit, wrapped
from reconciler.gonkagate.models import is_validated
from reconciler.records import define, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.cli.ability import Signs
    from reconciler.commands.asking import ModelQuestion
    from reconciler.gonkagate.catalog import Model

Piece: TypeAlias = tuple[str, str]
"""A style and a text, as prompt_toolkit takes them."""
Line: TypeAlias = list[Piece]

ROWS: Final = 10
"""As many models as are shown at once, where the screen has room for them."""
_AROUND: Final = 10
"""Lines of the screen that are not models."""
_FEWEST: Final = 3
_MARKS: Final = 5
_CONTEXT: Final = 7
_NAME: Final = 12
_DESCRIPTION: Final = 24
"""Columns that are narrower say nothing; all of the row that is pointed at is told below."""
_DETAILS: Final = 3
_DIM: Final = "ansibrightblack"
_POINTED: Final = "bold ansicyan"


def in_thousands(context: int) -> str:
    """Spell a context length as people compare them: 128k, 1M; nothing where none is published."""
    if context >= 10**6:
        return f"{context / 10**6:.1f}".removesuffix(".0") + "M"
    return f"{round(context / 1000)}k" if context >= 1000 else str(context or "")  # noqa: PLR2004 - a thousand


@frozen
class Row:
    """One model as it is shown."""

    id: str
    name: str
    context: int
    description: str
    current: bool
    validated: bool
    text: str
    """All that can be searched for."""


def rows_of(question: ModelQuestion, signs: Signs) -> tuple[Row, ...]:
    """Make the rows of a catalog; a name that says no more than the id is left out."""
    return tuple(_row(model, question.current, signs) for model in question.catalog.models)


def _row(model: Model, current: str | None, signs: Signs) -> Row:
    name = "" if model.name == model.id else signs.spell(model.name)
    description = signs.spell(model.description)
    validated = is_validated(model.id)
    context = f"{model.context or ''} {in_thousands(model.context)}"
    text = alike(f"{model.id} {model.name} {model.description} {context}")
    return Row(model.id, name, model.context, description, model.id == current, validated, text)


def alike(text: str) -> str:
    """Spell a text so that what people take for the same is the same: case, width, composed letters."""
    return unicodedata.normalize("NFKC", text.casefold())


@define
class Picker:
    """A list of models with a search in it and one of them pointed at."""

    rows: tuple[Row, ...]
    signs: Signs
    found: tuple[Row, ...] = field(init=False)
    at: int = field(default=0, init=False)
    _default: str = field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        self.search("")

    def search(self, text: str) -> None:
        """Keep the rows in which every word of a text stands; without one all, pointing at the default."""
        words = alike(text).split()
        self.found = tuple(row for row in self.rows if all(word in row.text for word in words))
        ids = [row.id for row in self.found] if not words else []
        self.at = ids.index(self._default) if self._default in ids else 0

    def move(self, by: int) -> None:
        """Point at another row, as far as there is one."""
        self.at = max(0, min(self.at + by, len(self.found) - 1))

    @property
    def pointed(self) -> Row | None:
        """The row that is pointed at; None where nothing was found."""
        return self.found[self.at] if self.found else None

    def lines(self, width: int, height: int) -> Iterator[Line]:
        """Spell the list for a screen of so many cells and lines; it always takes equally many lines."""
        count = max(_FEWEST, min(ROWS, len(self.rows), height - _AROUND))
        shape = Shape.of(self.rows, width)
        yield [(_DIM, shape.heading())]
        first = max(0, min(self.at - count // 2, len(self.found) - count))
        for number in range(first, first + count):
            yield self._line(number, shape)
        yield [(_DIM, self._found())]
        yield from self._details(width)
        yield [(_DIM, self._legend())]

    def _line(self, number: int, shape: Shape) -> Line:
        if number >= len(self.found):
            return [("", "")]
        row, here = self.found[number], number == self.at
        marks = f"{self.signs.pointer if here else ' '} {marks_of(row, self.signs)}"
        return [(_POINTED if here else "", shape.spell(marks, row, self.signs))]

    def _found(self) -> str:
        if not self.found:
            return "     nothing matches: take back some of the search"
        total = f"{len(self.rows)} models"
        told = total if len(self.found) == len(self.rows) else f"{len(self.found)} of {total} match"
        return f"     {self.at + 1} of {told}" if len(self.found) == len(self.rows) else f"     {told}"

    def _details(self, width: int) -> Iterator[Line]:
        """Tell all of the row that is pointed at, since its table's line may be cut."""
        row, told = self.pointed, []
        if row is not None:
            context = f"{row.context:,} tokens of context" if row.context else "context length not published"
            told = [context + (f"{self.signs.between}{row.name}" if row.name else "")]
            told += wrapped(row.description, width - _MARKS) if row.description else []
        for number in range(_DETAILS):
            text = told[number] if number < len(told) else ""
            if number == _DETAILS - 1 < len(told) - 1:
                text += self.signs.cut
            yield [("", " " * _MARKS + fit(text, width - _MARKS - 1, self.signs.cut).rstrip())]

    def _legend(self) -> str:
        return " " * _MARKS + legend(self.rows, self.signs)


@frozen
class Shape:
    """How wide the columns are; 0 for one that has no room."""

    id: int
    name: int
    description: int

    @classmethod
    def of(cls, rows: tuple[Row, ...], width: int) -> Shape:
        """Give the ids what they need and the names what is left; on a narrow screen ids are cut too."""
        room = width - _MARKS - _CONTEXT - 3
        longest = max((len(row.id) for row in rows), default=0)
        wide = max(min(longest, room), _FEWEST)
        rest = room - wide - 2
        named = max((cell_len(row.name) for row in rows), default=0)
        description = rest - named - 2 if any(row.description for row in rows) else 0
        if named and description >= _DESCRIPTION:
            return cls(wide, named, description)
        return cls(wide, rest if rest >= _NAME else 0, 0)

    def spell(self, marks: str, row: Row, signs: Signs) -> str:
        """Spell one line of the table."""
        head = f"{fit(marks, _MARKS, '')}{fit(signs.spell(row.id), self.id, signs.cut)}"
        line = f"{head}  {in_thousands(row.context):>{_CONTEXT}}"
        if self.name and (row.name or row.description):
            line += f"  {fit(row.name, self.name, signs.cut)}"
        if self.description and not _runs_to_the_left(row.name + row.description):
            line += f"  {fit(row.description, self.description, signs.cut)}"
        return line.rstrip()

    def heading(self) -> str:
        """Spell what stands over the columns."""
        line = f"{'':{_MARKS}}{'Model':{self.id}}  {'Context':>{_CONTEXT}}"
        line += f"  {'Name':{self.name}}" if self.name else ""
        return (line + "  Description" if self.description else line).rstrip()


def _runs_to_the_left(text: str) -> bool:
    """Whether a terminal may put what stands behind a text in front of it."""
    return any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in text)


def marks_of(row: Row, signs: Signs) -> str:
    """Mark the model of the present set-up, and those that were tried in MiMoCode."""
    return (signs.current if row.current else " ") + (signs.validated if row.validated else " ")


def legend(rows: tuple[Row, ...], signs: Signs) -> str:
    """Say what the marks mean, as far as they occur."""
    said = [f"{signs.current} set up now"] if any(row.current for row in rows) else []
    if any(row.validated for row in rows):
        said.append(f"{signs.validated} tried in MiMoCode by GonkaGate")
    return "   ".join(said)
