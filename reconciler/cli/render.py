"""A report as people read it: files as headings, keys beneath, reasons, problems with their remedy.

Everything is built as lines of styled text first, so that the same lines serve a terminal, a file and
a picture. What a report has nothing of is not imported.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, TextIO

from reconciler.cli.styled import Line
from reconciler.cli.text import home_relative, printable, redact, with_home_relative
from reconciler.commands.report import AUDIT, EXPLAIN, LIST, RESTORE, Outcome
from reconciler.mimocode.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from reconciler.commands.report import Reliance, Report
    from reconciler.engine.problems import Blocker, Place, Warning_

_SAYS_ALL: Final = frozenset(
    {"usage", "interrupted", "not_confirmed", "nothing_installed", "internal_error", "api_key_flag_refused"}
)
"""Codes of which the page says no more than the blocker."""
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
    from reconciler.cli.layout import put  # noqa: PLC0415 - brings the library that knows terminals

    for line in lines(report, home=home, verbose=verbose):
        put(line, console)


def write(report: Report, stream: TextIO, *, home: str, verbose: bool) -> None:
    """Write a report where nobody looks at it: a file, a pipe."""
    spelled = lines(report, home=home, verbose=verbose)
    stream.writelines(printable(redact(line.plain)) + "\n" for line in spelled)


def lines(report: Report, *, home: str, verbose: bool) -> Iterator[Line]:
    """Spell a report, line by line."""
    if report.topics:
        from reconciler.cli.help import entries, index  # noqa: PLC0415 - for `help` alone

        yield from (entries if report.whole or verbose else index)(report.topics)
        return
    if not report.confirmed:
        yield from _what_changes(report, home, verbose=verbose)
    if report.command == LIST and report.ok:
        yield from _backups(report, home)
        return
    yield from _found(report, home, verbose=verbose)
    for note in report.notes:
        yield Line(f"  {printable(with_home_relative(note, home))}", style="dim")
    yield from _relied_on(report.relies_on, home, verbose=verbose)
    yield from _checks(report)
    ending = _OWN_ENDINGS.get(report.command, {}).get(report.outcome, _ENDINGS[report.outcome])
    if ending:
        yield Line(ending, style="bold green" if report.ok else "bold red")
    if report.next_command is not None:
        yield Line.of("Next: ", (report.next_command, "bold"))
    yield from _more(report.blockers)


def _found(report: Report, home: str, *, verbose: bool) -> Iterator[Line]:
    """Tell what was looked at, and what is to be known of it, in the order that fits it."""
    warnings = (_warning(warning, home) for warning in report.warnings)
    blockers = (line for blocker in report.blockers for line in _blocker(blocker, home))
    if report.projects:
        from reconciler.cli.project_list import projects  # noqa: PLC0415 - see the module's docstring

        yield from projects(report, home, verbose=verbose)
    if report.explanations:
        from reconciler.cli.explanation import explanations  # noqa: PLC0415 - same

        yield from (*blockers, *explanations(report, home), *warnings)
    elif report.probes:
        from reconciler.cli.audit import probes  # noqa: PLC0415 - same

        yield from (*probes(report, home), *warnings, *blockers)
    else:
        yield from (*warnings, *blockers)


def _more(blockers: tuple[Blocker, ...]) -> Iterator[Line]:
    """Say where there is more to know of what stopped the run, unless its own words say all of it."""
    codes = dict.fromkeys(str(blocker.code) for blocker in blockers if blocker.code not in _SAYS_ALL)
    if codes:
        yield Line(f"More: mimo-code-setup help {' '.join(codes)}", style="dim")


def _backups(report: Report, home: str) -> Iterator[Line]:
    """List what files held before, by the run that replaced it."""
    for warning in report.warnings:
        yield _warning(warning, home)
    heading = None
    for kept in report.backups:
        if (kept.at, kept.command) != heading:
            heading = kept.at, kept.command
            yield Line.of((kept.at, "bold"), f"  {kept.command}")
        state = "not kept" if kept.existed else "was not there"
        if kept.existed and kept.restorable:
            state = "kept"
        yield Line(f"  {kept.id}  {home_relative(kept.file, home)}  ({state})")
    if not report.backups:
        yield Line("Nothing was replaced yet, so there is nothing to bring back.")


def _what_changes(report: Report, home: str, *, verbose: bool) -> Iterator[Line]:
    if report.model_ref is not None:
        yield from _heading(report)
    if report.drift:
        from reconciler.cli.drift import drift  # noqa: PLC0415 - see the module's docstring

        yield from drift(report, home)
    if report.changes and report.outcome not in (Outcome.BLOCKED, Outcome.FAILED):
        from reconciler.cli.changes import changes  # noqa: PLC0415 - same

        yield from changes(report, home, verbose=verbose)


def _heading(report: Report) -> Iterator[Line]:
    version = f"MiMoCode {report.target.version}" if report.target.version else "MiMoCode"
    if report.target.remark is not None:
        version += f" ({report.target.remark})"
    yield Line.of(
        ("GonkaGate", "bold"),
        f" for {version}, {report.scope} scope, model ",
        (printable(report.model or "?"), "bold"),
    )
    yield Line("")


def _warning(warning: Warning_, home: str) -> Line:
    return Line.of(("Note: ", "yellow"), printable(warning.message), _at(warning.place, home))


def _blocker(blocker: Blocker, home: str) -> Iterator[Line]:
    yield Line.of((f"{blocker.code}: ", "bold red"), printable(blocker.message))
    if blocker.place is not None and str(blocker.place):
        yield Line(f"  at {_spell(blocker.place, home)}")
    yield Line(f"  What to do: {printable(blocker.remedy)}")


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


def _relied_on(found: Reliance | None, home: str, *, verbose: bool) -> Iterator[Line]:
    """Say that MiMoCode was not started, and what its earlier answer depends on."""
    if found is None:
        return
    counts = Counter(kind for kind, _ in found.inputs)
    things = ", ".join(_THINGS[kind][number > 1].format(number) for kind, number in counts.items())
    what = f"MiMoCode was not asked: nothing has changed since it was at {found.verified_at} ({things})."
    yield Line(f"{what} `mimo-code-setup status --refresh` asks it.", style="dim")
    for _, name in found.inputs if verbose else ():
        yield Line(f"  {home_relative(name, home)}", style="dim")


def _checks(report: Report) -> Iterator[Line]:
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
        yield Line(f"MiMoCode was asked: {spelled}.", style="dim")
