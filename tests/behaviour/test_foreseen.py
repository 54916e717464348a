"""What would undo an apply is told before anything is written, with the layer that decides.

The judgement is that of our model of the layers as they will be. So each claim is held against MiMoCode's own
answer as well, where the two can be compared; and what only that answer can tell still undoes the run.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.canary import CANARY_KEY
from tests.support.cases import standin_case
from tests.support.documents import KIMI, MINIMAX, MODEL, PROVIDER, SCHEMA_URL, find, place, ref
from tests.support.pictures import left_alone, users_files
from tests.support.refusals import refusal, untouched_by
from tests.support.sandbox import Result, Sandbox

USER = ("--scope", "user", "--json")
PROJECT = ("--scope", "project", "--json")
OTHER = "ollama/qwen3:8b"
GATES: dict[str, tuple[tuple[str, ...], object]] = {
    "provider_disabled": (("disabled_providers",), ["gonkagate"]),
    "provider_not_enabled": (("enabled_providers",), ["ollama"]),
    "model_not_allowed": ((*PROVIDER, "whitelist"), ["a/b"]),
    "model_blocked": ((*PROVIDER, "blacklist"), [KIMI]),
}
HARMLESS: dict[str, tuple[str, dict[str, object]]] = {
    "a lower file of the user": ("home/.config/mimocode/config.json", {"model": OTHER}),
    "the same value above": ("home/.mimocode/mimocode.json", {"model": ref(KIMI)}),
    "a list above that lets us through": (
        "home/.mimocode/mimocode.json",
        {"enabled_providers": ["gonkagate"], "disabled_providers": []},
    ),
    "a project's own model": ("outside/mimocode.json", {"small_model": ref(KIMI)}),
}


def put(path: Path, **keys: object) -> Path:
    """Write a config that MiMoCode leaves as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"$schema": SCHEMA_URL, **keys}, indent=2))
    return path


def nested(key: tuple[str, ...], value: object) -> dict[str, object]:
    """Give a config with one key."""
    for name in reversed(key[1:]):
        value = {name: value}
    return {key[0]: value}


def refused(
    machine: Sandbox, selection: tuple[str, ...], code: str, cwd: Path | None = None
) -> dict[str, Any]:
    """Return the blocker that `plan` and `apply` stop with alike, after checking that nothing was touched."""
    before = users_files(machine)
    told = refusal(machine.run("plan", *selection, cwd=cwd, key=CANARY_KEY), code)
    assert untouched_by(machine, before)
    again = refusal(machine.run("apply", *selection, "--yes", cwd=cwd, key=CANARY_KEY), code)
    assert untouched_by(machine, before)
    assert told == again
    return told


def warned(result: Result, location: object) -> str:
    """Return the warning with a place."""
    assert result.report is not None, result.stderr
    (message,) = [one["message"] for one in result.report["warnings"] if one["location"] == location]
    assert isinstance(message, str)
    return message


# Layers above ours


@pytest.mark.parametrize(
    ("selection", "file", "cwd"),
    [
        (USER, "home/.mimocode/mimocode.json", "outside"),
        standin_case(USER, "home/.mimocode/mimocode.jsonc", "project"),
        standin_case(PROJECT, "home/.mimocode/mimocode.json", "project"),
        (PROJECT, "project/.mimocode/mimocode.jsonc", "project"),
        standin_case(PROJECT, "project/.mimocode/mimocode.jsonc", "project/src"),
        (PROJECT, "outside/.mimocode/mimocode.json", "outside/below"),
    ],
)
def test_a_layer_that_would_decide_the_model_is_named_beforehand(
    sandbox: Sandbox, selection: tuple[str, ...], file: str, cwd: str
) -> None:
    """File, line and column; it is the layer that MiMoCode itself follows, and nothing was written."""
    folder = sandbox.root / cwd
    folder.mkdir(exist_ok=True)
    above = put(sandbox.root / file, share="disabled", model=OTHER)
    blocker = refused(sandbox, selection, "overridden_by_layer", folder)
    assert blocker["location"] == place(above, MODEL)
    assert f'would resolve model to "{OTHER}", not to "{ref(KIMI)}"' in blocker["message"]
    assert str(above) in blocker["remedy"]
    assert sandbox.resolved(folder)["model"] == OTHER


@pytest.mark.standin
def test_of_several_layers_the_one_that_decides_is_named(sandbox: Sandbox) -> None:
    """The outermost `.mimocode` of a project wins, and the home's above it."""
    put(sandbox.project / "mimocode.json", model="ollama/bare")
    put(sandbox.project / "src" / ".mimocode" / "mimocode.json", model="ollama/inner")
    outer = put(sandbox.project / ".mimocode" / "mimocode.jsonc", model="ollama/outer")
    cwd = sandbox.project / "src"
    assert refused(sandbox, PROJECT, "overridden_by_layer", cwd)["location"] == place(outer, MODEL)
    home = put(sandbox.home / ".mimocode" / "mimocode.json", model="ollama/home")
    assert refused(sandbox, PROJECT, "overridden_by_layer", cwd)["location"] == place(home, MODEL)


@pytest.mark.parametrize(
    "key",
    [
        standin_case((*PROVIDER, "npm")),
        standin_case((*PROVIDER, "options", "baseURL")),
        (*PROVIDER, "options", "setCacheKey"),
        standin_case((*PROVIDER, "options", "apiKey")),
        standin_case((*PROVIDER, "models", KIMI, "name")),
        standin_case((*PROVIDER, "options", "headers", "Authorization")),
    ],
)
def test_a_layer_that_would_bend_the_entry_is_named_beforehand(
    sandbox: Sandbox, key: tuple[str, ...]
) -> None:
    """Package, address, key, cache setting, a model, a header: each has its place; values of a key none."""
    value = True if key[-1] == "setCacheKey" else "another"
    above = put(sandbox.home / ".mimocode" / "mimocode.json", **nested(key, value))
    blocker = refused(sandbox, USER, "overridden_by_layer")
    assert blocker["location"] == place(above, key)
    assert find(sandbox.resolved(), key) == value
    if key[-1] in ("apiKey", "Authorization"):
        assert "another" not in blocker["message"].replace("another layer", "")


@pytest.mark.parametrize("case", ["a lower file of the user", *map(standin_case, list(HARMLESS)[1:])])
def test_what_changes_nothing_hinders_nothing(sandbox: Sandbox, case: str) -> None:
    """A lower layer, the same value from above, a list that lets us through."""
    file, keys = HARMLESS[case]
    put(sandbox.root / file, **keys)
    result = sandbox.run("apply", *USER, "--yes", key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout
    assert sandbox.resolved()["model"] == ref(KIMI)


def test_a_link_to_our_own_config_hinders_nothing(sandbox: Sandbox) -> None:
    """The same file in a higher rank says the same, the key's binding included."""
    sandbox.mimo_config_folder.mkdir(parents=True)
    (sandbox.home / ".mimocode").symlink_to(sandbox.mimo_config_folder)
    result = sandbox.run("apply", *USER, "--yes", key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout
    assert result.report is not None
    assert result.report["verification"]["provenance"] == "passed"


# Gates


@pytest.mark.parametrize(
    "code",
    [
        "provider_disabled",
        standin_case("provider_not_enabled"),
        standin_case("model_not_allowed"),
        standin_case("model_blocked"),
    ],
)
def test_a_gate_in_the_user_s_config_is_named_beforehand(sandbox: Sandbox, code: str) -> None:
    """The list is his: it is named to the column, and stays as it is."""
    key, value = GATES[code]
    config = put(sandbox.user_config, **nested(key, value))
    blocker = refused(sandbox, USER, code)
    assert blocker["location"] == place(config, key)
    assert "gonkagate" in blocker["remedy"] or KIMI in blocker["remedy"]
    assert find(sandbox.resolved(), key) == value


@pytest.mark.parametrize(
    "code",
    [
        standin_case("provider_disabled"),
        "provider_not_enabled",
        standin_case("model_not_allowed"),
        "model_blocked",
    ],
)
def test_a_gate_in_a_project_s_file_is_named_beforehand(sandbox: Sandbox, code: str) -> None:
    """In project scope the project's own lists count; in user scope they are told, and hinder nothing."""
    key, value = GATES[code]
    file = put(sandbox.project / "mimocode.json", **nested(key, value))
    blocker = refused(sandbox, PROJECT, code, sandbox.project)
    assert blocker["location"] == place(file, key)
    assert find(sandbox.resolved(sandbox.project), key) == value
    planned = sandbox.run("plan", *USER, cwd=sandbox.project, key=CANARY_KEY)
    assert planned.exit_code == 0
    assert "in this shell" in warned(planned, place(file, key))


@pytest.mark.parametrize(
    "code",
    [
        standin_case("provider_disabled"),
        standin_case("provider_not_enabled"),
        "model_not_allowed",
        standin_case("model_blocked"),
    ],
)
def test_a_gate_in_a_variable_is_told_beforehand(sandbox: Sandbox, code: str) -> None:
    """It is this shell's: `plan` warns and `apply` keeps the set-up, with exit code 4."""
    key, value = GATES[code]
    shell = {"MIMOCODE_CONFIG_CONTENT": json.dumps(nested(key, value))}
    variable = {"variable": "MIMOCODE_CONFIG_CONTENT"}
    planned = sandbox.run("plan", *USER, key=CANARY_KEY, env=shell)
    assert planned.exit_code == 0
    assert "in this shell" in warned(planned, variable)
    applied = sandbox.run("apply", *USER, "--yes", key=CANARY_KEY, env=shell)
    assert (applied.exit_code, applied.codes) == (4, ["session_override"])
    assert applied.report is not None
    assert applied.report["blockers"][0]["location"] == variable


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ((*PROVIDER, "whitelist"), [KIMI]),
        standin_case((*PROVIDER, "blacklist"), [MINIMAX]),
        standin_case((*PROVIDER, "models", MINIMAX, "status"), "deprecated"),
    ],
)
def test_what_would_hide_another_model_is_named_beforehand(
    sandbox: Sandbox, key: tuple[str, ...], value: object
) -> None:
    """Every model of the catalog must be listed; MiMoCode's list would not have it."""
    config = put(sandbox.user_config, **nested(key, value))
    blocker = refused(sandbox, USER, "models_not_listed")
    assert blocker["location"] == place(config, key)
    assert MINIMAX in blocker["message"]


# This shell and folder


def _content(_: Sandbox) -> str:
    return json.dumps({"model": OTHER})


def _file(machine: Sandbox) -> str:
    return str(put(machine.root / "extra.json", model=OTHER))


def _folder(machine: Sandbox) -> str:
    return str(put(machine.root / "extra" / "mimocode.json", model=OTHER).parent)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MIMOCODE_CONFIG_CONTENT", _content),
        standin_case("MIMOCODE_CONFIG", _file),
        standin_case("MIMOCODE_CONFIG_DIR", _folder),
        standin_case("MIMOCODE_TEST_MANAGED_CONFIG_DIR", _folder),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else value,
)
def test_a_variable_that_would_decide_here_is_told_beforehand(
    sandbox: Sandbox, variable: str, value: Callable[[Sandbox], str]
) -> None:
    """A warning of `plan`, whose exit code stays; once MiMoCode was asked its answer stands in its place."""
    shell = {variable: value(sandbox)}
    before = users_files(sandbox)
    planned = sandbox.run("plan", *USER, key=CANARY_KEY, env=shell)
    assert planned.exit_code == 0
    message = warned(planned, {"variable": variable})
    assert message.startswith("in this shell")
    assert f"unset {variable}" in message
    assert untouched_by(sandbox, before)
    applied = sandbox.run("apply", *USER, "--yes", key=CANARY_KEY, env=shell)
    assert (applied.exit_code, applied.codes) == (4, ["session_override"])
    assert applied.report is not None
    assert applied.report["warnings"] == []


@pytest.mark.parametrize(
    ("names", "decides"),
    [
        (["project/mimocode.json"], "project/mimocode.json"),
        standin_case(["project/mimocode.json", "project/src/mimocode.json"], "project/src/mimocode.json"),
        standin_case(
            ["project/.mimocode/mimocode.json", "project/src/.mimocode/mimocode.json"],
            "project/.mimocode/mimocode.json",
        ),
    ],
)
def test_a_project_s_file_that_would_decide_here_is_told_beforehand(
    sandbox: Sandbox, names: list[str], decides: str
) -> None:
    """In user scope a project's own model counts in that project: of bare files the innermost one."""
    cwd = sandbox.project / "src"
    cwd.mkdir()
    for name in names:
        put(sandbox.root / name, model=OTHER)
    planned = sandbox.run("plan", *USER, cwd=cwd, key=CANARY_KEY)
    assert planned.exit_code == 0
    assert OTHER in warned(planned, place(sandbox.root / decides, MODEL))
    assert sandbox.resolved(cwd)["model"] == OTHER
    elsewhere = sandbox.run("plan", *USER, key=CANARY_KEY)
    assert elsewhere.report is not None
    assert elsewhere.report["warnings"] == []


@pytest.mark.standin
def test_a_shell_without_project_files_is_told_beforehand(sandbox: Sandbox) -> None:
    """In project scope the variable that switches project files off is named."""
    off = {"MIMOCODE_DISABLE_PROJECT_CONFIG": "1"}
    planned = sandbox.run("plan", *PROJECT, cwd=sandbox.project, key=CANARY_KEY, env=off)
    assert planned.exit_code == 0
    assert planned.report is not None
    assert {"variable": "MIMOCODE_DISABLE_PROJECT_CONFIG"} in [
        one["location"] for one in planned.report["warnings"]
    ]


@pytest.mark.standin
def test_a_project_s_gate_counts_in_its_folder(sandbox: Sandbox) -> None:
    """Set up for the user: in that project the provider is out, which `apply` and `status` say."""
    put(sandbox.project / "mimocode.json", disabled_providers=["gonkagate"])
    result = sandbox.run("apply", *USER, "--yes", cwd=sandbox.project, key=CANARY_KEY)
    assert (result.exit_code, result.codes) == (4, ["session_override"])
    assert sandbox.run("status", cwd=sandbox.project).exit_code == 4
    assert sandbox.run("status").exit_code == 0


# What only MiMoCode can judge


def test_a_model_that_a_variable_fills_in_is_left_to_mimocode(sandbox: Sandbox) -> None:
    """`plan` sees no hindrance; MiMoCode's answer undoes the run, and the value is not shown."""
    above = put(sandbox.home / ".mimocode" / "mimocode.json", model="{env:MY_MODEL}")
    shell = {"MY_MODEL": "ollama/hidden"}
    before = users_files(sandbox)
    assert sandbox.run("plan", *USER, key=CANARY_KEY, env=shell).exit_code == 0
    result = sandbox.run("apply", *USER, "--yes", key=CANARY_KEY, env=shell)
    blocker = refusal(result, "overridden_by_layer", outcome="failed")
    assert blocker["location"] == place(above, MODEL)
    assert "hidden" not in result.stdout + result.stderr
    assert untouched_by(sandbox, before)


@pytest.mark.standin
def test_a_variable_that_fills_in_the_right_model_hinders_nothing(sandbox: Sandbox) -> None:
    """What it comes to is what was chosen."""
    put(sandbox.home / ".mimocode" / "mimocode.json", model="{env:MY_MODEL}")
    result = sandbox.run("apply", *USER, "--yes", key=CANARY_KEY, env={"MY_MODEL": ref(KIMI)})
    assert result.exit_code == 0, result.stdout


@pytest.mark.standin
def test_a_project_s_variable_is_asked_about_in_its_folder(sandbox: Sandbox) -> None:
    """In user scope a project's file that needs MiMoCode's judgement gets it after the set-up."""
    file = put(sandbox.project / "mimocode.json", model="{env:MY_MODEL}")
    run = ("apply", *USER, "--yes")
    right = sandbox.run(*run, cwd=sandbox.project, key=CANARY_KEY, env={"MY_MODEL": ref(KIMI)})
    assert right.exit_code == 0, right.stdout
    wrong = sandbox.run(*run, cwd=sandbox.project, env={"MY_MODEL": "ollama/hidden"})
    assert (wrong.exit_code, wrong.codes) == (4, ["session_override"])
    assert wrong.report is not None
    assert wrong.report["blockers"][0]["location"] == place(file, MODEL)
    assert "hidden" not in wrong.stdout + wrong.stderr


# What is the user's own and decides all the same


def _agent_in_config(machine: Sandbox) -> object:
    path = put(machine.home / ".mimocode" / "mimocode.json", agent={"build": {"model": OTHER}})
    return place(path, ("agent", "build", "model"))


def _agent_in_file(machine: Sandbox) -> object:
    path = machine.mimo_config_folder / "agent" / "build.md"
    path.parent.mkdir(parents=True)
    path.write_text(f"---\nmode: primary\nmodel: {OTHER}\n---\nWork.\n")
    return {"file": str(path), "line": 3, "column": 8}


def _agent_of_project(machine: Sandbox) -> object:
    path = machine.outside / ".mimocode" / "agents" / "build.md"
    path.parent.mkdir(parents=True)
    path.write_text(f'---\nmodel: "{OTHER}"\n---\nWork.\n')
    return {"file": str(path), "line": 2, "column": 9}


def _group(machine: Sandbox) -> object:
    path = put(machine.mimo_config_folder / "mimocode.json", model_groups={"lite": OTHER})
    return place(path, ("model_groups", "lite"))


def _credential(machine: Sandbox) -> object:
    path = machine.home / ".local" / "share" / "mimocode" / "auth.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"gonkagate": {"type": "api", "key": "gp-unit-0001"}}')
    return {"file": str(path), "line": 1, "column": 15}


@pytest.mark.parametrize(
    "own",
    [
        _agent_in_config,
        standin_case(_agent_in_file, id="agent_in_file"),
        standin_case(_agent_of_project, id="agent_of_project"),
        standin_case(_group, id="group"),
        standin_case(_credential, id="credential"),
    ],
    ids=lambda value: value.__name__.strip("_"),
)
def test_what_is_the_user_s_and_decides_all_the_same_is_told(
    sandbox: Sandbox, own: Callable[[Sandbox], object]
) -> None:
    """By `plan`, `apply` and `status` alike, with its place; it hinders nothing and stays."""
    location = own(sandbox)
    told = {
        warned(sandbox.run("plan", *USER, key=CANARY_KEY), location),
        warned(sandbox.run("apply", *USER, "--yes", key=CANARY_KEY), location),
    }
    before = users_files(sandbox)
    status = sandbox.run("status", "--json")
    assert status.exit_code == 0, status.stdout
    assert told == {warned(status, location)}
    assert "gp-unit" not in str(told)
    assert left_alone(sandbox, before)


@pytest.mark.standin
def test_where_a_gate_is_closed_the_model_used_last_is_told(sandbox: Sandbox) -> None:
    """MiMoCode would answer with it without a word; with the gate open nothing is to be told."""
    last = sandbox.home / ".local" / "state" / "mimocode" / "model.json"
    last.parent.mkdir(parents=True)
    last.write_text('{"recent": [{"providerID": "acme", "modelID": "large"}]}')
    shell = {"MIMOCODE_CONFIG_CONTENT": '{"disabled_providers": ["gonkagate"]}'}
    location = {"file": str(last), "line": None, "column": None}
    assert "acme/large" in warned(sandbox.run("plan", *USER, key=CANARY_KEY, env=shell), location)
    quiet = sandbox.run("plan", *USER, key=CANARY_KEY)
    assert quiet.report is not None
    assert quiet.report["warnings"] == []


# Where MiMoCode may not be asked


@pytest.mark.standin
def test_status_names_a_layer_above_where_mimocode_is_not_asked(sandbox: Sandbox) -> None:
    """A file that MiMoCode would rewrite keeps it from being asked; our model judges then."""
    assert sandbox.run("apply", *USER, "--yes", key=CANARY_KEY).exit_code == 0
    above = sandbox.home / ".mimocode" / "mimocode.json"
    above.parent.mkdir()
    above.write_text(json.dumps({"model": OTHER}))
    before = users_files(sandbox)
    blocker = refusal(sandbox.run("status", "--json"), "overridden_by_layer")
    assert blocker["location"] == place(above, MODEL)
    assert left_alone(sandbox, before)
