"""What a state must be besides well-formed: nothing twice, and values that can be what they say.

It looks at parsed JSON rather than at the values made of it, so that these faults are told together
with those of the form. What is malformed is passed over here; the reader tells that.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from reconciler.engine.values import Json

_HASH: Final = re.compile(r"[0-9a-f]{64}")


def is_hash(value: Json) -> bool:
    """Whether a value has the form of the hashes in our files: 64 lower-case hexadecimal digits."""
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def unsound(whole: dict[str, Json]) -> Iterator[str]:
    """Tell every fault of a state's meaning, each with its place."""
    serial = whole.get("serial")
    if isinstance(serial, int) and serial < 0:
        yield "serial is negative"
    for name in ("lineage", "transaction"):
        if whole.get(name) == "":
            yield f"{name} is empty"
    documents = _objects(whole.get("documents"))
    names = ((number, (held.get("role"), held.get("path"))) for number, held in documents)
    yield from _twice("documents[{}] is the same document as documents[{}]", names)
    for number, held in documents:
        yield from _of_holding(f"documents[{number}]", held)


def _of_holding(place: str, held: dict[str, Json]) -> Iterator[str]:
    path = held.get("path")
    if isinstance(path, str) and not Path(path).is_absolute():
        yield f"{place}.path is not absolute"
    for field in ("claims", "containers"):
        inner = _objects(held.get(field))
        keys = ((number, _segments(one.get("key"))) for number, one in inner)
        yield from _twice(f"{place}.{field}[{{}}] has the same key as {place}.{field}[{{}}]", keys)
    for number, claim in _objects(held.get("claims")):
        prior = claim.get("prior")
        backup = prior.get("backup") if isinstance(prior, dict) else None
        if isinstance(backup, str) and not is_hash(backup):
            yield f"{place}.claims[{number}].prior.backup is no hash"


def _segments(key: Json) -> Json:
    return tuple(key) if isinstance(key, list) else None


def twice(place: str, values: Json) -> Iterator[str]:
    """Tell which elements of a list stand there a second time."""
    if isinstance(values, list):
        yield from _twice(f"{place}[{{}}] is the same as {place}[{{}}]", enumerate(values))


def _twice(message: str, named: Iterable[tuple[int, Json]]) -> Iterator[str]:
    first: dict[Hashable, int] = {}
    for number, name in named:
        if not _is_plain(name):
            continue
        if name in first:
            yield message.format(number, first[name])
        else:
            first[name] = number


def _is_plain(name: Json) -> bool:
    """Whether a name is well-formed, so that it can be compared with others."""
    return isinstance(name, str) or (isinstance(name, tuple) and all(isinstance(part, str) for part in name))


def _objects(values: Json) -> list[tuple[int, dict[str, Json]]]:
    """Give the objects of a list with their numbers; what is no object is passed over."""
    if not isinstance(values, list):
        return []
    return [(number, value) for number, value in enumerate(values) if isinstance(value, dict)]
