"""The disk: the one door, what it promises, and the one that is locked."""

import errno
import inspect
import os
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from reconciler.engine.files import (
    ChangedMeanwhileError,
    FileSystem,
    Kind,
    LocalFiles,
    Reading,
    ReadOnlyFiles,
    Snapshot,
    WriteRefusedError,
    fingerprint,
)
from tests.support.files import Kind as Lacks
from tests.support.files import QuickDisk, RecordingDisk, tree

FILES = LocalFiles()
READING = {name for name, _ in inspect.getmembers(Reading, inspect.isfunction) if not name.startswith("_")}
CHANGING = {
    name for name, _ in inspect.getmembers(FileSystem, inspect.isfunction) if not name.startswith("_")
} - READING
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "make_folder": (Path("new"), 0o700),
    "create": (Path("new"), b"data", 0o600),
    "swap": (Path("new"), Path("there"), Path("kept"), b"data"),
    "exchange": (Path("new"), Path("there")),
    "place": (Path("there"), Path("new")),
    "open_lock": (Path("lock"), 0o600),
    "write_line": (3, "me"),
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
        ReadOnlyFiles().create(tmp_path / "x", b"gp-secret", 0o600)
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
        FILES.create(tmp_path / "new", b"data", mode)
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == mode
    assert (tmp_path / "new").read_bytes() == b"data"


def test_a_new_file_has_what_belongs_to_it_before_its_content(tmp_path: Path) -> None:
    """When others could begin to read the file there is nothing in it yet."""
    path = tmp_path / "new"
    seen: list[tuple[str, int, int]] = []

    def look() -> None:
        if path.exists():
            about = path.stat()
            seen.append((disk.calls[-1][0], about.st_size, about.st_mode & 0o777))

    disk = RecordingDisk(look=look)
    like = Snapshot(path, b"", 0o644, (os.getuid(), os.getgid() + 1), (("user.note", b"x"),))
    if not os.access("/", os.W_OK):
        like = evolve(like, owner=(os.getuid(), os.getgid()))
    LocalFiles(disk).create(path, b"data", 0o644, like)
    assert (seen[0][1:], seen[-1][1:]) == ((0, 0o600), (4, 0o644))
    calls = [call for call, _ in disk.calls]
    assert calls[-4:] == ["give_attribute", "give_mode", "write", "flush"]
    assert os.getxattr(path, "user.note") == b"x"


def test_a_new_file_keeps_an_owner(tmp_path: Path) -> None:
    """The owner that the replaced file had is the new one's; one's own is no work."""
    owner = (os.getuid(), os.getgid())
    disk = RecordingDisk()
    LocalFiles(disk).create(tmp_path / "new", b"", 0o600, Snapshot(tmp_path / "old", b"", 0o600, owner))
    assert ((tmp_path / "new").stat().st_uid, (tmp_path / "new").stat().st_gid) == owner
    assert "give_owner" not in [call for call, _ in disk.calls]


def test_a_short_write_goes_on(tmp_path: Path) -> None:
    """A system that takes less than it was given is given the rest."""

    class Sipping(QuickDisk):
        def write(self, descriptor: int, data: bytes | memoryview) -> int:
            return super().write(descriptor, data[:3])

    LocalFiles(Sipping()).create(tmp_path / "new", b"0123456789", 0o600)
    assert (tmp_path / "new").read_bytes() == b"0123456789"


def test_a_new_file_never_replaces_one(tmp_path: Path) -> None:
    """Creating where something stands, be it a dangling link, is an error and changes nothing."""
    (tmp_path / "there").write_bytes(b"old")
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere")
    for name in ("there", "dangling"):
        with pytest.raises(FileExistsError):
            FILES.create(tmp_path / name, b"new", 0o600)
    assert (tmp_path / "there").read_bytes() == b"old"
    assert not (tmp_path / "elsewhere").exists()


KINDS: dict[str, Lacks] = {"exchanging": {}, "linking": {"old": True}, "bare": {"bare": True}}


@pytest.mark.parametrize("kind", KINDS)
def test_a_swap_keeps_what_it_replaces(tmp_path: Path, kind: str) -> None:
    """Whatever the file system offers, the new file is in place and the old one bears the kept name."""
    for name, data in (("new", b"new"), ("file", b"old")):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "file").chmod(0o640)
    os.utime(tmp_path / "file", ns=(10**18, 10**18))
    inode = (tmp_path / "file").stat().st_ino
    files = LocalFiles(RecordingDisk(**KINDS[kind]))
    files.swap(tmp_path / "new", tmp_path / "file", tmp_path / "kept", b"old")
    assert tree(tmp_path) == {"file": (0o644, b"new"), "kept": (0o640, b"old")}
    kept = (tmp_path / "kept").stat()
    assert kept.st_mtime_ns == 10**18
    assert (kept.st_ino == inode) is (kind != "bare")


@pytest.mark.parametrize("kind", KINDS)
def test_at_no_instant_of_a_swap_the_file_is_away(tmp_path: Path, kind: str) -> None:
    """Before each call the file is whole: the old one or the new one."""
    for name, data in (("new", b"new"), ("file", b"old")):
        (tmp_path / name).write_bytes(data)
    disk = RecordingDisk(**KINDS[kind])
    seen: set[bytes] = set()
    disk.look = lambda: seen.add((tmp_path / "file").read_bytes())
    LocalFiles(disk).swap(tmp_path / "new", tmp_path / "file", tmp_path / "kept", b"old")
    assert seen <= {b"old", b"new"}


@pytest.mark.parametrize("saves", [1, 2], ids=["once", "and once more"])
def test_what_is_saved_in_the_instant_of_a_swap_goes_back_at_once(tmp_path: Path, saves: int) -> None:
    """Whoever looks between sees the other content for two calls at most, and never his own thrown away."""
    for name, data in (("new", b"new"), ("file", b"old")):
        (tmp_path / name).write_bytes(data)
    left = [f"save {number}".encode() for number in range(saves, 0, -1)]

    class Meddled(QuickDisk):
        def exchange(self, one: Path, other: Path) -> None:
            if left:
                (tmp_path / "beside").write_bytes(left.pop())
                (tmp_path / "beside").rename(other)
            super().exchange(one, other)

    files = LocalFiles(Meddled())
    with pytest.raises(ChangedMeanwhileError):
        files.swap(tmp_path / "new", tmp_path / "file", tmp_path / "kept", b"old")
    assert (tmp_path / "file").read_bytes() == f"save {saves}".encode()
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_placing_never_replaces(tmp_path: Path, kind: str) -> None:
    """Where something stands, be it a dangling link, placing is refused; else the file is moved there."""
    files = LocalFiles(RecordingDisk(**KINDS[kind]))
    (tmp_path / "new").write_bytes(b"new")
    (tmp_path / "there").write_bytes(b"old")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("there", "dangling"):
        with pytest.raises(FileExistsError):
            files.place(tmp_path / "new", tmp_path / name)
    files.place(tmp_path / "new", tmp_path / "free")
    assert tree(tmp_path) == {"dangling": None, "free": (0o644, b"new"), "there": (0o644, b"old")}


@pytest.mark.parametrize("kind", KINDS)
def test_exchanging_puts_a_file_in_anothers_place(tmp_path: Path, kind: str) -> None:
    """Where names can be exchanged the other file is kept, else it is replaced."""
    for name in ("one", "other"):
        (tmp_path / name).write_bytes(name.encode())
    LocalFiles(RecordingDisk(**KINDS[kind])).exchange(tmp_path / "one", tmp_path / "other")
    assert (tmp_path / "other").read_bytes() == b"one"
    assert (tmp_path / "one").exists() is (kind == "exchanging")


@pytest.mark.parametrize("call", ["exchange", "rename", "flush"])
def test_a_refusal_is_not_taken_for_a_lack(tmp_path: Path, call: str) -> None:
    """An error that a capable system gives is an error, and no reason to try another way."""
    for name in ("new", "file"):
        (tmp_path / name).write_bytes(name.encode())

    class Full(QuickDisk):
        pass

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    def swap() -> None:
        files = LocalFiles(Full())
        files.create(tmp_path / "other", b"", 0o600)
        files.swap(tmp_path / "new", tmp_path / "file", tmp_path / "kept", b"file")

    setattr(Full, call, full)
    with pytest.raises(OSError, match="full"):
        swap()


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
