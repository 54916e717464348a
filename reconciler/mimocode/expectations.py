"""What must be true of what MiMoCode resolves, and which layer is to blame where it is not.

Expectations are values; judging them is a function of MiMoCode's parsed answer. The answer decides,
our model of the layers only finds the name, the line and the column.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from reconciler.engine.problems import Blocker, Place
from reconciler.engine.values import ABSENT, Absent, Json, KeyPath, key_text, look_up, same
from reconciler.mimocode.facts import COMMAND, Code
from reconciler.mimocode.layers import winner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.mimocode.launcher import Output
    from reconciler.mimocode.layers import Layer

_SHOWN: Final = 5
_KEY_HEADER: Final = "authorization"
_BLAMELESS: Final = Path()


@frozen
class Expectations:
    """Everything one set-up promises: keys with their values, one secret key, models to be listed."""

    provider: str
    values: Mapping[KeyPath, Json]
    secret_key: KeyPath
    secret: str = field(repr=False)
    models: tuple[str, ...]
    chosen: tuple[str, ...]
    """The models that the user works with; gates on them are blockers of their own."""
    ours: frozenset[Path]
    """The files that we edit: a value there is never blamed."""


@frozen
class Mismatch:
    """A key that MiMoCode resolves to something else. `found` is never a secret."""

    key: KeyPath
    expected: Json
    found: Json | Absent


def parse_resolved(output: Output) -> Mapping[str, Json] | None:
    """Read what `mimo --pure debug config` printed; None when it is not a configuration."""
    if output.exit_code != 0:
        return None
    try:
        resolved = json.loads(output.stdout)
    except (ValueError, RecursionError):
        return None
    return resolved if isinstance(resolved, dict) else None


def mismatches(resolved: Mapping[str, Json], expectations: Expectations) -> tuple[Mismatch, ...]:
    """Compare MiMoCode's answer with what is expected, key by key."""
    tree: Json = dict(resolved)
    wrong = [
        Mismatch(key, value, found)
        for key, value in expectations.values.items()
        if isinstance(found := look_up(tree, key), Absent) or not same(found, value)
    ]
    held = look_up(tree, expectations.secret_key)
    if not isinstance(held, str) or not _is_secret(held, expectations.secret):
        what = ABSENT if isinstance(held, Absent) else "(another key)"
        wrong.append(Mismatch(expectations.secret_key, "(the stored key)", what))
    return tuple(wrong)


def _is_secret(held: str, secret: str) -> bool:
    return hmac.compare_digest(held.encode(errors="surrogatepass"), secret.encode())


def gates(
    resolved: Mapping[str, Json], expectations: Expectations, layers: tuple[Layer, ...]
) -> tuple[Blocker, ...]:
    """Tell which of MiMoCode's gates keep the provider or a chosen model out."""
    name = expectations.provider
    blockers: list[Blocker] = []

    def found(key: KeyPath) -> list[Json] | None:
        value = look_up(dict(resolved), key)
        return value if isinstance(value, list) else None

    def block(code: Code, key: KeyPath, message: str, remedy: str) -> None:
        layer = winner(layers, key)
        place = None if layer is None else layer.place(key)
        blockers.append(Blocker(code, message, f"{remedy}, then run again", COMMAND, place))

    disabled = found(("disabled_providers",))
    if disabled is not None and name in disabled:
        block(
            Code.PROVIDER_DISABLED,
            ("disabled_providers",),
            f"disabled_providers names {name}, so MiMoCode leaves it out",
            f"take {name} out of that list",
        )
    enabled = found(("enabled_providers",))
    if enabled is not None and name not in enabled:
        block(
            Code.PROVIDER_NOT_ENABLED,
            ("enabled_providers",),
            f"enabled_providers does not name {name}, so MiMoCode leaves it out",
            f"put {name} into that list",
        )
    allowed = found(("provider", name, "whitelist"))
    forbidden = found(("provider", name, "blacklist"))
    for model in dict.fromkeys(expectations.chosen):
        if allowed is not None and model not in allowed:
            block(
                Code.MODEL_NOT_ALLOWED,
                ("provider", name, "whitelist"),
                f"the provider's whitelist does not name {model}",
                f"put {model} into that list",
            )
        if forbidden is not None and model in forbidden:
            block(
                Code.MODEL_BLOCKED,
                ("provider", name, "blacklist"),
                f"the provider's blacklist names {model}",
                f"take {model} out of that list",
            )
    return tuple(blockers)


def blame(
    wrong: Iterable[Mismatch], expectations: Expectations, layers: tuple[Layer, ...]
) -> tuple[Blocker, ...]:
    """Turn mismatches into blockers that name the layer that decides, the most telling ones first."""
    by_layer: dict[tuple[Path | None, str | None], list[Blocker]] = {}
    for mismatch in wrong:
        layer = winner(layers, mismatch.key)
        if layer is None or _says_as_expected(layer, mismatch, expectations):
            identity: tuple[Path | None, str | None] = (_BLAMELESS, None)
            blocker = _unknown(mismatch, expectations)
        else:
            identity = (layer.file, layer.variable)
            blocker = _known(mismatch, expectations, layer)
        by_layer.setdefault(identity, []).append(blocker)
    return tuple(blocker for group in by_layer.values() for blocker in group[:_SHOWN])


def _says_as_expected(layer: Layer, mismatch: Mismatch, expectations: Expectations) -> bool:
    """Whether a file of ours holds what it should, so that something unseen must lie above it."""
    if layer.file not in expectations.ours:
        return False
    if mismatch.key == expectations.secret_key:
        return True
    value = layer.value(mismatch.key)
    return not isinstance(value, Absent) and same(value, mismatch.expected)


def key_is_ours(expectations: Expectations, layers: tuple[Layer, ...]) -> bool:
    """Whether the key comes from our binding, whatever its value: an equal key from elsewhere is a trap."""
    source = winner(layers, expectations.secret_key)
    return source is not None and source.file in expectations.ours


def foreign_key(expectations: Expectations, layers: tuple[Layer, ...]) -> Blocker:
    """Make the blocker for a key that has the right value but comes from another layer."""
    source = winner(layers, expectations.secret_key)
    place = Place() if source is None else source.place(expectations.secret_key)
    name = key_text(expectations.secret_key)
    return Blocker(
        Code.OVERRIDDEN_BY_LAYER,
        f"{name} comes from another layer than ours, so the stored key is not what MiMoCode uses",
        f"take {name} out of {place}, then run again",
        COMMAND,
        place,
    )


def rivals(
    resolved: Mapping[str, Json], expectations: Expectations, layers: tuple[Layer, ...]
) -> tuple[Blocker, ...]:
    """Tell which headers MiMoCode would send in the place of the stored key."""
    entry: KeyPath = ("provider", expectations.provider)
    tree: Json = dict(resolved)
    models = look_up(tree, (*entry, "models"))
    places = [(*entry, "options", "headers")]
    places += [(*entry, "models", name, "headers") for name in (models if isinstance(models, dict) else ())]
    found: list[Blocker] = []
    for place in places:
        headers = look_up(tree, place)
        names = headers if isinstance(headers, dict) else ()
        found += [_rival((*place, name), layers) for name in names if name.strip().lower() == _KEY_HEADER]
    return tuple(found[:_SHOWN])


def _rival(key: KeyPath, layers: tuple[Layer, ...]) -> Blocker:
    layer = winner(layers, key)
    where = None if layer is None else layer.place(key)
    remedy = "take that header out"
    if where is not None:
        remedy = f"take {key_text(key)} out of {where}"
    return Blocker(
        Code.OVERRIDDEN_BY_LAYER if layer is not None else Code.OVERRIDDEN_BY_UNKNOWN_LAYER,
        f"MiMoCode would send the header {key_text(key)} instead of the stored key",
        f"{remedy}, then run again",
        COMMAND,
        where,
    )


def _sentence(mismatch: Mismatch, expectations: Expectations) -> str:
    name = key_text(mismatch.key)
    if mismatch.key == expectations.secret_key:
        return f"MiMoCode does not resolve {name} to the stored key"
    if isinstance(mismatch.found, Absent):
        return f"MiMoCode resolves no {name}"
    found = "another object" if isinstance(mismatch.found, dict | list) else json.dumps(mismatch.found)
    return f"MiMoCode resolves {name} to {found}, not to {json.dumps(mismatch.expected)}"


def _known(mismatch: Mismatch, expectations: Expectations, layer: Layer) -> Blocker:
    place = layer.place(mismatch.key)
    return Blocker(
        Code.OVERRIDDEN_BY_LAYER,
        f"{_sentence(mismatch, expectations)}: a layer above ours decides it",
        f"take {key_text(mismatch.key)} out of {place}, then run again",
        COMMAND,
        place,
    )


def _unknown(mismatch: Mismatch, expectations: Expectations) -> Blocker:
    return Blocker(
        Code.OVERRIDDEN_BY_UNKNOWN_LAYER,
        f"{_sentence(mismatch, expectations)}, and no file or variable that can be seen here says so",
        "look for settings of an account or organisation, or managed preferences, then run again",
        COMMAND,
        Place(variable=None),
    )
