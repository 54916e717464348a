"""Which way leads to the gateway: the straight one, plain proxy or none, or one that takes more to find."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from reconciler.engine import platform
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

Address: TypeAlias = "tuple[str, int]"

_NAMES: Final = frozenset({"https_proxy", "all_proxy", "no_proxy"})
_PLAIN: Final = re.compile(
    r"(?:http://)?([0-9A-Za-z](?:[0-9A-Za-z.-]{0,200}[0-9A-Za-z])?):([1-9][0-9]{0,4})/?"
)
_LAST_PORT: Final = 65_535


@frozen
class Straight:
    """The straight way; where there is a proxy, it opens a tunnel to the gateway."""

    proxy: Address | None = None


def straight_way(environment: Mapping[str, str], system: str = platform.SYSTEM) -> Straight | None:
    """Say which is the straight way. None where whether and how to use a proxy takes more than a look.

    That is so for exceptions, for several proxies, for one with a password, with TLS or of another kind
    than HTTP, and where the settings of the system may name one.
    """
    said = {(name.lower(), value) for name, value in environment.items() if value and name.lower() in _NAMES}
    if not said:
        return None if platform.names_proxies(system) else Straight()
    if len(said) > 1:
        return None
    ((name, value),) = said
    plain = _PLAIN.fullmatch(value) if name == "https_proxy" else None
    if plain is None or int(plain[2]) > _LAST_PORT:
        return None
    return Straight((plain[1], int(plain[2])))
