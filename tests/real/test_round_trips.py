"""Set up, let the real MiMoCode run, and take out again: the user has the very bytes he had.

Each config is lived through once, in one scope; MiMoCode is asked by the set-up, and by its user in between.
"""

from pathlib import Path
from typing import Final

import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import Gateway
from tests.support.documents import CONFIGS, KIMI, ref
from tests.support.sandbox import Sandbox
from tests.support.switches import some

NAMES: Final = sorted(path.name for path in CONFIGS.iterdir())
CHOSEN: Final = some(NAMES, 3)
"""A third in every run, all with `FAULT=all`."""
TEAMS: Final = b'{\n\t"model": "acme/team", // agreed on in May\n\t"instructions": ["AGENTS.md"]\n}'


@pytest.mark.parametrize("name", CHOSEN)
def test_the_user_has_the_very_bytes_that_he_had(tmp_path: Path, name: str) -> None:
    """Every second config in project scope, where the team has a file too; MiMoCode uses ours in between."""
    scope = ("user", "project")[NAMES.index(name) % 2]
    with Gateway() as gateway:
        machine = Sandbox(tmp_path / "machine", "real", gateway)
        machine.mimo_config_folder.mkdir(parents=True)
        _put(machine.mimo_config_folder / f"mimocode{Path(name).suffix}", (CONFIGS / name).read_bytes())
        if scope == "project":
            machine.project_config.parent.mkdir()
            _put(machine.project_config, TEAMS)
        before = _look(machine)
        assert _do(machine, "apply", "--scope", scope, "--yes", key=CANARY_KEY) == "applied"
        assert machine.resolved(machine.project)["model"] == ref(KIMI)
        assert _do(machine, "uninstall", "--yes") == "removed"
        assert _look(machine) == before
        assert machine.leaks() == []


def _do(machine: Sandbox, *arguments: str, key: str | None = None) -> object:
    """Run a command in the project and return its outcome."""
    return (machine.run(*arguments, "--json", cwd=machine.project, key=key).report or {}).get("outcome")


def _look(machine: Sandbox) -> dict[Path, tuple[bytes, int]]:
    """Give bytes and mode of every config that there is."""
    places = (machine.user_config, machine.user_config.with_suffix(".json"))
    paths = [path for path in (*places, machine.project_config) if path.exists()]
    return {path: (path.read_bytes(), path.stat().st_mode & 0o7777) for path in paths}


def _put(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o640)


def test_there_are_enough_of_them() -> None:
    """Ten configs at least, of both kinds of file."""
    assert len(NAMES) >= 10
    assert {Path(name).suffix for name in NAMES} == {".json", ".jsonc"}
