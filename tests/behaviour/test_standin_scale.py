"""What grows when there is more of everything, and how: in counts, which no busy machine disturbs."""

import pstats
import subprocess
import sys
from collections.abc import Callable
from typing import Final

import pytest

from fixtures import scale
from fixtures.canary import CANARY_KEY
from tests.support.counts import Counts, count
from tests.support.sandbox import TIME_LIMIT, Sandbox, make_git_by_hand, program

Machines = Callable[[str], Sandbox]

MODELS: Final = (250, 500, 1000)
MANY: Final = 10_000
MEMORY_LIMIT: Final = 200.0
"""What a plan for that many models may take, in MiB, and everything that comes after it is carried out."""
APPLY_LIMIT: Final = 250.0
"""What carrying it out may take: MiMoCode's answer is held beside what was written and what was there."""
PROJECTS: Final = (2, 3, 4)
FIRST: Final = ("plan", "--scope", "user")
LATER: Final = (("plan",), ("apply", "--yes"), ("status",), ("status", "--fast"), ("uninstall", "--dry-run"))


def _with_config(machine: Sandbox, models: int) -> Sandbox:
    machine.gateway.catalog = scale.catalog(models)
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_bytes(scale.config(models))
    return machine


def _calls(machine: Sandbox, *arguments: str) -> int:
    """Run a command and return how many calls of functions it takes."""
    profile = machine.temporary / "calls.prof"
    command = program(*arguments)
    at = command.index("-m")
    subprocess.run(
        [*command[:at], "-m", "cProfile", "-o", str(profile), *command[at:]],
        cwd=machine.outside,
        env=machine.environment(GONKAGATE_API_KEY=CANARY_KEY),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=True,
    )
    calls: int = pstats.Stats(str(profile)).total_calls  # type: ignore[attr-defined]  # its own attribute
    return calls


@pytest.fixture(scope="module", name="set_up")
def _set_up(machines: Machines) -> dict[int, list[Counts]]:
    """Set up few models and many, and count what comes afterwards."""
    found: dict[int, list[Counts]] = {}
    for models in (MODELS[0] // 25, MODELS[0]):
        machine = _with_config(machines(f"models-{models}"), models)
        done = machine.run("apply", "--scope", "user", "--yes", key=CANARY_KEY)
        assert done.exit_code == 0, done.stderr
        found[models] = [count(machine, *command) for command in LATER]
    return found


@pytest.mark.parametrize("number", range(len(LATER)), ids=[" ".join(command) for command in LATER])
def test_more_models_open_no_more_files(set_up: dict[int, list[Counts]], number: int) -> None:
    """With 25 times as many models each command opens the same files as often."""
    few, many = (counts[number] for counts in set_up.values())
    assert few.exit_code == many.exit_code == 0
    assert (few.reads, few.lists, few.writes) == (many.reads, many.lists, many.writes)
    assert few.requests == many.requests


def test_the_work_of_a_plan_grows_in_proportion(machines: Machines) -> None:
    """Twice as many models, in twice as large a config, take at most twice as many calls more."""
    calls = [_calls(_with_config(machines(f"work-{models}"), models), *FIRST) for models in MODELS]
    first, then = calls[1] - calls[0], calls[2] - calls[1]
    assert then <= 2.05 * first, calls


def test_ten_thousand_models_fit_into_memory(machines: Machines) -> None:
    """Into a commented config of more than a megabyte, and what is told of it fits onto a screen."""
    machine = _with_config(machines("memory"), MANY)
    assert machine.user_config.stat().st_size > 1_000_000
    assert _peak(machine, *FIRST) < MEMORY_LIMIT
    assert _peak(machine, "apply", "--scope", "user", "--yes") < APPLY_LIMIT
    for command in (*LATER, ("uninstall", "--yes")):
        assert _peak(machine, *command) < MEMORY_LIMIT, command


def _peak(machine: Sandbox, *command: str) -> float:
    """Return the most memory that a command takes, in MiB; it must succeed and say little."""
    done = machine.run(*command, key=CANARY_KEY, prefix=_measured(machine))
    assert done.exit_code == 0, done.stderr
    assert len(done.stdout.splitlines()) < 24
    return float((machine.temporary / "peak").read_text())


def _measured(machine: Sandbox) -> tuple[str, ...]:
    """Return what stands in front of a command so that its peak of memory is left in a file.

    A small process starts it: a child's peak begins with what its parent has.
    """
    code = (
        "import os, sys\n"
        "child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)\n"
        "_, ending, usage = os.wait4(child, 0)\n"
        "open(sys.argv[1], 'w').write(str(usage.ru_maxrss / 1024))\n"
        "sys.exit(os.waitstatus_to_exitcode(ending))\n"
    )
    return (sys.executable, "-I", "-c", code, str(machine.temporary / "peak"))


@pytest.fixture(scope="module", name="projects")
def _projects(machines: Machines) -> dict[int, dict[str, Counts]]:
    """Set up more and more projects on one machine, and count what a command does then."""
    machine = machines("projects")
    machine.gateway.reset()
    found: dict[int, dict[str, Counts]] = {}
    for number in range(1, max(PROJECTS) + 1):
        project = machine.root / f"project-{number}"
        make_git_by_hand(project)
        done = machine.run("apply", "--scope", "project", "--yes", key=CANARY_KEY, cwd=project)
        assert done.exit_code == 0, done.stderr
        if number in PROJECTS:
            found[number] = {" ".join(command): count(machine, *command, cwd=project) for command in LATER}
    return found


@pytest.mark.parametrize("command", [("status",), ("status", "--fast"), ("uninstall", "--dry-run")])
def test_what_looks_at_all_projects_grows_with_them(
    projects: dict[int, dict[str, Counts]], command: tuple[str, ...]
) -> None:
    """Each further project takes as many files as the one before."""
    two, three, four = (projects[number][" ".join(command)].opened for number in PROJECTS)
    assert four - three == three - two > 0


@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes")])
def test_what_looks_at_one_project_does_not_grow_with_them(
    projects: dict[int, dict[str, Counts]], command: tuple[str, ...]
) -> None:
    """However many projects are set up, a plan opens as many files."""
    assert len({projects[number][" ".join(command)].opened for number in PROJECTS}) == 1
