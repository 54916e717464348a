"""`uninstall`: the same road with an empty desire.

Configs first, the key last, so that no config ever refers to a key file that is not there. MiMoCode is
not started, and need not be there any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from reconciler.commands import describe, work
from reconciler.commands.consent import confirm, stale
from reconciler.commands.departure import depart, out_of_reach
from reconciler.commands.ground import USER_ROLE, stand
from reconciler.commands.hindrances import foreseen, refuse_hindrances
from reconciler.commands.lifecycle import at_work
from reconciler.commands.memory import recall_what_is_left
from reconciler.commands.report import FileNames, Outcome, Report, stopped
from reconciler.commands.unfinished import pending, recover_first
from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.problems import Blocker, Stop
from reconciler.engine.transaction import perform

if TYPE_CHECKING:
    from reconciler.commands.departure import Departure
    from reconciler.commands.ground import Ground
    from reconciler.commands.request import UninstallOptions
    from reconciler.commands.world import World
    from reconciler.engine.files import FileSystem

NOTHING_INSTALLED = "nothing_installed"


def uninstall(world: World, options: UninstallOptions) -> Report:
    """Take everything of ours out again and give back what stood there before."""
    about = Report("uninstall", Outcome.BLOCKED)
    files: FileSystem = ReadOnlyFiles() if options.dry_run else world.files
    try:
        ground = stand(world)
        told = pending(files, ground.store) if options.dry_run else recover_first(world, ground.store)
        about = evolve(about, warnings=told)
        going = depart(world.environment, files, ground, options)
        if going is None:
            return _nothing(files, about, ground, options)
        about = _describe(about, going, options)
        if options.dry_run:
            more = foreseen("uninstall", files, going.plan.targets)
            return evolve(about, warnings=(*about.warnings, *more))
        refuse_hindrances(world.files, going.plan.targets)
        if not options.yes:
            confirm(world, about)
            about = evolve(about, confirmed=True)
        with at_work(world, ground.store) as late:
            now = recall_what_is_left(files, ground.store)
            if now.file.snapshot != going.plan.remembered.file.snapshot:
                fresh = depart(world.environment, files, ground, options)  # another run of ours was faster
                if fresh is None:
                    about = evolve(about, warnings=(*about.warnings, *late))
                    return _nothing(files, about, ground, options)
                if not options.yes and fresh.plan.changes != going.plan.changes:
                    raise stale()
                going = fresh
            todo = work.leave(world, going.plan, keep_key=options.keep_key or options.this_project)
            backups = perform(world.files, ground.store, todo, lambda: None, world.interrupts)
        return _done(world, describe.with_backups(about, backups), ground)
    except Stop as ending:
        return stopped("uninstall", ending, about)


def _done(world: World, about: Report, ground: Ground) -> Report:
    kept = world.files.names(ground.store.backups)
    note = (
        f"copies of what your files held before stay in {ground.store.backups} "
        f"(`{describe.BACKUPS}` shows them); remove them when you like"
    )
    notes = (*about.notes, note) if kept else about.notes
    return evolve(about, outcome=Outcome.REMOVED, next_command=None, notes=notes)


def _nothing(files: FileSystem, about: Report, ground: Ground, options: UninstallOptions) -> Report:
    if about.warnings and not options.dry_run:  # a run that was killed was brought to its end just now
        return evolve(about, outcome=Outcome.RECOVERED, changes=(), drift=(), next_command=describe.BEGIN)
    left = () if options.this_project else out_of_reach(files, ground)
    about = evolve(about, warnings=(*about.warnings, *left))
    where = f"in the project {ground.project.root}" if options.this_project else "here"
    blocker = Blocker(
        NOTHING_INSTALLED,
        f"nothing of ours is installed {where}",
        "there is nothing to remove; `mimo-code-setup status` shows what is installed",
        "state",
    )
    return evolve(about, outcome=Outcome.NOT_INSTALLED, blockers=(blocker,), next_command=describe.BEGIN)


def _describe(about: Report, going: Departure, options: UninstallOptions) -> Report:
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
        projects=going.projects,
        next_command=_again(options),
    )


def _again(options: UninstallOptions) -> str:
    """Spell the command that carries out what was just shown."""
    flags = (("--this-project", options.this_project), ("--keep-key", options.keep_key))
    return " ".join((describe.UNINSTALL, *(flag for flag, given in flags if given)))
