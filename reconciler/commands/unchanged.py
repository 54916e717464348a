"""A run with nothing to change: whether MiMoCode has confirmed just this, and would say the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from reconciler.commands import answers, describe
from reconciler.commands.report import Outcome
from reconciler.commands.road import expected_of, project_root
from reconciler.engine.documents import read_document
from reconciler.engine.problems import Stop
from reconciler.engine.values import look_up, same
from reconciler.mimocode.audit.probes import Feature
from reconciler.mimocode.outlook import Outlook

if TYPE_CHECKING:
    from reconciler.commands.plan import Planned
    from reconciler.commands.report import Report
    from reconciler.commands.road import SetupPlan
    from reconciler.commands.world import World
    from reconciler.engine.files import FileSystem


def known(world: World, planned: Planned, about: Report) -> Report | None:
    """Return the report where MiMoCode has confirmed all of this, and would say the same again."""
    survey = planned.survey
    memory, expected = survey.remembered.memory, expected_of(planned.plan, survey.key)
    if memory is None or not survey.met.trust.carries(Feature.FORESIGHT):
        return None
    outlook = Outlook(world.files, world.environment, survey.met.paths)
    root = project_root(survey.ground, planned.choice)
    found = answers.standing(outlook, expected, root, survey.met.launcher.executable, memory)
    session = outlook.unasked(expected, world.folder, by_model=True) if found.holds else None
    if found.answer is None or session is None:
        return None
    if session.blockers and taken_back(world.files, planned.plan):
        return None  # another run is at work: wait for it, and look again
    about = describe.relying(describe.asked(about, planned.plan), found.answer, session)
    if session.blockers:
        return evolve(about, outcome=Outcome.SESSION_BLOCKED, blockers=session.blockers)
    return evolve(about, outcome=Outcome.NO_CHANGES, next_command=describe.RUN_IT)


def taken_back(files: FileSystem, plan: SetupPlan) -> bool:
    """Whether a value of ours no longer stands where this run left it: another run or a person was here."""
    for one in plan.documents:
        claims = () if one.holding is None else one.holding.claims
        try:
            tree = read_document(files, one.document.role, one.document.path).tree
        except Stop:
            return True
        if any(not same(look_up(tree.value, claim.key), claim.applied) for claim in claims):
            return True
    return False
