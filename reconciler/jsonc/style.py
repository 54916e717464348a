"""The habits of a document: indent unit, line ends, commas behind the last member, one-line spacing.

Each is read off what stands nearest to the edit, and off the whole document where nothing is near.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from reconciler.jsonc.grammar import LINE_BREAK, STRING
from reconciler.records import frozen

if TYPE_CHECKING:
    from reconciler.jsonc.document import Document, Item

_DEFAULT_UNIT: Final = b"  "
_SAMPLE: Final = 1000  # objects looked at for the document's habits
_BLANKS: Final = b" \t"


@frozen
class Style:
    """How a value is written: the spacing of one-line containers, the line ends and indents of others."""

    eol: bytes
    unit: bytes
    colon: bytes
    gap: bytes  # between a comma and the next member on the same line
    pad: bytes  # inside the braces of a one-line object
    trailing: bool  # a comma behind the last member of a many-line container


@frozen
class Habits:
    """What a whole document does most."""

    eol: bytes
    unit: bytes
    trailing: bool

    @classmethod
    def of(cls, doc: Document) -> Habits:
        """Look at the first objects of a document."""
        units: Counter[bytes] = Counter()
        commas = plain = 0
        queue: list[Item] = [doc.root]
        for item in queue:
            members = item.members or []
            if len(queue) < _SAMPLE:
                queue.extend(member for member in members if member.members is not None)
            if not members or not on_own_line(doc, item, len(members) - 1):
                continue
            outer, inner = doc.lines.indent(item.start), doc.lines.indent(members[-1].key_start)
            if inner.startswith(outer) and inner != outer:
                units[inner.removeprefix(outer)] += 1
            if item.comma >= 0:
                commas += 1
            else:
                plain += 1
        unit = units.most_common(1)[0][0] if units else _DEFAULT_UNIT
        first = LINE_BREAK.search(doc.data)
        eol = first.group() if first else b"\n"
        return cls(eol, unit, commas > plain)


def on_own_line(doc: Document, item: Item, index: int) -> bool:
    """Tell whether a line break stands between an object's member and what comes before it."""
    members = item.members or []
    before = members[index - 1].end if index else item.start
    return LINE_BREAK.search(doc.data, before, members[index].key_start) is not None


def _eol_near(doc: Document, habits: Habits, offset: int) -> bytes:
    """Give the kind of line break that ends the line before; on the first line, the document's first one."""
    start = doc.lines.start(offset)
    for kind in (b"\r\n", b"\n", b"\r"):
        if doc.data.endswith(kind, 0, start):
            return kind
    return habits.eol


def style_of(doc: Document, habits: Habits, item: Item) -> Style:
    """Give the style for writing into this object, or in place of this value."""
    members = item.members or []
    colon, pad, gap = b": ", b"", b" "
    if members:
        last = members[-1]
        colon = _colon(doc.data, last) or colon
        pad = _blanks(doc.data[item.start + 1 : members[0].key_start])
        gap = b" " if pad or colon.endswith(b" ") else b""
        if len(members) > 1:
            before, comma, behind = doc.data[members[-2].end : last.key_start].partition(b",")
            if comma and not before and not behind.strip(_BLANKS):
                gap = behind
        near = last.key_start
    else:
        near = item.start
    return Style(_eol_near(doc, habits, near), habits.unit, colon, gap, pad, habits.trailing)


def _colon(data: bytes, member: Item) -> bytes:
    key = STRING.match(data, member.key_start)
    between = data[key.end() if key else member.start : member.start]
    return between if between.strip(_BLANKS) == b":" else b""


def _blanks(between: bytes) -> bytes:
    return b"" if between.strip(_BLANKS) else between
