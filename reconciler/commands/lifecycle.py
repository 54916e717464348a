"""Our own folder through a run: made before the lock is taken, recovered first, cleaned up at the end."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

from reconciler.commands.unfinished import passing
from reconciler.engine import platform
from reconciler.engine.files import ensure_folder
from reconciler.engine.journal import read_journal, staging_name
from reconciler.engine.lock import locked
from reconciler.engine.problems import Code, Place, Stop, Warning_, reason, remedy_for, stop
from reconciler.engine.recovery import recover
from reconciler.engine.store import FOLDER_MODE
from reconciler.mimocode.habits import HABITS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.commands.world import World
    from reconciler.engine.files import FileSystem
    from reconciler.engine.store import Store


@contextlib.contextmanager
def at_work(world: World, store: Store) -> Iterator[tuple[Warning_, ...]]:
    """Hold the lock for one transaction, in a folder that only its owner can enter.

    A run that was killed half-way is finished or undone first; what to tell of that is handed in.
    Whatever of the folder is empty at the end goes again, the lock with it.
    """
    made = _make(world.files, store)
    try:
        with locked(world.files, store, f"process {os.getpid()} since {world.time_text()}"):
            try:
                yield _recover(world, store)
            finally:
                _clean(world.files, store)
    except Stop:
        with contextlib.suppress(OSError):
            for folder in reversed(made):  # where not even the lock was to be had
                world.files.remove_folder(folder)
        raise


def _recover(world: World, store: Store) -> tuple[Warning_, ...]:
    files = world.files
    journal = read_journal(files, store)
    try:
        with world.interrupts.held():
            if journal is None:
                files.remove(staging_name(store))  # a journal that was never renamed promised nothing
                return ()
            left = recover(files, store, journal, HABITS)
    except OSError as error:
        raise stop(
            Code.ROLLBACK_INCOMPLETE,
            f"a run that did not end could not be brought to its end: {reason(error)}",
            remedy_for(error),
            source="transaction",
            place=Place(file=str(store.journal)),
            failed=True,
        ) from None
    if left:
        raise Stop(left, failed=True)
    return (
        Warning_(f"a run that began at {journal.started} had not ended; it was brought to its end first"),
    )


def _make(files: FileSystem, store: Store) -> list[Path]:
    made = []
    try:
        for folder in (store.folder.parent, store.folder):
            made += [folder] if ensure_folder(files, folder, FOLDER_MODE) else []
        if not store.folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "something else stands in its place")
        if not platform.WINDOWS and store.folder.stat().st_mode & 0o077:
            files.set_mode(store.folder, FOLDER_MODE)
    except OSError as error:
        raise stop(
            Code.WRITE_FAILED,
            f"the program's own folder cannot be made: {reason(error)}",
            remedy_for(error),
            source="state",
            place=Place(file=str(store.folder)),
        ) from None
    return made


def _clean(files: FileSystem, store: Store) -> None:
    """Remove the lock where nothing but backups is left, and our folder where not even these are."""
    with contextlib.suppress(OSError):
        files.remove_folder(store.project_backups)
        files.remove_folder(store.backups)
        if set(files.names(store.folder)) - passing(store):
            return  # a set-up is in place, or the user keeps the key here
        if platform.can_unlink_open_files():
            files.remove(store.lock)
        if files.remove_folder(store.folder):
            files.remove_folder(store.folder.parent)
