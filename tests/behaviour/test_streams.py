"""Terminals and streams of every kind take what is shown: without colours, without Unicode, narrow, dumb."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any, Final

import pexpect
import pytest
from rich.cells import cell_len

from fixtures.canary import CANARY_KEY
from tests.support.documents import KIMI
from tests.support.printed import read_object
from tests.support.sandbox import TIME_LIMIT, Sandbox, program

PLAN: Final = ("plan", "--scope", "user")
WIDE: Final = "模型一個很長的名稱…"
ODD: Final = {
    "object": "list",
    "data": [
        {"id": KIMI, "object": "model", "name": WIDE},
        {"id": "maker/from-right-to-left", "object": "model", "name": "דגם גדול"},
        {"id": "maker/override", "object": "model", "name": "\u202egnp.exe"},
    ],
}
ASCII_ALONE: Final = {"LC_ALL": "C", "LANG": None, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
PROGRESS: Final = re.compile(r"\r\x1b\[K[^\r\n]*(?=\r\x1b\[K)|\r\x1b\[K")

pytestmark = pytest.mark.standin


@pytest.fixture(name="odd")
def _odd(sandbox: Sandbox) -> Sandbox:
    """Make a machine whose gateway lists names that are wide, from right to left, and made to deceive."""
    sandbox.gateway.models_answer = 200, {"Content-Type": "application/json"}, json.dumps(ODD).encode()
    sandbox.mimo_config_folder.mkdir(parents=True)
    sandbox.user_config.write_text(json.dumps({"model": f"acme/{WIDE}"}), encoding="utf-8")
    return sandbox


def on_terminal(machine: Sandbox, columns: int, *arguments: str, **env: str | None) -> str:
    """Run the program in a terminal and return all that appeared there, but for the line of progress."""
    command = program(*arguments)
    with_key = {"TERM": "xterm", "GONKAGATE_API_KEY": CANARY_KEY, **env}
    child = pexpect.spawn(
        command[0],
        command[1:],
        cwd=str(machine.outside),
        env=machine.environment(**with_key),
        encoding="utf-8",
        timeout=TIME_LIMIT,
        dimensions=(60, columns),
    )
    shown: str = child.read()
    child.close()
    assert child.exitstatus == 0, shown
    return PROGRESS.sub("", shown)


@pytest.mark.parametrize(
    ("flags", "env", "coloured"),
    [
        ((), {}, True),
        (("--no-color",), {}, False),
        ((), {"NO_COLOR": "1"}, False),
        ((), {"TERM": "dumb"}, False),
    ],
    ids=["a terminal", "--no-color", "NO_COLOR", "a dumb terminal"],
)
def test_colours_are_for_terminals_that_have_them(
    odd: Sandbox,
    flags: tuple[str, ...],
    env: dict[str, str],
    coloured: bool,  # noqa: FBT001 - a table's answer
) -> None:
    """The symbols say the same without."""
    shown = on_terminal(odd, 60, *PLAN, *flags, **env)
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-7]m", shown)) is coloured
    plain = COLOUR.sub("", shown).splitlines()
    assert any(line.startswith("  + provider.gonkagate.npm") for line in plain)
    assert any(line.startswith("  ~ model") for line in plain)
    assert [line for line in plain if cell_len(line) > 60] == []
    assert "\u202e" not in shown


def test_a_terminal_without_unicode_gets_everything_in_ascii(odd: Sandbox) -> None:
    """Nothing fails, nothing stands beyond the edge, and what cannot be shown is spelled."""
    shown = on_terminal(odd, 60, *PLAN, "--verbose", **ASCII_ALONE)
    assert shown.isascii()
    assert "\\u6a21" in shown
    assert [line for line in COLOUR.sub("", shown).splitlines() if len(line) > 60] == []


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_a_file_of_any_encoding_takes_what_is_shown(odd: Sandbox, encoding: str) -> None:
    """What the encoding has not is spelled; with --json it is one object in every one."""
    env = {"PYTHONIOENCODING": encoding, "GONKAGATE_API_KEY": CANARY_KEY}
    for arguments in ((*PLAN, "--verbose"), ("help", "write_failed"), ("--help",), (*PLAN, "--json")):
        done = subprocess.run(
            program(*arguments),
            cwd=odd.outside,
            env=odd.environment(**env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        shown = done.stdout.decode(encoding)
        assert (done.returncode, done.stderr) == (0, b""), arguments
        assert "\x1b" not in shown
        assert "--json" not in arguments or read_object(shown)["outcome"] == "changes"


def asked_with_json(machine: Sandbox, *arguments: str) -> Iterator[Any]:
    """Start the program at a terminal, its output a file; yield the terminal, then code and output."""
    out = machine.root / "out"
    command = " ".join(f"'{word}'" for word in program(*arguments))
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", f"exec {command} > '{out}'"],
        cwd=str(machine.project),
        env=machine.environment(TERM="xterm"),
        encoding="utf-8",
        timeout=TIME_LIMIT,
    )
    yield child
    child.expect(pexpect.EOF)
    child.close()
    yield child.exitstatus, out.read_text()


@pytest.mark.parametrize("arguments", [("--json",), ("apply", "--scope", "user", "--json")])
def test_an_interrupt_at_a_question_is_one_object(sandbox: Sandbox, arguments: tuple[str, ...]) -> None:
    """Who presses Ctrl-C where the key is asked for leaves an object for whoever reads the output."""
    asking = asked_with_json(sandbox, *arguments)
    child = next(asking)
    child.expect("GonkaGate API key")
    child.sendintr()
    code, printed = next(asking)
    assert code == 130
    report = read_object(printed)
    assert [blocker["code"] for blocker in report["blockers"]] == ["interrupted"]
    assert not sandbox.own_folder.exists()
