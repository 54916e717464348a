"""A JSONC text that has been read: its value, its positions, its comments. It never changes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import attrs

from reconciler.jsonc.grammar import COMMENT_OR_STRING
from reconciler.jsonc.lines import Lines
from reconciler.records import define, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
"""A JSON value. What is read is made of plain dict, list, str, int, float, bool and None."""

Path: TypeAlias = tuple[str, ...]
"""Object keys from the root; () is the root. Elements of arrays have no path."""


@frozen
class Span:
    """A stretch of bytes, from `start` up to but without `end`."""

    start: int
    end: int


@frozen
class Node:
    """A value and where it stands.

    `start` and `end` are byte offsets of the value; `line` and `column` (from 1) are those of the value,
    `key_line` and `key_column` those of its key, None at the root.

    Like all classes here it shows its place when it is printed, not its content, which may be a secret.
    """

    start: int
    end: int
    line: int
    column: int
    key_line: int | None
    key_column: int | None
    value: Json = attrs.field(repr=False)


Row: TypeAlias = "tuple[str, int, int, int, Json]"
"""The first five fields of an Item."""


@define(eq=False, weakref_slot=False)
class Item:
    """A value with its positions, as the parser leaves it.

    Members that hold objects are Items from the start; the many others are rows, which cost the reading less,
    until somebody asks. Objects inside arrays are not itemised: no path leads there, so nothing there is
    ever edited.
    """

    key: str
    key_start: int  # -1 at the root
    start: int
    end: int
    value: Json
    rows: list[Item | Row] | None = None  # None for all but objects
    comma: int = -1  # offset of the comma behind the last member, if there is one
    _members: list[Item] | None = None
    _index: dict[str, Item] | None = None
    _repeats: dict[str, Item] | None = None

    @property
    def members(self) -> list[Item] | None:
        """Give an object's members in the order of the text, None for any other value."""
        if self._members is None and self.rows is not None:
            self._members = [row if isinstance(row, Item) else Item(*row) for row in self.rows]
        return self._members

    def child(self, key: str) -> Item | None:
        """Give the member that readers see under this key: the last one."""
        return self._indexed()[0].get(key)

    def repeat(self, key: str) -> Item | None:
        """Give the second member of this key, if there is one."""
        return self._indexed()[1].get(key)

    def _indexed(self) -> tuple[dict[str, Item], dict[str, Item]]:
        if self._index is None or self._repeats is None:
            index: dict[str, Item] = {}
            repeats: dict[str, Item] = {}
            for member in self.members or ():
                # A `__proto__` that JavaScript took for the prototype is no member for any reader.
                if isinstance(self.value, dict) and member.key in self.value:
                    if member.key in index:
                        repeats.setdefault(member.key, member)
                    index[member.key] = member
            # Whole before it is seen: a tree may be looked at by two threads.
            self._repeats, self._index = repeats, index
            return index, repeats
        return self._index, self._repeats


@frozen(eq=False)
class Document:
    """What stands in a file: the bytes as they are, and what MiMoCode reads from them.

    `value` is the value of the whole text; treat it as read-only. A file of no bytes at all reads as `{}`.
    """

    data: bytes = attrs.field(repr=False)
    root: Item = attrs.field(repr=False)

    @property
    def value(self) -> Json:
        """Give what a reader sees: of keys that occur twice, the last."""
        return self.root.value

    @cached_property
    def lines(self) -> Lines:
        """Give the line starts, computed when they are first asked for."""
        return Lines.of(self.data)

    @cached_property
    def comments(self) -> tuple[Span, ...]:
        """Give all comments in order, their marks included, the line break behind a line comment not."""
        found = COMMENT_OR_STRING.finditer(self.data)
        return tuple(Span(*match.span()) for match in found if match.lastgroup)

    def node(self, path: Path) -> Node | None:
        """Give the value at a path, or None where there is none."""
        item = self._item(path)
        return None if item is None else self._node(item)

    def text(self, path: Path) -> str:
        """Give a value's own spelling, comments inside of it included; for the root of an empty file "".

        Raises KeyError where there is no value.
        """
        item = self._item(path)
        if item is None:
            raise KeyError(path)
        return self.data[item.start : item.end].decode()

    def duplicate(self, path: Path) -> Node | None:
        """Give the second occurrence of the first key on this path that its object holds twice, or None."""
        item: Item | None = self.root
        for key in path:
            if item is None:
                break
            repeat = item.repeat(key)
            if repeat is not None:
                return self._node(repeat)
            item = item.child(key)
        return None

    def _item(self, path: Path) -> Item | None:
        item: Item | None = self.root
        for key in path:
            if item is None:
                break
            item = item.child(key)
        return item

    def _node(self, item: Item) -> Node:
        line, column = self.lines.place(item.start)
        key_line, key_column = self.lines.place(item.key_start) if item.key_start >= 0 else (None, None)
        return Node(item.start, item.end, line, column, key_line, key_column, item.value)
