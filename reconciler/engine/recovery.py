"""Finishing or undoing a transaction by its journal: after a failure, and after a run that was killed.

Every step can be repeated: recovery that is killed itself is recovered by the next one. Files are
removed by the names the journal gives, never by pattern. A file that somebody edited meanwhile is left
and reported, also when he saves it in the very instant in which it would have been put back.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.engine import edges
from reconciler.engine.files import content
from reconciler.engine.journal import Side, staging_name
from reconciler.engine.problems import Blocker, Code, Place
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from reconciler.engine.files import FileSystem
    from reconciler.engine.habits import Habits
    from reconciler.engine.journal import Entry, Journal
    from reconciler.engine.store import Store


def recover(files: FileSystem, store: Store, journal: Journal, habits: Habits) -> tuple[Blocker, ...]:
    """Bring an interrupted transaction to its end, whichever way it was going. The lock must be held.

    Returns what had to be left because somebody edited it meanwhile.
    """
    if _committed(files, store, journal, habits):
        tidy(files, store, journal, habits)
        return ()
    return undo(files, store, journal, habits)


def _committed(files: FileSystem, store: Store, journal: Journal, habits: Habits) -> bool:
    snapshot = files.read(store.state)
    if snapshot is None:
        return str(store.state) in journal.retire and _retired(files, journal, habits)
    try:
        state = edges.parse_json(snapshot.data)
    except edges.UnreadableError:
        return False
    return isinstance(state, dict) and state.get("transaction") == journal.transaction


def _retired(files: FileSystem, journal: Journal, habits: Habits) -> bool:
    """Whether a state that is not there was taken away by tidying up, rather than never put there.

    Tidying takes the state away after every helper; before the commit, what was replaced has one.
    """
    *entries, state = journal.files
    if state.prior is not None:
        return True
    ways = [_Return(files, journal, habits, entry) for entry in entries]
    return not any(way.has_helper or way.is_old for way in ways)


def tidy(files: FileSystem, store: Store, journal: Journal, habits: Habits) -> None:
    """Remove what a committed transaction no longer needs, the journal last."""
    for entry in journal.files:
        _remove_helpers(files, entry)
    for path in journal.retire:
        files.remove(Path(path))
    for parent in dict.fromkeys(Path(path).parent for path in journal.retire):
        if parent.is_dir():
            files.flush_folder(parent)
    for folder in journal.retire_folders:
        _remove_folder(files, Path(folder), habits)
    _remove_journal(files, store)


def undo(
    files: FileSystem,
    store: Store,
    journal: Journal,
    habits: Habits,
    touched: AbstractSet[str] | None = None,
) -> tuple[Blocker, ...]:
    """Put every file back as the journal says it was, in reverse order; the journal goes last.

    `touched` names the files whose swap was begun, where that is known; None after a kill. A file that
    somebody edited meanwhile stays, and with it every new file that it may refer to.
    """
    left: list[Blocker] = []
    for entry in reversed(journal.files):
        if touched is None or entry.path in touched:
            blocker = _Return(files, journal, habits, entry).go(keep=bool(left))
            left += [] if blocker is None else [blocker]
        _remove_helpers(files, entry)
    for folder in reversed(journal.folders):
        _remove_folder(files, Path(folder), habits)
    if not left:
        for backup in journal.backups:
            files.remove(Path(backup))
    _remove_journal(files, store)
    return tuple(left)


@frozen
class _Return:
    """The way back of one file."""

    files: FileSystem
    journal: Journal
    habits: Habits
    entry: Entry

    def go(self, *, keep: bool) -> Blocker | None:
        """Put the file back. `keep` leaves a file that we created, since another may refer to it."""
        entry, path = self.entry, Path(self.entry.path)
        if entry.mode_only:
            self._mode_back(path)
            return None
        side = self._side(path)
        returning = Path(entry.returning)
        if side is Side.OLD and self._side(returning) is Side.NEITHER:
            self._give_back(returning, path)  # recovery died with somebody's edit in its hands
            return self._edited()
        if side is Side.OLD:
            return None
        if side is Side.NEITHER:
            return self._edited()
        if entry.new is None:
            return self._bring_back(path)
        return self._take_away(path, keep=keep) if entry.prior is None else self._change_back(path)

    @property
    def has_helper(self) -> bool:
        """Whether anything of the run lies beside the file."""
        names = (self.entry.temporary, self.entry.preserved, self.entry.returning)
        return any(self.files.read(Path(name)) is not None for name in names)

    @property
    def is_old(self) -> bool:
        """Whether the file holds what it held before."""
        return self._side(Path(self.entry.path)) is Side.OLD

    def _side(self, path: Path) -> Side:
        snapshot = self.files.read(path)
        if snapshot is None and path != Path(self.entry.path):
            return Side.OLD  # a helper that is not there tells nothing
        return self.journal.side(self.entry, content(snapshot), self.habits)

    def _mode_back(self, path: Path) -> None:
        snapshot, prior = self.files.read(path), self.entry.prior_mode
        if snapshot is not None and snapshot.mode == self.entry.new_mode and prior is not None:
            self.files.set_mode(path, prior)

    def _bring_back(self, path: Path) -> Blocker | None:
        """Undo a removal."""
        preserved = Path(self.entry.preserved)
        if self.files.read(preserved) is None:
            return self._gone()
        try:
            self.files.place(preserved, path)
        except FileExistsError:
            return self._edited()
        return None

    def _take_away(self, path: Path, *, keep: bool) -> Blocker | None:
        """Undo a creation."""
        if keep:
            return _left(
                self.entry,
                "this new file stays, since a file that was edited during the run may refer to it",
                "see to the other file, then run apply or uninstall again",
            )
        returning = Path(self.entry.returning)
        self.files.replace(path, returning)
        if self._side(returning) is Side.NEW:
            return None
        self.files.place(returning, path)
        return self._edited()

    def _change_back(self, path: Path) -> Blocker | None:
        """Undo a replacement: what was kept takes its place again, in one instant."""
        entry = self.entry
        returning = Path(entry.returning)
        names = (returning, Path(entry.preserved), Path(entry.temporary))
        kept = next((name for name in names if self.files.read(name) is not None), None)
        if kept is None:
            return self._gone()
        if kept != returning:
            self.files.replace(kept, returning)
        self._exchange(returning, path)
        if self._side(returning) is not Side.NEITHER:
            return None
        self._exchange(returning, path)
        return self._edited()

    def _exchange(self, returning: Path, path: Path) -> None:
        """Let the two change places, durably: the way back must not be lost before it was gone."""
        self.files.exchange(returning, path)
        self.files.flush_folder(path.parent)

    def _give_back(self, returning: Path, path: Path) -> None:
        if self.files.read(path) is None:
            self.files.place(returning, path)
        else:
            self._exchange(returning, path)

    def _gone(self) -> Blocker:
        return _left(
            self.entry,
            "what this file held before is gone from beside it; it was left as it is",
            "look at it; `mimo-code-setup backups list` shows what files held before",
        )

    def _edited(self) -> Blocker:
        return _left(
            self.entry,
            "this file was edited by somebody else during the run; it was left as it is",
            "look at it; `mimo-code-setup backups list` shows what files held before",
        )


def _left(entry: Entry, message: str, remedy: str) -> Blocker:
    return Blocker(Code.ROLLBACK_INCOMPLETE, message, remedy, entry.role, Place(file=entry.path))


def _remove_helpers(files: FileSystem, entry: Entry) -> None:
    for helper in (entry.temporary, entry.preserved, entry.returning):
        files.remove(Path(helper))
    folder = Path(entry.path).parent
    if folder.is_dir():
        files.flush_folder(folder)


def _remove_folder(files: FileSystem, folder: Path, habits: Habits) -> None:
    """Remove a folder we made, with nothing in it but what the target drops into each of its own."""
    names = files.names(folder)
    dropped = dict(habits.litter)
    for name in names:
        snapshot = files.read(folder / name) if name in dropped else None
        if snapshot is None or snapshot.data != dropped[name]:
            return
    for name in names:
        files.remove(folder / name)
    if files.remove_folder(folder) and folder.parent.is_dir():
        files.flush_folder(folder.parent)


def _remove_journal(files: FileSystem, store: Store) -> None:
    """Remove the journal. Not flushed: if the power brings it back, recovering once more changes nothing."""
    files.remove(staging_name(store))
    files.remove(store.journal)
