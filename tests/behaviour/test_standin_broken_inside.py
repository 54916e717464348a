"""The program fails inside of itself, with the key in the very message: nobody sees it, nothing is lost."""

import subprocess
import sys
from typing import Final

import pytest

from fixtures.canary import CANARY_KEY, CANARY_MARK
from tests.support.breaking import COUNTED
from tests.support.documents import CONFIGS
from tests.support.sandbox import TIME_LIMIT, Result, Sandbox, read_report
from tests.support.switches import some
from tests.support.target import REPOSITORY

SHARDS: Final = 4
FIRST: Final = 1
"""Behind the call that silences the interpreter itself, which is the first of all."""
APPLY: Final = ("apply", "--scope", "user", "--yes")


def broken(machine: Sandbox, at: int, *arguments: str, **env: str) -> Result:
    """Run the program with one boundary failing, on a machine of the sandbox's."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tests.support.breaking", str(at), *arguments],
        cwd=machine.outside,
        env=machine.environment(GONKAGATE_API_KEY=CANARY_KEY, PYTHONPATH=str(REPOSITORY), **env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    result = Result(arguments, done.returncode, done.stdout.decode(), done.stderr.decode(), None)
    machine.results.append(result)
    return result


def boundaries(result: Result) -> int:
    """Read how many boundaries a run crossed."""
    return int(result.stderr.rpartition(COUNTED)[2])


def fresh(machine: Sandbox) -> bytes:
    """Give the home a config, and take away what is ours."""
    assert machine.run("uninstall", "--yes").exit_code in (0, 5)
    content = (CONFIGS / "comments.jsonc").read_bytes()
    machine.mimo_config_folder.mkdir(parents=True, exist_ok=True)
    machine.user_config.write_bytes(content)
    return content


@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("way", ["text", "json", "verbose"])
def test_a_fault_at_any_boundary_shows_nothing_and_loses_nothing(
    sandbox: Sandbox, shard: int, way: str
) -> None:
    """No key, no traceback, an exit code that is none of success's, and files that are whole."""
    words = (*APPLY, *{"text": (), "json": ("--json",), "verbose": ("--verbose",)}[way])
    before = fresh(sandbox)
    crossed = boundaries(broken(sandbox, -1, *words))
    after = sandbox.user_config.read_bytes()
    assert crossed > 50
    for at in some(range(FIRST, crossed), 30)[shard::SHARDS]:
        fresh(sandbox)
        result = broken(sandbox, at, *words, PYTHONFAULTHANDLER="1", PYTHONDEVMODE="1")
        text = result.stdout + result.stderr
        assert CANARY_MARK not in text, at
        assert "Traceback" not in text, (at, text)
        if way == "json" and result.stdout:
            read_report(result.stdout, result.stderr)
        assert sandbox.user_config.read_bytes() in (before, after), at
        assert result.exit_code != 0 or sandbox.user_config.read_bytes() == after, at
