"""Cases of a claim: all with the stand-in, a sample with the real mimo, where a launch takes seconds."""

from collections.abc import Iterable
from typing import Any

import pytest


def sampled(names: Iterable[str], real: Iterable[str]) -> list[Any]:
    """Return one parameter per name; those not in `real` are left to the stand-in."""
    chosen = set(real)
    return [pytest.param(name, marks=() if name in chosen else pytest.mark.standin) for name in names]


def standin_case(*values: object, id: str | None = None) -> Any:  # noqa: A002, ANN401 - pytest's own word and type
    """Return one parameter that is left to the stand-in."""
    return pytest.param(*values, marks=pytest.mark.standin, id=id)
