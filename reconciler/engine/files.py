"""The one door to the disk: a small `FileSystem` with a real and a read-only implementation.

Everything that changes a file goes through it, so that a command that must not write is handed one
that cannot. It knows files and folders; it knows nothing of configs, plans or keys.
"""

from __future__ import annotations

import enum
import hashlib
import os
import shutil
import stat
from pathlib import Path
from typing import Protocol

from attrs import field, frozen

from reconciler.engine import platform


class Kind(enum.Enum):
    """What stands at a path."""

    ABSENT = "absent"
    FILE = "file"
    FOLDER = "folder"
    OTHER = "other"


def fingerprint(data: bytes) -> str:
    """Name a content: equal bytes, equal name. Never used on a secret."""
    return hashlib.sha256(data).hexdigest()


@frozen
class Snapshot:
    """A regular file as it was at one reading: bytes, permission bits, owner."""

    path: Path
    data: bytes = field(repr=False)
    mode: int
    owner: tuple[int, int]

    @property
    def fingerprint(self) -> str:
        """The content's name."""
        return fingerprint(self.data)


class FileSystem(Protocol):
    """What the engine needs of a disk. Errors are the operating system's own `OSError`."""

    def real_path(self, path: Path) -> Path:
        """Follow links, also those whose target is not there yet."""

    def kind(self, path: Path) -> Kind:
        """Tell what stands there, links followed."""

    def is_link(self, path: Path) -> bool:
        """Whether the path itself is a link."""

    def read(self, path: Path) -> Snapshot | None:
        """Read a regular file whole; None when nothing is there."""

    def names(self, folder: Path) -> tuple[str, ...]:
        """List a folder, sorted; empty when it is not there."""

    def make_folder(self, path: Path, mode: int) -> None:
        """Create one folder."""

    def create(self, path: Path, data: bytes, mode: int, owner: tuple[int, int] | None) -> None:
        """Create a new file: its final mode and owner before its content, flushed to the disk."""

    def preserve(self, path: Path, name: Path) -> None:
        """Give a file a second name in the same folder; a copy where links are not to be had."""

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
            return Snapshot(path, stream.read(), stat.S_IMODE(about.st_mode), (about.st_uid, about.st_gid))

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

    def create(self, path: Path, data: bytes, mode: int, owner: tuple[int, int] | None) -> None:
        """Refuse."""
        raise self._refuse(f"write {len(data)} bytes with mode {mode:o} for {owner} to", path)

    def preserve(self, path: Path, name: Path) -> None:
        """Refuse."""
        raise self._refuse(f"link {path} as", name)

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


class LocalFiles(Reading):
    """The real disk."""

    def make_folder(self, path: Path, mode: int) -> None:
        """Create one folder with exactly this mode."""
        path.mkdir(mode=mode)

    def create(self, path: Path, data: bytes, mode: int, owner: tuple[int, int] | None) -> None:
        """Create a new file: its final mode and owner before its content, flushed to the disk."""
        descriptor = os.open(path, platform.O_CREATE_NEW, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            if owner is not None:
                platform.keep_owner(stream.fileno(), owner)
            platform.set_open_file_mode(stream.fileno(), mode)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())

    def preserve(self, path: Path, name: Path) -> None:
        """Give a file a second name in the same folder; a copy where links are not to be had."""
        try:
            os.link(path, name, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError:
            about = path.stat()
            self.create(name, path.read_bytes(), stat.S_IMODE(about.st_mode), (about.st_uid, about.st_gid))
            shutil.copystat(path, name)

    def replace(self, source: Path, target: Path) -> None:
        """Rename over whatever stands at the target."""
        source.replace(target)

    def set_mode(self, path: Path, mode: int) -> None:
        """Change permission bits."""
        path.chmod(mode)

    def remove(self, path: Path) -> None:
        """Remove a file; nothing happens when it is not there."""
        path.unlink(missing_ok=True)

    def remove_folder(self, path: Path) -> bool:
        """Remove a folder if it is empty; tell whether it is gone."""
        try:
            path.rmdir()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def flush_folder(self, path: Path) -> None:
        """Make a folder's entries durable."""
        platform.flush_folder(path)
