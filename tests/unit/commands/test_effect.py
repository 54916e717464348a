"""What a `status` starts: it ends with it, whether it came to be needed or not."""

from pathlib import Path

import pytest

from reconciler.commands import acquaintance
from reconciler.commands.acquaintance import Met
from reconciler.commands.effect import Effect
from reconciler.commands.report import Outcome, Report
from reconciler.commands.tasks import Task
from reconciler.engine.problems import Stop
from reconciler.mimocode import paths
from reconciler.mimocode.launcher import Launcher
from tests.support.processes import alive, gone
from tests.support.racing import wait_until
from tests.unit.commands import surveyed

SLEEPS = """#!/bin/sh
echo $$ > "$HOME/started"
exec sleep 300
"""
ABOUT = Report("status", Outcome.IN_SYNC)


def beside(root: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Effect, int]:
    """Give an effect whose meeting has left a launch under way, and the number of its process."""
    here = surveyed.world(root)
    program, mark = root / "mimo", root / "home" / "started"
    program.write_text(SLEEPS)
    program.chmod(0o755)
    starter = Launcher(program)
    folder = root / "home"
    task = Task(lambda: starter.run(("debug", "paths"), environment=here.environment, folder=folder))
    wait_until(lambda: mark.exists() and mark.read_text().strip(), "the launch")
    survey = surveyed.survey(here)
    usual = survey.met
    met = Met(starter, usual.identity, usual.version, usual.trust, usual.paths, task.result)
    monkeypatch.setattr(acquaintance, "meet", lambda *_, **__: met)
    return Effect(here, here.files, survey.ground, surveyed.MEMORY, (), survey.key), int(mark.read_text())


def test_a_launch_that_nobody_came_to_need_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MiMoCode would write files of its own into its folder here, so it is asked nothing."""
    effect, process = beside(tmp_path, monkeypatch)
    paths.expected(effect.world.environment, effect.ground.home).config.mkdir(parents=True)
    assert alive(process)
    told = effect.of(ABOUT, refresh=True)
    assert "MiMoCode was not asked" in told.warnings[0].message
    assert gone(process)


def test_a_launch_is_ended_where_the_run_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stops it."""
    effect, process = beside(tmp_path, monkeypatch)

    def stopped(*_: object) -> Report:
        raise Stop(())

    monkeypatch.setattr(Effect, "_answered", stopped)
    with pytest.raises(Stop):
        effect.of(ABOUT, refresh=True)
    assert gone(process)
