"""What MiMoCode makes of its layers together: objects are merged key by key, everything else is replaced.

Pure functions of layers. Where two layers say something of one key the higher one decides; an array or a
text in the place of an object hides what lower layers have below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.values import Absent, look_up

if TYPE_CHECKING:
    from reconciler.engine.values import Json, KeyPath
    from reconciler.mimocode.layers import Layer


def resolved(layers: tuple[Layer, ...]) -> dict[str, Json]:
    """Merge layers, the winner first, into the configuration that comes of them."""
    merged: dict[str, Json] = {}
    for layer in reversed(layers):
        value = layer.value(())
        if isinstance(value, dict):
            _merge(merged, value)
    return merged


def _merge(into: dict[str, Json], over: dict[str, Json]) -> None:
    for key, value in over.items():
        here = into.get(key)
        if isinstance(value, dict):
            inner: dict[str, Json] = dict(here) if isinstance(here, dict) else {}
            _merge(inner, value)
            into[key] = inner
        else:
            into[key] = value


def stack(layers: tuple[Layer, ...], key: KeyPath) -> tuple[Layer, ...]:
    """Return the layers that say something of a key, the one that decides first."""
    return tuple(layer for layer in layers if not isinstance(layer.value(key), Absent))


def decides(layers: tuple[Layer, ...], key: KeyPath) -> Layer | None:
    """Return the layer whose value of a key counts; None where no layer has it, or one above hides it."""
    if isinstance(look_up(resolved(layers), key), Absent):
        return None
    return next(iter(stack(layers, key)), None)
