"""`uninstall`: the user's files are again as they would have been without the program."""

import stat
from pathlib import Path

import pytest

from fixtures.canary import CANARY_KEY, CANARY_KEY_2, CANARY_MARK
from tests.conftest import MakeSandbox
from tests.support.cases import sampled
from tests.support.documents import (
    CONFIGS,
    KIMI,
    MODEL,
    PROVIDER,
    QWEN,
    SMALL_MODEL,
    config_names,
    find,
    read,
    ref,
)
from tests.support.pictures import left_alone, own_files, users_files
from tests.support.sandbox import Sandbox
from tests.support.snapshots import Snapshot, differences

USER = ("apply", "--scope", "user", "--yes", "--json")
PROJECT = ("apply", "--scope", "project", "--yes", "--json")


def _given_back(machine: Sandbox, before: Snapshot) -> bool:
    """Tell whether contents, modes and links are as in a picture, less our own folder."""
    after = {
        name: entry for name, entry in users_files(machine).items() if not name.startswith("home/.gonkagate")
    }
    assert differences(before, after) == []
    return True


def _place(machine: Sandbox, name: str, mode: int = 0o640) -> Path:
    machine.mimo_config_folder.mkdir(parents=True)
    config = machine.mimo_config_folder / f"mimocode{Path(name).suffix}"
    config.write_bytes((CONFIGS / name).read_bytes())
    config.chmod(mode)
    return config


def test_a_fresh_home_is_fresh_again(make_sandbox: MakeSandbox) -> None:
    """The config that was created goes, the key goes, and nothing of ours is left at all."""
    machine = make_sandbox()
    before = users_files(machine)
    assert machine.run(*USER, key=CANARY_KEY).exit_code == 0
    result = machine.run("uninstall", "--yes", "--json")
    assert result.exit_code == 0, result.stdout
    assert result.report is not None
    assert (result.report["outcome"], result.report["blockers"]) == ("removed", [])
    assert _given_back(machine, before)
    assert [name for name in own_files(machine) if "api-key" in name] == []
    assert not machine.state_file.exists()
    again = machine.run("uninstall", "--yes", "--json")
    assert (again.exit_code, again.codes) == (5, ["nothing_installed"])
    assert machine.run("status").exit_code == 5


@pytest.mark.parametrize("name", sampled(config_names(), ["comments.jsonc", "no_schema.jsonc"]))
def test_a_user_config_comes_back_byte_for_byte(make_sandbox: MakeSandbox, name: str) -> None:
    """Bytes and mode are as before; the user's own model is back with its spelling and its comment."""
    machine = make_sandbox()
    config = _place(machine, name)
    before = users_files(machine)
    applied = machine.run(*USER, key=CANARY_KEY)
    assert applied.exit_code == 0, applied.stdout
    result = machine.run("uninstall", "--yes", "--json")
    assert result.exit_code == 0, result.stdout
    assert config.read_bytes() == (CONFIGS / name).read_bytes()
    assert stat.S_IMODE(config.stat().st_mode) == 0o640
    assert _given_back(machine, before)


@pytest.mark.parametrize("name", sampled(config_names(), ["comments.jsonc"]))
def test_a_project_file_comes_back_byte_for_byte(make_sandbox: MakeSandbox, name: str) -> None:
    """So does a project's file, and the user config beside it."""
    machine = make_sandbox()
    _place(machine, name)
    machine.project_config.parent.mkdir()
    machine.project_config.write_bytes((CONFIGS / name).read_bytes())
    machine.project_config.chmod(0o664)
    before = users_files(machine)
    applied = machine.run(*PROJECT, key=CANARY_KEY, cwd=machine.project)
    assert applied.exit_code == 0, applied.stdout
    result = machine.run("uninstall", "--yes", "--json", cwd=machine.project)
    assert result.exit_code == 0, result.stdout
    assert _given_back(machine, before)


def test_a_project_file_of_ours_goes_with_its_folder(make_sandbox: MakeSandbox) -> None:
    """No `.mimocode` stays behind in a work tree that had none, although MiMoCode dropped a file into it."""
    machine = make_sandbox()
    assert machine.run(*PROJECT, key=CANARY_KEY, cwd=machine.project).exit_code == 0
    assert machine.run("uninstall", "--yes").exit_code == 0
    assert not (machine.project / ".mimocode").exists()


@pytest.mark.standin
def test_only_backups_are_left_of_ours(make_sandbox: MakeSandbox) -> None:
    """The backups of replaced files stay, readable for the owner alone, and nothing else of ours."""
    machine = make_sandbox()
    _place(machine, "comments.jsonc")
    assert machine.run(*USER, key=CANARY_KEY).exit_code == 0
    assert machine.run("uninstall", "--yes").exit_code == 0
    left = own_files(machine)
    assert [name for name in left if not name.startswith(".gonkagate/mimo-code/backups")] == [
        ".gonkagate",
        ".gonkagate/mimo-code",
    ]
    kept = [machine.home / name for name in left if name.endswith("mimocode.jsonc")]
    assert (CONFIGS / "comments.jsonc").read_bytes() in [path.read_bytes() for path in kept]
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert not any("api-key" in name for name in left)


@pytest.mark.standin
def test_a_rotated_key_leaves_no_backup_behind(make_sandbox: MakeSandbox) -> None:
    """Backups of older keys go with the key."""
    machine = make_sandbox()
    assert machine.run(*USER, key=CANARY_KEY).exit_code == 0
    assert machine.run("apply", "--yes", key=CANARY_KEY_2).exit_code == 0
    assert machine.run("uninstall", "--yes").exit_code == 0
    holders = [
        path
        for path in machine.home.rglob("*")
        if path.is_file() and CANARY_MARK in path.read_text("latin-1")
    ]
    assert holders == []


def test_a_dry_run_shows_the_same_and_does_nothing(make_sandbox: MakeSandbox) -> None:
    """Its rows are those of the uninstall behind it; no file is touched and no answer is needed."""
    machine = make_sandbox()
    _place(machine, "other_provider.jsonc")
    assert machine.run(*USER, key=CANARY_KEY).exit_code == 0
    before = users_files(machine)
    foretold = machine.run("uninstall", "--dry-run", "--json")
    assert foretold.exit_code == 0, foretold.stdout
    assert foretold.report is not None
    assert foretold.report["outcome"] == "changes"
    assert left_alone(machine, before)
    done = machine.run("uninstall", "--yes", "--json")
    assert done.report is not None
    assert done.report["changes"] == foretold.report["changes"]
    restored = {
        tuple(row["key"]): row["after"] for row in done.report["changes"] if row["action"] == "restore"
    }
    assert restored == {MODEL: "deepinfra/Qwen/Qwen3-32B", SMALL_MODEL: "deepinfra/Qwen/Qwen3-14B"}
    assert done.report["changes"][-1]["resource"] == "key_file", "the key comes out last"


@pytest.mark.standin
def test_the_key_can_be_kept(make_sandbox: MakeSandbox) -> None:
    """With --keep-key the key file alone stays, and serves the next apply."""
    machine = make_sandbox()
    before = users_files(machine)
    assert machine.run(*USER, key=CANARY_KEY).exit_code == 0
    assert machine.run("uninstall", "--yes", "--keep-key").exit_code == 0
    assert machine.key_file.read_text() == CANARY_KEY
    assert not machine.state_file.exists()
    assert _given_back(machine, before)
    assert machine.run("uninstall", "--yes").exit_code == 5
    assert machine.run("apply", "--scope", "user", "--yes").exit_code == 0


@pytest.mark.standin
def test_one_project_can_leave_alone(make_sandbox: MakeSandbox) -> None:
    """With --this-project only this project's activation goes; provider, key and other projects stay."""
    machine = make_sandbox()
    other = machine.root / "other"
    (other / ".git").mkdir(parents=True)
    assert machine.run(*PROJECT, key=CANARY_KEY, cwd=machine.project).exit_code == 0
    assert machine.run(*PROJECT, cwd=other).exit_code == 0
    result = machine.run("uninstall", "--this-project", "--yes", "--json", cwd=machine.project)
    assert result.exit_code == 0, result.stdout
    assert not machine.project_config.exists()
    assert read(other / ".mimocode" / "mimocode.json")["model"] == ref(KIMI)
    assert find(read(machine.user_config), (*PROVIDER, "npm")) is not None
    assert machine.key_file.exists()
    assert machine.run("uninstall", "--this-project", "--yes", cwd=machine.project).exit_code == 5
    assert machine.run("status", "--fast", cwd=other).exit_code == 0
    assert machine.run("uninstall", "--yes", cwd=machine.outside).exit_code == 0
    assert not (other / ".mimocode").exists()
    assert not machine.user_config.exists()


def test_edits_that_the_user_made_in_between_survive(make_sandbox: MakeSandbox) -> None:
    """New keys, changed values and comments of his stay; ours go."""
    machine = make_sandbox()
    config = _place(machine, "comments.jsonc")
    assert machine.run(*USER, key=CANARY_KEY).exit_code == 0
    text = config.read_text()
    text = text.replace('"name": "Ollama (local)"', '"name": "Ollama (attic)" /* moved */')
    text = text.replace('  "instructions":', '  "share": "disabled", // new\n  "instructions":')
    config.write_text(text)
    assert machine.run("uninstall", "--yes").exit_code == 0
    original = (CONFIGS / "comments.jsonc").read_text()
    expected = original.replace('"name": "Ollama (local)"', '"name": "Ollama (attic)" /* moved */')
    expected = expected.replace('  "instructions":', '  "share": "disabled", // new\n  "instructions":')
    assert config.read_text() == expected


def test_a_model_that_the_user_chose_himself_is_released(make_sandbox: MakeSandbox) -> None:
    """A `model` that points to another provider by now stays; the untouched small model goes."""
    machine = make_sandbox()
    config = _place(machine, "starter.jsonc")
    assert machine.run(*USER, key=CANARY_KEY).exit_code == 0
    config.write_text(config.read_text().replace(f'"model": "{ref(KIMI)}"', '"model": "ollama/mine"', 1))
    result = machine.run("uninstall", "--yes", "--json")
    assert result.exit_code == 0, result.stdout
    assert result.report is not None
    assert [row["action"] for row in result.report["changes"] if row["key"] == ["model"]] == ["release"]
    left = read(config)
    assert (left["model"], "small_model" in left, "provider" in left) == ("ollama/mine", False, False)


@pytest.mark.standin
def test_a_model_of_ours_that_the_user_chose_himself_goes(make_sandbox: MakeSandbox) -> None:
    """A `model` changed to another one of ours would point nowhere: what stood there before comes back."""
    machine = make_sandbox()
    config = _place(machine, "other_provider.jsonc")
    assert machine.run(*USER, key=CANARY_KEY).exit_code == 0
    config.write_text(config.read_text().replace(ref(KIMI), ref(QWEN), 1))
    assert machine.run("uninstall", "--yes").exit_code == 0
    assert config.read_bytes() == (CONFIGS / "other_provider.jsonc").read_bytes()


def test_a_key_of_the_user_s_under_our_provider_stays(make_sandbox: MakeSandbox) -> None:
    """His own `timeout` and his own model entry are not ours to remove; the key binding goes all the same."""
    machine = make_sandbox()
    assert machine.run(*USER, key=CANARY_KEY).exit_code == 0
    text = machine.user_config.read_text()
    text = text.replace('"setCacheKey": false', '"setCacheKey": false,\n        "timeout": 90000')
    machine.user_config.write_text(text)
    result = machine.run("uninstall", "--yes", "--json")
    assert result.exit_code == 0, result.stdout
    assert read(machine.user_config)["provider"] == {"gonkagate": {"options": {"timeout": 90000}}}
    assert not machine.key_file.exists()


@pytest.mark.standin
def test_the_key_file_stays_as_long_as_a_config_refers_to_it(make_sandbox: MakeSandbox) -> None:
    """MiMoCode does not start where a `{file:}` leads nowhere: the user's own reference keeps the file."""
    machine = make_sandbox()
    assert machine.run(*USER, key=CANARY_KEY).exit_code == 0
    own = machine.mimo_config_folder / "config.json"
    own.write_text(
        '{"$schema": "./s.json", "provider": {"mine": {"options":'
        ' {"apiKey": "{file:~/.gonkagate/mimo-code/api-key}"}}}}'
    )
    result = machine.run("uninstall", "--yes", "--json")
    assert result.exit_code == 0, result.stdout
    assert result.report is not None
    assert machine.key_file.exists()
    assert [one["location"]["file"] for one in result.report["warnings"]] == [str(own)]
    assert machine.run_mimo("--pure", "debug", "config").exit_code == 0


@pytest.mark.standin
def test_a_document_that_is_gone_is_forgotten(make_sandbox: MakeSandbox) -> None:
    """A project that was deleted, and a user config that was deleted, hinder nobody from leaving."""
    machine = make_sandbox()
    assert machine.run(*PROJECT, key=CANARY_KEY, cwd=machine.project).exit_code == 0
    machine.project_config.unlink()
    machine.project_config.parent.joinpath(".gitignore").unlink()
    machine.project_config.parent.rmdir()
    machine.user_config.unlink()
    result = machine.run("uninstall", "--yes", "--json")
    assert result.exit_code == 0, result.stdout
    assert not machine.project_config.parent.exists()
    assert not machine.user_config.exists()
    assert machine.run("status").exit_code == 5


def test_no_mimo_is_needed_to_leave(make_sandbox: MakeSandbox) -> None:
    """Uninstalling works when MiMoCode is gone already, and starts none when it is there."""
    machine = make_sandbox()
    before = users_files(machine)
    assert machine.run(*USER, key=CANARY_KEY).exit_code == 0
    (machine.bin / "mimo").unlink()
    assert machine.run("uninstall", "--yes").exit_code == 0
    assert _given_back(machine, before)
