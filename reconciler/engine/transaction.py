"""All writes of one apply: staged, journalled, swapped in, verified, recorded, or undone.

The order is the design's: backups, journal, then file by file a temporary, a preserved name, a last
look and a rename; then the verification; and the rename of the state, which is the commit. Whatever
fails in between is undone at once, in this process, by renaming the preserved files back.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from reconciler.engine.files import Snapshot
from reconciler.engine.journal import FORMAT, Entry, Journal, keyed_name, write_journal
from reconciler.engine.problems import Blocker, Code, Place, Stop, stop
from reconciler.engine.recovery import tidy, undo
from reconciler.engine.store import FILE_MODE, FOLDER_MODE

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.engine.files import FileSystem
    from reconciler.engine.store import Store


@frozen
class Write:
    """One file to be replaced, created, or (no `after`) removed. `path` has no links left in it."""

    role: str
    path: Path
    before: Snapshot | None = field(repr=False)
    after: bytes | None = field(repr=False)
    mode: int
    backup: Path | None = None
    folders: tuple[Path, ...] = ()
    """Folders to be made for it, outermost first."""
    folder_mode: int = 0o755


@frozen
class Work:
    """Everything one transaction does."""

    transaction: str
    salt: str = field(repr=False)
    started: str
    writes: tuple[Write, ...]
    state_before: Snapshot | None
    state_after: bytes
    state_backup: Path | None = None
    """Where the state file's present content goes, if it is not our own."""
    retire: tuple[Path, ...] = ()
    """Files to be removed once the work is committed."""
    retire_folders: tuple[Path, ...] = ()
    """Folders to be removed then, if they are empty."""
    litter: tuple[tuple[str, bytes], ...] = ()
    """Files that the target drops into every folder of its own: name and exact content."""


def perform(files: FileSystem, store: Store, work: Work, verify: Callable[[], None]) -> tuple[Path, ...]:
    """Do the work, or leave everything as it was. The lock must be held.

    `verify` raises `Stop` when the result is not what it should be. Returns the backups made. Raises
    `Stop` (failed) after undoing, with config_changed_meanwhile or plan_stale when somebody else was
    faster, write_failed when the disk refused, rollback_incomplete when something could not be undone.
    """
    _refuse_when_stale(files, store, work)
    state = Write("state", store.state, work.state_before, work.state_after, FILE_MODE, work.state_backup)
    journal = _journal(files, work, (*work.writes, state))
    touched: set[str] = set()
    try:
        for write in (*work.writes, state):
            _back_up(files, store, write)
        write_journal(files, store, journal)
        for write, entry in zip(work.writes, journal.files[:-1], strict=True):
            _swap(files, write, entry, touched)
        verify()
        _swap(files, state, journal.files[-1], touched)
    except BaseException as error:  # noqa: BLE001 - an interrupt is undone like any failure
        raise _rolled_back(files, store, journal, work, touched, error) from None
    with contextlib.suppress(OSError):
        # The work is committed. What cannot be tidied now stands in the journal, and the next run does it.
        tidy(files, store, journal, work.litter)
    return tuple(write.backup for write in work.writes if write.backup is not None)


def _refuse_when_stale(files: FileSystem, store: Store, work: Work) -> None:
    if not _unchanged(files.read(store.state), work.state_before):
        raise stop(
            Code.PLAN_STALE,
            "another run changed the set-up since this one looked",
            "run again",
            source="state",
            place=Place(file=str(store.state)),
        )
    for write in work.writes:
        _last_look(files, write)


def _last_look(files: FileSystem, write: Write, where: Path | None = None) -> None:
    if not _unchanged(files.read(where or write.path), write.before):
        raise stop(
            Code.CONFIG_CHANGED_MEANWHILE,
            "this file was changed by somebody else between reading and writing it; it stays as it is now",
            "run again",
            source=write.role,
            place=Place(file=str(write.path)),
        )


def _unchanged(now: Snapshot | None, before: Snapshot | None) -> bool:
    if now is None or before is None:
        return now is before
    return now.data == before.data


def _journal(files: FileSystem, work: Work, writes: tuple[Write, ...]) -> Journal:
    def entry(write: Write) -> Entry:
        hidden = write.path.parent / f".{write.path.name}.{work.transaction}"
        return Entry(
            write.role,
            str(write.path),
            keyed_name(work.salt, None if write.before is None else write.before.data),
            keyed_name(work.salt, write.after),
            f"{hidden}.new",
            f"{hidden}.old",
        )

    new_backups = [str(write.backup) for write in writes if write.backup and files.read(write.backup) is None]
    folders = dict.fromkeys(str(folder) for write in writes for folder in write.folders)
    return Journal(
        FORMAT,
        work.transaction,
        work.salt,
        work.started,
        tuple(entry(write) for write in writes),
        tuple(folders),
        tuple(new_backups),
        tuple(str(path) for path in work.retire),
        tuple(str(path) for path in work.retire_folders),
    )


def _back_up(files: FileSystem, store: Store, write: Write) -> None:
    if write.backup is None or write.before is None:
        return
    below = write.backup.relative_to(store.folder).parents
    for folder in reversed([store.folder / part for part in below]):
        if not folder.is_dir():
            files.make_folder(folder, FOLDER_MODE)
    there = files.read(write.backup)
    if there is not None and there.data == write.before.data:
        return
    files.remove(write.backup)  # a run that was killed here may have left a part of it
    files.create(write.backup, write.before.data, FILE_MODE, None)
    files.flush_folder(write.backup.parent)


def _swap(files: FileSystem, write: Write, entry: Entry, touched: set[str]) -> None:
    for folder in write.folders:
        if not folder.is_dir():
            files.make_folder(folder, write.folder_mode)
    temporary, preserved = Path(entry.temporary), Path(entry.preserved)
    if write.after is not None:
        owner = None if write.before is None else write.before.owner
        files.create(temporary, write.after, write.mode, owner)
    if write.before is not None:
        files.preserve(write.path, preserved)
    _last_look(files, write)
    touched.add(entry.path)
    if write.after is None:
        files.remove(write.path)
    else:
        files.replace(temporary, write.path)
    if write.before is not None:
        _last_look(files, write, preserved)  # the same file, so a save that came just before the rename
    files.flush_folder(write.path.parent)


def _rolled_back(
    files: FileSystem,
    store: Store,
    journal: Journal,
    work: Work,
    touched: set[str],
    error: BaseException,
) -> BaseException:
    """Undo, and say so: the error to be raised instead of the one that led here."""
    try:
        left = undo(files, store, journal, work.litter, touched)
    except OSError as second:
        return Stop(
            (
                *(error.blockers if isinstance(error, Stop) else (_write_failed(error),)),
                Blocker(
                    Code.ROLLBACK_INCOMPLETE,
                    f"undoing the run failed as well: {second}",
                    "run apply or uninstall again: it finishes undoing before anything else",
                    "transaction",
                    Place(file=str(store.journal)),
                ),
            ),
            failed=True,
        )
    stays = {blocker.place.file for blocker in left if blocker.place is not None}
    undone = [write for write in work.writes if str(write.path) in touched - stays]
    restored = tuple(
        f"{'put back' if write.before is not None else 'taken away again'}: {write.path}" for write in undone
    )
    if isinstance(error, Stop):
        return Stop((*error.blockers, *left), failed=True, notes=restored)
    if isinstance(error, OSError):
        return Stop((_write_failed(error), *left), failed=True, notes=restored)
    return Stop(left, failed=True, notes=restored) if left else error


def _write_failed(error: BaseException) -> Blocker:
    what = (error.strerror or str(error)) if isinstance(error, OSError) else type(error).__name__
    file = getattr(error, "filename2", None) or getattr(error, "filename", None)
    return Blocker(
        Code.WRITE_FAILED,
        f"a write failed: {what}",
        "see to the cause (space, permissions), then run again",
        "transaction",
        Place(file=str(file)) if file else None,
    )
