"""What each command costs, in counts that are the same on every machine, kept in `tests/counts`.

One machine is led through a life, and each command of it is counted. After a change that is meant,
`COUNTS=write pytest tests/behaviour/test_standin_counts.py` writes the files anew; look at what changed in
them: a line that is gone is a gain, one that is new must be worth it.
"""

import os
import re
from collections.abc import Callable
from typing import Final

import pytest

from tests.support.counts import Counts, count
from tests.support.documents import CONFIGS
from tests.support.sandbox import Sandbox
from tests.support.target import REPOSITORY

COUNTS: Final = REPOSITORY / "tests" / "counts"
WRITES: Final = os.environ.get("COUNTS") == "write"
LIFE: Final = {
    "help": ("--help",),
    "version": ("--version",),
    "plan-first": ("plan", "--scope", "user"),
    "apply-first": ("apply", "--scope", "user", "--yes"),
    "apply-unchanged": ("apply", "--yes"),
    "plan-unchanged": ("plan",),
    "plan-offline": ("plan", "--offline"),
    "status": ("status",),
    "status-fast": ("status", "--fast"),
    "explain": ("explain",),
    "backups-list": ("backups", "list"),
    "uninstall-dry-run": ("uninstall", "--dry-run"),
    "uninstall": ("uninstall", "--yes"),
}
"""The commands of one life, in their order."""
_BOUND: Final = re.compile(r"^imports at most (\d+) modules in all$", re.MULTILINE)


@pytest.fixture(scope="module", name="life")
def _life(machines: Callable[[str], Sandbox]) -> dict[str, Counts]:
    machine = machines("life")
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_bytes((CONFIGS / "comments.jsonc").read_bytes())
    return {name: count(machine, *command, key=name.endswith("-first")) for name, command in LIFE.items()}


@pytest.mark.parametrize("name", LIFE)
def test_a_command_costs_what_is_written_down(life: dict[str, Counts], name: str) -> None:
    """It imports, starts, asks, opens and writes exactly what its file in `tests/counts` says."""
    found, file = life[name].text(), COUNTS / f"{name}.txt"
    if WRITES:
        file.write_text(found)
    recorded = file.read_text()
    assert _BOUND.sub("", found) == _BOUND.sub("", recorded)


@pytest.mark.parametrize("name", LIFE)
def test_a_command_ends_without_searching_what_it_leaves(life: dict[str, Counts], name: str) -> None:
    """Python would look for cycles in everything that was imported, which takes a tenth of most commands."""
    assert life[name].frozen


@pytest.mark.parametrize("name", LIFE)
def test_a_command_imports_no_more_than_is_written_down(life: dict[str, Counts], name: str) -> None:
    """All modules together, Python's own included, stay within the bound of its file."""
    bound = _BOUND.search((COUNTS / f"{name}.txt").read_text())
    assert bound is not None
    assert len(life[name].modules) <= int(bound[1])


def test_there_is_a_file_for_each_command_and_none_besides() -> None:
    """What is written down is what is counted."""
    assert sorted(path.stem for path in COUNTS.iterdir()) == sorted(LIFE)


def test_what_changes_nothing_writes_nothing(life: dict[str, Counts]) -> None:
    """Only a first apply and an uninstall open anything for writing or leave a file behind."""
    changing = {name for name, counts in life.items() if counts.writes or counts.left}
    assert changing == {"apply-first", "uninstall"}


def test_mimo_is_started_by_the_first_apply_and_no_later_command(life: dict[str, Counts]) -> None:
    """What is known from an unchanged mimo is not asked again."""
    assert [name for name, counts in life.items() if counts.starts] == ["plan-first", "apply-first"]
