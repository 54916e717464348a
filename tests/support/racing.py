"""Somebody else at work on the same files: runs side by side, and a program that keeps rewriting a config.

Run as a program, this module is the rewriter: it reads the config, adds a numbered option to a provider of
its own, and writes it back, over and over, until it is told to stop. It notes of every rewrite what only the
one who wrote can know: whether what it wrote last was still there, and whether it wrote over somebody.
"""

import ctypes
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import attrs

from tests.support.sandbox import Result, Sandbox
from tests.support.target import REPOSITORY

PATIENCE: Final = 60.0
OPTIONS: Final = ("provider", "mine", "options")
# How many of its options the program keeps, so that a config does not grow without end.
_KEPT: Final = 50
_EXCHANGE: Final = 2
_HERE: Final = -100

# Every renaming call waits half a second before the kernel begins with it.
SLOW_RENAMES: Final = (
    *("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=rename,renameat,renameat2"),
    *("-e", "inject=rename,renameat,renameat2:delay_enter=500000"),
)


def rounds() -> int:
    """Return how often a race is run: 2 times, or as often as `FAULT_ROUNDS` says."""
    return int(os.environ.get("FAULT_ROUNDS") or "2")


def together(*calls: Callable[[], Result]) -> list[Result]:
    """Make calls side by side and return what came of them, in the order in which they were given."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def wait_until(is_so: Callable[[], object], what: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


def openers(path: Path) -> list[int]:
    """Return the processes that have a file open."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(link.readlink() == path for link in (process / "fd").iterdir()):
                found.append(int(process.name))
    return found


def stand_still(machine: Sandbox) -> bool:
    """Say whether a process of a machine is held back in a renaming call, by `SLOW_RENAMES`."""
    mark = os.fsencode(f"HOME={machine.home}")
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (process / "environ").read_bytes().split(b"\0") and _is_held(process):
                return True
    return False


def _is_held(process: Path) -> bool:
    """Say whether a process is stopped by its tracer, and still is a moment later."""
    for _ in range(10):
        if (process / "stat").read_text().rpartition(")")[2].split()[0] != "t":
            return False
        time.sleep(0.005)
    return True


def held_open(machine: Sandbox) -> tuple[str, Path, Path]:
    """Return a shell script that says that it was reached and waits, and the files for the two."""
    reached, go = machine.root / "reached", machine.root / "go"
    return f'touch "{reached}"; while [ ! -e "{go}" ]; do sleep 0.02; done', reached, go


def load(path: Path) -> dict[str, Any]:
    """Return a config that holds no comments."""
    tree: dict[str, Any] = json.loads(path.read_bytes())
    return tree


def options(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the provider that belongs to the other program."""
    for name in OPTIONS:
        tree = tree[name]
    return dict(tree)


def with_option(data: bytes, name: str, value: int) -> bytes:
    """Return a config with one more option, written as editors write."""
    tree = json.loads(data)
    at = tree
    for segment in OPTIONS:
        at = at[segment]
    at[name] = value
    for old in [key for key in at if key.startswith("edit-")][:-_KEPT]:
        del at[old]
    return json.dumps(tree, indent=2).encode() + b"\n"


def save_by_rename(path: Path, data: bytes) -> None:
    """Save as editors do: a new file beside it, then a rename."""
    beside = path.with_name(f"{path.name}.mine")
    beside.write_bytes(data)
    beside.replace(path)


# The program that keeps rewriting


@attrs.frozen
class Rewrite:
    """One rewrite as the program noted it.

    `lost`: what it had written last was not there any more. `over`: in the moment of writing there stood
    something else than it had read, and is gone by its own doing.
    """

    number: int
    lost: bool
    over: bool


@attrs.define
class Rewriter:
    """A program at work on a config."""

    log: Path
    rewrites: list[Rewrite] = attrs.field(factory=list)

    def noted(self) -> list[Rewrite]:
        """Return what it noted up to now."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [Rewrite(**json.loads(line)) for line in lines]


@contextmanager
def rewriting(config: Path, folder: Path, manner: str, seed: int) -> Iterator[Rewriter]:
    """Have the program at work during the block, `in place` or `by rename`; then `rewrites` are there."""
    log, end = folder / "rewrites.jsonl", folder / "rewriter-ends"
    for path in (log, end):
        path.unlink(missing_ok=True)
    command = [sys.executable, "-P", "-m", "tests.support.racing", manner, str(config), str(log), str(end)]
    process = subprocess.Popen([*command, str(seed)], cwd=REPOSITORY, env={"PYTHONPATH": str(REPOSITORY)})
    program = Rewriter(log)
    try:
        wait_until(program.noted, "the first rewrite")
        yield program
    finally:
        end.touch()
        assert process.wait(PATIENCE) == 0, "the other program failed"
        program.rewrites = program.noted()


def main() -> None:
    """Rewrite until the end is there: by the seed briskly, or with pauses in which a run can succeed."""
    manner, config, log, end = sys.argv[1], *map(Path, sys.argv[2:5])
    seed = int(sys.argv[5])
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    longest = (100, 2000)[seed % 2]
    numbers = [int(key[5:]) for key in options(load(config)) if key.startswith("edit-")]
    number = max(numbers, default=0)
    expected = bool(numbers)
    rewrite = _in_place if manner == "in place" else _by_rename
    with log.open("ab", buffering=0) as stream:
        while not end.exists():
            number += 1
            before, over = rewrite(config, number)
            lost = expected and f"edit-{number - 1}" not in options(json.loads(before))
            expected = True
            stream.write(json.dumps({"number": number, "lost": lost, "over": over}).encode() + b"\n")
            _pause(0.001 * longest ** chance.random(), end)


def _pause(seconds: float, end: Path) -> None:
    """Rest, unless the end comes first."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not end.exists():
        time.sleep(min(left, 0.02))


def _in_place(config: Path, number: int) -> tuple[bytes, bool]:
    """Read, truncate and write one and the same open file: nobody can be written over in it."""
    with config.open("r+b", buffering=0) as stream:
        before = stream.read()
        after = with_option(before, f"edit-{number}", number)
        stream.seek(0)
        stream.truncate()
        stream.write(after)
    return before, False


def _by_rename(config: Path, number: int) -> tuple[bytes, bool]:
    """Rename a new file over the old one, in the way that leaves the old one to look at."""
    before = config.read_bytes()
    beside = config.with_name(f"{config.name}.mine")
    beside.write_bytes(with_option(before, f"edit-{number}", number))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(_HERE, os.fsencode(beside), _HERE, os.fsencode(config), _EXCHANGE) != 0:
        raise OSError(ctypes.get_errno(), "the files cannot be exchanged")
    displaced = beside.read_bytes()
    beside.unlink()
    return before, displaced != before


if __name__ == "__main__":
    main()
