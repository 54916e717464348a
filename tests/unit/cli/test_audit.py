"""An audit as people read it: a verdict and a claim in each line, and what breaks where one does not hold."""

import io
from typing import Final

import attrs
from rich.console import Console

from reconciler.cli.endings import exit_code
from reconciler.cli.render import lines, show
from reconciler.commands.report import AUDIT, Outcome, Report, Target
from reconciler.mimocode.audit.probes import PROBES, Finding

HELD: Final = tuple(Finding(probe, held=True, seen="", seconds=1.25) for probe in PROBES)
REPORT: Final = Report(
    AUDIT,
    Outcome.NO_CHANGES,
    target=Target("/home/u/bin/mimo", "0.2.0", audited=False),
    probes=HELD,
    next_command="mimo-code-setup audit --record",
)


def text(report: Report) -> list[str]:
    """Give the lines."""
    return [line.plain for line in lines(report, home="/home/u", verbose=False)]


def test_every_claim_stands_in_a_line_of_its_own() -> None:
    """With its verdict in front and its time behind; the optional ones say so."""
    shown = text(REPORT)
    assert shown[0] == "Audit of MiMoCode 0.2.0, ~/bin/mimo"
    for probe in PROBES:
        (line,) = (line for line in shown if probe.claim in line)
        assert line.startswith("  held ")
        assert line.endswith("  1.2 s")
        assert ("(optional)" in line) != probe.required
    assert f"{len(PROBES)} of {len(PROBES)} held." in shown
    assert shown[-1] == "Next: mimo-code-setup audit --record"


def test_what_does_not_hold_is_told_with_what_was_seen_and_what_breaks() -> None:
    """What could not be told is another verdict; what came from outside is escaped."""
    failed = attrs.evolve(HELD[0], held=False, seen="mimo \x1b[31m0.2.0")
    untold = attrs.evolve(HELD[-1], held=None)
    report = attrs.evolve(REPORT, outcome=Outcome.BLOCKED, probes=(failed, *HELD[1:-1], untold))
    shown = text(report)
    at = next(number for number, line in enumerate(shown) if failed.probe.claim in line)
    assert shown[at].startswith("  FAILED ")
    assert shown[at + 1].strip() == "seen: mimo \\x1b[31m0.2.0"
    assert shown[at + 2].strip() == "breaks: MiMoCode cannot be told from another version of it"
    at = next(number for number, line in enumerate(shown) if untold.probe.claim in line)
    assert shown[at].startswith("  not told ")
    assert shown[at + 1].strip() == "seen: nothing"
    assert f"{len(PROBES) - 2} of {len(PROBES)} held, 1 FAILED, 1 not told." in shown
    assert exit_code(report) == 1


def test_on_a_narrow_terminal_what_follows_hangs_below() -> None:
    """No line is wider than the terminal, and a claim's second line is further in than its verdict."""
    stream = io.StringIO()
    console = Console(file=stream, width=50, force_terminal=True, no_color=True, highlight=False)
    show(REPORT, console, home="/home/u", verbose=False)
    shown = [line for line in stream.getvalue().splitlines() if "\x1b" not in line]
    assert all(len(line) <= 50 for line in shown)
    at = next(number for number, line in enumerate(shown) if line.startswith("  held  "))
    assert any(line.startswith("      ") for line in shown[at : at + 3])


def test_a_key_in_what_was_seen_is_masked() -> None:
    """Whatever made it get there."""
    stream = io.StringIO()
    leaky = attrs.evolve(HELD[0], held=False, seen="printed gp-something-0123456789")
    show(
        attrs.evolve(REPORT, probes=(leaky,)),
        Console(file=stream, width=200, highlight=False, markup=False),
        home="",
        verbose=False,
    )
    assert "gp-something" not in stream.getvalue()
