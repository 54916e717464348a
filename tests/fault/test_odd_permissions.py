"""Files and folders that are not ours to replace: by owner, by permission, by mark, by mount."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import Gateway
from tests.conftest import MakeSandbox
from tests.support.disks import (
    AS_NOBODY,
    NOBODY,
    give,
    marked,
    mount_file,
    mount_small,
    private_mounts,
    refused,
)
from tests.support.documents import CONFIGS, KIMI, QWEN, read, ref
from tests.support.pictures import left_alone, own_files, users_files
from tests.support.privileges import bound_by_permissions
from tests.support.sandbox import Result, Sandbox

ORIGINAL: Final = (CONFIGS / "other_provider.jsonc").read_bytes()
BOTH: Final = pytest.mark.parametrize("place", ["user_config", "project_config"])


def _apply(machine: Sandbox, model: str = KIMI, prefix: tuple[str, ...] = ()) -> Result:
    """Set up in project scope, which touches every kind of file."""
    flags = ("--scope", "project", "--model", model, "--yes", "--json")
    return machine.run("apply", *flags, cwd=machine.project, key=CANARY_KEY, prefix=prefix)


def _uninstall(machine: Sandbox, prefix: tuple[str, ...] = ()) -> Result:
    return machine.run("uninstall", "--yes", "--json", cwd=machine.project, prefix=prefix)


@pytest.fixture(name="machine")
def _machine(make_sandbox: MakeSandbox) -> Sandbox:
    """Make a machine with both configs, on which MiMoCode ran before."""
    return _furnished(make_sandbox())


@pytest.fixture(name="open_machine")
def _open_machine(gateway: Gateway) -> Iterator[Sandbox]:
    """Make such a machine that belongs to an ordinary user, in a folder where he can reach it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        machine = _furnished(Sandbox(Path(folder) / "sandbox", "standin", gateway))
        give(machine.root, NOBODY)
        yield machine
        assert machine.leaks() == []


def _furnished(machine: Sandbox) -> Sandbox:
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_bytes(ORIGINAL)
    machine.project_config.parent.mkdir()
    machine.project_config.write_bytes(ORIGINAL)
    machine.resolved(machine.project)
    return machine


def _stops(result: Result, path: Path, *codes: str) -> str:
    """Return what the blocker says, after checking that it is about a file or its folder."""
    blocker = refused(result, *codes)
    assert blocker["location"]["file"].startswith(str(path.parent)), blocker
    return f"{blocker['message']}: {blocker['remedy']}"


# Owners


@BOTH
@pytest.mark.parametrize("owner", [(0, 0), (NOBODY, 0)], ids=["another user's", "another group's"])
def test_what_belongs_to_others_is_left_to_them(
    open_machine: Sandbox, place: str, owner: tuple[int, int]
) -> None:
    """A user who could replace it, but not give it its owner again, is refused with nothing written."""
    machine = open_machine
    config: Path = getattr(machine, place)
    config.chmod(0o644)
    before_owner = _owner(config, owner)
    before = users_files(machine)
    _stops(_apply(machine, prefix=AS_NOBODY), config, "file_not_replaceable")
    assert own_files(machine) == []
    assert left_alone(machine, before)
    assert _owner(config) == before_owner

    _owner(config, (NOBODY, NOBODY))
    done = _apply(machine, prefix=AS_NOBODY)
    assert (done.exit_code, done.codes) == (0, [])
    _owner(config, owner)
    before = users_files(machine)
    _stops(_uninstall(machine, AS_NOBODY), config, "file_not_replaceable")
    assert left_alone(machine, before)


def test_root_keeps_owner_and_group(machine: Sandbox) -> None:
    """Through apply, change and uninstall, both configs belong to whom they belonged."""
    configs = (machine.user_config, machine.project_config)
    for number, config in enumerate(configs):
        _owner(config, (1000 + number, 2000 + number))
    for model in (KIMI, QWEN):
        assert _apply(machine, model).exit_code == 0
        assert [_owner(config) for config in configs] == [(1000, 2000), (1001, 2001)]
    assert _uninstall(machine).exit_code == 0
    assert [_owner(config) for config in configs] == [(1000, 2000), (1001, 2001)]
    assert [config.read_bytes() for config in configs] == [ORIGINAL, ORIGINAL]


def _owner(path: Path, given: tuple[int, int] | None = None) -> tuple[int, int]:
    """Return a file's owner and group, given to it first where they are named."""
    if given is not None:
        os.chown(path, *given)
    about = path.stat()
    return about.st_uid, about.st_gid


# Folders that cannot be written


@BOTH
def test_a_folder_that_cannot_be_written_is_seen_beforehand(machine: Sandbox, place: str) -> None:
    """Apply and uninstall refuse before anything is written; plan shows its plan and warns."""
    config: Path = getattr(machine, place)
    bound = bound_by_permissions()
    config.parent.chmod(0o555)
    before = users_files(machine)
    _stops(_apply(machine, prefix=bound), config, "file_not_replaceable")
    assert own_files(machine) == []
    planned = machine.run(
        *("plan", "--scope", "project", "--json"), cwd=machine.project, key=CANARY_KEY, prefix=bound
    )
    assert planned.report is not None
    assert (planned.exit_code, planned.report["outcome"], planned.codes) == (0, "changes", [])
    assert str(config.parent) in str(planned.report["warnings"])
    assert left_alone(machine, before)

    config.parent.chmod(0o755)
    assert _apply(machine).exit_code == 0
    config.parent.chmod(0o555)
    before = users_files(machine)
    _stops(_uninstall(machine, bound), config, "file_not_replaceable")
    assert left_alone(machine, before)
    config.parent.chmod(0o755)
    assert _uninstall(machine).exit_code == 0


def test_a_project_in_which_no_folder_can_be_made_is_seen_beforehand(make_sandbox: MakeSandbox) -> None:
    """The same where the project's folder for configs is not there yet and cannot be made."""
    machine = make_sandbox()
    machine.resolved(machine.project)
    machine.project.chmod(0o555)
    before = users_files(machine)
    blocker = refused(_apply(machine, prefix=bound_by_permissions()), "file_not_replaceable")
    assert str(machine.project) in blocker["location"]["file"]
    assert left_alone(machine, before)
    machine.project.chmod(0o755)
    assert own_files(machine) == []


# Marks


@pytest.mark.parametrize("mark", ["i", "a"])
@BOTH
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_mark_that_even_root_respects_is_named(machine: Sandbox, place: str, what: str, mark: str) -> None:
    """With `chattr +i` or `+a` on a config or its folder nothing changes, and the remedy names the mark."""
    config: Path = getattr(machine, place)
    marking = config if what == "file" else config.parent
    with marked(marking, mark):
        before = users_files(machine)
        told = _stops(_apply(machine), config, "file_not_replaceable", "write_failed")
        assert left_alone(machine, before)
    assert "chattr" in told or "immutable" in told
    assert own_files(machine) == []
    assert _apply(machine).exit_code == 0
    with marked(marking, mark):
        before = users_files(machine)
        told = _stops(_uninstall(machine), config, "file_not_replaceable", "write_failed")
        assert left_alone(machine, before)
    assert "chattr" in told or "immutable" in told
    assert _uninstall(machine).exit_code == 0
    assert config.read_bytes() == ORIGINAL


# Mounts


@pytest.fixture(name="mounts")
def _mounts() -> Iterator[None]:
    """Mount what the test wants without anybody else seeing it."""
    with private_mounts():
        yield


@pytest.mark.usefixtures("mounts")
def test_configs_on_other_disks_than_the_home_are_handled(machine: Sandbox) -> None:
    """Each file is replaced within its own folder, so it makes no difference on which disk that is."""
    for folder in (machine.mimo_config_folder, machine.project_config.parent):
        mount_small(folder)
    before = users_files(machine)
    for model in (KIMI, QWEN):
        done = _apply(machine, model)
        assert (done.exit_code, done.codes) == (0, [])
        assert read(machine.project_config)["model"] == ref(model)
    assert machine.leaks() == []
    assert _uninstall(machine).exit_code == 0
    after = {name: entry for name, entry in users_files(machine).items() if "/.gonkagate" not in name}
    assert {name: entry.content for name, entry in after.items()} == {
        name: entry.content for name, entry in before.items()
    }


@pytest.mark.usefixtures("mounts")
@BOTH
def test_a_config_that_is_a_mount_of_its_own_is_refused(machine: Sandbox, place: str) -> None:
    """It cannot be renamed over, as is common in containers: nothing is lost, and the remedy says so."""
    config: Path = getattr(machine, place)
    mount_file(config)
    before = users_files(machine)
    told = _stops(_apply(machine), config, "file_not_replaceable", "write_failed")
    assert "mount" in told
    assert own_files(machine) == []
    assert left_alone(machine, before)
