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
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from reconciler import jsonc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.engine.values import KeyPath

_ENV: Final = re.compile(r"\{env:([^}]+)\}")
_FILE: Final = re.compile(r"\{file:([^}]+)\}")
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_LARGEST: Final = 1024 * 1024
_MOST: Final = 16 * 1024 * 1024
"""A file that is longer is not put into a text of ours, nor are more bytes than that in all."""


@frozen
class Reference:
    """A variable or a file that a text refers to, and where."""

    name: str
    offset: int
    file: Path | None = None
    """The path that MiMoCode opens; None for a variable."""
    unseen: bool = False
    """Whether the file is there and was not looked into: it is too large, or none that can be read whole."""


@frozen
class Filled:
    """A text as MiMoCode parses it. It may hold secrets: it is searched and never shown."""

    source: str = field(repr=False)
    text: str = field(repr=False)
    origins: tuple[int, ...] = field(repr=False)
    references: tuple[Reference, ...]

    @cached_property
    def tree(self) -> jsonc.Document | None:
        """The text parsed; None where MiMoCode could not read it either."""
        try:
            return jsonc.parse(self.text.encode(errors="replace"))
        except jsonc.JsoncError:
            return None

    def offset(self, index: int) -> int:
        """Return where a character of the result stands in the source."""
        return self.origins[index] if index < len(self.origins) else len(self.source)

    def offset_of(self, key: KeyPath) -> int:
        """Return where a key's value stands in the source, or else that of its nearest parent."""
        while self.tree is not None:
            node = self.tree.node(key)
            if node is not None:
                return self.offset(len(self.tree.data[: node.start].decode(errors="replace")))
            key = key[:-1]
        return 0

    def position(self, offset: int) -> tuple[int, int]:
        """Turn an offset of the source into line and column, both from 1."""
        breaks = [found.end() for found in _LINE_BREAK.finditer(self.source, 0, offset)]
        start = breaks[-1] if breaks else int(self.source.startswith("\ufeff"))
        return len(breaks) + 1, max(offset - start, 0) + 1


def fill(data: bytes, folder: Path, home: Path, environment: Mapping[str, str]) -> Filled:
    """Do what MiMoCode does to the text of a file in a folder."""
    source = data.decode(errors="replace")
    references: list[Reference] = []
    sizes: list[int] = []
    origins = tuple(range(len(source)))

    def variable(found: re.Match[str], offset: int) -> str:
        references.append(Reference(found[1], offset))
        return environment.get(found[1], "")

    def included(found: re.Match[str], offset: int) -> str:
        line = found.string[found.string.rfind("\n", 0, found.start()) + 1 : found.start()]
        if line.lstrip().startswith("//"):
            return found[0]
        file = opened(found[1], folder, home)
        held = content(file) if sum(sizes) < _MOST else None
        sizes.append(len(held or ""))
        references.append(Reference(found[1], offset, file, unseen=held is None))
        return json.dumps((held or "").strip(), ensure_ascii=False)[1:-1]

    text, origins = _replaced(_ENV, source, origins, variable)
    text, origins = _replaced(_FILE, text, origins, included)
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


def _replaced(
    pattern: re.Pattern[str],
    text: str,
    origins: tuple[int, ...],
    replacement: Callable[[re.Match[str], int], str],
) -> tuple[str, tuple[int, ...]]:
    pieces: list[str] = []
    come_from: list[int] = []
    done = 0
    for found in pattern.finditer(text):
        new = replacement(found, origins[found.start()])
        pieces += (text[done : found.start()], new)
        come_from += origins[done : found.start()]
        come_from += [origins[found.start()]] * len(new)
        done = found.end()
    return "".join((*pieces, text[done:])), (*come_from, *origins[done:])
