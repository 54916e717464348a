"""What a `status` starts: it ends with it, whether it came to be needed or not."""

import time
from pathlib import Path

import pytest

from reconciler.commands import acquaintance
from reconciler.commands.acquaintance import Met
from reconciler.commands.effect import Effect
from reconciler.commands.memory import CatalogMemory, KeyMemory, Memory
from reconciler.commands.report import Outcome, Report
from reconciler.commands.tasks import Task
from reconciler.engine.problems import Stop
from reconciler.mimocode import paths
from reconciler.mimocode.launcher import Launcher
from tests.unit.commands import surveyed

SLEEPS = """#!/bin/sh
echo $$ > "$HOME/started"
exec sleep 300
"""
MEMORY = Memory(
    installer_version="0.1.0",
    mimo_version="0.1.15",
    audited_baseline="0.1.15",
    transport="chat_completions",
    provider_package="@ai-sdk/openai-compatible",
    last_durable_setup_at="2026-11-22T08:00:00Z",
    key=KeyMemory("5a" * 16, "0f" * 32),
    catalog=CatalogMemory("2026-11-22T08:00:00Z", ("a/first",)),
)
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
    while not (mark.exists() and mark.read_text().strip()):
        time.sleep(0.01)
    survey = surveyed.survey(here)
    usual = survey.met
    met = Met(starter, usual.identity, usual.version, usual.trust, usual.paths, task.result)
    monkeypatch.setattr(acquaintance, "meet", lambda *_, **__: met)
    memory = MEMORY
    return Effect(here, here.files, survey.ground, memory, (), survey.key), int(mark.read_text())


def is_running(process: int) -> bool:
    """Whether a process still runs; one that waits to be taken away does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def has_ended(process: int) -> bool:
    """Whether a process ends soon, which it would not by itself."""
    deadline = time.monotonic() + 10
    while is_running(process) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_running(process)


def test_a_launch_that_nobody_came_to_need_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MiMoCode would write files of its own into its folder here, so it is asked nothing."""
    effect, process = beside(tmp_path, monkeypatch)
    paths.expected(effect.world.environment, effect.ground.home).config.mkdir(parents=True)
    assert is_running(process)
    told = effect.of(ABOUT, refresh=True)
    assert "MiMoCode was not asked" in told.warnings[0].message
    assert has_ended(process)


def test_a_launch_is_ended_where_the_run_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stops it."""
    effect, process = beside(tmp_path, monkeypatch)

    def stopped(*_: object) -> Report:
        raise Stop(())

    monkeypatch.setattr(Effect, "_answered", stopped)
    with pytest.raises(Stop):
        effect.of(ABOUT, refresh=True)
    assert has_ended(process)
