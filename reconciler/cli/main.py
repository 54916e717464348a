"""The entry point: run a command, tell its report, exit with its code. Nothing escapes as a traceback.

Wrong usage, an interrupt and a fault of the program end in a report like everything else.
"""

from __future__ import annotations

import gc
import itertools
import os
import re
import sys
import traceback
from copy import copy
from typing import TYPE_CHECKING, Final, NoReturn

from reconciler.cli.exit_codes import INTERRUPTED
from reconciler.cli.signals import DESK, listen
from reconciler.cli.streams import hide_details, open_all, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typer import Typer

    from reconciler.commands.report import Report

_KEY_FLAG: Final = re.compile(r"--?(gonkagate[-_]?)?(api[-_]?key|key)(=.*)?", re.IGNORECASE | re.DOTALL)
_GARBAGE: Final = 100_000
"""After so many new objects cycles are looked for: a start makes most of its objects to keep them."""
_EVERYWHERE: Final = ("--json", "--no-color", "--verbose")
_COMMANDS: Final = ("plan", "apply", "status", "uninstall", "explain", "audit", "backups", "demo")
_GROUPS: Final = {"backups": ("list", "restore")}


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    gc.set_threshold(_GARBAGE)
    hide_details()
    open_all()
    given = _hoisted(list(sys.argv[1:] if arguments is None else arguments))
    listen()
    try:
        code = _run(given)
    except KeyboardInterrupt:
        code = _end(given, _interrupted(given))
    except SystemExit as ending:  # a parser that gives up
        code = ending.code if isinstance(ending.code, int) else 1
    with DESK.held():
        code = settle(code)
    sys.exit(code)


def _hoisted(given: list[str]) -> list[str]:
    """Let the flags that every command has stand in front of the command as well."""
    front = list(itertools.takewhile(_EVERYWHERE.__contains__, given))
    rest = given[len(front) :]
    if not rest or rest[0] not in _COMMANDS:
        return given
    words = 2 if rest[1:2] and rest[1] in _GROUPS.get(rest[0], ()) else 1
    return [*rest[:words], *front, *rest[words:]]


def _run(given: list[str]) -> int:
    if any(_KEY_FLAG.fullmatch(argument) for argument in given):
        return _end(given, _key_flag_refused(given))
    import typer  # noqa: PLC0415 - slow to import

    from reconciler.cli.app import app  # noqa: PLC0415 - brings typer along

    command = typer.main.get_command(_only(app, given[:1]))
    try:
        ending = command.main(given, prog_name="mimo-code-setup", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return _end(given, _interrupted(given))
    except Exception as error:  # noqa: BLE001 - the last net: a traceback in a terminal is a fault
        return _end(given, _complaint(given, error))
    return _told(given, ending)


def _only(app: Typer, name: list[str]) -> Typer:
    """Leave what is not typed out: to build all of the command line takes longer than to run most of it."""
    commands = [one for one in app.registered_commands if [one.name] == name]
    groups = [one for one in app.registered_groups if [one.name] == name]
    if not (commands or groups):
        return app
    slim = copy(app)
    slim.registered_commands, slim.registered_groups = commands, groups
    return slim


def _told(given: list[str], ending: object) -> int:
    """Tell what a command came to; --help and --version have said what they had to say."""
    if not ending:
        return 0
    from reconciler.cli.output import Ending  # noqa: PLC0415 - brings the report along

    if isinstance(ending, Ending):
        with DESK.held():  # what was done stands: an interrupt of its telling would deny it
            return ending.tell()
    if ending == INTERRUPTED:  # what typer makes of Ctrl-C
        return _end(given, _interrupted(given))
    return ending if isinstance(ending, int) else 0


def _complaint(given: list[str], error: Exception) -> Report:
    # typer brings its own parser along; all of that parser's complaints can be told this way
    message = getattr(error, "format_message", None)
    return _internal(given, error) if message is None else _wrong_usage(given, str(message()))


def _end(given: list[str], report: Report) -> int:
    from reconciler.cli.output import Ending, Manner  # noqa: PLC0415 - slow to import

    manner = Manner(json="--json" in given, no_color="--no-color" in given)
    return Ending(manner).of(report).tell()


def _report(given: list[str], code: str, message: str, remedy: str) -> Report:
    from reconciler.commands.report import Outcome, Report  # noqa: PLC0415 - slow to import
    from reconciler.engine.problems import Blocker  # noqa: PLC0415 - same

    command = next((word for word in given if word in _COMMANDS), "setup")
    if command in _GROUPS:
        command += " " + next((word for word in given if word in _GROUPS[command]), _GROUPS[command][0])
    blocker = Blocker(code, message, remedy, "command line")
    return Report(command, Outcome.BLOCKED, blockers=(blocker,))


def _key_flag_refused(given: list[str]) -> Report:
    from attrs import evolve  # noqa: PLC0415 - same

    from reconciler.gonkagate.facts import Code  # noqa: PLC0415 - same

    return evolve(
        _report(
            given,
            Code.API_KEY_FLAG_REFUSED,
            "a key is never taken from the command line, where other users and your shell's history see it",
            "if you typed a real key, replace it in your GonkaGate account; then pipe the new one into "
            "--api-key-stdin",
        ),
        usage_error=True,
    )


def _wrong_usage(given: list[str], message: str) -> Report:
    from attrs import evolve  # noqa: PLC0415 - same

    from reconciler.cli.text import printable  # noqa: PLC0415 - same

    report = _report(given, "usage", printable(message), "see `mimo-code-setup --help`")
    return evolve(report, usage_error=True)


def _interrupted(given: list[str]) -> Report:
    from attrs import evolve  # noqa: PLC0415 - same

    report = _report(given, "interrupted", "the run was interrupted; " + _what_is_left(), "run again")
    return evolve(report, interrupted=True)


def _what_is_left() -> str:
    """Say whether an ending that nobody planned left anything half done."""
    from reconciler.commands.unfinished import unfinished  # noqa: PLC0415 - slow to import

    if unfinished(os.environ):
        return "its journal is left, and apply or uninstall finish or undo it before anything else"
    return "nothing is left half done"


def _internal(given: list[str], error: Exception) -> Report:
    """Tell of a fault of the program: its kind and its place; its message could hold anything."""
    where = traceback.extract_tb(error.__traceback__)
    place = f"{where[-1].name}, line {where[-1].lineno}" if where else "?"
    return _report(
        given,
        "internal_error",
        f"a fault of this program: {type(error).__name__} in {place}",
        f"please report it with this line; {_what_is_left()}",
    )
