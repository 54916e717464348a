"""Disks for tests: one that records what is changed, one that fails, one that dies.

All of them make real calls below a temporary folder. A disk that fails answers a call with an error of the
system's, once or from then on; a disk that dies raises `Killed` at a call and at every later one, so that
whoever would clean up behind it cannot either, just as after SIGKILL.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypedDict

import attrs

from reconciler.engine.disk import Disk
from reconciler.engine.files import LocalFiles

Look = Callable[[], None]
Call = tuple[str, str]
"""A call of the disk: which one, and the name of the file or folder that it is about."""


class Kind(TypedDict, total=False):
    """What a file system lacks."""

    old: bool
    bare: bool


class Killed(BaseException):
    """The process is gone: not an error that anybody may handle."""


@attrs.define
class WatchedDisk(Disk):
    """A disk that is told of every changing call before it happens, with its path."""

    waits: bool = attrs.field(default=False, kw_only=True)
    """Whether flushing waits for the disk, as it really does: only for who looks at the system's calls."""

    def about_to(self, call: str, path: Path) -> None:
        """Be told of a changing call before it happens."""
        raise NotImplementedError

    def make_folder(self, path: Path, mode: int) -> None:
        """Create one folder."""
        self.about_to("make_folder", path)
        super().make_folder(path, mode)

    def open_new(self, path: Path) -> int:
        """Create a file that is not there yet."""
        self.about_to("open_new", path)
        return super().open_new(path)

    def open_lock(self, path: Path, mode: int) -> int:
        """Open the lock file."""
        self.about_to("open_lock", path)
        return super().open_lock(path, mode)

    def truncate(self, descriptor: int) -> None:
        """Empty an open file."""
        self.about_to("truncate", path_of(descriptor))
        super().truncate(descriptor)

    def give_owner(self, descriptor: int, owner: tuple[int, int]) -> None:
        """Give an open file its owner and group."""
        self.about_to("give_owner", path_of(descriptor))
        super().give_owner(descriptor, owner)

    def give_mode(self, descriptor: int, mode: int) -> None:
        """Give an open file its permission bits."""
        self.about_to("give_mode", path_of(descriptor))
        super().give_mode(descriptor, mode)

    def give_attribute(self, descriptor: int, name: str, value: bytes) -> None:
        """Give an open file one extended attribute."""
        self.about_to("give_attribute", path_of(descriptor))
        super().give_attribute(descriptor, name, value)

    def drop_attribute(self, descriptor: int, name: str) -> None:
        """Take one extended attribute from an open file."""
        self.about_to("drop_attribute", path_of(descriptor))
        super().drop_attribute(descriptor, name)

    def give_times(self, descriptor: int, times: tuple[int, int]) -> None:
        """Give an open file its times."""
        self.about_to("give_times", path_of(descriptor))
        super().give_times(descriptor, times)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Write some of the data."""
        self.about_to("write", path_of(descriptor))
        return super().write(descriptor, data)

    def flush(self, descriptor: int) -> None:
        """Make an open file's content durable."""
        self.about_to("flush", path_of(descriptor))
        if self.waits:
            super().flush(descriptor)

    def link(self, path: Path, name: Path) -> None:
        """Give a file a second name."""
        self.about_to("link", name)
        super().link(path, name)

    def rename(self, source: Path, target: Path) -> None:
        """Rename over whatever stands at the target."""
        self.about_to("rename", target)
        super().rename(source, target)

    def rename_new(self, source: Path, target: Path) -> None:
        """Rename where nothing stands."""
        self.about_to("rename_new", target)
        super().rename_new(source, target)

    def exchange(self, one: Path, other: Path) -> None:
        """Let two files change names."""
        self.about_to("exchange", other)
        super().exchange(one, other)

    def set_mode(self, path: Path, mode: int) -> None:
        """Change permission bits."""
        self.about_to("set_mode", path)
        super().set_mode(path, mode)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        self.about_to("remove", path)
        super().remove(path)

    def remove_folder(self, path: Path) -> None:
        """Remove an empty folder."""
        self.about_to("remove_folder", path)
        super().remove_folder(path)

    def flush_folder(self, path: Path) -> None:
        """Make a folder's entries durable."""
        self.about_to("flush_folder", path)
        if self.waits:
            super().flush_folder(path)


class QuickDisk(WatchedDisk):
    """A disk that nobody waits for."""

    def about_to(self, call: str, path: Path) -> None:
        """Let it happen."""


def path_of(descriptor: int) -> Path:
    """Return the path of an open file."""
    return Path(f"/proc/self/fd/{descriptor}").readlink()


@attrs.define
class RecordingDisk(WatchedDisk):
    """Remembers every changing call and looks around before each one; can lack the newer calls."""

    look: Look = lambda: None
    old: bool = attrs.field(default=False, kw_only=True)
    """Whether the file system offers neither exchanging nor renaming without replacing."""
    bare: bool = attrs.field(default=False, kw_only=True)
    """Whether it offers no hard links either."""
    calls: list[Call] = attrs.field(factory=list, init=False)

    def about_to(self, call: str, path: Path) -> None:
        """Remember the call."""
        self.look()
        self.calls.append((call, path.name))
        self.refuse(call, path)

    def refuse(self, call: str, path: Path) -> None:
        """Refuse what the file system does not offer."""
        lacking = {"exchange", "rename_new"} if self.old or self.bare else set()
        if call in lacking | ({"link"} if self.bare else set()):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))


@attrs.define
class FaultingDisk(RecordingDisk):
    """A disk on which the call number `at` (from 0) fails, or which dies there.

    What is written at that moment is left behind half written when `torn`.
    """

    at: int = 0
    dies: bool = False
    lasts: bool = False
    torn: bool = False
    error: int = attrs.field(default=errno.ENOSPC, kw_only=True)

    def refuse(self, call: str, path: Path) -> None:
        """Fail or die where it was said."""
        number = len(self.calls) - 1
        if number < self.at or (number > self.at and not (self.dies or self.lasts)):
            super().refuse(call, path)
            return
        if self.dies:
            raise Killed
        raise OSError(self.error, os.strerror(self.error), str(path))

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Write some of the data, or half of it."""
        if self.torn and len(self.calls) == self.at:
            os.write(descriptor, data[: len(data) // 2])
        return super().write(descriptor, data)


def quick() -> LocalFiles:
    """Give the real disk without waiting for it."""
    return LocalFiles(QuickDisk())


MODE_BITS: Final = 0o7777


def tree(root: Path, *apart: str) -> dict[str, tuple[int, bytes] | None]:
    """Describe everything below a folder by its relative path: mode and bytes, None for a folder.

    What begins with one of `apart` is left out.
    """
    found: dict[str, tuple[int, bytes] | None] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(apart):
            mode = path.lstat().st_mode & MODE_BITS
            found[name] = (mode, path.read_bytes()) if path.is_file() else None
    return found
