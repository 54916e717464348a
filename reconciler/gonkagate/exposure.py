"""How a configuration that is not the user's own could get at the key, judged by its values alone.

Pure functions from a configuration to the keys that give it away; none of them reads a file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reconciler.engine.values import Absent, look_up
from reconciler.gonkagate.entry import API_KEY, MODELS, ROOT
from reconciler.gonkagate.facts import BASE_URL, KEY_FOLDER, KEY_NAME, KEY_VARIABLE, PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.engine.values import Json, KeyPath

KEY_MARK: Final = "/".join((*KEY_FOLDER, KEY_NAME)).encode()
"""How the key file's path ends where nobody hides it."""
_FOLDER: Final = "/".join(KEY_FOLDER)
_SLASHES: Final = re.compile(r"[/\\]+(?:\.[/\\]+)*")
_KEY_HEADERS: Final = frozenset({"authorization", "proxy-authorization"})
_HOST_HEADERS: Final = frozenset({"host", ":authority"})
_ADDRESSES: Final[tuple[tuple[KeyPath, Json], ...]] = (
    ((*ROOT, "npm"), PACKAGE),
    ((*ROOT, "api"), BASE_URL),
    ((*ROOT, "options", "baseURL"), BASE_URL),
)
_MODEL_ADDRESSES: Final[tuple[tuple[KeyPath, Json], ...]] = (
    (("provider", "npm"), PACKAGE),
    (("provider", "api"), BASE_URL),
)


def named(text: str) -> str | None:
    """Return what of the key a text names, however it is spelled: its folder, or its variable."""
    if _FOLDER in _SLASHES.sub("/", text).casefold():
        return "the folder of GonkaGate's key"
    return KEY_VARIABLE if f"${{{KEY_VARIABLE}}}" in text else None


def sources(config: Json) -> Iterator[KeyPath]:
    """Give the keys that say what is sent as GonkaGate's key, or take the key for another provider."""
    if not isinstance(look_up(config, API_KEY), Absent):
        yield API_KEY
    yield from _headers(config, _KEY_HEADERS)
    for name in _members(config, ("provider",)):
        variables = look_up(config, ("provider", name, "env"))
        if isinstance(variables, list) and KEY_VARIABLE in variables:
            yield ("provider", name, "env")


def detours(config: Json) -> Iterator[KeyPath]:
    """Give the keys that change where the key is sent, or which code is handed it."""
    places = list(_ADDRESSES)
    places += [
        ((*MODELS, one, *key), ours) for one in _members(config, MODELS) for key, ours in _MODEL_ADDRESSES
    ]
    for key, ours in places:
        value = look_up(config, key)
        if not isinstance(value, Absent) and value != ours:
            yield key
    yield from _headers(config, _HOST_HEADERS)


def texts(config: Json) -> Iterator[tuple[KeyPath, str]]:
    """Give every text of a configuration, names included, with the key that it stands at.

    Rules that forbid or allow are left out: a team that forbids reading the key file names it there.
    """
    todo: list[tuple[KeyPath, Json]] = [((), config)]
    while todo:
        key, value = todo.pop()
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, dict) and not _is_rule(key):
            for name, inner in value.items():
                yield (*key, name), name
                todo.append(((*key, name), inner))
        elif isinstance(value, list):
            todo += ((key, inner) for inner in value)


def _is_rule(key: KeyPath) -> bool:
    return key == ("permission",) or (key[:1] in (("agent",), ("mode",)) and key[2:] == ("permission",))


def _headers(config: Json, names: frozenset[str]) -> Iterator[KeyPath]:
    places = ((*ROOT, "options", "headers"), *((*MODELS, one, "headers") for one in _members(config, MODELS)))
    for place in places:
        yield from ((*place, name) for name in _members(config, place) if name.strip().lower() in names)


def _members(config: Json, key: KeyPath) -> tuple[str, ...]:
    found = look_up(config, key)
    return tuple(found) if isinstance(found, dict) else ()
