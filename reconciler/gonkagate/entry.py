"""How GonkaGate should stand in a configuration: the provider entry, and the two activation keys.

Pure functions from a catalog to keys with values, plus what the engine must know of these keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.engine.claims import Nature
from reconciler.gonkagate.catalog import Catalog, Model
from reconciler.gonkagate.facts import BASE_URL, DISPLAY_NAME, KEY_BINDING, PACKAGE, PROVIDER

if TYPE_CHECKING:
    from reconciler.engine.values import Json, KeyPath

ROOT: Final[KeyPath] = ("provider", PROVIDER)
API_KEY: Final[KeyPath] = (*ROOT, "options", "apiKey")
HEADERS: Final[KeyPath] = (*ROOT, "options", "headers")
MODELS: Final[KeyPath] = (*ROOT, "models")
MODEL: Final[KeyPath] = ("model",)
SMALL_MODEL: Final[KeyPath] = ("small_model",)
_REFERENCE: Final = f"{PROVIDER}/"
_LIMIT: Final = "limit"


def reference(model: str) -> str:
    """Spell a model as MiMoCode refers to it; the id is never shortened."""
    return _REFERENCE + model


def model_of(value: Json) -> str | None:
    """Return the catalog id that a `model` value refers to, if it refers to our provider."""
    return value.removeprefix(_REFERENCE) if points_at_us(value) and isinstance(value, str) else None


def points_at_us(value: Json) -> bool:
    """Whether a `model` value refers to a model of our provider."""
    return isinstance(value, str) and value.startswith(_REFERENCE)


def provider_keys(catalog: Catalog) -> dict[KeyPath, Json]:
    """Return every key of the provider entry with its value."""
    keys: dict[KeyPath, Json] = {
        (*ROOT, "npm"): PACKAGE,
        (*ROOT, "name"): DISPLAY_NAME,
        (*ROOT, "options", "baseURL"): BASE_URL,
        API_KEY: KEY_BINDING,
        (*ROOT, "options", "setCacheKey"): False,
    }
    for model in catalog.models:
        keys[(*MODELS, model.id, "name")] = model.name
        keys[(*MODELS, model.id, _LIMIT, "context")] = model.context
        keys[(*MODELS, model.id, _LIMIT, "output")] = model.output
    return keys


def activation_keys(model: str, small_model: str) -> dict[KeyPath, Json]:
    """Return the two keys that make MiMoCode use us."""
    return {MODEL: reference(model), SMALL_MODEL: reference(small_model)}


def remembered_catalog(keys: dict[KeyPath, Json]) -> Catalog:
    """Read a catalog back out of provider keys, as far as they carry it."""
    depth = len(MODELS)
    ids = dict.fromkeys(key[depth] for key in keys if key[:depth] == MODELS and len(key) > depth)

    def number(model: str, what: str) -> int:
        value = keys.get((*MODELS, model, _LIMIT, what))
        return value if isinstance(value, int) else 0

    return Catalog(
        tuple(
            Model(
                model,
                str(keys.get((*MODELS, model, "name"), model)),
                number(model, "context"),
                number(model, "output"),
            )
            for model in ids
        )
    )


def nature(key: KeyPath) -> Nature:
    """Tell how a key behaves once it is no longer desired."""
    if key in (MODEL, SMALL_MODEL):
        return Nature.ACTIVATION
    return Nature.SETTING if key[: len(ROOT)] == ROOT else Nature.HOUSEKEEPING


def is_sensitive(key: KeyPath) -> bool:
    """Whether a key's value may never be shown."""
    return key == API_KEY


def indivisible(key: KeyPath) -> KeyPath | None:
    """Return the object that MiMoCode refuses as soon as this key is missing from it."""
    return key[:-1] if key[:-1][-1:] == (_LIMIT,) and key[: len(MODELS)] == MODELS else None
