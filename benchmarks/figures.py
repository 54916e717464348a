"""Figures of one run, and whether they are as good as promised: pure functions of what was measured.

A figure is a series, one value for each round. What is promised is a ratio of two medians, or a size that
may not be exceeded; both are the same on a fast machine and on a slow one.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable

Series: TypeAlias = Mapping[str, Sequence[float]]
"""What was measured, by name."""


@frozen
class Figure:
    """One series, summed up."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Figure:
        """Sum up a series. Raises ValueError where there is none."""
        if not values:
            raise ValueError("nothing was measured")
        return cls(statistics.median(values), min(values), max(values))

    @property
    def noise(self) -> float:
        """How far the series reaches, as a part of its median."""
        return (self.most - self.least) / self.median if self.median else 0.0


@frozen
class Promise:
    """Something that must hold: a value made of medians that may not exceed a limit."""

    what: str
    value: Callable[[Mapping[str, float]], float] = field(eq=False)
    limit: float
    unit: str = "times"


@frozen
class Verdict:
    """A promise, held against a run."""

    what: str
    value: float
    limit: float
    unit: str

    @property
    def kept(self) -> bool:
        """Whether it holds; what cannot be compared does not."""
        return self.value <= self.limit


def medians(series: Series) -> dict[str, float]:
    """Return the median of each series."""
    return {name: Figure.of(values).median for name, values in series.items()}


def ratio(what: str, of: str, to: str, limit: float) -> Promise:
    """Promise that one series takes at most so many times as long as another one."""
    return Promise(what, lambda middle: middle[of] / middle[to], limit)


def judged(promises: Sequence[Promise], series: Series) -> tuple[Verdict, ...]:
    """Hold promises against what was measured."""
    middle = medians(series)
    return tuple(Verdict(one.what, one.value(middle), one.limit, one.unit) for one in promises)
