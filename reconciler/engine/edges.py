"""The edge where our own files are read and written: strict, and all faults told at once.

State and journal are attrs classes inside and JSON outside; cattrs converts between them here. An
unknown field is a fault, since a file that we do not understand is not ours to rewrite.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from types import GenericAlias
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_args, get_origin

import attrs
import cattrs
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from reconciler.engine.claims import Claim, Container, Prior
from reconciler.engine.values import ABSENT, Absent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
_SHOWN: Final = 10
"""How many faults a message spells out."""


class UnreadableError(ValueError):
    """One of our own files is not what we write. `faults` are all that were found, each with its place."""

    def __init__(self, *faults: str) -> None:
        super().__init__(*faults)
        self.faults = faults

    def __str__(self) -> str:
        shown, more = self.faults[:_SHOWN], len(self.faults) - _SHOWN
        rest = (f"and {more} more",) if more > 0 else ()
        count = f"{len(self.faults)} faults: " if len(self.faults) > 1 else ""
        return count + "; ".join((*shown, *rest))


@cache
def _converter(*, telling: bool) -> cattrs.Converter:
    """Make the converter that tells every fault, or the one that stops at the first and is twice as fast."""
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=telling)
    converter.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)
    converter.register_unstructure_hook_func(lambda kind: kind is object, lambda value: value)
    converter.register_structure_hook_factory(attrs.has, _objects)
    converter.register_structure_hook_factory(_is_tuple, _lists)
    for scalar in (str, int, bool):
        converter.register_structure_hook(scalar, _exactly)
    converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], _segments)
    converter.register_unstructure_hook(Prior, _prior_out)
    converter.register_structure_hook(Prior, _prior_in)
    for kind in (Claim, Container):
        converter.register_unstructure_hook(kind, make_dict_unstructure_fn(kind, converter))
    return converter


def _exactly(value: object, kind: type[T]) -> T:
    """Take a scalar as it is: cattrs would turn 3 into "3"."""
    if type(value) is not kind:
        raise ValueError(f"expected {kind.__name__}, found {type(value).__name__}")
    return value


def _objects(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:  # noqa: ANN401 - any class
    """Read an attrs class from an object, and from nothing else."""
    structure = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True)

    def read(value: object, _: object) -> object:
        if not isinstance(value, dict):
            raise TypeError(f"expected an object, found {type(value).__name__}")
        return structure(value, kind)

    return read


def _lists(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:  # noqa: ANN401 - any tuple
    """Read a tuple from a list, and from nothing else: an empty object would pass for an empty one."""
    inner = GenericAlias(list, get_args(kind)[:1])
    structure = converter.get_structure_hook(inner)

    def read(value: object, _: object) -> object:
        if not isinstance(value, list):
            raise TypeError(f"expected a list, found {type(value).__name__}")
        return tuple(structure(value, inner))

    return read


def _is_tuple(kind: Any) -> bool:  # noqa: ANN401 - any type
    return get_origin(kind) is tuple


def _segments(value: object, _: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise TypeError("expected a list of strings")
    return tuple(map(sys.intern, value))  # thousands of keys have the same few names on their way


def _prior_out(prior: Prior) -> dict[str, object]:
    if prior.backup is not None:
        return {"backup": prior.backup}
    if isinstance(prior.value, Absent):
        return {}
    return {"value": prior.value, "text": prior.text}


def _prior_in(value: object, _: object) -> Prior:
    if not isinstance(value, dict) or not value.keys() <= {"backup", "value", "text"}:
        raise ValueError("expected an object with value and text, with backup, or with nothing")
    text, backup = value.get("text"), value.get("backup")
    if not isinstance(text, str | None) or not isinstance(backup, str | None):
        raise TypeError("expected text and backup to be strings")
    return Prior(value.get("value", ABSENT), text, backup) if value else _NO_PRIOR


_NO_PRIOR: Final = Prior()


def load(kind: type[T], value: object) -> T:
    """Turn parsed JSON into a value. Raises UnreadableError with every fault."""
    try:
        return _converter(telling=False).structure(value, kind)
    except Exception as error:  # noqa: BLE001 - whatever stopped it, the other converter tells it with its place
        faults = tuple(_all_faults(kind, value))
        raise UnreadableError(*(faults or (str(error),))) from None


def loaded(kind: type[T], value: object) -> tuple[T | None, tuple[str, ...]]:
    """Turn parsed JSON into a value, or tell what keeps it from being one."""
    try:
        return load(kind, value), ()
    except UnreadableError as error:
        return None, error.faults


def faults_of(kind: type[Any], value: object) -> tuple[str, ...]:
    """Tell what keeps parsed JSON from being a value of this kind; nothing where it is one."""
    return loaded(kind, value)[1]


def _all_faults(kind: type[Any], value: object) -> Iterator[str]:
    try:
        _converter(telling=True).structure(value, kind)
    except cattrs.BaseValidationError as error:
        yield from _faults(error, "")
    except (ValueError, TypeError, KeyError) as error:
        yield str(error)


def _faults(error: BaseException, place: str) -> Iterator[str]:
    """Spell every fault with the place in the file that it is at: `documents[1].claims[0].key`."""
    if isinstance(error, ClassValidationError):
        named, others = error.group_exceptions()
        for inner, note in named:
            yield from _faults(inner, f"{place}.{note.name}" if place else note.name)
        for inner in others:
            yield from _faults(inner, place)
    elif isinstance(error, IterableValidationError):
        for inner, at in error.group_exceptions()[0]:
            yield from _faults(inner, f"{place}[{at.index}]")
    elif isinstance(error, ForbiddenExtraKeysError):
        for name in sorted(error.extra_fields):
            yield f"{place}.{name} is not a field" if place else f"{name} is not a field"
    elif isinstance(error, KeyError):
        yield f"{place} is missing"
    else:
        yield f"{place}: {error}" if place else str(error)


def dump(value: object) -> Any:  # noqa: ANN401 - JSON out, whatever its shape
    """Turn a value into what `json` can write."""
    return _converter(telling=False).unstructure(value)


def parse_json(data: bytes) -> object:
    """Parse one of our own files. Raises UnreadableError."""
    try:
        return json.loads(data, object_pairs_hook=_object)
    except UnreadableError:
        raise
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not JSON: {error}") from None


def _object(members: list[tuple[str, object]]) -> dict[str, object]:
    """Make an object of its members. Of two with one name, either could be the one that counts."""
    whole: dict[str, object] = {}
    for name, value in members:
        if name in whole:
            raise UnreadableError(f"{name} stands twice in one object")
        whole[name] = value
    return whole


def to_bytes(value: object) -> bytes:
    """Write a value as our files look."""
    return spelled(dump(value))


def spelled(plain: object) -> bytes:
    """Write what `json` can write as our files look: indented JSON with a final newline.

    ASCII alone, since a user's value or file name may hold a lone surrogate, which UTF-8 cannot spell. Piece
    by piece, since a record of many models is a million of them.
    """
    whole = bytearray()
    for piece in json.JSONEncoder(indent=1).iterencode(plain):
        whole += piece.encode("ascii")
    whole += b"\n"
    return bytes(whole)
