"""Fixtures for every test: the gateway, and throw-away machines that are searched for the key at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.gateway import Gateway
from tests.support.printed import TALLY
from tests.support.sandbox import Sandbox
from tests.support.target import Mimo, mimo_under_test

MakeSandbox = Callable[..., Sandbox]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count the tests of whole commands; with several workers, where they are shared out."""
    if report.when == "call" and report.nodeid.startswith("tests/behaviour/"):
        TALLY.commands += 1


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:  # noqa: ANN401 - xdist has no types
    """Add up what the workers looked at."""
    TALLY.valid += getattr(node, "workeroutput", {}).get("valid", 0)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the count over; where all are added up, a run that looked at no JSON is no success."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["valid"] = TALLY.valid
    elif TALLY.verdict() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many JSON objects were looked at."""
    terminalreporter.write_line(TALLY.verdict() or f"{TALLY.valid} objects of --json were valid")


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """Serve the small catalog on the loopback."""
    with Gateway() as served:
        yield served


@pytest.fixture
def make_sandbox(tmp_path: Path, gateway: Gateway) -> Iterator[MakeSandbox]:
    """Make sandboxes by name, with the mimo under test or another; none of them may leak the key."""
    made: list[Sandbox] = []

    def make(name: str = "sandbox", mimo: Mimo | None = None) -> Sandbox:
        made.append(Sandbox(tmp_path / name, mimo or mimo_under_test(), gateway))
        return made[-1]

    yield make
    assert [leak for sandbox in made for leak in sandbox.leaks()] == []


@pytest.fixture
def sandbox(make_sandbox: MakeSandbox) -> Sandbox:
    """Make one sandbox with the mimo under test."""
    return make_sandbox()


@pytest.fixture
def real_sandbox(make_sandbox: MakeSandbox) -> Sandbox:
    """Make one sandbox with the real mimo, whichever is under test."""
    return make_sandbox("real", "real")
