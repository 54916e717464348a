"""Disks without space, without room for another file, and disks that refuse every write."""

import itertools
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from fixtures.canary import CANARY_KEY
from tests.conftest import MakeSandbox
from tests.support.disks import (
    PAGE,
    leave,
    make_read_only,
    make_writable,
    mount_small,
    private_mounts,
    refused,
    unmark,
)
from tests.support.documents import CONFIGS, KIMI, QWEN
from tests.support.pictures import left_alone, users_files
from tests.support.sandbox import Result, Sandbox
from tests.support.shims import unwrap_mimo, wrap_mimo

ORIGINAL: Final = (CONFIGS / "other_provider.jsonc").read_bytes()
VERIFYING: Final = "'--pure debug config'"
REFUSED: Final = ("write_failed", "file_not_replaceable")
# More steps than any run writes pages or files.
ENOUGH: Final = 60

Command = Callable[["Rig"], Result]


class Rig:
    """A machine one of whose folders is a disk of its own."""

    def __init__(self, machine: Sandbox, disk: str, scope: str) -> None:
        self.machine = machine
        self.scope = scope
        folders = {
            "ours": machine.own_folder.parent,
            "user config": machine.mimo_config_folder,
            "project": machine.project,
        }
        self.folder = folders[disk]
        self.cwd = machine.project if scope == "project" else machine.outside
        # In project scope another model is a matter of the project's file.
        self.is_written_by_a_change = (disk, scope) != ("user config", "project")
        machine.mimo_config_folder.mkdir(parents=True)
        machine.user_config.write_bytes(ORIGINAL)
        machine.project_config.parent.mkdir()
        machine.project_config.write_bytes(ORIGINAL)
        machine.resolved(machine.project)
        mount_small(self.folder)

    def apply(self, model: str = KIMI) -> Result:
        """Set up."""
        flags = ("--scope", self.scope, "--model", model, "--yes", "--json")
        return self.machine.run("apply", *flags, cwd=self.cwd, key=CANARY_KEY)

    def uninstall(self) -> Result:
        """Take everything out."""
        return self.machine.run("uninstall", "--yes", "--json", cwd=self.cwd)

    def status(self) -> Result:
        """Look, by files alone."""
        return self.machine.run("status", "--fast", "--json", cwd=self.cwd)

    def is_clean(self) -> bool:
        """Say whether the configs are the user's own again and nothing of a transaction is left."""
        machine = self.machine
        assert machine.user_config.read_bytes() == ORIGINAL
        assert machine.project_config.read_bytes() == ORIGINAL
        assert not machine.key_file.exists()
        assert not machine.state_file.exists()
        for folder in (machine.own_folder, machine.mimo_config_folder, machine.project_config.parent):
            names = [path.name for path in folder.iterdir()] if folder.exists() else []
            assert [name for name in names if name.endswith((".new", ".old", "journal.json"))] == []
        return True


@pytest.fixture(name="rig")
def _rig(make_sandbox: MakeSandbox, request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Make such a machine for a disk and a scope."""
    with private_mounts():
        rig = Rig(make_sandbox(), *request.param)
        yield rig
        assert rig.machine.leaks() == []


def _on(*disks: tuple[str, str]) -> pytest.MarkDecorator:
    """Run a test on disks with some folder, each in some scope."""
    return pytest.mark.parametrize("rig", disks, ids=lambda one: f"{one[0]}, {one[1]} scope", indirect=True)


ALL: Final = (
    ("ours", "user"),
    ("ours", "project"),
    ("user config", "user"),
    ("user config", "project"),
    ("project", "project"),
)


def _runs_at_last(rig: Rig, command: Command, measure: str, step: int) -> bool:
    """Run with more and more room until a run succeeds; each one before must change nothing."""
    for number in itertools.count():
        leave(rig.folder, **{measure: number * step})
        before = users_files(rig.machine)
        result = command(rig)
        if result.exit_code == 0:
            assert result.codes == []
            return number > 0
        refused(result, *REFUSED)
        assert left_alone(rig.machine, before), f"{number * step} left"
        assert number < ENOUGH, "it never succeeds"
    return False


@_on(*ALL)
@pytest.mark.parametrize(("measure", "step"), [("room", PAGE), ("files", 1)])
def test_a_full_disk_changes_nothing(rig: Rig, measure: str, step: int) -> None:
    """Wherever the space ends in a set-up, a change or an uninstall, everything is as it was before."""
    assert _runs_at_last(rig, Rig.apply, measure, step), "the first run had no room at all"
    assert rig.status().exit_code == 0
    _runs_at_last(rig, lambda one: one.apply(QWEN), measure, step)
    assert rig.status().exit_code == 0
    leave(rig.folder, **{measure: 0})
    before = users_files(rig.machine)
    again = rig.apply(QWEN)
    assert (again.exit_code, again.codes) == (0, []), "a run without changes needs no room"
    assert left_alone(rig.machine, before)
    _runs_at_last(rig, Rig.uninstall, measure, step)
    assert rig.is_clean()


@_on(*ALL)
def test_a_read_only_disk_changes_nothing(rig: Rig) -> None:
    """Apply and uninstall stop with nothing changed; looking works, and so does a run without changes."""
    make_read_only(rig.folder)
    before = users_files(rig.machine)
    refused(rig.apply(), *REFUSED)
    flags = ("--scope", rig.scope, "--json")
    planned = rig.machine.run("plan", *flags, cwd=rig.cwd, key=CANARY_KEY)
    assert (planned.exit_code, planned.codes) == (0, [])
    assert rig.status().exit_code == 5
    assert left_alone(rig.machine, before)

    make_writable(rig.folder)
    assert rig.apply().exit_code == 0
    make_read_only(rig.folder)
    before = users_files(rig.machine)
    assert rig.apply().exit_code == 0
    assert rig.status().exit_code == 0
    if rig.is_written_by_a_change:
        refused(rig.apply(QWEN), *REFUSED)
    refused(rig.uninstall(), *REFUSED)
    assert left_alone(rig.machine, before)

    make_writable(rig.folder)
    assert rig.uninstall().exit_code == 0
    assert rig.is_clean()


@_on(*ALL)
@pytest.mark.parametrize("verdict", ["verified", "refuted"])
def test_a_disk_that_turns_stubborn_half_way_is_told(rig: Rig, verdict: str) -> None:
    """What cannot be undone is named, MiMoCode still starts, and the next run ends well."""
    turn, turn_back = _turns(rig)
    wrap_mimo(rig.machine, f"{turn}; {'exit 1' if verdict == 'refuted' else ':'}", when=VERIFYING)
    try:
        result = rig.apply()
        unwrap_mimo(rig.machine)
        if result.exit_code == 0:
            assert verdict == "verified"
            assert rig.status().exit_code == 0
        else:
            blocker = refused(result, "rollback_incomplete")
            assert blocker["location"]["file"]
            assert "uninstall" in blocker["remedy"]
        assert rig.machine.resolved(rig.cwd)
    finally:
        turn_back()
    done = rig.apply(QWEN)
    assert (done.exit_code, done.codes) == (0, [])
    assert rig.status().exit_code == 0
    assert rig.uninstall().exit_code == 0
    assert rig.is_clean()


def _turns(rig: Rig) -> tuple[str, Callable[[], None]]:
    """Return the shell command that makes a disk refuse writes, and what makes it accept them again.

    A disk with a file open for writing, such as the lock, cannot be turned: there a mark takes its place.
    """
    if rig.folder != rig.machine.own_folder.parent:
        return f'mount -o remount,ro "{rig.folder}"', lambda: make_writable(rig.folder)
    return f'chattr +i "{rig.machine.own_folder}"', lambda: unmark(rig.machine.own_folder, "i")
