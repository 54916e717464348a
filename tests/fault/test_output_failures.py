"""Standard output and standard error that are closed, full, or read by nobody any more."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import Gateway
from reconciler.version import __version__
from tests.support.documents import KIMI, QWEN, read, ref
from tests.support.pictures import left_alone, users_files
from tests.support.printed import look_at
from tests.support.sandbox import RESULTS, TIME_LIMIT, Result, Sandbox, program, read_report
from tests.support.target import mimo_under_test

# Puts a fault on descriptors (`1`, `2`, `12`), then becomes the command that follows.
SPOIL: Final = """
import os, sys
fault, numbers, *command = sys.argv[1:]
for number in map(int, numbers):
    if fault == "closed":
        os.close(number)
        continue
    end = os.open("/dev/full", os.O_WRONLY) if fault == "full" else os.pipe()[1]
    os.dup2(end, number)
os.closerange(3, 64)
os.execv(command[0], command)
"""
FAULTS: Final = ("closed", "full", "pipe")
STDOUT: Final = pytest.mark.parametrize("numbers", ["1", "12"], ids=["output", "both"])
FAULTY: Final = pytest.mark.parametrize("fault", FAULTS)
FORMS: Final = pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
SET_UP: Final = ("apply", "--scope", "user", "--yes")


def _run(machine: Sandbox, fault: str, numbers: str, *arguments: str) -> Result:
    """Run a command with a fault on its standard streams."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", SPOIL, fault, numbers, *program(*arguments)],
        cwd=machine.outside,
        env=machine.environment(GONKAGATE_API_KEY=CANARY_KEY),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    stdout, stderr = done.stdout.decode(), done.stderr.decode()
    result = Result(arguments, done.returncode, stdout, stderr, None)
    look_at(arguments, stdout, stderr)
    machine.results.append(result)
    RESULTS.append(result)
    assert "Traceback" not in stdout + stderr
    assert "Exception ignored" not in stdout + stderr
    return result


@pytest.fixture(scope="module", name="module_machine")
def _module_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Make one machine for all, set up once; `home` is the picture that each test begins with."""
    with Gateway() as gateway:
        folder = tmp_path_factory.mktemp("outputs")
        machine = Sandbox(folder / "machine", mimo_under_test(), gateway)
        assert machine.run(*SET_UP, key=CANARY_KEY).exit_code == 0
        machine.home.rename(folder / "home")
        yield machine


@pytest.fixture(name="machine")
def _machine(module_machine: Sandbox) -> Iterator[Sandbox]:
    """Put the home of the set-up back."""
    shutil.rmtree(module_machine.home, ignore_errors=True)
    shutil.copytree(module_machine.root.parent / "home", module_machine.home, symlinks=True)
    yield module_machine
    assert module_machine.leaks() == []


def _is_told(result: Result, fault: str, numbers: str) -> bool:
    """Say whether a run whose report went nowhere ended as one, and said so where it could.

    Whoever closes a pipe early, as `head` does, wants to hear no more.
    """
    assert result.exit_code not in (0, 120), "120 is the interpreter's own last flush"
    assert numbers == "12" or fault == "pipe" or "could not be written" in result.stderr
    return True


def _serial(machine: Sandbox) -> int:
    serial: int = json.loads(machine.state_file.read_bytes())["serial"]
    return serial


# The report cannot be written


@FAULTY
@STDOUT
@FORMS
def test_an_apply_whose_report_is_lost_is_done_all_the_same(
    machine: Sandbox, fault: str, numbers: str, form: tuple[str, ...]
) -> None:
    """The exit code is not 0; the change is whole, verified and recorded."""
    serial = _serial(machine)
    assert _is_told(_run(machine, fault, numbers, *SET_UP, "--model", QWEN, *form), fault, numbers)
    assert read(machine.user_config)["model"] == ref(QWEN)
    assert _serial(machine) == serial + 1
    assert not (machine.own_folder / "journal.json").exists()
    assert machine.run("status").exit_code == 0


@FAULTY
@STDOUT
@FORMS
def test_an_uninstall_whose_report_is_lost_is_done_all_the_same(
    machine: Sandbox, fault: str, numbers: str, form: tuple[str, ...]
) -> None:
    """The exit code is not 0; nothing of ours is left."""
    assert _is_told(_run(machine, fault, numbers, "uninstall", "--yes", *form), fault, numbers)
    assert not machine.user_config.exists()
    assert not machine.key_file.exists()
    assert machine.run("status").exit_code == 5


@FAULTY
@STDOUT
@FORMS
@pytest.mark.parametrize(
    "command",
    [
        ("plan", "--model", QWEN),
        ("status",),
        ("apply", "--model", KIMI, "--yes"),
        ("apply", "--model", QWEN),
        ("uninstall", "--dry-run"),
        ("plan", "--nonsense"),
    ],
    ids=["plan", "status", "nothing to do", "nobody to ask", "dry run", "wrong usage"],
)
def test_a_lost_report_of_a_run_that_changes_nothing(
    machine: Sandbox, command: tuple[str, ...], fault: str, numbers: str, form: tuple[str, ...]
) -> None:
    """The exit code is not 0, and nothing was changed."""
    before = users_files(machine)
    assert _is_told(_run(machine, fault, numbers, *command, *form), fault, numbers)
    assert left_alone(machine, before)


@FAULTY
@STDOUT
@pytest.mark.parametrize("command", [("--version",), ("--help",), ("apply", "--help")], ids=" ".join)
def test_a_version_or_help_that_nobody_gets_is_no_success(
    machine: Sandbox, command: tuple[str, ...], fault: str, numbers: str
) -> None:
    """The exit code is not 0."""
    assert _is_told(_run(machine, fault, numbers, *command), fault, numbers)


# Only what goes along with it cannot be written


@FAULTY
@FORMS
def test_without_standard_error_an_apply_works(machine: Sandbox, fault: str, form: tuple[str, ...]) -> None:
    """The report is whole on standard output, so the exit code is that of the run."""
    result = _run(machine, fault, "2", *SET_UP, "--model", QWEN, *form)
    assert result.exit_code == 0
    assert QWEN in result.stdout
    assert not form or read_report(result.stdout, "")["outcome"] == "applied"
    assert read(machine.user_config)["model"] == ref(QWEN)
    assert machine.run("status").exit_code == 0


@FAULTY
@FORMS
@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("plan", "--model", QWEN), 0),
        (("status",), 0),
        (("uninstall", "--yes"), 0),
        (("apply", "--model", "no/such", "--yes"), 1),
        (("plan", "--nonsense"), 64),
    ],
    ids=["plan", "status", "uninstall", "blocked", "wrong usage"],
)
def test_without_standard_error_every_command_ends_as_with_it(
    machine: Sandbox, command: tuple[str, ...], code: int, fault: str, form: tuple[str, ...]
) -> None:
    """The exit code and the report are the same."""
    result = _run(machine, fault, "2", *command, *form)
    assert result.exit_code == code
    assert result.stdout
    assert not form or read_report(result.stdout, "")["ok"] is (code == 0)


@FAULTY
def test_without_standard_error_version_and_help_are_told(machine: Sandbox, fault: str) -> None:
    """They go to standard output alone."""
    assert _run(machine, fault, "2", "--version").stdout == f"{__version__}\n"
    assert "Usage" in _run(machine, fault, "2", "--help").stdout


@FAULTY
def test_an_undone_run_is_undone_whatever_becomes_of_its_report(machine: Sandbox, fault: str) -> None:
    """A verification that fails leaves the old set-up, also when nobody can be told."""
    machine.calls_file.unlink(missing_ok=True)
    before = users_files(machine)
    override = machine.environment(MIMO_STANDIN_OVERRIDE_MODEL="a/b", GONKAGATE_API_KEY=CANARY_KEY)
    done = subprocess.run(
        [sys.executable, "-I", "-c", SPOIL, fault, "12", *program(*SET_UP, "--model", QWEN)],
        cwd=machine.outside,
        env=override,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert done.returncode == 1
    assert machine.calls() != []
    assert left_alone(machine, before)
    assert Path(machine.key_file).read_text() == CANARY_KEY
