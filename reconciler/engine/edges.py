"""The edge where our own files are read and written: strict, and all faults told at once.

State and journal are attrs classes inside and JSON outside; cattrs converts between them here. An
unknown field is a fault, since a file that we do not understand is not ours to rewrite.
"""

from __future__ import annotations

import json
from types import GenericAlias
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

import attrs
import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from reconciler.engine.claims import Claim, Container, Prior
from reconciler.engine.values import ABSENT, Absent

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class UnreadableError(ValueError):
    """One of our own files is not what we write; the message lists every fault with its place."""


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True, detailed_validation=True)
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
    return tuple(value)


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
    return Prior(value.get("value", ABSENT), text, backup)


_converter = _make_converter()


def load(kind: type[T], value: object) -> T:
    """Turn parsed JSON into a value. Raises UnreadableError naming every fault."""
    try:
        return _converter.structure(value, kind)
    except cattrs.BaseValidationError as error:
        raise UnreadableError("; ".join(cattrs.transform_error(error, path="file"))) from None
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableError(str(error)) from None


def dump(value: object) -> Any:  # noqa: ANN401 - JSON out, whatever its shape
    """Turn a value into what `json` can write."""
    return _converter.unstructure(value)


def parse_json(data: bytes) -> object:
    """Parse one of our own files. Raises UnreadableError."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not JSON: {error}") from None


def to_bytes(value: object) -> bytes:
    """Write a value as our files look: indented JSON with a final newline.

    ASCII alone, since a user's value or file name may hold a lone surrogate, which UTF-8 cannot spell.
    """
    return (json.dumps(dump(value), indent=1) + "\n").encode()
