"""The program as others get it: archives are built, and a wheel is installed where there is no checkout."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import attrs

from tests.support.sandbox import TIME_LIMIT, Result
from tests.support.target import REPOSITORY


@attrs.frozen
class Installed:
    """A virtual environment that holds the built program; its dependencies are those of the tests."""

    folder: Path

    @property
    def scripts(self) -> Path:
        """The folder that is put on PATH."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    def run(self, *command: str, cwd: Path, env: Mapping[str, str]) -> Result:
        """Run a command of the environment."""
        done = subprocess.run(
            [str(self.scripts / command[0]), *command[1:]],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIME_LIMIT,
            check=False,
        )
        return Result(command, done.returncode, done.stdout, done.stderr, None)


def build(kind: str, into: Path, folder: Path = REPOSITORY) -> Path:
    """Build a `wheel` or an `sdist` as an installer would, without any network."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(into)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=TIME_LIMIT)
    (built,) = into.iterdir()
    return built


def install(wheel: Path, folder: Path) -> Installed:
    """Install a wheel into a fresh environment, without any network.

    The packages that it needs are looked up where the tests have them. What makes the checkout importable
    there is not: files ending in `.pth` count in an environment's own folder alone.
    """
    made = Installed(folder)
    _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    flags = ("--no-deps", "--no-index", "--no-compile", "--quiet", "--disable-pip-version-check")
    _run(sys.executable, "-m", "pip", "--python", str(made.scripts / "python"), "install", *flags, str(wheel))
    (packages,) = folder.glob("lib/*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return made


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=TIME_LIMIT)
