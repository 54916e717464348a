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
        return False
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
        if Path(path) != store.state:
            files.remove(Path(path))
    for folder in journal.retire_folders:
        _remove_folder(files, Path(folder), litter)
    _remove_journal(files, store)
    if str(store.state) in journal.retire:
        files.remove(store.state)  # behind the journal: as long as that stands, the state is the proof
        files.flush_folder(store.folder)


def undo(files: FileSystem, store: Store, journal: Journal, litter: Litter) -> tuple[Blocker, ...]:
    """Put every file back as the journal says it was, in reverse order; the journal goes last."""
    left = [
        blocker
        for entry in reversed(journal.files)
        if (blocker := _undo_one(files, journal, entry)) is not None
    ]
    for folder in reversed(journal.folders):
        _remove_folder(files, Path(folder), litter)
    for backup in journal.backups:
        if not left:
            files.remove(Path(backup))
    _remove_journal(files, store)
    return tuple(left)


def _undo_one(files: FileSystem, journal: Journal, entry: Entry) -> Blocker | None:
    path, preserved = Path(entry.path), Path(entry.preserved)
    snapshot = files.read(path)
    now = journal.name_of(None if snapshot is None else snapshot.data)
    blocker = None
    if now == entry.prior:
        pass
    elif now != entry.new:
        blocker = Blocker(
            Code.ROLLBACK_INCOMPLETE,
            "this file was edited by somebody else during the run; it was left as it is",
            "look at it; its content from before the run is in the backups",
            entry.role,
            Place(file=entry.path),
        )
    elif entry.prior is None:
        files.remove(path)
    else:
        files.replace(preserved, path)
    _remove_helpers(files, entry)
    return blocker


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
