"""Fail closed at what MiMoCode makes of it.

What can be foreseen stops a run beforehand. Another answer of MiMoCode's, for whatever reason, and a refusal
undo it; this shell's own overrides do not, and are named.
"""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.canary import CANARY_KEY
from tests.support.cases import standin_case
from tests.support.documents import CONFIGS, KIMI, PROVIDER, SCHEMA_URL, place, read, ref
from tests.support.pictures import left_alone, users_files
from tests.support.refusals import refusal, untouched_by
from tests.support.sandbox import Sandbox
from tests.support.shims import wrap_mimo

USER = ("apply", "--scope", "user", "--yes", "--json")
PROJECT = ("apply", "--scope", "project", "--yes", "--json")
VERIFYING = "'--pure debug config'"


def _write(path: Path, **keys: object) -> Path:
    """Write a config that MiMoCode leaves as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"$schema": SCHEMA_URL, **keys}, indent=2))
    return path


def _answer_otherwise(sandbox: Sandbox, edit: str) -> None:
    """Have MiMoCode's own answer edited: a layer that nobody sees from outside."""
    mimo = shlex.quote(str(sandbox.root / "wrapped" / "mimo"))
    wrap_mimo(sandbox, f'{mimo} "$@" | sed {shlex.quote(edit)}; exit 0', when=VERIFYING)


ANOTHER_MODEL = 's|"model": "gonkagate/[^"]*"|"model": "ollama/qwen3:8b"|'


# A layer above ours


@pytest.mark.parametrize("arguments", [USER, standin_case(PROJECT)])
def test_an_answer_that_no_layer_explains_undoes_the_run(
    sandbox: Sandbox, arguments: tuple[str, ...]
) -> None:
    """MiMoCode's own answer decides, whatever was foreseen; every file is as it was."""
    _write(sandbox.user_config, share="disabled")
    _answer_otherwise(sandbox, ANOTHER_MODEL)
    before = users_files(sandbox)
    result = sandbox.run(*arguments, cwd=sandbox.project, key=CANARY_KEY)
    blocker = refusal(result, "overridden_by_unknown_layer", outcome="failed")
    assert blocker["location"] is None
    assert "ollama/qwen3:8b" in blocker["message"]
    assert result.report is not None
    assert result.report["verification"]["durable"] == "failed"
    assert "put back" in result.stderr
    assert untouched_by(sandbox, before)


@pytest.mark.standin
def test_a_project_s_layer_is_asked_about_at_its_root(sandbox: Sandbox) -> None:
    """The outermost `.mimocode` wins: one below the root does not hinder project scope."""
    below = sandbox.project / "src"
    _write(below / ".mimocode" / "mimocode.json", model="ollama/qwen3:8b")
    result = sandbox.run(*PROJECT, cwd=below, key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout


@pytest.mark.parametrize("name", [".mimocode/mimocode.json", standin_case("mimocode.json")])
def test_a_project_file_that_bends_the_entry_is_named(sandbox: Sandbox, name: str) -> None:
    """What is no danger to the key decides all the same: nothing is written."""
    bent = {"models": {KIMI: {"limit": {"context": 1, "output": 1}}}}
    above = _write(sandbox.project / name, provider={"gonkagate": bent})
    before = users_files(sandbox)
    result = sandbox.run(*PROJECT, cwd=sandbox.project, key=CANARY_KEY)
    blocker = refusal(result, "overridden_by_layer")
    assert blocker["location"] == place(above, (*PROVIDER, "models", KIMI, "limit", "context"))
    assert untouched_by(sandbox, before)


@pytest.mark.standin
def test_a_project_file_that_sends_another_key_is_refused(sandbox: Sandbox) -> None:
    """An Authorization header beats the stored key, whatever its spelling."""
    headers = {"provider": {"gonkagate": {"options": {"headers": {"authorization": "Bearer x"}}}}}
    above = _write(sandbox.project / "mimocode.json", **headers)
    before = users_files(sandbox)
    result = sandbox.run(*PROJECT, cwd=sandbox.project, key=CANARY_KEY)
    blocker = refusal(result, "key_in_project_config")
    assert blocker["location"] == place(above, (*PROVIDER, "options", "headers", "authorization"))
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize(
    "key",
    [
        (*PROVIDER, "options", "headers", "Authorization"),
        standin_case((*PROVIDER, "models", KIMI, "headers", "authorization")),
    ],
)
def test_a_header_of_the_user_s_own_that_is_sent_instead_of_the_key_is_named(
    sandbox: Sandbox, key: tuple[str, ...]
) -> None:
    """The set-up would be reported as working with a key that never reaches the wire."""
    config = _write(sandbox.user_config, **_nested(key, "Bearer x"))
    before = users_files(sandbox)
    blocker = refusal(sandbox.run(*USER, key=CANARY_KEY), "overridden_by_layer")
    assert blocker["location"] == place(config, key)
    assert ".".join(key[-2:]) in blocker["message"]
    assert "Bearer" not in json.dumps(blocker)
    assert untouched_by(sandbox, before)


def _nested(key: tuple[str, ...], value: object) -> dict[str, object]:
    whole: dict[str, object] = {key[-1]: value}
    for name in reversed(key[:-1]):
        whole = {name: whole}
    return whole


# Gates

GATES = {
    "provider_disabled": '"disabled_providers": ["gonkagate"]',
    "provider_not_enabled": '"enabled_providers": ["ollama"]',
}


@pytest.mark.parametrize("code", ["provider_disabled", standin_case("provider_not_enabled")])
def test_a_gate_that_no_layer_explains_undoes_the_run(sandbox: Sandbox, code: str) -> None:
    """What keeps the provider out is told by its own code, also where it cannot be seen from outside."""
    _answer_otherwise(sandbox, f"1s|{{|{{ {GATES[code]},|")
    before = users_files(sandbox)
    blocker = refusal(sandbox.run(*USER, key=CANARY_KEY), code, outcome="failed")
    assert blocker["location"] is None
    assert "gonkagate" in blocker["remedy"]
    assert untouched_by(sandbox, before)


# MiMoCode refuses or does not know the models


def test_a_mimo_that_gives_no_configuration_undoes_the_run(sandbox: Sandbox) -> None:
    """What it prints can hold the key and is not shown."""
    wrap_mimo(sandbox, f'cat "{sandbox.key_file}" >&2; exit 1', when=VERIFYING)
    before = users_files(sandbox)
    result = sandbox.run(*USER, key=CANARY_KEY)
    refusal(result, "resolved_config_unreadable", outcome="failed")
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize("answer", ["echo '{'", "echo '[]'", "true"], ids=["cut off", "no object", "nothing"])
@pytest.mark.standin
def test_a_configuration_that_cannot_be_read_undoes_the_run(sandbox: Sandbox, answer: str) -> None:
    """The exit code alone proves nothing."""
    wrap_mimo(sandbox, f"{answer}; exit 0", when=VERIFYING)
    before = users_files(sandbox)
    refusal(sandbox.run(*USER, key=CANARY_KEY), "resolved_config_unreadable", outcome="failed")
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize(
    "answer",
    [
        "exit 0",
        standin_case("exit 1"),
        standin_case(f"echo 'gonkagate/{KIMI}-other'; exit 0"),
        standin_case(f"echo 'x gonkagate/{KIMI}'; exit 0"),
    ],
)
def test_models_that_mimo_does_not_list_undo_the_run(sandbox: Sandbox, answer: str) -> None:
    """`debug config` shows any model; the list is the proof, line by line."""
    wrap_mimo(sandbox, answer, when="'models gonkagate'")
    before = users_files(sandbox)
    result = sandbox.run(*USER, key=CANARY_KEY)
    blocker = refusal(result, "models_not_listed", outcome="failed")
    assert KIMI in blocker["message"]
    assert result.report is not None
    assert (result.report["verification"]["durable"], result.report["verification"]["models"]) == (
        "passed",
        "failed",
    )
    assert untouched_by(sandbox, before)


def test_a_refused_change_of_a_set_up_goes_back_to_the_set_up(sandbox: Sandbox) -> None:
    """The state, the key file and the config of before are there again, to the inode."""
    assert sandbox.run(*USER, key=CANARY_KEY).exit_code == 0
    before = users_files(sandbox)
    wrap_mimo(sandbox, "exit 0", when="'models gonkagate'")
    result = sandbox.run("apply", "--model", "minimaxai/minimax-m2.7", "--yes", "--json")
    refusal(result, "models_not_listed", outcome="failed")
    assert left_alone(sandbox, before)


# This shell's own overrides


def _content(_: Sandbox) -> str:
    return '{"model": "ollama/qwen3:8b"}'


def _file(machine: Sandbox) -> str:
    return str(_write(machine.root / "extra.json", model="ollama/qwen3:8b"))


def _extra_folder(machine: Sandbox) -> str:
    return str(_write(machine.root / "extra" / "mimocode.json", small_model="ollama/qwen3:8b").parent)


def _broken(_: Sandbox) -> str:
    return "{"


def _gate(_: Sandbox) -> str:
    return '{"disabled_providers": ["gonkagate"]}'


Value = Callable[[Sandbox], str]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MIMOCODE_CONFIG_CONTENT", _content),
        standin_case("MIMOCODE_CONFIG_CONTENT", _gate),
        standin_case("MIMOCODE_CONFIG_CONTENT", _broken),
        standin_case("MIMOCODE_CONFIG", _file),
        standin_case("MIMOCODE_CONFIG_DIR", _extra_folder),
        standin_case("MIMOCODE_TEST_MANAGED_CONFIG_DIR", _extra_folder),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else value,
)
def test_an_override_of_this_shell_is_named_and_the_set_up_kept(
    sandbox: Sandbox, variable: str, value: Value
) -> None:
    """Exit code 4: durably right, and blocked here by that variable; without it all is well."""
    result = sandbox.run(*USER, key=CANARY_KEY, env={variable: value(sandbox)})
    assert (result.exit_code, result.codes[:1]) == (4, ["session_override"]), result.stdout
    assert result.report is not None
    assert result.report["outcome"] == "session_blocked"
    assert result.report["verification"]["durable"] == "passed"
    assert result.report["verification"]["session"] == "blocked"
    (blocker, *_) = result.report["blockers"]
    told = json.dumps(blocker)
    assert variable in told
    assert variable in blocker["remedy"]
    assert read(sandbox.user_config)["model"] == ref(KIMI)


@pytest.mark.standin
def test_an_override_of_this_shell_lasts_as_long_as_the_shell(sandbox: Sandbox) -> None:
    """A rerun and a status under it say the same and change nothing; without the variable all is well."""
    override = {"MIMOCODE_CONFIG_CONTENT": '{"model": "ollama/qwen3:8b"}'}
    assert sandbox.run(*USER, key=CANARY_KEY).exit_code == 0
    before = users_files(sandbox)
    again = sandbox.run("apply", "--yes", "--json", env=override)
    assert again.report is not None
    assert (again.exit_code, again.report["changes"]) == (4, [])
    assert sandbox.run("status", env=override).exit_code == 4
    assert sandbox.run("status").exit_code == 0
    assert left_alone(sandbox, before)


@pytest.mark.standin
def test_a_shell_without_project_files_hides_a_project_s_activation(sandbox: Sandbox) -> None:
    """The variable that switches project files off is named."""
    off = {"MIMOCODE_DISABLE_PROJECT_CONFIG": "1"}
    result = sandbox.run(*PROJECT, cwd=sandbox.project, key=CANARY_KEY, env=off)
    assert (result.exit_code, result.codes[:1]) == (4, ["session_override"]), result.stdout
    assert result.report is not None
    assert {blocker["location"]["variable"] for blocker in result.report["blockers"]} == set(off)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MIMOCODE_CONFIG_CONTENT", '{"share": "disabled"}'),
        ("MIMOCODE_CONFIG_DEFAULTS", '{"model": "ollama/qwen3:8b"}'),
        ("MIMOCODE_DISABLE_PROJECT_CONFIG", "yes"),
        ("MIMOCODE_CONFIG", "/nonexistent.json"),
    ],
)
@pytest.mark.standin
def test_an_override_that_changes_nothing_of_ours_is_none(
    sandbox: Sandbox, variable: str, value: str
) -> None:
    """The session is judged by what comes of it, not by the mere variable."""
    result = sandbox.run(*USER, key=CANARY_KEY, env={variable: value})
    assert result.exit_code == 0, result.stdout
    assert result.report is not None
    assert result.report["verification"]["session"] == "passed"


@pytest.mark.standin
def test_a_folder_s_own_file_overrides_user_scope_there_only(sandbox: Sandbox) -> None:
    """Set up for the user, but in this project another model is chosen: told with file, line and column."""
    own = _write(sandbox.project / "mimocode.json", model="ollama/qwen3:8b")
    result = sandbox.run(*USER, cwd=sandbox.project, key=CANARY_KEY)
    assert (result.exit_code, result.codes) == (4, ["session_override"])
    assert result.report is not None
    assert result.report["blockers"][0]["location"] == place(own, ("model",))
    assert sandbox.run("status", cwd=sandbox.outside).exit_code == 0


def test_a_config_of_the_user_s_is_back_to_the_byte_after_a_refusal(sandbox: Sandbox) -> None:
    """Comments, spelling and mode of an existing config survive writing and undoing."""
    sandbox.mimo_config_folder.mkdir(parents=True)
    sandbox.user_config.write_bytes((CONFIGS / "no_schema.jsonc").read_bytes())
    sandbox.user_config.chmod(0o604)
    _answer_otherwise(sandbox, ANOTHER_MODEL)
    before = users_files(sandbox)
    refusal(sandbox.run(*USER, key=CANARY_KEY), "overridden_by_unknown_layer", outcome="failed")
    assert untouched_by(sandbox, before)
