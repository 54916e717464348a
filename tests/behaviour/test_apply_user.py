"""`apply --scope user`: provider and model go into the user's own config, and nothing else changes."""

import json
import stat
from pathlib import Path

import pytest

from fixtures.canary import CANARY_KEY
from tests.behaviour.conftest import Machines
from tests.conftest import MakeSandbox
from tests.support.cases import sampled
from tests.support.documents import (
    CONFIGS,
    KIMI,
    MODEL,
    PROVIDER,
    SCHEMA,
    SCHEMA_URL,
    SMALL_MODEL,
    comments,
    config_names,
    read,
    ref,
    without,
)
from tests.support.pictures import left_alone, users_files
from tests.support.sandbox import Result, Sandbox

APPLY = ("apply", "--scope", "user", "--yes", "--json")
OURS = (PROVIDER, MODEL, SMALL_MODEL, SCHEMA)


@pytest.fixture(scope="module")
def fresh(machines: Machines) -> tuple[Sandbox, Result]:
    """Apply once on a fresh home."""
    machine = machines("fresh")
    return machine, machine.run(*APPLY, key=CANARY_KEY)


def test_a_fresh_home_is_set_up(fresh: tuple[Sandbox, Result]) -> None:
    """Apply ends with 0 and the outcome applied, every check passed."""
    machine, result = fresh
    assert result.exit_code == 0, result.stderr
    assert result.report is not None
    assert (result.report["command"], result.report["outcome"], result.report["ok"]) == (
        "apply",
        "applied",
        True,
    )
    checks = result.report["verification"]
    assert (checks["provenance"], checks["durable"], checks["models"]) == ("passed", "passed", "passed")
    assert checks["session"] in ("passed", "skipped")
    assert result.report["blockers"] == []
    assert machine.own_folder.is_dir()


def test_the_report_names_what_was_chosen_and_where_it_went(fresh: tuple[Sandbox, Result]) -> None:
    """Scope, model, target and files are told."""
    machine, result = fresh
    assert result.report is not None
    assert result.report["scope"] == "user"
    assert result.report["model"] == KIMI
    assert result.report["model_ref"] == ref(KIMI)
    assert result.report["small_model_ref"] == ref(KIMI)
    target = result.report["target"]
    assert target == {"cli": str(machine.bin / "mimo"), "version": "0.1.15", "audited": "release"}
    assert result.report["files"] == {
        "user_config": str(machine.user_config),
        "project_config": None,
        "key_file": str(machine.key_file),
        "state": str(machine.state_file),
        "backups": [],
    }
    assert result.report["next_command"] == "mimo"


def test_every_change_is_told_once_and_the_key_never(fresh: tuple[Sandbox, Result]) -> None:
    """Each written key is one row; the binding's value is masked."""
    machine, result = fresh
    assert result.report is not None
    rows = result.report["changes"]
    keys = [(row["resource"], tuple(row["key"] or ())) for row in rows]
    assert len(set(keys)) == len(keys)
    assert keys[0] == ("key_file", ()), "the key goes in first"
    assert ("user_config", (*PROVIDER, "models", KIMI, "name")) in keys
    assert {row["action"] for row in rows} == {"create"}
    (binding,) = (row for row in rows if row["key"] == [*PROVIDER, "options", "apiKey"])
    assert binding["after"] == "(sensitive)"
    (stored,) = (row for row in rows if row["resource"] == "key_file")
    assert (stored["before"], stored["after"], stored["file"]) == (None, "(sensitive)", str(machine.key_file))


def test_the_provider_entry_is_the_contract_s(fresh: tuple[Sandbox, Result]) -> None:
    """Package, name, base URL, binding, cache key and every model of the catalog with its limits."""
    machine, _ = fresh
    catalog = json.loads(machine.gateway.catalog)["data"]
    config = read(machine.user_config)
    assert config == {
        "$schema": SCHEMA_URL,
        "provider": {
            "gonkagate": {
                "npm": "@ai-sdk/openai-compatible",
                "name": "GonkaGate",
                "options": {
                    "baseURL": "https://api.gonkagate.com/v1",
                    "apiKey": "{file:~/.gonkagate/mimo-code/api-key}",
                    "setCacheKey": False,
                },
                "models": {
                    model["id"]: {
                        "name": model.get("name", model["id"]),
                        "limit": {"context": model.get("context_length", 0), "output": 0},
                    }
                    for model in catalog
                },
            }
        },
        "model": ref(KIMI),
        "small_model": ref(KIMI),
    }
    assert list(config["provider"]["gonkagate"]["models"]) == [model["id"] for model in catalog]


def test_only_the_owner_can_read_what_is_ours(fresh: tuple[Sandbox, Result]) -> None:
    """The folder is 0700, the key file and the state are 0600."""
    machine, _ = fresh
    modes = {
        path: stat.S_IMODE(path.stat().st_mode)
        for path in (machine.own_folder, machine.key_file, machine.state_file)
    }
    assert modes == {machine.own_folder: 0o700, machine.key_file: 0o600, machine.state_file: 0o600}
    assert machine.key_file.read_text() == CANARY_KEY


def test_the_state_holds_what_was_done_and_no_key(fresh: tuple[Sandbox, Result]) -> None:
    """The state counts one commit and remembers versions, catalog and claims."""
    machine, _ = fresh
    state = json.loads(machine.state_file.read_bytes())
    assert (state["schema_version"], state["serial"], state["mimo_version"]) == (2, 1, "0.1.15")
    assert state["transport"] == "chat_completions"
    assert state["catalog"]["models"][0] == KIMI
    (held,) = state["documents"]
    assert (held["role"], held["path"], held["created_by_us"]) == (
        "user_config",
        str(machine.user_config),
        True,
    )
    assert all("canary" not in str(value).lower() for value in state["key"].values())


def test_mimo_itself_resolves_the_model(fresh: tuple[Sandbox, Result]) -> None:
    """What MiMoCode says of its own configuration is what was promised."""
    machine, _ = fresh
    resolved = machine.resolved()
    assert resolved["model"] == ref(KIMI)
    assert resolved["provider"]["gonkagate"]["options"]["baseURL"] == "https://api.gonkagate.com/v1"


def test_a_second_apply_writes_nothing(fresh: tuple[Sandbox, Result]) -> None:
    """No flag, no key, no change: the outcome is no_changes, no file gets a new inode or time stamp."""
    machine, _ = fresh
    before = users_files(machine)
    again = machine.run("apply", "--yes", "--json")
    assert again.exit_code == 0, again.stderr
    assert again.report is not None
    assert (again.report["outcome"], again.report["changes"]) == ("no_changes", [])
    assert again.report["verification"]["durable"] == "passed"
    assert left_alone(machine, before)


@pytest.mark.parametrize("name", sampled(config_names(), ["comments.jsonc", "bom.jsonc"]))
def test_of_an_existing_config_only_the_claimed_keys_change(make_sandbox: MakeSandbox, name: str) -> None:
    """Values, comments, lines and their order, line ends and mode stay; a second apply writes nothing."""
    machine = make_sandbox()
    before = (CONFIGS / name).read_bytes()
    config = _place(machine, name, before)
    result = machine.run(*APPLY, key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout + result.stderr
    assert result.report is not None
    assert result.report["files"]["user_config"] == str(config)
    after = config.read_bytes()
    old = machine.root / "old"
    old.write_bytes(before)
    assert without(read(config), OURS) == without(read(old), OURS)
    assert read(config)["model"] == read(config)["small_model"] == ref(KIMI)
    assert comments(after) == comments(before)
    assert _lost_lines(before, after) == []
    assert after.startswith(b"\xef\xbb\xbf") == before.startswith(b"\xef\xbb\xbf")
    assert (b"\r\n" in after) == (b"\r\n" in before)
    assert stat.S_IMODE(config.stat().st_mode) == 0o640
    (backup,) = (Path(path) for path in result.report["files"]["backups"])
    assert backup.read_bytes() == before
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    picture = users_files(machine)
    assert machine.run("apply", "--yes", "--json").report["outcome"] == "no_changes"  # type: ignore[index]
    assert left_alone(machine, picture)


@pytest.mark.parametrize(
    ("present", "edited"),
    [
        (("config.json",), "config.json"),
        (("mimocode.json", "config.json"), "mimocode.json"),
        (("mimocode.jsonc", "mimocode.json", "config.json"), "mimocode.jsonc"),
    ],
)
@pytest.mark.standin
def test_the_config_of_the_highest_rank_is_the_one_that_is_edited(
    make_sandbox: MakeSandbox, present: tuple[str, ...], edited: str
) -> None:
    """Of several user configs only the one that wins is changed."""
    machine = make_sandbox()
    machine.mimo_config_folder.mkdir(parents=True)
    for name in present:
        (machine.mimo_config_folder / name).write_text(f'{{"$schema": "{SCHEMA_URL}"}}\n')
    before = users_files(machine)
    result = machine.run(*APPLY, key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout
    after = users_files(machine)
    changed = [
        name
        for name in present
        if before[f"home/.config/mimocode/{name}"] != after[f"home/.config/mimocode/{name}"]
    ]
    assert changed == [edited]


def test_a_config_behind_a_link_is_edited_where_it_is(make_sandbox: MakeSandbox) -> None:
    """The link stays a link; the file behind it, in a folder of the user's own, gets the keys."""
    machine = make_sandbox()
    dotfiles = machine.home / "dotfiles"
    dotfiles.mkdir()
    real = dotfiles / "mimo.jsonc"
    real.write_bytes((CONFIGS / "comments.jsonc").read_bytes())
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.symlink_to(real)
    result = machine.run(*APPLY, key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout
    assert machine.user_config.is_symlink()
    assert machine.user_config.readlink() == real
    assert read(real)["model"] == ref(KIMI)


@pytest.mark.standin
def test_the_config_folder_is_where_mimo_says_it_is(make_sandbox: MakeSandbox) -> None:
    """With MIMOCODE_HOME and with XDG_CONFIG_HOME the file goes there, and nothing to the usual place."""
    for name, variable, below in (("own", "MIMOCODE_HOME", "config"), ("xdg", "XDG_CONFIG_HOME", "mimocode")):
        machine = make_sandbox(name)
        elsewhere = machine.root / "elsewhere"
        result = machine.run(*APPLY, key=CANARY_KEY, env={variable: str(elsewhere)})
        assert result.exit_code == 0, result.stdout
        assert read(elsewhere / below / "mimocode.jsonc")["model"] == ref(KIMI)
        assert not machine.user_config.exists()


@pytest.mark.standin
def test_a_variable_of_this_shell_does_not_reach_the_durable_check(make_sandbox: MakeSandbox) -> None:
    """Of the shell's overrides none is in the environment in which the durable result is asked for."""
    machine = make_sandbox()
    harmless = {"MIMOCODE_CONFIG": "/nonexistent.json", "MIMOCODE_DISABLE_GIT": "1"}
    result = machine.run(*APPLY, key=CANARY_KEY, env=harmless)
    assert result.exit_code == 0, result.stdout
    durable = [call for call in machine.calls() if call["cwd"] != str(machine.outside)]
    assert {tuple(call["argv"]) for call in durable} >= {
        ("--pure", "debug", "config"),
        ("models", "gonkagate"),
    }
    assert [name for call in durable for name in harmless if name in call["env"]] == []


def _place(machine: Sandbox, name: str, content: bytes) -> Path:
    """Put a sample config where MiMoCode reads it, under the name that its ending asks for."""
    machine.mimo_config_folder.mkdir(parents=True)
    config = machine.mimo_config_folder / f"mimocode{Path(name).suffix}"
    config.write_bytes(content)
    config.chmod(0o640)
    return config


def _lost_lines(before: bytes, after: bytes) -> list[bytes]:
    """Return the lines of a config that are not there any more, in their order, but for a comma at their end.

    Those with a claimed key, and the one line of a config that has only one, may change.
    """
    claimed = (b'"model"', b'"small_model"', b'"$schema"', b'"provider": {')
    lines = before.splitlines()
    left = iter(after.splitlines())
    return [
        line
        for line in lines
        if len(lines) > 1 and not any(key in line for key in claimed)
        if not any(line.rstrip(b",") == other.rstrip(b",") for other in left)
    ]
