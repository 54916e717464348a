"""The first `apply` on a home that no MiMoCode has seen: what it starts, all at once."""

from pathlib import Path
from typing import Final

import pytest

from fixtures.gateway import Gateway
from tests.support.counts import count
from tests.support.sandbox import Sandbox

ROUNDS: Final = 2
NEEDED: Final = ("mimo --pure debug config", "mimo debug paths", "mimo models gonkagate")
"""All of what an audited version must say itself; its number is told by its contents."""


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_three_launches_side_by_side_prove_it(tmp_path: Path, round_: int) -> None:
    """None of them fails another over making the database; a second `apply` starts nothing."""
    with Gateway() as gateway:
        machine = Sandbox(tmp_path / "machine", "real", gateway)
        first = count(machine, "apply", "--scope", "user", "--yes", key=True)
        again = count(machine, "apply", "--yes")
        assert (first.exit_code, first.starts) == (0, NEEDED), round_
        assert (again.exit_code, again.starts) == (0, ())
        assert (machine.home / ".local" / "share" / "mimocode" / "mimocode.db").is_file()
        assert machine.leaks() == []
