"""Coming from the npm installer: its set-up is taken over, and from then on it is this program's."""

import json
from typing import Any, Final

import pytest

from fixtures.canary import CANARY_KEY, CANARY_MARK
from tests.behaviour.conftest import Machines
from tests.support.documents import KIMI, MODEL, PROVIDER, QWEN, find, read, ref
from tests.support.sandbox import Result, Sandbox

pytestmark = pytest.mark.standin

BINDING: Final = "{file:~/.gonkagate/mimo-code/api-key}"
EARLIER: Final[dict[str, Any]] = {
    "$schema": "https://mimo.xiaomi.com/mimocode/config.json",
    "theme": "mine",
    "provider": {
        "gonkagate": {
            "npm": "@ai-sdk/openai-compatible",
            "name": "GonkaGate",
            "options": {"baseURL": "https://api.gonkagate.com/v1", "apiKey": BINDING},
            "models": {QWEN: {"name": QWEN}, KIMI: {"name": KIMI}},
        }
    },
}
ACTIVATION: Final = {"model": ref(QWEN), "small_model": ref(QWEN)}


def record(machine: Sandbox, scope: str) -> dict[str, str]:
    """Return what the npm installer wrote down."""
    return {
        "globalConfigTarget": str(machine.user_config),
        "projectConfigTarget": str(machine.project_config),
        "scope": scope,
        "selectedModelKey": QWEN,
        "installerVersion": "1.0.0",
        "mimoCodeVersion": "0.1.0",
        "lastDurableSetupAt": "2026-06-11T00:00:00Z",
        "providerPackage": "@ai-sdk/openai-compatible",
        "transport": "chat_completions",
    }


def as_it_was_left(machine: Sandbox, scope: str) -> Sandbox:
    """Bring a machine to where the npm installer left it."""
    machine.own_folder.mkdir(parents=True)
    machine.own_folder.chmod(0o700)
    machine.key_file.write_text(CANARY_KEY + "\n")
    machine.key_file.chmod(0o600)
    machine.state_file.write_text(json.dumps(record(machine, scope)))
    machine.mimo_config_folder.mkdir(parents=True)
    user = EARLIER | ACTIVATION if scope == "user" else EARLIER
    machine.user_config.write_text(json.dumps(user, indent=2))
    if scope == "project":
        machine.project_config.parent.mkdir()
        machine.project_config.write_text(json.dumps(ACTIVATION, indent=2))
    return machine


@pytest.fixture(scope="module", params=["user", "project"])
def taken_over(request: pytest.FixtureRequest, machines: Machines) -> tuple[Sandbox, Result]:
    """Take one set-up of each scope over, where nothing but the earlier record says which it was."""
    machine = as_it_was_left(machines(f"from-npm-{request.param}"), request.param)
    return machine, machine.run("apply", "--yes", "--json", cwd=machine.project)


def test_nothing_is_asked_anew(taken_over: tuple[Sandbox, Result]) -> None:
    """Without a flag, a key or a terminal it succeeds: everything is known."""
    machine, applied = taken_over
    assert (applied.exit_code, applied.codes) == (0, [])
    assert machine.key_file.read_text() == CANARY_KEY + "\n"


def test_scope_and_model_stay(taken_over: tuple[Sandbox, Result]) -> None:
    """In a git work tree too, where the default would be another scope, and with another first model."""
    machine, applied = taken_over
    assert applied.report is not None
    earlier = json.loads(next(machine.backups.glob("*-install-state.json")).read_bytes())
    assert (applied.report["scope"], applied.report["model"]) == (earlier["scope"], QWEN)
    holder = machine.user_config if earlier["scope"] == "user" else machine.project_config
    assert find(read(holder), MODEL) == ref(QWEN)


def test_what_is_right_already_stays(taken_over: tuple[Sandbox, Result]) -> None:
    """The entry is adopted key by key; what it lacked is added; what is the user's is as it was."""
    machine, applied = taken_over
    assert applied.report is not None
    changes = [change for change in applied.report["changes"] if change["key"]]
    actions = {tuple(change["key"]): change["action"] for change in changes}
    for key in (("npm",), ("name",), ("options", "baseURL"), ("options", "apiKey")):
        assert actions[*PROVIDER, *key] == "adopt"
    assert actions[*PROVIDER, "options", "setCacheKey"] == "create"
    held = read(machine.user_config)
    assert held["theme"] == "mine"
    assert find(held, (*PROVIDER, "options")) == {
        **EARLIER["provider"]["gonkagate"]["options"],
        "setCacheKey": False,
    }


def test_the_earlier_record_is_kept_as_a_copy(taken_over: tuple[Sandbox, Result]) -> None:
    """Ours stands in its place, and every field of theirs can be read among the backups."""
    machine, _ = taken_over
    (copy,) = machine.backups.glob("*-install-state.json")
    kept = json.loads(copy.read_bytes())
    assert kept == record(machine, kept["scope"])
    assert json.loads(machine.state_file.read_bytes())["schema_version"] == 2


@pytest.mark.parametrize("scope", ["user", "project"])
def test_uninstall_takes_out_what_was_taken_over(machines: Machines, scope: str) -> None:
    """No provider, no key and no reference is left; what was the user's is."""
    machine = as_it_was_left(machines(f"out-again-{scope}"), scope)
    assert machine.run("apply", "--yes", cwd=machine.project).exit_code == 0
    assert machine.run("uninstall", "--yes", cwd=machine.project).exit_code == 0
    held = read(machine.user_config)
    assert (held["theme"], find(held, PROVIDER)) == ("mine", None)
    assert not machine.key_file.exists()
    assert CANARY_MARK not in machine.user_config.read_text()
