"""Which scope and which models: by flag, else as recorded, else by default; and moving between them."""

import json
from pathlib import Path

import pytest

from fixtures.canary import CANARY_KEY, CANARY_KEY_2
from tests.conftest import MakeSandbox
from tests.support.cases import standin_case
from tests.support.documents import CONFIGS, KIMI, MINIMAX, QWEN, SCHEMA_URL, read, ref
from tests.support.pictures import users_files
from tests.support.sandbox import Result, Sandbox, make_git
from tests.support.snapshots import differences


def _apply(machine: Sandbox, *flags: str, cwd: Path | None = None) -> Result:
    result = machine.run("apply", "--yes", "--json", *flags, cwd=cwd, key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout
    return result


def _choice(result: Result) -> tuple[str, str, str]:
    assert result.report is not None
    return result.report["scope"], result.report["model_ref"], result.report["small_model_ref"]


def _plan(machine: Sandbox, *flags: str, cwd: Path | None = None) -> Result:
    return machine.run("plan", "--json", *flags, cwd=cwd, key=CANARY_KEY)


def _project_config(root: Path) -> Path:
    return root / ".mimocode" / "mimocode.json"


def test_the_default_scope_is_the_project_inside_of_git_and_the_user_outside(sandbox: Sandbox) -> None:
    """A work tree's own folders, and those below, are projects; anything else is not."""
    below = sandbox.project / "docs"
    below.mkdir()
    assert _choice(_plan(sandbox, cwd=sandbox.project))[0] == "project"
    assert _choice(_plan(sandbox, cwd=below))[0] == "project"
    assert _choice(_plan(sandbox, cwd=sandbox.outside))[0] == "user"


def test_a_home_that_is_a_work_tree_is_no_project(sandbox: Sandbox) -> None:
    """MiMoCode does not look for project files there, so the default is the user scope."""
    make_git(sandbox.home)
    folder = sandbox.home / "notes"
    folder.mkdir()
    assert _choice(_plan(sandbox, cwd=sandbox.home))[0] == "user"
    assert _choice(_plan(sandbox, cwd=folder))[0] == "user"


@pytest.mark.standin
def test_a_linked_work_tree_is_a_project_of_its_own(sandbox: Sandbox) -> None:
    """A `.git` that is a file marks a root just as well."""
    tree = sandbox.root / "linked"
    tree.mkdir()
    (tree / ".git").write_text(f"gitdir: {sandbox.project}/.git\n")
    result = _plan(sandbox, cwd=tree)
    assert result.report is not None
    assert result.report["files"]["project_config"] == str(_project_config(tree))


def test_models_by_default_are_the_catalog_s_first(sandbox: Sandbox) -> None:
    """Model and small model are the same one."""
    assert _choice(_plan(sandbox)) == ("user", ref(KIMI), ref(KIMI))


@pytest.mark.parametrize(
    ("flags", "model", "small"),
    [
        (("--model", QWEN, "--small-model", MINIMAX), QWEN, MINIMAX),
        standin_case(("--model", QWEN), QWEN, QWEN),
        standin_case(("--small-model", MINIMAX), KIMI, MINIMAX),
        standin_case(("--model", ref(QWEN)), QWEN, QWEN),
    ],
)
def test_models_are_chosen_by_flags_and_kept_by_reruns(
    sandbox: Sandbox, flags: tuple[str, ...], model: str, small: str
) -> None:
    """What was chosen once stays chosen: a rerun without flags changes nothing."""
    assert _choice(_apply(sandbox, *flags)) == ("user", ref(model), ref(small))
    config = read(sandbox.user_config)
    assert (config["model"], config["small_model"]) == (ref(model), ref(small))
    again = _apply(sandbox)
    assert _choice(again) == ("user", ref(model), ref(small))
    assert again.report is not None
    assert again.report["outcome"] == "no_changes"


@pytest.mark.standin
def test_a_rerun_follows_the_catalog_and_keeps_the_model(sandbox: Sandbox) -> None:
    """Models that came and went are changed; the chosen model stays, also when another is first now."""
    _apply(sandbox)
    sandbox.gateway.catalog = {
        "object": "list",
        "data": [{"id": "new/first", "context_length": 1000}, {"id": KIMI, "name": "Kimi"}],
    }
    result = _apply(sandbox)
    assert _choice(result) == ("user", ref(KIMI), ref(KIMI))
    assert result.report is not None
    assert result.report["outcome"] == "applied"
    models = read(sandbox.user_config)["provider"]["gonkagate"]["models"]
    assert set(models) == {"new/first", KIMI}
    assert models[KIMI] == {"name": "Kimi", "limit": {"context": 0, "output": 0}}


@pytest.mark.standin
def test_a_recorded_model_that_the_catalog_lost_stops_the_run(sandbox: Sandbox) -> None:
    """It is told, not papered over by another model; with a flag the run goes on."""
    _apply(sandbox, "--model", QWEN)
    sandbox.gateway.catalog = {"object": "list", "data": [{"id": KIMI}]}
    before = users_files(sandbox)
    result = sandbox.run("apply", "--yes", "--json")
    assert (result.exit_code, result.codes) == (1, ["model_not_in_catalog"])
    assert differences(before, users_files(sandbox), times=True) == []
    assert _choice(_apply(sandbox, "--model", KIMI, "--small-model", KIMI)) == ("user", ref(KIMI), ref(KIMI))


def test_from_user_to_project_and_back(make_sandbox: MakeSandbox) -> None:
    """A move takes the activation out of the old place, gives back what stood there, fills the new one."""
    machine = make_sandbox()
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_bytes((CONFIGS / "other_provider.jsonc").read_bytes())
    before = users_files(machine)
    _apply(machine, "--scope", "user", cwd=machine.project)
    assert read(machine.user_config)["model"] == ref(KIMI)

    _apply(machine, "--scope", "project", cwd=machine.project)
    config = read(machine.user_config)
    assert (config["model"], config["small_model"]) == (
        "deepinfra/Qwen/Qwen3-32B",
        "deepinfra/Qwen/Qwen3-14B",
    )
    assert "gonkagate" in config["provider"]
    assert read(machine.project_config)["model"] == ref(KIMI)

    assert _choice(_apply(machine, cwd=machine.project))[0] == "project", "a rerun moves nothing"

    _apply(machine, "--scope", "user", cwd=machine.project)
    assert read(machine.user_config)["model"] == ref(KIMI)
    assert not machine.project_config.exists()

    assert machine.run("uninstall", "--yes").exit_code == 0
    after = {
        name: one for name, one in users_files(machine).items() if not name.startswith("home/.gonkagate")
    }
    assert differences(before, after) == []


def test_a_rerun_never_moves_the_scope(sandbox: Sandbox) -> None:
    """User scope set up inside of a project stays user scope there, though project is the default."""
    _apply(sandbox, "--scope", "user", "--model", QWEN, cwd=sandbox.project)
    again = _apply(sandbox, cwd=sandbox.project)
    assert _choice(again) == ("user", ref(QWEN), ref(QWEN))
    assert again.report is not None
    assert again.report["outcome"] == "no_changes"
    assert not sandbox.project_config.exists()


@pytest.mark.standin
def test_two_projects_stand_side_by_side(sandbox: Sandbox) -> None:
    """Each has its own model; a rerun in one leaves the other alone."""
    other = sandbox.root / "other"
    make_git(other)
    _apply(sandbox, cwd=sandbox.project)
    _apply(sandbox, "--model", QWEN, cwd=other)
    assert read(sandbox.project_config)["model"] == ref(KIMI)
    assert read(_project_config(other))["model"] == ref(QWEN)
    assert _choice(_apply(sandbox, cwd=sandbox.project)) == ("project", ref(KIMI), ref(KIMI))
    assert _choice(_apply(sandbox, cwd=other)) == ("project", ref(QWEN), ref(QWEN))
    assert sandbox.run("status", "--json", cwd=other).report["model_ref"] == ref(QWEN)  # type: ignore[index]
    assert sandbox.resolved(sandbox.project)["model"] == ref(KIMI)
    assert sandbox.resolved(other)["model"] == ref(QWEN)


@pytest.mark.standin
def test_user_scope_and_a_project_stand_side_by_side(sandbox: Sandbox) -> None:
    """Moving one project out of project scope leaves the others in it."""
    other = sandbox.root / "other"
    make_git(other)
    _apply(sandbox, cwd=sandbox.project)
    _apply(sandbox, "--model", QWEN, cwd=other)
    _apply(sandbox, "--scope", "user", cwd=sandbox.project)
    assert not sandbox.project_config.exists()
    assert read(_project_config(other))["model"] == ref(QWEN)
    assert read(sandbox.user_config)["model"] == ref(KIMI)
    assert _choice(_apply(sandbox, cwd=other)) == ("project", ref(QWEN), ref(QWEN))


def test_a_teammate_s_clone_is_adopted_and_left_as_it_came(make_sandbox: MakeSandbox) -> None:
    """A project file that names one of our models decides scope and model, is not written, and stays."""
    machine = make_sandbox()
    machine.project_config.parent.mkdir()
    machine.project_config.write_text(
        json.dumps({"$schema": SCHEMA_URL, "model": ref(QWEN), "small_model": ref(MINIMAX)}, indent=4) + "\n"
    )
    before = users_files(machine)
    result = _apply(machine, cwd=machine.project)
    assert _choice(result) == ("project", ref(QWEN), ref(MINIMAX))
    assert result.report is not None
    rows = {tuple(row["key"] or ()): row["action"] for row in result.report["changes"]}
    assert (rows[("model",)], rows[("small_model",)]) == ("adopt", "adopt")
    name = "project/.mimocode/mimocode.json"
    assert users_files(machine)[name] == before[name]
    assert machine.run("uninstall", "--yes").exit_code == 0
    after = {
        name: one for name, one in users_files(machine).items() if not name.startswith("home/.gonkagate")
    }
    assert differences(before, after, times=True) == []


@pytest.mark.standin
def test_a_user_config_that_is_right_already_is_adopted(make_sandbox: MakeSandbox) -> None:
    """After the state was lost, apply finds its own keys again and changes no byte."""
    machine = make_sandbox()
    _apply(machine, "--scope", "user", "--model", QWEN)
    content = machine.user_config.read_bytes()
    machine.state_file.unlink()
    result = _apply(machine)
    assert _choice(result) == ("user", ref(QWEN), ref(QWEN))
    assert machine.user_config.read_bytes() == content
    assert machine.run("uninstall", "--yes").exit_code == 0
    assert "apiKey" not in (machine.user_config.read_text() if machine.user_config.exists() else "")


def test_a_rotation_is_a_planned_change(make_sandbox: MakeSandbox) -> None:
    """Another key than the stored one is shown as a change, never in clear; a rerun without one keeps it."""
    machine = make_sandbox()
    _apply(machine)
    planned = machine.run("plan", "--json", key=CANARY_KEY_2)
    assert planned.report is not None
    assert [
        (row["action"], row["resource"], row["before"], row["after"]) for row in planned.report["changes"]
    ] == [("update", "key_file", "(sensitive)", "(sensitive)")]
    rotated = machine.run("apply", "--yes", "--json", "--api-key-stdin", stdin=CANARY_KEY_2 + "\n")
    assert rotated.exit_code == 0, rotated.stdout
    assert machine.key_file.read_text() == CANARY_KEY_2
    assert machine.gateway.requests[-1].bearer == CANARY_KEY_2
    again = machine.run("apply", "--yes", "--json")
    assert again.report is not None
    assert again.report["outcome"] == "no_changes"
    assert machine.gateway.requests[-1].bearer == CANARY_KEY_2
