"""The smallest words of the engine: key paths, JSON values, and a value that is not there.

Nothing here touches the world. A JSON value is whatever `reconciler.jsonc` reads: dict, list, str,
int, float, bool or None.
"""

from __future__ import annotations

import enum
import json
import re
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from reconciler.jsonc import values as jsonc_values

if TYPE_CHECKING:
    from reconciler import jsonc

KeyPath: TypeAlias = tuple[str, ...]
"""The way from a document's root to one key, one segment per object."""

Json: TypeAlias = object
"""A parsed JSON value. Kept opaque: the engine compares values, it never computes with them."""


class Absent(enum.Enum):
    """The one value that says: no such key. JSON's own null is a value and is something else."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent.ABSENT
_PART: Final = re.compile(
    r'(?P<dot>\.)?(?P<plain>[\w$-]+)|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]|\[(?P<bare>[^"\[\]]+)\]'
)
"""One segment of a spelled key path."""


def same(left: Json, right: Json) -> bool:
    """Whether two JSON values are the same value to a JSON reader.

    Booleans are not numbers, 1 and 1.0 are one number, the order of keys does not count.
    """
    return jsonc_values.same(cast("jsonc.Json", left), cast("jsonc.Json", right))


def look_up(tree: Json, key: KeyPath) -> Json:
    """Return the value at a key path, or ABSENT where the path leads nowhere."""
    here = tree
    for segment in key:
        if not isinstance(here, dict) or segment not in here:
            return ABSENT
        here = here[segment]
    return here


def key_text(key: KeyPath) -> str:
    """Spell a key path for people: dots between plain segments, brackets around the others.

    The text is printable and can be typed in again: `parse_key` reads it back.
    """
    text = ""
    for segment in key:
        if not _is_plain(segment):
            text += f"[{_quoted(segment)}]"
        else:
            text += f".{segment}" if text else segment
    return text


def parse_key(text: str) -> KeyPath:
    """Read a key path as `key_text` spells it. Raises ValueError, which says from where on it cannot be read.

    The quotes within brackets may be missing, since shells take them away.
    """
    segments: list[str] = []
    at = 0
    while at < len(text) or not segments:
        found = _PART.match(text, at)
        if found is None or (found["plain"] is not None and (found["dot"] is None) == bool(segments)):
            raise ValueError(f"from character {at + 1} on it cannot be read")
        segments.append(found["plain"] or found["bare"] or _unquoted(found["quoted"], at))
        at = found.end()
    return tuple(segments)


def _is_plain(segment: str) -> bool:
    return segment.replace("_", "").replace("$", "").replace("-", "").isalnum()


def _quoted(segment: str) -> str:
    """Spell a segment as a JSON string in which every character can be printed."""
    text = json.dumps(segment, ensure_ascii=False)
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


def _unquoted(text: str, at: int) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        raise ValueError(f"what is in brackets from character {at + 1} on is no JSON string") from None
