"""A report as people read it: files as headings, keys beneath, reasons, problems with their remedy.

Everything is built as lines of styled text first, so that the same lines serve a terminal, a file and
a picture.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rich.text import Text

from reconciler.cli.audit import probes
from reconciler.cli.drift import drift, resource
from reconciler.cli.explanation import explanations
from reconciler.cli.project_list import projects
from reconciler.cli.text import home_relative, printable, redact, value
from reconciler.commands.report import AUDIT, EXPLAIN, LIST, RESTORE, Outcome
from reconciler.engine.compare import Action, Row
from reconciler.engine.values import ABSENT, key_text
from reconciler.mimocode.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from reconciler.commands.report import Reliance, Report
    from reconciler.engine.changes import Change
    from reconciler.engine.problems import Blocker, Place, Warning_
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
_HANG: Final = 4
_NARROWEST: Final = 20
_ENDINGS: Final = {
    Outcome.NO_CHANGES: "Nothing to change: everything is as it should be.",
    Outcome.CHANGES: "",
    Outcome.APPLIED: "Done. MiMoCode resolves GonkaGate as planned.",
    Outcome.IN_SYNC: "In sync: everything is as it was set up.",
    Outcome.DRIFTED: "Drift: something was changed outside of this program.",
    Outcome.NOT_INSTALLED: "GonkaGate is not set up here.",
    Outcome.REMOVED: "Removed. What is known to have stood there before is back.",
    Outcome.RECOVERED: "An interrupted run was brought to its end. Everything is as it should be.",
    Outcome.BLOCKED: "Stopped.",
    Outcome.FAILED: "Failed, and undone.",
    Outcome.SESSION_BLOCKED: "Set up, but this shell overrides it.",
}

_OWN_ENDINGS: Final = {
    "demo": {
        Outcome.NO_CHANGES: (
            "That was the demo. The next command sets it up for real, and asks before it writes."
        )
    },
    EXPLAIN: {Outcome.NO_CHANGES: ""},
    AUDIT: {
        Outcome.NO_CHANGES: "Everything that is required holds. Nothing was recorded.",
        Outcome.APPLIED: "Everything that is required holds. This MiMoCode is accepted on this machine.",
    },
    RESTORE: {
        Outcome.APPLIED: "Done. The files hold what they held then; what we hold in them stays recorded.",
        Outcome.NO_CHANGES: "Nothing to change: the files hold what they held then.",
    },
}


def show(report: Report, console: Console, *, home: str, verbose: bool) -> None:
    """Print a report."""
    for line in lines(report, home=home, verbose=verbose):
        line.plain = redact(line.plain)
        _print(line, console)


def _print(line: Text, console: Console) -> None:
    """Print one line; on a terminal too narrow for it, what follows hangs below its beginning."""
    if not console.is_terminal or line.cell_len <= console.width:
        console.print(line, soft_wrap=True)
        return
    margin = len(line.plain) - len(line.plain.lstrip()) + _HANG
    pieces = line.wrap(console, max(console.width - margin, _NARROWEST))
    for number, piece in enumerate(pieces):
        piece.rstrip()
        console.print(Text(" " * margin if number else "") + piece, soft_wrap=True)


def lines(report: Report, *, home: str, verbose: bool) -> Iterator[Text]:
    """Spell a report, line by line."""
    if not report.confirmed:
        yield from _what_changes(report, home, verbose=verbose)
    if report.command == LIST and report.ok:
        yield from _backups(report, home)
        return
    yield from projects(report, home, verbose=verbose)
    warnings = (_warning(warning, home) for warning in report.warnings)
    blockers = (line for blocker in report.blockers for line in _blocker(blocker, home))
    if report.explanations:
        yield from (*blockers, *explanations(report, home), *warnings)
    elif report.probes:
        yield from (*probes(report, home), *warnings, *blockers)
    else:
        yield from (*warnings, *blockers)
    for note in report.notes:
        yield Text(f"  {printable(note)}", style="dim")
    yield from _relied_on(report.relies_on, home, verbose=verbose)
    yield from _checks(report)
    ending = _OWN_ENDINGS.get(report.command, {}).get(report.outcome, _ENDINGS[report.outcome])
    if ending:
        yield Text(ending, style="bold green" if report.ok else "bold red")
    if report.next_command is not None:
        yield Text.assemble("Next: ", (report.next_command, "bold"))


def _backups(report: Report, home: str) -> Iterator[Text]:
    """List what files held before, by the run that replaced it."""
    for warning in report.warnings:
        yield _warning(warning, home)
    heading = None
    for kept in report.backups:
        if (kept.at, kept.command) != heading:
            heading = kept.at, kept.command
            yield Text.assemble((kept.at, "bold"), f"  {kept.command}")
        state = "not kept" if kept.existed else "was not there"
        if kept.existed and kept.restorable:
            state = "kept"
        yield Text(f"  {kept.id}  {home_relative(kept.file, home)}  ({state})")
    if not report.backups:
        yield Text("Nothing was replaced yet, so there is nothing to bring back.")


def _what_changes(report: Report, home: str, *, verbose: bool) -> Iterator[Text]:
    if report.model_ref is not None:
        yield from _heading(report)
    if report.drift:
        yield from drift(report, home)
    if report.changes and report.outcome not in (Outcome.BLOCKED, Outcome.FAILED):
        yield from _changes(report, home, verbose=verbose)


def _heading(report: Report) -> Iterator[Text]:
    version = f"MiMoCode {report.target.version}" if report.target.version else "MiMoCode"
    if report.target.remark is not None:
        version += f" ({report.target.remark})"
    yield Text.assemble(
        ("GonkaGate", "bold"),
        f" for {version}, {report.scope} scope, model ",
        (printable(report.model or "?"), "bold"),
    )
    yield Text("")


def _changes(report: Report, home: str, *, verbose: bool) -> Iterator[Text]:
    by_file: dict[str, list[Change]] = {}
    for change in report.changes:
        by_file.setdefault(change.file, []).append(change)
    for file, changes in by_file.items():
        yield Text(home_relative(file, home), style="bold")
        models = [] if verbose else [change for change in changes if _of_a_model(change)]
        for change in changes:
            if verbose or not _of_a_model(change):
                yield _change(change)
        yield from _folded(models)
        yield Text("")
    yield _summary(report.changes)


def _of_a_model(change: Change) -> bool:
    return change.key is not None and len(change.key) >= _MODEL_DEPTH and change.key[2] == _MODELS


def _change(change: Change) -> Text:
    symbol, style = _SYMBOLS[change.action]
    line = Text.assemble("  ", (f"{symbol} ", style))
    line.append(printable(key_text(change.key)) if change.key else resource(change), style="bold")
    if change.action in (Action.UPDATE, Action.RESTORE, Action.REPAIR) and change.before != change.after:
        spell = value if change.key else _plainly
        line.append(f"  {spell(change.before)} -> {spell(change.after)}")
    else:
        line.append(f"  {value(change.before if change.after is ABSENT else change.after)}")
    if change.reason not in _PLAIN:
        line.append(f"  ({change.reason})", style="dim")
    return line


def _plainly(found: Json) -> str:
    """Spell what is said of a whole file."""
    return printable(found) if isinstance(found, str) else value(found)


def _folded(changes: list[Change]) -> Iterator[Text]:
    """Say what happens to hundreds of models in one line for each way and reason."""
    groups: dict[tuple[Action, str], dict[str, None]] = {}
    for change in changes:
        assert change.key is not None  # noqa: S101 - only changes with a model's key get here
        groups.setdefault((change.action, change.reason), {})[change.key[3]] = None
    for (action, reason), models in groups.items():
        symbol, style = _SYMBOLS[action]
        names = list(models)
        some = ", ".join(printable(name) for name in names[:3])
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 - as shown above
        plural = "model" if len(names) == 1 else "models"
        line = Text.assemble(
            "  ", (f"{symbol} ", style), (f"{len(names)} {plural}", "bold"), f"  {some}{more}"
        )
        if reason not in _PLAIN:
            line.append(f"  ({reason})", style="dim")
        yield line


def _summary(changes: tuple[Change, ...]) -> Text:
    counts: dict[Action, int] = {}
    for change in changes:
        counts[change.action] = counts.get(change.action, 0) + 1
    parts = [f"{count} to {_PAST[action]}" for action, count in counts.items()]
    total = sum(counts.values())
    return Text(f"{total} {'change' if total == 1 else 'changes'}: {', '.join(parts)}.")


def _warning(warning: Warning_, home: str) -> Text:
    return Text.assemble(("Note: ", "yellow"), printable(warning.message), _at(warning.place, home))


def _blocker(blocker: Blocker, home: str) -> Iterator[Text]:
    yield Text.assemble((f"{blocker.code}: ", "bold red"), printable(blocker.message))
    if blocker.place is not None and str(blocker.place):
        yield Text(f"  at {_spell(blocker.place, home)}")
    yield Text(f"  What to do: {printable(blocker.remedy)}")


def _at(place: Place | None, home: str) -> str:
    return f" ({_spell(place, home)})" if place is not None and str(place) else ""


def _spell(place: Place, home: str) -> str:
    return home_relative(str(place), home)


_THINGS: Final = {
    "mimo": ("mimo itself", "mimo itself"),
    "folder": ("the folder", "the folders"),
    "variable": ("1 variable", "{} variables"),
    "layer": ("1 layer of configuration", "{} layers of configuration"),
    "key_file": ("the key file", "the key files"),
    "model_list": ("its list of models", "its lists of models"),
}


def _relied_on(found: Reliance | None, home: str, *, verbose: bool) -> Iterator[Text]:
    """Say that MiMoCode was not started, and what its earlier answer depends on."""
    if found is None:
        return
    counts = Counter(kind for kind, _ in found.inputs)
    things = ", ".join(_THINGS[kind][number > 1].format(number) for kind, number in counts.items())
    what = f"MiMoCode was not asked: nothing has changed since it was at {found.verified_at} ({things})."
    yield Text(f"{what} `mimo-code-setup status --refresh` asks it.", style="dim")
    for _, name in found.inputs if verbose else ():
        yield Text(f"  {home_relative(name, home)}", style="dim")


def _checks(report: Report) -> Iterator[Text]:
    if report.relies_on is not None:
        return
    checks = report.verification
    asked = (
        ("key binding", checks.provenance),
        ("resolved configuration", checks.durable),
        ("model list", checks.models),
        ("this shell", checks.session),
    )
    told = [(name, verdict) for name, verdict in asked if verdict is not Verdict.SKIPPED]
    if told:
        spelled = ", ".join(f"{name} {verdict.value}" for name, verdict in told)
        yield Text(f"MiMoCode was asked: {spelled}.", style="dim")
