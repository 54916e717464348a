"""What a command does, as counts: what it imports, starts, asks, reads and writes, without a clock.

A command is run below `counter.py` on a throw-away machine. Seconds differ from machine to machine and from
minute to minute; these figures do not, and whatever makes a command slower nearly always makes one grow.
"""

import json
import math
import re
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from fixtures.canary import CANARY_KEY
from tests.support.sandbox import TIME_LIMIT, Sandbox

SCRIPT: Final = Path(__file__).with_name("counter.py")
OURS: Final = "reconciler"
WIDTH: Final = 100
_RANDOM: Final = re.compile(r"[0-9a-f]{16,}")
_ACCIDENTAL: Final = re.compile(rb"[0-9a-f]{16,}|\d+")
_STEP: Final = 50
"""The bound on all modules is rounded up to this: how many of its own Python takes differs a little."""


@frozen
class Counts:
    """What one command did."""

    command: tuple[str, ...]
    exit_code: int
    modules: tuple[str, ...]
    compiled: int
    """How many lines of generated methods are compiled for classes of ours."""
    frozen: bool
    """Whether what stands at the end is left to end as it is, instead of being searched for cycles first."""
    starts: tuple[str, ...]
    requests: int
    connections: int
    reads: Mapping[str, int]
    lists: Mapping[str, int]
    writes: Mapping[str, int]
    left: Mapping[str, int]
    """The files that stand there anew when it ends, with their sizes in bytes."""

    @property
    def opened(self) -> int:
        """How many times a file of the machine was opened or a folder listed."""
        return sum((*self.reads.values(), *self.lists.values(), *self.writes.values()))

    @property
    def ours(self) -> dict[str, list[str]]:
        """Our own modules by room."""
        rooms: dict[str, list[str]] = {}
        for name in self.modules:
            parts = name.split(".")
            if parts[0] == OURS:
                room = parts[1] if len(parts) > 2 else ""
                rooms.setdefault(room, []).append(".".join(parts[2:] if room else parts[1:] or parts))
        return {room: sorted(names) for room, names in sorted(rooms.items())}

    @property
    def packages(self) -> tuple[str, ...]:
        """Other people's packages, by the name that is imported."""
        tops = {name.partition(".")[0] for name in self.modules} - {OURS, "__mp_main__"}
        return tuple(sorted(top for top in tops if top not in sys.stdlib_module_names))

    @property
    def bound(self) -> int:
        """The most modules that it may take in all, Python's own included."""
        return _STEP * math.ceil(len(self.modules) / _STEP)

    def text(self) -> str:
        """Spell it for people to review."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"$ mimo-code-setup {' '.join(self.command)}"
        yield f"exit code {self.exit_code}"
        yield ""
        yield f"imports at most {self.bound} modules in all"
        for room, names in self.ours.items():
            where = f"{OURS}/{room}" if room else OURS
            yield from _wrapped(f"  {where} ({len(names)}):", names)
        yield from _wrapped("  others:", self.packages)
        yield ""
        yield f"compiles {self.compiled} lines of generated methods"
        yield from _block("starts", self.starts)
        yield ""
        yield f"asks the gateway {self.requests} times over {self.connections} connections"
        yield from _block("opens to read", _rows(self.reads))
        yield ""
        yield f"lists folders {sum(self.lists.values())} times"
        yield from _block("opens to write", _rows(self.writes))
        yield from _block(
            "leaves anew", (f"{name}  {size} bytes" for name, size in sorted(self.left.items()))
        )


def _wrapped(head: str, words: Iterable[str]) -> list[str]:
    return textwrap.wrap(f"{head} {' '.join(words)}", WIDTH, subsequent_indent="    ", break_on_hyphens=False)


def _block(head: str, rows: Iterable[str]) -> Iterator[str]:
    yield ""
    listed = list(rows)
    yield head if listed else f"{head} nothing"
    yield from (f"  {row}" for row in listed)


def _rows(files: Mapping[str, int]) -> Iterator[str]:
    for name, times in sorted(files.items()):
        yield name if times == 1 else f"{name}  {times} times"


def count(machine: Sandbox, *arguments: str, cwd: Path | None = None, key: bool = False) -> Counts:
    """Run a command on a machine and count; with `key` the made-up key stands in its environment."""
    report = machine.temporary / "counts.json"
    asked, before = len(machine.gateway.requests), _standing(machine)
    extra = {"GONKAGATE_API_KEY": CANARY_KEY} if key else {}
    done = subprocess.run(
        [sys.executable, "-P", str(SCRIPT), str(machine.root), str(report), *arguments],
        cwd=cwd or machine.outside,
        env=machine.environment(**extra),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert report.exists(), done.stderr.decode()
    seen: dict[str, Any] = json.loads(report.read_bytes())
    report.unlink()
    after = _standing(machine)
    return Counts(
        arguments,
        done.returncode,
        tuple(seen["modules"]),
        seen["compiled"],
        seen["frozen"],
        tuple(sorted(seen["starts"])),
        len(machine.gateway.requests) - asked,
        seen["connections"],
        _tally(seen["reads"]),
        _tally(seen["lists"]),
        _tally(seen["writes"]),
        _tally_sizes(machine, (path for path, mark in after.items() if before.get(path) != mark)),
    )


def _tally(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(_steady(name) for name in names))


def _steady(name: str) -> str:
    return _RANDOM.sub("(random)", name)


def _standing(machine: Sandbox) -> dict[Path, tuple[int, int]]:
    """Return what stands where the program may write, by number and time: a new file is another one."""
    places = (machine.own_folder, machine.mimo_config_folder, machine.project)
    found = (path for folder in places for path in folder.rglob("*"))
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found if path.is_file()}


def _tally_sizes(machine: Sandbox, files: Iterable[Path]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for path in files:
        name = _steady(str(path.relative_to(machine.root)))
        sizes[name] = sizes.get(name, 0) + _size(machine, path.read_bytes())
    return sizes


def _size(machine: Sandbox, data: bytes) -> int:
    """Measure a content as if every hash, number and path to the machine were one character."""
    return len(_ACCIDENTAL.sub(b"0", data.replace(str(machine.root).encode(), b"@")))
