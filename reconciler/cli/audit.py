"""What an audit found, as people read it: a table of claims, each with what breaks where it does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.cli.styled import Line
from reconciler.cli.text import home_relative, printable
from reconciler.mimocode.audit.probes import BREAKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.commands.report import Report
    from reconciler.mimocode.audit.probes import Finding

_WORDS: Final = {True: ("held", "green"), False: ("FAILED", "bold red"), None: ("not told", "yellow")}
_WIDTH: Final = 10
_INDENT: Final = "  "


def probes(report: Report, home: str) -> Iterator[Line]:
    """Show each probe: whether it held, its claim, and, where it did not, what was seen and what breaks."""
    version = f"MiMoCode {report.target.version}" if report.target.version else "MiMoCode"
    yield Line.of(
        "Audit of ", (printable(version), "bold"), f", {home_relative(report.target.cli or '?', home)}"
    )
    yield Line("")
    yield Line(f"{'':2}{'':{_WIDTH}}Claim, and what breaks without it", style="dim")
    for one in report.probes:
        yield from _probe(one)
    yield Line("")
    yield _summary(report)


def _probe(one: Finding) -> Iterator[Line]:
    word, style = _WORDS[one.held]
    optional = "" if one.probe.required else "  (optional)"
    line = _row((f"{word:{_WIDTH}}", style), one.probe.claim, (optional, "dim"))
    line.append(f"  {one.seconds:.1f} s", style="dim")
    yield line
    if one.held is not True:
        yield _row(" " * _WIDTH, f"seen: {printable(one.seen) or 'nothing'}")
        breaks = "; ".join(BREAKS[feature] for feature in one.probe.features)
        yield _row(" " * _WIDTH, f"breaks: {breaks}")


def _row(*pieces: str | tuple[str, str]) -> Line:
    row = Line.of(_INDENT, *pieces)
    row.column = len(_INDENT) + _WIDTH
    return row


def _summary(report: Report) -> Line:
    counts = {held: sum(one.held is held for one in report.probes) for held in _WORDS}
    rest = [
        f"{counts[held]} {word}" for held, (word, _) in _WORDS.items() if held is not True and counts[held]
    ]
    return Line(", ".join((f"{counts[True]} of {len(report.probes)} held", *rest)) + ".")
