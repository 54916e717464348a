"""How much of the fault suites is run: what CI proves in every run, or all of it on demand."""

import os
import random
from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")
SEED: Final = 20261123


def everything() -> bool:
    """Whether ``FAULT=all`` asks for all of it; anything else than that or nothing is an error."""
    asked = os.environ.get("FAULT", "")
    if asked not in ("", "all"):
        raise ValueError(f"FAULT is {asked!r}, it can be 'all' or unset")
    return asked == "all"


def some(cases: Sequence[T], part: int) -> Sequence[T]:
    """Return one case in so many, always the same ones; or all of them where everything is asked for."""
    if everything():
        return cases
    chosen = random.Random(SEED).sample(range(len(cases)), -(-len(cases) // part))  # noqa: S311 - a choice of tests
    return [cases[number] for number in sorted(chosen)]


def count(suite: str, name: str, points: int) -> None:
    """Note how many points a suite went through, where ``FAULT_COUNTS`` names a file for it."""
    path = os.environ.get("FAULT_COUNTS")
    if path:
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - one line at once, from several workers
            file.write(f"{suite}\t{name}\t{points}\n")
