"""Commands that only look: they change nothing themselves, and need nothing that can be changed."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import attrs
import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import Gateway
from tests.fault.invariants import has_pending_journal, warnings
from tests.fault.machine import prepared
from tests.support.sandbox import Result, Sandbox
from tests.support.scenarios import APPLY_PROJECT, APPLY_USER, FIRST_USER, USER_CONFIG
from tests.support.strace import Command, changes_of_all_threads, kill
from tests.support.target import mimo_under_test

COMMANDS: Final = {
    "plan": Command(("plan", "--json"), key=CANARY_KEY),
    "status": Command(("status", "--json")),
    "status --fast": Command(("status", "--fast", "--json")),
    "uninstall --dry-run": Command(("uninstall", "--dry-run", "--json")),
    "explain": Command(("explain", "--json")),
}
# Everything is mounted read-only but for what MiMoCode itself keeps; that it is so is tried first.
READ_ONLY: Final = """
set -eu
root=$1
folder=$2
shift 2
cd /
for place in home project outside tmp; do
  mount --bind "$root/$place" "$root/$place"
  mount -o remount,bind,ro "$root/$place"
  if touch "$root/$place/probe" 2>/dev/null; then exit 99; fi
done
for place in home/.local home/.cache; do
  mount --bind "$root/$place" "$root/$place"
  mount -o remount,bind,rw "$root/$place"
done
cd "$folder"
exec "$@"
"""


def _not_installed(_: Sandbox) -> None:
    """Leave the machine as MiMoCode alone left it."""


def _user_scope(machine: Sandbox) -> None:
    assert APPLY_USER.run(machine).exit_code == 0


def _project_scope(machine: Sandbox) -> None:
    assert APPLY_PROJECT.run(machine).exit_code == 0


def _half_way(machine: Sandbox) -> None:
    """Kill a first apply behind the last change of the user's config."""
    ready = prepared(machine, FIRST_USER)
    renamed = [at for at, call in enumerate(ready.calls) if call.places[-1:] == (USER_CONFIG,)]
    ready.restore()
    kill(machine, FIRST_USER.command, ready.calls, renamed[-1] + 1)
    assert has_pending_journal(ready)


STATES: Final[dict[str, Callable[[Sandbox], None]]] = {
    "not installed": _not_installed,
    "user scope": _user_scope,
    "project scope": _project_scope,
    "half-way": _half_way,
}


@attrs.frozen
class Ready:
    """A machine in one of the states."""

    state: str
    sandbox: Sandbox

    def command(self, name: str) -> Command:
        """Return a command to be given there, in the folder that the state is about."""
        command = COMMANDS[name]
        return attrs.evolve(command, folder="project") if self.state == "project scope" else command


@pytest.fixture(name="ready", scope="module", params=STATES)
def _ready(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    """Make a machine on which MiMoCode ran before, and bring it into a state."""
    with Gateway() as gateway:
        machine = Sandbox(tmp_path_factory.mktemp("reading") / "machine", mimo_under_test(), gateway)
        STATES[request.param](machine)
        for folder in (machine.outside, machine.project):
            assert machine.run_mimo("--pure", "debug", "config", cwd=folder).exit_code == 0
        yield Ready(request.param, machine)
        assert [leak for leak in machine.leaks() if request.param != "half-way"] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_it_makes_no_changing_call_of_its_own(ready: Ready, name: str) -> None:
    """None of its threads creates, writes, renames, removes or flushes any file, wherever that may lie."""
    command = ready.command(name)
    expected = command.run(ready.sandbox)
    exit_code, calls = changes_of_all_threads(ready.sandbox, command)
    assert exit_code == expected.exit_code
    assert calls == []


def _answer(result: Result) -> dict[str, Any]:
    """Return a report without the warnings that changes could not be made here."""
    report = result.report or {}
    lasting = [one for one in report.get("warnings", []) if "would stop" not in one["message"]]
    return {**report, "warnings": lasting}


@pytest.mark.parametrize("name", COMMANDS)
def test_it_works_where_nothing_can_be_written(ready: Ready, name: str) -> None:
    """Home, project, folder and TMPDIR are read-only: the answer is the same, but for telling just that."""
    command, machine = ready.command(name), ready.sandbox
    expected = command.run(machine)
    script = ("unshare", "--mount", "sh", "-c", READ_ONLY, "read-only")
    result = command.run(machine, prefix=(*script, str(machine.root), str(command.cwd(machine))))
    assert (result.exit_code, _answer(result)) == (expected.exit_code, _answer(expected))
    assert result.report is not None
    assert ("would stop" in warnings(result)) == (result.report["outcome"] == "changes")
    if ready.state == "half-way":
        assert "did not end" in warnings(result)
