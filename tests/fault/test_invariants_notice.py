"""The checks behind the kills notice what they are there for: each is shown a machine that is not right.

A check that never complains proves nothing; so every one is seen complaining here.
"""

import json
import os
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import Gateway
from tests.fault.invariants import (
    as_if_undisturbed,
    status_tells_and_touches_nothing,
    undisturbed,
    whole_before_recovery,
)
from tests.fault.machine import Machine, prepared
from tests.support.sandbox import Sandbox
from tests.support.scenarios import CATALOG
from tests.support.target import mimo_under_test

Tampering = Callable[[Sandbox], Any]


def _state(machine: Sandbox, **changes: object) -> None:
    state = json.loads(machine.state_file.read_bytes())
    machine.state_file.write_text(json.dumps({**state, **changes}))


def _stray(machine: Sandbox, name: str, text: str = "", mode: int = 0o600) -> None:
    path = machine.root / name
    path.write_text(text)
    path.chmod(mode)


def _torn(machine: Sandbox) -> None:
    os.truncate(machine.user_config, 100)


def _linked(machine: Sandbox) -> None:
    machine.user_config.rename(machine.home / "x")
    machine.user_config.symlink_to(machine.home / "x")


NOTICED_BEFORE: Final[dict[str, tuple[Tampering, str]]] = {
    "a torn config": (_torn, "mimocode.jsonc is Thing"),
    "another mode": (lambda m: m.user_config.chmod(0o600), "mimocode.jsonc is Thing"),
    "another owner": (lambda m: os.chown(m.user_config, 1, 1), "mimocode.jsonc is Thing"),
    "a config that is gone": (lambda m: m.user_config.unlink(), "mimocode.jsonc is None"),
    "a link instead of a file": (_linked, "mimocode.jsonc is Thing"),
    "a foreign file written again": (
        lambda m: os.utime(m.mimo_config_folder / "notes.md"),
        "notes.md was written",
    ),
    "a folder's mode": (lambda m: m.mimo_config_folder.chmod(0o700), "mimocode is Thing"),
    "a stray file": (lambda m: _stray(m, "project/x"), "project/x is Thing"),
    "a folder in TMPDIR": (lambda m: (m.temporary / "x").mkdir(), "tmp/x is Thing"),
    "a stray file of our own": (lambda m: _stray(m, "home/.gonkagate/mimo-code/x"), "no name that anybody"),
    "a readable state": (lambda m: m.state_file.chmod(0o644), "not its owner's alone"),
    "a readable key": (lambda m: m.key_file.chmod(0o640), "the key stands in"),
    "a torn key": (lambda m: os.truncate(m.key_file, 9), "the key file is"),
    "a key astray": (lambda m: _stray(m, "tmp/x", CANARY_KEY), "the key stands in tmp/x"),
    "a reference to no key": (lambda m: m.key_file.unlink(), "refers to a key file that is not there"),
    "a state that is gone": (lambda m: m.state_file.unlink(), "the state is gone"),
    "a state with the old serial": (lambda m: _state(m, documents=[]), "its serial did not rise"),
    "a state two serials on": (lambda m: _state(m, serial=3), "the serial is 3, it was 1"),
    "a state that says otherwise": (lambda m: _state(m, serial=2, lineage="x"), "lineage is 'x'"),
}
NOTICED_AFTER: Final[dict[str, tuple[Tampering, str]]] = {
    "another content": (_torn, "mimocode.jsonc is Thing"),
    "a file left over": (lambda m: _stray(m, "home/.config/x"), "home/.config/x is left over"),
    "a journal left over": (lambda m: _stray(m, "home/.gonkagate/mimo-code/journal.json"), "is left over"),
    "a file that is gone": (lambda m: m.key_file.unlink(), "api-key is gone"),
    "a serial more": (lambda m: _state(m, serial=3), "serial is 3, not 2"),
    "another lineage": (lambda m: _state(m, lineage="x"), "lineage is 'x'"),
    "a backup that is gone": (
        lambda m: next(path for path in m.backups.rglob("*") if path.is_file()).unlink(),
        "a backup is missing",
    ),
    "a backup more": (
        lambda m: _stray(m, "home/.gonkagate/mimo-code/backups/x"),
        "a backup is left over",
    ),
    "a key astray": (lambda m: _stray(m, "project/x", CANARY_KEY), "the key stands in project/x"),
}


@pytest.fixture(name="machine", scope="module")
def _machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Prepare one machine that has a set-up and is to change it."""
    with Gateway() as gateway:
        folder = tmp_path_factory.mktemp("noticing") / "machine"
        yield prepared(Sandbox(folder, mimo_under_test(), gateway), CATALOG)


def test_nothing_is_noticed_where_nothing_is_wrong(machine: Machine) -> None:
    """A machine at its starting point is whole; one that the command ran on is as it should be."""
    assert undisturbed(machine) == []
    machine.restore()
    assert whole_before_recovery(machine) == []
    assert machine.scenario.command.run(machine.sandbox).exit_code == 0
    assert whole_before_recovery(machine) == []
    assert as_if_undisturbed(machine) == []


@pytest.mark.parametrize("name", NOTICED_BEFORE)
def test_a_broken_machine_is_noticed_before_recovery(machine: Machine, name: str) -> None:
    """It is told in words that name the file."""
    tamper, expected = NOTICED_BEFORE[name]
    machine.restore()
    tamper(machine.sandbox)
    assert expected in "\n".join(whole_before_recovery(machine))


@pytest.mark.parametrize("name", NOTICED_AFTER)
def test_a_wrong_ending_is_noticed(machine: Machine, name: str) -> None:
    """So is whatever a recovered machine has more, less or otherwise than an undisturbed one."""
    tamper, expected = NOTICED_AFTER[name]
    machine.restore()
    assert machine.scenario.command.run(machine.sandbox).exit_code == 0
    tamper(machine.sandbox)
    assert expected in "\n".join(as_if_undisturbed(machine))


def test_a_status_that_says_nothing_is_noticed(machine: Machine) -> None:
    """Without a pending journal there is nothing to tell, and that is what is noticed."""
    machine.restore()
    assert any("does not tell" in line for line in status_tells_and_touches_nothing(machine))
