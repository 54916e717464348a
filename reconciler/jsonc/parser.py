"""Bytes in, a Document out, or an error with its place. It accepts what MiMoCode's own parser accepts.

One loop with its own stack of open containers: no depth of the input reaches Python's stack. What is
wrong with a text is only noticed here; to explain it is diagnosis.py's work.
"""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from reconciler.jsonc.collector import collector_paused
from reconciler.jsonc.document import Document, Item
from reconciler.jsonc.errors import JsoncError
from reconciler.jsonc.grammar import BOM, KEY, SEPARATOR, TRIVIA, VALUE
from reconciler.jsonc.lines import Lines
from reconciler.records import define

if TYPE_CHECKING:
    from reconciler.jsonc.diagnosis import Expected
    from reconciler.jsonc.document import Json, Row

NESTING_LIMIT: Final = 512
"""Containers inside containers, the root counted.

MiMoCode's settings use about six levels, and 200 were seen to work in it. The limit admits the deepest
text of the public test corpus that its parser accepts (500), and stays below the depth at which Python's
own recursion limit breaks what callers do with a value: compare it, write it as JSON.
"""

_EXACT: Final = 2**53  # JavaScript's numbers hold every whole number up to here
_EXACT_DIGITS: Final = 17
_WORDS: Final[dict[bytes, bool | None]] = {b"true": True, b"false": False, b"null": None}
_PROTO: Final = "__proto__"
_HELD: Final[WeakValueDictionary[bytes, Document]] = WeakValueDictionary()
"""The trees that somebody still holds. A run looks at one large config in several roles, as a document to
edit and as a layer in two folders, and one tree of it is enough. None lives any longer for standing here."""
_LAST: Final[deque[Document]] = deque(maxlen=4)
"""The last ones, held here: what is looked at again after a while is seldom older."""


@define(eq=False)
class _Open:
    """A container that is not closed yet."""

    array: list[Json] | None
    table: dict[str, Json]
    rows: list[Item | Row] | None  # None inside arrays, where nothing is itemised
    start: int
    key: str = ""
    key_start: int = -1
    bare: bool = False  # JavaScript's object has lost the `__proto__` of its ancestors


def parse(data: bytes) -> Document:
    """Read a file's bytes: UTF-8, perhaps with a byte order mark.

    Raises JsoncError for every text that MiMoCode would refuse, and also for invalid UTF-8 and for nesting
    deeper than NESTING_LIMIT, which it might let pass. The same bytes give the same Document for as long as
    somebody holds it, or it is one of the last few: a run meets the same ones at every look.
    """
    held = _HELD.get(data)
    if held is None:
        held = _HELD[data] = parse_within(data, NESTING_LIMIT)
        _LAST.append(held)
    return held


def parse_within(data: bytes, limit: int) -> Document:
    """Read bytes as `parse` does, with a nesting limit of its own."""
    if not data:
        return Document(data, Item("", -1, 0, 0, {}, []))
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line, column = Lines.of(data).place(error.start)
        hint = "save the file as UTF-8"
        raise JsoncError(
            "the file is not valid UTF-8", line=line, column=column, offset=error.start, hint=hint
        ) from None
    first = TRIVIA.match(data, len(BOM) if data.startswith(BOM) else 0)
    with collector_paused():
        root, end = _read(data, first.end() if first else 0, limit)
    if end != len(data):
        raise _fault(data, end, "end")
    return Document(data, root)


def _fault(
    data: bytes, offset: int, expected: Expected, *, opened: int | None = None, limit: int | None = None
) -> JsoncError:
    """Have it explained why reading stopped."""
    from reconciler.jsonc.diagnosis import explain  # noqa: PLC0415 - most texts are sound

    return explain(data, offset, expected, opened=opened, limit=limit)


def _read(data: bytes, pos: int, limit: int) -> tuple[Item, int]:  # noqa: C901, PLR0912, PLR0915 - the one hot loop
    stack: list[_Open] = []
    top: _Open | None = None
    names: dict[bytes, str] = {}  # one string for all keys of the same spelling
    key_next = False
    while True:
        if key_next and top is not None:
            key = KEY.match(data, pos)
            if key is None:
                raise _fault(data, pos, "key", opened=top.start)
            raw = key.group(1)
            if raw not in names:
                names[raw] = read_string(raw)
            top.key, top.key_start, pos = names[raw], pos, key.end()
        # A value begins at pos.
        match = VALUE.match(data, pos)
        if match is None:
            raise _fault(data, pos, "value", opened=top.start if top else None)
        kind = match.lastgroup
        start, end, pos = pos, match.end(kind or 0), match.end()
        rows: list[Item | Row] | None = None
        comma = -1
        bare = False
        value: Json
        if kind == "string":
            value = read_string(data[start:end])
        elif kind == "number":
            value = read_number(data[start:end])
        elif kind == "word":
            value = _WORDS[data[start:end]]
        else:
            if len(stack) == limit:
                raise _fault(data, start, "nesting", limit=limit)
            is_object = data[start] == ord("{")
            tracked = is_object and (top is None or top.rows is not None)
            top = _Open(None if is_object else [], {}, [] if tracked else None, start)
            stack.append(top)
            if data[pos : pos + 1] != (b"}" if is_object else b"]"):
                key_next = is_object
                continue
            # An empty container: falls through to its closing bracket.
            close = SEPARATOR.match(data, pos)
            end, pos = pos + 1, close.end() if close else pos
            value, rows = (top.table, top.rows) if is_object else (top.array, None)
            stack.pop()
            top = stack[-1] if stack else None
        # A value is complete: hand it to its container, and close what closes with it.
        while True:
            if top is None:
                return Item("", -1, start, end, value, rows, comma), pos
            if top.array is not None:
                top.array.append(value)
            else:
                if top.key != _PROTO or top.bare:
                    top.table[top.key] = value
                elif value is None or bare:
                    top.bare = True
                if top.rows is not None:
                    row = (top.key, top.key_start, start, end, value)
                    top.rows.append(row if rows is None else Item(*row, rows, comma))
            separator = SEPARATOR.match(data, pos)
            if separator is None:
                raise _fault(data, pos, "element" if top.array is not None else "member", opened=top.start)
            mark, at, pos = data[pos], pos, separator.end()
            closing = ord("}") if top.array is None else ord("]")
            comma = -1
            if mark == ord(","):
                comma, at = at, pos
                mark = data[pos] if pos < len(data) else 0
                if mark != closing:
                    key_next = top.array is None
                    break
                separator = SEPARATOR.match(data, pos)
                pos = separator.end() if separator else pos
            elif mark != closing:
                raise _fault(data, at, "element" if top.array is not None else "member", opened=top.start)
            start, end, bare = top.start, at + 1, top.bare
            value, rows = (top.table, top.rows) if top.array is None else (top.array, None)
            stack.pop()
            top = stack[-1] if stack else None


def read_string(raw: bytes) -> str:
    """Give what a string literal stands for; pairs of surrogate escapes become one character."""
    if b"\\" not in raw:
        return raw[1:-1].decode()
    text: str = json.loads(raw)
    return text


def read_number(raw: bytes) -> int | float:
    """Give the number that JavaScript reads: whole numbers as int while a double holds them exactly."""
    if len(raw) <= _EXACT_DIGITS and raw != b"-0" and not raw.strip(b"-0123456789"):
        number = int(raw)
        if abs(number) <= _EXACT:
            return number
    return float(raw)
