"""One apply at a time: a kernel lock, so that a killed holder never leaves it stuck.

The file's single line says who holds the lock since when; it is for people and decides nothing. The
last transaction may remove the file while it holds the lock: whoever waited for it notices that the
path leads to another file by then, and starts over.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from typing import TYPE_CHECKING, Final

from reconciler.engine import platform
from reconciler.engine.problems import Code, Place, reason, remedy_for, stop
from reconciler.engine.store import FILE_MODE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.engine.files import FileSystem
    from reconciler.engine.problems import Stop
    from reconciler.engine.store import Store

PATIENCE: Final = 30.0
_PAUSE: Final = 0.05


@contextlib.contextmanager
def locked(files: FileSystem, store: Store, holder: str, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock for the length of a `with` block.

    `holder` is one line for whoever waits. Raises `Stop` with `locked` when the lock was not to be had
    within `patience` seconds. The store's folder must be there.
    """
    descriptor = _acquire(files, store, holder, time.monotonic() + patience)
    try:
        yield
    finally:
        platform.close_quietly(descriptor)


def _acquire(files: FileSystem, store: Store, holder: str, deadline: float) -> int:
    while True:
        descriptor = _open(files, store)
        try:
            _wait(store, descriptor, deadline)
            if _still_there(store, descriptor):
                with contextlib.suppress(OSError):  # the line is for people and decides nothing
                    files.write_line(descriptor, holder)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _open(files: FileSystem, store: Store) -> int:
    try:
        descriptor = files.open_lock(store.lock, FILE_MODE)
    except OSError as error:
        raise _unusable(store, error) from None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise _unusable(store, OSError("it is not a regular file"))


def _unusable(store: Store, error: OSError) -> Stop:
    return stop(
        Code.WRITE_FAILED,
        f"the lock file cannot be used: {reason(error)}",
        remedy_for(error),
        source="lock",
        place=Place(file=str(store.lock)),
    )


def _wait(store: Store, descriptor: int, deadline: float) -> None:
    while not platform.try_lock(descriptor):
        if time.monotonic() > deadline:
            os.lseek(descriptor, 0, os.SEEK_SET)
            who = os.read(descriptor, 500).decode(errors="replace").strip() or "another run"
            raise stop(
                Code.LOCKED,
                f"another run is at work: {who}",
                "wait for it to end, then run again",
                source="lock",
                place=Place(file=str(store.lock)),
            )
        time.sleep(_PAUSE)


def _still_there(store: Store, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), store.lock.stat())
    except FileNotFoundError:
        return False
