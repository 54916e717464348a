"""The stand-in answers, complains and writes as the real mimo does, scenario by scenario."""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.sandbox import install_mimo
from tests.support.standin_scenarios import SCENARIOS
from tests.support.target import real_mimo
from tests.support.worlds import Outcome, Scenario, disagreements, play

Launches = dict[str, Future[Outcome]]


@pytest.fixture(scope="module")
def launches(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launches]:
    """Play the chosen scenarios with the real mimo, two at a time, ahead of the tests that look at them.

    Where tests are shared out between processes, each plays only what it comes to.
    """
    real = real_mimo()
    chosen = [
        item.callspec.params["scenario"]
        for item in request.session.items
        if hasattr(item, "callspec") and "scenario" in item.callspec.params
    ]
    if "PYTEST_XDIST_WORKER" in os.environ:
        chosen = []
    with ThreadPoolExecutor(2) as pool:
        yield {s.claim: pool.submit(play, s, tmp_path_factory.mktemp("real") / "world", real) for s in chosen}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.claim)
def test_standin_agrees_with_the_real_mimo(scenario: Scenario, launches: Launches, tmp_path: Path) -> None:
    """Codes, answers, complaints and files are the same."""
    standin = install_mimo(tmp_path, "standin")
    imitated = play(scenario, tmp_path / "standin", standin)
    ahead = launches.get(scenario.claim)
    real = ahead.result() if ahead else play(scenario, tmp_path / "real", real_mimo())
    assert disagreements(imitated, real) == []


def test_every_claim_is_made_once() -> None:
    """No two scenarios share a name."""
    assert len({scenario.claim for scenario in SCENARIOS}) == len(SCENARIOS)
