"""`uninstall`: the same road with an empty desire.

Configs first, the key last, so that no config ever refers to a key file that is not there. MiMoCode is
not started, and need not be there any more.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from reconciler.commands import describe, work
from reconciler.commands.apply import confirm, stale
from reconciler.commands.hindrances import foreseen, refuse_hindrances
from reconciler.commands.lifecycle import at_work, pending, recover_first
from reconciler.commands.memory import recall
from reconciler.commands.references import still_refers
from reconciler.commands.report import FileNames, Outcome, Report, stopped
from reconciler.commands.road import KEY_ROLE, SetupPlan, rules
from reconciler.commands.survey import PROJECT_ROLE, USER_ROLE, stand
from reconciler.engine.claims import Holding
from reconciler.engine.compare import Action
from reconciler.engine.documents import read_document
from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.plan import SENSITIVE, Change, plan_document
from reconciler.engine.problems import Blocker, Stop, Warning_
from reconciler.engine.transaction import perform
from reconciler.engine.values import ABSENT
from reconciler.gonkagate.key import read_stored

if TYPE_CHECKING:
    from reconciler.commands.memory import Remembered
    from reconciler.commands.request import UninstallOptions
    from reconciler.commands.survey import Ground
    from reconciler.commands.world import World
    from reconciler.engine.files import FileSystem
    from reconciler.engine.plan import DocumentPlan
    from reconciler.gonkagate.key import StoredKey

NOTHING_INSTALLED = "nothing_installed"


def uninstall(world: World, options: UninstallOptions) -> Report:
    """Take everything of ours out again and give back what stood there before."""
    about = Report("uninstall", Outcome.BLOCKED)
    files: FileSystem = ReadOnlyFiles() if options.dry_run else world.files
    try:
        ground = stand(world)
        told = pending(files, ground.store) if options.dry_run else recover_first(world, ground.store)
        about = evolve(about, warnings=told)
        going = _look(files, ground, options)
        if going is None:
            return _nothing(about, ground, options)
        about = _describe(about, going, options)
        if options.dry_run:
            more = foreseen("uninstall", files, going.plan.targets)
            return evolve(about, warnings=(*about.warnings, *more))
        refuse_hindrances(world.files, going.plan.targets)
        if not options.yes:
            confirm(world, about)
            about = evolve(about, confirmed=True)
        with at_work(world, ground.store) as late:
            if recall(files, ground.store).file.snapshot != going.plan.remembered.file.snapshot:
                fresh = _look(files, ground, options)  # another run of ours was faster
                if fresh is None:
                    return _nothing(evolve(about, warnings=(*about.warnings, *late)), ground, options)
                if not options.yes and fresh.plan.changes != going.plan.changes:
                    raise stale()
                going = fresh
            todo = work.leave(world, going.plan, keep_key=options.keep_key)
            backups = perform(world.files, ground.store, todo, lambda: None, world.interrupts)
        return _done(world, describe.with_backups(about, backups), ground)
    except Stop as ending:
        return stopped("uninstall", ending, about)


@frozen
class _Going:
    """What is taken out, how, and what to tell of it."""

    leaving: tuple[Holding, ...]
    plan: SetupPlan
    warnings: tuple[Warning_, ...]


def _look(files: FileSystem, ground: Ground, options: UninstallOptions) -> _Going | None:
    """Plan with an empty desire; None where nothing of ours is."""
    remembered = recall(files, ground.store)
    leaving = _leaving(remembered, ground, options)
    if not leaving:
        return None
    stored = read_stored(files, ground.key_path)
    return _Going(leaving, *_plan(files, ground, remembered, leaving, stored, options))


def _done(world: World, about: Report, ground: Ground) -> Report:
    kept = world.files.names(ground.store.backups)
    note = (
        f"copies of what your files held before stay in {ground.store.backups} "
        f"(`{describe.BACKUPS}` shows them); remove them when you like"
    )
    notes = (*about.notes, note) if kept else about.notes
    return evolve(about, outcome=Outcome.REMOVED, next_command=None, notes=notes)


def _leaving(remembered: Remembered, ground: Ground, options: UninstallOptions) -> tuple[Holding, ...]:
    state = remembered.file.state
    if state is None:
        return ()
    if not options.this_project:
        return state.documents
    held = state.holding(PROJECT_ROLE, str(ground.project.config))
    return () if held is None else (held,)


def _nothing(about: Report, ground: Ground, options: UninstallOptions) -> Report:
    if about.warnings and not options.dry_run:  # a run that was killed was brought to its end just now
        return evolve(about, outcome=Outcome.RECOVERED, changes=(), drift=(), next_command=describe.BEGIN)
    where = f"in the project {ground.project.root}" if options.this_project else "here"
    blocker = Blocker(
        NOTHING_INSTALLED,
        f"nothing of ours is installed {where}",
        "there is nothing to remove; `mimo-code-setup status` shows what is installed",
        "state",
    )
    return evolve(about, outcome=Outcome.NOT_INSTALLED, blockers=(blocker,), next_command=describe.BEGIN)


def _plan(
    files: FileSystem,
    ground: Ground,
    remembered: Remembered,
    leaving: tuple[Holding, ...],
    stored: StoredKey,
    options: UninstallOptions,
) -> tuple[SetupPlan, tuple[Warning_, ...]]:
    documents = []
    for held in leaving:
        document = read_document(files, held.role, Path(held.path))
        documents.append(plan_document(document, {}, held, rules(files, ground.store, document, held)))
    state = remembered.file.state
    kept = tuple(one for one in (state.documents if state else ()) if one not in leaving)
    change, warnings = _key_change(files, documents, stored, options, anything_kept=bool(kept))
    plan = SetupPlan(ground, remembered, tuple(documents), kept, stored, None, change, leaving=True)
    return plan, warnings


def _key_change(
    files: FileSystem,
    documents: list[DocumentPlan],
    stored: StoredKey,
    options: UninstallOptions,
    *,
    anything_kept: bool,
) -> tuple[Change | None, tuple[Warning_, ...]]:
    """Plan the key file's removal, unless somebody still refers to it: MiMoCode would not start then."""
    if stored.snapshot is None or options.keep_key or anything_kept:
        return None, ()
    planned = {one.document.real: one.content() for one in documents}
    folders = {one.document.path.parent for one in documents if one.document.role == USER_ROLE}
    left = still_refers(files, planned, folders)
    if left is not None:
        message = "this file still refers to the key file, so the key file stays: MiMoCode would not start"
        return None, (Warning_(message, left),)
    gone = "no longer wanted"
    return Change(Action.DELETE, KEY_ROLE, str(stored.path), None, SENSITIVE, ABSENT, gone), ()


def _describe(about: Report, going: _Going, options: UninstallOptions) -> Report:
    plan, ground, leaving = going.plan, going.plan.ground, going.leaving
    project = str(ground.project.config)
    return evolve(
        about,
        outcome=Outcome.CHANGES,
        changes=plan.changes,
        drift=plan.drift,
        files=FileNames(
            user_config=next((one.path for one in leaving if one.role == USER_ROLE), None),
            project_config=next((one.path for one in leaving if one.path == project), None),
            key_file=str(ground.key_path),
            state=str(ground.store.state),
        ),
        warnings=(*about.warnings, *going.warnings),
        next_command=_again(options),
    )


def _again(options: UninstallOptions) -> str:
    """Spell the command that carries out what was just shown."""
    flags = (("--this-project", options.this_project), ("--keep-key", options.keep_key))
    return " ".join((describe.UNINSTALL, *(flag for flag, given in flags if given)))
