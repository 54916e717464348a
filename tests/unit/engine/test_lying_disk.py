"""A disk that says yes and does something else: what is not as planned is never committed.

Everything that is put into anybody's place is read again first, and everything is looked at once more before
the commit: contents, permission bits, and that what should be gone is gone.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs
import pytest

from reconciler.engine.files import LocalFiles
from reconciler.engine.problems import Stop
from reconciler.engine.transaction import perform
from tests.support.files import QuickDisk, path_of, quick
from tests.unit.engine.runs import OTHER_KEY, RUNS, Machine, leaving, nothing_to_verify, rotation, write

STATE: Final = "install-state.json"


@attrs.define
class Garbling(QuickDisk):
    """A disk that writes something else into one file, whatever name that bears for the time being."""

    name: str = ""

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Write as many bytes as were given, but others."""
        ours = path_of(descriptor).name.startswith(f".{self.name}.")
        return super().write(descriptor, bytes(len(data)) if ours else data)


@attrs.define
class Shortening(Garbling):
    """A disk that forgets what it was given last."""

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Take all, keep some."""
        if not path_of(descriptor).name.startswith(f".{self.name}."):
            return super().write(descriptor, data)
        super().write(descriptor, data[:-1])
        return len(data)


@attrs.define
class WithoutModes(QuickDisk):
    """A disk on which everything can be read by everybody, as on some of other systems."""

    def open_new(self, path: Path) -> int:
        """Create a file that others can read."""
        descriptor = super().open_new(path)
        super().give_mode(descriptor, 0o777)
        return descriptor

    def give_mode(self, descriptor: int, mode: int) -> None:
        """Do nothing, and do not say so."""


@attrs.define
class Keeping(QuickDisk):
    """A disk that does not rename one file away."""

    name: str = ""

    def rename(self, source: Path, target: Path) -> None:
        """Rename any other."""
        if source.name != self.name:
            super().rename(source, target)


def at_the_start(root: Path, name: str) -> Machine:
    """Give a machine on which the runs before the one in question are done."""
    machine = Machine(root)
    machine.prepare()
    for build in RUNS[name][:-1]:
        perform(quick(), machine.store, build(machine), nothing_to_verify)
    return machine


def refused(machine: Machine, disk: QuickDisk, name: str, verify: Callable[[], None]) -> Stop:
    """Do the last of these runs on that disk: it is refused and everything is as before."""
    old = machine.picture()
    with pytest.raises(Stop) as caught:
        perform(LocalFiles(disk), machine.store, RUNS[name][-1](machine), verify)
    assert machine.picture() == old
    assert caught.value.failed
    return caught.value


@pytest.mark.parametrize("disk", [Garbling, Shortening])
@pytest.mark.parametrize("file", ["key", "mimocode.jsonc", "mimocode.json", STATE])
def test_what_the_disk_did_not_keep_is_put_in_nobodys_place(
    tmp_path: Path, disk: type[Garbling], file: str
) -> None:
    """Key, configs and state are read again under their temporary names; the run is undone."""
    machine = at_the_start(tmp_path, "first run")
    (blocker,) = refused(machine, disk(name=file), "first run", nothing_to_verify).blockers
    assert blocker.code == "write_failed"
    assert blocker.place is not None
    assert Path(blocker.place.file or "").name == file


@pytest.mark.parametrize("disk", [Garbling, Shortening])
def test_a_rotation_survives_such_a_disk(tmp_path: Path, disk: type[Garbling]) -> None:
    """The key that was stored is still there."""
    machine = at_the_start(tmp_path, "rotation")
    refused(machine, disk(name="key"), "rotation", nothing_to_verify)


def test_the_key_is_not_stored_where_others_could_read_it(tmp_path: Path) -> None:
    """A disk that keeps no permissions does not get the key."""
    machine = at_the_start(tmp_path, "first run")
    (blocker,) = refused(machine, WithoutModes(), "first run", nothing_to_verify).blockers
    assert (blocker.code, "permissions" in blocker.message) == ("write_failed", True)


def test_a_config_may_lie_on_a_disk_without_permissions(tmp_path: Path) -> None:
    """A config holds no secret: where a disk keeps no permissions it is written all the same."""
    machine = at_the_start(tmp_path, "rotation")
    todo = rotation(machine)
    todo = attrs.evolve(todo, writes=todo.writes[1:])
    perform(LocalFiles(WithoutModes()), machine.store, todo, nothing_to_verify)
    assert machine.user.read_bytes() == todo.writes[0].after


def test_a_mode_that_cannot_be_repaired_is_said(tmp_path: Path) -> None:
    """Permission bits that the disk does not take are no success."""
    machine = at_the_start(tmp_path, "rotation")
    machine.key.chmod(0o644)
    todo = rotation(machine)
    repair = write(machine, "key_file", machine.key, machine.key.read_bytes(), mode=0o600, folder_mode=0o700)
    todo, disk = attrs.evolve(todo, writes=(repair,)), LocalFiles(WithoutModes())
    with pytest.raises(Stop) as caught:
        perform(disk, machine.store, todo, nothing_to_verify)
    assert [blocker.code for blocker in caught.value.blockers] == ["write_failed"]


def _chmod(machine: Machine) -> None:
    machine.user.chmod(0o604)


def _bring_back(machine: Machine) -> None:
    machine.key.write_bytes(OTHER_KEY)


@pytest.mark.parametrize(
    ("name", "meddle"),
    [("rotation", _chmod), ("leaving", _bring_back)],
    ids=["another mode", "removed and there again"],
)
def test_the_last_look_sees_more_than_contents(
    tmp_path: Path, name: str, meddle: Callable[[Machine], None]
) -> None:
    """A mode that somebody changed, or a file that is not gone, undoes the run."""
    machine = at_the_start(tmp_path, name)
    with pytest.raises(Stop) as caught:
        perform(quick(), machine.store, RUNS[name][-1](machine), lambda: meddle(machine))
    assert "config_changed_meanwhile" in [blocker.code for blocker in caught.value.blockers]
    assert not machine.store.journal.exists()
    assert machine.key.read_bytes() == (b"gp-first-key" if name == "rotation" else OTHER_KEY)


def test_a_file_that_does_not_go_undoes_the_run(tmp_path: Path) -> None:
    """A disk that leaves in place what it was to rename away is found out."""
    machine = at_the_start(tmp_path, "leaving")
    old = machine.picture()
    with pytest.raises(Stop):
        perform(LocalFiles(Keeping(name="key")), machine.store, leaving(machine), nothing_to_verify)
    assert machine.picture() == old
