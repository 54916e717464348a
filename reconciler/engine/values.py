"""The smallest words of the engine: key paths, JSON values, and a value that is not there.

Nothing here touches the world. A JSON value is whatever `reconciler.jsonc` reads: dict, list, str,
int, float, bool or None.
"""

from __future__ import annotations

import enum
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
    """Spell a key path for people: dots between plain segments, brackets around the others."""
    text = ""
    for segment in key:
        plain = segment.replace("_", "").replace("$", "").replace("-", "").isalnum()
        if not plain:
            text += f'["{segment}"]'
        else:
            text += f".{segment}" if text else segment
    return text
