"""`apply FILE`: carry out a plan that was saved, where and as it was saved, or nothing at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from reconciler.commands.apply import carry_out
from reconciler.commands.plan_file import read_plan
from reconciler.commands.report import Outcome, Report, stopped
from reconciler.commands.request import PlanOptions, Selection
from reconciler.commands.stale import elsewhere, stale
from reconciler.engine.problems import Place, Stop
from reconciler.mimocode.home import usable_home

if TYPE_CHECKING:
    from reconciler.commands.saved import SavedPlan
    from reconciler.commands.world import World

COMMAND = "apply"


def apply_saved(world: World, file: Path) -> Report:
    """Carry out exactly the plan that stands in a file, or leave everything as it is.

    Whoever saved it saw it, so nobody is asked once more. It takes place in the folder that it was made
    for. Everything is looked at anew, and a plan that is not what would be done now is refused.
    """
    try:
        saved = read_plan(world.files, world.folder / file)
        there = _in_its_place(world, saved)
    except Stop as ending:
        return stopped(COMMAND, ending, Report(COMMAND, Outcome.BLOCKED))
    choice = saved.basis.choice
    selection = Selection(choice.scope, choice.model, choice.small_model)
    return carry_out(there, selection, PlanOptions(), COMMAND, yes=True, saved=saved)


def _in_its_place(world: World, saved: SavedPlan) -> World:
    """Go where a plan is for. Raises `Stop` with plan_stale where that is not to be had."""
    where, home = saved.basis.where, str(usable_home(world.environment))
    if where.home != home:
        raise Stop((elsewhere(where, evolve(where, home=home)),))
    folder = Path(saved.folder)
    try:
        is_there = folder.is_dir()
    except OSError:
        is_there = False
    if not is_there:
        raise Stop((stale("the folder that the plan was made for is not there", Place(file=saved.folder)),))
    return evolve(world, folder=folder)
