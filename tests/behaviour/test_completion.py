"""Completion on TAB, in a real bash and as zsh and fish ask for it: it writes nothing and never complains."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pexpect
import pytest

from fixtures.canary import CANARY_KEY
from reconciler.cli.completion import PROGRAMS, VARIABLE
from tests.behaviour.conftest import Machines
from tests.support.documents import KIMI, QWEN, ref
from tests.support.pictures import left_alone, users_files
from tests.support.readme import install_program
from tests.support.sandbox import TIME_LIMIT, Result, Sandbox

pytestmark = pytest.mark.standin

BASH: Final = shutil.which("bash") or "bash"
COLON: Final = "acme/writer:free"
ASK: Final = """\
source "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
$(complete -p "${2%% *}" | sed 's/.*-F \\([^ ]*\\).*/\\1/') "${2%% *}"
printf '%s\\n' "${COMPREPLY[@]}"
"""
"""What bash does on a TAB behind the text in `$2`: it calls the function registered for the command."""


def scripted(machine: Sandbox, shell: str) -> Path:
    """Save the script for a shell."""
    printed = machine.run("completion", shell)
    assert (printed.exit_code, printed.stderr) == (0, "")
    path = machine.root / f"completion.{shell}"
    path.write_text(printed.stdout)
    return path


@pytest.fixture(scope="module")
def ready(machines: Machines) -> Sandbox:
    """Set a machine up, with an awkward id in the remembered catalog, and the program on its PATH."""
    machine = machines("completing")
    for name in PROGRAMS:
        install_program(machine, name)
    assert machine.run("apply", "--scope", "user", "--yes", key=CANARY_KEY).exit_code == 0
    state = json.loads(machine.state_file.read_bytes())
    state["catalog"]["models"].append(COLON)
    machine.state_file.write_text(json.dumps(state))
    scripted(machine, "bash")
    return machine


def run_of(machine: Sandbox) -> str:
    """Return the number of the one run that was made."""
    (record,) = (path for path in machine.backups.glob("*.json") if re.fullmatch(r"[0-9a-f]{16}", path.stem))
    return record.stem


def bash(machine: Sandbox, line: str) -> list[str]:
    """Return what bash would offer behind a line."""
    done = subprocess.run(
        [BASH, "--norc", "-c", ASK, "bash", str(machine.root / "completion.bash"), line],
        cwd=machine.outside,
        env=machine.environment(),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]


def asked(machine: Sandbox, shell: str, line: str, **more: str) -> Result:
    """Ask the program as a shell's script does."""
    environment = {VARIABLE: f"complete_{shell}", "_TYPER_COMPLETE_ARGS": line, **more}
    return machine.run(env=environment)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("mimo-code-setup pl", ["plan"]),
        ("gonkagate-mimo-code unin", ["uninstall"]),
        ("mimo-code-setup backups ", ["list", "restore"]),
        ("mimo-code-setup plan --det", ["--detailed-exitcode"]),
        ("mimo-code-setup plan --scope ", ["user", "project"]),
        ("mimo-code-setup --scope u", ["user"]),
        ("mimo-code-setup apply --model moon", [KIMI]),
        ("mimo-code-setup apply --model=moon", [KIMI]),
        (f"mimo-code-setup apply --small-model {ref(KIMI)[:12]}", [ref(KIMI)]),
        ("mimo-code-setup plan --model acme/writer:", ["free"]),
        ("mimo-code-setup plan --model=acme/writer:f", ["free"]),
        ("mimo-code-setup plan --model acme/", [COLON]),
        ("mimo-code-setup explain small", ["small_model"]),
        (
            "mimo-code-setup explain model provider.gonkagate.options.b",
            ["provider.gonkagate.options.baseURL"],
        ),
        ("mimo-code-setup completion f", ["fish"]),
        ("mimo-code-setup help mimo_not_", ["mimo_not_found", "mimo_not_working"]),
        ("mimo-code-setup help uni", ["uninstall"]),
        ("mimo-code-setup plan --model no-such", [""]),
        ("mimo-code-setup plan --no-such-flag ", [""]),
        ("mimo-code-setup plan 'open", [""]),
    ],
)
def test_bash_is_offered_what_fits(ready: Sandbox, line: str, offered: list[str]) -> None:
    """Commands, flags, scopes, models and keys; behind a `:` or a `=` only what bash will put there."""
    assert bash(ready, line) == offered


def test_a_run_and_each_of_its_files_are_offered(ready: Sandbox) -> None:
    """The numbers that `backups list` shows."""
    run = run_of(ready)
    found = bash(ready, f"mimo-code-setup backups restore {run[:6]}")
    assert found == [run, *(f"{run}.{number}" for number in range(1, len(found)))]
    assert len(found) > 2


def test_a_person_presses_tab(ready: Sandbox) -> None:
    """In an interactive bash, where a script was sourced as its page says."""
    child = pexpect.spawn(
        BASH,
        ["--norc", "--noprofile", "-i"],
        cwd=str(ready.outside),
        env=ready.environment(TERM="dumb", PS1="> ", INPUTRC="/dev/null"),
        encoding="utf-8",
        timeout=TIME_LIMIT,
        dimensions=(24, 200),
    )
    try:
        child.sendline('eval "$(mimo-code-setup completion bash)"; echo sourced')
        child.expect("\r\nsourced\r\n")
        child.send("mimo-code-setup pl\t--mod\tmoon\t")
        child.expect_exact(f"plan --model {KIMI} ")
    finally:
        child.close(force=True)


def test_nothing_is_written_and_nobody_is_asked(ready: Sandbox) -> None:
    """Not a file, not a launch of MiMoCode, not a request."""
    before, calls, requests = users_files(ready), len(ready.calls()), len(ready.gateway.requests)
    for line in (
        "mimo-code-setup plan --model ",
        "mimo-code-setup backups restore ",
        "mimo-code-setup explain ",
    ):
        assert bash(ready, line) != [""]
    assert left_alone(ready, before)
    assert (len(ready.calls()), len(ready.gateway.requests)) == (calls, requests)


def test_fish_gets_what_it_asks_for(ready: Sandbox) -> None:
    """One candidate a line, a tab and its description behind it; and whether there is any."""
    found = asked(ready, "fish", "mimo-code-setup pl", _TYPER_COMPLETE_FISH_ACTION="get-args")
    assert found.stdout == "plan\tPreview what apply would change.\n"
    any_at_all = [
        asked(ready, "fish", f"mimo-code-setup {word}", _TYPER_COMPLETE_FISH_ACTION="is-args").exit_code
        for word in ("pl", "zz")
    ]
    assert any_at_all == [0, 1]


def test_zsh_gets_what_it_asks_for(ready: Sandbox) -> None:
    """One call of its own completion system, with the candidates quoted."""
    found = asked(ready, "zsh", "mimo-code-setup apply --model qw")
    assert found.stdout == f"_arguments '*: :((\"{QWEN}\"))'\n"
    assert asked(ready, "zsh", "mimo-code-setup apply --model zz").stdout == "_files\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_for_both_names(ready: Sandbox, shell: str) -> None:
    """And asks in a way that the program knows."""
    text = scripted(ready, shell).read_text()
    assert all(re.search(rf"\b{name}\b", text) for name in PROGRAMS)
    assert VARIABLE in text


DAMAGE: Final[dict[str, Any]] = {
    "no home": {"HOME": None},
    "a home that is no folder": {"HOME": "/dev/null"},
    "an instruction that nobody knows": {VARIABLE: "dance_fish"},
    "a shell that nobody knows": {VARIABLE: "complete_csh"},
    "an instruction that is half one": {VARIABLE: "complete"},
}


@pytest.mark.parametrize("case", [*DAMAGE, "a damaged state", "a state that is a folder", "nothing set up"])
def test_a_tab_never_shows_an_error(sandbox: Sandbox, case: str) -> None:
    """Whatever is wrong, there is nothing to complete and nothing is said."""
    if case == "a damaged state":
        sandbox.own_folder.mkdir(parents=True)
        sandbox.state_file.write_text("{")
    if case == "a state that is a folder":
        sandbox.state_file.mkdir(parents=True)
    environment = {
        VARIABLE: "complete_fish",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_ARGS": "mimo-code-setup plan --model ",
    }
    result = sandbox.run(env=environment | DAMAGE.get(case, {}))
    assert (result.stdout.strip(), result.stderr) == ("", "")
    assert sandbox.calls() == []


def test_without_a_shell_the_choices_are_named(sandbox: Sandbox) -> None:
    """On one line, as a person reads it."""
    told = sandbox.run("completion")
    assert told.exit_code == 64
    assert "Choose from: bash, zsh, fish" in told.stdout + told.stderr
