"""Why a key changes, in the words of the provider and the target: what the engine's own table cannot know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler.engine.compare import Row
from reconciler.gonkagate import entry
from reconciler.mimocode.facts import SCHEMA_KEY
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.engine.claims import Holding
    from reconciler.engine.values import KeyPath

_DEPTH: Final = len(entry.MODELS)
_GONE: Final = "no longer in the catalog"
_OF_A_MODEL_THAT_LEFT: Final[Mapping[Row, str]] = {
    Row.LEAVES: _GONE,
    Row.LEAVES_CHANGED: f"{_GONE}; it was changed outside of this program, and the backup keeps that value",
    Row.GIVEN_BACK: f"{_GONE}; what you had set before we came is given back",
    Row.GIVEN_BACK_CHANGED: f"{_GONE}; what you had set before we came is given back",
    Row.GONE_ALREADY: f"{_GONE}, and it was removed outside of this program already",
}
_MOVED_AWAY: Final[Mapping[Row, str]] = {
    Row.LEAVES: "no longer wanted here",
    Row.GIVEN_BACK: "no longer wanted here: what you had set before we came is given back",
}
_SCHEMA: Final[Mapping[Row, str]] = {
    Row.NEW: "else MiMoCode would insert it itself and re-format the lines around it",
    Row.TAKEN_OVER: "else MiMoCode would replace it itself; your value is kept and given back",
}


@frozen
class Reasons:
    """Gives a reason where there is a better one than the table's."""

    held: Holding | None
    """What we hold in the document already."""
    stays: bool = True
    """Whether a set-up remains: what leaves one place then goes to another, or out of the catalog."""
    _known: frozenset[str] = field(init=False)

    @_known.default
    def _models_that_we_hold(self) -> frozenset[str]:
        claims = self.held.claims if self.held else ()
        return frozenset(claim.key[_DEPTH] for claim in claims if _is_of_a_model(claim.key))

    def because(self, key: KeyPath, row: Row, desired: Collection[KeyPath]) -> str | None:
        """Say why; None where the table says it well."""
        if _is_of_a_model(key):
            return self._of_model(key, row, listed=(*entry.ROOT, "npm") in desired)
        if key == SCHEMA_KEY and row in _SCHEMA:
            return _SCHEMA[row]
        if key in (entry.MODEL, entry.SMALL_MODEL) and row is Row.CHANGED_MIND:
            return "another model was chosen"
        return _MOVED_AWAY.get(row) if self.stays else None

    def _of_model(self, key: KeyPath, row: Row, *, listed: bool) -> str | None:
        if row is Row.NEW and self.held is not None and key[_DEPTH] not in self._known:
            return "new in the catalog"
        if row is Row.CHANGED_MIND:
            what = "another name" if key[-1] == "name" else "other limits"
            return f"{what} in the catalog now"
        if listed:
            return _OF_A_MODEL_THAT_LEFT.get(row)
        return _MOVED_AWAY.get(row) if self.stays else None


def _is_of_a_model(key: KeyPath) -> bool:
    return len(key) > _DEPTH and key[:_DEPTH] == entry.MODELS
