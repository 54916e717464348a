"""The key is in the key file and in its backups, and nowhere else: not in an output, a file, a process."""

import json
from pathlib import Path

import pytest

from fixtures.canary import CANARY_KEY, CANARY_KEY_2, CANARY_MARK
from fixtures.gateway import error_answer
from tests.behaviour.conftest import Machines
from tests.support.sandbox import Sandbox
from tests.support.shims import KILL_WHO_ASKED, unwrap_mimo, wait_until_quiet, wrap_mimo

VERIFYING = "'--pure debug config' | 'models gonkagate'"


@pytest.fixture(scope="module")
def lived(machines: Machines) -> tuple[Sandbox, Path]:
    """Live through a whole life on one machine; note arguments and environment of every mimo meanwhile."""
    machine = machines("lived")
    log = machine.root / "processes"
    wrap_mimo(machine, f'{{ env; printf "%s\\n" "$*"; tr "\\0" " " < /proc/$PPID/cmdline; }} >> "{log}"')
    machine.run("plan", "--verbose", key=CANARY_KEY)
    machine.run("apply", "--scope", "user", "--yes", "--verbose", key=CANARY_KEY)
    machine.run("status", "--json")
    in_project = machine.project
    machine.run("apply", "--scope", "project", "--yes", "--json", cwd=in_project)
    machine.run("apply", "--yes", "--json", "--api-key-stdin", stdin=CANARY_KEY_2, cwd=in_project)
    machine.run("status", "--verbose", cwd=in_project)
    assert {result.exit_code for result in machine.results} == {0}
    return machine, log


def test_no_output_holds_the_key(lived: tuple[Sandbox, Path]) -> None:
    """Neither people's text nor JSON, on neither stream."""
    machine, _ = lived
    assert [one.command for one in machine.results if CANARY_MARK in one.stdout + one.stderr] == []


def test_no_file_but_the_key_file_and_its_backups_holds_the_key(lived: tuple[Sandbox, Path]) -> None:
    """Config, project file, state, TMPDIR, and what MiMoCode itself keeps: all searched."""
    machine, _ = lived
    holders = {
        path.relative_to(machine.own_folder).as_posix().partition("-")[0]
        for path in machine.root.rglob("*")
        if path.is_file() and CANARY_MARK.encode() in path.read_bytes()
    }
    assert holders == {"api", "backups/api"}
    assert machine.leaks() == []


def test_whoever_holds_the_key_is_for_the_owner_alone(lived: tuple[Sandbox, Path]) -> None:
    """Key file and backups are 0600, their folders 0700."""
    machine, _ = lived
    files = [machine.key_file, *machine.backups.glob("api-key-*")]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in (machine.own_folder, machine.backups)} == {0o700}


def test_no_process_was_given_the_key(lived: tuple[Sandbox, Path]) -> None:
    """Not in a mimo's environment or arguments, not in the arguments of who started it."""
    _, log = lived
    text = log.read_text()
    assert "--pure debug config" in text
    assert "reconciler" in text, "the arguments of the program itself were noted"
    assert CANARY_MARK not in text
    assert "GONKAGATE_API_KEY" not in text


def test_a_variable_that_holds_the_key_under_another_name_is_kept_back_too(sandbox: Sandbox) -> None:
    """Whatever a user called it, no mimo that is started gets it."""
    log = sandbox.root / "environment"
    wrap_mimo(sandbox, f'env >> "{log}"')
    other = {"MY_TOKEN": CANARY_KEY, "HEADER": f"Bearer {CANARY_KEY}"}
    result = sandbox.run("apply", "--scope", "user", "--yes", "--json", key=CANARY_KEY, env=other)
    assert result.exit_code == 0, result.stdout
    assert CANARY_MARK not in log.read_text()


def test_the_state_names_the_key_by_a_salted_hash(lived: tuple[Sandbox, Path]) -> None:
    """Neither the key nor a plain hash of it."""
    import hashlib  # noqa: PLC0415 - only here

    machine, _ = lived
    text = machine.state_file.read_text()
    state = json.loads(text)
    assert set(state["key"]) == {"salt", "fingerprint"}
    for key in (CANARY_KEY, CANARY_KEY_2):
        for name in ("sha256", "sha1", "md5", "blake2b", "sha512"):
            assert hashlib.new(name, key.encode()).hexdigest()[:32] not in text


@pytest.mark.standin
def test_a_mimo_that_prints_the_key_is_not_quoted(sandbox: Sandbox) -> None:
    """A refusal of MiMoCode's can hold the whole config with the key in it: only kind and place are told."""
    complaint = f'Error: Config file at x is not valid JSON(C): $(cat "{sandbox.key_file}")'
    wrap_mimo(sandbox, f'echo "{complaint}" | tee /dev/stderr; exit 1', when=VERIFYING)
    for flags in (("--json",), ("--verbose",)):
        result = sandbox.run("apply", "--scope", "user", "--yes", *flags, key=CANARY_KEY)
        assert result.exit_code == 1
        assert CANARY_MARK not in result.stdout + result.stderr
        assert not sandbox.key_file.exists()


@pytest.mark.standin
def test_a_gateway_that_echoes_the_key_is_not_quoted(sandbox: Sandbox) -> None:
    """Error messages of the gateway are not passed on."""
    sandbox.gateway.models_answer = error_answer(500, f"key {CANARY_KEY} crashed us", "internal")
    result = sandbox.run("apply", "--yes", "--verbose", key=CANARY_KEY)
    assert result.exit_code == 1
    assert CANARY_MARK not in result.stdout + result.stderr


@pytest.mark.standin
def test_a_catalog_that_holds_the_key_does_not_get_it_shown(sandbox: Sandbox) -> None:
    """Masked even where it comes as a model's name."""
    sandbox.gateway.catalog = {"data": [{"id": "a/b", "name": CANARY_KEY}]}
    result = sandbox.run("plan", "--json", key=CANARY_KEY)
    assert CANARY_MARK not in result.stdout + result.stderr


@pytest.mark.standin
def test_what_a_killed_run_leaves_holds_the_key_under_journalled_names_only(sandbox: Sandbox) -> None:
    """Of a killed rotation the old key keeps its preserved name, for the owner alone, until recovery."""
    assert sandbox.run("apply", "--scope", "user", "--yes", key=CANARY_KEY).exit_code == 0
    wrap_mimo(sandbox, KILL_WHO_ASKED, when=VERIFYING)
    sandbox.start("apply", "--yes", env={"GONKAGATE_API_KEY": CANARY_KEY_2}).communicate(timeout=60)
    wait_until_quiet(sandbox)
    unwrap_mimo(sandbox)
    journal = json.loads((sandbox.own_folder / "journal.json").read_bytes())
    named = {Path(entry[name]) for entry in journal["files"] for name in ("path", "temporary", "preserved")}
    named |= {Path(backup) for backup in journal["backups"]}
    holders = {
        path
        for path in sandbox.home.rglob("*")
        if path.is_file() and CANARY_MARK.encode() in path.read_bytes()
    }
    assert sandbox.key_file in holders
    assert holders <= named
    assert {path.stat().st_mode & 0o777 for path in holders} == {0o600}
    assert sandbox.run("apply", "--yes").exit_code == 0
    assert sandbox.key_file.read_text() == CANARY_KEY
