"""What the benchmarks make of their figures; that they run is seen by `just bench`."""

import pytest

from benchmarks import promises
from benchmarks.figures import Figure, Promise, judged, medians, ratio
from benchmarks.page import BEGIN, END, Circumstances, filled, tables
from benchmarks.promises import PROMISES, UNITS
from tests.support.target import REPOSITORY

ABOUT = Circumstances("2026-11-23", "3.11.7", "0.1.15", 2, 3)
SERIES = {"a": [3.0, 1.0, 2.0], "b": [4.0, 4.0, 5.0], "c": [0.0]}


def test_a_figure_is_a_median_with_how_far_the_series_reaches() -> None:
    """Noise is the whole reach as a part of the median."""
    assert Figure.of([3.0, 1.0, 2.0]) == Figure(2.0, 1.0, 3.0)
    assert Figure.of([3.0, 1.0, 2.0]).noise == 1.0
    assert Figure.of([0.0]).noise == 0.0


def test_without_a_measurement_there_is_no_figure() -> None:
    """A series that was never taken is a fault, and not a zero."""
    with pytest.raises(ValueError, match="nothing was measured"):
        Figure.of([])


@pytest.mark.parametrize(("limit", "kept"), [(2.0, True), (1.99, False)])
def test_a_ratio_is_one_of_medians(limit: float, kept: bool) -> None:  # noqa: FBT001 - a case's outcome
    """The limit itself still keeps the promise."""
    verdict = judged([ratio("b / a", "b", "a", limit)], SERIES)[0]
    assert (verdict.value, verdict.kept) == (2.0, kept)


def test_what_cannot_be_compared_is_not_kept() -> None:
    """A value that is no number keeps no promise."""
    assert not judged([Promise("?", lambda _: float("nan"), 1.0)], SERIES)[0].kept


def test_every_promise_is_about_something_that_is_measured() -> None:
    """What they look up, and what has a unit of its own, are names of series."""
    named = {value for name, value in vars(promises).items() if name.isupper() and isinstance(value, str)}
    looked_up = {name for one in PROMISES for name in _asked_for(one)}
    assert len(looked_up) > len(PROMISES)
    assert looked_up | set(UNITS) <= named


def _asked_for(promise: Promise) -> set[str]:
    """Return the names that a promise looks up."""
    seen: set[str] = set()

    class Medians(dict[str, float]):
        def __missing__(self, name: str) -> float:
            seen.add(name)
            return 1.0

    promise.value(Medians())
    return seen


def test_tables_tell_what_was_missed() -> None:
    """One line for each promise and each series, with its unit."""
    made = [
        ratio("b / a", "b", "a", 1.0),
        Promise("size", lambda middle: middle["b"] * 100, 400.0, "MiB"),
    ]
    text = tables(SERIES, judged(made, SERIES), ABOUT)
    assert "in 3 rounds" in text
    assert "| b / a | 2.00 | 1.00 | **missed** |" in text
    assert "| size | 400 MiB | 400 MiB | kept |" in text
    assert "| a | 2.00 s | 1.00 s to 3.00 s | 100% |" in text
    assert "| c | 0.0 ms | 0.0 ms to 0.0 ms | 0% |" in text
    assert list(medians(SERIES)) == ["a", "b", "c"]


def test_the_page_keeps_its_prose() -> None:
    """Only what is between the marks is made anew, and filling it twice changes nothing more."""
    page = f"before\n\n{BEGIN}\n\nold\n\n{END}\n\nbehind\n"
    once = filled(page, "new\n")
    assert once == f"before\n\n{BEGIN}\n\nnew\n\n{END}\n\nbehind\n"
    assert filled(once, "new\n") == once


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"])
def test_a_page_without_one_pair_of_marks_is_not_written(page: str) -> None:
    """Nothing is guessed about where figures belong."""
    with pytest.raises(ValueError, match="must have"):
        filled(page, "new")


def test_the_page_of_the_documents_can_be_filled() -> None:
    """`just bench` finds its marks there."""
    page = (REPOSITORY / "docs" / "performance.md").read_text(encoding="utf-8")
    assert "| a |" in filled(page, tables(SERIES, (), ABOUT))
