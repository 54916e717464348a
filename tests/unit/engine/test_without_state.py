"""A transaction on a machine without an install state, that leaves none: a restore after an uninstall."""

from pathlib import Path
from typing import Final

import pytest
from attrs import evolve

from reconciler.commands.unfinished import recover_first
from reconciler.commands.world import World
from reconciler.engine.files import LocalFiles
from reconciler.engine.transaction import Work, perform
from tests.support.files import FaultingDisk, Killed, RecordingDisk, quick
from tests.unit.engine.runs import USER_AFTER, USER_BEFORE, Machine, nothing_to_verify, work, write

BEFORE: Final = b'{"model": "mine"}\n'


def machine_at(root: Path) -> Machine:
    """Give a machine with a user's config and a project's, and no state."""
    machine = Machine(root)
    machine.prepare()
    machine.project.parent.mkdir()
    machine.project.write_bytes(BEFORE)
    return machine


def restoring(machine: Machine) -> Work:
    """Change the user's config and take the project's away; the state goes as soon as it has served."""
    todo = work(
        machine,
        "t1",
        write(machine, "user_config", machine.user, USER_AFTER.replace(b"{file:~/.us/key}", b"none")),
        write(machine, "project_config", machine.project, None),
    )
    return evolve(todo, retire=(machine.store.state,))


def test_it_leaves_no_state(tmp_path: Path) -> None:
    """The files are changed, and nothing is installed."""
    machine = machine_at(tmp_path)
    perform(quick(), machine.store, restoring(machine), nothing_to_verify)
    assert machine.user.read_bytes() != USER_BEFORE
    assert not machine.project.exists()
    assert not machine.store.state.exists()


def test_a_kill_at_any_call_is_recovered_to_all_old_or_all_new(tmp_path: Path) -> None:
    """That there is no state proves neither side; the files are all of one side all the same."""
    machine = machine_at(tmp_path / "all")
    old = machine.picture()
    recording = RecordingDisk()
    perform(LocalFiles(recording), machine.store, restoring(machine), nothing_to_verify)
    new = machine.picture()
    mixed = []
    for at, call in enumerate(recording.calls):
        machine = machine_at(tmp_path / str(at))
        disk = FaultingDisk(at=at, dies=True)
        with pytest.raises(Killed):
            perform(LocalFiles(disk), machine.store, restoring(machine), nothing_to_verify)
        recover_first(World({}, machine.root, quick()), machine.store)
        mixed += [] if machine.picture() in (old, new) else [call]
    assert mixed == []
