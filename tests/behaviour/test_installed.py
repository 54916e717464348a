"""The built wheel, installed where there is no checkout, is the whole program."""

import json
from pathlib import Path

import pytest

from fixtures.canary import CANARY_KEY
from reconciler.version import __version__
from tests.support.packages import Installed, build, install
from tests.support.sandbox import RESULTS, Sandbox, read_report
from tests.support.target import REPOSITORY

pytestmark = pytest.mark.standin


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel once."""
    root = tmp_path_factory.mktemp("installed")
    return install(build("wheel", root / "wheel"), root / "environment")


def without_checkout(sandbox: Sandbox, **extra: str) -> dict[str, str]:
    """Return an environment in which nothing leads to the checkout."""
    found = sandbox.environment(PYTHONPATH=None, **extra)
    assert str(REPOSITORY) not in found["PATH"]
    return found


@pytest.mark.parametrize(
    "command",
    [("mimo-code-setup",), ("gonkagate-mimo-code",), ("python", "-m", "reconciler")],
    ids=" ".join,
)
def test_each_of_its_names_starts_it(
    installed: Installed, sandbox: Sandbox, command: tuple[str, ...]
) -> None:
    """Both commands, and Python's own way."""
    told = installed.run(*command, "--version", cwd=sandbox.outside, env=without_checkout(sandbox))
    assert (told.stdout.strip(), told.stderr, told.exit_code) == (__version__, "", 0)


def test_it_runs_from_where_it_was_installed(installed: Installed, sandbox: Sandbox) -> None:
    """What is tried here is the wheel, not the files beside the tests."""
    where = installed.run(
        *("python", "-c", "import reconciler; print(reconciler.__file__)"),
        cwd=sandbox.outside,
        env=without_checkout(sandbox),
    )
    assert installed.folder in Path(where.stdout.strip()).parents


def test_its_demo_needs_nothing_else(installed: Installed, sandbox: Sandbox) -> None:
    """The stand-in and the catalog come with it; neither a MiMoCode nor a network is there."""
    (sandbox.bin / "mimo").unlink()
    played = installed.run("mimo-code-setup", "demo", cwd=sandbox.outside, env=without_checkout(sandbox))
    assert played.exit_code == 0, played.stdout
    assert "byte for byte what it was" in played.stdout
    assert list(sandbox.home.iterdir()) == []
    assert (sandbox.gateway.requests, sandbox.gateway.proxied) == ([], [])


def test_it_plans(installed: Installed, sandbox: Sandbox) -> None:
    """A plan against a mimo and a gateway, as one object."""
    environment = without_checkout(sandbox, GONKAGATE_API_KEY=CANARY_KEY)
    planned = installed.run(
        "mimo-code-setup", "plan", "--json", "--scope", "user", cwd=sandbox.outside, env=environment
    )
    RESULTS.append(planned)
    report = read_report(planned.stdout, planned.stderr)
    assert (planned.exit_code, report["outcome"]) == (0, "changes"), json.dumps(report["blockers"])
