"""Finishing or undoing a transaction by its journal: after a failure, and after a run that was killed.

Every step can be repeated: recovery that is killed itself is recovered by the next one. Files are
removed by the names the journal gives, never by pattern, and a file that somebody edited meanwhile is
left and reported.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.engine import edges
from reconciler.engine.journal import staging_name
from reconciler.engine.problems import Blocker, Code, Place

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from reconciler.engine.files import FileSystem
    from reconciler.engine.journal import Entry, Journal
    from reconciler.engine.store import Store

Litter = tuple[tuple[str, bytes], ...]


def recover(files: FileSystem, store: Store, journal: Journal, litter: Litter = ()) -> tuple[Blocker, ...]:
    """Bring an interrupted transaction to its end, whichever way it was going. The lock must be held.

    Returns what had to be left because somebody edited it meanwhile.
    """
    if _committed(files, store, journal):
        tidy(files, store, journal, litter)
        return ()
    return undo(files, store, journal, litter)


def _committed(files: FileSystem, store: Store, journal: Journal) -> bool:
    snapshot = files.read(store.state)
    if snapshot is None:
        return str(store.state) in journal.retire  # only tidying up takes it away
    try:
        state = edges.parse_json(snapshot.data)
    except edges.UnreadableError:
        return False
    return isinstance(state, dict) and state.get("transaction") == journal.transaction


def tidy(files: FileSystem, store: Store, journal: Journal, litter: Litter) -> None:
    """Remove what a committed transaction no longer needs, the journal last."""
    for entry in journal.files:
        _remove_helpers(files, entry)
    for path in journal.retire:
        files.remove(Path(path))
    for folder in journal.retire_folders:
        _remove_folder(files, Path(folder), litter)
    _remove_journal(files, store)


def undo(
    files: FileSystem,
    store: Store,
    journal: Journal,
    litter: Litter,
    touched: AbstractSet[str] | None = None,
) -> tuple[Blocker, ...]:
    """Put every file back as the journal says it was, in reverse order; the journal goes last.

    `touched` names the files whose swap was begun, where that is known; None after a kill. A file that
    somebody edited meanwhile stays, and with it every new file that it may refer to.
    """
    left: list[Blocker] = []
    for entry in reversed(journal.files):
        if touched is None or entry.path in touched:
            blocker = _undo_one(files, journal, entry, keep=bool(left))
            left += [] if blocker is None else [blocker]
        _remove_helpers(files, entry)
    for folder in reversed(journal.folders):
        _remove_folder(files, Path(folder), litter)
    for backup in journal.backups:
        if not left:
            files.remove(Path(backup))
    _remove_journal(files, store)
    return tuple(left)


def _undo_one(files: FileSystem, journal: Journal, entry: Entry, *, keep: bool) -> Blocker | None:
    path = Path(entry.path)
    snapshot = files.read(path)
    now = journal.name_of(None if snapshot is None else snapshot.data)
    if now == entry.prior:
        return None
    if now != entry.new:
        return _left(
            entry,
            "this file was edited by somebody else during the run; it was left as it is",
            "look at it; the backups hold what files held before",
        )
    if entry.prior is not None:
        files.replace(Path(entry.preserved), path)
    elif keep:
        return _left(
            entry,
            "this new file stays, since a file that was edited during the run may refer to it",
            "see to the other file, then run apply or uninstall again",
        )
    else:
        files.remove(path)
    return None


def _left(entry: Entry, message: str, remedy: str) -> Blocker:
    return Blocker(Code.ROLLBACK_INCOMPLETE, message, remedy, entry.role, Place(file=entry.path))


def _remove_helpers(files: FileSystem, entry: Entry) -> None:
    files.remove(Path(entry.temporary))
    files.remove(Path(entry.preserved))
    folder = Path(entry.path).parent
    if folder.is_dir():
        files.flush_folder(folder)


def _remove_folder(files: FileSystem, folder: Path, litter: Litter) -> None:
    """Remove a folder we made, with nothing in it but what the target drops into each of its own."""
    names = files.names(folder)
    dropped = dict(litter)
    for name in names:
        snapshot = files.read(folder / name) if name in dropped else None
        if snapshot is None or snapshot.data != dropped[name]:
            return
    for name in names:
        files.remove(folder / name)
    if files.remove_folder(folder) and folder.parent.is_dir():
        files.flush_folder(folder.parent)


def _remove_journal(files: FileSystem, store: Store) -> None:
    files.remove(staging_name(store))
    files.remove(store.journal)
    files.flush_folder(store.folder)
