"""Every exception class of the program, raised through the command line: each ends as a blocker.

The classes are found by walking the modules, so that a new one must be raised here, or this module fails.
"""

import importlib
import pkgutil
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import attrs
import pexpect
import pytest

import reconciler
from fixtures.canary import CANARY_KEY
from fixtures.gateway import error_answer
from tests.support.documents import CONFIGS
from tests.support.hostile import hang_up
from tests.support.printed import look_at
from tests.support.raising import NOTED, WHEN
from tests.support.sandbox import TIME_LIMIT, Result, Sandbox
from tests.support.target import REPOSITORY

APPLY: Final = ("apply", "--scope", "user", "--yes")
PLAN: Final = ("plan", "--scope", "user")
CTRL_C: Final = "\x03"


@attrs.frozen
class Way:
    """How a class comes to be raised, and the code of the blocker in which that ends."""

    arguments: tuple[str, ...]
    code: str
    prepare: Callable[[Sandbox], object] = lambda _: None
    meanwhile: str = "nothing"
    exit_code: int = 1
    typed: tuple[tuple[str, str], ...] = ()
    """What a person at a terminal is asked, and answers; without it nobody is there."""


def own(content: str) -> Callable[[Sandbox], object]:
    """Give the user a config."""

    def prepare(machine: Sandbox) -> None:
        machine.mimo_config_folder.mkdir(parents=True)
        machine.user_config.write_text(content)

    return prepare


def with_state(machine: Sandbox) -> None:
    """Put something into the place of the state that is none."""
    machine.own_folder.mkdir(parents=True, mode=0o700)
    machine.state_file.write_text("[]")


def with_a_spelling_of_another_value(machine: Sandbox) -> None:
    """Let the state remember a value of the user's that is not what its own spelling says."""
    own('{"model": "acme/before"}')(machine)
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    state = machine.state_file.read_text()
    machine.state_file.write_text(state.replace('"\\"acme/before\\""', '"\\"acme/behind\\""'))
    assert machine.state_file.read_text() != state


def busy(machine: Sandbox) -> None:
    """Let the gateway be busy, however often it is asked."""
    machine.gateway.models_answer = error_answer(503, "Busy", "busy")


def cutting(machine: Sandbox) -> None:
    """Let the gateway cut every connection, however often it is asked."""
    machine.gateway.models_answer = hang_up


WAYS: Final = {
    "reconciler.engine.problems.Stop": Way(
        PLAN, "mimo_not_found", lambda machine: (machine.bin / "mimo").unlink()
    ),
    "reconciler.cli.pages.UnknownTopicError": Way(("help", "xyzzy"), "usage", exit_code=64),
    "reconciler.commands.world.Back": Way(
        (),
        "interrupted",
        exit_code=130,
        typed=(("Scope", "\r"), ("Model: number", "<\r"), ("Scope", CTRL_C)),
    ),
    "reconciler.engine.edges.UnreadableError": Way(("status",), "state_unreadable", with_state),
    "reconciler.engine.files.ChangedMeanwhileError": Way(
        APPLY,
        "config_changed_meanwhile",
        own((CONFIGS / "comments.jsonc").read_text()),
        meanwhile="save",
    ),
    "reconciler.engine.files.WriteRefusedError": Way(PLAN, "internal_error", meanwhile="write"),
    "reconciler.gonkagate.client._Again": Way(PLAN, "catalog_unreachable", busy),
    "reconciler.gonkagate.reach.NotReachedError": Way(PLAN, "catalog_unreachable", cutting),
    "reconciler.jsonc.errors.EditError": Way(
        ("uninstall", "--dry-run"), "config_value_in_the_way", with_a_spelling_of_another_value
    ),
    "reconciler.jsonc.errors.JsoncError": Way(PLAN, "config_unreadable", own('{"model": }')),
}


def exception_classes() -> Iterator[str]:
    """Yield the name of every exception class that some module of the package defines, wherever in it."""
    for module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for one in subclasses(BaseException):
        if one.__module__.startswith("reconciler."):
            yield f"{one.__module__}.{one.__qualname__}"


def subclasses(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    """Yield every class below a class."""
    for one in type.__subclasses__(kind):
        yield one
        yield from subclasses(one)


def run(machine: Sandbox, way: Way, *more: str) -> tuple[Result, list[str]]:
    """Run the program as a way says; return its result, and the classes that were raised inside."""
    arguments = (*way.arguments, *more)
    command = [sys.executable, "-P", "-m", "tests.support.raising", way.meanwhile, *arguments]
    env = machine.environment(GONKAGATE_API_KEY=CANARY_KEY, PYTHONPATH=str(REPOSITORY), TERM="dumb")
    code, stdout, told = (by_a_person if way.typed else by_nobody)(machine, way, command, env)
    stderr, _, raised = told.rpartition(NOTED)
    result = Result(arguments, code, stdout, stderr, look_at(arguments, stdout, stderr))
    machine.results.append(result)
    return result, raised.split()


def by_nobody(machine: Sandbox, _: Way, command: list[str], env: dict[str, str]) -> tuple[int, str, str]:
    """Run a command where nobody can be asked; return its exit code and both outputs."""
    done = subprocess.run(
        command,
        cwd=machine.outside,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def by_a_person(machine: Sandbox, way: Way, command: list[str], env: dict[str, str]) -> tuple[int, str, str]:
    """Run it at a terminal, its standard output a file, and answer what is asked."""
    out = machine.root / "out"
    line = f"exec {shlex.join(command)} > {shlex.quote(str(out))}"
    child = pexpect.spawn(
        "/bin/sh", ["-c", line], cwd=str(machine.outside), env=env, encoding="utf-8", timeout=TIME_LIMIT
    )
    for question, answer in way.typed:
        child.expect_exact(question)
        child.send(answer)
    told = child.read()
    child.close()
    assert child.exitstatus is not None
    return child.exitstatus, out.read_text(), told


def test_there_is_a_way_to_every_class() -> None:
    """A class that nobody has raised here yet is a class of which nobody knows how it ends."""
    assert set(exception_classes()) == set(WAYS)
    assert {way.meanwhile for way in WAYS.values()} == {"nothing", *WHEN}


@pytest.mark.parametrize("name", WAYS)
def test_a_class_that_is_raised_ends_as_a_blocker(sandbox: Sandbox, name: str) -> None:
    """It is raised indeed, and what comes of it is a code, a remedy and an exit code."""
    way = WAYS[name]
    way.prepare(sandbox)
    result, raised = run(sandbox, way, "--json")
    assert name in raised
    assert (result.exit_code, result.codes) == (way.exit_code, [way.code]), result.stdout
    assert result.report is not None
    assert result.report["blockers"][0]["remedy"]
    shown = result.stdout + result.stderr
    assert "Traceback" not in shown
    assert way.code == "internal_error" or name.rpartition(".")[2] not in shown, "a class's name is no word"


# What others raise


FOREIGN: Final[dict[str, Any]] = {
    "OSError": "a system call that nobody expected to fail",
    "MemoryError": "no memory",
    "RecursionError": "something nested too deeply",
    "UnicodeError": "a text that cannot be one",
    "KeyError": "a slip",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_class_of_somebody_else_s_ends_as_a_blocker_too(sandbox: Sandbox, name: str) -> None:
    """Whatever is raised somewhere inside is a fault of the program, and told by its kind."""
    way = Way(PLAN, "internal_error", meanwhile=f"!{name}")
    result, _ = run(sandbox, way, "--json")
    assert (result.exit_code, result.codes) == (1, ["internal_error"]), result.stdout
    assert result.report is not None
    assert name in result.report["blockers"][0]["message"]
    assert "Traceback" not in result.stdout + result.stderr


# Ctrl-C while the ending is told


@pytest.mark.parametrize(
    ("arguments", "moment", "code"),
    [
        (("plan", "--nonsense"), "^_run", 130),
        (("plan", "--nonsense"), "^_run^_interrupted", 130),
        (("plan", "--nonsense"), "^_run^redact", 130),
        (("plan", "--nonsense"), "^_end", 130),
        (("plan", "--nonsense"), "^_wrong_usage", 64),
        (("plan", "--nonsense"), "^Ending.tell", 64),
        (("plan", "--nonsense"), "^settle", 64),
        (("help", "locked"), "^as_json", 0),
        (("--version",), "^redact", 0),
    ],
)
def test_an_interrupt_on_the_way_out_never_tells_twice(
    sandbox: Sandbox, arguments: tuple[str, ...], moment: str, code: int
) -> None:
    """One object, the run's own or that of the interrupt, however often Ctrl-C is pressed."""
    result, _ = run(sandbox, Way(arguments, "", meanwhile=moment), "--json")
    assert result.exit_code == code, result.stdout + result.stderr
    assert result.report is not None
    assert (result.codes == ["interrupted"]) is (code == 130)
    assert "Traceback" not in result.stderr
    assert "fault" not in result.stderr
