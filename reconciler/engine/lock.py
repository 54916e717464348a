"""One apply at a time: a kernel lock, so that a killed holder never leaves it stuck.

The file's single line says who holds the lock since when; it is for people and decides nothing. The
last transaction may remove the file while it holds the lock: whoever waited for it notices that the
path leads to another file by then, and starts over.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, Final

from reconciler.engine import platform
from reconciler.engine.problems import Code, Place, stop
from reconciler.engine.store import FILE_MODE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.engine.store import Store

PATIENCE: Final = 30.0
_PAUSE: Final = 0.05


@contextlib.contextmanager
def locked(store: Store, holder: str, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock for the length of a `with` block.

    `holder` is one line for whoever waits. Raises `Stop` with `locked` when the lock was not to be had
    within `patience` seconds. The store's folder must be there.
    """
    descriptor = _acquire(store, time.monotonic() + patience)
    try:
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, holder.encode() + b"\n")
        yield
    finally:
        platform.close_quietly(descriptor)


def _acquire(store: Store, deadline: float) -> int:
    while True:
        descriptor = _open(store)
        try:
            _wait(store, descriptor, deadline)
            if _still_there(store, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _open(store: Store) -> int:
    try:
        return os.open(store.lock, platform.O_LOCK, FILE_MODE)
    except OSError as error:
        raise stop(
            Code.WRITE_FAILED,
            f"the lock file cannot be opened: {error.strerror or error}",
            "see to the cause (permissions, a read-only disk), then run again",
            source="lock",
            place=Place(file=str(store.lock)),
        ) from None


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
