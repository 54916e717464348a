"""The commands and their flags. Each one turns what was typed into a request and returns its report.

What a command needs is imported when it runs, so that `--help` and `--version` start fast.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Optional

import typer

from reconciler.cli import completion
from reconciler.version import __version__

if TYPE_CHECKING:
    from reconciler.cli.output import Ending
    from reconciler.commands.request import Selection
    from reconciler.commands.world import World
    from reconciler.engine.values import KeyPath

app = typer.Typer(
    name="mimo-code-setup",
    help="Set up GonkaGate as a provider of MiMoCode: preview, apply, check, take out again.",
    epilog="Without a command: guided set-up (plan, a question, apply).",
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Scope = Annotated[
    Optional[Literal["user", "project"]],  # noqa: UP045 - typer reads this form on every Python we support
    typer.Option("--scope", help="Make the model the default everywhere (user) or in this project alone."),
]
_Model = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--model", metavar="ID", help="The catalog id of the model.", autocompletion=completion.models
    ),
]
_Small = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--small-model",
        metavar="ID",
        help="The model for small tasks: as recorded, else the model itself.",
        autocompletion=completion.models,
    ),
]
_Stdin = Annotated[bool, typer.Option("--api-key-stdin", help="Read the API key from standard input.")]
_Cwd = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--cwd", metavar="DIR", help="Work as if started in this folder."),
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
_NoColor = Annotated[bool, typer.Option("--no-color", help="Print without colours.")]
_Verbose = Annotated[bool, typer.Option("--verbose", help="List every single change.")]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def _tell_version(*, json: bool, verbose: bool) -> object:
    if not (json or verbose):
        typer.echo(__version__)
        raise typer.Exit
    from reconciler.cli.about import tell  # noqa: PLC0415 - see the module's docstring
    from reconciler.cli.signals import DESK  # noqa: PLC0415 - same

    DESK.settle()  # nothing was begun that an interrupt could stop
    tell(dict(os.environ), as_json=json)
    raise typer.Exit


def _ending(
    *, detailed: bool = False, json: bool = False, no_color: bool = False, verbose: bool = False
) -> Ending:
    from reconciler.cli.output import Ending, Manner  # noqa: PLC0415 - see the module's docstring

    return Ending(Manner(json=json, no_color=no_color, verbose=verbose), detailed=detailed)


def _world(ending: Ending, folder: Path | None, *, stdin: bool = False, guided: bool = False) -> World:
    from reconciler.cli import prompts  # noqa: PLC0415
    from reconciler.cli.signals import DESK  # noqa: PLC0415
    from reconciler.commands.world import Nobody, World  # noqa: PLC0415

    here = Path.cwd() if folder is None else (Path.cwd() / folder)
    if not here.is_dir():
        raise typer.BadParameter(f"no such folder: {here}", param_hint="--cwd")
    return World(
        dict(os.environ),
        here,
        stdin=sys.stdin.buffer if stdin else None,
        dialogue=Nobody() if stdin else prompts.dialogue(ending.manner, guided=guided),
        progress=prompts.progress(ending.manner, guided=guided and not stdin),
        interrupts=DESK,
    )


def _selection(
    scope: Literal["user", "project"] | None, model: str | None, small_model: str | None
) -> Selection:
    from reconciler.commands.request import Selection  # noqa: PLC0415

    return Selection(scope, model, small_model)


@app.callback(invoke_without_command=True)
def setup(
    context: typer.Context,
    scope: _Scope = None,
    model: _Model = None,
    small_model: _Small = None,
    api_key_stdin: _Stdin = False,
    cwd: _Cwd = None,
    yes: _Yes = False,
    json: _Json = False,
    no_color: _NoColor = False,
    verbose: _Verbose = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version; with --verbose the audited ones too.")
    ] = False,
) -> object:
    """Guided set-up: plan, a question, apply."""
    if version:
        return _tell_version(json=json, verbose=verbose)
    if context.invoked_subcommand is not None:
        if any((scope, model, small_model, api_key_stdin, cwd, yes, json, no_color, verbose)):
            raise typer.BadParameter("put the flags behind the command")
        return None
    from reconciler.commands.apply import apply as run  # noqa: PLC0415

    ending = _ending(json=json, no_color=no_color, verbose=verbose)
    world = _world(ending, cwd, stdin=api_key_stdin, guided=not yes)
    selection = _selection(scope, model, small_model)
    return ending.of(run(world, selection, yes=yes, guided=not yes, command="setup"))


@app.command("plan")
def plan(
    scope: _Scope = None,
    model: _Model = None,
    small_model: _Small = None,
    api_key_stdin: _Stdin = False,
    cwd: _Cwd = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 when there are changes to make.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Use the catalog of the last apply instead of asking for it.")
    ] = False,
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--out", metavar="FILE", help="Save the plan, for `apply FILE` to carry out."),
    ] = None,
    json: _Json = False,
    no_color: _NoColor = False,
    verbose: _Verbose = False,
) -> object:
    """Preview what apply would change. Writes nothing but the plan itself, with --out."""
    from reconciler.commands.plan import plan as run  # noqa: PLC0415
    from reconciler.commands.request import PlanOptions  # noqa: PLC0415

    ending = _ending(detailed=detailed_exitcode, json=json, no_color=no_color, verbose=verbose)
    world = _world(ending, cwd, stdin=api_key_stdin)
    options = PlanOptions(offline=offline, out=out)
    return ending.of(run(world, _selection(scope, model, small_model), options))


def _refuse_key(file: Path) -> None:
    """Tell somebody who put his key where a file is meant what to do about it."""
    from reconciler.gonkagate.key import PREFIX  # noqa: PLC0415

    if file.name.startswith(PREFIX) and not os.path.lexists(file):
        raise typer.BadParameter(
            "there is no such file. A key is never taken from the command line, where other users and your "
            "shell's history see it: if that was one, replace it in your GonkaGate account",
            param_hint="FILE",
        )


@app.command("apply")
def apply(
    file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(metavar="FILE", help="A plan that `plan --out` saved: exactly that, without asking."),
    ] = None,
    scope: _Scope = None,
    model: _Model = None,
    small_model: _Small = None,
    api_key_stdin: _Stdin = False,
    cwd: _Cwd = None,
    yes: _Yes = False,
    json: _Json = False,
    no_color: _NoColor = False,
    verbose: _Verbose = False,
) -> object:
    """Make it so, with backups, and prove by MiMoCode's own resolution that it worked."""
    ending = _ending(json=json, no_color=no_color, verbose=verbose)
    if file is not None:
        if any(given is not None for given in (scope, model, small_model, cwd)):
            raise typer.BadParameter("a saved plan says scope, model and folder itself", param_hint="FILE")
        _refuse_key(file)
        from reconciler.commands.apply_saved import apply_saved  # noqa: PLC0415

        return ending.of(apply_saved(_world(ending, None, stdin=api_key_stdin), file))
    from reconciler.commands.apply import apply as run  # noqa: PLC0415

    world = _world(ending, cwd, stdin=api_key_stdin)
    return ending.of(run(world, _selection(scope, model, small_model), yes=yes))


@app.command("status")
def status(
    cwd: _Cwd = None,
    fast: Annotated[bool, typer.Option("--fast", help="Compare files alone; start no MiMoCode.")] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Ask MiMoCode and the catalog, whatever is remembered.")
    ] = False,
    json: _Json = False,
    no_color: _NoColor = False,
    verbose: _Verbose = False,
) -> object:
    """Find drift: compare what was set up with what stands there and what MiMoCode resolves."""
    from reconciler.commands.status import status as run  # noqa: PLC0415

    if fast and refresh:
        raise typer.BadParameter("--fast starts nothing and --refresh asks everybody: choose one")
    ending = _ending(json=json, no_color=no_color, verbose=verbose)
    return ending.of(run(_world(ending, cwd), fast=fast, refresh=refresh))


@app.command("uninstall")
def uninstall(
    cwd: _Cwd = None,
    yes: _Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be taken out.")] = False,
    this_project: Annotated[
        bool, typer.Option("--this-project", help="Take out this project's activation alone.")
    ] = False,
    keep_key: Annotated[bool, typer.Option("--keep-key", help="Leave the stored API key.")] = False,
    json: _Json = False,
    no_color: _NoColor = False,
    verbose: _Verbose = False,
) -> object:
    """Take everything out again and give back what stood there before."""
    from reconciler.commands.request import UninstallOptions  # noqa: PLC0415
    from reconciler.commands.uninstall import uninstall as run  # noqa: PLC0415

    ending = _ending(json=json, no_color=no_color, verbose=verbose)
    options = UninstallOptions(yes, dry_run, this_project, keep_key)
    return ending.of(run(_world(ending, cwd), options))


@app.command("explain")
def explain(
    keys: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            metavar="KEY",
            help="A key of MiMoCode's configuration, as reports spell it.",
            autocompletion=completion.keys,
        ),
    ] = None,
    cwd: _Cwd = None,
    json: _Json = False,
    no_color: _NoColor = False,
    verbose: _Verbose = False,
) -> object:
    """Tell which of MiMoCode's layers decides a key, what lies beneath it, and what of it is ours."""
    from reconciler.commands.explain import explain as run  # noqa: PLC0415

    ending = _ending(json=json, no_color=no_color, verbose=verbose)
    return ending.of(run(_world(ending, cwd), tuple(_key(text) for text in keys or ())))


@app.command("audit")
def audit(
    record: Annotated[
        bool, typer.Option("--record", help="Remember a MiMoCode for which everything required holds.")
    ] = False,
    json: _Json = False,
    no_color: _NoColor = False,
    verbose: _Verbose = False,
) -> object:
    """Try all that is relied on in MiMoCode, in a throw-away home with a made-up key."""
    from reconciler.commands.audit import audit as run  # noqa: PLC0415

    ending = _ending(json=json, no_color=no_color, verbose=verbose)
    return ending.of(run(_world(ending, None), record=record))


def _key(text: str) -> KeyPath:
    from reconciler.engine.values import parse_key  # noqa: PLC0415

    try:
        return parse_key(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{error}; a key is spelled like 'provider.gonkagate.models[\"a/b-1.2\"].name'", param_hint="KEY"
        ) from None


backups = typer.Typer(
    help="What files held before: list the copies, and bring one back.", rich_markup_mode=None
)
app.add_typer(backups, name="backups", invoke_without_command=True)


@backups.callback()
def backups_alone(
    context: typer.Context, json: _Json = False, no_color: _NoColor = False, verbose: _Verbose = False
) -> object:
    """List what files held before, or bring one of them back."""
    if context.invoked_subcommand is None:
        return list_backups(json=json, no_color=no_color, verbose=verbose)
    if any((json, no_color, verbose)):
        raise typer.BadParameter("put the flags behind the command")
    return None


@backups.command("list")
def list_backups(json: _Json = False, no_color: _NoColor = False, verbose: _Verbose = False) -> object:
    """Show what was replaced, when, and by which command. The newest comes first."""
    from reconciler.commands.backups import list_backups as run  # noqa: PLC0415

    ending = _ending(json=json, no_color=no_color, verbose=verbose)
    return ending.of(run(_world(ending, None)))


@backups.command("restore")
def restore_backup(
    identifier: Annotated[
        str,
        typer.Argument(metavar="ID", help="What `backups list` shows.", autocompletion=completion.saved),
    ],
    yes: _Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be brought back.")] = False,
    discard_edits: Annotated[
        bool, typer.Option("--discard-edits", help="Go back although the file was edited since.")
    ] = False,
    json: _Json = False,
    no_color: _NoColor = False,
    verbose: _Verbose = False,
) -> object:
    """Bring a file back to what it held before: one (ID.N), or all of a run (ID)."""
    from reconciler.commands.backups import restore as run  # noqa: PLC0415
    from reconciler.commands.request import RestoreOptions  # noqa: PLC0415

    ending = _ending(json=json, no_color=no_color, verbose=verbose)
    return ending.of(run(_world(ending, None), identifier, RestoreOptions(yes, dry_run, discard_edits)))


@app.command("demo")
def demo(
    json: _Json = False,
    no_color: _NoColor = False,
    verbose: _Verbose = False,
) -> object:
    """Walk the whole road in a throw-away home: no network, no key, no MiMoCode needed."""
    from reconciler.cli.narration import Narrator  # noqa: PLC0415
    from reconciler.commands.demo import demo as run  # noqa: PLC0415

    ending = _ending(json=json, no_color=no_color, verbose=verbose)
    return ending.of(run(dict(os.environ), Narrator(ending.manner)))


@app.command("completion")
def completion_script(
    shell: Annotated[
        Literal["bash", "zsh", "fish"], typer.Argument(metavar="SHELL", help="bash, zsh or fish.")
    ],
) -> object:
    """Print what makes a shell complete commands, flags and models on TAB."""
    typer.echo(completion.script(shell), nl=False)
    raise typer.Exit


@app.command("help")
def tell_of(
    context: typer.Context,
    topics: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            metavar="TOPIC", help="A blocker's code, or a command.", autocompletion=completion.topics
        ),
    ] = None,
    json: _Json = False,
    no_color: _NoColor = False,
    verbose: _Verbose = False,
) -> object:
    """Tell what a blocker means and what to do about it, or how a command is used."""
    from reconciler.cli.help import commands_below  # noqa: PLC0415
    from reconciler.cli.pages import UnknownTopicError, told  # noqa: PLC0415

    ending = _ending(json=json, no_color=no_color, verbose=verbose)
    assert context.parent is not None  # noqa: S101 - this command stands below the program's own
    try:
        return ending.of(told(topics or (), dict(commands_below(context.parent))))
    except UnknownTopicError as error:
        raise typer.BadParameter(str(error), param_hint="TOPIC") from None
