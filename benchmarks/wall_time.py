"""Measure `apply`, `status` and `--help` beside what MiMoCode itself needs, as ratios of one run.

The yardsticks are the five launches that an installer makes one after the other (`--version`, `debug
paths`, `debug config`, `models`, `debug config`) and `python -c "import typer, attrs"`. Repeats are
interleaved, so that a machine whose speed drifts drifts for all. Needs the real `mimo`:

    python -m benchmarks.wall_time --mimo PATH [--repeats 5]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from fixtures.canary import CANARY_KEY
from fixtures.gateway import Gateway

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[1]
LAUNCHES = (
    ("--version",),
    ("debug", "paths"),
    ("--pure", "debug", "config"),
    ("models", "gonkagate"),
    ("--pure", "debug", "config"),
)


class Place:
    """A throw-away home with the real `mimo` on its PATH."""

    def __init__(self, root: Path, mimo: Path, gateway: Mapping[str, str]) -> None:
        self.root = root
        self.mimo = mimo
        self.home = root / "home"
        programs = root / "bin"
        programs.mkdir()
        (programs / "mimo").symlink_to(mimo)
        self.environment = {
            "HOME": str(self.home),
            "PATH": f"{programs}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "GONKAGATE_API_KEY": CANARY_KEY,
            **gateway,
        }

    def fresh(self) -> None:
        """Begin anew: a home that no MiMoCode has seen."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()

    def ours(self, *arguments: str) -> None:
        """Run the program; it must succeed."""
        self._run([sys.executable, "-m", "reconciler", *arguments])

    def classic(self) -> None:
        """Make the five launches of an installer that works step by step."""
        for arguments in LAUNCHES:
            self._run([str(self.mimo), *arguments])

    def _run(self, command: list[str]) -> None:
        subprocess.run(
            command,
            check=True,
            cwd=self.home,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def timed(work: Callable[[], None]) -> float:
    """Return how many seconds a piece of work took."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def measure(place: Place, repeats: int) -> dict[str, list[float]]:
    """Take every figure once per round, in turn."""
    figures: dict[str, list[float]] = {}

    def note(name: str, work: Callable[[], None]) -> None:
        figures.setdefault(name, []).append(timed(work))

    def yardstick() -> None:
        subprocess.run([sys.executable, "-c", "import typer, attrs"], check=True)

    for _ in range(repeats):
        place.fresh()
        note("five launches, fresh home", place.classic)
        note("five launches, warm home", place.classic)
        place.fresh()
        note("first apply, fresh home", lambda: place.ours("apply", "--scope", "user", "--yes"))
        note("apply with nothing to change", lambda: place.ours("apply", "--yes"))
        note("status", lambda: place.ours("status"))
        note("status --fast", lambda: place.ours("status", "--fast"))
        note("plan", lambda: place.ours("plan"))
        note("import typer, attrs", yardstick)
        note("--help", lambda: place.ours("--help"))
        note("--version", lambda: place.ours("--version"))
    return figures


def tell(figures: dict[str, list[float]]) -> None:
    """Print medians with their spread, and the ratios."""
    middle = {name: statistics.median(values) for name, values in figures.items()}
    for name, values in figures.items():
        print(f"{name:32} median {middle[name]:6.2f} s   ({min(values):.2f} to {max(values):.2f})")
    for name, yard in (
        ("first apply, fresh home", "five launches, fresh home"),
        ("apply with nothing to change", "five launches, warm home"),
        ("status", "five launches, warm home"),
        ("plan", "five launches, warm home"),
        ("status --fast", "import typer, attrs"),
        ("--help", "import typer, attrs"),
        ("--version", "import typer, attrs"),
    ):
        print(f"{name} / {yard}: {middle[name] / middle[yard]:.2f}")


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--mimo", type=Path, required=True, help="the real mimo")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Gateway("sixty") as gateway:
        place = Place(Path(folder), options.mimo.resolve(), gateway.environment())
        tell(measure(place, options.repeats))


if __name__ == "__main__":
    main()
