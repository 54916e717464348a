"""`uninstall`: the same road with an empty desire.

Configs first, the key last, so that no config ever refers to a key file that is not there. MiMoCode is
not started, and need not be there any more.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from reconciler.commands import describe, work
from reconciler.commands.apply import confirm
from reconciler.commands.lifecycle import at_work, pending, recover_first
from reconciler.commands.memory import recall
from reconciler.commands.obstacles import KEY_MARK
from reconciler.commands.report import FileNames, Outcome, Report, stopped
from reconciler.commands.road import KEY_ROLE, SetupPlan, rules
from reconciler.commands.survey import PROJECT_ROLE, USER_ROLE, stand
from reconciler.engine.compare import Action
from reconciler.engine.documents import read_document
from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.plan import SENSITIVE, Change, plan_document
from reconciler.engine.problems import Blocker, Place, Stop, Warning_
from reconciler.engine.transaction import perform
from reconciler.engine.values import ABSENT
from reconciler.gonkagate.key import read_stored
from reconciler.jsonc.lines import Lines

if TYPE_CHECKING:
    from reconciler.commands.memory import Remembered
    from reconciler.commands.request import UninstallOptions
    from reconciler.commands.survey import Ground
    from reconciler.commands.world import World
    from reconciler.engine.claims import Holding
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
        remembered = recall(files, ground.store)
        leaving = _leaving(remembered, ground, options)
        if not leaving:
            return _nothing(about, ground, options)
        stored = read_stored(files, ground.key_path)
        plan, warnings = _plan(files, ground, remembered, leaving, stored, options)
        about = _describe(about, plan, leaving, warnings, options)
        if options.dry_run:
            return about
        if not options.yes:
            confirm(world, about)
            about = evolve(about, confirmed=True)
        with at_work(world, ground.store):
            todo = work.leave(world, plan, keep_key=options.keep_key)
            backups = perform(world.files, ground.store, todo, lambda: None)
        done = describe.with_backups(about, backups)
        kept = world.files.names(ground.store.backups)
        note = (
            f"copies of what your files held before stay in {ground.store.backups}; remove them when you like"
        )
        notes = (*done.notes, note) if kept else done.notes
        return evolve(done, outcome=Outcome.REMOVED, next_command=None, notes=notes)
    except Stop as ending:
        return stopped("uninstall", ending, about)


def _leaving(remembered: Remembered, ground: Ground, options: UninstallOptions) -> tuple[Holding, ...]:
    state = remembered.file.state
    if state is None:
        return ()
    if not options.this_project:
        return state.documents
    held = state.holding(PROJECT_ROLE, str(ground.project.config))
    return () if held is None else (held,)


def _nothing(about: Report, ground: Ground, options: UninstallOptions) -> Report:
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
    left = _still_refers(files, documents)
    if left is not None:
        message = "this file still refers to the key file, so the key file stays: MiMoCode would not start"
        return None, (Warning_(message, left),)
    gone = "no longer wanted"
    return Change(Action.DELETE, KEY_ROLE, str(stored.path), None, SENSITIVE, ABSENT, gone), ()


def _still_refers(files: FileSystem, documents: list[DocumentPlan]) -> Place | None:
    planned = {one.document.real: one.content() for one in documents}
    folders = {one.document.path.parent for one in documents if one.document.role == USER_ROLE}
    for folder in sorted(folders):
        for name in files.names(folder):
            path = folder / name
            if path.suffix not in (".json", ".jsonc"):
                continue
            data = planned.get(files.real_path(path))
            if data is None and files.real_path(path) not in planned:
                snapshot = files.read(path)
                data = None if snapshot is None else snapshot.data
            if data is not None and KEY_MARK in data:
                return _place(path, data)
    return None


def _place(path: Path, data: bytes) -> Place:
    line, column = Lines.of(data).place(data.index(KEY_MARK))
    return Place(file=str(path), line=line, column=column)


def _describe(
    about: Report,
    plan: SetupPlan,
    leaving: tuple[Holding, ...],
    warnings: tuple[Warning_, ...],
    options: UninstallOptions,
) -> Report:
    ground = plan.ground
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
        warnings=(*about.warnings, *warnings),
        next_command=_again(options),
    )


def _again(options: UninstallOptions) -> str:
    """Spell the command that carries out what was just shown."""
    flags = (("--this-project", options.this_project), ("--keep-key", options.keep_key))
    return " ".join((describe.UNINSTALL, *(flag for flag, given in flags if given)))
