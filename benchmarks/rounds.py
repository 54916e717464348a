"""The rounds of a run: in each of them everything is measured once, in turn.

So a machine whose speed drifts drifts for all, and a ratio of medians keeps its meaning. The large plans are
made where a few models are set up already: MiMoCode is known there, and is not started.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from benchmarks import promises as names
from benchmarks.place import FIRST_APPLY, Place
from fixtures import scale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.processes import Usage
    from fixtures.gateway import Gateway

LARGE: Final = 10_000
SMALL: Final = 1_000
FEW: Final = 60


class Rounds:
    """Homes in several states, and the series measured there so far."""

    def __init__(self, root: Path, mimo: Path, gateway: Gateway) -> None:
        self.gateway = gateway
        self.usual = gateway.catalog
        self.place = Place(root / "usual", mimo, gateway.environment())
        self.large, self.small = (
            self._set_up(Place(root / str(models), mimo, gateway.environment()), models)
            for models in (LARGE, SMALL)
        )
        self.series: dict[str, list[float]] = {}

    def _set_up(self, place: Place, models: int) -> Place:
        """Set up a few models beside many of another provider."""
        place.fresh(scale.config(models))
        with self._serving(FEW):
            place.ours(*FIRST_APPLY)
        return place

    def round(self) -> None:
        """Measure everything once."""
        self._launches()
        self._commands()
        self._large()

    def _note(self, name: str, value: float) -> None:
        self.series.setdefault(name, []).append(value)

    def _launches(self) -> None:
        """Compare a first apply with the launches alone that an installer makes."""
        self.place.fresh()
        self._note(names.FIVE_FRESH, self.place.classic())
        self._note(names.FIVE_WARM, self.place.classic())
        self.place.fresh()
        seconds, own = self.place.first_apply()
        self._note(names.FIRST, seconds)
        self._note(names.FIRST_OWN, own)

    def _commands(self) -> None:
        place = self.place
        self._note(names.YARDSTICK, place.yardstick())
        self._note(names.UNCHANGED, place.ours("apply", "--yes").seconds)
        self._note(names.STATUS, place.ours("status").seconds)
        self._note(names.FAST, place.ours("status", "--fast").seconds)
        self._note(names.ROUND_TRIP, place.round_trip())
        self._note(names.PLAN, place.ours("plan").seconds)
        self._note(names.HELP, place.ours("--help").seconds)
        self._note(names.VERSION, place.ours("--version").seconds)

    def _large(self) -> None:
        used = self._plan(self.large, LARGE)
        self._note(names.PLAN_LARGE, used.seconds)
        self._note(names.MEMORY, used.peak)
        self._note(names.PLAN_SMALL, self._plan(self.small, SMALL).seconds)
        self._note(names.JSONC, self.place.jsonc_growth())

    def _plan(self, place: Place, models: int) -> Usage:
        """Plan with so many models in the catalog, of which a few are set up."""
        with self._serving(models):
            return place.ours("plan")

    @contextmanager
    def _serving(self, models: int) -> Iterator[None]:
        self.gateway.catalog = scale.catalog(models)
        try:
            yield
        finally:
            self.gateway.catalog = self.usual
