"""Fail closed while writing: somebody else was faster, the disk refuses, the run is killed half-way."""

import json
import signal
from pathlib import Path

import pytest

from fixtures.canary import CANARY_KEY
from tests.conftest import MakeSandbox
from tests.support.cases import standin_case
from tests.support.documents import CONFIGS, KIMI, QWEN, read, ref
from tests.support.pictures import left_alone, own_files, users_files
from tests.support.privileges import bound_by_permissions
from tests.support.refusals import refusal, untouched_by
from tests.support.sandbox import Result, Sandbox
from tests.support.shims import KILL_WHO_ASKED, unwrap_mimo, wait_until_quiet, wrap_mimo
from tests.support.snapshots import differences
from tests.support.terminal import GO_AHEAD, terminal

APPLY = ("apply", "--scope", "user", "--yes", "--json")
VERIFYING = "'--pure debug config'"


def _config(machine: Sandbox, name: str = "comments.jsonc") -> Path:
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_bytes((CONFIGS / name).read_bytes())
    machine.user_config.chmod(0o640)
    return machine.user_config


# Somebody else was faster


def test_a_config_edited_while_the_question_stands_keeps_the_newer_content(sandbox: Sandbox) -> None:
    """Between reading and writing the file was changed: the run stops, and the newer content stays."""
    config = _config(sandbox)
    with terminal(sandbox, "apply", "--scope", "user", env={"GONKAGATE_API_KEY": CANARY_KEY}) as session:
        session.wait_for(GO_AHEAD)
        newer = config.read_bytes().replace(b"Ollama (local)", b"Ollama (newer)")
        config.write_bytes(newer)
        before = users_files(sandbox)
        session.type("y")
        assert session.end() == 1
    assert "config_changed_meanwhile" in session.screen
    assert config.read_bytes() == newer
    assert untouched_by(sandbox, before)


def test_a_config_that_came_to_be_while_the_question_stood_is_kept(sandbox: Sandbox) -> None:
    """A file that was not there when the plan was made is not written over."""
    with terminal(sandbox, "apply", "--scope", "user", env={"GONKAGATE_API_KEY": CANARY_KEY}) as session:
        session.wait_for(GO_AHEAD)
        sandbox.mimo_config_folder.mkdir(parents=True, exist_ok=True)
        sandbox.user_config.write_text('{"share": "disabled"}\n')
        before = users_files(sandbox)
        session.type("y")
        assert session.end() == 1
    assert "config_changed_meanwhile" in session.screen
    assert untouched_by(sandbox, before)


@pytest.mark.standin
def test_a_set_up_changed_by_another_run_makes_the_plan_stale(sandbox: Sandbox) -> None:
    """Two runs at once: the one whose plan is older stops and asks to be started again."""
    with terminal(sandbox, "apply", "--scope", "user", env={"GONKAGATE_API_KEY": CANARY_KEY}) as session:
        session.wait_for(GO_AHEAD)
        assert sandbox.run(*APPLY, "--model", QWEN, key=CANARY_KEY).exit_code == 0
        before = users_files(sandbox)
        session.type("y")
        assert session.end() == 1
    assert "plan_stale" in session.screen
    assert left_alone(sandbox, before)


@pytest.mark.standin
def test_an_edit_during_the_verification_is_kept_and_told(sandbox: Sandbox) -> None:
    """The run is undone; the file that somebody edited meanwhile stays as he left it."""
    config = _config(sandbox)
    wrap_mimo(sandbox, f'echo "// mine" >> "{config}"\nexit 1', when=VERIFYING)
    result = sandbox.run(*APPLY, key=CANARY_KEY)
    blocker = refusal(result, "rollback_incomplete", outcome="failed")
    assert blocker["location"]["file"] == str(config)
    assert config.read_text().endswith("// mine\n")


# The disk refuses


@pytest.mark.parametrize("existing", ["comments.jsonc", standin_case("")], ids=["config there", "fresh"])
def test_a_config_folder_that_cannot_be_written_stops_the_run(sandbox: Sandbox, existing: str) -> None:
    """It is seen before anything is written: not even the key is stored."""
    if existing:
        _config(sandbox, existing)
    else:
        sandbox.mimo_config_folder.mkdir(parents=True)
    sandbox.mimo_config_folder.chmod(0o555)
    before = users_files(sandbox)
    result = sandbox.run(*APPLY, key=CANARY_KEY, prefix=bound_by_permissions())
    sandbox.mimo_config_folder.chmod(0o755)
    blocker = refusal(result, "file_not_replaceable")
    assert str(sandbox.mimo_config_folder) in blocker["location"]["file"]
    assert untouched_by(sandbox, before)


@pytest.mark.standin
def test_a_project_folder_that_cannot_be_written_stops_the_whole_run(sandbox: Sandbox) -> None:
    """All files of a run go together, or none does."""
    _config(sandbox)
    sandbox.project_config.parent.mkdir()
    sandbox.project_config.parent.chmod(0o555)
    before = users_files(sandbox)
    arguments = ("apply", "--scope", "project", "--yes", "--json")
    result = sandbox.run(*arguments, cwd=sandbox.project, key=CANARY_KEY, prefix=bound_by_permissions())
    refusal(result, "file_not_replaceable")
    assert untouched_by(sandbox, before)


@pytest.mark.standin
def test_an_own_folder_that_cannot_be_made_stops_the_run(sandbox: Sandbox) -> None:
    """Without a place for the journal nothing begins."""
    _config(sandbox)
    (sandbox.home / ".gonkagate").mkdir(mode=0o555)
    before = users_files(sandbox)
    result = sandbox.run(*APPLY, key=CANARY_KEY, prefix=bound_by_permissions())
    assert (result.exit_code, set(result.codes)) == (1, {"file_not_replaceable"})
    assert left_alone(sandbox, before)


@pytest.mark.standin
def test_a_plan_says_beforehand_what_cannot_be_written(sandbox: Sandbox) -> None:
    """A preview still shows everything, and notes what an apply would stop at."""
    sandbox.mimo_config_folder.mkdir(parents=True)
    sandbox.mimo_config_folder.chmod(0o555)
    result = sandbox.run("plan", "--scope", "user", "--json", key=CANARY_KEY, prefix=bound_by_permissions())
    sandbox.mimo_config_folder.chmod(0o755)
    assert result.exit_code == 0
    assert result.report is not None
    assert result.report["changes"]
    assert "apply would stop" in _told(result)


@pytest.mark.standin
def test_an_uninstall_that_cannot_write_changes_nothing(sandbox: Sandbox) -> None:
    """The set-up stays whole, and works."""
    _config(sandbox)
    assert sandbox.run(*APPLY, key=CANARY_KEY).exit_code == 0
    sandbox.mimo_config_folder.chmod(0o555)
    before = users_files(sandbox)
    result = sandbox.run("uninstall", "--yes", "--json", prefix=bound_by_permissions())
    sandbox.mimo_config_folder.chmod(0o755)
    refusal(result, "file_not_replaceable")
    assert differences(before, users_files(sandbox), times=True) == []
    assert sandbox.run("status", "--fast").exit_code == 0


# Killed half-way


def _killed(machine: Sandbox, *arguments: str) -> None:
    """Kill a run with SIGKILL at the moment in which it has written and asks MiMoCode about it."""
    wrap_mimo(machine, KILL_WHO_ASKED, when=f"{VERIFYING} | 'models gonkagate'")
    process = machine.start(*arguments, env={"GONKAGATE_API_KEY": CANARY_KEY})
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    wait_until_quiet(machine)
    unwrap_mimo(machine)
    assert (machine.own_folder / "journal.json").exists(), "it was killed half-way"


def _told(result: Result) -> str:
    assert result.report is not None
    return " ".join(warning["message"] for warning in result.report["warnings"])


@pytest.fixture(name="half_way")
def _half_way(sandbox: Sandbox) -> tuple[Sandbox, bytes]:
    """Make a half-way state on a home with a config."""
    content = _config(sandbox).read_bytes()
    _killed(sandbox, *APPLY)
    assert sandbox.user_config.read_bytes() != content
    return sandbox, content


def test_looking_at_a_half_way_state_leaves_it_as_it_is(half_way: tuple[Sandbox, bytes]) -> None:
    """`status` and `plan` tell of the run that did not end, and touch nothing."""
    machine, _ = half_way
    before = users_files(machine)
    for command in ("status", "plan"):
        result = machine.run(command, "--json", key=CANARY_KEY)
        assert "did not end" in _told(result), command
    assert left_alone(machine, before)
    assert (machine.own_folder / "journal.json").exists()


def test_the_next_apply_undoes_it_first_and_then_sets_up(half_way: tuple[Sandbox, bytes]) -> None:
    """What the user gets back later is what he had before the killed run."""
    machine, content = half_way
    result = machine.run(*APPLY, key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout
    assert result.report is not None
    assert result.report["outcome"] == "applied"
    assert "brought to its end" in _told(result)
    assert not (machine.own_folder / "journal.json").exists()
    assert [
        path.name
        for path in machine.mimo_config_folder.iterdir()
        if path.name not in (".gitignore", "mimocode.jsonc")
    ] == []
    assert machine.run("uninstall", "--yes").exit_code == 0
    assert machine.user_config.read_bytes() == content


@pytest.mark.standin
def test_an_uninstall_undoes_it_and_leaves_nothing(half_way: tuple[Sandbox, bytes]) -> None:
    """Nothing had been committed, so nothing is installed; the files are what they were."""
    machine, content = half_way
    result = machine.run("uninstall", "--yes", "--json")
    assert result.exit_code == 0
    assert result.report is not None
    assert result.report["outcome"] == "recovered"
    assert "brought to its end" in _told(result)
    assert machine.user_config.read_bytes() == content
    assert machine.user_config.stat().st_mode & 0o777 == 0o640
    assert own_files(machine) == []


@pytest.mark.standin
def test_a_killed_change_of_a_set_up_goes_back_to_the_set_up(sandbox: Sandbox) -> None:
    """A second apply that is killed is undone to the first one's result, which is whole."""
    _config(sandbox)
    assert sandbox.run(*APPLY, key=CANARY_KEY).exit_code == 0
    serial = json.loads(sandbox.state_file.read_bytes())["serial"]
    good = sandbox.user_config.read_bytes()
    _killed(sandbox, "apply", "--model", QWEN, "--yes", "--json")
    assert read(sandbox.user_config)["model"] == ref(QWEN)
    result = sandbox.run("apply", "--yes", "--json")
    assert result.exit_code == 0, result.stdout
    assert result.report is not None
    assert (result.report["outcome"], result.report["model"]) == ("recovered", KIMI)
    assert sandbox.user_config.read_bytes() == good
    assert json.loads(sandbox.state_file.read_bytes())["serial"] == serial
    assert sandbox.run("status", "--fast").exit_code == 0


@pytest.mark.standin
def test_on_a_fresh_home_a_killed_run_leaves_no_trace_once_it_is_undone(make_sandbox: MakeSandbox) -> None:
    """Not even the folders that were made."""
    machine = make_sandbox()
    before = users_files(machine)
    _killed(machine, "apply", "--scope", "project", "--yes", "--json", "--cwd", str(machine.project))
    assert machine.run("uninstall", "--yes").exit_code == 0
    assert differences(before, users_files(machine), times=True) == []
    assert not (machine.project / ".mimocode").exists()


@pytest.mark.standin
def test_an_edit_behind_a_killed_run_is_kept_and_told(half_way: tuple[Sandbox, bytes]) -> None:
    """The user mended his file by hand before the next run: it stays, and the run says so."""
    machine, _ = half_way
    machine.user_config.write_text('{"share": "disabled"}\n')
    result = machine.run(*APPLY, key=CANARY_KEY)
    blocker = refusal(result, "rollback_incomplete", outcome="failed")
    assert blocker["location"]["file"] == str(machine.user_config)
    assert machine.user_config.read_text() == '{"share": "disabled"}\n'
    again = machine.run(*APPLY, key=CANARY_KEY)
    assert again.exit_code == 0, again.stdout
