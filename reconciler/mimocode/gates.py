"""What keeps a provider, a model or a key out, although every value of ours is in force.

Lists that leave the provider or a model out, a status that hides one, a header that is sent instead of the
key. Pure functions of a configuration and of what is expected of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.engine.values import key_text, look_up
from reconciler.mimocode.facts import Code
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.engine.values import Json, KeyPath
    from reconciler.mimocode.expectations import Expectations

_DISABLED: Final[KeyPath] = ("disabled_providers",)
_ENABLED: Final[KeyPath] = ("enabled_providers",)
_HIDING: Final = ("deprecated", "alpha")
_KEY_HEADER: Final = "authorization"
_SHOWN: Final = 5


@frozen
class Finding:
    """One thing that keeps something out: the key that decides it, and what to do."""

    code: Code
    key: KeyPath
    message: str
    remedy: str
    unseen: Code | None = None
    """The code where no layer that can be seen has the key; None stands for the same one."""
    whatever: bool = False
    """Whether it is so with whatever value the key has."""


def closed(resolved: Mapping[str, Json], expectations: Expectations) -> tuple[Finding, ...]:
    """Tell which of MiMoCode's gates keep the provider or a chosen model out."""
    return (*_providers(resolved, expectations.provider), *_chosen(resolved, expectations))


def _providers(resolved: Mapping[str, Json], name: str) -> Iterator[Finding]:
    disabled, enabled = _list(resolved, _DISABLED), _list(resolved, _ENABLED)
    if disabled is not None and name in disabled:
        yield Finding(
            Code.PROVIDER_DISABLED,
            _DISABLED,
            f"disabled_providers names {name}, so MiMoCode leaves it out",
            f"take {name} out of that list",
        )
    if enabled is not None and name not in enabled:
        yield Finding(
            Code.PROVIDER_NOT_ENABLED,
            _ENABLED,
            f"enabled_providers does not name {name}, so MiMoCode leaves it out",
            f"put {name} into that list",
        )


def _chosen(resolved: Mapping[str, Json], expectations: Expectations) -> Iterator[Finding]:
    white, black = (*expectations.entry, "whitelist"), (*expectations.entry, "blacklist")
    allowed, forbidden = _list(resolved, white), _list(resolved, black)
    for model in dict.fromkeys(expectations.chosen):
        if allowed is not None and model not in allowed:
            yield Finding(
                Code.MODEL_NOT_ALLOWED,
                white,
                f"the provider's whitelist does not name {model}",
                f"put {model} into that list",
            )
        if forbidden is not None and model in forbidden:
            yield Finding(
                Code.MODEL_BLOCKED,
                black,
                f"the provider's blacklist names {model}",
                f"take {model} out of that list",
            )


def hidden(resolved: Mapping[str, Json], expectations: Expectations) -> tuple[Finding, ...]:
    """Tell what keeps other models of ours out of MiMoCode's list of models."""
    return (*_left_out(resolved, expectations), *_marked(resolved, expectations))


def _left_out(resolved: Mapping[str, Json], expectations: Expectations) -> Iterator[Finding]:
    white, black = (*expectations.entry, "whitelist"), (*expectations.entry, "blacklist")
    allowed, forbidden = _list(resolved, white), _list(resolved, black)
    others = [model for model in expectations.models if model not in expectations.chosen]
    listed = _texts(allowed)
    missing = [model for model in others if allowed is not None and model not in listed]
    if missing:
        what = f"the provider's whitelist does not name {names(missing)}, so MiMoCode does not list them"
        yield Finding(Code.MODELS_NOT_LISTED, white, what, "put every model into that list, or remove it")
    listed = _texts(forbidden)
    taken = [model for model in others if model in listed]
    if taken:
        what = f"the provider's blacklist names {names(taken)}, so MiMoCode does not list them"
        yield Finding(Code.MODELS_NOT_LISTED, black, what, "take them out of that list")


def _marked(resolved: Mapping[str, Json], expectations: Expectations) -> Iterator[Finding]:
    for model in expectations.models:
        key = (*expectations.entry, "models", model, "status")
        status = look_up(dict(resolved), key)
        if status in _HIDING:
            what = f"the status {status} of {model} makes MiMoCode leave it out of its list"
            yield Finding(Code.MODELS_NOT_LISTED, key, what, f"take {key_text(key)} out")


def rivals(resolved: Mapping[str, Json], expectations: Expectations) -> tuple[Finding, ...]:
    """Tell which headers MiMoCode would send in the place of the stored key."""
    tree: Json = dict(resolved)
    models = look_up(tree, (*expectations.entry, "models"))
    places = [(*expectations.entry, "options", "headers")]
    places += [
        (*expectations.entry, "models", name, "headers")
        for name in (models if isinstance(models, dict) else ())
    ]
    found: list[Finding] = []
    for place in places:
        headers = look_up(tree, place)
        sent = headers if isinstance(headers, dict) else ()
        found += [_rival((*place, name)) for name in sent if name.strip().lower() == _KEY_HEADER]
    return tuple(found[:_SHOWN])


def _rival(key: KeyPath) -> Finding:
    name = key_text(key)
    return Finding(
        Code.OVERRIDDEN_BY_LAYER,
        key,
        f"MiMoCode would send the header {name} instead of the stored key",
        f"take {name} out",
        Code.OVERRIDDEN_BY_UNKNOWN_LAYER,
        whatever=True,
    )


def names(models: list[str]) -> str:
    """Name some models, and how many more there are."""
    more = f" and {len(models) - _SHOWN} more" if models[_SHOWN:] else ""
    return ", ".join(models[:_SHOWN]) + more


def _texts(values: list[Json] | None) -> frozenset[str]:
    """Make of a list what thousands of names can be looked up in."""
    return frozenset(value for value in values or () if isinstance(value, str))


def _list(resolved: Mapping[str, Json], key: KeyPath) -> list[Json] | None:
    value = look_up(dict(resolved), key)
    return value if isinstance(value, list) else None
