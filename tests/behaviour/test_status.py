"""`status`: finds what was changed outside of the program, and changes nothing itself."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.canary import CANARY_KEY, CANARY_KEY_2
from tests.behaviour.conftest import Machines
from tests.conftest import MakeSandbox
from tests.support.cases import standin_case
from tests.support.documents import KIMI, MINIMAX, MODEL, PROVIDER, SCHEMA_URL, find, read, ref
from tests.support.pictures import left_alone, users_files
from tests.support.sandbox import Result, Sandbox
from tests.support.shims import wrap_mimo
from tests.support.snapshots import snapshot, untouched

APPLY = ("apply", "--scope", "user", "--yes", "--json")


@pytest.fixture(scope="module")
def installed(machines: Machines) -> Sandbox:
    """Set up once, for tests that only look or mend what they break."""
    machine = machines("installed")
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    return machine


def _report(result: Result) -> dict[str, Any]:
    assert result.report is not None
    return result.report


def _written(path: Path) -> str:
    return datetime.fromtimestamp(int(path.stat().st_mtime), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_set_up_that_nobody_touched_is_in_sync(installed: Sandbox) -> None:
    """Exit code 0, no drift, every check passed, and nothing written."""
    before = users_files(installed)
    result = installed.run("status", "--json")
    assert result.exit_code == 0, result.stdout
    report = _report(result)
    assert (report["outcome"], report["drift"], report["blockers"]) == ("in_sync", [], [])
    assert (report["scope"], report["model_ref"], report["small_model_ref"]) == ("user", ref(KIMI), ref(KIMI))
    assert report["verification"] == {
        "provenance": "passed",
        "durable": "passed",
        "models": "passed",
        "session": "skipped",
    }
    assert report["files"] == {
        "user_config": str(installed.user_config),
        "project_config": None,
        "key_file": str(installed.key_file),
        "state": str(installed.state_file),
        "backups": [],
    }
    assert left_alone(installed, before)


def test_nothing_installed_is_an_ending_of_its_own(sandbox: Sandbox) -> None:
    """Exit code 5, the command that begins, no `mimo` started, nothing written."""
    before = users_files(sandbox)
    result = sandbox.run("status", "--json")
    assert result.exit_code == 5
    assert (_report(result)["outcome"], _report(result)["next_command"]) == (
        "not_installed",
        "mimo-code-setup",
    )
    assert left_alone(sandbox, before)
    assert sandbox.calls() == []
    people = sandbox.run("status")
    assert people.exit_code == 5
    assert "not set up" in people.stdout


def test_a_claimed_key_that_was_edited_is_named(make_sandbox: MakeSandbox) -> None:
    """File, key, what was set and what stands there now, in JSON and for people; apply mends it."""
    machine = make_sandbox()
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    good = machine.user_config.read_bytes()
    _change(machine.user_config, f'"model": "{ref(KIMI)}"', '"model": "anthropic/claude-sonnet-4-5"')
    before = users_files(machine)
    result = machine.run("status", "--json")
    assert result.exit_code == 3
    report = _report(result)
    assert (report["outcome"], report["ok"], report["next_command"]) == (
        "drifted",
        False,
        "mimo-code-setup apply",
    )
    assert report["drift"] == [
        {
            "action": "update",
            "resource": "user_config",
            "file": str(machine.user_config),
            "key": ["model"],
            "before": ref(KIMI),
            "after": "anthropic/claude-sonnet-4-5",
            "reason": "was changed outside of this program",
            "since": _written(machine.user_config),
        }
    ]
    people = machine.run("status")
    assert people.exit_code == 3
    assert "~/.config/mimocode/mimocode.jsonc" in people.stdout
    assert f'set to "{ref(KIMI)}", now "anthropic/claude-sonnet-4-5"' in people.stdout
    assert "apply sets it back" in people.stdout
    assert left_alone(machine, before)

    mended = machine.run("apply", "--yes", "--json")
    assert mended.exit_code == 0, mended.stdout
    assert [row["key"] for row in _report(mended)["drift"]] == [["model"]]
    assert machine.user_config.read_bytes() == good
    assert machine.run("status", "--fast").exit_code == 0


Edit = Callable[[Sandbox], None]


def _lose_model(machine: Sandbox) -> None:
    _change(machine.user_config, f'"{MINIMAX}"', '"minimaxai/other"')


def _swap_base_url(machine: Sandbox) -> None:
    _change(machine.user_config, "https://api.gonkagate.com/v1", "https://api.example.com/v1")


def _swap_binding(machine: Sandbox) -> None:
    _change(machine.user_config, "{file:~/.gonkagate/mimo-code/api-key}", "{env:SOME_KEY}")


def _remove_key(machine: Sandbox) -> None:
    machine.key_file.unlink()


def _change_key(machine: Sandbox) -> None:
    machine.key_file.write_text(CANARY_KEY_2 + "\n")


def _open_key(machine: Sandbox) -> None:
    machine.key_file.chmod(0o644)


def _lose_config(machine: Sandbox) -> None:
    machine.user_config.unlink()


@pytest.mark.parametrize(
    ("edit", "resource", "key"),
    [
        standin_case(_swap_base_url, "user_config", [*PROVIDER, "options", "baseURL"]),
        standin_case(_swap_binding, "user_config", [*PROVIDER, "options", "apiKey"]),
        standin_case(_lose_model, "user_config", [*PROVIDER, "models", MINIMAX, "name"]),
        standin_case(_remove_key, "key_file", None),
        standin_case(_change_key, "key_file", None),
        standin_case(_open_key, "key_file", None),
        standin_case(_lose_config, "user_config", list(MODEL)),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_every_kind_of_drift_is_found_and_mended(
    make_sandbox: MakeSandbox, edit: Edit, resource: str, key: list[str] | None
) -> None:
    """Status exits 3 with a row for it and starts no mimo for that; apply mends; status is 0 again."""
    machine = make_sandbox()
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    edit(machine)
    before = users_files(machine)
    result = machine.run("status", "--fast", "--json")
    assert result.exit_code == 3, result.stdout
    rows = _report(result)["drift"]
    assert (resource, key) in [(row["resource"], row["key"]) for row in rows]
    assert left_alone(machine, before)
    mended = machine.run("apply", "--yes", "--json", key=None if machine.key_file.exists() else CANARY_KEY)
    assert mended.exit_code == 0, mended.stdout
    assert machine.run("status", "--fast").exit_code == 0
    config = read(machine.user_config)
    assert find(config, (*PROVIDER, "options", "baseURL")) == "https://api.gonkagate.com/v1"
    assert config["model"] == ref(KIMI)
    assert machine.key_file.stat().st_mode & 0o777 == 0o600


def test_a_sensitive_value_that_drifted_is_not_shown(make_sandbox: MakeSandbox) -> None:
    """What somebody put in the binding's place may be a key: it is masked, in JSON and for people."""
    machine = make_sandbox()
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    _change(machine.user_config, "{file:~/.gonkagate/mimo-code/api-key}", "sk-somebody-elses-secret")
    result = machine.run("status", "--fast", "--json")
    rows = _report(result)["drift"]
    assert [(row["before"], row["after"]) for row in rows] == [("(sensitive)", "(sensitive)")]
    people = machine.run("status", "--fast", "--verbose")
    assert "sk-somebody" not in result.stdout + people.stdout + people.stderr


def test_what_is_not_claimed_may_change(make_sandbox: MakeSandbox) -> None:
    """A key of the user's own, even under our provider, is no drift."""
    machine = make_sandbox()
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    _change(machine.user_config, '"setCacheKey": false', '"setCacheKey": false, "timeout": 90000')
    _change(machine.user_config, '"name": "GonkaGate",', '"name": "GonkaGate", // mine\n')
    result = machine.run("status", "--fast", "--json")
    assert (result.exit_code, _report(result)["drift"]) == (0, [])


def test_the_fast_status_starts_no_mimo(installed: Sandbox) -> None:
    """With --fast files are compared and no `mimo` is started; with --refresh, it is."""
    log = installed.root / "launches"
    wrap_mimo(installed, f'echo "$*" >> "{log}"')
    fast = installed.run("status", "--fast", "--json")
    assert fast.exit_code == 0
    assert not log.exists()
    assert _report(fast)["verification"] == dict.fromkeys(
        ["provenance", "durable", "models", "session"], "skipped"
    )
    assert installed.run("status", "--refresh").exit_code == 0
    assert set(log.read_text().splitlines()) == {
        "--version",
        "debug paths",
        "--pure debug config",
        "models gonkagate",
    }


@pytest.mark.parametrize("layer", [".config/mimocode/config.json", standin_case(".mimocode/mimocode.json")])
def test_where_mimo_would_rewrite_a_file_it_is_not_asked(make_sandbox: MakeSandbox, layer: str) -> None:
    """A user's file of another layer, without `$schema`: the report says which, and the file stays."""
    machine = make_sandbox()
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    bare = machine.home / layer
    bare.parent.mkdir(exist_ok=True)
    bare.write_text('{ "share": "disabled" }')
    before = users_files(machine)
    result = machine.run("status", "--json")
    assert result.exit_code == 0, result.stdout
    report = _report(result)
    assert report["outcome"] == "in_sync"
    assert report["verification"] == dict.fromkeys(["provenance", "durable", "models", "session"], "skipped")
    (warning,) = [one for one in report["warnings"] if "not asked" in one["message"]]
    assert warning["location"]["file"] == str(bare)
    assert left_alone(machine, before)


def test_where_mimo_would_leave_its_marks_it_is_not_asked(make_sandbox: MakeSandbox) -> None:
    """A repository that it never saw keeps its `.git` as it is; the override is told all the same."""
    machine = make_sandbox()
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    before = snapshot(machine.project)
    shell = {"MIMOCODE_CONFIG_CONTENT": '{"model": "ollama/mine"}'}
    result = machine.run("status", "--json", cwd=machine.project, env=shell)
    assert (result.exit_code, result.codes) == (4, ["session_override"])
    assert _report(result)["verification"]["durable"] == "passed"
    assert untouched(before, snapshot(machine.project))
    machine.run_mimo("--pure", "debug", "config", cwd=machine.project, env=shell)
    assert {"mimocode-project-id"} == {path.name for path in (machine.project / ".git").glob("mimocode*")}


def test_plan_writes_nothing(make_sandbox: MakeSandbox) -> None:
    """On a fresh home, on one with a config that MiMoCode would rewrite, and on one that is set up."""
    machine = make_sandbox()
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_text('{"share": "disabled"}')
    before = users_files(machine)
    result = machine.run("plan", "--json", key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout
    assert (_report(result)["outcome"], _report(result)["next_command"]) == (
        "changes",
        "mimo-code-setup apply",
    )
    assert machine.run("plan", "--detailed-exitcode", key=CANARY_KEY).exit_code == 2
    assert left_alone(machine, before)

    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    before = users_files(machine)
    result = machine.run("plan", "--json", "--detailed-exitcode")
    assert (result.exit_code, _report(result)["outcome"]) == (0, "no_changes")
    assert left_alone(machine, before)


def test_plan_foretells_exactly_what_apply_does(make_sandbox: MakeSandbox) -> None:
    """The rows of a plan and of the apply behind it are the same."""
    machine = make_sandbox()
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_text(f'{{"$schema": "{SCHEMA_URL}", "model": "ollama/qwen3:8b"}}\n')
    foretold = machine.run("plan", "--scope", "user", "--json", key=CANARY_KEY)
    done = machine.run(*APPLY, key=CANARY_KEY)
    assert _report(foretold)["changes"] == _report(done)["changes"]
    (model,) = [row for row in _report(done)["changes"] if row["key"] == ["model"]]
    assert (model["action"], model["before"], model["after"]) == ("update", "ollama/qwen3:8b", ref(KIMI))


@pytest.mark.standin
def test_plan_offline_needs_a_catalog_that_was_seen(make_sandbox: MakeSandbox) -> None:
    """Before the first apply it is refused; behind it no request is made."""
    machine = make_sandbox()
    refused = machine.run("plan", "--offline", "--json", key=CANARY_KEY)
    assert (refused.exit_code, refused.codes) == (1, ["catalog_unreachable"])
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    asked = len(machine.gateway.requests)
    result = machine.run("plan", "--offline", "--json", "--detailed-exitcode")
    assert (result.exit_code, _report(result)["outcome"]) == (0, "no_changes")
    assert len(machine.gateway.requests) == asked


def test_drift_in_another_project_is_found_from_anywhere(make_sandbox: MakeSandbox) -> None:
    """Status looks at every document that is held, wherever it is started."""
    machine = make_sandbox()
    applied = machine.run("apply", "--yes", "--json", key=CANARY_KEY, cwd=machine.project)
    assert applied.exit_code == 0, applied.stdout
    _change(machine.project_config, f'"small_model": "{ref(KIMI)}"', '"small_model": "x/y"')
    result = machine.run("status", "--fast", "--json", cwd=machine.outside)
    assert result.exit_code == 3
    (row,) = _report(result)["drift"]
    assert (row["file"], row["key"], row["after"]) == (str(machine.project_config), ["small_model"], "x/y")


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
