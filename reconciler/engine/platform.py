"""What differs between operating systems, in one place: locks, folder flushes, owners, modes.

Linux is what this is run on. The macOS and Windows branches follow the documentation of their
systems and were never run; nothing outside of this module asks which system it is on.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WINDOWS = sys.platform == "win32"

O_CREATE_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
O_LOCK = os.O_CREAT | os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def try_lock(descriptor: int) -> bool:
    """Take the kernel's exclusive lock on an open file, without waiting; False when it is held."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - exists on Windows only

        os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # far behind the holder line, which stays readable
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl  # noqa: PLC0415 - does not exist on Windows

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def flush_folder(folder: Path) -> None:
    """Make a folder's entries durable. Windows offers no such call: its journal is relied on."""
    if WINDOWS:
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def set_open_file_mode(descriptor: int, mode: int) -> None:
    """Give an open file its final mode, whatever the process's umask is."""
    if sys.platform != "win32":
        os.fchmod(descriptor, mode)


def keep_owner(descriptor: int, owner: tuple[int, int]) -> None:
    """Give an open file the owner of the file it is to replace, where it would differ."""
    if sys.platform == "win32":
        return
    made = os.fstat(descriptor)
    if (made.st_uid, made.st_gid) != owner:
        os.fchown(descriptor, *owner)


def can_unlink_open_files() -> bool:
    """Whether a file that is open (a lock, say) can be removed."""
    return not WINDOWS


def close_quietly(descriptor: int) -> None:
    """Close a descriptor that may be closed already."""
    with contextlib.suppress(OSError):
        os.close(descriptor)
