"""Many projects, and what happens to them: deleted, moved, cloned twice, on a disk that is not there."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from fixtures.canary import CANARY_KEY
from tests.conftest import MakeSandbox
from tests.support.disks import mount, private_mounts, unmount
from tests.support.documents import KIMI, PROVIDER, QWEN, place, read, ref
from tests.support.pictures import left_alone, users_files
from tests.support.sandbox import Result, Sandbox, make_git, system_path
from tests.support.snapshots import differences

PROJECT: Final = ("apply", "--scope", "project", "--yes", "--json")
MINE: Final = '{\n  // ours since ever\n  "model": "acme/large", // decided in spring\n}\n'


def _config(root: Path) -> Path:
    return root / ".mimocode" / "mimocode.json"


def _project(machine: Sandbox, name: str, content: str | None = None) -> Path:
    """Make a git project, with a config of its own where one is given."""
    root = machine.root / name
    make_git(root)
    if content is not None:
        _config(root).parent.mkdir()
        _config(root).write_text(content)
    return root


def _report(result: Result) -> dict[str, Any]:
    assert result.report is not None, result.stderr
    return result.report


def _apply(machine: Sandbox, *arguments: str, cwd: Path) -> dict[str, Any]:
    result = machine.run(*PROJECT, *arguments, cwd=cwd, key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout
    return _report(result)


def _status(machine: Sandbox, exit_code: int, cwd: Path | None = None) -> dict[str, Any]:
    result = machine.run("status", "--fast", "--json", cwd=cwd)
    assert result.exit_code == exit_code, result.stdout
    return _report(result)


def _health(report: dict[str, Any]) -> dict[str, str]:
    return {Path(one["root"]).name: one["health"] for one in report["projects"]}


def _recorded(machine: Sandbox) -> list[str]:
    state = json.loads(machine.state_file.read_bytes())
    return [held["path"] for held in state["documents"] if held["role"] == "project_config"]


def _users(machine: Sandbox) -> dict[str, Any]:
    """Picture the user's files, and leave out our own folder."""
    return {name: one for name, one in users_files(machine).items() if not name.startswith("home/.gonkagate")}


# Several


def test_three_projects_and_user_scope_are_all_told_and_all_taken_out(make_sandbox: MakeSandbox) -> None:
    """`status` names each with its health, wherever it is asked; after uninstall no trace is in any."""
    machine = make_sandbox()
    roots = [_project(machine, "one"), _project(machine, "two", MINE), _project(machine, "three")]
    machine.resolved(roots[0])
    before = _users(machine)
    for root, model in zip(roots, (KIMI, QWEN, KIMI), strict=True):
        _apply(machine, "--model", model, "--small-model", model, cwd=root)
    user = machine.run("apply", "--scope", "user", "--yes", "--json", key=CANARY_KEY)
    assert user.exit_code == 0, user.stdout
    for folder in (machine.outside, roots[1]):
        report = _status(machine, 0, folder)
        assert _health(report) == {"one": "in_sync", "two": "in_sync", "three": "in_sync"}
        told = {one["root"]: (one["file"], one["model_ref"]) for one in report["projects"]}
        assert told[str(roots[1])] == (str(_config(roots[1])), ref(QWEN))
    gone = _report(machine.run("uninstall", "--yes", "--json"))
    assert (gone["outcome"], len(gone["projects"])) == ("removed", 3)
    assert differences(before, _users(machine)) == []
    assert not machine.state_file.exists()
    assert machine.run("uninstall", "--yes", "--json").exit_code == 5


@pytest.mark.standin
def test_this_project_alone_is_taken_out(sandbox: Sandbox) -> None:
    """The others, the provider and the key stay."""
    one, two = _project(sandbox, "one", MINE), _project(sandbox, "two")
    for root in (one, two):
        _apply(sandbox, cwd=root)
    report = _report(sandbox.run("uninstall", "--this-project", "--yes", "--json", cwd=one))
    assert [Path(each["root"]).name for each in report["projects"]] == ["one"]
    assert _config(one).read_text() == MINE
    assert read(_config(two))["model"] == ref(KIMI)
    assert sandbox.key_file.exists()
    assert _health(_status(sandbox, 0, two)) == {"two": "in_sync"}


@pytest.mark.standin
def test_drift_in_another_project_is_told_with_its_place(sandbox: Sandbox) -> None:
    """A project that somebody changed does not hide behind the present one."""
    one, two = _project(sandbox, "one"), _project(sandbox, "two")
    for root in (one, two):
        _apply(sandbox, cwd=root)
    _config(two).write_text(_config(two).read_text().replace(ref(KIMI), "acme/x"))
    report = _status(sandbox, 3, one)
    assert _health(report) == {"one": "in_sync", "two": "drifted"}
    assert {row["file"] for row in report["drift"]} == {str(_config(two))}


@pytest.mark.standin
def test_another_project_s_broken_config_hinders_nobody_else(sandbox: Sandbox) -> None:
    """It is named with line and column; `apply` here works; in its own folder it is a blocker."""
    one, two = _project(sandbox, "one"), _project(sandbox, "two")
    for root in (one, two):
        _apply(sandbox, cwd=root)
    _config(two).write_text("{\n  oops\n}\n")
    report = _status(sandbox, 3, one)
    assert _health(report) == {"one": "in_sync", "two": "unreadable"}
    broken = {"file": str(_config(two)), "line": 2, "column": 3}
    assert broken in [warning["location"] for warning in report["warnings"]]
    assert _apply(sandbox, cwd=one)["outcome"] == "no_changes"
    refused = sandbox.run("status", "--fast", "--json", cwd=two)
    assert (refused.exit_code, refused.codes) == (1, ["config_unreadable"])
    assert sandbox.run("uninstall", "--yes", "--json").codes == ["config_unreadable"]
    assert sandbox.key_file.exists()


@pytest.mark.standin
def test_many_projects_are_folded_for_people(sandbox: Sandbox) -> None:
    """What is as it was set up is counted, what is not is named."""
    roots = [_project(sandbox, f"p{number:02}") for number in range(14)]
    for root in roots:
        _apply(sandbox, cwd=root)
    shutil.rmtree(roots[-1])
    said = sandbox.run("status", "--fast").stdout
    assert "and 3 more that are in sync" in said
    assert "p13" in said
    assert "its folder is gone" in said
    assert "p00" not in said
    assert "p00" in sandbox.run("status", "--fast", "--verbose").stdout


# Gone, moved, cloned


def test_a_deleted_project_is_drift_and_forgotten_by_the_next_apply(sandbox: Sandbox) -> None:
    """The disk is there and the folder is not: nothing is left to give back."""
    one, two = _project(sandbox, "one"), _project(sandbox, "two", MINE)
    for root in (one, two):
        _apply(sandbox, cwd=root)
    shutil.rmtree(two)
    report = _status(sandbox, 3, one)
    assert _health(report) == {"one": "in_sync", "two": "gone"}
    assert [(row["action"], row["before"], row["after"]) for row in report["drift"]] == [
        ("release", ref(KIMI), None)
    ]
    rows = _apply(sandbox, cwd=one)["changes"]
    assert {(row["action"], row["file"]) for row in rows} == {("release", str(_config(two)))}
    assert _recorded(sandbox) == [str(_config(one))]
    assert _apply(sandbox, cwd=one)["outcome"] == "no_changes"
    assert not two.exists()


@pytest.mark.standin
def test_uninstall_forgets_a_deleted_project(sandbox: Sandbox) -> None:
    """It is no reason to stop, and is not made anew."""
    one = _project(sandbox, "one")
    _apply(sandbox, cwd=one)
    shutil.rmtree(one)
    report = _report(sandbox.run("uninstall", "--yes", "--json"))
    assert (report["outcome"], _health(report)) == ("removed", {"one": "gone"})
    assert not one.exists()
    assert not sandbox.state_file.exists()


@pytest.mark.standin
@pytest.mark.parametrize("leaving", [(), ("--this-project",)])
def test_a_project_that_was_moved_keeps_what_stood_there_before(
    sandbox: Sandbox, leaving: tuple[str, ...]
) -> None:
    """The record goes along: apply tells of it, and uninstall gives the user's own text back there."""
    one, elsewhere = _project(sandbox, "one", MINE), sandbox.root / "moved" / "two"
    _apply(sandbox, cwd=one)
    elsewhere.parent.mkdir()
    one.rename(elsewhere)
    report = _status(sandbox, 0, elsewhere)
    assert _health(report) == {"two": "in_sync"}
    assert any("moved here" in warning["message"] for warning in report["warnings"])
    rows = _apply(sandbox, cwd=elsewhere)["changes"]
    assert [(row["action"], row["before"], row["after"]) for row in rows] == [
        ("adopt", str(_config(one)), str(_config(elsewhere)))
    ]
    assert _recorded(sandbox) == [str(_config(elsewhere))]
    assert _apply(sandbox, cwd=elsewhere)["outcome"] == "no_changes"
    assert sandbox.run("uninstall", *leaving, "--yes", cwd=elsewhere).exit_code == 0
    assert _config(elsewhere).read_text() == MINE


@pytest.mark.standin
def test_uninstall_in_a_moved_project_gives_back_without_an_apply_between(sandbox: Sandbox) -> None:
    """What can be found from where the command is given is found."""
    one, elsewhere = _project(sandbox, "one", MINE), sandbox.root / "two"
    _apply(sandbox, cwd=one)
    one.rename(elsewhere)
    assert sandbox.run("uninstall", "--yes", cwd=elsewhere).exit_code == 0
    assert _config(elsewhere).read_text() == MINE


@pytest.mark.standin
def test_a_copy_of_a_project_is_a_project_of_its_own(sandbox: Sandbox) -> None:
    """Cloned twice: each is adopted where apply is run, and what came with the clone stays with it."""
    one, copy = _project(sandbox, "one"), sandbox.root / "copy"
    _apply(sandbox, "--model", QWEN, cwd=one)
    shutil.copytree(one, copy)
    content = _config(copy).read_bytes()
    report = _apply(sandbox, cwd=copy)
    assert (report["scope"], report["model_ref"]) == ("project", ref(QWEN))
    assert {row["action"] for row in report["changes"]} == {"adopt"}
    assert sorted(_recorded(sandbox)) == sorted([str(_config(one)), str(_config(copy))])
    assert sandbox.run("uninstall", "--yes").exit_code == 0
    assert not _config(one).exists()
    assert _config(copy).read_bytes() == content


@pytest.mark.standin
def test_a_copy_beside_a_deleted_original_is_not_taken_for_it(sandbox: Sandbox) -> None:
    """Only the very folder that was moved counts; a copy has come with its text, and keeps it."""
    one, copy = _project(sandbox, "one", MINE), sandbox.root / "copy"
    _apply(sandbox, cwd=one)
    shutil.copytree(one, copy)
    shutil.rmtree(one)
    content = _config(copy).read_bytes()
    assert {row["action"] for row in _apply(sandbox, cwd=copy)["changes"]} == {"adopt", "release"}
    assert sandbox.run("uninstall", "--yes").exit_code == 0
    assert _config(copy).read_bytes() == content


def test_work_trees_and_submodules_are_projects_of_their_own(sandbox: Sandbox) -> None:
    """Wherever `.git` is a file, that folder is the root; the outer project is left alone."""
    one = _project(sandbox, "one")
    tree, module = sandbox.root / "tree", one / "parts" / "inner"
    _git(one, "commit", "--allow-empty", "-qm", "first")
    _git(one, "worktree", "add", "-q", str(tree))
    inner = _project(sandbox, "inner")
    _git(inner, "commit", "--allow-empty", "-qm", "first")
    _git(one, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "parts/inner")
    for root in (tree, module):
        below = root / "src"
        below.mkdir()
        _apply(sandbox, cwd=below)
        assert sandbox.resolved(below)["model"] == ref(KIMI)
    assert sorted(_recorded(sandbox)) == sorted([str(_config(tree)), str(_config(module))])
    assert not _config(one).exists()
    assert sandbox.run("uninstall", "--yes").exit_code == 0
    assert not any(_config(root).exists() for root in (one, tree, module))


def _git(folder: Path, *arguments: str) -> None:
    git = shutil.which("git", path=system_path()) or "git"
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.invalid")
    subprocess.run([git, *who, *arguments], cwd=folder, check=True, env={"PATH": system_path()})


@pytest.mark.standin
def test_a_folder_is_named_from_elsewhere(sandbox: Sandbox) -> None:
    """`--cwd` chooses the project as going there would."""
    one = _project(sandbox, "one")
    result = sandbox.run(*PROJECT, "--cwd", str(one), key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout
    assert _recorded(sandbox) == [str(_config(one))]
    report = _report(sandbox.run("status", "--fast", "--json", "--cwd", str(one)))
    assert (report["scope"], report["files"]["project_config"]) == ("project", str(_config(one)))


# A disk that is not there


@pytest.fixture(name="disk")
def _disk(sandbox: Sandbox) -> Iterator[Path]:
    """Give a folder in which a disk is mounted, with two projects; another project is elsewhere."""
    folder = sandbox.root / "disk"
    with private_mounts():
        mount(folder, sandbox.root / "behind")
        yield folder


def test_a_project_on_a_disk_that_is_not_there_stays_recorded(sandbox: Sandbox, disk: Path) -> None:
    """Everything else is taken out; it is named, and taken out as soon as its disk is back."""
    here, away = _project(sandbox, "here"), _project(sandbox, "disk/away", MINE)
    for root in (here, away):
        _apply(sandbox, cwd=root)
    unmount(disk)
    report = _status(sandbox, 0, here)
    assert _health(report) == {"here": "in_sync", "away": "not_mounted"}
    assert any(str(away) in warning["message"] for warning in report["warnings"])
    assert _apply(sandbox, cwd=here)["outcome"] == "no_changes"

    foreseen = _report(sandbox.run("uninstall", "--dry-run", "--json"))
    assert _health(foreseen) == {"here": "in_sync", "away": "not_mounted"}
    result = sandbox.run("uninstall", "--yes", "--json")
    report = _report(result)
    assert (result.exit_code, report["outcome"]) == (0, "removed")
    assert [one["location"]["file"] for one in report["warnings"] if one["location"]] == [str(_config(away))]
    assert not sandbox.user_config.exists()
    assert not _config(here).exists()
    assert not sandbox.key_file.exists()
    assert _recorded(sandbox) == [str(_config(away))]
    assert not any(name.name.startswith("api-key-") for name in sandbox.backups.iterdir())

    before = users_files(sandbox)
    again = sandbox.run("uninstall", "--yes", "--json")
    assert (again.exit_code, again.codes) == (5, ["nothing_installed"])
    assert any(str(away) in warning["message"] for warning in _report(again)["warnings"])
    assert _health(_status(sandbox, 5)) == {"away": "not_mounted"}
    assert left_alone(sandbox, before)

    mount(disk, sandbox.root / "behind")
    report = _status(sandbox, 5)
    assert (_health(report), report["next_command"]) == ({"away": "in_sync"}, "mimo-code-setup uninstall")
    assert sandbox.run("uninstall", "--yes", "--json").exit_code == 0
    assert _config(away).read_text() == MINE
    assert not sandbox.state_file.exists()


@pytest.mark.standin
def test_after_an_uninstall_with_a_remainder_one_can_set_up_again(sandbox: Sandbox, disk: Path) -> None:
    """What is recorded of the disk that is not there is kept through it, its prior included."""
    here, away = _project(sandbox, "here"), _project(sandbox, "disk/away", MINE)
    for root in (here, away):
        _apply(sandbox, cwd=root)
    unmount(disk)
    assert sandbox.run("uninstall", "--yes").exit_code == 0
    _apply(sandbox, cwd=here)
    assert sorted(_recorded(sandbox)) == sorted([str(_config(here)), str(_config(away))])
    mount(disk, sandbox.root / "behind")
    assert sandbox.run("uninstall", "--yes").exit_code == 0
    assert _config(away).read_text() == MINE


@pytest.mark.standin
def test_a_project_that_is_a_disk_of_its_own(sandbox: Sandbox, disk: Path) -> None:
    """Its folder is there without it, and empty: that is not the user's deleting of a file."""
    make_git(disk)
    _apply(sandbox, cwd=disk)
    unmount(disk)
    assert disk.is_dir()
    assert _health(_status(sandbox, 0)) == {"disk": "not_mounted"}
    assert sandbox.run("uninstall", "--yes").exit_code == 0
    assert list(disk.iterdir()) == []
    assert _recorded(sandbox) == [str(_config(disk))]


# What is the user's


@pytest.mark.standin
def test_what_is_the_user_s_under_our_provider_stays_and_is_named(sandbox: Sandbox) -> None:
    """His timeout and his model's options are left, with the place at which they stand."""
    assert sandbox.run("apply", "--scope", "user", "--yes", key=CANARY_KEY).exit_code == 0
    text = sandbox.user_config.read_text()
    text = text.replace('"setCacheKey": false', '"setCacheKey": false,\n        "timeout": 5')
    sandbox.user_config.write_text(text)
    stood = place(sandbox.user_config, (*PROVIDER, "options"))
    report = _report(sandbox.run("uninstall", "--yes", "--json"))
    assert read(sandbox.user_config)["provider"] == {"gonkagate": {"options": {"timeout": 5}}}
    (told,) = [one for one in report["warnings"] if "provider.gonkagate.options" in one["message"]]
    assert told["location"] == stood
