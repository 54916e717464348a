"""What MiMoCode makes of its layers together: objects are merged key by key, everything else is replaced.

Pure functions of layers. Where two layers say something of one key the higher one decides; an array or a
text in the place of an object hides what lower layers have below it. Nothing can be unset from above: an
empty `model` decides like any other, and counts as none only when MiMoCode works. One list is joined
instead of replaced: `instructions`.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from reconciler.engine.values import Absent
from reconciler.mimocode.layers import USER

if TYPE_CHECKING:
    from reconciler.engine.values import Json, KeyPath
    from reconciler.mimocode.layers import Layer

_JOINED: Final = "instructions"


def resolved(layers: tuple[Layer, ...]) -> dict[str, Json]:
    """Merge layers, the winner first, into the configuration that comes of them. It may hold secrets.

    The user-level files are merged among themselves before they become one layer of the whole.
    """
    merged: dict[str, Json] = {}
    for kind, group in groupby(reversed(layers), lambda layer: layer.kind):
        parts = [value for layer in group if isinstance(value := layer.value(()), dict)]
        for part in [_replaced(parts)] if kind == USER else parts:
            _join(merged, part)
    return merged


def _replaced(parts: list[dict[str, Json]]) -> dict[str, Json]:
    merged: dict[str, Json] = {}
    for part in parts:
        _merge(merged, part)
    return merged


def _join(into: dict[str, Json], over: dict[str, Json]) -> None:
    lower, higher = into.get(_JOINED), over.get(_JOINED)
    _merge(into, over)
    if isinstance(lower, list) and isinstance(higher, list):
        into[_JOINED] = joined = []
        for one in (*lower, *higher):
            if one not in joined:
                joined.append(one)


def _merge(into: dict[str, Json], over: dict[str, Json]) -> None:
    """Lay a tree over another. What only one of them has is shared with it and never changed."""
    for key, value in over.items():
        here = into.get(key)
        if isinstance(value, dict) and isinstance(here, dict):
            inner: dict[str, Json] = dict(here)
            _merge(inner, value)
            into[key] = inner
        else:
            into[key] = value


def stack(layers: tuple[Layer, ...], key: KeyPath) -> tuple[Layer, ...]:
    """Return the layers that say something of a key, the one that decides first."""
    return tuple(layer for layer in layers if not isinstance(layer.value(key), Absent))


def decides(layers: tuple[Layer, ...], key: KeyPath) -> Layer | None:
    """Return the layer whose value of a key counts; None where no layer has it, or one above hides it."""
    for layer in layers:
        if not isinstance(layer.value(key), Absent):
            return layer
        if any(_hides(layer.value(key[:length])) for length in range(1, len(key))):
            return None
    return None


def _hides(parent: Json) -> bool:
    return not isinstance(parent, dict | Absent)
