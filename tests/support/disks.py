"""Stubborn disks: small ones, read-only ones, files with an immutable mark; all of it needs root.

Mounts are made in a mount namespace of the test's own: the test and what it starts see them, nobody else
does, and they are gone with the namespace, however the test ends.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.support.sandbox import Result

_CLONE_NEWNS: Final = 0x00020000
# Room for whatever a test lays out before it takes the room away.
_ROOMY: Final = "size=1m,nr_inodes=1000"
PAGE: Final = 4
"""What the smallest file takes of a small disk, in KB."""

# A user who owns what he is given and may write nowhere else. He can look everywhere, so that it does not
# matter where the repository and pytest's folders are.
NOBODY: Final = 65534
AS_NOBODY: Final = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
)


@contextmanager
def private_mounts() -> Iterator[None]:
    """Let this thread see mounts that nobody else sees, until the end of the block."""
    libc = ctypes.CDLL(None, use_errno=True)
    folder = Path.cwd()
    outside = os.open("/proc/self/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _check(libc.unshare(_CLONE_NEWNS))
        try:
            _run("mount", "--make-rprivate", "/")
            yield
        finally:
            _check(libc.setns(outside, _CLONE_NEWNS))
            os.chdir(folder)
    finally:
        os.close(outside)


def mount_small(folder: Path) -> None:
    """Put a disk of its own into a folder, with what lies there already; `leave` makes it small."""
    folder.mkdir(parents=True, exist_ok=True)
    held = folder.parent / f".{folder.name}.before"
    held.mkdir()
    _run("mount", "--bind", str(folder), str(held))
    _run("mount", "-t", "tmpfs", "-o", f"mode=755,{_ROOMY}", "tmpfs", str(folder))
    _run("cp", "-a", f"{held}/.", str(folder))
    _run("umount", str(held))
    held.rmdir()
    # Somebody else's: a size of nothing at all would mean that there is no limit.
    (folder / "others.txt").write_text("not ours\n")


def mount(folder: Path, behind: Path) -> None:
    """Put a disk into a folder: what lies behind it is there as long as it is mounted."""
    for one in (folder, behind):
        one.mkdir(parents=True, exist_ok=True)
    if not behind.is_mount():
        _run("mount", "-t", "tmpfs", "-o", f"mode=755,{_ROOMY}", "tmpfs", str(behind))
    _run("mount", "--bind", str(behind), str(folder))


def unmount(folder: Path) -> None:
    """Take a disk out again; its folder is empty then."""
    _run("umount", str(folder))


def mount_file(file: Path) -> None:
    """Make a file a mount of its own: another file appears in its place, and cannot be renamed over."""
    behind = file.with_name(f".{file.name}.behind")
    behind.write_bytes(file.read_bytes())
    behind.chmod(file.stat().st_mode & 0o7777)
    _run("mount", "--bind", str(behind), str(file))


def leave(folder: Path, *, room: int | None = None, files: int | None = None) -> None:
    """Leave a small disk so many KB of room, and room for so many more files; None leaves it roomy."""
    about = os.statvfs(folder)
    used = (about.f_blocks - about.f_bfree) * about.f_frsize // 1024
    size = "1m" if room is None else f"{used + room}k"
    count = 1000 if files is None else about.f_files - about.f_ffree + files
    _run("mount", "-o", f"remount,size={size},nr_inodes={count}", str(folder))


def make_read_only(folder: Path) -> None:
    """Let a small disk refuse every write."""
    _run("mount", "-o", "remount,ro", str(folder))


def make_writable(folder: Path) -> None:
    """Let it accept them again."""
    _run("mount", "-o", "remount,rw", str(folder))


@contextmanager
def marked(path: Path, mark: str) -> Iterator[None]:
    """Give a file or a folder a mark of `chattr`, and take it off again at the end of the block."""
    _run("chattr", f"+{mark}", str(path))
    try:
        yield
    finally:
        unmark(path, mark)


def unmark(path: Path, mark: str) -> None:
    """Take a mark off."""
    _run("chattr", f"-{mark}", str(path))


def give(folder: Path, owner: int) -> None:
    """Give everything in a folder, and the folder, to somebody."""
    _run("chown", "-R", "-h", f"{owner}:{owner}", str(folder))


def refused(result: Result, *codes: str) -> dict[str, Any]:
    """Return the first blocker with one of some codes, after checking that the run ended as a refused one.

    Whether it was refused beforehand or tried and undone makes no difference here.
    """
    assert result.report is not None, result.stderr
    blockers = result.report["blockers"]
    assert (result.exit_code, result.report["ok"]) == (1, False), blockers
    assert result.report["outcome"] in ("blocked", "failed"), blockers
    for blocker in blockers:
        assert blocker["message"], blocker
        assert blocker["remedy"], blocker
    assert "Traceback" not in result.stdout + result.stderr
    found: list[dict[str, Any]] = [one for one in blockers if one["code"] in codes]
    assert found, f"none of {codes} among {blockers}"
    assert "internal_error" not in result.codes, blockers
    return found[0]


def _check(outcome: int) -> None:
    if outcome != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
