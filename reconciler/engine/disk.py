"""Every system call of ours that changes the disk, one method each. Nothing else makes one.

So a test can record, fail or kill each of them, and what it sees is what a tracer sees. Reading is not
here: it changes nothing.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Final

from reconciler.engine import platform

if TYPE_CHECKING:
    from pathlib import Path

NOT_OFFERED: Final = frozenset(
    {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM, errno.EMLINK, errno.EXDEV}
)
"""What a file system answers that does not offer a call, rather than refusing this one use of it."""


class Disk:
    """The real disk's changing calls. Errors are the operating system's own `OSError`."""

    def make_folder(self, path: Path, mode: int) -> None:
        """Create one folder."""
        os.mkdir(path, mode)  # noqa: PTH102 - this module is about system calls

    def open_new(self, path: Path) -> int:
        """Create a file that is not there yet, for its owner alone."""
        return os.open(path, platform.O_CREATE_NEW, 0o600)

    def open_lock(self, path: Path, mode: int) -> int:
        """Open the lock file, creating it where it is not there."""
        return os.open(path, platform.O_LOCK, mode)

    def truncate(self, descriptor: int) -> None:
        """Empty an open file."""
        os.ftruncate(descriptor, 0)

    def give_owner(self, descriptor: int, owner: tuple[int, int]) -> None:
        """Give an open file its owner and group."""
        platform.set_open_file_owner(descriptor, owner)

    def give_mode(self, descriptor: int, mode: int) -> None:
        """Give an open file its permission bits, whatever the umask is."""
        platform.set_open_file_mode(descriptor, mode)

    def give_attribute(self, descriptor: int, name: str, value: bytes) -> None:
        """Give an open file one extended attribute."""
        platform.set_attribute(descriptor, name, value)

    def drop_attribute(self, descriptor: int, name: str) -> None:
        """Take one extended attribute from an open file."""
        platform.drop_attribute(descriptor, name)

    def give_times(self, descriptor: int, times: tuple[int, int]) -> None:
        """Give an open file its times of access and change, in nanoseconds."""
        platform.set_open_file_times(descriptor, times)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Write some of the data; tell how much."""
        return os.write(descriptor, data)

    def flush(self, descriptor: int) -> None:
        """Make an open file's content durable."""
        platform.flush_file(descriptor)

    def link(self, path: Path, name: Path) -> None:
        """Give a file a second name."""
        platform.link(path, name)

    def rename(self, source: Path, target: Path) -> None:
        """Rename over whatever stands at the target."""
        os.replace(source, target)  # noqa: PTH105 - same

    def rename_new(self, source: Path, target: Path) -> None:
        """Rename where nothing stands, else FileExistsError; NOT_OFFERED where there is no such call."""
        platform.rename_new(source, target)

    def exchange(self, one: Path, other: Path) -> None:
        """Let two files change names in one instant; one of NOT_OFFERED where there is no such call."""
        platform.exchange(one, other)

    def set_mode(self, path: Path, mode: int) -> None:
        """Change permission bits."""
        os.chmod(path, mode)  # noqa: PTH101 - same

    def remove(self, path: Path) -> None:
        """Remove a file."""
        os.unlink(path)  # noqa: PTH108 - same

    def remove_folder(self, path: Path) -> None:
        """Remove an empty folder."""
        os.rmdir(path)  # noqa: PTH106 - same

    def flush_folder(self, path: Path) -> None:
        """Make a folder's entries durable."""
        platform.flush_folder(path)
