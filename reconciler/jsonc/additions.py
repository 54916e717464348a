"""New members behind the last one of an object, in the object's own style, and values in place of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.jsonc.edits import Change
from reconciler.jsonc.grammar import LINE_BREAK
from reconciler.jsonc.style import on_own_line, style_of
from reconciler.jsonc.writer import write_string, write_value
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.jsonc.document import Document, Item, Json
    from reconciler.jsonc.pieces import Piece
    from reconciler.jsonc.style import Habits, Style
    from reconciler.jsonc.values import Raw

WIDTH: Final = 100
"""Columns that a line may reach for a one-line object to take new members on it."""


@frozen
class Site:
    """An object that takes new members: what stands there, and how the document is written."""

    doc: Document
    habits: Habits
    item: Item
    pieces: list[Piece]
    many_lines: bool  # how to fill the object if nothing in it shows a style

    def insertions(self, added: Mapping[str, Json | Raw]) -> Iterator[Change]:
        """Give the changes that put new members behind the last one that stays."""
        style = style_of(self.doc, self.habits, self.item)
        solid = [piece for piece in self.pieces if piece.kept and piece.kind != "space"]
        at = solid[-1].end if solid else self.item.start + 1
        last = next((piece for piece in reversed(self.pieces) if piece.kind == "member"), None)
        comma = b"," if last is not None and last.kept and self.item.comma < 0 else b""
        if last is not None and comma:
            yield Change(last.end, last.end, comma)
        hollow = not solid and not self.item.members
        text = None
        if not self._on_lines() and not (solid and solid[-1].text.startswith(b"//")):
            text = self._one_line(style, added, pad=style.pad if not solid else style.gap)
            if not fits(self.doc, at, len(comma + text)):
                text = None
        if text is None:
            text = self._lines(style, added)
            if hollow:
                text += style.eol + self.doc.lines.indent(self.item.start)
        if hollow:
            for piece in self.pieces:
                piece.kept = False
        yield Change(at, at, text)

    def _on_lines(self) -> bool:
        members = self.item.members
        if members:
            return on_own_line(self.doc, self.item, len(members) - 1)
        inside = LINE_BREAK.search(self.doc.data, self.item.start, self.item.end)
        hollow = not any(piece.kind == "comment" for piece in self.pieces)
        return inside is not None or (self.many_lines and hollow)

    def _indent(self, style: Style) -> bytes:
        lines = self.doc.lines
        if self.item.members and self._on_lines():
            return lines.indent(self.item.members[-1].key_start)
        for before, piece in zip(self.pieces, self.pieces[1:], strict=False):
            if before.breaks() and piece.kind == "comment":
                return lines.indent(piece.start)
        return lines.indent(self.item.start) + style.unit

    def _trailing(self, style: Style) -> bool:
        return self.item.comma >= 0 if self.item.members else style.trailing

    def _one_line(self, style: Style, added: Mapping[str, Json | Raw], *, pad: bytes) -> bytes:
        parts = [write_string(key) + style.colon + write_value(added[key], style, None) for key in added]
        comma = b"," if self.item.comma >= 0 else b""
        return pad + (b"," + style.gap).join(parts) + comma

    def _lines(self, style: Style, added: Mapping[str, Json | Raw]) -> bytes:
        indent = self._indent(style)
        lead = style.eol + indent
        parts = [
            lead + write_string(key) + style.colon + write_value(added[key], style, indent) for key in added
        ]
        return b",".join(parts) + (b"," if self._trailing(style) else b"")


def replacement(doc: Document, habits: Habits, item: Item, value: Json | Raw, *, many_lines: bool) -> Change:
    """Give the change that puts a value in the place of another, on one line or many as the other was."""
    style = style_of(doc, habits, item)
    on_lines = LINE_BREAK.search(doc.data, item.start, item.end) is not None
    if not on_lines and (item.members or not many_lines):
        text = write_value(value, style, None)
        if fits(doc, item.start, len(text)):
            return Change(item.start, item.end, text)
    return Change(item.start, item.end, write_value(value, style, doc.lines.indent(item.start)))


def fits(doc: Document, at: int, length: int) -> bool:
    """Tell whether a line is still short with so many more bytes in it."""
    reach = at + WIDTH + 1
    rest = LINE_BREAK.search(doc.data, at, reach)
    behind = (rest.start() if rest else min(len(doc.data), reach)) - at
    return at - doc.lines.start(at) + length + behind <= WIDTH
