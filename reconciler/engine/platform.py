"""What differs between operating systems, in one place: locks, links, owners, modes, places, ends, terminals.

Linux is what this is run on. The macOS and Windows branches follow the documentation of their
systems and were never run; nothing outside of this module asks which system it is on.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import stat
import sys
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Final, TextIO, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path, PurePath

SYSTEM: Final = sys.platform
WINDOWS = sys.platform == "win32"
Modes: TypeAlias = "list[int | list[bytes | int]]"
"""How a terminal is set."""
_MACOS: Final = "darwin"
_LOCAL_MODES: Final = 3
_WINDOWS: Final = "win32"
_NO_REPLACE: Final = 1
_EXCHANGE: Final = 2
_HERE: Final = -100
_GET_FLAGS: Final = 0x80086601
_IMMUTABLE: Final = 0x10
_APPEND_ONLY: Final = 0x20
_FROZEN_FLAGS: Final = stat.UF_IMMUTABLE | stat.UF_APPEND | stat.SF_IMMUTABLE | stat.SF_APPEND
_THE_SYSTEMS: Final = ("security.", "trusted.")
"""Attributes that the system gives by itself."""

_ALWAYS = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
O_CREATE_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | _ALWAYS
O_LOCK = os.O_CREAT | os.O_RDWR | _ALWAYS | getattr(os, "O_NONBLOCK", 0)


def hide_typing(stream: TextIO) -> Modes | None:
    """Let a terminal show no more of what is typed; return how it was found, None where it cannot."""
    if sys.platform == "win32":
        return None  # its terminals have nothing of the kind here
    import termios  # noqa: PLC0415 - not on every system

    with contextlib.suppress(termios.error, OSError, ValueError):
        found = termios.tcgetattr(stream)
        quiet = list(found)
        quiet[_LOCAL_MODES] = found[_LOCAL_MODES] & ~termios.ECHO
        termios.tcsetattr(stream, termios.TCSANOW, quiet)
        return found
    return None


def show_typing(stream: TextIO, found: Modes) -> None:
    """Put a terminal back as it was found."""
    if sys.platform == "win32":
        return
    import termios  # noqa: PLC0415 - not on every system

    with contextlib.suppress(termios.error, OSError, ValueError):
        termios.tcsetattr(stream, termios.TCSANOW, found)


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


def flush_file(descriptor: int) -> None:
    """Make an open file's content durable. On macOS the usual call leaves it in the drive's own cache."""
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - does not exist on Windows

        with contextlib.suppress(OSError):  # a file system that knows no such call
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def link(path: Path, name: Path) -> None:
    """Give a file a second name; of a link the link itself, where the system can be told so."""
    if os.link in os.supports_follow_symlinks:
        os.link(path, name, follow_symlinks=False)
    else:
        os.link(path, name)


def set_open_file_times(descriptor: int, times: tuple[int, int]) -> None:
    """Give an open file its times of access and change, in nanoseconds; nothing where that takes a path."""
    if os.utime in os.supports_fd:
        os.utime(descriptor, ns=times)


def set_open_file_mode(descriptor: int, mode: int) -> None:
    """Give an open file its final mode, whatever the process's umask is."""
    if sys.platform != "win32":
        os.fchmod(descriptor, mode)


def set_open_file_owner(descriptor: int, owner: tuple[int, int]) -> None:
    """Give an open file its owner and group. Windows inherits both from the folder."""
    if sys.platform != "win32":
        os.fchown(descriptor, *owner)


def is_mount(folder: Path) -> bool:
    """Whether a file system begins at a folder: the root of one, on Windows a drive or a mounted folder."""
    return os.path.ismount(folder)


def mount_of(path: Path) -> Path:
    """Return where the file system begins on which a path lies, links followed."""
    real = type(path)(os.path.realpath(path))
    return next((here for here in (real, *real.parents) if os.path.ismount(here)), type(path)(real.anchor))


def folder_id(folder: Path) -> str | None:
    """Return the number by which a file system knows a folder, wherever it is moved to; None without one."""
    try:
        number = folder.stat().st_ino
    except OSError:
        return None
    return str(number) if number else None


def user() -> int:
    """Return the number of the user that the program runs as; none on Windows."""
    return -1 if sys.platform == "win32" else os.geteuid()


def may_give_owner(owner: tuple[int, int]) -> bool:
    """Whether a new file can be given this owner and group."""
    if sys.platform == "win32" or os.geteuid() == 0:
        return True
    user, group = owner
    return user == os.geteuid() and (group == os.getegid() or group in os.getgroups())


def can_write_in(folder: Path) -> bool:
    """Whether files can be created in a folder, as far as permissions and mounts tell."""
    return os.access(folder, os.W_OK | os.X_OK)


def is_frozen(path: Path) -> bool:
    """Whether a file or folder carries a mark that forbids to replace it (`chattr +i`, `+a`)."""
    if sys.platform != "linux":
        return bool(getattr(path.stat(), "st_flags", 0) & _FROZEN_FLAGS)
    import fcntl  # noqa: PLC0415 - does not exist on Windows

    answer = bytearray(8)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.ioctl(descriptor, _GET_FLAGS, answer)
    except OSError:  # the file system knows no such marks
        return False
    finally:
        os.close(descriptor)
    return bool(int.from_bytes(answer[:4], sys.byteorder) & (_IMMUTABLE | _APPEND_ONLY))


def system_folders(system: str = sys.platform) -> tuple[str, ...]:
    """Name folders that belong to the system and not to any project or user."""
    if system == _WINDOWS:
        return (os.environ.get("SYSTEMROOT", r"C:\Windows"),)
    return ("/usr", "/opt", "/var")


def managed_preferences(system: str = sys.platform) -> tuple[str, ...]:
    """Name the folders in which the system keeps what its administrator has set for programs: macOS alone."""
    return ("/Library/Managed Preferences",) if system == _MACOS else ()


def shared_settings(environment: Mapping[str, str], system: str = sys.platform) -> PurePath:
    """Return the folder in which the system keeps settings of programs for all of its users."""
    if system == _WINDOWS:
        return PureWindowsPath(environment.get("PROGRAMDATA") or r"C:\ProgramData")
    return PurePosixPath("/Library/Application Support" if system == _MACOS else "/etc")


def names_proxies(system: str = sys.platform) -> bool:
    """Whether the system has settings of its own that may name a proxy, beside the variables."""
    return system in (_WINDOWS, _MACOS)


def home_variable(system: str = sys.platform) -> str:
    """Name the variable that says where the user's home is."""
    return "USERPROFILE" if system == _WINDOWS else "HOME"


def separators(system: str = sys.platform) -> str:
    """Return the characters that divide a path, the usual one first."""
    return "\\/" if system == _WINDOWS else "/"


def kill_command(pid: int, environment: Mapping[str, str], system: str = sys.platform) -> tuple[str, ...]:
    """Return the command that ends a process with all of its children; nothing where a signal does that."""
    if system != _WINDOWS:
        return ()
    folder = PureWindowsPath(environment.get("SYSTEMROOT") or r"C:\Windows") / "System32"
    return (str(folder / "taskkill.exe"), "/F", "/T", "/PID", str(pid))


def set_attribute(descriptor: int, name: str, value: bytes) -> None:
    """Give an open file one extended attribute (an access control list is one as well)."""
    if sys.platform == "linux":
        os.setxattr(descriptor, name, value)


def drop_attribute(descriptor: int, name: str) -> None:
    """Take one extended attribute from an open file."""
    if sys.platform == "linux":
        os.removexattr(descriptor, name)


def attributes(descriptor: int) -> tuple[tuple[str, bytes], ...]:
    """Read an open file's extended attributes, as far as they may be read. Known on Linux alone."""
    if sys.platform != "linux":
        return ()
    with contextlib.suppress(OSError):
        names = [name for name in os.listxattr(descriptor) if not name.startswith(_THE_SYSTEMS)]
        return tuple((name, os.getxattr(descriptor, name)) for name in names)
    return ()


def rename_new(source: Path, target: Path) -> None:
    """Rename where nothing stands, in one call. Raises FileExistsError, or ENOSYS where there is none."""
    if WINDOWS:
        os.rename(source, target)  # noqa: PTH104 - on Windows it never replaces
        return
    _renameat2(source, target, _NO_REPLACE)


def exchange(one: Path, other: Path) -> None:
    """Let two files change names in one instant. Raises ENOSYS where there is no such call."""
    _renameat2(one, other, _EXCHANGE)


def _renameat2(source: Path, target: Path, flag: int) -> None:
    call = _libc_renameat2()
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), str(source), None, str(target))
    import ctypes  # noqa: PLC0415 - only where a file is replaced

    if call(_HERE, os.fsencode(source), _HERE, os.fsencode(target), flag):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(source), None, str(target))


@functools.cache
def _libc_renameat2() -> Any:  # noqa: ANN401 - a foreign function
    """Find Linux's renameat2 in the C library; None elsewhere."""
    if sys.platform != "linux":
        return None
    import ctypes  # noqa: PLC0415 - only where a file is replaced

    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


def can_unlink_open_files() -> bool:
    """Whether a file that is open (a lock, say) can be removed."""
    return not WINDOWS


def close_quietly(descriptor: int) -> None:
    """Close a descriptor that may be closed already."""
    with contextlib.suppress(OSError):
        os.close(descriptor)
