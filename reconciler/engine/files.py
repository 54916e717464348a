"""The one door to the disk: a small `FileSystem` with a real and a read-only implementation.

Everything that changes a file goes through it, so that a command that must not write is handed one
that cannot. It knows files and folders; it knows nothing of configs, plans or keys.
"""

from __future__ import annotations

import contextlib
import enum
import errno
import hashlib
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from attrs import field

from reconciler.engine import platform
from reconciler.engine.disk import NOT_OFFERED, Disk
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kind(enum.Enum):
    """What stands at a path."""

    ABSENT = "absent"
    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"


def fingerprint(data: bytes) -> str:
    """Name a content: equal bytes, equal name. Never used on a secret."""
    return hashlib.sha256(data).hexdigest()


_IN_USE = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY})
Attributes = tuple[tuple[str, bytes], ...]
"""Extended attributes: name and value of each."""


@frozen
class Snapshot:
    """A regular file as it was at one reading: bytes, and what belongs to it beside them."""

    path: Path
    data: bytes = field(repr=False)
    mode: int
    owner: tuple[int, int]
    attributes: Attributes = ()
    names: int = 1
    """How many names (hard links) the file has."""
    modified: int | None = field(default=None, eq=False)
    """When it was last written, in nanoseconds since 1970. Does not tell two files apart."""

    @property
    def fingerprint(self) -> str:
        """The content's name."""
        return fingerprint(self.data)

    @property
    def written(self) -> str | None:
        """When it was last written, in UTC to the second; None where that is unknown or no date."""
        if self.modified is None:
            return None
        try:
            moment = datetime.fromtimestamp(self.modified // 10**9, UTC)
        except (OverflowError, ValueError, OSError):
            return None
        return moment.isoformat().replace("+00:00", "Z")


@frozen
class Standing:
    """Whose a file or folder is, and who may do what with it."""

    owner: int
    mode: int


def content(snapshot: Snapshot | None) -> bytes | None:
    """Return a file's bytes; None where there is no file."""
    return None if snapshot is None else snapshot.data


class FileSystem(Protocol):
    """What the engine needs of a disk. Errors are the operating system's own `OSError`."""

    def real_path(self, path: Path) -> Path:
        """Follow links, also those whose target is not there yet."""

    def kind(self, path: Path) -> Kind:
        """Tell what stands there, links followed."""

    def is_link(self, path: Path) -> bool:
        """Whether the path itself is a link."""

    def standing(self, path: Path) -> Standing | None:
        """Tell whose a file or folder is, links followed; None when nothing is there."""

    def read(self, path: Path) -> Snapshot | None:
        """Read a regular file whole; None when nothing is there."""

    def names(self, folder: Path) -> tuple[str, ...]:
        """List a folder, sorted; empty when it is not there."""

    def make_folder(self, path: Path, mode: int) -> None:
        """Create one folder."""

    def create(self, path: Path, data: bytes, mode: int, like: Snapshot | None = None) -> None:
        """Create a new file, owner-only at first: what belongs to it before its content, flushed to the disk.

        Owner and extended attributes are those of `like`, the file that it is to replace.
        """

    def swap(self, source: Path, target: Path, kept: Path, before: bytes) -> None:
        """Put a file in another one's place in one instant; the other one bears the name `kept` then.

        Raises `ChangedMeanwhileError`, with the other one in its place, where it no longer held `before`.
        """

    def exchange(self, source: Path, target: Path) -> None:
        """Put a file in another one's place in one instant; the other one bears its name then, or is gone."""

    def place(self, source: Path, target: Path) -> None:
        """Rename where nothing stands. Raises FileExistsError when something does."""

    def replace(self, source: Path, target: Path) -> None:
        """Rename over whatever stands at the target."""

    def set_mode(self, path: Path, mode: int) -> None:
        """Change permission bits."""

    def remove(self, path: Path) -> None:
        """Remove a file; nothing happens when it is not there."""

    def remove_folder(self, path: Path) -> bool:
        """Remove a folder if it is empty; tell whether it is gone."""

    def flush_folder(self, path: Path) -> None:
        """Make a folder's entries durable."""

    def open_lock(self, path: Path, mode: int) -> int:
        """Open the lock file, created when it is not there; the descriptor is the caller's to close."""

    def write_line(self, descriptor: int, line: str) -> None:
        """Make a line the whole content of an open file."""


def ensure_folder(files: FileSystem, folder: Path, mode: int) -> bool:
    """Make a folder, durably, where nothing stands yet; tell whether it was we who made it."""
    if files.kind(folder) is not Kind.ABSENT:
        return False
    made = False
    with contextlib.suppress(FileExistsError):  # somebody else was faster
        files.make_folder(folder, mode)
        made = True
    files.flush_folder(folder.parent)
    return made


class ChangedMeanwhileError(Exception):
    """Somebody saved a file in the very instant in which it was to be replaced; what he saved stays."""


class WriteRefusedError(RuntimeError):
    """A read-only command tried to change the disk: a fault of the program, never of the user."""


class Reading:
    """The reading half, the same for every implementation."""

    def real_path(self, path: Path) -> Path:
        """Follow links, also those whose target is not there yet."""
        return Path(os.path.realpath(path))

    def kind(self, path: Path) -> Kind:
        """Tell what stands there, links followed."""
        try:
            mode = path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return Kind.ABSENT
        if stat.S_ISREG(mode):
            return Kind.FILE
        return Kind.FOLDER if stat.S_ISDIR(mode) else Kind.OTHER

    def is_link(self, path: Path) -> bool:
        """Whether the path itself is a link."""
        return path.is_symlink()

    def standing(self, path: Path) -> Standing | None:
        """Tell whose a file or folder is, links followed; None when nothing is there."""
        try:
            about = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Standing(about.st_uid, stat.S_IMODE(about.st_mode))

    def read(self, path: Path) -> Snapshot | None:
        """Read a regular file whole; None when nothing is there.

        A pipe or a device is refused instead of waited for.
        """
        try:
            descriptor = os.open(
                path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            )
        except (FileNotFoundError, NotADirectoryError):
            return None
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            os.close(descriptor)
            raise OSError(f"not a regular file: {path}")
        with os.fdopen(descriptor, "rb") as stream:
            return Snapshot(
                path,
                stream.read(),
                stat.S_IMODE(about.st_mode),
                (about.st_uid, about.st_gid),
                platform.attributes(descriptor),
                about.st_nlink,
                about.st_mtime_ns,
            )

    def names(self, folder: Path) -> tuple[str, ...]:
        """List a folder, sorted; empty when it is not there."""
        try:
            return tuple(sorted(os.listdir(folder)))  # noqa: PTH208 - names are wanted, not paths
        except (FileNotFoundError, NotADirectoryError):
            return ()


class ReadOnlyFiles(Reading):
    """The disk for commands that only look: every attempt to write is an error of the program."""

    def _refuse(self, what: str, path: Path) -> WriteRefusedError:
        return WriteRefusedError(f"a read-only command tried to {what} {path}")

    def make_folder(self, path: Path, mode: int) -> None:
        """Refuse."""
        raise self._refuse(f"create with mode {mode:o}", path)

    def create(self, path: Path, data: bytes, mode: int, like: Snapshot | None = None) -> None:
        """Refuse."""
        like_what = "" if like is None else f" like {like.path}"
        raise self._refuse(f"write {len(data)} bytes with mode {mode:o}{like_what} to", path)

    def swap(self, source: Path, target: Path, kept: Path, before: bytes) -> None:
        """Refuse."""
        raise self._refuse(f"swap {source} with {target} of {len(before)} bytes as", kept)

    def exchange(self, source: Path, target: Path) -> None:
        """Refuse."""
        raise self._refuse(f"exchange {source} with", target)

    def place(self, source: Path, target: Path) -> None:
        """Refuse."""
        raise self._refuse(f"rename {source} to", target)

    def replace(self, source: Path, target: Path) -> None:
        """Refuse."""
        raise self._refuse(f"rename {source} to", target)

    def set_mode(self, path: Path, mode: int) -> None:
        """Refuse."""
        raise self._refuse(f"give mode {mode:o} to", path)

    def remove(self, path: Path) -> None:
        """Refuse."""
        raise self._refuse("remove", path)

    def remove_folder(self, path: Path) -> bool:
        """Refuse."""
        raise self._refuse("remove", path)

    def flush_folder(self, path: Path) -> None:
        """Refuse."""
        raise self._refuse("flush", path)

    def open_lock(self, path: Path, mode: int) -> int:
        """Refuse."""
        raise self._refuse(f"open with mode {mode:o}", path)

    def write_line(self, descriptor: int, line: str) -> None:
        """Refuse."""
        raise self._refuse(f"write {len(line)} characters to", Path(str(descriptor)))


def _holds(path: Path, data: bytes) -> bool:
    """Whether a file holds this content; as quick as can be."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return os.fstat(descriptor).st_size == len(data) and os.read(descriptor, len(data) + 1) == data
    finally:
        os.close(descriptor)


@frozen
class LocalFiles(Reading):
    """The real disk."""

    disk: Disk = field(factory=Disk)

    def make_folder(self, path: Path, mode: int) -> None:
        """Create one folder."""
        self.disk.make_folder(path, mode)

    def create(self, path: Path, data: bytes, mode: int, like: Snapshot | None = None) -> None:
        """Create a new file: what belongs to it before its content, flushed to the disk."""
        with self._new(path) as descriptor:
            if like is not None:
                self._dress(descriptor, like)
            self.disk.give_mode(descriptor, mode)
            self._fill(descriptor, data)

    @contextlib.contextmanager
    def _new(self, path: Path) -> Iterator[int]:
        descriptor = self.disk.open_new(path)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _dress(self, descriptor: int, like: Snapshot) -> None:
        made = os.fstat(descriptor)
        if (made.st_uid, made.st_gid) != like.owner:
            self.disk.give_owner(descriptor, like.owner)
        for name, _ in platform.attributes(descriptor):  # what the folder gives to each new file
            if name not in dict(like.attributes):
                self.disk.drop_attribute(descriptor, name)
        for name, value in like.attributes:
            self.disk.give_attribute(descriptor, name, value)

    def _fill(self, descriptor: int, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self.disk.write(descriptor, rest) :]
        self.disk.flush(descriptor)

    def swap(self, source: Path, target: Path, kept: Path, before: bytes) -> None:
        """Let the two files change names; where that is not to be had, keep a second name or a copy first.

        What somebody saved in that very instant is seen by its having been displaced, and goes back at
        once: whoever looks meanwhile would take the other content for his own.
        """
        ours = os.lstat(source).st_ino
        try:
            self.disk.exchange(source, target)
        except OSError as error:
            if error.errno not in NOT_OFFERED:
                raise
            self._preserve(target, kept)
            self.disk.rename(source, target)
            return
        if _holds(source, before):
            self.disk.rename(source, kept)
            return
        self.disk.exchange(source, target)
        if os.lstat(source).st_ino != ours:  # he saved once more: that is the newest
            self.disk.exchange(source, target)
        raise ChangedMeanwhileError(target)

    def exchange(self, source: Path, target: Path) -> None:
        """Let the two files change names; where that is not to be had, rename over the target."""
        try:
            self.disk.exchange(source, target)
        except OSError as error:
            if error.errno not in NOT_OFFERED:
                raise
            self.disk.rename(source, target)

    def _preserve(self, path: Path, name: Path) -> None:
        try:
            self.disk.link(path, name)
        except OSError as error:
            if error.errno not in NOT_OFFERED:
                raise
            self._copy(path, name)

    def _copy(self, path: Path, name: Path) -> None:
        there = self.read(path)
        if there is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        about = path.stat()
        with self._new(name) as descriptor:
            self._dress(descriptor, there)
            self.disk.give_mode(descriptor, there.mode)
            self._fill(descriptor, there.data)
            self.disk.give_times(descriptor, (about.st_atime_ns, about.st_mtime_ns))

    def place(self, source: Path, target: Path) -> None:
        """Rename where nothing stands; without such a call by a second name, which never replaces."""
        try:
            self.disk.rename_new(source, target)
        except OSError as error:
            if error.errno not in NOT_OFFERED:
                raise
            self._place_by_link(source, target)

    def _place_by_link(self, source: Path, target: Path) -> None:
        try:
            self.disk.link(source, target)
        except OSError as error:
            if error.errno not in NOT_OFFERED:
                raise
            if os.path.lexists(target):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
            self.disk.rename(source, target)
        else:
            self.disk.remove(source)

    def replace(self, source: Path, target: Path) -> None:
        """Rename over whatever stands at the target."""
        self.disk.rename(source, target)

    def set_mode(self, path: Path, mode: int) -> None:
        """Change permission bits, durably."""
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except PermissionError:  # not even its owner may read it
            self.disk.set_mode(path, mode)
            return
        try:
            self.disk.give_mode(descriptor, mode)
            self.disk.flush(descriptor)
        finally:
            os.close(descriptor)

    def remove(self, path: Path) -> None:
        """Remove a file; nothing happens when it is not there."""
        if os.path.lexists(path):
            with contextlib.suppress(FileNotFoundError):
                self.disk.remove(path)

    def remove_folder(self, path: Path) -> bool:
        """Remove a folder if it is empty; tell whether it is gone."""
        if not os.path.lexists(path):
            return True
        try:
            self.disk.remove_folder(path)
        except FileNotFoundError:
            return True
        except OSError as error:
            if error.errno not in _IN_USE:
                raise
            return False
        return True

    def flush_folder(self, path: Path) -> None:
        """Make a folder's entries durable."""
        self.disk.flush_folder(path)

    def open_lock(self, path: Path, mode: int) -> int:
        """Open the lock file, which is created when it is not there."""
        return self.disk.open_lock(path, mode)

    def write_line(self, descriptor: int, line: str) -> None:
        """Make a line the whole content of an open file."""
        self.disk.truncate(descriptor)
        os.lseek(descriptor, 0, os.SEEK_SET)
        self.disk.write(descriptor, line.encode() + b"\n")
