"""Each kind of layer that outranks ours is named with the exact place, as soon as somebody plans there.

Every layer stands above the file that we would write into, which says something else; that it decides is
MiMoCode's own answer. What outlasts this shell stops the plan; what is this shell's or folder's is told.
"""

import json
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from fixtures.canary import CANARY_KEY
from tests.support.documents import KIMI, MODEL, PROVIDER, SCHEMA_URL, find, place, ref
from tests.support.pictures import left_alone, users_files
from tests.support.refusals import refusal, untouched_by
from tests.support.sandbox import Result, Sandbox

ABOVE: Final = "ollama/above"
OURS: Final = {"user": "home/.config/mimocode/mimocode.json", "project": "project/.mimocode/mimocode.json"}
"""The file that each scope would write into."""


@attrs.frozen
class Kind:
    """A kind of layer: the file that it is, seen from a folder, and the variable that names it."""

    file: str
    scope: str = "user"
    cwd: str = "outside"
    variable: str | None = None
    names: str | None = None
    """What the variable names, where that is not the file itself."""


LASTING: Final = {
    "the home's own folder": Kind("home/.mimocode/mimocode.json"),
    "the home's own folder, in a project": Kind("home/.mimocode/mimocode.json", "project", "project/src"),
    "a stronger file beside a project's": Kind("project/.mimocode/mimocode.jsonc", "project", "project/src"),
}
HERE: Final = {
    "the managed folder": Kind(
        "managed/mimocode.json", variable="MIMOCODE_TEST_MANAGED_CONFIG_DIR", names="managed"
    ),
    "a named folder": Kind("named/mimocode.jsonc", variable="MIMOCODE_CONFIG_DIR", names="named"),
    "a named file": Kind("named.json", variable="MIMOCODE_CONFIG"),
    "a project's own folder": Kind("project/.mimocode/mimocode.json", cwd="project/src"),
    "a bare file at the root": Kind("project/mimocode.jsonc", cwd="project/src"),
    "a bare file": Kind("project/src/mimocode.json", cwd="project/src"),
    "a bare file outside of git": Kind("outside/mimocode.json"),
}


def put(path: Path, **keys: object) -> Path:
    """Write a config that MiMoCode leaves as it is, in which keys stand at some column of some line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"// mine\n{json.dumps({'share': 'disabled', '$schema': SCHEMA_URL, **keys}, indent=3)}\n"
    )
    return path


@attrs.frozen
class Scene:
    """A machine where a layer of some kind stands above ours."""

    machine: Sandbox
    kind: Kind
    above: Path
    cwd: Path

    @property
    def shell(self) -> dict[str, str]:
        """What the shell has on top."""
        if self.kind.variable is None:
            return {}
        return {self.kind.variable: str(self.machine.root / (self.kind.names or self.kind.file))}

    def plan(self) -> Result:
        """Plan there."""
        selection = ("--scope", self.kind.scope, "--json")
        return self.machine.run("plan", *selection, cwd=self.cwd, key=CANARY_KEY, env=self.shell)

    def resolved(self) -> object:
        """Ask MiMoCode for the model there."""
        asked = self.machine.run_mimo("--pure", "debug", "config", cwd=self.cwd, env=self.shell)
        return find(asked.report, MODEL)


def scene(machine: Sandbox, kind: Kind) -> Scene:
    """Set it."""
    (machine.project / "src").mkdir()
    put(machine.root / OURS[kind.scope], model="ollama/ours")
    return Scene(machine, kind, put(machine.root / kind.file, model=ABOVE), machine.root / kind.cwd)


def warned(result: Result) -> dict[str, Any]:
    """Return the one warning."""
    assert result.report is not None, result.stderr
    assert result.exit_code == 0, result.stdout
    (warning,) = result.report["warnings"]
    assert isinstance(warning, dict)
    return warning


@pytest.mark.parametrize("name", LASTING)
def test_a_layer_that_stays_above_ours_stops_the_plan(sandbox: Sandbox, name: str) -> None:
    """File, line and column of what decides, in the blocker and in its remedy."""
    set_ = scene(sandbox, LASTING[name])
    before = users_files(sandbox)
    blocker = refusal(set_.plan(), "overridden_by_layer")
    assert blocker["location"] == place(set_.above, MODEL)
    assert ":".join(map(str, blocker["location"].values())) in blocker["remedy"]
    assert (ABOVE in blocker["message"], ref(KIMI) in blocker["message"]) == (True, True)
    assert untouched_by(sandbox, before)
    assert set_.resolved() == ABOVE


@pytest.mark.parametrize("name", HERE)
def test_a_layer_of_this_shell_or_folder_is_told_by_the_plan(sandbox: Sandbox, name: str) -> None:
    """The variable and what in its file says so, or the file alone: to the column."""
    set_ = scene(sandbox, HERE[name])
    before = users_files(sandbox)
    warning = warned(set_.plan())
    where = place(set_.above, MODEL)
    if set_.kind.variable is None:
        assert warning["location"] == where
    else:
        assert warning["location"] == {"variable": set_.kind.variable}
        assert f"take the value out of {':'.join(map(str, where.values()))}" in warning["message"]
    assert ABOVE in warning["message"]
    assert untouched_by(sandbox, before)
    assert set_.resolved() == ABOVE


def test_a_variable_that_is_a_layer_itself_is_told_by_the_plan(sandbox: Sandbox) -> None:
    """It has no file; its name is the place."""
    put(sandbox.root / OURS["user"], model="ollama/ours")
    shell = {"MIMOCODE_CONFIG_CONTENT": json.dumps({"model": ABOVE})}
    planned = sandbox.run("plan", "--scope", "user", "--json", key=CANARY_KEY, env=shell)
    warning = warned(planned)
    assert warning["location"] == {"variable": "MIMOCODE_CONFIG_CONTENT"}
    assert "unset MIMOCODE_CONFIG_CONTENT in this shell, or take the value out of it" in warning["message"]
    asked = sandbox.run_mimo("--pure", "debug", "config", env=shell)
    assert find(asked.report, MODEL) == ABOVE


def test_another_file_of_the_user_s_that_bends_the_entry_stops_the_plan(sandbox: Sandbox) -> None:
    """A weaker one cannot override what we write, but what we leave alone comes from it."""
    put(sandbox.root / OURS["user"], model="ollama/ours")
    key = (*PROVIDER, "options", "headers", "Authorization")
    headers = {"gonkagate": {"options": {"headers": {"Authorization": "Bearer x"}}}}
    lower = put(sandbox.mimo_config_folder / "config.json", provider=headers)
    before = users_files(sandbox)
    planned = sandbox.run("plan", "--scope", "user", "--json", key=CANARY_KEY)
    assert refusal(planned, "overridden_by_layer")["location"] == place(lower, key)
    assert untouched_by(sandbox, before)
    assert find(sandbox.resolved(), key) == "Bearer x"


def test_a_stronger_file_of_the_user_s_that_came_later_is_named_by_status(sandbox: Sandbox) -> None:
    """A set-up writes into the strongest one that is there; `status` finds what was put above it since."""
    put(sandbox.root / OURS["user"], model="ollama/ours")
    applied = sandbox.run("apply", "--scope", "user", "--yes", "--json", key=CANARY_KEY)
    assert applied.exit_code == 0, applied.stdout
    above = put(sandbox.user_config, model=ABOVE)
    before = users_files(sandbox)
    blocker = refusal(sandbox.run("status", "--json"), "overridden_by_layer")
    assert blocker["location"] == place(above, MODEL)
    assert left_alone(sandbox, before)
    assert sandbox.resolved()["model"] == ABOVE


def test_a_layer_that_is_fetched_is_told_by_its_credential(sandbox: Sandbox) -> None:
    """What it says cannot be seen: the store of credentials is the place, and its secrets are not told."""
    auth = sandbox.home / ".local" / "share" / "mimocode" / "auth.json"
    auth.parent.mkdir(parents=True)
    entry = {"type": "wellknown", "key": "LENT", "token": "not-to-be-told"}
    auth.write_text(json.dumps({"http://127.0.0.1:9": entry}))
    explained = sandbox.run("explain", "model", "--json")
    warning = warned(explained)
    assert warning["location"] == {"file": str(auth), "line": None, "column": None}
    assert "fetch settings from 127.0.0.1" in warning["message"]
    assert "not-to-be-told" not in explained.stdout + explained.stderr
    # Nothing answers there, so MiMoCode does not start; the stand-in fetches nothing.
    assert sandbox.run_mimo("--pure", "debug", "config").exit_code == int(sandbox.mimo == "real")
