"""`backups list` and `backups restore`: what files held before, and the way back to it.

Bringing a file back is a transaction like any other: journalled, backed up itself, recorded. It needs
no state file. What somebody edited since, and of which no copy is kept, is not given up untold.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve, field

from reconciler.commands import describe, work
from reconciler.commands.consent import confirm, stale
from reconciler.commands.ground import KEY_ROLE, PROJECT_ROLE, STATE_ROLE, USER_ROLE, stand
from reconciler.commands.hindrances import refuse_hindrances
from reconciler.commands.lifecycle import at_work
from reconciler.commands.memory import recall
from reconciler.commands.references import still_refers
from reconciler.commands.report import LIST, RESTORE, FileNames, Kept, Outcome, Report, stopped
from reconciler.commands.unfinished import pending, recover_first
from reconciler.engine.backups import records
from reconciler.engine.changes import SENSITIVE, Change
from reconciler.engine.compare import Action
from reconciler.engine.files import ReadOnlyFiles, content, fingerprint
from reconciler.engine.journal import keyed_name
from reconciler.engine.preflight import Target
from reconciler.engine.problems import Code, Place, Stop, reason, stop
from reconciler.engine.transaction import perform
from reconciler.engine.values import ABSENT
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.commands.ground import Ground
    from reconciler.commands.memory import Remembered
    from reconciler.commands.request import RestoreOptions
    from reconciler.commands.world import World
    from reconciler.engine.backups import Record, Recorded
    from reconciler.engine.files import FileSystem, Snapshot
    from reconciler.engine.values import Json

NOT_FOUND: Final = "backup_not_found"
EDITS_LOST: Final = "edits_would_be_lost"
KEY_MISSING: Final = "key_file_missing"


def list_backups(world: World) -> Report:
    """Tell what was replaced, when, and by which transaction."""
    files = ReadOnlyFiles()
    about = Report(LIST, Outcome.BLOCKED)
    try:
        ground = stand(world)
        about = evolve(about, warnings=pending(files, ground.store))
        known = records(files, ground.store)
        kept = tuple(_kept(files, ground, record, number) for record in known for number in _numbers(record))
        return evolve(about, outcome=Outcome.NO_CHANGES, backups=kept)
    except Stop as ending:
        return stopped(LIST, ending, about)


def _numbers(record: Record) -> range:
    return range(1, len(record.files) + 1)


def _kept(files: FileSystem, ground: Ground, record: Record, number: int) -> Kept:
    one = record.files[number - 1]
    there = one.mode is None or (one.backup is not None and _copy(files, ground, one) is not None)
    return Kept(
        f"{record.transaction}.{number}",
        record.at,
        record.command,
        one.role,
        one.path,
        one.mode is not None,
        there and one.role != STATE_ROLE,
    )


def _copy(files: FileSystem, ground: Ground, one: Recorded) -> bytes | None:
    snapshot = None if one.backup is None else files.read(ground.store.backups / one.backup)
    return content(snapshot)


@frozen
class Returning:
    """One file on its way back: what it holds now, and what it is to hold."""

    recorded: Recorded
    path: Path
    now: Snapshot | None = field(repr=False)
    then: bytes | None = field(repr=False)

    @property
    def is_back(self) -> bool:
        """Whether nothing has to be done."""
        return content(self.now) == self.then

    @property
    def change(self) -> Change:
        """Tell what happens to the file."""
        action = Action.DELETE if self.then is None else Action.RESTORE
        sensitive = self.recorded.role == KEY_ROLE
        before = _size(content(self.now), sensitive=sensitive)
        after = _size(self.then, sensitive=sensitive)
        why = "it was not there then" if self.then is None else "what it held then"
        return Change(action, self.recorded.role, str(self.path), None, before, after, why)


def _size(data: bytes | None, *, sensitive: bool) -> Json:
    if data is None:
        return ABSENT
    return SENSITIVE if sensitive else f"{len(data)} bytes"


@frozen
class RestorePlan:
    """Everything that bringing back would change, in the order in which it is done."""

    remembered: Remembered
    record: Record
    files: tuple[Returning, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes, one per file."""
        return tuple(one.change for one in self.files)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The files that would be written."""
        return tuple(Target(one.recorded.role, one.path, one.now) for one in self.files)


def restore(world: World, identifier: str, options: RestoreOptions) -> Report:
    """Bring back what files held before a transaction."""
    about = Report(RESTORE, Outcome.BLOCKED)
    files: FileSystem = ReadOnlyFiles() if options.dry_run else world.files
    try:
        ground = stand(world)
        told = pending(files, ground.store) if options.dry_run else recover_first(world, ground.store)
        about = evolve(about, warnings=told)
        plan = _plan(files, ground, identifier, options)
        about = _describe(about, ground, plan, identifier, options)
        if options.dry_run or not plan.files:
            return about
        refuse_hindrances(world.files, plan.targets)
        if not options.yes:
            confirm(world, about)
            about = evolve(about, confirmed=True)
        with at_work(world, ground.store) as late:
            about = evolve(about, warnings=(*about.warnings, *late))
            fresh = _plan(files, ground, identifier, options)
            if fresh.changes != plan.changes:
                raise stale()
            todo = work.bring_back(world, ground, fresh)
            backups = perform(world.files, ground.store, todo, lambda: None, world.interrupts)
        done = describe.with_backups(about, backups)
        return evolve(done, outcome=Outcome.APPLIED, next_command=describe.STATUS)
    except Stop as ending:
        return stopped(RESTORE, ending, about)


def _plan(files: FileSystem, ground: Ground, identifier: str, options: RestoreOptions) -> RestorePlan:
    record, chosen = _find(files, ground, identifier)
    found = [_returning(files, ground, record, one) for one in chosen]
    changed = tuple(one for one in found if not one.is_back)
    if not options.discard_edits:
        _refuse_to_lose(files, ground, record, changed)
    remembered = recall(files, ground.store)
    if remembered.file.foreign is not None:
        raise stop(
            Code.STATE_UNREADABLE,
            "the state file of another installer stands in the place of ours",
            "run `mimo-code-setup apply`, which takes its set-up over, or move the file away, then run again",
            source="state",
            place=Place(file=str(ground.store.state)),
        )
    _refuse_without_key(files, ground, remembered, changed)
    return RestorePlan(remembered, record, tuple(sorted(changed, key=_when)))


def _when(one: Returning) -> int:
    """Order the files: a key goes in first and comes out last."""
    if one.recorded.role != KEY_ROLE:
        return 0
    return -1 if one.then is not None else 1


def _find(files: FileSystem, ground: Ground, identifier: str) -> tuple[Record, tuple[Recorded, ...]]:
    transaction, _, number = identifier.partition(".")
    for record in records(files, ground.store):
        if record.transaction != transaction:
            continue
        if not number:
            return record, tuple(one for one in record.files if one.role != STATE_ROLE)
        if number.isdecimal() and int(number) in _numbers(record):
            return record, (record.files[int(number) - 1],)
    raise stop(
        NOT_FOUND,
        f"there is no backup {identifier}",
        f"choose one that `{describe.BACKUPS}` shows",
        source="backups",
    )


def _returning(files: FileSystem, ground: Ground, record: Record, one: Recorded) -> Returning:
    place = Place(file=one.path)
    if one.role == STATE_ROLE:
        raise stop(
            NOT_FOUND,
            "a copy is kept of the state of an earlier installer or of a damaged one; it is not brought back",
            "uninstall first, if you want to go back to it; then copy it from the backups folder",
            source="backups",
            place=place,
        )
    path, then = files.real_path(Path(one.path)), _copy(files, ground, one)
    if one.mode is not None and then is None:
        raise stop(
            NOT_FOUND,
            f"no copy is kept of what this file held before {record.command}",
            f"choose another one that `{describe.BACKUPS}` shows",
            source="backups",
            place=place,
        )
    try:
        return Returning(one, path, files.read(path), then)
    except OSError as error:
        raise stop(
            Code.CONFIG_UNREADABLE,
            f"this file cannot be read: {reason(error)}",
            "make the file readable for you, then run again",
            source="backups",
            place=place,
        ) from None


def _refuse_to_lose(files: FileSystem, ground: Ground, record: Record, changed: Iterable[Returning]) -> None:
    for one in changed:
        if one.now is None or keyed_name(record.salt, one.now.data) == one.recorded.after:
            continue
        if not _is_kept(files, ground, one.now):
            raise stop(
                EDITS_LOST,
                "this file was edited since, and going back would take the edits out of it",
                "save what you need of it, then run again with --discard-edits (a copy is kept all the same)",
                source="backups",
                place=Place(file=str(one.path)),
            )


def _is_kept(files: FileSystem, ground: Ground, now: Snapshot) -> bool:
    """Whether a copy of this very content is among the backups."""
    name = f"{fingerprint(now.data)}-{now.path.name}"
    folders = (ground.store.backups, ground.store.project_backups)
    return any(files.read(folder / name) is not None for folder in folders)


def _refuse_without_key(
    files: FileSystem, ground: Ground, remembered: Remembered, changed: tuple[Returning, ...]
) -> None:
    """Refuse what would leave a config that refers to a missing key file: MiMoCode would not start."""
    planned = {one.path: one.then for one in changed if one.recorded.role != KEY_ROLE}
    key = next((one.then is not None for one in changed if one.recorded.role == KEY_ROLE), None)
    if key is None:
        key = files.read(ground.key_path) is not None
    if key:
        return
    state = remembered.file.state
    held = () if state is None else state.held_as(USER_ROLE)
    place = still_refers(files, planned, {Path(one.path).parent for one in held})
    if place is not None:
        raise stop(
            KEY_MISSING,
            "this config would refer to the key file, which would not be there: MiMoCode would not start",
            f"set GonkaGate up with `{describe.APPLY}` instead, or bring the key file back as well",
            source="backups",
            place=place,
        )


def _describe(
    about: Report, ground: Ground, plan: RestorePlan, identifier: str, options: RestoreOptions
) -> Report:
    by_role = {one.recorded.role: str(one.path) for one in plan.files}
    again = f"{describe.BEGIN} {RESTORE} {identifier}"
    return evolve(
        about,
        outcome=Outcome.CHANGES if plan.files else Outcome.NO_CHANGES,
        changes=plan.changes,
        files=FileNames(
            user_config=by_role.get(USER_ROLE),
            project_config=by_role.get(PROJECT_ROLE),
            key_file=by_role.get(KEY_ROLE),
            state=str(ground.store.state),
        ),
        next_command=(again + " --discard-edits" if options.discard_edits else again) if plan.files else None,
    )
