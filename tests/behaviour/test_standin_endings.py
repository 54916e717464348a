"""How a process of the program ends: nothing is taken apart while somebody works on it."""

import subprocess
import sys
from typing import Final

import pytest

from fixtures.canary import CANARY_KEY
from tests.support.sandbox import TIME_LIMIT, Sandbox
from tests.support.shims import replace_mimo

ROUNDS: Final = 12
BACKGROUND: Final = """
import atexit, os, sys, threading, time
atexit.register(os.write, 2, b"taken apart")
if sys.argv.pop(1) == "busy":
    threading.Thread(target=time.sleep, args=(300,), daemon=True).start()
from reconciler.cli.main import main
main()
"""


def ending(machine: Sandbox, *arguments: str) -> tuple[int, bool]:
    """Run the program beside a thread that works, or not: its exit code, and whether it was taken apart."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", BACKGROUND, *arguments],
        cwd=machine.outside,
        env=machine.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert done.stdout
    return done.returncode, b"taken apart" in done.stderr


@pytest.mark.parametrize(("arguments", "code"), [(("--version",), 0), (("xyzzy", "--json"), 64)])
def test_where_somebody_is_at_work_nothing_is_taken_apart(
    machine: Sandbox, arguments: tuple[str, ...], code: int
) -> None:
    """What was to be said is said, and the exit code is the same."""
    assert ending(machine, "busy", *arguments) == (code, False)
    assert ending(machine, "idle", *arguments) == (code, True)


def test_a_run_that_is_stopped_while_others_work_ends_as_it_says(machine: Sandbox) -> None:
    """The gateway is asked meanwhile, and that may be anywhere: in an import, in TLS, or waiting."""
    replace_mimo(machine, "kill -9 $$")
    apply = ("apply", "--scope", "user", "--yes", "--json")
    codes = [machine.run(*apply, key=CANARY_KEY).exit_code for _ in range(ROUNDS)]
    assert codes == [1] * ROUNDS
