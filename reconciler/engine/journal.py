"""The journal: what a transaction is about to do, on the disk before it does anything.

It names every file that may come to exist, so that recovery removes by name and never by pattern. It
holds no secret: contents are named by a hash keyed with a salt of the journal's own.
"""

from __future__ import annotations

import enum
import hashlib
from typing import TYPE_CHECKING, Final

from reconciler.engine import edges
from reconciler.engine.problems import Code, Place, reason, stop
from reconciler.engine.store import FILE_MODE
from reconciler.records import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.engine.files import FileSystem
    from reconciler.engine.habits import Habits
    from reconciler.engine.store import Store

FORMAT: Final = 1


class Side(enum.Enum):
    """Which side of a transaction a file's content is on."""

    OLD = "old"
    NEW = "new"
    NEITHER = "neither"


@frozen
class Entry:
    """One file of a transaction: where it is, what it held, what it is to hold, its helpers' names."""

    role: str
    path: str
    prior: str | None
    new: str | None
    prior_essence: str | None
    new_essence: str | None
    prior_mode: int | None
    new_mode: int | None
    temporary: str
    """Where the new content is put together."""
    preserved: str
    """The name that the replaced file bears until the end."""
    returning: str
    """The name that it bears while it goes back."""

    @property
    def mode_only(self) -> bool:
        """Whether only permission bits are changed."""
        return self.prior is not None and self.prior == self.new


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

    def side(self, entry: Entry, data: bytes | None, habits: Habits) -> Side:
        """Tell which content of a file this is. What the target rewrites by itself is nobody's edit."""
        name = keyed_name(self.salt, data)
        if name == entry.prior:
            return Side.OLD
        if name == entry.new:
            return Side.NEW
        essence = None if data is None else keyed_name(self.salt, habits.essence(data))
        if essence is not None and essence == entry.prior_essence:
            return Side.OLD
        return Side.NEW if essence is not None and essence == entry.new_essence else Side.NEITHER


def keyed_name(salt: str, data: bytes | None) -> str | None:
    """Name a content by a hash that is worth nothing without the salt; None for a missing file."""
    if data is None:
        return None
    return hashlib.blake2b(data, key=salt.encode(), digest_size=32).hexdigest()


def read_journal(files: FileSystem, store: Store) -> Journal | None:
    """Read the journal of a run that did not end, if there is one.

    Raises `Stop` with state_unreadable when it is not one of ours, state_too_new when it is of a newer
    program.
    """
    try:
        snapshot = files.read(store.journal)
    except OSError as error:
        raise _unreadable(store, reason(error)) from None
    if snapshot is None:
        return None
    try:
        whole = edges.parse_json(snapshot.data)
        _refuse_the_future(store, whole)
        return edges.load(Journal, whole)
    except edges.UnreadableError as error:
        raise _unreadable(store, str(error)) from None


def _refuse_the_future(store: Store, whole: object) -> None:
    version = whole.get("format") if isinstance(whole, dict) else None
    if isinstance(version, int) and version > FORMAT:
        raise stop(
            Code.STATE_TOO_NEW,
            f"a newer version of this program left a run unfinished (journal format {version})",
            "update this program, then run again",
            source="journal",
            place=Place(file=str(store.journal)),
        )
    if version != FORMAT:
        raise edges.UnreadableError(f"format is {version!r}")


def _unreadable(store: Store, why: str) -> Exception:
    return stop(
        Code.STATE_UNREADABLE,
        f"the journal of a run that did not end cannot be read: {why}",
        "keep a copy of the file, compare your configs with the backups beside it, then remove it",
        source="journal",
        place=Place(file=str(store.journal)),
    )


def write_journal(files: FileSystem, store: Store, journal: Journal) -> None:
    """Put the journal on the disk, whole and durable."""
    temporary = staging_name(store)
    files.remove(temporary)  # a journal that was never renamed promised nothing
    files.create(temporary, edges.to_bytes(journal), FILE_MODE)
    files.replace(temporary, store.journal)
    files.flush_folder(store.folder)


def staging_name(store: Store) -> Path:
    """Name the journal's own temporary file: always the same, so that it can never be orphaned."""
    return store.journal.with_suffix(".new")
