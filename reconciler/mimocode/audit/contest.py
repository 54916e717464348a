"""Layers that compete two by two, so that one answer shows the rank of them all; and how it is read.

Every two layers share a made-up provider whose name both of them set. Two of them say different things of one
more provider, which shows how layers are merged.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Final

from reconciler.engine.values import ABSENT, look_up, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.engine.values import Json

USER: Final = "home/.config/mimocode"
WORK: Final = "work"
KEPT: Final = {"$schema": "./kept.json"}
RIVAL: Final = "merged"
"""The provider that shows how layers are merged."""

MANAGED, CONTENT, NAMED, HOME = "managed", "content", "named folder", "home"
DOTS: Final = ("root .mimocode", "middle .mimocode", "inner .mimocode")
SECOND: Final = "root .mimocode, second file"
BARE: Final = ("inner file", "middle file", "root file")
EXTRA, OWN, DEFAULTS = "named file", "user", "defaults"
ABOVE: Final = ("above, .mimocode", "above, file")
INNER: Final = f"{WORK}/middle/inner"
PLACES: Final = {
    MANAGED: "managed/mimocode.json",
    NAMED: "named/mimocode.json",
    HOME: "home/.mimocode/mimocode.json",
    DOTS[0]: f"{WORK}/.mimocode/mimocode.jsonc",
    SECOND: f"{WORK}/.mimocode/mimocode.json",
    DOTS[1]: f"{WORK}/middle/.mimocode/mimocode.json",
    DOTS[2]: f"{INNER}/.mimocode/mimocode.json",
    BARE[0]: f"{INNER}/mimocode.json",
    BARE[1]: f"{WORK}/middle/mimocode.json",
    BARE[2]: f"{WORK}/mimocode.json",
    EXTRA: "named.json",
    OWN: f"{USER}/mimocode.jsonc",
    ABOVE[0]: ".mimocode/mimocode.json",
    ABOVE[1]: "mimocode.json",
}
VARIABLES: Final = {CONTENT: "MIMOCODE_CONFIG_CONTENT", DEFAULTS: "MIMOCODE_CONFIG_DEFAULTS"}


def competing(layers: Iterable[str]) -> dict[str, str]:
    """Return a text for each layer, such that one answer shows which of any two of them wins."""
    names = list(layers)
    providers: dict[str, dict[str, Json]] = {name: {} for name in names}
    for pair in itertools.combinations(names, 2):
        for layer in pair:
            providers[layer][pair_name(*pair)] = {"name": layer}
    return {name: json.dumps({**KEPT, "provider": mine}) for name, mine in providers.items()}


def pair_name(*pair: str) -> str:
    """Name the provider that two layers share."""
    return " and ".join(sorted(pair))


MERGED: Final[Mapping[str, Mapping[str, Json]]] = {
    OWN: {
        "options": {"baseURL": "low", "kept": {"low": 1, "both": "low"}},
        "models": {"one": {"name": "low", "limit": {"context": 200_000, "output": 0}}},
        "whitelist": ["one", "two"],
    },
    HOME: {
        "options": {"baseURL": "high", "kept": {"high": 2, "both": "high"}},
        "models": {"one": {"name": "high"}, "two": {"name": "high"}},
        "whitelist": ["two"],
    },
}
"""What two layers say of one provider."""


def texts() -> dict[str, str]:
    """Return the text of every layer."""
    made = competing([*PLACES, *VARIABLES])
    for layer, more in MERGED.items():
        config = json.loads(made[layer])
        config["provider"][RIVAL] = more
        made[layer] = json.dumps(config)
    return made


Pairs = tuple[tuple[str, str], ...]
"""Layers, two by two: the winner first."""

_RANKS: Final[Mapping[str, Pairs]] = {
    "project_over_user": tuple((SECOND, lower) for lower in (*BARE, OWN)),
    "layers_managed": tuple((MANAGED, lower) for lower in (CONTENT, NAMED, HOME, SECOND, OWN)),
    "layers_variables": ((CONTENT, NAMED), (NAMED, HOME), (EXTRA, OWN), (OWN, DEFAULTS)),
    "layers_home": tuple((HOME, lower) for lower in (*DOTS, SECOND)),
    "layers_folders": (*itertools.combinations(DOTS, 2), (DOTS[0], SECOND), (SECOND, DOTS[1])),
    "layers_bare": (*itertools.combinations(BARE, 2), *((higher, EXTRA) for higher in BARE)),
    "layers_stop": tuple((OWN, above) for above in ABOVE),
}


def wrong(config: Mapping[str, Json], pairs: Iterable[tuple[str, str]]) -> str:
    """Tell which layers do not win as they should; nothing where all do."""
    found = []
    for winner, loser in pairs:
        name = look_up(dict(config), ("provider", pair_name(winner, loser), "name"))
        if name == loser:
            found.append(f"{loser} wins over {winner}")
        elif name != winner:
            found.append(f"neither {winner} nor {loser} counts")
    return "; ".join(found[:3])


def _merged(config: Mapping[str, Json]) -> str:
    expected: dict[tuple[str, ...], Json] = {
        ("options", "kept"): {"low": 1, "high": 2, "both": "high"},
        ("options", "baseURL"): "high",
        ("models", "one", "name"): "high",
        ("models", "one", "limit", "context"): 200_000,
        ("models", "two", "name"): "high",
    }
    found = [
        ".".join(key)
        for key, value in expected.items()
        if not same(look_up(dict(config), ("provider", RIVAL, *key)), value)
    ]
    return "not merged: " + ", ".join(found) if found else ""


def _replaced(config: Mapping[str, Json]) -> str:
    found = look_up(dict(config), ("provider", RIVAL, "whitelist"))
    return "" if found == ["two"] else "the list became " + ("nothing" if found is ABSENT else repr(found))


def _by_rank(probe: str) -> Callable[[Mapping[str, Json]], str]:
    return lambda config: wrong(config, _RANKS[probe])


RULES: Final[Mapping[str, Callable[[Mapping[str, Json]], str]]] = {
    **{probe: _by_rank(probe) for probe in _RANKS},
    "merge_objects": _merged,
    "merge_lists": _replaced,
}
"""What each probe of layers finds wrong with a configuration; nothing where it holds."""


def judged(probe: str, config: Mapping[str, Json]) -> str:
    """Tell what is wrong by one probe."""
    return RULES[probe](config)
