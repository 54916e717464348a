"""The command line: names, flags, exit codes, one JSON object in every ending, no waiting where nobody is."""

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.canary import CANARY_KEY, CANARY_MARK
from reconciler.version import __version__
from tests.conftest import MakeSandbox
from tests.support.cases import standin_case
from tests.support.documents import KIMI
from tests.support.pictures import left_alone, own_files, users_files
from tests.support.sandbox import Sandbox, read_report
from tests.support.shims import wrap_mimo
from tests.support.target import REPOSITORY

APPLY = ("apply", "--scope", "user", "--yes", "--json")
VERIFYING = "'--pure debug config'"


# Names


def _scripts() -> dict[str, str]:
    project: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    scripts: dict[str, str] = project["scripts"]
    return scripts


def test_there_are_two_command_names_for_one_program() -> None:
    """The product's name and its older one start the same function."""
    assert set(_scripts()) == {"mimo-code-setup", "gonkagate-mimo-code"}
    assert len(set(_scripts().values())) == 1


@pytest.mark.parametrize("name", sorted(_scripts()))
def test_a_command_name_starts_the_program(sandbox: Sandbox, name: str) -> None:
    """Started as an installer's script starts it, the program answers."""
    module, _, function = _scripts()[name].partition(":")
    script = sandbox.bin / name
    script.write_text(
        f"#!{sys.executable}\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"
    )
    script.chmod(0o755)
    done = subprocess.run(
        [name, "status", "--json"],
        env=sandbox.environment(),
        cwd=sandbox.outside,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 5, done.stderr
    assert read_report(done.stdout.decode(), "")["outcome"] == "not_installed"


def test_the_module_tells_its_version(sandbox: Sandbox) -> None:
    """`python -m reconciler --version` prints the version and nothing else."""
    result = sandbox.run("--version")
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{__version__}\n", "")


@pytest.mark.parametrize(
    "command", [(), ("plan",), ("apply",), ("status",), ("uninstall",), ("demo",), ("help",)]
)
@pytest.mark.standin
def test_help_is_to_be_had_everywhere(sandbox: Sandbox, command: tuple[str, ...]) -> None:
    """Help goes to standard output, with exit code 0, and starts nothing."""
    result = sandbox.run(*command, "--help")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Usage: mimo-code-setup" in result.stdout
    assert sandbox.run(*command, "-h").stdout == result.stdout
    assert sandbox.calls() == []


# Wrong usage


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nonsense",),
        ("nonsense",),
        ("apply", "--nonsense"),
        ("apply", "--scope", "galaxy"),
        ("apply", "--scope"),
        ("apply", "--model"),
        ("apply", "--model", "--yes"),
        ("plan", "--cwd", "--offline"),
        ("help", "mimo_not_fond"),
        ("--version", "--nonsense"),
        ("apply", "--scope", "user", "plan", "status"),
        ("status", "--yes"),
        ("uninstall", "--api-key-stdin"),
        ("plan", "--cwd", "/nonexistent"),
        ("--scope", "user", "apply"),
    ],
)
@pytest.mark.standin
def test_wrong_usage_is_one_exit_code_and_still_one_object(
    sandbox: Sandbox, arguments: tuple[str, ...]
) -> None:
    """64, a blocker `usage` with what is wrong, and nothing was started."""
    before = users_files(sandbox)
    result = sandbox.run("--json", *arguments)
    assert (result.exit_code, result.codes) == (64, ["usage"]), result.stdout
    assert result.report is not None
    assert result.report["blockers"][0]["remedy"]
    people = sandbox.run(*arguments)
    assert people.exit_code == 64
    assert "Traceback" not in people.stdout + people.stderr
    assert sandbox.calls() == []
    assert left_alone(sandbox, before)


@pytest.mark.parametrize(
    "spelling",
    [
        ("--api-key", CANARY_KEY),
        (f"--api-key={CANARY_KEY}",),
        ("--api-key",),
        ("--apikey", CANARY_KEY),
        ("--api_key", CANARY_KEY),
        (f"--api_key={CANARY_KEY}",),
        (f"--API-KEY={CANARY_KEY}",),
        ("--key", CANARY_KEY),
        (f"-api-key={CANARY_KEY}",),
        ("--gonkagate-api-key", CANARY_KEY),
    ],
)
@pytest.mark.standin
def test_a_key_on_the_command_line_is_refused_and_never_repeated(
    sandbox: Sandbox, spelling: tuple[str, ...]
) -> None:
    """Exit code 64, the advice to replace the key, and the value nowhere in the output."""
    result = sandbox.run("apply", *spelling, "--json")
    assert (result.exit_code, result.codes) == (64, ["api_key_flag_refused"])
    assert result.report is not None
    remedy = result.report["blockers"][0]["remedy"]
    assert "replace it" in remedy
    assert "--api-key-stdin" in remedy
    people = sandbox.run(*spelling)
    assert people.exit_code == 64
    assert CANARY_MARK not in result.stdout + result.stderr + people.stdout + people.stderr
    assert own_files(sandbox) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("apply", CANARY_KEY),
        (CANARY_KEY,),
        ("apply", "--api-key-stdin", CANARY_KEY),
        (f"apply{CANARY_KEY}",),
        ("apply", f"--api-key-stdin={CANARY_KEY}"),
        ("apply", f"--token={CANARY_KEY}"),
        ("apply", f"-k{CANARY_KEY}"),
        ("apply", "--scope", CANARY_KEY),
        ("apply", "--cwd", f"/{CANARY_KEY}"),
        ("plan", f"--{CANARY_KEY}"),
    ],
)
@pytest.mark.standin
def test_a_key_in_any_other_place_of_the_command_line_is_not_repeated(
    sandbox: Sandbox, arguments: tuple[str, ...]
) -> None:
    """Whatever is wrong with the usage, what looks like a key is masked."""
    result = sandbox.run(*arguments, "--json")
    people = sandbox.run(*arguments)
    assert (result.exit_code, people.exit_code) == (64, 64)
    assert CANARY_MARK not in result.stdout + result.stderr + people.stdout + people.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("apply", "--model", "--json"),
        ("plan", "--out", "--json"),
        ("--json", "--scope"),
        ("plan", "--json=yes"),
        ("nonsense", "--json"),
        ("--json", "--json", "--nonsense"),
        ("backups", "restore", "--json"),
        ("backups", "--json", "nonsense"),
        ("help", "--json", "xyzzy"),
    ],
)
@pytest.mark.standin
def test_json_is_what_is_printed_wherever_it_was_asked_for(
    sandbox: Sandbox, arguments: tuple[str, ...]
) -> None:
    """Also where it stands in the place of a value, twice, with one of its own, or behind what is wrong."""
    result = sandbox.run(*arguments)
    asked = "--json" in arguments
    assert (result.exit_code, result.codes) == (64, ["usage"] if asked else []), result.stdout
    assert asked or "usage: " in result.stdout
    assert sandbox.calls() == []


# Help


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("help", "locked", "backups", "list"), ["locked", "backups list"]),
        (("plan", "--help"), ["plan"]),
        (("backups", "restore", "-h"), ["backups restore"]),
    ],
)
@pytest.mark.standin
def test_help_is_one_object_too(sandbox: Sandbox, arguments: tuple[str, ...], names: list[str]) -> None:
    """`help` and `--help` with --json give the same form: the topics, each with its text."""
    result = sandbox.run(*arguments, "--json")
    assert result.exit_code == 0
    assert result.report is not None
    assert (result.report["command"], result.report["outcome"]) == ("help", "no_changes")
    assert [topic["name"] for topic in result.report["topics"]] == names
    assert sandbox.calls() == []


@pytest.mark.standin
def test_help_of_a_code_and_of_a_command_is_what_the_pages_say(sandbox: Sandbox) -> None:
    """The entry of docs/blockers.md, the text of --help; and without a name all codes with a line each."""
    told = sandbox.run("help", "mimo_not_found")
    assert told.exit_code == 0
    assert told.stdout.startswith("mimo_not_found\n\nMeans: there is no command `mimo`")
    assert "Do: install MiMoCode" in told.stdout
    assert sandbox.run("help", "plan").stdout.strip() == sandbox.run("plan", "--help").stdout.strip()
    listed = sandbox.run("help").stdout.splitlines()
    entries = json.loads(sandbox.run("help", "--json").stdout)["topics"]
    shown = [line for line in listed if line.startswith("  ")]
    assert [line.split("  ")[1] for line in shown] == [topic["name"] for topic in entries]
    assert sandbox.calls() == []


@pytest.mark.standin
def test_a_blocker_tells_where_there_is_more_to_know(sandbox: Sandbox) -> None:
    """The last line is the command that tells more, and that command exists; usage says all it has to say."""
    (sandbox.bin / "mimo").unlink()
    stopped = sandbox.run("plan", "--scope", "user", key=CANARY_KEY)
    last = stopped.stdout.rstrip().splitlines()[-1]
    assert last == "More: mimo-code-setup help mimo_not_found"
    assert sandbox.run(*last.split()[2:]).stdout.startswith("mimo_not_found")
    assert "More:" not in sandbox.run("--nonsense").stdout


# Exit codes and JSON


@pytest.fixture(scope="module")
def endings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Bring about one ending after the other on one machine; each answer is one object with its code."""
    from fixtures.gateway import Gateway  # noqa: PLC0415
    from tests.support.target import mimo_under_test  # noqa: PLC0415

    with Gateway() as gateway:
        machine = Sandbox(tmp_path_factory.mktemp("endings") / "machine", mimo_under_test(), gateway)
        seen: dict[str, Any] = {}

        def note(name: str, *arguments: str, **how: Any) -> None:  # noqa: ANN401 - handed on
            seen[name] = machine.run(*arguments, "--json", **how)

        note("nothing to look at", "status")
        note("nothing to remove", "uninstall", "--yes")
        note("a plan", "plan", key=CANARY_KEY)
        note("a plan that counts", "plan", "--detailed-exitcode", key=CANARY_KEY)
        note("nobody to ask", "apply", key=CANARY_KEY)
        note("nobody to ask, guided", key=CANARY_KEY)
        note("no key", "apply", "--yes")
        note("set up", "--scope", "user", "--yes", key=CANARY_KEY)
        note("again", "apply", "--yes")
        note("nothing left to plan", "plan", "--detailed-exitcode")
        note("in sync", "status", "--fast")
        note("overridden", "status", env={"MIMOCODE_CONFIG_CONTENT": '{"model": "a/b"}'})
        note("nobody to ask about removal", "uninstall")
        note("what would be removed", "uninstall", "--dry-run")
        text = machine.user_config.read_text()
        machine.user_config.write_text(text.replace(f'"model": "gonkagate/{KIMI}"', '"model": "a/b"'))
        note("drift", "status")
        note("removed", "uninstall", "--yes")
        yield seen
        assert machine.leaks() == []


@pytest.mark.parametrize(
    ("ending", "exit_code", "outcome", "codes"),
    [
        ("nothing to look at", 5, "not_installed", []),
        ("nothing to remove", 5, "not_installed", ["nothing_installed"]),
        ("a plan", 0, "changes", []),
        ("a plan that counts", 2, "changes", []),
        ("nobody to ask", 1, "blocked", ["not_confirmed"]),
        ("nobody to ask, guided", 1, "blocked", ["not_confirmed"]),
        ("no key", 1, "blocked", ["api_key_missing"]),
        ("set up", 0, "applied", []),
        ("again", 0, "no_changes", []),
        ("nothing left to plan", 0, "no_changes", []),
        ("in sync", 0, "in_sync", []),
        ("overridden", 4, "session_blocked", ["session_override"]),
        ("nobody to ask about removal", 1, "blocked", ["not_confirmed"]),
        ("what would be removed", 0, "changes", []),
        ("drift", 3, "drifted", []),
        ("removed", 0, "removed", []),
    ],
)
def test_every_ending_has_its_exit_code_and_is_one_object(
    endings: dict[str, Any], ending: str, exit_code: int, outcome: str, codes: list[str]
) -> None:
    """Exactly one JSON object on standard output; `ok` says whether what was asked was done."""
    result = endings[ending]
    assert (result.exit_code, result.report["outcome"], result.codes) == (exit_code, outcome, codes)
    assert result.report["format_version"] == "1.0"
    assert result.report["ok"] is (exit_code in (0, 2))
    assert json.loads(result.stdout) == result.report


def test_the_guided_set_up_without_a_command_reports_itself(endings: dict[str, Any]) -> None:
    """Its command is called setup."""
    assert endings["set up"].report["command"] == "setup"


def test_what_cannot_be_asked_says_how_to_go_on(endings: dict[str, Any]) -> None:
    """Without a terminal the remedy is --yes, and nothing waits."""
    for name in ("nobody to ask", "nobody to ask, guided", "nobody to ask about removal"):
        assert "--yes" in endings[name].report["blockers"][0]["remedy"], name


def test_without_json_people_s_text_is_plain_where_there_is_no_terminal(sandbox: Sandbox) -> None:
    """No colours, no progress, no carriage returns in a pipe."""
    result = sandbox.run("plan", key=CANARY_KEY)
    assert result.exit_code == 0
    assert KIMI in result.stdout
    assert "\x1b" not in result.stdout + result.stderr
    assert "\r" not in result.stdout + result.stderr


def test_the_working_folder_can_be_named(sandbox: Sandbox) -> None:
    """`--cwd`, absolute or relative, counts as if started there."""
    for folder, start in ((str(sandbox.project), sandbox.outside), ("../project", sandbox.outside)):
        result = sandbox.run("plan", "--json", "--cwd", folder, cwd=start, key=CANARY_KEY)
        assert result.report is not None
        assert result.report["files"]["project_config"] == str(sandbox.project_config)


def test_a_report_that_cannot_be_written_is_no_success(sandbox: Sandbox) -> None:
    """Standard output is full: exit code 1, no traceback."""
    environment = sandbox.environment(GONKAGATE_API_KEY=CANARY_KEY)
    command = [sys.executable, "-P", "-m", "reconciler", "plan", "--json"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, env=environment, cwd=sandbox.outside, check=False
        )
    assert done.returncode == 1
    assert b"could not be written" in done.stderr
    assert b"Traceback" not in done.stderr


# Interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, standin_case(signal.SIGTERM), standin_case(signal.SIGHUP)])
def test_an_interrupted_run_undoes_what_it_had_begun(
    make_sandbox: MakeSandbox, number: signal.Signals
) -> None:
    """Exit code 130, one object, every file as it was, and no mimo left running."""
    machine = make_sandbox()
    before = users_files(machine)
    pipe = machine.root / "pipe"
    os.mkfifo(pipe)
    wrap_mimo(machine, f'exec 9> "{pipe}"; echo $$ >&9; exec sleep 60', when=VERIFYING)
    process = machine.start(*APPLY, env={"GONKAGATE_API_KEY": CANARY_KEY})
    with pipe.open() as told:
        assert told.readline().strip().isdigit(), "it has written and asks MiMoCode about it"
        assert machine.user_config.exists()
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
        assert told.read() == "", "the mimo that was asked is gone"
    assert process.returncode == 130, stderr
    report = read_report(stdout.decode(), stderr.decode())
    assert [blocker["code"] for blocker in report["blockers"]] == ["interrupted"]
    assert own_files(machine) == []
    assert left_alone(machine, before)
