"""`apply`, and the guided set-up: walk the whole road.

Success is reported only where MiMoCode itself resolves what was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from reconciler.commands import describe, work
from reconciler.commands.lifecycle import at_work, recover_first
from reconciler.commands.plan import walk
from reconciler.commands.report import Outcome, Report, stopped
from reconciler.commands.request import PlanOptions
from reconciler.commands.road import expected_of, project_root
from reconciler.commands.survey import stand
from reconciler.commands.world import Answer
from reconciler.engine.problems import Blocker, Stop, Warning_
from reconciler.engine.transaction import perform
from reconciler.mimocode.verification import Asker, Session, Verdict

if TYPE_CHECKING:
    from reconciler.commands.plan import Planned
    from reconciler.commands.request import Selection
    from reconciler.commands.world import World
    from reconciler.mimocode.expectations import Expectations
    from reconciler.mimocode.verification import Result

NOT_CONFIRMED = "not_confirmed"


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
    about = Report(command, Outcome.BLOCKED)
    try:
        recovered = recover_first(world, stand(world).store)
        about = evolve(about, warnings=recovered)
        planned = walk(command, world, world.files, selection, PlanOptions(guided=guided))
        about = evolve(planned.report, warnings=(*planned.report.warnings, *recovered))
        if planned.plan.changes and not yes:
            confirm(world, about)
            about = evolve(about, confirmed=True)
        return _carry_out(world, planned, about, recovered=bool(recovered))
    except Stop as ending:
        return stopped(command, ending, about)


def confirm(world: World, about: Report) -> None:
    """Raise `Stop` with not_confirmed unless somebody says yes."""
    answer = world.dialogue.confirm(evolve(about, next_command=None))
    if answer is Answer.YES:
        return
    message, remedy = "you did not agree", "run again when you want it"
    if answer is Answer.NOBODY_THERE:
        message = "there are changes to make, and no terminal to ask whether to make them"
        remedy = "look at the changes with `mimo-code-setup plan`, then run again with --yes"
    raise Stop((Blocker(NOT_CONFIRMED, f"nothing was changed: {message}", remedy, "confirmation"),))


def _carry_out(world: World, planned: Planned, about: Report, *, recovered: bool) -> Report:
    survey, plan = planned.survey, planned.plan
    expected = expected_of(plan, survey.key)
    asker = Asker(survey.met.launcher, world.files, world.environment, survey.met.paths)
    root = project_root(survey.ground, planned.choice)
    results: list[Result] = []

    def verify() -> None:
        with world.told("asking MiMoCode what it resolves now"):
            results.append(asker.durable(expected, root))
        if results[-1].blockers:
            raise Stop(results[-1].blockers)

    try:
        if plan.changes:
            with at_work(world, survey.ground.store):
                backups = perform(world.files, survey.ground.store, work.set_up(world, plan, survey), verify)
            about = describe.with_backups(about, backups)
        else:
            verify()
    except Stop as ending:
        checked = describe.checked(about, results[-1], None) if results else about
        return stopped(about.command, ending, checked)
    session = _session(world, asker, expected)
    done = describe.checked(about, results[-1], session)
    outcome = Outcome.APPLIED if plan.changes else Outcome.RECOVERED if recovered else Outcome.NO_CHANGES
    if session.blockers:
        return evolve(done, outcome=Outcome.SESSION_BLOCKED, blockers=session.blockers)
    return evolve(done, outcome=outcome, next_command=describe.RUN_IT)


def _session(world: World, asker: Asker, expected: Expectations) -> Session:
    """Look at this shell. What goes wrong here is this shell's: the set-up stays."""
    with world.told("looking at this shell's own overrides"):
        try:
            return asker.session(expected, world.folder)
        except Stop as ending:
            return Session(
                Verdict.BLOCKED,
                ending.blockers,
                (Warning_("the set-up itself is in place and was verified"),),
            )
