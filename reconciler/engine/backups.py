"""What files held before: copies by content, and for every transaction a record of what it replaced.

A record is written once and never changed, so it needs no state file to be understood. Copies and
records are kept up to a limit; what the state still refers to is kept beyond it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reconciler.engine import edges
from reconciler.engine.files import ensure_folder
from reconciler.engine.problems import Code, Place, reason, stop
from reconciler.engine.store import FOLDER_MODE
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from reconciler.engine.files import FileSystem
    from reconciler.engine.store import Store

FORMAT: Final = 1
LIMIT: Final = 20
"""How many transactions are remembered."""
KEYS: Final = "api-key-"
"""How a copy of a key begins: it is named by its transaction, never by its content."""
_COPY: Final = re.compile(r"[0-9a-f]{64}-(?!install-state\.json$).+|api-key-[0-9a-z]+", re.DOTALL)
_RECORD: Final = re.compile(r"[0-9a-z]+\.json")


@frozen
class Recorded:
    """One file of a transaction: what it was, and a name of what it became."""

    role: str
    path: str
    mode: int | None
    """Its permission bits; None where it was not there."""
    backup: str | None
    """The copy's path below the backups folder; None where it was not there, or was not to be kept."""
    after: str | None
    """What it became, named by a hash with the record's salt; None where it was removed."""


@frozen
class Record:
    """One transaction: when it was, which command made it, and what it replaced."""

    format: int
    transaction: str
    at: str
    command: str
    salt: str
    files: tuple[Recorded, ...]

    def to_bytes(self) -> bytes:
        """Spell the record for the disk."""
        return edges.to_bytes(self)


def record_path(store: Store, transaction: str) -> Path:
    """Name a transaction's record."""
    return store.backups / f"{transaction}.json"


def records(files: FileSystem, store: Store) -> tuple[Record, ...]:
    """Read all records, the newest first. What is not one of ours is passed over."""
    found = []
    for name in _names(files, store.backups):
        record = _read(files, store.backups / name) if _RECORD.fullmatch(name) else None
        if record is not None:
            found.append(record)
    return tuple(sorted(found, key=lambda record: (record.at, record.transaction), reverse=True))


def _names(files: FileSystem, folder: Path) -> tuple[str, ...]:
    try:
        return files.names(folder)
    except OSError as error:
        raise stop(
            Code.STATE_UNREADABLE,
            f"the folder of the backups cannot be read: {reason(error)}",
            "see what stands there, mend it or move it away, then run again",
            source="backups",
            place=Place(file=str(folder)),
        ) from None


def _read(files: FileSystem, path: Path) -> Record | None:
    try:
        snapshot = files.read(path)
        record = None if snapshot is None else edges.load(Record, edges.parse_json(snapshot.data))
    except (OSError, edges.UnreadableError):
        return None
    return record if record is not None and record.format == FORMAT else None


def superfluous(
    files: FileSystem, store: Store, referred: AbstractSet[Path], limit: int = LIMIT
) -> tuple[Path, ...]:
    """Name the records beyond the limit, and the copies that nothing refers to any more."""
    known = records(files, store)
    beyond = known[max(limit - 1, 0) :]  # one more is about to be written
    kept = {_copy(store, one) for record in known if record not in beyond for one in record.files}
    loose = [path for path in _copies(files, store) if path not in kept and path not in referred]
    return (*(record_path(store, record.transaction) for record in beyond), *loose)


def _copy(store: Store, one: Recorded) -> Path | None:
    return None if one.backup is None else store.backups / one.backup


def _copies(files: FileSystem, store: Store) -> Iterable[Path]:
    for folder in (store.backups, store.project_backups):
        for name in _names(files, folder):
            if _COPY.fullmatch(name):
                yield folder / name


def make_folders(files: FileSystem, store: Store, folder: Path) -> None:
    """Make a folder below the store, with those above it, owner-only and durable."""
    for part in (
        *reversed([store.folder / part for part in folder.relative_to(store.folder).parents]),
        folder,
    ):
        ensure_folder(files, part, FOLDER_MODE)
