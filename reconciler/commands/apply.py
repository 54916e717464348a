"""`apply`, and the guided set-up: walk the whole road.

Success is reported only where MiMoCode itself resolves what was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from reconciler.commands.consent import confirm
from reconciler.commands.ground import stand
from reconciler.commands.plan import walk, walk_back
from reconciler.commands.report import Outcome, Report, stopped
from reconciler.commands.request import PlanOptions
from reconciler.commands.unfinished import recover_first
from reconciler.commands.world import Back, Stage
from reconciler.engine.problems import Stop

if TYPE_CHECKING:
    from reconciler.commands.plan import Planned
    from reconciler.commands.request import Selection
    from reconciler.commands.run import Run
    from reconciler.commands.saved import SavedPlan
    from reconciler.commands.world import World


def apply(
    world: World,
    selection: Selection,
    *,
    yes: bool,
    guided: bool = False,
    command: str = "apply",
) -> Report:
    """Converge to the selection, or leave everything as it was.

    `yes` carries out without asking; `guided` asks for what the selection leaves open.
    """
    return carry_out(world, selection, PlanOptions(guided=guided, unattended=yes), command, yes=yes)


def carry_out(
    world: World,
    selection: Selection,
    options: PlanOptions,
    command: str,
    *,
    yes: bool,
    saved: SavedPlan | None = None,
) -> Report:
    """Walk the whole road. With a saved plan, what it says is done, or nothing."""
    about = Report(command, Outcome.BLOCKED)
    try:
        recovered = recover_first(world, stand(world).store)
        about = evolve(about, warnings=recovered)
        planned = walk(command, world, world.files, selection, options, confirming=True)
    except Stop as ending:
        return stopped(command, ending, about)
    try:
        if saved is not None:
            from reconciler.commands.stale import refuse_moved  # noqa: PLC0415 - only here

            refuse_moved(world.files, saved, planned)
        while True:
            about = evolve(planned.report, warnings=(*planned.report.warnings, *recovered))
            try:
                about = _agreed(world, planned, about, yes=yes)
                break
            except Back:
                planned = walk_back(world, planned)
        known = None if planned.plan.changes else _known(world, planned, about)
        if known is not None:
            return evolve(known, outcome=Outcome.RECOVERED) if recovered and known.ok else known
        return _run(world, planned, about, yes=yes, saved=saved).go(recovered=bool(recovered))
    except Stop as ending:
        return stopped(command, ending, about)
    finally:
        planned.survey.met.launcher.stop_all()  # what was asked beside, where nothing came to need it


def _known(world: World, planned: Planned, about: Report) -> Report | None:
    from reconciler.commands import unchanged  # noqa: PLC0415 - where there is nothing to change

    return unchanged.known(world, planned, about)


def _agreed(world: World, planned: Planned, about: Report, *, yes: bool) -> Report:
    """Return the report of a plan that may be carried out. Raises `Stop` and `Back`."""
    if not planned.plan.changes:
        return about
    from reconciler.commands.hindrances import refuse_hindrances  # noqa: PLC0415 - only now

    refuse_hindrances(world.files, planned.plan.targets)
    if yes:
        return about
    world.progress.reached(Stage.CHANGES, f"{len(planned.plan.changes)} to make, none made yet")
    confirm(world, about, back=planned.may_go_back)
    return evolve(about, confirmed=True)


def _run(world: World, planned: Planned, about: Report, *, yes: bool, saved: SavedPlan | None) -> Run:
    from reconciler.commands.run import Run  # noqa: PLC0415 - once there is something to write or to ask

    return Run(world, planned, about, yes=yes, saved=saved)
