"""How the behaviour suite is put together for the mimo under test.

Against the real mimo two kinds of tests are not collected: the modules named `test_standin_*.py`, which steer
the stand-in in ways the real program cannot be steered, and tests and cases marked `standin`, whose siblings
already make the same claim with the real one, or which end before `mimo` has a part in it.
"""

import signal
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from fixtures.canary import CANARY_MARK
from fixtures.gateway import Gateway
from tests.support.documents import CONFIGS
from tests.support.sandbox import RESULTS, Sandbox
from tests.support.sharing import Sharing
from tests.support.switches import some
from tests.support.target import mimo_under_test

Machines = Callable[[str], Sandbox]

HOSTILE_AT_ONCE: Final = 200
"""Fewer cases than these were chosen by whoever runs them."""
REAL_AT_ONCE: Final = 100
"""The same with the real mimo, of which a run of everything takes a sixth; `FAULT=all` takes all."""
REAL: Final = mimo_under_test() == "real"
collect_ignore_glob = ["test_standin_*.py"] if REAL else []


def pytest_configure(config: pytest.Config) -> None:
    """Explain the marker."""
    config.addinivalue_line(
        "markers", "standin: one case of several; with the real mimo its siblings stand for it"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is for the stand-in alone, and most of the hostile gateway until asked for."""
    if not REAL:
        _take_a_share(config, items)
        return
    real = [item for item in items if not item.get_closest_marker("standin")]
    kept = set(some(real, 6)) if len(real) > REAL_AT_ONCE else set(real)
    left_out = [item for item in items if item not in kept]
    items[:] = [item for item in items if item in kept]
    config.hook.pytest_deselected(items=left_out)


def _take_a_share(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep one case in twelve of the hostile gateway's, always the same ones; `FAULT=all` keeps all."""
    hostile = [item for item in items if item.path.name.startswith("test_hostile_gateway_")]
    kept = set(some(hostile, 12)) if len(hostile) > HOSTILE_AT_ONCE else set(hostile)
    left_out = [item for item in hostile if item not in kept]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Sharing:
    """Share tests out one by one; what a module looks at together is brought about once."""
    return Sharing(config, log)


@pytest.fixture(name="machine")
def _machine(sandbox: Sandbox) -> Sandbox:
    """Make a machine whose user has a config of his own."""
    sandbox.mimo_config_folder.mkdir(parents=True)
    sandbox.user_config.write_bytes((CONFIGS / "comments.jsonc").read_bytes())
    return sandbox


@pytest.fixture(scope="session", autouse=True)
def signals_as_in_a_terminal() -> None:
    """Let signals reach what the tests start, also where they were themselves started in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Make machines that the tests of one module look at together; none of them may leak the key."""
    made: list[Sandbox] = []

    with Gateway() as gateway:

        def make(name: str) -> Sandbox:
            made.append(Sandbox(tmp_path_factory.mktemp(name) / "machine", mimo_under_test(), gateway))
            return made[-1]

        yield make
        assert [leak for machine in made for leak in machine.leaks()] == []


@pytest.fixture(scope="session", autouse=True)
def no_output_ever_held_the_key() -> Iterator[None]:
    """Search every output of the whole session for the made-up key, at its end."""
    yield
    outputs = [one for one in RESULTS if CANARY_MARK in one.stdout + one.stderr]
    assert [one.command for one in outputs] == []
