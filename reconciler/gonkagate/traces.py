"""What of a configuration can only be ours, judged by its values alone: for when no record says so.

The binding to our key file is the proof; nobody else refers to it. Under an entry with that binding the
keys count that we write, with the values that we write. Everything else there is the user's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.values import Absent, look_up, same
from reconciler.gonkagate import entry
from reconciler.gonkagate.catalog import LIMIT_CEILING, Catalog, Model, is_id, is_plain
from reconciler.gonkagate.facts import KEY_BINDING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from reconciler.engine.values import Json, KeyPath

_ACTIVATIONS = (entry.MODEL, entry.SMALL_MODEL)


def provider_keys(config: Json) -> dict[KeyPath, Json]:
    """Return the keys of the provider entry that are ours, with their values; none without our binding."""
    if look_up(config, entry.API_KEY) != KEY_BINDING:
        return {}
    listed = look_up(config, entry.MODELS)
    found = [_model(*one) for one in listed.items()] if isinstance(listed, dict) else []
    keys = entry.provider_keys(Catalog(tuple(model for model in found if model is not None)))
    return {key: value for key, value in keys.items() if same(look_up(config, key), value)}


def _model(name: str, value: Json) -> Model | None:
    """Read a model as we would have written it; None where we would not have."""
    shown, context, output = (
        look_up(value, key) for key in (("name",), ("limit", "context"), ("limit", "output"))
    )
    if not is_id(name) or not isinstance(shown, str) or not shown or not is_plain(shown):
        return None
    if not isinstance(context, int) or not isinstance(output, int):
        return None
    numbers = all(type(one) is int and 0 <= one <= LIMIT_CEILING for one in (context, output))
    return Model(name, shown, context, output) if numbers else None


def models(keys: Collection[KeyPath]) -> frozenset[str]:
    """Return the ids of the models among keys of a provider entry."""
    depth = len(entry.MODELS)
    return frozenset(key[depth] for key in keys if key[:depth] == entry.MODELS)


def activation_keys(config: Json, known: Collection[str]) -> dict[KeyPath, Json]:
    """Return the activation keys that refer to one of the known models."""
    found = {key: look_up(config, key) for key in _ACTIVATIONS}
    return {key: value for key, value in found.items() if entry.model_of(value) in known}


def others(config: Json, ours: Collection[KeyPath]) -> Iterator[KeyPath]:
    """Give what refers to GonkaGate or stands under its provider, and is not among ours.

    Of an object without a key of ours the object itself is given.
    """
    way = {key[:length] for key in ours for length in range(len(key) + 1)}
    for key in _ACTIVATIONS:
        if key not in ours and entry.points_at_us(look_up(config, key)):
            yield key
    todo = [] if isinstance(look_up(config, entry.ROOT), Absent) else [entry.ROOT]
    while todo:
        key = todo.pop()
        value = look_up(config, key)
        if key not in way:
            yield key
        elif key not in ours and isinstance(value, dict):
            todo += ((*key, name) for name in reversed(value))


def untouched(config: Json) -> bool:
    """Whether nothing in a configuration comes from us."""
    return look_up(config, entry.API_KEY) != KEY_BINDING and not any(
        entry.points_at_us(look_up(config, key)) for key in _ACTIVATIONS
    )
