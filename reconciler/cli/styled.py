"""Styled text, before anybody knows where it goes: pieces of a line, each with the name of its style.

A terminal gets it through a library that knows terminals. A file or a pipe gets the words alone, and for
those that library need not be imported, which would take longer than all the rest of telling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Piece: TypeAlias = "str | tuple[str, str] | Line"


class Line:
    """One line. `column` is where the last column of a row begins; `whole` says that it is never parted."""

    __slots__ = ("column", "pieces", "whole")

    def __init__(self, text: str = "", style: str = "", *, column: int = 0, whole: bool = False) -> None:
        self.pieces: list[tuple[str, str]] = [(text, style)] if text else []
        self.column = column
        self.whole = whole

    @classmethod
    def of(cls, *pieces: Piece) -> Line:
        """Put pieces together: plain text, text with a style, other lines."""
        line = cls()
        for piece in pieces:
            line.add(piece)
        return line

    @classmethod
    def joined(cls, between: str, lines: Iterable[Line]) -> Line:
        """Put lines together, with a text between each two."""
        whole = cls()
        for number, line in enumerate(lines):
            whole.add(between if number else "")
            whole.add(line)
        return whole

    def add(self, piece: Piece) -> None:
        """Go on with a piece."""
        if isinstance(piece, Line):
            self.pieces += piece.pieces
        elif piece:
            self.pieces.append((piece, "") if isinstance(piece, str) else piece)

    def append(self, text: str, style: str = "") -> None:
        """Go on with a text in a style."""
        self.pieces.append((text, style))

    @property
    def plain(self) -> str:
        """The words alone."""
        return "".join(text for text, _ in self.pieces)
