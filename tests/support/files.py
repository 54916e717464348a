"""Disks for tests: one that records what is changed, one that fails, one that dies.

All of them work on the real disk below a temporary folder. A disk that fails answers a call with the
system's "no space left", once or from then on; a disk that dies raises `Killed` at a call and at every later
one, so that whoever would clean up behind it cannot either, just as after SIGKILL.
"""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import attrs

from reconciler.engine.files import LocalFiles

Look = Callable[[], None]


class Killed(BaseException):
    """The process is gone: not an error that anybody may handle."""


class QuickFiles(LocalFiles):
    """The real disk without waiting for it: nothing here is about power cuts."""

    def create(self, path: Path, data: bytes, mode: int, owner: tuple[int, int] | None) -> None:
        """Create a new file, its mode before its content, and do not flush it."""
        del owner
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(data)

    def flush_folder(self, path: Path) -> None:
        """Do nothing."""


@attrs.define
class RecordingFiles(QuickFiles):
    """The real disk; remembers every changing call and looks around before each one and after the last."""

    look: Look = lambda: None
    calls: list[tuple[str, str]] = attrs.field(factory=list, init=False)

    def about_to(self, call: str, path: Path) -> None:
        """Be told of a changing call before it happens."""
        self.look()
        self.calls.append((call, path.name))

    def make_folder(self, path: Path, mode: int) -> None:
        """Create one folder."""
        self.about_to("make_folder", path)
        super().make_folder(path, mode)

    def create(self, path: Path, data: bytes, mode: int, owner: tuple[int, int] | None) -> None:
        """Create a new file."""
        self.about_to("create", path)
        super().create(path, data, mode, owner)

    def preserve(self, path: Path, name: Path) -> None:
        """Give a file a second name."""
        self.about_to("preserve", name)
        super().preserve(path, name)

    def replace(self, source: Path, target: Path) -> None:
        """Rename over whatever stands at the target."""
        self.about_to("replace", target)
        super().replace(source, target)

    def set_mode(self, path: Path, mode: int) -> None:
        """Change permission bits."""
        self.about_to("set_mode", path)
        super().set_mode(path, mode)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        self.about_to("remove", path)
        super().remove(path)

    def remove_folder(self, path: Path) -> bool:
        """Remove a folder if it is empty."""
        self.about_to("remove_folder", path)
        return super().remove_folder(path)

    def flush_folder(self, path: Path) -> None:
        """Make a folder's entries durable."""
        self.about_to("flush_folder", path)
        super().flush_folder(path)


@attrs.define
class FaultingFiles(RecordingFiles):
    """A disk on which the call number `at` (from 0) fails, or which dies there.

    A file that is created at that moment is left behind half written when `torn`.
    """

    at: int = 0
    dies: bool = False
    lasts: bool = False
    torn: bool = False

    def about_to(self, call: str, path: Path) -> None:
        """Fail or die where it was said."""
        number = len(self.calls)
        super().about_to(call, path)
        if number < self.at or (number > self.at and not (self.dies or self.lasts)):
            return
        if self.dies:
            raise Killed
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    def create(self, path: Path, data: bytes, mode: int, owner: tuple[int, int] | None) -> None:
        """Create a new file, or half of it."""
        if self.torn and len(self.calls) == self.at:
            QuickFiles().create(path, data[: len(data) // 2], mode, owner)
        super().create(path, data, mode, owner)


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
