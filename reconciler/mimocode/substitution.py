"""What MiMoCode reads in a file once it has put variables and other files' contents into its text.

It does so by text alone, before it parses: first every `{env:NAME}`, then every `{file:PATH}` that does
not stand in a line comment. So a key can be spelled in pieces, and a name can come from another file.
Every character of the result knows where it comes from.
"""

from __future__ import annotations

import json
import os
import re
import stat
from bisect import bisect_right
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler import jsonc
from reconciler.engine.values import ABSENT
from reconciler.mimocode.origins import Origins, replaced
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.engine.values import Json, KeyPath

_ENV: Final = re.compile(r"\{env:([^}]+)\}")
_FILE: Final = re.compile(r"\{file:([^}]+)\}")
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_BLANKS: Final = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What JavaScript takes away at both ends of a text."""
_LARGEST: Final = 1024 * 1024
_MOST: Final = 16 * 1024 * 1024
"""A file that is longer is not put into a text of ours, nor are more bytes than that in all."""
SUBSTITUTED: Final = "(substituted)"
"""Shown in the place of a value whose beginning or end comes from elsewhere."""


@frozen
class Reference:
    """A variable or a file that a text refers to, and where."""

    name: str = field(repr=False)
    offset: int
    file: Path | None = field(default=None, repr=False)
    """The path that MiMoCode opens; None for a variable."""
    unseen: bool = False
    """Whether the file is there and was not looked into: it is too large, or none that can be read whole."""
    missing: bool = False
    """Whether there is no file to be read: MiMoCode does not start then."""


@frozen
class Filled:
    """A text as MiMoCode parses it. It may hold secrets: it is searched and never shown."""

    source: str = field(repr=False)
    text: str = field(repr=False)
    origins: Origins = field(repr=False)
    references: tuple[Reference, ...]

    @cached_property
    def tree(self) -> jsonc.Document | None:
        """The text parsed; None where MiMoCode could not read it either."""
        if not self.text:
            return None  # nothing is left of a file that was not empty
        try:
            return jsonc.parse(self.text.encode(errors="replace"))
        except jsonc.JsoncError:
            return None

    def offset(self, index: int) -> int:
        """Return where a character of the result stands in the source."""
        return self.origins.of(index) if index < len(self.text) else len(self.source)

    def offset_of(self, key: KeyPath) -> int:
        """Return where a key's value stands in the source, or else that of its nearest parent."""
        while self.tree is not None:
            node = self.tree.node(key)
            if node is not None:
                return self.offset(self._index(node.start))
            key = key[:-1]
        return 0

    def spelled(self, key: KeyPath) -> Json:
        """Return a key's value as the source spells it: it may be shown wherever the source may be."""
        node = None if self.tree is None else self.tree.node(key)
        if node is None:
            return ABSENT
        start, end = self._index(node.start), self._index(node.end)
        spelling = self.source[self.offset(start) : self.offset(end - 1) + 1]
        if spelling == self.text[start:end]:
            return node.value
        try:
            return jsonc.parse(spelling.encode(errors="replace")).value
        except jsonc.JsoncError:
            return SUBSTITUTED

    def _index(self, at: int) -> int:
        """Turn an offset into the parsed bytes into one of the text."""
        if self.tree is None or self._is_ascii:
            return at
        return len(self.tree.data[:at].decode(errors="replace"))

    @cached_property
    def _is_ascii(self) -> bool:
        return self.text.isascii()

    def position(self, offset: int) -> tuple[int, int]:
        """Turn an offset of the source into line and column, both from 1."""
        line = max(bisect_right(self._starts, offset), 1)
        return line, max(offset - self._starts[line - 1], 0) + 1

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        """Where the lines of the source begin; a byte order mark belongs to none."""
        first = int(self.source.startswith("\ufeff"))
        return (first, *(found.end() for found in _LINE_BREAK.finditer(self.source)))


def fill(data: bytes, folder: Path, home: Path, environment: Mapping[str, str]) -> Filled:
    """Do what MiMoCode does to the text of a file in a folder."""
    source = data.decode(errors="replace")
    references: list[Reference] = []
    sizes: list[int] = []

    def variable(found: re.Match[str], offset: int) -> str:
        references.append(Reference(found[1], offset))
        return environment.get(found[1], "")

    def included(found: re.Match[str], offset: int) -> str:
        line = found.string[found.string.rfind("\n", 0, found.start()) + 1 : found.start()]
        if line.lstrip(_BLANKS).startswith("//"):
            return found[0]
        file = opened(found[1], folder, home)
        held = content(file) if sum(sizes) < _MOST else None
        sizes.append(len(held or ""))
        missing = held == "" and not _is_readable(file)
        references.append(Reference(found[1], offset, file, unseen=held is None, missing=missing))
        return json.dumps((held or "").strip(_BLANKS), ensure_ascii=False)[1:-1]

    text, origins = replaced(_ENV, source, Origins(), variable)
    text, origins = replaced(_FILE, text, origins, included)
    return Filled(source, text, origins, tuple(references))


def opened(name: str, folder: Path, home: Path) -> Path:
    """Return the path that MiMoCode opens for a name in a file of a folder."""
    name = name.replace("\0", "")
    if Path(name).is_absolute():
        return Path(name)  # as it stands: the system follows links before it goes upwards
    spelled = home / name[2:] if name.startswith("~/") else folder / name
    return Path(os.path.normpath(spelled))


def content(file: Path) -> str | None:
    """Return the text of a file, nothing where none can be read; None for one that is too large."""
    try:
        about = file.stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > _LARGEST:
            return "" if stat.S_ISDIR(about.st_mode) else None
        with file.open("rb") as stream:
            return stream.read(_LARGEST).decode(errors="replace")
    except (OSError, ValueError):
        return ""


def _is_readable(file: Path) -> bool:
    try:
        return file.is_file() and os.access(file, os.R_OK)
    except (OSError, ValueError):
        return False
