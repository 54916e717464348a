"""What was typed, before the parser sees it: who asks for JSON, for help, or left a value out."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
import typer

from reconciler.cli import arguments
from reconciler.cli.app import app


def below(command: Any) -> Iterator[Any]:  # noqa: ANN401 - a command of typer's own parser
    """Yield a command and all commands below it."""
    yield command
    for one in getattr(command, "commands", {}).values():
        yield from below(one)


PROGRAM = cast("Any", typer.main.get_command(app))


def test_the_flags_with_a_value_are_those_of_the_commands() -> None:
    """A new flag that takes a value is known here as well."""
    found = {
        name
        for command in below(PROGRAM)
        for one in command.params
        if one.param_type_name == "option" and not one.is_flag
        for name in (*one.opts, *one.secondary_opts)
    }
    assert found == set(arguments.WITH_VALUE)


def test_the_commands_are_those_of_the_program() -> None:
    """A new command is known here as well, and a group with what is in it."""
    assert set(PROGRAM.commands) == set(arguments.COMMANDS)
    groups = {name: tuple(one.commands) for name, one in PROGRAM.commands.items() if hasattr(one, "commands")}
    assert groups == arguments.GROUPS


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("--json", True),
        ("plan --json", True),
        ("plan --model x --json", True),
        ("apply --model --json", True),
        ("--jso", False),
        ("explain -- --json", False),
        ("explain --json -- x", True),
        ("", False),
    ],
)
def test_who_asks_for_json(line: str, answer: bool) -> None:  # noqa: FBT001 - the answer of a table
    """Wherever the flag stands, as long as it can be one."""
    assert arguments.asks_for_json(line.split()) is answer


@pytest.mark.parametrize(
    ("line", "flag"),
    [
        ("apply --model --json", "--model"),
        ("apply --json --model", None),
        ("plan --cwd -y", "--cwd"),
        ("plan --out --json", "--out"),
        ("plan --out -", None),
        ("plan --model=--json", None),
        ("plan --model x --scope --yes", "--scope"),
        ("explain -- --model --json", None),
    ],
)
def test_a_flag_whose_value_was_left_out(line: str, flag: str | None) -> None:
    """It would take the next flag for its value; the last word of all is the parser's to complain about."""
    assert arguments.without_value(line.split()) == flag


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("--help --json", "help --json"),
        ("plan --help --json", "help plan --json"),
        ("plan --json -h --scope user", "help plan --json"),
        ("backups --help --json", "help backups --json"),
        ("backups list --json --help", "help backups list --json"),
        ("plan --help", None),
        ("plan --json", None),
        ("explain --json -- --help", None),
    ],
)
def test_a_question_for_help_as_json(line: str, question: str | None) -> None:
    """It is the command `help` of the same command."""
    found = arguments.as_a_question(line.split())
    assert found == (None if question is None else question.split())


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("", "setup"),
        ("--scope user", "setup"),
        ("--model plan", "setup"),
        ("--cwd apply status", "status"),
        ("backups", "backups list"),
        ("backups restore x", "backups restore"),
        ("explain backups", "explain"),
        ("nonsense", "setup"),
        ("-- plan", "setup"),
    ],
)
def test_the_command_that_was_meant(line: str, name: str) -> None:
    """A flag's value is no command."""
    assert arguments.command(line.split()) == name


@pytest.mark.parametrize(
    ("line", "moved"),
    [
        ("--json plan --scope user", "plan --json --scope user"),
        ("--json --verbose backups list", "backups list --json --verbose"),
        ("--json backups", "backups --json"),
        ("--json help x", "help --json x"),
        ("--json --scope user plan", "--json --scope user plan"),
        ("--json", "--json"),
    ],
)
def test_what_every_command_has_may_stand_in_front(line: str, moved: str) -> None:
    """It is moved behind the command's words."""
    assert arguments.hoisted(line.split()) == moved.split()
