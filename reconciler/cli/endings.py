"""From a report to an exit code. The numbers are an interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.cli.exit_codes import (
    CHANGES,
    DRIFT,
    INTERRUPTED,
    NOTHING,
    OK,
    SESSION,
    STOPPED,
    USAGE,
)
from reconciler.commands.report import Outcome

if TYPE_CHECKING:
    from reconciler.commands.report import Report

_CODES: Final = {
    Outcome.NO_CHANGES: OK,
    Outcome.CHANGES: OK,
    Outcome.APPLIED: OK,
    Outcome.IN_SYNC: OK,
    Outcome.REMOVED: OK,
    Outcome.RECOVERED: OK,
    Outcome.DRIFTED: DRIFT,
    Outcome.NOT_INSTALLED: NOTHING,
    Outcome.BLOCKED: STOPPED,
    Outcome.FAILED: STOPPED,
    Outcome.SESSION_BLOCKED: SESSION,
}


def exit_code(report: Report, *, detailed: bool = False) -> int:
    """Return the exit code; `detailed` tells a plan with changes from one without."""
    if report.interrupted:
        return INTERRUPTED
    if report.usage_error:
        return USAGE
    if detailed and report.outcome is Outcome.CHANGES:
        return CHANGES
    return _CODES[report.outcome]
