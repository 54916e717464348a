"""A throw-away home with the real `mimo` on its PATH, and what is done there to be measured."""

from __future__ import annotations

import pstats
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import processes
from fixtures.canary import CANARY_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.processes import Usage

ROOT: Final = Path(__file__).parents[1]
PROGRAM: Final = Path(sys.executable).with_name("mimo-code-setup")
CONFIG: Final = Path(".config/mimocode/mimocode.jsonc")
LAUNCHES: Final = (
    ("--version",),
    ("debug", "paths"),
    ("--pure", "debug", "config"),
    ("models", "gonkagate"),
    ("--pure", "debug", "config"),
)
"""What an installer asks that works step by step."""


class Place:
    """One home; several of them can share a `mimo` and a gateway."""

    def __init__(self, root: Path, mimo: Path, gateway: Mapping[str, str]) -> None:
        self.root = root
        self.mimo = mimo
        self.home = root / "home"
        programs = root / "bin"
        programs.mkdir(parents=True)
        (programs / "mimo").symlink_to(mimo)
        self.environment = {
            "HOME": str(self.home),
            "PATH": f"{programs}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
            "GONKAGATE_API_KEY": CANARY_KEY,
            **gateway,
        }
        self.fresh()

    def fresh(self, config: bytes | None = None) -> None:
        """Begin anew: a home that no MiMoCode has seen, with a config of the user's or with none."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()
        if config is not None:
            (self.home / CONFIG).parent.mkdir(parents=True)
            (self.home / CONFIG).write_bytes(config)

    def ours(self, *arguments: str) -> Usage:
        """Run a command of the program, by the name that people type."""
        return processes.run([str(PROGRAM), *arguments], self.home, self.environment)

    def first_apply(self) -> tuple[float, float]:
        """Set up for the first time; return the seconds it took, and those of processor time of its own."""
        file = self.root / "cpu"
        used = self._python(str(ROOT / "benchmarks/inside.py"), "CPU", str(file), *FIRST_APPLY)
        return used.seconds, float(file.read_text(encoding="ascii"))

    def profile(self) -> pstats.Stats:
        """Set up for the first time, and return where the program itself spent its time."""
        file = self.root / "profile"
        self._python(str(ROOT / "benchmarks/inside.py"), "PROFILE", str(file), *FIRST_APPLY)
        return pstats.Stats(str(file))

    def classic(self) -> float:
        """Make the launches of an installer that works step by step, one after the other."""
        runs = [
            processes.run([str(self.mimo), *arguments], self.home, self.environment) for arguments in LAUNCHES
        ]
        return sum(one.seconds for one in runs)

    def yardstick(self) -> float:
        """Start Python and import what every command of the program needs."""
        return self._python("-c", "import typer, attrs").seconds

    def round_trip(self) -> float:
        """Ask the gateway for its models with as little as possible; the start of Python is left out."""
        return self._told(str(ROOT / "benchmarks/round_trip.py"))

    def jsonc_growth(self) -> float:
        """Return how many times as long a config of ten times the size takes to read and edit."""
        return self._told("-m", "benchmarks.jsonc_speed", "--growth")

    def _told(self, *arguments: str) -> float:
        """Run a script that measures itself, and return what it prints."""
        command = [sys.executable, *arguments]
        return float(subprocess.run(command, check=True, env=self.environment, capture_output=True).stdout)

    def _python(self, *arguments: str) -> Usage:
        return processes.run([sys.executable, *arguments], self.home, self.environment)


FIRST_APPLY: Final = ("apply", "--scope", "user", "--yes")
