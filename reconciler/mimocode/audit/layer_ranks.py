"""Which layer wins over which, read from one answer in which every two of them competed."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from reconciler.engine.values import ABSENT, look_up, same
from reconciler.mimocode.audit.experiments import (
    ABOVE,
    BARE,
    CONTENT,
    DEFAULTS,
    DOTS,
    EXTRA,
    HOME,
    MANAGED,
    NAMED,
    OWN,
    RIVAL,
    SECOND,
    pair_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from reconciler.engine.values import Json

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
