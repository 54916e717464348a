"""All writes of one run: staged, journalled, swapped in, verified, recorded, or undone.

The order: the journal, backups, then file by file a temporary, a last look and a swap that
keeps what it replaces; then the verification; and the swap of the state, which is the commit. Whatever
fails in between is undone at once, in this process, by putting the kept files back.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler.engine import platform
from reconciler.engine.backups import FORMAT as RECORD_FORMAT
from reconciler.engine.backups import Record, Recorded, make_folders, record_path
from reconciler.engine.files import ChangedMeanwhileError, content, ensure_folder
from reconciler.engine.habits import Habits
from reconciler.engine.interrupts import Interrupts
from reconciler.engine.journal import FORMAT, Entry, Journal, Side, keyed_name, write_journal
from reconciler.engine.problems import Blocker, Code, Place, Stop, reason, remedy_for, stop
from reconciler.engine.recovery import tidy, undo
from reconciler.engine.store import FILE_MODE
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.engine.files import FileSystem, Snapshot
    from reconciler.engine.store import Store

_OTHERS: Final = 0o077


@frozen
class Write:
    """One file to be replaced, created, or (no `after`) removed. `path` has no links left in it.

    Where `after` is what stands there already, only the mode is changed.
    """

    role: str
    path: Path
    before: Snapshot | None = field(repr=False)
    after: bytes | None = field(repr=False)
    mode: int
    backup: Path | None = None
    folders: tuple[Path, ...] = ()
    """Folders to be made for it, outermost first."""
    folder_mode: int = 0o755

    @property
    def private(self) -> bool:
        """Whether it is for its owner alone, as the folder is that it lies in."""
        return not (self.mode | self.folder_mode) & _OTHERS

    @property
    def mode_only(self) -> bool:
        """Whether only permission bits are changed."""
        return self.before is not None and self.before.data == self.after


@frozen
class Work:
    """Everything one transaction does."""

    command: str
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
    habits: Habits = field(factory=Habits)


def perform(
    files: FileSystem,
    store: Store,
    work: Work,
    verify: Callable[[], None],
    interrupts: Interrupts | None = None,
) -> tuple[Path, ...]:
    """Do the work, or leave everything as it was. The lock must be held.

    `verify` raises `Stop` when the result is not what it should be. Returns the backups made. Raises
    `Stop` (failed) after undoing, with config_changed_meanwhile or plan_stale when somebody else was
    faster, write_failed when the disk refused, rollback_incomplete when something could not be undone.
    An interrupt is undone as well; after the commit it no longer stops anything.
    """
    desk = interrupts or Interrupts()
    with desk.held():
        _refuse_when_stale(files, store, work)
        state = Write("state", store.state, work.state_before, work.state_after, FILE_MODE, work.state_backup)
        run = _Run(files, work, _journal(files, store, work, (*work.writes, state)))
        try:
            _prepare(files, store, run.journal, work, (*work.writes, state))
            for write, entry in zip(work.writes, run.journal.files[:-1], strict=True):
                desk.check()
                run.swap(write, entry)
            with desk.allowed():
                verify()
            desk.check()
            run.look_once_more()
            run.swap(state, run.journal.files[-1])
        except BaseException as error:  # noqa: BLE001 - an interrupt is undone like any failure
            raise _rolled_back(files, store, run, error) from None
        desk.settle()
        with contextlib.suppress(OSError):
            # The work is committed. What cannot be tidied now stands in the journal; the next run does it.
            tidy(files, store, run.journal, work.habits)
    return tuple(write.backup for write in work.writes if write.backup is not None)


def _refuse_when_stale(files: FileSystem, store: Store, work: Work) -> None:
    """Raise `Stop` when the state or a file is not what the work was made from."""
    if not _unchanged(files.read(store.state), work.state_before):
        raise stop(
            Code.PLAN_STALE,
            "another run changed the set-up since this one looked",
            "run again",
            source="state",
            place=Place(file=str(store.state)),
        )
    for write in work.writes:
        _look(files, write, write.path)


def _look(files: FileSystem, write: Write, where: Path) -> None:
    """Refuse to go on unless the old content stands there."""
    if not _unchanged(files.read(where), write.before):
        raise _meanwhile(write)


def _meanwhile(write: Write) -> Stop:
    return stop(
        Code.CONFIG_CHANGED_MEANWHILE,
        "this file was changed by somebody else while this run was under way; it stays as it is now",
        "run again",
        source=write.role,
        place=Place(file=str(write.path)),
    )


def _unchanged(now: Snapshot | None, before: Snapshot | None) -> bool:
    if now is None or before is None:
        return now is before
    return now.data == before.data


def _journal(files: FileSystem, store: Store, work: Work, writes: tuple[Write, ...]) -> Journal:
    def name(data: bytes | None) -> str | None:
        return keyed_name(work.salt, data)

    def essence(data: bytes | None) -> str | None:
        return None if data is None else name(work.habits.essence(data))

    def entry(write: Write) -> Entry:
        hidden = write.path.parent / f".{write.path.name}.{work.transaction}"
        before = content(write.before)
        return Entry(
            write.role,
            str(write.path),
            name(before),
            name(write.after),
            essence(before),
            essence(write.after),
            None if write.before is None else write.before.mode,
            None if write.after is None else write.mode,
            f"{hidden}.new",
            f"{hidden}.old",
            f"{hidden}.back",
        )

    backups = [write.backup for write in writes if write.backup]
    if work.writes:
        backups.append(record_path(store, work.transaction))
    folders = dict.fromkeys(str(folder) for write in writes for folder in write.folders)
    return Journal(
        FORMAT,
        work.transaction,
        work.salt,
        work.started,
        tuple(entry(write) for write in writes),
        tuple(folders),
        tuple(str(path) for path in backups if files.read(path) is None),
        tuple(str(path) for path in work.retire),
        tuple(str(path) for path in work.retire_folders),
    )


def _prepare(
    files: FileSystem, store: Store, journal: Journal, work: Work, writes: tuple[Write, ...]
) -> None:
    """Write down what is to be done, then back up what is to be replaced.

    In this order, so that a copy of a run that dies here is named by its journal and goes with it.
    """
    write_journal(files, store, journal)
    for write in writes:
        if write.backup is not None and write.before is not None:
            _keep(files, store, write.backup, write.before.data)
    if work.writes:
        _keep(files, store, record_path(store, work.transaction), _record(store, work, writes).to_bytes())


def _record(store: Store, work: Work, writes: tuple[Write, ...]) -> Record:
    """Write down what is replaced. The state is not, unless it is another installer's."""
    found = [
        Recorded(
            write.role,
            str(write.path),
            None if write.before is None else write.before.mode,
            None if write.backup is None else write.backup.relative_to(store.backups).as_posix(),
            keyed_name(work.salt, write.after),
        )
        for write in writes
        if write in work.writes or write.backup is not None
    ]
    return Record(RECORD_FORMAT, work.transaction, work.started, work.command, work.salt, tuple(found))


def _keep(files: FileSystem, store: Store, path: Path, data: bytes) -> None:
    """Put a content beside, whole and durable."""
    make_folders(files, store, path.parent)
    there = files.read(path)
    if there is not None and there.data == data:
        return
    files.remove(path)  # a run that was killed here may have left a part of it
    files.create(path, data, FILE_MODE)
    files.flush_folder(path.parent)


@frozen
class _Run:
    """The swaps of one transaction, and which of them were begun."""

    files: FileSystem
    work: Work
    journal: Journal
    touched: set[str] = field(factory=set)
    modes: dict[str, int] = field(factory=dict)
    """The permission bits that each file got, by its path."""

    def swap(self, write: Write, entry: Entry) -> None:
        """Bring one file to its new content, unless somebody changed it since it was read."""
        files = self.files
        for folder in write.folders:
            ensure_folder(files, folder, write.folder_mode)
        temporary, preserved = Path(entry.temporary), Path(entry.preserved)
        if write.after is not None and not write.mode_only:
            files.create(temporary, write.after, write.mode, write.before)
            self._require_kept(write, temporary)
        _look(files, write, write.path)
        self.touched.add(entry.path)
        if write.mode_only:
            files.set_mode(write.path, write.mode)
            self._require_kept(write, write.path)
            return
        if write.before is None:
            self._place(write, temporary)
        elif write.after is None:
            files.replace(write.path, preserved)
        else:
            self._swap(write, write.before, temporary, preserved)
        if write.before is not None:
            _look(files, write, preserved)  # what stood there in that very instant
        files.flush_folder(write.path.parent)

    def _swap(self, write: Write, before: Snapshot, temporary: Path, preserved: Path) -> None:
        try:
            self.files.swap(temporary, write.path, preserved, before.data)
        except ChangedMeanwhileError:
            self.touched.discard(str(write.path))
            raise _meanwhile(write) from None

    def _place(self, write: Write, temporary: Path) -> None:
        try:
            self.files.place(temporary, write.path)
        except FileExistsError:
            self.touched.discard(str(write.path))
            raise _meanwhile(write) from None

    def _require_kept(self, write: Write, where: Path) -> None:
        """Read again what was written: only what the disk holds is put in anybody's place."""
        now = self.files.read(where)
        if now is None or now.data != write.after:
            raise _not_kept(write, "it holds something else than what was written", "check that disk")
        if write.private and now.mode & _OTHERS and not platform.WINDOWS:
            raise _not_kept(
                write, "it keeps no permissions, so others could read the file", "use another disk"
            )
        self.modes[str(write.path)] = now.mode

    def look_once_more(self) -> None:
        """Refuse to commit what is not as planned: a content, a mode, a file that should be gone.

        Somebody may have changed a file since, or have written into a replaced one that he had open.
        """
        for write, entry in zip(self.work.writes, self.journal.files[:-1], strict=True):
            now = self.files.read(write.path)
            side = self.journal.side(entry, content(now), self.work.habits)
            if side is not (Side.OLD if write.mode_only else Side.NEW):
                raise _meanwhile(write)
            if now is not None and now.mode != self.modes[str(write.path)]:
                raise _meanwhile(write)
            if write.before is not None and not write.mode_only:
                _look(self.files, write, Path(entry.preserved))


def _not_kept(write: Write, what: str, remedy: str) -> Stop:
    return stop(
        Code.WRITE_FAILED,
        f"a write failed although the disk reported none of it: {what}",
        f"{remedy}, then run again",
        source="transaction",
        place=Place(file=str(write.path)),
    )


def _rolled_back(files: FileSystem, store: Store, run: _Run, error: BaseException) -> BaseException:
    """Undo, and say so: the error to be raised instead of the one that led here."""
    first = error.blockers if isinstance(error, Stop) else ()
    if isinstance(error, OSError):
        first = (_write_failed(error),)
    try:
        left = _undone(files, store, run)
    except OSError as second:
        incomplete = Blocker(
            Code.ROLLBACK_INCOMPLETE,
            f"undoing the run failed as well: {reason(second)}",
            "see to the cause, then run apply or uninstall again: it finishes undoing before anything else",
            "transaction",
            Place(file=str(store.journal)),
        )
        return Stop((*first, incomplete), failed=True)
    stays = {blocker.place.file for blocker in left if blocker.place is not None}
    undone = [write for write in run.work.writes if str(write.path) in run.touched - stays]
    restored = tuple(
        f"{'put back' if write.before is not None else 'taken away again'}: {write.path}" for write in undone
    )
    if first or left:
        return Stop((*first, *left), failed=True, notes=restored)
    return error


def _undone(files: FileSystem, store: Store, run: _Run) -> tuple[Blocker, ...]:
    """Undo; what failed once may go well the second time, and every step can be repeated."""
    try:
        return undo(files, store, run.journal, run.work.habits, run.touched)
    except OSError:
        return undo(files, store, run.journal, run.work.habits, run.touched)


def _write_failed(error: OSError) -> Blocker:
    file = error.filename2 or error.filename
    return Blocker(
        Code.WRITE_FAILED,
        f"a write failed: {reason(error)}",
        remedy_for(error),
        "transaction",
        Place(file=str(file)) if file else None,
    )
