"""JSON values as JavaScript has them: what can be written and read back the same, and when two are the same.

Nothing here recurses, so a value may be as deep as the nesting limit wherever the caller stands.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from reconciler.records import frozen

if TYPE_CHECKING:
    from reconciler.jsonc.document import Json

PROTO: Final = "__proto__"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@frozen
class Raw:
    """A value together with the spelling it is to be written in."""

    text: str
    value: Json


def join_surrogates(text: str) -> str:
    """Make one character of each pair of surrogates, as any reader of the escapes does."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def take(value: object, room: int) -> Json:
    """Copy a value that is about to be written, so that nobody changes it meanwhile.

    `room` is how many containers deep it may be. Raises ValueError, with the reason, for anything that a
    reader of the file would not get back as it was given.
    """
    holder: list[Json] = []
    todo: list[tuple[object, dict[str, Json] | list[Json], str, int]] = [(value, holder, "", room)]
    while todo:
        given, into, key, left = todo.pop()
        copy: Json
        if isinstance(given, Mapping):
            table: dict[str, Json] = dict.fromkeys(_key(name) for name in given)
            copy = table
            todo.extend((child, table, _key(name), left - 1) for name, child in given.items())
        elif isinstance(given, Sequence) and not isinstance(given, str | bytes | bytearray | memoryview):
            row: list[Json] = []
            copy = row
            todo.extend((child, row, "", left - 1) for child in reversed(given))
        else:
            copy, left = _scalar(given), max(left, 1)
        if left < 1:
            raise ValueError("the value is nested too deep")
        if isinstance(into, dict):
            into[key] = copy
        else:
            into.append(copy)
    return holder[0]


def _key(name: object) -> str:
    if not isinstance(name, str):
        raise ValueError("a key is not text")  # noqa: TRY004 - one kind of error for all refusals
    if name == PROTO:
        raise ValueError("MiMoCode does not see a key named __proto__")
    return join_surrogates(name)


def _scalar(given: object) -> Json:
    if given is None or isinstance(given, bool):
        return given
    if isinstance(given, str):
        return join_surrogates(str(given))
    if isinstance(given, float):
        if not math.isfinite(given):
            raise ValueError("JSON has no word for this number")
        return float(given)
    if isinstance(given, int):
        try:
            exact = int(float(given)) == given
        except OverflowError:
            exact = False
        if not exact:
            raise ValueError("the number is larger than MiMoCode can hold exactly")
        return int(given)
    raise ValueError(f"a {type(given).__name__} is not a JSON value")


def same(one: Json, other: Json | Raw) -> bool:
    """Tell whether two values read the same: 1 is 1.0 but not true; the order of keys is nothing."""
    todo: list[tuple[object, object]] = [(one, other)]
    while todo:
        left, right = todo.pop()
        if isinstance(right, Raw):
            right = right.value
        if isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                return False
            todo.extend((left[key], right[key]) for key in left)
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            todo.extend(zip(left, right, strict=True))
        elif isinstance(left, bool) != isinstance(right, bool) or left != right:
            return False
    return True
