"""The entry point: run a command, tell its report, exit with its code. Nothing escapes as a traceback.

Wrong usage, an interrupt and a fault of the program end in a report like everything else.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import threading
import traceback
from copy import copy
from typing import TYPE_CHECKING, Final, NoReturn

from reconciler.cli.arguments import (
    as_a_question,
    asks_for_json,
    command,
    flags,
    hoisted,
    named,
    names_a_key_flag,
    without_value,
)
from reconciler.cli.completion import VARIABLE, answer
from reconciler.cli.exit_codes import INTERRUPTED
from reconciler.cli.signals import DESK, listen
from reconciler.cli.streams import hide_details, open_all, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typer import Typer

    from reconciler.commands.report import Report

_GARBAGE: Final = 100_000
"""After so many new objects cycles are looked for: a start makes most of its objects to keep them."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    gc.set_threshold(_GARBAGE)
    hide_details()
    open_all()
    if os.environ.get(VARIABLE):
        sys.exit(answer())
    given = hoisted(list(sys.argv[1:] if arguments is None else arguments))
    listen()
    try:
        code = _run(given)
    except KeyboardInterrupt:
        code = _end(given, _interrupted)
    except SystemExit as ending:  # a parser that gives up
        code = ending.code if isinstance(ending.code, int) else 1
    with DESK.held():
        code = settle(code)
    atexit.register(_leave, code)
    sys.exit(code)


def _leave(code: int) -> None:
    """End without taking everything apart first, which is what most of the time of an end goes to.

    Where somebody is still at work in the background, on what this run came not to need, Python would take
    the ground from under him, and may die of it: such a process ends at once.
    """
    if any(thread.daemon for thread in threading.enumerate()):
        os._exit(settle(code))
    gc.freeze()  # nothing is searched for cycles


def _run(given: list[str]) -> int:
    if names_a_key_flag(given):
        return _end(given, _key_flag_refused)
    left_out = without_value(given)
    if left_out is not None:
        return _end(given, _wrong_usage, f"Option '{left_out}' requires an argument.")
    import typer  # noqa: PLC0415 - slow to import

    from reconciler.cli.app import app  # noqa: PLC0415 - brings typer along

    typed = as_a_question(given) or given
    program = typer.main.get_command(_only(app, typed[:1]))
    try:
        ending = program.main(typed, prog_name="mimo-code-setup", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return _end(given, _interrupted)
    except Exception as error:  # noqa: BLE001 - the last net: a traceback in a terminal is a fault
        return _end(given, _complaint, error)
    return _told(given, ending)


def _only(app: Typer, name: list[str]) -> Typer:
    """Leave what is not typed out: to build all of the command line takes longer than to run most of it."""
    commands = [one for one in app.registered_commands if [one.name] == name]
    groups = [one for one in app.registered_groups if [one.name] == name]
    if not (commands or groups) or name == ["help"]:
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
        DESK.settle()  # what was done stands: an interrupt of its telling would deny it
        return ending.tell()
    if ending == INTERRUPTED:  # what typer makes of Ctrl-C
        return _end(given, _interrupted)
    return ending if isinstance(ending, int) else 0


def _complaint(given: list[str], error: Exception) -> Report:
    # typer brings its own parser along; all of that parser's complaints can be told this way
    message = getattr(error, "format_message", None)
    return _internal(given, error) if message is None else _wrong_usage(given, str(message()))


def _end(given: list[str], make: Callable[..., Report], *about: object) -> int:
    """Tell of an ending that no command told of. Nothing is told twice, however often Ctrl-C is pressed."""
    DESK.settle()
    from reconciler.cli.output import Ending, Manner  # noqa: PLC0415 - slow to import

    manner = Manner(json=asks_for_json(given), no_color="--no-color" in flags(given))
    return Ending(manner).of(make(given, *about)).tell()


def _report(given: list[str], code: str, message: str, remedy: str) -> Report:
    from reconciler.commands.report import Outcome, Report  # noqa: PLC0415 - slow to import
    from reconciler.engine.problems import Blocker  # noqa: PLC0415 - same

    blocker = Blocker(code, message, remedy, "command line")
    return Report(command(given), Outcome.BLOCKED, blockers=(blocker,))


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

    words = named(given)
    asked = " ".join(("mimo-code-setup", *words, *(() if words == ["help"] else ("--help",))))
    report = _report(given, "usage", printable(" ".join(message.split())), f"see `{asked}`")
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
