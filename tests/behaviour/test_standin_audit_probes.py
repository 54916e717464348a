"""Every probe of an audit can fail: for each a MiMoCode with that one behaviour changed.

A usual run carries out the experiment that the probe shows in; `FAULT=all` carries out all of them.
"""

import os
from pathlib import Path

import pytest

from reconciler.commands.audit import examine
from reconciler.commands.world import World
from reconciler.mimocode.audit.judge import JUDGES
from reconciler.mimocode.audit.probes import PROBES, Finding
from tests.support.mutations import MUTATIONS, install
from tests.support.sandbox import system_path
from tests.support.switches import everything


def told(folder: Path, probe: str) -> tuple[Finding, ...]:
    """Audit the stand-in with the mutation of a probe, and give all that came of it."""
    install(folder / "bin", MUTATIONS[probe])
    world = World({"PATH": f"{folder / 'bin'}{os.pathsep}{system_path()}"}, folder)
    (concerned,) = (one.rests_on for one in PROBES if one.id == probe)
    return examine(world, None if everything() else frozenset({concerned})).findings


@pytest.mark.parametrize("probe", MUTATIONS)
def test_a_mutated_mimo_makes_exactly_its_probe_fail(tmp_path: Path, probe: str) -> None:
    """All others hold; what was seen is told in few words."""
    found = told(tmp_path, probe)
    assert [(one.probe.id, one.held) for one in found if one.held is not True] == [(probe, False)]
    (failed,) = (one for one in found if one.probe.id == probe)
    assert 0 < len(failed.seen) <= 160


def test_every_probe_has_its_mutation_and_its_judge() -> None:
    """A claim that could not fail would claim nothing."""
    assert set(MUTATIONS) == set(JUDGES) == {probe.id for probe in PROBES}


def test_claims_are_sentences_that_are_told_apart() -> None:
    """Each probe has an id, a claim and something that rests on it, and no two are alike."""
    assert len({probe.id for probe in PROBES}) == len({probe.claim for probe in PROBES}) == len(PROBES)
    assert all(probe.features and probe.claim and probe.claim[-1] not in ".;" for probe in PROBES)
