"""Links, odd kinds of files and second names where the program expects plain files."""

import os
import stat
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from fixtures.canary import CANARY_KEY
from tests.conftest import MakeSandbox
from tests.support.disks import refused
from tests.support.documents import CONFIGS, KIMI, PROVIDER, QWEN, find, read, ref
from tests.support.pictures import left_alone, own_files, users_files
from tests.support.sandbox import Result, Sandbox
from tests.support.snapshots import Snapshot, differences, entry_of

Form = Callable[[Path, Path], None]
Place = Callable[[Sandbox], Path]

ORIGINAL: Final = (CONFIGS / "comments.jsonc").read_bytes()
STRICT: Final = (CONFIGS / "other_provider.jsonc").read_bytes()


def _apply(machine: Sandbox, model: str = KIMI) -> Result:
    """Set up in project scope, which touches every kind of file."""
    flags = ("--scope", "project", "--model", model, "--yes", "--json")
    return machine.run("apply", *flags, cwd=machine.project, key=CANARY_KEY)


def _uninstall(machine: Sandbox) -> Result:
    return machine.run("uninstall", "--yes", "--json", cwd=machine.project)


def _with_configs(machine: Sandbox) -> None:
    """Lay out a user config and a project config."""
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_bytes(ORIGINAL)
    machine.project_config.parent.mkdir()
    machine.project_config.write_bytes(STRICT)


def _without_ours(picture: Snapshot) -> Snapshot:
    """Leave our own folder out, which keeps backups; the tests here have it in one of two places."""
    ours = ("home/.gonkagate", "home/attic/ours")
    return {name: entry for name, entry in picture.items() if not name.startswith(ours)}


def _left(machine: Sandbox) -> list[str]:
    """Name what of ours is left beside backups."""
    folders = (".gonkagate", ".gonkagate/mimo-code")
    return [name for name in own_files(machine) if name not in folders and "/backups" not in name]


# Links


def _absolute(link: Path, target: Path) -> None:
    link.symlink_to(target)


def _relative(link: Path, target: Path) -> None:
    link.symlink_to(os.path.relpath(target, link.parent))


def _chain(link: Path, target: Path) -> None:
    """Put a link in another folder between."""
    between = target.parent.parent / "between" / link.name
    between.parent.mkdir(exist_ok=True)
    between.symlink_to(os.path.relpath(target, between.parent))
    link.symlink_to(between)


FORMS: Final = pytest.mark.parametrize("form", [_absolute, _relative, _chain], ids=lambda form: form.__name__)


def _moved(path: Path, to: Path, form: Form) -> None:
    """Move something elsewhere and leave a link in its place."""
    to.parent.mkdir(parents=True, exist_ok=True)
    path.rename(to)
    form(path, to)


@FORMS
@pytest.mark.parametrize("what", ["files", "folders"])
def test_links_are_followed_and_stay_links(make_sandbox: MakeSandbox, form: Form, what: str) -> None:
    """What a link leads to is replaced and given back byte for byte; the link is never touched."""
    machine = make_sandbox()
    _with_configs(machine)
    machine.own_folder.mkdir(0o700, parents=True)
    attic = machine.home / "attic"
    configs = [machine.user_config, machine.project_config]
    linked = configs if what == "files" else [config.parent for config in configs]
    for path in linked:
        _moved(path, attic / path.parent.name / path.name, form)
    _moved(machine.own_folder if what == "files" else machine.own_folder.parent, attic / "ours" / "mc", form)
    links = [*linked, machine.own_folder if what == "files" else machine.own_folder.parent]
    machine.key_holders.append(machine.key_file.resolve())
    before, entries = users_files(machine), [entry_of(link) for link in links]

    result = _apply(machine)
    assert (result.exit_code, result.codes) == (0, [])
    assert [entry_of(link) for link in links] == entries, "not one link was written again"
    assert find(read(machine.user_config), (*PROVIDER, "npm")) is not None
    assert read(machine.project_config)["model"] == ref(KIMI)
    assert machine.key_file.read_text() == CANARY_KEY
    assert machine.key_file.stat().st_mode & 0o777 == 0o600
    again = users_files(machine)
    assert _apply(machine).exit_code == 0
    assert left_alone(machine, again)

    assert _uninstall(machine).exit_code == 0
    assert [entry_of(link) for link in links] == entries
    assert machine.user_config.read_bytes() == ORIGINAL
    assert machine.project_config.read_bytes() == STRICT
    left = differences(_without_ours(before), _without_ours(users_files(machine)))
    assert [line for line in left if ".gitignore: new" not in line] == []


@FORMS
def test_a_link_to_nothing_has_its_target_made(make_sandbox: MakeSandbox, form: Form) -> None:
    """The folder of the target is there, so the target is created, and taken away by the uninstall."""
    machine = make_sandbox()
    attic = machine.home / "attic" / "configs"
    for folder in (attic, machine.mimo_config_folder, machine.project_config.parent):
        folder.mkdir(parents=True)
    form(machine.user_config, attic / "user.jsonc")
    form(machine.project_config, attic / "project.json")
    before = users_files(machine)
    result = _apply(machine)
    assert (result.exit_code, result.codes) == (0, [])
    assert machine.user_config.is_symlink()
    assert machine.project_config.is_symlink()
    assert sorted(path.name for path in attic.iterdir()) == ["project.json", "user.jsonc"]
    assert _uninstall(machine).exit_code == 0
    assert differences(before, _without_ours(users_files(machine))) == []
    assert _left(machine) == []


@pytest.mark.parametrize("place", ["user_config", "project_config"])
def test_a_link_into_a_folder_that_is_not_there_is_refused(sandbox: Sandbox, place: str) -> None:
    """Whoever linked it meant a folder that is gone or not mounted: none is made up in its place."""
    link: Path = getattr(sandbox, place)
    target = sandbox.home / "attic" / "gone" / "config.json"
    link.parent.mkdir(parents=True)
    link.symlink_to(target)
    before = users_files(sandbox)
    blocker = refused(_apply(sandbox), "file_not_replaceable")
    assert blocker["location"]["file"] in (str(link), str(target), str(target.parent))
    assert own_files(sandbox) == []
    assert left_alone(sandbox, before)


# Something else than a plain file


def _folder(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    os.mknod(path, stat.S_IFSOCK | 0o600)


def _device(path: Path) -> None:
    """Make an endless one."""
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


KINDS: Final = (_folder, _pipe, _socket, _device, _loop)


def _take_away(path: Path) -> None:
    path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (lambda machine: machine.user_config, "config_unreadable"),
        (lambda machine: machine.project_config, "config_unreadable"),
        (lambda machine: machine.key_file, "key_file_unsafe"),
        (lambda machine: machine.state_file, "state_unreadable"),
        (lambda machine: machine.own_folder / "journal.json", "state_unreadable"),
        (lambda machine: machine.own_folder / "lock", "write_failed"),
    ],
    ids=["user config", "project config", "key file", "state", "journal", "lock"],
)
def test_what_is_no_plain_file_is_refused(make_sandbox: MakeSandbox, place: Place, code: str) -> None:
    """A folder, pipe, socket, device or endless link stops apply and uninstall; moved away, both work."""
    machine = make_sandbox()
    path = place(machine)
    machine.user_config.parent.mkdir(parents=True)
    machine.project_config.parent.mkdir()
    path.parent.mkdir(0o700, parents=True, exist_ok=True)

    def stops(run: Callable[[Sandbox], Result]) -> None:
        for make in KINDS:
            make(path)
            before, there = users_files(machine), entry_of(path)
            blocker = refused(run(machine), code)
            assert blocker["location"]["file"] == str(path), make.__name__
            assert left_alone(machine, before), make.__name__
            assert entry_of(path) == there, make.__name__
            _take_away(path)

    stops(_apply)
    result = _apply(machine)
    assert (result.exit_code, result.codes) == (0, [])
    aside = machine.own_folder.parent / "aside"
    if path.exists():
        path.rename(aside)
        machine.key_holders.append(aside)
    stops(_uninstall)
    if aside.exists():
        aside.rename(path)
    assert _uninstall(machine).exit_code == 0
    assert _left(machine) == []


@pytest.mark.parametrize(
    "place",
    [
        lambda machine: machine.own_folder.parent,
        lambda machine: machine.own_folder,
        lambda machine: machine.backups,
    ],
    ids=["folder above ours", "own folder", "backups"],
)
def test_what_is_no_folder_in_place_of_our_own_is_refused(make_sandbox: MakeSandbox, place: Place) -> None:
    """A file, pipe, socket, device or endless link where a folder of ours should be stops the run."""
    machine = make_sandbox()
    _with_configs(machine)
    path = place(machine)
    path.parent.mkdir(0o700, parents=True, exist_ok=True)
    for make in (Path.touch, _pipe, _socket, _device, _loop):
        make(path)
        before = users_files(machine)
        refused(_apply(machine), "write_failed", "file_not_replaceable", "state_unreadable")
        assert left_alone(machine, before), make.__name__
        assert machine.run("status", "--json").exit_code in (1, 5), make.__name__
        path.unlink()
    assert _apply(machine).exit_code == 0


# Second names, missing folders, attributes


@pytest.mark.parametrize("place", ["user_config", "project_config"])
def test_a_config_with_a_second_name_is_refused(make_sandbox: MakeSandbox, place: str) -> None:
    """Replacing one name would cut the other one off; apply and uninstall stop, and say so."""
    machine = make_sandbox()
    _with_configs(machine)
    config: Path = getattr(machine, place)
    second = machine.home / "second"

    def stops(run: Callable[[Sandbox], Result]) -> None:
        second.hardlink_to(config)
        before = users_files(machine)
        blocker = refused(run(machine), "file_not_replaceable")
        assert blocker["location"]["file"] == str(config)
        assert left_alone(machine, before)
        second.unlink()

    stops(_apply)
    assert own_files(machine) == []
    assert _apply(machine).exit_code == 0
    second.hardlink_to(config)
    assert _apply(machine).exit_code == 0, "nothing is to be written, so nothing is in the way"
    second.unlink()
    stops(_uninstall)
    assert _uninstall(machine).exit_code == 0


def test_folders_that_are_missing_are_made_and_taken_away(make_sandbox: MakeSandbox) -> None:
    """On a fresh home every folder of ours and of the project's is made, and none is left."""
    machine = make_sandbox()
    before = users_files(machine)
    assert _apply(machine).exit_code == 0
    assert machine.user_config.exists()
    assert machine.project_config.exists()
    assert _uninstall(machine).exit_code == 0
    assert differences(before, _without_ours(users_files(machine))) == []
    assert _left(machine) == []


def _access_list(other: int) -> bytes:
    """Spell a POSIX access list as Linux keeps it: the owner writes, one more user reads."""
    nobody = 0xFFFFFFFF
    rows = [(0x01, 6, nobody), (0x02, 4, other), (0x04, 4, nobody), (0x10, 4, nobody), (0x20, 0, nobody)]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *row) for row in rows)


def _attributes(path: Path) -> dict[str, bytes]:
    return {name: os.getxattr(path, name) for name in os.listxattr(path)}


def test_attributes_and_access_lists_survive(make_sandbox: MakeSandbox) -> None:
    """A config's extended attributes and its access list are as before after apply, change and uninstall."""
    machine = make_sandbox()
    _with_configs(machine)
    configs = (machine.user_config, machine.project_config)
    for config in configs:
        os.setxattr(config, "user.note", b"mine")
        os.setxattr(config, "system.posix_acl_access", _access_list(1234))
    before = [(_attributes(config), config.stat().st_mode) for config in configs]
    for run in (_apply, lambda machine: _apply(machine, QWEN), _uninstall):
        assert run(machine).exit_code == 0
        assert [(_attributes(config), config.stat().st_mode) for config in configs] == before


def test_a_folder_s_own_access_list_is_not_laid_on_a_config(make_sandbox: MakeSandbox) -> None:
    """A config without an access list gets none, even if new files in its folder would get one."""
    machine = make_sandbox()
    _with_configs(machine)
    for config in (machine.user_config, machine.project_config):
        os.setxattr(config.parent, "system.posix_acl_default", _access_list(1234))
    assert _apply(machine).exit_code == 0
    assert _attributes(machine.user_config) == {}
    assert _attributes(machine.project_config) == {}
