"""What the README tells people to type does what the README says."""

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from fixtures.gateway import Gateway
from reconciler.cli import exit_codes
from tests.support import readme
from tests.support.readme import Typed
from tests.support.sandbox import Sandbox
from tests.support.target import REPOSITORY, mimo_under_test
from tests.support.terminal import terminal

TEXT: Final = readme.README.read_text("utf-8")
COMMANDS: Final = [typed.command for typed in readme.commands(TEXT)]
GUIDED: Final = readme.PROGRAM
DEMO: Final = f"sh .ci/with-venv {readme.PROGRAM} demo"
EVERYTHING: Final = "sh .ci/with-venv --tools just test"
FETCHING: Final = ("uvx ", "uv ", "pipx ")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sandbox, list[Typed]]:
    """Type everything once, on one machine, in the README's order."""
    with Gateway("demo") as gateway:
        root = tmp_path_factory.mktemp("readme") / "machine"
        machine = readme.prepare(Sandbox(root, mimo_under_test(), gateway))
        typed = list(readme.play(machine, TEXT))
    assert machine.leaks() == []
    return machine, typed


def test_every_command_ends_well(played: tuple[Sandbox, list[Typed]]) -> None:
    """Each with 0, one after the other, as a reader types them."""
    codes = {one.command: one.result.exit_code for one in played[1] if one.result is not None}
    assert codes == dict.fromkeys((one.command for one in played[1]), 0)
    assert len(codes) > 6


def test_every_output_is_shown_as_it_is(played: tuple[Sandbox, list[Typed]]) -> None:
    """Word for word; where this fails, `just docs-readme` types them anew and you look at what changed."""
    shown = {one.command: one.shown for one in played[1] if one.shown is not None}
    printed = {one.command: one.result.stdout for one in played[1] if one.result and one.shown is not None}
    assert shown
    assert shown == printed


def test_in_the_end_everything_is_as_it_was(played: tuple[Sandbox, list[Typed]]) -> None:
    """The user's config has its own bytes again, and neither the key nor a state is left."""
    machine, _ = played
    assert machine.user_config.read_text() == readme.USERS_CONFIG
    assert (machine.key_file.exists(), machine.state_file.exists()) == (False, False)


def test_nothing_is_typed_that_nobody_tried() -> None:
    """Every other command is tried below or, from the package index, by `just packages`; one is CI itself."""
    recipe = (REPOSITORY / "tests" / "support" / "packages.sh").read_text("utf-8")
    others = [command for command in COMMANDS if not readme.is_ours(command)]
    fetching = [command for command in others if command.startswith(FETCHING)]
    assert set(others) - set(fetching) == {GUIDED, DEMO, EVERYTHING}
    assert [command for command in fetching if f"'{command}'" not in recipe] == []


@pytest.mark.standin
def test_the_first_command_plays_the_demo(tmp_path: Path) -> None:
    """In the checkout, with the environment that is there: this test runs in it."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    command = DEMO.split()
    played = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert played.returncode == 0, played.stderr
    assert "byte for byte what it was" in played.stdout
    left = {path.name for path in tmp_path.iterdir()}
    assert left & {".gonkagate", ".config", ".mimocode", ".local"} == set()


@pytest.mark.standin
def test_the_guided_set_up_asks_for_the_key_first(sandbox: Sandbox) -> None:
    """Without flags, on a terminal; pressing Ctrl-C there leaves nothing."""
    with terminal(sandbox, *GUIDED.split()[1:]) as session:
        session.wait_for(r"(?i)API key")
        session.interrupt()
        assert session.end() == 130
    assert not sandbox.own_folder.exists()


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (exit_codes.OK, "while everything is as it was set up"),
        (exit_codes.DRIFT, "where something else changed it"),
        (exit_codes.SESSION, "where this shell overrides it"),
        (exit_codes.NOTHING, "where nothing is set up"),
    ],
)
def test_the_exit_codes_of_status_are_the_program_s(code: int, meaning: str) -> None:
    """Each is named with the meaning that it has."""
    assert f"with {code} {meaning}" in " ".join(TEXT.split())
