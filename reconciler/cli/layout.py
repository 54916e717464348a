"""Lines as a stream takes them: as wide as the terminal, in the characters that it has, and harmless.

What does not fit goes on below, indented; what belongs together (a value, a reason) is parted only where it
is wider than a line. Where there is no terminal a line is never parted, so that it can be searched for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.text import Text

from reconciler.cli.streams import in_ascii
from reconciler.cli.text import printable, redact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from reconciler.cli.styled import Line

_HANG: Final = 4
_CUT: Final = "…"
_NARROWEST: Final = 20
_GAP: Final = re.compile(r"(?<=\S) {2,}(?=\S)")
"""Between two things that stand on one line."""
_WORDS: Final = re.compile(r"(?<!->)(?<=\S)(?= )")
"""The ends of words; an arrow stays with what it leads to."""
_PARTS: Final = re.compile(r"(?<=[/.,:=-])(?=[^ ])|(?<=\S)(?=\[)")
"""Where a word may be parted that is too long for a line."""


class Row(Text):
    """A row of a table: what does not fit goes on below its last column."""

    column: int = 0


def put(line: Line, console: Console) -> None:
    """Print one line."""
    text = _encodable(_as_text(line), console)
    for piece in _fitting(text, console) if console.is_terminal else (text,):
        console.print(piece, soft_wrap=True)


def _as_text(line: Line) -> Text:
    text = Row() if line.column else Text(no_wrap=line.whole)
    for words, style in line.pieces:
        text.append(words, style)
    if isinstance(text, Row):
        text.column = line.column
    text.plain = printable(redact(text.plain))
    return text


def _encodable(line: Text, console: Console) -> Text:
    """Spell what the stream's encoding does not have before the line is measured."""
    try:
        line.plain.encode(console.encoding)
    except UnicodeEncodeError:
        pieces = line.render(console)
        return Text.assemble(*((in_ascii(piece.text), piece.style or "") for piece in pieces))
    return line


def _fitting(line: Text, console: Console) -> Iterator[Text]:
    width = console.width
    if line.no_wrap and line.cell_len > width:
        cut = str(_encodable(Text(_CUT), console))
        line.truncate(width - len(cut), overflow="crop")
        line.append(cut)
    if line.cell_len <= width:
        yield line
        return
    if isinstance(line, Row) and line.column + _NARROWEST <= width:
        yield from _wrapped(line, console, line.column)
        return
    margin = min(len(line.plain) - len(line.plain.lstrip()) + _HANG, max(width - _NARROWEST, 0))
    for number, part in enumerate(_packed(_parts(line), width, margin)):
        indented = Text(" " * margin if number else "") + part
        yield from _wrapped(indented, console, margin)


def _parts(line: Text) -> Iterator[Text]:
    """Take a line apart where two blanks or more part its things."""
    ends = [match.span() for match in _GAP.finditer(line.plain)]
    for start, end in zip([0, *(end for _, end in ends)], [*(start for start, _ in ends), None], strict=True):
        yield line[start:end]


def _packed(parts: Iterator[Text], width: int, margin: int) -> Iterator[Text]:
    """Put things beside one another as long as they fit."""
    here, room = next(parts), width
    for part in parts:
        together = Text("  ").join((here, part))
        if together.cell_len <= room:
            here = together
            continue
        yield here
        here, room = part, width - margin
    yield here


def _wrapped(line: Text, console: Console, margin: int) -> Iterator[Text]:
    """Part a line that is wider than the terminal; the rest hangs below."""
    indent, room = "", console.width
    while line.cell_len > room:
        end = _end(line.plain, room)
        first, line = line[:end], line[end:]
        first.rstrip()
        yield Text(indent) + first
        line = line[len(line.plain) - len(line.plain.lstrip()) :]
        indent, room = " " * margin, console.width - margin
    if line.plain:
        yield Text(indent) + line


def _end(text: str, room: int) -> int:
    """Say where a line ends: between two words, else within a long one where it has parts, else anywhere."""
    fits = 0
    while cell_len(text[: fits + 1]) <= room:
        fits += 1
    for ends in (_WORDS, _PARTS):
        found = [at.end() for at in ends.finditer(text) if at.end() <= fits]
        if found and len(text[: found[-1]].strip()) > 1:  # more than the symbol in front of it
            return found[-1]
    return max(fits, 1)
