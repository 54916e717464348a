"""The journal: what a transaction is about to do, on the disk before it does anything.

It names every file that may come to exist, so that recovery removes by name and never by pattern. It
holds no secret: contents are named by a hash keyed with a salt of the journal's own.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from attrs import frozen

from reconciler.engine import edges
from reconciler.engine.problems import Code, Place, stop
from reconciler.engine.store import FILE_MODE

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.engine.files import FileSystem
    from reconciler.engine.store import Store

FORMAT: Final = 1


@frozen
class Entry:
    """One file of a transaction: where it is, what it held, what it is to hold, its helpers' names."""

    role: str
    path: str
    prior: str | None
    new: str | None
    temporary: str
    preserved: str


@frozen
class Journal:
    """A transaction as it is written down. `files` stand in the order of swapping, the state last."""

    format: int
    transaction: str
    salt: str
    started: str
    files: tuple[Entry, ...]
    folders: tuple[str, ...]
    backups: tuple[str, ...]
    retire: tuple[str, ...]
    retire_folders: tuple[str, ...]

    def name_of(self, data: bytes | None) -> str | None:
        """Name a content for this journal alone; None for a missing file."""
        return keyed_name(self.salt, data)


def keyed_name(salt: str, data: bytes | None) -> str | None:
    """Name a content by a hash that is worth nothing without the salt; None for a missing file."""
    if data is None:
        return None
    return hashlib.blake2b(data, key=salt.encode(), digest_size=32).hexdigest()


def read_journal(files: FileSystem, store: Store) -> Journal | None:
    """Read the journal of a run that did not end, if there is one.

    Raises `Stop` with state_unreadable when it is not one of ours.
    """
    snapshot = files.read(store.journal)
    if snapshot is None:
        return None
    try:
        return edges.load(Journal, edges.parse_json(snapshot.data))
    except edges.UnreadableError as error:
        raise stop(
            Code.STATE_UNREADABLE,
            f"the journal of a run that did not end cannot be read: {error}",
            "keep a copy of the file, compare your configs with the backups beside it, then remove it",
            source="journal",
            place=Place(file=str(store.journal)),
        ) from None


def write_journal(files: FileSystem, store: Store, journal: Journal) -> None:
    """Put the journal on the disk, whole and durable."""
    temporary = staging_name(store)
    files.remove(temporary)  # a journal that was never renamed promised nothing
    files.create(temporary, edges.to_bytes(journal), FILE_MODE, None)
    files.replace(temporary, store.journal)
    files.flush_folder(store.folder)


def staging_name(store: Store) -> Path:
    """Name the journal's own temporary file: always the same, so that it can never be orphaned."""
    return store.journal.with_suffix(".new")
