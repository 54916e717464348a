"""A run that is killed at any of its changing system calls: the files before, and after the next command.

Every call of every scenario is killed at, none is left out. ``FAULT=all`` adds the scenarios that a usual run
leaves to a longer one; with ``FAULT_COUNTS`` the number of calls per scenario is appended to that file.
"""

from collections.abc import Iterator
from typing import Final

import pytest

from fixtures.canary import CANARY_MARK
from tests.fault.invariants import (
    as_if_undisturbed,
    has_pending_journal,
    status_tells_and_touches_nothing,
    undisturbed,
    warnings,
    whole_before_recovery,
)
from tests.fault.machine import Machine, prepared
from tests.support.sandbox import Result, Sandbox
from tests.support.scenarios import FURTHER, USUAL, Scenario
from tests.support.strace import kill
from tests.support.switches import count, everything

SHARDS: Final = 4
SCENARIOS: Final = (*USUAL, *FURTHER) if everything() else USUAL


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("shard", range(SHARDS), ids=lambda shard: f"{shard + 1} of {SHARDS}")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_run_killed_at_any_call_is_whole_and_recovered(
    sandbox: Sandbox, scenario: Scenario, shard: int
) -> None:
    """No file is ever torn, no key astray; the next command ends as if nothing had happened."""
    machine = prepared(sandbox, scenario)
    assert undisturbed(machine) == []
    if shard == 0:
        count("kills by the tracer", scenario.name, len(machine.calls))
    wrong = [line for at in range(shard, len(machine.calls), SHARDS) for line in _killed(machine, at)]
    assert not wrong, "\n".join(wrong)


def _killed(machine: Machine, at: int) -> Iterator[str]:
    """Kill at one call, look, run the next command, look again; yield what is wrong."""
    where = f"{at + 1} {machine.calls[at].text}"
    machine.restore()
    ending = kill(machine.sandbox, machine.scenario.command, machine.calls, at)
    if CANARY_MARK in ending.stdout + ending.stderr:
        yield f"{where}: the key stands in the output"
    yield from (f"{where}: {line}" for line in whole_before_recovery(machine))
    pending = has_pending_journal(machine)
    if pending:
        yield from (f"{where}: {line}" for line in status_tells_and_touches_nothing(machine))
    result = machine.scenario.next.run(machine.sandbox)
    yield from (f"{where}, then: {line}" for line in _ended_well(machine, result))
    if pending and "brought to its end" not in warnings(result):
        yield f"{where}, then: it is not told that a run had not ended"
    yield from (f"{where}, then: {line}" for line in as_if_undisturbed(machine))


def _ended_well(machine: Machine, result: Result) -> Iterator[str]:
    assert result.report is not None
    outcome = result.report["outcome"]
    removed = outcome in ("removed", "recovered", "not_installed")
    if result.exit_code not in machine.scenario.exit_codes or (machine.scenario.leaves and not removed):
        yield f"exit code {result.exit_code}, {outcome}: {result.report['blockers']}"
