"""Fail closed, before anything is written: the home, the `mimo`, its version, the key.

Each refusal has its code, its exit code and its remedy, and leaves every file as it was.
"""

import pytest

from fixtures.canary import CANARY_KEY, CANARY_MARK
from fixtures.gateway import error_answer
from tests.support.cases import standin_case
from tests.support.pictures import left_alone, users_files
from tests.support.refusals import refusal, untouched_by
from tests.support.sandbox import Sandbox
from tests.support.shims import replace_mimo, wrap_mimo

APPLY = ("apply", "--scope", "user", "--yes", "--json")


@pytest.mark.parametrize(
    ("command", "variable", "value"),
    [
        ("apply", "HOME", None),
        ("plan", "HOME", None),
        ("status", "HOME", None),
        ("uninstall", "HOME", None),
        ("apply", "HOME", ""),
        ("apply", "HOME", "some/where"),
        ("uninstall", "HOME", "some/where"),
        ("apply", "HOME", "/nonexistent/home"),
        ("apply", "MIMOCODE_HOME", "some/where"),
        ("status", "MIMOCODE_HOME", "some/where"),
        ("apply", "MIMOCODE_HOME", "~/mimo"),
        ("apply", "XDG_CONFIG_HOME", "some/where"),
    ],
)
@pytest.mark.standin
def test_without_a_usable_home_nothing_is_even_started(
    machine: Sandbox, command: str, variable: str, value: str | None
) -> None:
    """The blocker names the variable; no mimo is launched, no gateway asked, no file written anywhere."""
    log = machine.root / "launches"
    wrap_mimo(machine, f'echo "$*" >> "{log}"')
    before = users_files(machine)
    flags = ("--yes",) if command in ("apply", "uninstall") else ()
    result = machine.run(command, *flags, "--json", key=CANARY_KEY, env={variable: value})
    blocker = refusal(result, "home_unusable")
    assert blocker["location"] == {"variable": variable}
    assert not log.exists()
    assert machine.gateway.requests == []
    assert untouched_by(machine, before)
    assert users_files(machine) == before


def test_without_a_mimo_nothing_is_written(machine: Sandbox) -> None:
    """`mimo` is not on the PATH: the remedy says how to install it."""
    (machine.bin / "mimo").unlink()
    before = users_files(machine)
    blocker = refusal(machine.run(*APPLY, key=CANARY_KEY), "mimo_not_found")
    assert "npm install" in blocker["remedy"]
    assert untouched_by(machine, before)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("exit 3", "mimo_not_working"),
        ("kill -9 $$", "mimo_not_working"),
        ("echo 'command not found' >&2; exit 127", "mimo_not_working"),
        ("echo garbage", "mimo_version_unreadable"),
        ("echo v0.1.15", "mimo_version_unreadable"),
        ("printf ''", "mimo_version_unreadable"),
        ("echo 0.1.15; echo 0.1.15", "mimo_version_unreadable"),
        ("printf '\\377\\376'", "mimo_version_unreadable"),
        ("echo 0.0.9", "mimo_version_too_old"),
        ("echo 0.1.0-rc.1", "mimo_version_too_old"),
        ("echo 0.1.14", "mimo_version_not_audited"),
        ("echo 0.1.15-beta.1", "mimo_version_not_audited"),
        ("echo 0.1.16", "mimo_version_not_audited"),
        ("echo 1.0.0", "mimo_version_not_audited"),
    ],
)
@pytest.mark.standin
def test_a_mimo_that_is_not_as_known_stops_the_run(machine: Sandbox, script: str, code: str) -> None:
    """Not working, not a version, too old, audited by nobody: nothing is written."""
    replace_mimo(machine, script)
    before = users_files(machine)
    refusal(machine.run(*APPLY, key=CANARY_KEY), code)
    assert untouched_by(machine, before)


def test_a_version_that_nobody_audited_is_named_with_the_way_to_audit_it(machine: Sandbox) -> None:
    """The message names the version met and the audited ones; the remedy says what can be done."""
    replace_mimo(machine, "echo 0.2.0")
    blocker = refusal(machine.run(*APPLY, key=CANARY_KEY), "mimo_version_not_audited")
    assert all(version in blocker["message"] for version in ("0.2.0", "0.1.0", "0.1.15"))
    assert "audit" in blocker["remedy"]


def test_a_file_that_cannot_be_executed_is_not_a_mimo_that_works(machine: Sandbox) -> None:
    """A program for another machine cannot be started."""
    (machine.bin / "mimo").unlink()
    (machine.bin / "mimo").write_bytes(b"\x7fELF\x02\x01\x01 for another machine")
    (machine.bin / "mimo").chmod(0o755)
    before = users_files(machine)
    refusal(machine.run(*APPLY, key=CANARY_KEY), "mimo_not_working")
    assert untouched_by(machine, before)


@pytest.mark.parametrize("answer", ["exit 1", "echo nonsense; exit 0", "echo 'config relative/path'; exit 0"])
@pytest.mark.standin
def test_a_mimo_that_does_not_say_where_its_files_are_stops_the_run(machine: Sandbox, answer: str) -> None:
    """Without `debug paths` no config folder is assumed."""
    replace_mimo(machine, f'[ "$*" = --version ] && {{ echo 0.1.15; exit 0; }}\n{answer}')
    before = users_files(machine)
    refusal(machine.run(*APPLY, key=CANARY_KEY), "mimo_not_working")
    assert untouched_by(machine, before)


def test_without_a_key_and_a_terminal_the_run_stops(machine: Sandbox) -> None:
    """The remedy names the ways to give one."""
    before = users_files(machine)
    blocker = refusal(machine.run(*APPLY), "api_key_missing")
    assert "--api-key-stdin" in blocker["remedy"]
    assert "GONKAGATE_API_KEY" in blocker["remedy"]
    assert untouched_by(machine, before)


@pytest.mark.standin
def test_an_empty_standard_input_is_no_key(machine: Sandbox) -> None:
    """`--api-key-stdin` with nothing in it does not fall back to another source."""
    before = users_files(machine)
    refusal(machine.run(*APPLY, "--api-key-stdin", stdin="", key=CANARY_KEY), "api_key_missing")
    assert untouched_by(machine, before)


MALFORMED = {
    "another prefix": f"sk-{CANARY_MARK}",
    "prefix alone": "gp-",
    "a blank inside": f"gp-{CANARY_MARK} x",
    "a line break inside": f"gp-{CANARY_MARK}\nx",
    "not a letter": f"gp-{CANARY_MARK}-\u00e9",
    "a slash": f"gp-{CANARY_MARK}/x",
    "a blank behind": f"gp-{CANARY_MARK} ",
    "quotes around": f'"gp-{CANARY_MARK}"',
    "too long": "gp-" + CANARY_MARK * 40,
    "far too long": "gp-" + CANARY_MARK * 400,
}


@pytest.mark.parametrize(
    ("text", "source"),
    [
        pytest.param(text, "stdin" if number % 2 else "variable", id=name)
        for number, (name, text) in enumerate(MALFORMED.items())
    ],
)
@pytest.mark.standin
def test_a_malformed_key_is_refused_and_never_repeated(machine: Sandbox, text: str, source: str) -> None:
    """Wherever it came from: nothing is asked, nothing is written, and what was given is nowhere shown."""
    before = users_files(machine)
    if source == "stdin":
        result = machine.run(*APPLY, "--api-key-stdin", stdin=text)
    else:
        result = machine.run(*APPLY, key=text)
    refusal(result, "api_key_malformed")
    assert machine.gateway.requests == []
    assert untouched_by(machine, before)
    assert CANARY_MARK not in result.stdout + result.stderr


def test_a_stored_key_that_is_malformed_is_named_by_its_file(machine: Sandbox) -> None:
    """The key file is of the user's making by now: it is named, not shown and not replaced."""
    machine.own_folder.mkdir(parents=True, mode=0o700)
    machine.key_file.write_text("not a key at all")
    before = users_files(machine)
    blocker = refusal(machine.run(*APPLY), "api_key_malformed")
    assert blocker["location"]["file"] == str(machine.key_file)
    assert "not a key at all" not in str(blocker)
    assert left_alone(machine, before)


def test_a_key_file_that_is_a_link_is_refused(machine: Sandbox) -> None:
    """A link could lead the key anywhere."""
    machine.own_folder.mkdir(parents=True, mode=0o700)
    target = machine.home / "elsewhere"
    target.write_text("something")
    machine.key_file.symlink_to(target)
    before = users_files(machine)
    refusal(machine.run(*APPLY, key=CANARY_KEY), "key_file_unsafe")
    assert left_alone(machine, before)


@pytest.mark.parametrize("status", [401, standin_case(403)])
def test_a_key_that_the_gateway_refuses_is_not_stored(machine: Sandbox, status: int) -> None:
    """The blocker tells the status and advises to look at the key."""
    machine.gateway.models_answer = error_answer(status, f"Incorrect API key provided: {CANARY_KEY}", "no")
    before = users_files(machine)
    blocker = refusal(machine.run(*APPLY, key=CANARY_KEY), "api_key_rejected")
    assert str(status) in blocker["message"]
    assert untouched_by(machine, before)


@pytest.mark.standin
def test_a_fresh_home_keeps_no_trace_of_a_refused_run(sandbox: Sandbox) -> None:
    """Not even a folder."""
    before = users_files(sandbox)
    assert dict(before) == {name: one for name, one in before.items() if name.startswith("project/.git")}
    sandbox.gateway.accepted_keys = set()
    refusal(sandbox.run(*APPLY, key=CANARY_KEY), "api_key_rejected")
    assert untouched_by(sandbox, before)
