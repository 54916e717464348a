"""Which values of a configuration may be secrets, judged by the names on the way to them.

What others wrote into their configs is masked here before it is shown to anybody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reconciler.engine.changes import SENSITIVE
from reconciler.engine.values import Absent

if TYPE_CHECKING:
    from reconciler.engine.values import Json, KeyPath

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRETS: Final = frozenset(
    {
        *("key", "apikey", "token", "secret", "password", "passwd", "passphrase"),
        *("credential", "authorization", "cookie"),
    }
)
"""Last words of names that say what their value is: `apiKey`, `client_secret`, `X-Auth-Token`."""
_HOLDERS: Final = frozenset({"headers", "environment", "env"})
"""Objects in which every text may be one: they are handed on whole."""
_LOGIN: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def masked(key: KeyPath, value: Json | Absent) -> Json | Absent:
    """Return what may be shown of a key's value; numbers and names are no secrets."""
    if isinstance(value, Absent):
        return value
    held = any(name.lower() in _HOLDERS for name in key[:-1])
    return _masked(value, secret=held or any(map(_is_secret, key)) or _holds(key[-1:], value))


def _is_secret(name: str) -> bool:
    words = _WORD.findall(name)
    return bool(words) and words[-1].lower().removesuffix("s") in _SECRETS


def _holds(name: KeyPath, value: Json) -> bool:
    return isinstance(value, dict) and any(one.lower() in _HOLDERS for one in name)


def _masked(value: Json, *, secret: bool) -> Json:
    if isinstance(value, str):
        return SENSITIVE if secret else _LOGIN.sub(SENSITIVE, value)
    if isinstance(value, list):
        return [_masked(inner, secret=secret) for inner in value]
    if not isinstance(value, dict):
        return value
    shown: dict[str, Json] = {}
    for name, inner in value.items():
        shown[name] = _masked(inner, secret=secret or _is_secret(name) or _holds((name,), inner))
    return shown
