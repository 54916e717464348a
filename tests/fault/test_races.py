"""Runs side by side, and runs beside a program that keeps rewriting the same config.

Each race is run in rounds: 2 of them, or as many as the variable `FAULT_ROUNDS` says.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from fixtures.canary import CANARY_KEY
from tests.conftest import MakeSandbox
from tests.support.documents import KIMI, PROVIDER, QWEN, SCHEMA_URL, find, read, ref
from tests.support.pictures import own_files
from tests.support.racing import load, options, rewriting, rounds, together, with_option
from tests.support.sandbox import Result, Sandbox

BASE: Final = json.dumps(
    {
        "$schema": SCHEMA_URL,
        "provider": {"mine": {"npm": "@ai-sdk/openai-compatible", "name": "Mine", "options": {}}},
        "model": "mine/a",
    },
    indent=2,
).encode()
MEANWHILE: Final = {"config_changed_meanwhile", "rollback_incomplete", "plan_stale"}


@pytest.fixture(name="machine")
def _machine(make_sandbox: MakeSandbox) -> Iterator[Sandbox]:
    """Make a machine with a config on which MiMoCode ran before: two first launches fail each other."""
    machine = make_sandbox()
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_bytes(BASE)
    machine.resolved()
    yield machine
    assert _helpers(machine) == []


def _apply(machine: Sandbox, model: str) -> Result:
    choice = ("--scope", "user", "--model", model, "--small-model", model)
    return machine.run("apply", *choice, "--yes", "--json", key=CANARY_KEY)


def _uninstall(machine: Sandbox) -> Result:
    return machine.run("uninstall", "--yes", "--json")


def _status(machine: Sandbox) -> int:
    return machine.run("status", "--fast", "--json").exit_code


def _serial(machine: Sandbox) -> int:
    serial: int = json.loads(machine.state_file.read_bytes())["serial"]
    return serial


def _applied(*results: Result) -> int:
    """Count the runs that committed something."""
    return sum(result.report is not None and result.report["outcome"] == "applied" for result in results)


def _helpers(machine: Sandbox) -> list[str]:
    """Name what a transaction must not leave behind."""
    folders = (machine.mimo_config_folder, machine.own_folder)
    found = [path.name for folder in folders if folder.exists() for path in folder.iterdir()]
    return [name for name in found if name.endswith((".new", ".old", "journal.json"))]


def _edit(config: Path, number: int) -> None:
    """Edit a config as its user would, while nobody else is at work."""
    config.write_bytes(with_option(config.read_bytes(), f"edit-{number}", number))


def _chosen(machine: Sandbox, model: str) -> dict[str, Any]:
    """Return what a single run makes of the config."""
    assert _apply(machine, model).exit_code == 0
    return read(machine.user_config)


@pytest.mark.parametrize("begin", ["nothing set up", "set up"])
def test_two_applies_at_once_both_end_well(machine: Sandbox, begin: str) -> None:
    """The second waits and plans anew: one choice stands complete, and the serial counts the commits."""
    for number in range(rounds()):
        _edit(machine.user_config, number)
        wanted = {ref(model): _chosen(machine, model) for model in (KIMI, QWEN)}
        if begin == "nothing set up":
            assert _uninstall(machine).exit_code == 0
        before = _serial(machine) if machine.state_file.exists() else 0
        results = together(lambda: _apply(machine, KIMI), lambda: _apply(machine, QWEN))
        assert [(one.exit_code, one.codes) for one in results] == [(0, []), (0, [])]
        assert _serial(machine) == before + _applied(*results)
        found = read(machine.user_config)
        assert found == wanted[found["model"]]
        assert options(found)[f"edit-{number}"] == number
        assert _status(machine) == 0


def test_an_apply_beside_an_uninstall_leaves_one_of_both(machine: Sandbox) -> None:
    """In the end everything is in place or nothing is; neither run fails the other."""
    for number in range(rounds()):
        _edit(machine.user_config, number)
        original = machine.user_config.read_bytes()
        if number % 2:
            assert _apply(machine, QWEN).exit_code == 0
        applied, removed = together(lambda: _apply(machine, KIMI), lambda: _uninstall(machine))
        assert (applied.exit_code, applied.codes) == (0, [])
        assert removed.exit_code in (0, 5), removed.codes
        if machine.state_file.exists():
            assert _status(machine) == 0
            assert read(machine.user_config)["model"] == ref(KIMI)
            assert machine.key_file.read_text() == CANARY_KEY
            assert _uninstall(machine).exit_code == 0
        left = [name for name in own_files(machine) if "/backups" not in name]
        assert left in ([], [".gonkagate", ".gonkagate/mimo-code"])
        assert machine.user_config.read_bytes() == original


@pytest.mark.parametrize("manner", ["in place", "by rename"])
def test_a_program_that_keeps_rewriting_the_config_loses_nothing(machine: Sandbox, manner: str) -> None:
    """What it saved last is always there when it looks again; what was reported as done is so in the end."""
    assert _apply(machine, KIMI).exit_code == 0
    models = (QWEN, KIMI)
    # A file that is being written in place can be met empty or half written.
    allowed = MEANWHILE | ({"config_unreadable"} if manner == "in place" else set())
    for number in range(rounds()):
        before = _serial(machine)
        with rewriting(machine.user_config, machine.root, manner, number) as program:
            results = [_apply(machine, model) for model in models]
        assert [one for one in program.rewrites if one.lost] == [], f"round {number}"
        last = program.rewrites[-1].number
        assert f"edit-{last}" in options(load(machine.user_config)), f"round {number}"
        for result in results:
            assert result.exit_code == 0 or (result.exit_code == 1 and allowed & set(result.codes)), (
                result.codes
            )
        assert _serial(machine) == before + _applied(*results)
        if results[-1].exit_code == 0 and not any(one.over for one in program.rewrites):
            assert _status(machine) == 0, f"round {number}: reported as done, and is not"
        done = _apply(machine, models[number % 2])
        assert (done.exit_code, done.codes) == (0, [])
        found = read(machine.user_config)
        assert (found["model"], find(found, (*PROVIDER, "npm"))) == (
            ref(models[number % 2]),
            "@ai-sdk/openai-compatible",
        )
        assert f"edit-{last}" in options(found)
        assert _status(machine) == 0
        assert _helpers(machine) == []
