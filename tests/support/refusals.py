"""What every refused or undone run has in common: a code, a place, a remedy, files that nobody touched."""

from typing import Any

from tests.support.pictures import left_alone, own_files
from tests.support.sandbox import Result, Sandbox
from tests.support.snapshots import Snapshot


def refusal(result: Result, code: str, *, outcome: str = "blocked", exit_code: int = 1) -> dict[str, Any]:
    """Return the blocker with a code, after checking how the run ended and that blockers say what to do."""
    assert result.report is not None, result.stderr
    assert (result.exit_code, result.report["outcome"]) == (exit_code, outcome), result.stdout + result.stderr
    assert code in result.codes
    assert not result.report["ok"]
    for blocker in result.report["blockers"]:
        assert blocker["message"], blocker
        assert blocker["remedy"], blocker
        assert "Traceback" not in blocker["message"]
    found: dict[str, Any] = result.report["blockers"][result.codes.index(code)]
    return found


def untouched_by(machine: Sandbox, before: Snapshot) -> bool:
    """Return True when no file of the user's was touched and nothing of ours is left; else raise.

    For homes on which nothing was set up before.
    """
    assert own_files(machine) == []
    return left_alone(machine, before)
