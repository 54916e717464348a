"""The figures as people read them: tables for the screen, and for docs/performance.md between two marks.

The prose of the page is written by hand and stays; what is between the marks is made anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from benchmarks.figures import Figure
from benchmarks.promises import UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.figures import Series, Verdict

BEGIN: Final = "<!-- figures: written by `just bench` -->"
END: Final = "<!-- end of figures -->"
_SECONDS: Final = "s"
_BELOW: Final = 0.1
"""Seconds below this are told in thousandths."""


@frozen
class Circumstances:
    """What a run was made on."""

    day: str
    python: str
    mimo: str
    processors: int
    rounds: int

    def sentence(self) -> str:
        """Tell it."""
        rounds = "1 round" if self.rounds == 1 else f"{self.rounds} rounds"
        return (
            f"Measured on {self.day} with Python {self.python} and MiMoCode {self.mimo} on "
            f"{self.processors} processors, in {rounds}."
        )


def tables(series: Series, verdicts: Sequence[Verdict], about: Circumstances) -> str:
    """Spell a run as Markdown."""
    return "\n".join((about.sentence(), "", *_promised(verdicts), "", *_measured(series))) + "\n"


def _promised(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "| Ratio or size | Measured | At most | |"
    yield "| --- | ---: | ---: | --- |"
    for one in verdicts:
        unit = "" if one.unit == "times" else f" {one.unit}"
        kept = "kept" if one.kept else "**missed**"
        yield f"| {one.what} | {_plain(one.value)}{unit} | {_plain(one.limit)}{unit} | {kept} |"


def _measured(series: Series) -> Iterator[str]:
    yield "| Measured | Median | Least to most | Spread |"
    yield "| --- | ---: | ---: | ---: |"
    for name, values in series.items():
        one, unit = Figure.of(values), UNITS.get(name, _SECONDS)
        reach = f"{_spelled(one.least, unit)} to {_spelled(one.most, unit)}"
        yield f"| {name} | {_spelled(one.median, unit)} | {reach} | {one.noise:.0%} |"


def _spelled(value: float, unit: str) -> str:
    if unit == _SECONDS and value < _BELOW:
        return f"{value * 1000:.1f} ms"
    return f"{_plain(value)}{'' if unit == 'times' else f' {unit}'}"


def _plain(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.2f}"  # noqa: PLR2004 - three digits tell enough


def filled(page: str, figures: str) -> str:
    """Put figures between the marks of a page. Raises ValueError where it has not one pair of them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in before + after:
        raise ValueError(f"the page must have {BEGIN} once and {END} once, behind it")
    return f"{before}{BEGIN}\n\n{figures.strip()}\n\n{END}{after}"
