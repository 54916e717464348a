"""Changes as people read them: files as headings, keys beneath with what happens to each and why, a summary.

Hundreds of models are folded into a line for each thing that happens to them, unless all is to be listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.cli.styled import Line
from reconciler.cli.text import home_relative, printable, value
from reconciler.commands.ground import KEY_ROLE, PROJECT_ROLE, STATE_ROLE
from reconciler.engine.compare import Action, Row
from reconciler.engine.values import ABSENT, key_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reconciler.commands.report import Report
    from reconciler.engine.changes import Change
    from reconciler.engine.values import Json

_SYMBOLS: Final = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.DELETE: ("-", "red"),
    Action.RESTORE: ("<", "cyan"),
    Action.ADOPT: ("=", "cyan"),
    Action.RELEASE: ("x", "cyan"),
    Action.REPAIR: ("!", "yellow"),
}
_PAST: Final = {
    Action.CREATE: "create",
    Action.UPDATE: "update",
    Action.DELETE: "delete",
    Action.RESTORE: "give back",
    Action.ADOPT: "adopt",
    Action.RELEASE: "release",
    Action.REPAIR: "repair",
}
_PLAIN: Final = frozenset({Row.NEW.value, Row.LEAVES.value, "the key is not stored yet"})
"""Reasons that the symbol in front of a change says already."""
_MODELS: Final = "models"
_MODEL_DEPTH: Final = 4
_LIMIT: Final = "limit"
_PROJECTS: Final = 10
"""Of so many projects each change is shown."""
_NAMED: Final = 3
"""So many models of a folded line are named."""


def changes(report: Report, home: str, *, verbose: bool) -> Iterator[Line]:
    """List what changes, file by file."""
    by_file: dict[str, list[Change]] = {}
    for change in report.changes:
        by_file.setdefault(change.file, []).append(change)
    hidden = frozenset[str]() if verbose else _beyond_a_few(by_file)
    for file, rows in by_file.items():
        if file in hidden:
            continue
        yield Line(home_relative(file, home), style="bold")
        models = [] if verbose else [change for change in rows if _of_a_model(change)]
        for change in rows:
            if verbose or not _of_a_model(change):
                yield _change(change)
        yield from _folded(models)
        yield Line("")
    if hidden:
        yield Line(f"and the configs of {len(hidden)} more projects (--verbose lists them)", style="dim")
        yield Line("")
    yield _summary(report.changes, folded=not verbose)


def _beyond_a_few(by_file: Mapping[str, list[Change]]) -> frozenset[str]:
    """Name the projects' configs that are counted instead of shown, where there are many of them."""
    of_projects = [file for file, rows in by_file.items() if rows[0].resource == PROJECT_ROLE]
    return frozenset(of_projects[_PROJECTS:] if len(of_projects) > _PROJECTS + 1 else ())


def _of_a_model(change: Change) -> bool:
    return change.key is not None and len(change.key) >= _MODEL_DEPTH and change.key[2] == _MODELS


def _change(change: Change) -> Line:
    symbol, style = _SYMBOLS[change.action]
    line = Line.of("  ", (f"{symbol} ", style))
    line.append(printable(key_text(change.key)) if change.key else resource(change), style="bold")
    if change.action in (Action.UPDATE, Action.RESTORE, Action.REPAIR) and change.before != change.after:
        spell = value if change.key else _plainly
        line.append(f"  {spell(change.before)} -> {spell(change.after)}")
    else:
        line.append(f"  {value(change.before if change.after is ABSENT else change.after)}")
    return _with_reason(line, change.reason)


def _with_reason(line: Line, reason: str) -> Line:
    if reason not in _PLAIN:
        line.append(f"  ({printable(reason)})", style="dim")
    return line


def _plainly(found: Json) -> str:
    """Spell what is said of a whole file."""
    return printable(found) if isinstance(found, str) else value(found)


def _folded(rows: Sequence[Change]) -> Iterator[Line]:
    """Say what happens to hundreds of models in one line for each way and reason."""
    groups: dict[tuple[Action, str], dict[str, set[str]]] = {}
    for change in rows:
        assert change.key is not None  # noqa: S101 - only changes with a model's key get here
        of_one = groups.setdefault((change.action, change.reason), {}).setdefault(change.key[3], set())
        of_one.update(change.key[_MODEL_DEPTH : _MODEL_DEPTH + 1])
    for (action, reason), models in groups.items():
        symbol, style = _SYMBOLS[action]
        names = ", ".join(printable(name) for name in list(models)[:_NAMED])
        more = f" and {len(models) - _NAMED} more" if len(models) > _NAMED else ""
        what = (_what(action, models), "bold")
        yield _with_reason(Line.of("  ", (f"{symbol} ", style), what, f"  {names}{more}"), reason)


def _what(action: Action, models: dict[str, set[str]]) -> str:
    """Say what it is that changes: whole models, or their limits alone, which somebody took out, say."""
    count = f"{len(models)} {'model' if len(models) == 1 else 'models'}"
    limits_alone = all(parts == {_LIMIT} for parts in models.values())
    return f"the limits of {count}" if limits_alone and action is not Action.UPDATE else count


def _summary(rows: Sequence[Change], *, folded: bool) -> Line:
    counts: dict[Action, int] = {}
    for change in rows:
        counts[change.action] = counts.get(change.action, 0) + 1
    parts = Line.joined(
        ", ",
        (Line.of(f"{count} to ", (_PAST[action], _SYMBOLS[action][1])) for action, count in counts.items()),
    )
    total = "1 change" if len(rows) == 1 else f"{len(rows)} changes"
    return Line.of(total, _in_models(rows) if folded else "", ": ", parts, ".")


def _in_models(rows: Sequence[Change]) -> str:
    """Say how many of the changes were folded: a model is a name and two limits."""
    keys = [change.key for change in rows if change.key is not None and _of_a_model(change)]
    models = {key[3] for key in keys}
    if len(keys) == len(models):
        return ""
    some = "all" if len(keys) == len(rows) else len(keys)
    return f", {some} of them in {len(models)} {'model' if len(models) == 1 else 'models'}"


def resource(change: Change) -> str:
    """Name what is changed as a whole."""
    names = {STATE_ROLE: "the record", KEY_ROLE: "the key", PROJECT_ROLE: "the project"}
    return names.get(change.resource, change.resource)
