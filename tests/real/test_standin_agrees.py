"""The stand-in answers, complains and writes as the real mimo does, scenario by scenario.

A usual run plays a third of them, always the same ones; `FAULT=all` plays all.
"""

from pathlib import Path

import pytest

from tests.support.sandbox import install_mimo
from tests.support.standin_scenarios import SCENARIOS
from tests.support.switches import some
from tests.support.target import real_mimo
from tests.support.worlds import Scenario, disagreements, play


@pytest.mark.parametrize("scenario", some(SCENARIOS, 3), ids=lambda scenario: scenario.claim)
def test_standin_agrees_with_the_real_mimo(scenario: Scenario, tmp_path: Path) -> None:
    """Codes, answers, complaints and files are the same."""
    standin = install_mimo(tmp_path, "standin")
    imitated = play(scenario, tmp_path / "standin", standin)
    assert disagreements(imitated, play(scenario, tmp_path / "real", real_mimo())) == []


def test_every_claim_is_made_once() -> None:
    """No two scenarios share a name."""
    assert len({scenario.claim for scenario in SCENARIOS}) == len(SCENARIOS)
