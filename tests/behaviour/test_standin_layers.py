"""Fail closed where MiMoCode's answer contradicts all that can be seen: it takes one that can be bent."""

import json
import os

import pytest

from fixtures.canary import CANARY_KEY
from tests.support.documents import KIMI, MINIMAX, ref
from tests.support.pictures import left_alone, users_files
from tests.support.refusals import refusal, untouched_by
from tests.support.sandbox import Sandbox

USER = ("apply", "--scope", "user", "--yes", "--json")


def test_a_layer_that_nobody_can_see_undoes_the_run(sandbox: Sandbox) -> None:
    """An account's remote settings decide the model: no file is blamed, and the remedy says where to look."""
    before = users_files(sandbox)
    result = sandbox.run(*USER, key=CANARY_KEY, env={"MIMO_STANDIN_OVERRIDE_MODEL": "xiaomi/mimo-v2.5"})
    blocker = refusal(result, "overridden_by_unknown_layer", outcome="failed")
    assert "xiaomi/mimo-v2.5" in blocker["message"]
    assert blocker["location"] is None
    assert "account" in blocker["remedy"]
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"baseURL": "https://evil.example/v1"}, "options.baseURL"),
        ({"apiKey": "another"}, "options.apiKey"),
        ({"setCacheKey": True}, "options.setCacheKey"),
    ],
)
def test_every_part_of_the_entry_must_be_resolved(
    sandbox: Sandbox, options: dict[str, object], names: str
) -> None:
    """Not the model alone: base URL, key and cache key are compared too; a key found there is not shown."""
    override = {"provider": {"gonkagate": {"options": options}}}
    before = users_files(sandbox)
    result = sandbox.run(*USER, key=CANARY_KEY, env={"MIMO_STANDIN_OVERRIDE_CONFIG": json.dumps(override)})
    blocker = refusal(result, "overridden_by_unknown_layer", outcome="failed")
    assert names in blocker["message"]
    assert "another" not in blocker["message"].replace("another layer", "")
    assert untouched_by(sandbox, before)


def test_status_tells_of_an_unseen_layer_too(sandbox: Sandbox) -> None:
    """The files are as they were set up, and yet MiMoCode resolves something else: blocked, not in sync."""
    assert sandbox.run(*USER, key=CANARY_KEY).exit_code == 0
    before = users_files(sandbox)
    elsewhere = {"MIMO_STANDIN_OVERRIDE_MODEL": "xiaomi/mimo-v2.5"}
    result = sandbox.run("status", "--refresh", "--json", env=elsewhere)
    refusal(result, "overridden_by_unknown_layer")
    assert left_alone(sandbox, before)


def test_a_single_model_that_is_not_listed_is_named(sandbox: Sandbox) -> None:
    """All models of the catalog must be listed, the chosen one or not."""
    before = users_files(sandbox)
    result = sandbox.run(*USER, key=CANARY_KEY, env={"MIMO_STANDIN_HIDE_MODELS": MINIMAX})
    blocker = refusal(result, "models_not_listed", outcome="failed")
    assert MINIMAX in blocker["message"]
    assert KIMI not in blocker["message"]
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize("control", ["MIMO_STANDIN_GARBAGE=config", "MIMO_STANDIN_EXIT=config:1"])
def test_an_answer_that_cannot_be_read_undoes_the_run(sandbox: Sandbox, control: str) -> None:
    """Neither nonsense nor silence is a configuration."""
    name, _, value = control.partition("=")
    before = users_files(sandbox)
    result = sandbox.run(*USER, key=CANARY_KEY, env={name: value})
    refusal(result, "resolved_config_unreadable", outcome="failed")
    assert untouched_by(sandbox, before)


def test_the_other_audited_version_is_accepted(sandbox: Sandbox) -> None:
    """0.1.0 stands in the table of audits as well."""
    result = sandbox.run(*USER, key=CANARY_KEY, env={"MIMO_STANDIN_VERSION": "0.1.0"})
    assert result.exit_code == 0, result.stdout
    assert result.report is not None
    assert result.report["target"]["version"] == "0.1.0"


def test_an_updated_mimo_is_recorded_and_nothing_else_changes(sandbox: Sandbox) -> None:
    """After an update to another audited version apply has one change, in the state alone."""
    first = sandbox.run(*USER, key=CANARY_KEY, env={"MIMO_STANDIN_VERSION": "0.1.0"})
    assert first.exit_code == 0, first.stdout
    config = sandbox.user_config.stat()
    os.utime(sandbox.bin / "mimo")  # as an update leaves it: another file
    result = sandbox.run("apply", "--yes", "--json")
    assert result.report is not None
    assert [(row["resource"], row["before"], row["after"]) for row in result.report["changes"]] == [
        ("state", "0.1.0", "0.1.15")
    ]
    after = sandbox.user_config.stat()
    assert (config.st_ino, config.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_the_first_launches_on_a_fresh_home_do_not_meet(sandbox: Sandbox) -> None:
    """Two launches that make MiMoCode's database fail each other: all but one keep theirs in memory."""
    assert sandbox.run(*USER, key=CANARY_KEY).exit_code == 0
    asked = {" ".join(call["argv"]): call["env"].get("MIMOCODE_DB") for call in sandbox.calls()}
    assert asked == {
        "--version": None,
        "debug paths": ":memory:",
        "--pure debug config": None,
        "models gonkagate": ":memory:",
    }
    assert sandbox.resolved()["model"] == ref(KIMI)
