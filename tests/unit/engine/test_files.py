"""The disk: the one door, what it promises, and the one that is locked."""

import inspect
import os
from pathlib import Path
from typing import Any

import pytest

from reconciler.engine import platform
from reconciler.engine.files import (
    FileSystem,
    Kind,
    LocalFiles,
    Reading,
    ReadOnlyFiles,
    WriteRefusedError,
    fingerprint,
)
from tests.support.files import tree

FILES = LocalFiles()
READING = {name for name, _ in inspect.getmembers(Reading, inspect.isfunction) if not name.startswith("_")}
CHANGING = {
    name for name, _ in inspect.getmembers(FileSystem, inspect.isfunction) if not name.startswith("_")
} - READING
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "make_folder": (Path("new"), 0o700),
    "create": (Path("new"), b"data", 0o600, None),
    "preserve": (Path("there"), Path("new")),
    "replace": (Path("there"), Path("new")),
    "set_mode": (Path("there"), 0o600),
    "remove": (Path("there"),),
    "remove_folder": (Path("folder"),),
    "flush_folder": (Path("folder"),),
}


def test_every_changing_call_is_known_here() -> None:
    """A new way to change the disk cannot slip past the tests below."""
    assert set(ARGUMENTS) == CHANGING


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_a_read_only_disk_refuses_every_change(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that only looks cannot write, whatever it tries."""
    monkeypatch.chdir(tmp_path)
    Path("there").write_bytes(b"x")
    Path("folder").mkdir()
    with pytest.raises(WriteRefusedError, match="read-only"):
        getattr(ReadOnlyFiles(), name)(*ARGUMENTS[name])
    assert list(tree(tmp_path)) == ["folder", "there"]
    assert Path("there").read_bytes() == b"x"


def test_a_refused_write_never_tells_its_content(tmp_path: Path) -> None:
    """The refusal is a fault of the program and may end in a report, so it counts bytes and shows none."""
    with pytest.raises(WriteRefusedError) as caught:
        ReadOnlyFiles().create(tmp_path / "x", b"gp-secret", 0o600, None)
    assert "gp-secret" not in str(caught.value)


@pytest.mark.parametrize("files", [ReadOnlyFiles(), LocalFiles()], ids=["read-only", "local"])
def test_reading(files: FileSystem, tmp_path: Path) -> None:
    """A file is read whole, with mode and owner; what is not there is None."""
    path = tmp_path / "file"
    path.write_bytes(b"\x00data")
    path.chmod(0o640)
    snapshot = files.read(path)
    assert snapshot is not None
    assert (snapshot.data, snapshot.mode) == (b"\x00data", 0o640)
    assert snapshot.owner == (path.stat().st_uid, path.stat().st_gid)
    assert snapshot.fingerprint == fingerprint(b"\x00data")
    assert b"data" not in repr(snapshot).encode()
    assert files.read(tmp_path / "missing") is None
    assert files.read(path / "below a file") is None
    assert files.kind(path) is Kind.FILE
    assert files.kind(tmp_path) is Kind.FOLDER
    assert files.kind(tmp_path / "missing") is Kind.ABSENT
    assert files.kind(path / "below") is Kind.ABSENT
    assert files.names(tmp_path) == ("file",)
    assert files.names(tmp_path / "missing") == ()
    assert files.names(path) == ()


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """Reading something that is no regular file is an error at once."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        FILES.read(tmp_path / "pipe")
    assert FILES.kind(tmp_path / "pipe") is Kind.OTHER
    with pytest.raises(OSError, match="not a regular file"):
        FILES.read(tmp_path)


def test_reading_a_folder_leaks_no_descriptor(tmp_path: Path) -> None:
    """A read that fails leaves nothing open behind it."""

    def opened() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    before = opened()
    for _ in range(5):
        with pytest.raises(OSError, match="not a regular file"):
            FILES.read(tmp_path)
    assert opened() == before


def test_links_are_followed_and_told(tmp_path: Path) -> None:
    """The real path leads behind all links, also where the target is not there yet."""
    (tmp_path / "link").symlink_to(tmp_path / "target")
    assert FILES.real_path(tmp_path / "link") == (tmp_path / "target").resolve()
    assert FILES.is_link(tmp_path / "link")
    assert FILES.kind(tmp_path / "link") is Kind.ABSENT
    (tmp_path / "target").write_bytes(b"x")
    assert FILES.kind(tmp_path / "link") is Kind.FILE
    assert not FILES.is_link(tmp_path / "target")


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o400, 0o666])
def test_a_new_file_has_exactly_its_mode(tmp_path: Path, mode: int) -> None:
    """Whatever the process's umask is, the mode is the one that was asked for."""
    before = os.umask(0o077 if mode != 0o600 else 0)
    try:
        FILES.create(tmp_path / "new", b"data", mode, None)
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == mode
    assert (tmp_path / "new").read_bytes() == b"data"


def test_a_new_file_has_its_mode_before_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the moment the mode is set there is nothing in the file yet that others could have read."""
    sizes: list[tuple[int, int]] = []
    true_mode = platform.set_open_file_mode

    def watch(descriptor: int, mode: int) -> None:
        about = os.fstat(descriptor)
        sizes.append((about.st_size, about.st_mode & 0o777))
        true_mode(descriptor, mode)

    monkeypatch.setattr(platform, "set_open_file_mode", watch)
    FILES.create(tmp_path / "new", b"data", 0o644, None)
    assert sizes == [(0, 0o600)]


def test_a_new_file_keeps_an_owner(tmp_path: Path) -> None:
    """The owner that the replaced file had is the new one's; one's own is no work."""
    owner = (os.getuid(), os.getgid())
    FILES.create(tmp_path / "new", b"", 0o600, owner)
    assert ((tmp_path / "new").stat().st_uid, (tmp_path / "new").stat().st_gid) == owner


def test_a_new_file_never_replaces_one(tmp_path: Path) -> None:
    """Creating where something stands, be it a dangling link, is an error and changes nothing."""
    (tmp_path / "there").write_bytes(b"old")
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere")
    for name in ("there", "dangling"):
        with pytest.raises(FileExistsError):
            FILES.create(tmp_path / name, b"new", 0o600, None)
    assert (tmp_path / "there").read_bytes() == b"old"
    assert not (tmp_path / "elsewhere").exists()


def test_preserving_gives_a_second_name(tmp_path: Path) -> None:
    """Where links are to be had, the preserved file is the very same one."""
    (tmp_path / "file").write_bytes(b"x")
    FILES.preserve(tmp_path / "file", tmp_path / "kept")
    assert (tmp_path / "file").samefile(tmp_path / "kept")


def test_preserving_without_links_makes_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a disk without links the copy has content, mode and times of the file."""

    def no_links(*_: object, **__: object) -> None:
        raise PermissionError("no links here")

    path, kept = tmp_path / "file", tmp_path / "kept"
    path.write_bytes(b"x")
    path.chmod(0o640)
    os.utime(path, ns=(10**18, 10**18))
    monkeypatch.setattr(os, "link", no_links)
    FILES.preserve(path, kept)
    assert not path.samefile(kept)
    assert kept.read_bytes() == b"x"
    assert kept.stat().st_mode & 0o777 == 0o640
    assert kept.stat().st_mtime_ns == 10**18


def test_preserving_never_overwrites(tmp_path: Path) -> None:
    """A name that is taken is an error, not a reason to copy over it."""
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "kept").write_bytes(b"y")
    with pytest.raises(FileExistsError):
        FILES.preserve(tmp_path / "file", tmp_path / "kept")
    assert (tmp_path / "kept").read_bytes() == b"y"


def test_removing_is_repeatable(tmp_path: Path) -> None:
    """What is gone already is no error; a folder goes only when it is empty."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"x")
    assert not FILES.remove_folder(tmp_path / "folder")
    FILES.remove(tmp_path / "folder" / "file")
    FILES.remove(tmp_path / "folder" / "file")
    assert FILES.remove_folder(tmp_path / "folder")
    assert FILES.remove_folder(tmp_path / "folder")


def test_a_fingerprint_is_the_contents_alone() -> None:
    """Equal bytes have equal names, in every run and on every machine."""
    assert fingerprint(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert fingerprint(b"a") != fingerprint(b"b")
