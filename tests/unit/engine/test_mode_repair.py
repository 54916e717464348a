"""A write whose new content is the old one: permission bits change, and nothing else of the file does."""

from pathlib import Path
from typing import Final

import pytest

from reconciler.commands.unfinished import recover_first
from reconciler.commands.world import World
from reconciler.engine.files import LocalFiles
from reconciler.engine.problems import Stop, stop
from reconciler.engine.transaction import Work, perform
from tests.support.files import FaultingDisk, Killed, RecordingDisk, quick
from tests.unit.engine.runs import KEY, Machine, nothing_to_verify, work, write

CHANGING: Final = {"open_new", "write", "rename", "rename_new", "exchange", "link", "remove"}


def machine_with_open_key(root: Path) -> Machine:
    """Give a machine whose key file everybody can read."""
    machine = Machine(root)
    machine.prepare()
    machine.key.write_bytes(KEY)
    machine.key.chmod(0o644)
    return machine


def repair(machine: Machine) -> Work:
    """Make the key file its owner's alone."""
    return work(machine, "t1", write(machine, "key_file", machine.key, KEY, mode=0o600))


def mode(machine: Machine) -> int:
    """Give the key file's permission bits."""
    return machine.key.stat().st_mode & 0o7777


def recovered(machine: Machine) -> None:
    """Recover as the next run does, before anything else."""
    recover_first(World({}, machine.root, quick()), machine.store)


def test_only_the_mode_changes(tmp_path: Path) -> None:
    """It stays the same file, with its content and its time of change; no helper ever lies beside it."""
    machine = machine_with_open_key(tmp_path)
    before = machine.key.stat()
    recording = RecordingDisk()
    perform(LocalFiles(recording), machine.store, repair(machine), nothing_to_verify)
    after = machine.key.stat()
    assert mode(machine) == 0o600
    assert machine.key.read_bytes() == KEY
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [call for call, name in recording.calls if "key" in name and call in CHANGING] == []


def test_a_failed_verification_gives_the_mode_back(tmp_path: Path) -> None:
    """Undoing is undoing: the file is as open as it was."""
    machine = machine_with_open_key(tmp_path)
    before = machine.picture()

    def verify() -> None:
        assert mode(machine) == 0o600
        raise stop("x", "no", "no", source="x")

    with pytest.raises(Stop):
        perform(quick(), machine.store, repair(machine), verify)
    assert machine.picture() == before


def test_a_failure_at_any_call_gives_the_mode_back(tmp_path: Path) -> None:
    """Whichever call fails before the commit, mode and content are as before."""
    calls = calls_of(tmp_path / "all")
    commit = calls.index(("rename_new", "install-state.json"))
    for at in range(commit + 1):
        machine = machine_with_open_key(tmp_path / str(at))
        before = machine.picture()
        with pytest.raises(Stop):
            perform(LocalFiles(FaultingDisk(at=at)), machine.store, repair(machine), nothing_to_verify)
        assert machine.picture() == before, calls[at]


def test_a_kill_at_any_call_is_recovered(tmp_path: Path) -> None:
    """The old mode without the commit, the new one with it; the file stays the same file."""
    calls = calls_of(tmp_path / "all")
    commit = calls.index(("rename_new", "install-state.json"))
    for at in range(len(calls)):
        machine = machine_with_open_key(tmp_path / str(at))
        inode = machine.key.stat().st_ino
        disk = FaultingDisk(at=at, dies=True)
        with pytest.raises(Killed):
            perform(LocalFiles(disk), machine.store, repair(machine), nothing_to_verify)
        recovered(machine)
        assert mode(machine) == (0o644 if at <= commit else 0o600), calls[at]
        assert (machine.key.read_bytes(), machine.key.stat().st_ino) == (KEY, inode)
        assert not machine.store.journal.exists()


def test_a_mode_that_somebody_else_gave_meanwhile_is_his(tmp_path: Path) -> None:
    """Undoing gives the old mode back only where ours still stands."""
    machine = machine_with_open_key(tmp_path)

    def verify() -> None:
        machine.key.chmod(0o640)
        raise stop("x", "no", "no", source="x")

    with pytest.raises(Stop):
        perform(quick(), machine.store, repair(machine), verify)
    assert mode(machine) == 0o640


def test_a_content_that_somebody_else_gave_meanwhile_stops_the_run(tmp_path: Path) -> None:
    """What he wrote stays, and nothing is committed on top of it."""
    machine = machine_with_open_key(tmp_path)

    def verify() -> None:
        machine.key.write_bytes(b"gp-his")

    with pytest.raises(Stop) as caught:
        perform(quick(), machine.store, repair(machine), verify)
    assert [blocker.code for blocker in caught.value.blockers] == ["config_changed_meanwhile"]
    assert machine.key.read_bytes() == b"gp-his"
    assert not machine.store.state.exists()


def calls_of(root: Path) -> list[tuple[str, str]]:
    """Give the calls of a repair that nothing befalls."""
    machine = machine_with_open_key(root)
    recording = RecordingDisk()
    perform(LocalFiles(recording), machine.store, repair(machine), nothing_to_verify)
    return recording.calls
