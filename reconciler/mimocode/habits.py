"""What MiMoCode does to files by itself: the engine takes it for nobody's edit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reconciler.engine.habits import Habits
from reconciler.mimocode.facts import LITTER, SCHEMA_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK: Final = b"\xef\xbb\xbf"
_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|//[^\r\n]*|/\*.*?\*/|[^\s"{}\[\],:/]+|\S', re.DOTALL)
_SCHEMA: Final = b'"%s"' % SCHEMA_KEY[0].encode()
_OPENING, _CLOSING = b"{[", b"}]"


def essence(config: bytes) -> bytes:
    """Give what of a config stays the same when MiMoCode inserts its `$schema` line.

    It re-formats the lines around it, moves a comma, and drops a byte order mark; everything else of a
    file, each comment included, is somebody's.
    """
    kept = bytearray()  # a large config has more words than fit into memory twice with ease
    for token in _without_schema(config.removeprefix(_MARK)):
        kept += token + b"\n"
    del kept[-1:]
    return bytes(kept)


def _without_schema(config: bytes) -> Iterator[bytes]:
    depth, skip, last = 0, 0, b""
    for token in map(re.Match[bytes].group, _TOKEN.finditer(config)):
        depth += (token in _OPENING) - (token in _CLOSING)
        if depth == 1 and token == _SCHEMA and last in (b"{", b",") and not skip:
            skip = 3  # the key, the colon, the value
        if not token.startswith((b"//", b"/*")):
            last = token
            if skip:
                skip -= 1
                continue
        if token != b",":
            yield token


HABITS: Final = Habits(LITTER, essence)
