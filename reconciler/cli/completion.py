"""Completion in a shell: the script that switches it on, and the answers that the script asks for.

The parser's own machinery finds commands, flags and fixed values, and speaks zsh and fish. Bash has a script
of our own, because it takes words apart at `:` and `=`, which ids of models and flags contain. A TAB never
shows an error: where there is nothing to complete, nothing is said.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAMS: Final = ("mimo-code-setup", "gonkagate-mimo-code")
VARIABLE: Final = "_MIMO_CODE_SETUP_COMPLETE"
"""Set by the script, it makes the program answer instead of run."""
_BASH: Final = """\
_mimo_code_setup_completion() {
    local item typed=${COMP_LINE:0:COMP_POINT} kept=
    local word=${typed##*[[:space:]]}
    # Bash replaces only what stands behind the last = or : of a word.
    case $word in --*=*) word=${word#*=} ;; esac
    case $COMP_WORDBREAKS in *:*) kept=${word%"${word##*:}"} ;; esac
    COMPREPLY=()
    while IFS=$'\\t' read -r item _; do
        COMPREPLY+=("${item#"$kept"}")
    done < <(VARIABLE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args \\
        _TYPER_COMPLETE_ARGS="$typed" "$1" 2>/dev/null)
}
complete -o default -o bashdefault -F _mimo_code_setup_completion PROGRAMS
"""


def script(shell: str) -> str:
    """Return what switches completion on in a shell: bash, zsh or fish."""
    if shell == "bash":
        return _BASH.replace("VARIABLE", VARIABLE).replace("PROGRAMS", " ".join(PROGRAMS))
    # The parser's scripts are typed as its own affair, and are what its documented flag prints.
    from typer.completion import get_completion_script  # type: ignore[attr-defined] # noqa: PLC0415

    scripts = (get_completion_script(prog_name=name, complete_var=VARIABLE, shell=shell) for name in PROGRAMS)
    return "\n\n".join(scripts) + "\n"


def answer() -> int:
    """Answer a shell that asks; what goes wrong stays unsaid, and ends with 1, which means nothing found."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 2)
    try:
        return _answered()
    except Exception:  # noqa: BLE001 - nobody asked for more than a completion
        return 1
    finally:
        os.close(quiet)


def _answered() -> int:
    import typer  # noqa: PLC0415 - slow to import
    from typer.completion import completion_init  # type: ignore[attr-defined] # noqa: PLC0415

    from reconciler.cli.app import app  # noqa: PLC0415 - same

    completion_init()
    try:
        typer.main.get_command(app).main([], prog_name=PROGRAMS[0], complete_var=VARIABLE)
    except SystemExit as ending:
        sys.stdout.flush()
        return ending.code if isinstance(ending.code, int) else 1
    return 1


def models(incomplete: str) -> list[str]:
    """Complete a model by its id, or by the reference that MiMoCode shows."""
    from reconciler.commands import suggestions  # noqa: PLC0415 - only on a TAB
    from reconciler.gonkagate.facts import PROVIDER  # noqa: PLC0415 - same

    known = suggestions.models(_environment())
    front = f"{PROVIDER}/"
    return [f"{front}{one}" for one in known] if incomplete.startswith(front) else list(known)


def saved() -> list[tuple[str, str]]:
    """Complete what can be brought back."""
    from reconciler.commands import suggestions  # noqa: PLC0415 - only on a TAB

    return list(suggestions.saved(_environment()))


def keys() -> list[str]:
    """Complete a key of MiMoCode's configuration."""
    from reconciler.commands import suggestions  # noqa: PLC0415 - only on a TAB

    return list(suggestions.keys(_environment()))


def topics() -> list[str]:
    """Complete what `help` can tell of: a command, or the code of a blocker."""
    from reconciler.cli.arguments import COMMANDS  # noqa: PLC0415 - only on a TAB
    from reconciler.cli.pages import blockers  # noqa: PLC0415 - same

    return [*COMMANDS, *blockers()]


def _environment() -> Mapping[str, str]:
    return dict(os.environ)
