"""`plan`: walk the road up to the plan and show it.

Nothing is written but the plan itself, where it is to be saved, and MiMoCode is asked for nothing that
would make it write into a config.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from attrs import evolve

from reconciler.commands.describe import APPLY, RUN_IT
from reconciler.commands.report import Outcome, Report, stopped
from reconciler.commands.survey import look, look_again
from reconciler.commands.unfinished import pending
from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.problems import Stop
from reconciler.records import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.commands.desire import Choice
    from reconciler.commands.questions import Interview
    from reconciler.commands.request import PlanOptions, Selection
    from reconciler.commands.road import SetupPlan
    from reconciler.commands.survey import Survey
    from reconciler.commands.world import World
    from reconciler.engine.files import FileSystem
    from reconciler.engine.problems import Warning_


@frozen
class Planned:
    """A plan with all that it was made from, ready to be carried out."""

    selection: Selection
    survey: Survey
    choice: Choice
    plan: SetupPlan
    report: Report
    interview: Interview | None = None
    """What was asked on the way here, where somebody was asked."""

    @property
    def may_go_back(self) -> bool:
        """Whether there is a question to come back to."""
        return self.interview is not None and bool(self.interview.asked)


def walk(
    command: str,
    world: World,
    files: FileSystem,
    selection: Selection,
    options: PlanOptions,
    *,
    confirming: bool = False,
) -> Planned:
    """Walk from looking to planning. Raises `Stop`.

    `confirming` has MiMoCode confirm what is relied on, as a success needs it: a launch may still run then.
    """
    survey = look(world, files, options, confirming=confirming, meanwhile=_bring_the_rest)
    try:
        if not (options.guided or survey.key_was_typed):
            return _plan(command, world, files, selection, survey)
        from reconciler.commands import questions  # noqa: PLC0415 - where somebody is asked

        interview = questions.Interview(selection, survey, options.guided)
        return _after(questions.begin(world, interview), command, world, files)
    except BaseException:
        survey.met.launcher.stop_all()
        raise


def walk_back(world: World, planned: Planned) -> Planned:
    """Come back from a plan to the last question, and walk on from there. Raises `Stop`."""
    from reconciler.commands import questions  # noqa: PLC0415 - where somebody is asked

    assert planned.interview is not None  # noqa: S101 - a way back is offered where there was a question
    interview = questions.ask_last_again(world, planned.interview)
    return _after(interview, planned.report.command, world, world.files)


def _after(interview: Interview, command: str, world: World, files: FileSystem) -> Planned:
    planned = _plan(command, world, files, interview.selection, interview.survey)
    return evolve(planned, interview=interview)


def _bring_the_rest() -> None:
    """Import what the rest of the road needs, while others are asked: it takes longer than they do."""
    from reconciler.commands import describe, desire, road  # noqa: F401, PLC0415


def _plan(command: str, world: World, files: FileSystem, selection: Selection, survey: Survey) -> Planned:
    from reconciler.commands import describe, desire  # noqa: PLC0415 - brought meanwhile
    from reconciler.commands.road import plan_setup  # noqa: PLC0415 - same

    choice = desire.choose(selection, desire.known(survey), survey.catalog)
    plan = plan_setup(world, files, survey, choice)
    return Planned(selection, survey, choice, plan, describe.planned(command, survey, choice, plan))


def plan_again(world: World, planned: Planned) -> Planned:
    """Plan anew where another run of ours was faster; the same plan where none was.

    A file that somebody else changed meanwhile is not taken into a new plan: that stops the run.
    """
    survey = look_again(world.files, planned.survey)
    if survey.remembered.file.snapshot == planned.survey.remembered.file.snapshot:
        return planned
    return _plan(planned.report.command, world, world.files, planned.selection, survey)


def plan_anew(world: World, planned: Planned) -> Planned:
    """Plan from what stands on the disk now; what `mimo` and the gateway said stays."""
    survey = look_again(world.files, planned.survey)
    return _plan(planned.report.command, world, world.files, planned.selection, survey)


def plan(world: World, selection: Selection, options: PlanOptions) -> Report:
    """Preview what apply would change, and save the plan where that was asked for."""
    about = Report("plan", Outcome.BLOCKED)
    try:
        files = ReadOnlyFiles()
        planned = walk("plan", world, files, selection, options)
        warnings = (*pending(files, planned.survey.ground.store), *_hindrances(files, planned))
        about = evolve(planned.report, warnings=(*planned.report.warnings, *warnings))
        carry_out = _apply(selection)
        if options.out is not None:
            path = world.folder / options.out
            _save(world, path, planned)
            about = evolve(about, notes=(f"the plan was saved: {path}",))
            carry_out = f"{APPLY} {shlex.quote(str(path))}"
    except Stop as ending:
        return stopped("plan", ending, about)
    return evolve(about, next_command=carry_out if planned.plan.changes else RUN_IT)


def _hindrances(files: FileSystem, planned: Planned) -> tuple[Warning_, ...]:
    if not planned.plan.changes:
        return ()
    from reconciler.commands.hindrances import foreseen  # noqa: PLC0415 - where something would be written

    return foreseen("apply", files, planned.plan.targets)


def _save(world: World, path: Path, planned: Planned) -> None:
    from reconciler.commands.plan_file import write_plan  # noqa: PLC0415 - with --out alone
    from reconciler.commands.saved import save_form  # noqa: PLC0415 - same

    write_plan(world, path, save_form(world, planned), planned.survey)


def _apply(selection: Selection) -> str:
    """Spell the command that carries out what was just shown."""
    flags = (
        ("--scope", selection.scope),
        ("--model", selection.model),
        ("--small-model", selection.small_model),
    )
    given = [word for flag, value in flags if value is not None for word in (flag, shlex.quote(value))]
    return " ".join((APPLY, *given))
