"""Whether somebody agrees to what would change, and to that alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve

from reconciler.commands.world import Answer
from reconciler.engine.problems import Blocker, Code, Stop, stop

if TYPE_CHECKING:
    from reconciler.commands.report import Report
    from reconciler.commands.world import World

NOT_CONFIRMED: Final = "not_confirmed"


def confirm(world: World, about: Report, *, back: bool = False) -> None:
    """Raise `Stop` with not_confirmed unless somebody says yes; `Back` where he goes back."""
    answer = world.dialogue.confirm(evolve(about, next_command=None), back=back)
    if answer is Answer.YES:
        return
    message, remedy = "you did not agree", "run again when you want it"
    if answer is Answer.NOBODY_THERE:
        message = "there are changes to make, and no terminal to ask whether to make them"
        remedy = "look at the changes with `mimo-code-setup plan`, then run again with --yes"
    raise Stop((Blocker(NOT_CONFIRMED, f"nothing was changed: {message}", remedy, "confirmation"),))


def stale() -> Stop:
    """Make the blocker for changes that are not those that somebody agreed to."""
    return stop(
        Code.PLAN_STALE,
        "what would change is no longer what you agreed to: something changed meanwhile",
        "run again and look at the new plan",
        source="plan",
    )
