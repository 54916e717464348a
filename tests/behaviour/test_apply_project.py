"""`apply --scope project`: the project's file activates the model; provider and key stay the user's."""

import stat
from pathlib import Path

import pytest

from fixtures.canary import CANARY_KEY, CANARY_MARK
from tests.behaviour.conftest import Machines
from tests.conftest import MakeSandbox
from tests.support.cases import sampled
from tests.support.documents import (
    CONFIGS,
    KIMI,
    MODEL,
    PROVIDER,
    SCHEMA,
    SCHEMA_URL,
    SMALL_MODEL,
    comments,
    config_names,
    find,
    read,
    ref,
    without,
)
from tests.support.pictures import left_alone, users_files
from tests.support.sandbox import Result, Sandbox
from tests.support.snapshots import snapshot

APPLY = ("apply", "--scope", "project", "--yes", "--json")


@pytest.fixture(scope="module")
def applied(machines: Machines) -> tuple[Sandbox, Result]:
    """Apply once in a fresh home's project."""
    machine = machines("project")
    return machine, machine.run(*APPLY, key=CANARY_KEY, cwd=machine.project)


def test_a_fresh_project_is_set_up(applied: tuple[Sandbox, Result]) -> None:
    """Apply ends with 0, and its report names the scope and both files."""
    machine, result = applied
    assert result.exit_code == 0, result.stdout
    assert result.report is not None
    assert (result.report["outcome"], result.report["scope"]) == ("applied", "project")
    assert result.report["files"]["user_config"] == str(machine.user_config)
    assert result.report["files"]["project_config"] == str(machine.project_config)
    assert result.report["verification"]["durable"] == "passed"


def test_the_project_file_holds_the_activation_and_nothing_else(applied: tuple[Sandbox, Result]) -> None:
    """`$schema`, `model` and `small_model`, no provider, no key, and readable for the team."""
    machine, _ = applied
    assert read(machine.project_config) == {
        "$schema": SCHEMA_URL,
        "model": ref(KIMI),
        "small_model": ref(KIMI),
    }
    assert stat.S_IMODE(machine.project_config.stat().st_mode) == 0o644
    assert machine.project_config.read_bytes().endswith(b"}\n")


def test_the_user_config_holds_the_provider_and_no_activation(applied: tuple[Sandbox, Result]) -> None:
    """Outside of the project nothing is chosen."""
    machine, _ = applied
    config = read(machine.user_config)
    assert find(config, (*PROVIDER, "options", "apiKey")) == "{file:~/.gonkagate/mimo-code/api-key}"
    assert "model" not in config
    assert "small_model" not in config


def test_nothing_of_ours_lies_beside_the_project_file(applied: tuple[Sandbox, Result]) -> None:
    """The only new file of a work tree is the project file; what else is there is MiMoCode's own."""
    machine, _ = applied
    found = [name for name in snapshot(machine.project) if not name.startswith(".git/") and name != ".git"]
    assert set(found) - {".mimocode/.gitignore"} == {".mimocode", ".mimocode/mimocode.json"}
    assert CANARY_MARK.encode() not in machine.project_config.read_bytes()


def test_mimo_resolves_the_model_inside_the_project_only(applied: tuple[Sandbox, Result]) -> None:
    """Inside, it is our model; outside, none is set."""
    machine, _ = applied
    assert machine.resolved(machine.project)["model"] == ref(KIMI)
    assert "model" not in machine.resolved(machine.outside)


def test_a_second_apply_writes_nothing(applied: tuple[Sandbox, Result]) -> None:
    """A rerun in the project, without a flag, finds nothing to do."""
    machine, _ = applied
    before = users_files(machine)
    again = machine.run("apply", "--yes", "--json", cwd=machine.project)
    assert again.exit_code == 0, again.stdout
    assert again.report is not None
    assert (again.report["outcome"], again.report["scope"]) == ("no_changes", "project")
    assert left_alone(machine, before)


def test_the_project_is_found_from_a_folder_below_its_root(make_sandbox: MakeSandbox) -> None:
    """Wherever in the work tree the command is started, the file goes to its root; so it does by `--cwd`."""
    machine = make_sandbox()
    below = machine.project / "src" / "deep"
    below.mkdir(parents=True)
    result = machine.run("apply", "--yes", "--json", "--cwd", str(below), key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout
    assert result.report is not None
    assert result.report["scope"] == "project"
    assert machine.project_config.exists()
    assert not (machine.project / "src" / ".mimocode").exists()
    assert machine.resolved(below)["model"] == ref(KIMI)


@pytest.mark.parametrize("name", sampled(config_names(), ["comments.jsonc", "tabs.jsonc"]))
def test_of_an_existing_project_file_only_the_claimed_keys_change(
    make_sandbox: MakeSandbox, name: str
) -> None:
    """Values, comments and mode of a project file that was there before stay."""
    machine = make_sandbox()
    before = (CONFIGS / name).read_bytes()
    machine.project_config.parent.mkdir()
    machine.project_config.write_bytes(before)
    machine.project_config.chmod(0o664)
    result = machine.run(*APPLY, key=CANARY_KEY, cwd=machine.project)
    assert result.exit_code == 0, result.stdout
    old = machine.root / "old"
    old.write_bytes(before)
    ours = (MODEL, SMALL_MODEL, SCHEMA)
    assert without(read(machine.project_config), ours) == without(read(old), ours)
    assert comments(machine.project_config.read_bytes()) == comments(before)
    assert stat.S_IMODE(machine.project_config.stat().st_mode) == 0o664
    assert result.report is not None
    (backup,) = (Path(path) for path in result.report["files"]["backups"])
    assert backup.parent == machine.backups / "project-config"
    assert backup.read_bytes() == before


@pytest.mark.standin
def test_the_user_s_own_model_stays_in_project_scope(make_sandbox: MakeSandbox) -> None:
    """A user's `model` in the user config is not touched by a project's set-up."""
    machine = make_sandbox()
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_bytes((CONFIGS / "other_provider.jsonc").read_bytes())
    assert machine.run(*APPLY, key=CANARY_KEY, cwd=machine.project).exit_code == 0
    config = read(machine.user_config)
    assert config["model"] == "deepinfra/Qwen/Qwen3-32B"
    assert config["small_model"] == "deepinfra/Qwen/Qwen3-14B"
