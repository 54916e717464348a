"""Fixtures for every test: the gateway, and throw-away machines that are searched for the key at the end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixtures.gateway import Gateway
from tests.support.sandbox import Sandbox
from tests.support.target import Mimo, mimo_under_test

MakeSandbox = Callable[..., Sandbox]


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
