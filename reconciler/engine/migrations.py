"""From the state file of an earlier version to today's: pure functions of JSON, one per version.

A step adds what its version did not have yet. What it does not recognise it leaves as it is: the reader
judges the result, and `strangers` what an earlier version could not have held.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.engine.values import Json

Whole: TypeAlias = "dict[str, Json]"
Step: TypeAlias = Callable[[Whole], Whole]

_NEW_IN_HOLDINGS: Final[Mapping[int, tuple[str, ...]]] = {2: ("volume", "folder_id")}
"""The fields of a holding that came with a version."""


def _from_1(whole: Whole) -> Whole:
    """Add what tells a folder that is gone from one that is not mounted; of old holdings it is not known."""
    return {**whole, "schema_version": 2, **_holdings_with(whole, _NEW_IN_HOLDINGS[2])}


MIGRATIONS: Final[Mapping[int, Step]] = {1: _from_1}


def migrated(whole: Whole) -> Whole:
    """Bring a state of a known version to today's."""
    version = whole["schema_version"]
    while isinstance(version, int) and version in MIGRATIONS:
        whole = MIGRATIONS[version](whole)
        version = whole["schema_version"]
    return whole


def strangers(whole: Whole) -> Iterator[str]:
    """Tell of fields that a state of this version cannot have, since they came later."""
    version = whole["schema_version"]
    if not isinstance(version, int):
        return
    later = [name for since, names in _NEW_IN_HOLDINGS.items() if since > version for name in names]
    for number, held in enumerate(_listed(whole)):
        present = [name for name in later if isinstance(held, dict) and name in held]
        yield from (f"documents[{number}].{name} is not a field" for name in present)


def _holdings_with(whole: Whole, names: tuple[str, ...]) -> Whole:
    if not isinstance(whole.get("documents"), list):
        return {}
    new = dict.fromkeys(names)
    return {"documents": [{**new, **held} if isinstance(held, dict) else held for held in _listed(whole)]}


def _listed(whole: Whole) -> list[Json]:
    documents = whole.get("documents")
    return documents if isinstance(documents, list) else []
