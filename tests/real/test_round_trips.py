"""Set up, let the real MiMoCode run, and take out again: the user has the very bytes he had.

Each config is lived through once, in one scope; MiMoCode is asked by the set-up, and by its user in between.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs
import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import Gateway
from tests.support.documents import CONFIGS, KIMI, ref
from tests.support.sandbox import Result, Sandbox

NAMES: Final = sorted(path.name for path in CONFIGS.iterdir())
TEAMS: Final = b'{\n\t"model": "acme/team", // agreed on in May\n\t"instructions": ["AGENTS.md"]\n}'


@attrs.define
class Trip:
    """One config, from before the first apply until after the uninstall."""

    machine: Sandbox
    scope: str
    before: dict[Path, tuple[bytes, int]]
    after: dict[Path, tuple[bytes, int]] = attrs.field(factory=dict)
    while_there: str | None = None
    results: list[Result] = attrs.field(factory=list)

    def do(self, *arguments: str, key: str | None = None) -> None:
        """Run a command in the project."""
        self.results.append(self.machine.run(*arguments, "--json", cwd=self.machine.project, key=key))

    def look(self) -> dict[Path, tuple[bytes, int]]:
        """Give bytes and mode of every config that there is."""
        places = (self.machine.user_config, self.machine.user_config.with_suffix(".json"))
        paths = [path for path in (*places, self.machine.project_config) if path.exists()]
        return {path: (path.read_bytes(), path.stat().st_mode & 0o7777) for path in paths}


@pytest.fixture(scope="module", params=NAMES)
def trip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trip]:
    """Make the trip: every second config in project scope, where the team has a file too."""
    name, scope = request.param, ("user", "project")[NAMES.index(request.param) % 2]
    with Gateway() as gateway:
        machine = Sandbox(tmp_path_factory.mktemp("trip") / "machine", "real", gateway)
        machine.mimo_config_folder.mkdir(parents=True)
        _put(machine.mimo_config_folder / f"mimocode{Path(name).suffix}", (CONFIGS / name).read_bytes())
        if scope == "project":
            machine.project_config.parent.mkdir()
            _put(machine.project_config, TEAMS)
        life = Trip(machine, scope, {})
        life.before = life.look()
        life.do("apply", "--scope", scope, "--yes", key=CANARY_KEY)
        life.while_there = machine.resolved(machine.project).get("model")
        life.do("uninstall", "--yes")
        life.after = life.look()
        yield life
        assert machine.leaks() == []


def _put(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o640)


def test_every_step_succeeds(trip: Trip) -> None:
    """Set up and taken out."""
    outcomes = [(result.report or {}).get("outcome") for result in trip.results]
    assert outcomes == ["applied", "removed"], trip.results


def test_mimocode_used_what_was_set_up(trip: Trip) -> None:
    """In between it was GonkaGate's model that decided."""
    assert trip.while_there == ref(KIMI)


def test_the_bytes_and_modes_are_what_they_were(trip: Trip) -> None:
    """Every config is the same file as before, MiMoCode's own runs notwithstanding."""
    assert trip.after == trip.before


def test_there_are_enough_of_them() -> None:
    """Ten configs at least, of both kinds of file."""
    assert len(NAMES) >= 10
    assert {Path(name).suffix for name in NAMES} == {".json", ".jsonc"}
