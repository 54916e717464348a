"""Drift as people read it: what was set, what stands there, since when, and what a run does about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.cli.changes import resource
from reconciler.cli.styled import Line
from reconciler.cli.text import home_relative, printable, value
from reconciler.commands.ground import PROJECT_ROLE
from reconciler.engine.compare import Action
from reconciler.engine.values import ABSENT, key_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.commands.report import Report
    from reconciler.engine.changes import Change
    from reconciler.engine.values import Json

_MENDED: Final = {
    Action.CREATE: "puts it back",
    Action.UPDATE: "sets it back",
    Action.DELETE: "removes it; the backup keeps what stands there now",
    Action.RESTORE: "gives back what you had set before",
    Action.ADOPT: "leaves it: it is what it should be",
    Action.RELEASE: "leaves it as it is",
    Action.REPAIR: "repairs it",
}
_KEY_MENDED: Final = {
    **_MENDED,
    Action.CREATE: "needs the key again",
    Action.UPDATE: "takes it as it is",
    Action.REPAIR: "makes it readable for you alone",
}


def drift(report: Report, home: str) -> Iterator[Line]:
    """Say what we set, what stands there, since when at the latest, and what comes of it."""
    yield Line("Changed outside of this program:", style="bold yellow")
    coming = {(change.file, change.key): change for change in report.changes if change.drift}
    file = None
    for change in report.drift:
        if change.file != file:
            file = change.file
            yield Line(f"  {home_relative(change.file, home)}{_since(change)}")
        what = key_text(change.key) if change.key else resource(change)
        yield Line.of("    ", ("~ ", "yellow"), (printable(what), "bold"))
        yield Line(f"        set to {value(change.before)}, now {value(change.after)}")
        yield from _differences(change.before, change.after)
        what = _mended(change, coming.get((change.file, change.key)))
        yield Line(f"        {_verb(report, change)} {what}")
    yield Line("")


def _verb(report: Report, row: Change) -> str:
    """Name the run that sees to a row; what lies in another project is seen to there."""
    if report.command == "uninstall":
        return "uninstall"
    elsewhere = row.resource == PROJECT_ROLE and row.file != report.files.project_config
    return "apply in that project" if elsewhere and row.key is not None else "apply"


def _since(change: Change) -> str:
    if change.since is None:
        return ""
    day, _, time = change.since.rstrip("Z").partition("T")
    return f", on {day} at {time} UTC at the latest"


def _mended(row: Change, change: Change | None) -> str:
    """Say what a run does about a key that somebody else changed."""
    if row.resource == "state":
        return "adopts what is set up and records it again"
    if row.action is Action.RELEASE and row.after is ABSENT:
        return "forgets it" if row.key is None else "has nothing to take out there"
    if row.key is None:
        return _KEY_MENDED[row.action]
    sets_it = change is not None and change.action in (Action.CREATE, Action.UPDATE)
    if change is not None and sets_it and change.after != row.before:
        return f"sets it to {value(change.after)}"
    return _MENDED[row.action]


def _differences(before: Json, after: Json) -> Iterator[Line]:
    """Tell two trees apart for a person; plain values speak for themselves."""
    if not isinstance(before, dict | list) or not isinstance(after, dict | list):
        return
    from deepdiff import DeepDiff  # noqa: PLC0415 - slow to import, and hardly ever needed

    for line in DeepDiff(before, after, verbose_level=2).pretty().splitlines():
        yield Line(f"        {printable(line)}", style="dim")
