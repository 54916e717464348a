"""The projects in project scope, as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.cli.styled import Line
from reconciler.cli.text import home_relative, printable
from reconciler.commands.report import Health

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.commands.report import Report

_SHOWN: Final = 10
_HEALTH: Final = {
    Health.IN_SYNC: ("in sync", "green"),
    Health.DRIFTED: ("changed outside of this program", "yellow"),
    Health.GONE: ("its folder is gone", "yellow"),
    Health.NOT_MOUNTED: ("its disk is not there", "yellow"),
    Health.UNREADABLE: ("its config cannot be read", "red"),
}


def projects(report: Report, home: str, *, verbose: bool) -> Iterator[Line]:
    """List them; of many, those that are as they were set up are counted."""
    if not report.projects:
        return
    yield Line("Projects in project scope:", style="bold")
    well = [one for one in report.projects if one.health is Health.IN_SYNC]
    hidden = [] if verbose or len(well) <= _SHOWN + 1 else well[_SHOWN:]
    for one in report.projects:
        if one not in hidden:
            word, style = _HEALTH[one.health]
            model = f"  {printable(one.model_ref)}" if one.model_ref else ""
            yield Line.of(f"  {home_relative(one.root, home)}{model}  ", (word, style))
    if hidden:
        yield Line(f"  and {len(hidden)} more that are in sync (--verbose lists them)", style="dim")
    yield Line("")
