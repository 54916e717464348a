"""A throw-away machine: a home, a git project, a folder outside of git, a mimo on PATH, a gateway.

Commands run as processes whose environment is built from nothing, so that no test depends on the machine it
runs on and none can touch a real home. Every output is remembered, so that it can be searched for the made-up
key.
"""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import attrs

from fixtures.canary import CANARY_MARK
from fixtures.gateway import Gateway, Request
from tests.support.printed import asked, look_at, read_object
from tests.support.target import REPOSITORY, Mimo, real_mimo

TIME_LIMIT: Final = 120.0


@attrs.frozen
class Result:
    """What one command did, as its caller sees it; ``report`` is its JSON where it was asked for."""

    command: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str
    report: dict[str, Any] | None

    @property
    def codes(self) -> list[str]:
        """The codes of the reported blockers, in their order."""
        return [blocker["code"] for blocker in (self.report or {}).get("blockers", [])]


# Every result of the whole session, for the last search for the key.
RESULTS: Final[list[Result]] = []


class Started(subprocess.Popen[bytes]):
    """A command that runs beside a test; whoever hears it out has its JSON looked at as everywhere."""

    def __init__(self, arguments: tuple[str, ...], **how: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(program(*arguments), **how)
        self._arguments = arguments

    def communicate(self, input: bytes | None = None, timeout: float | None = None) -> tuple[bytes, bytes]:  # noqa: A002 - the library's name
        """Wait for the end and return both outputs."""
        stdout, stderr = super().communicate(input, timeout)
        if self.returncode >= 0:  # one that was killed may have been at it
            look_at(self._arguments, stdout.decode(), stderr.decode())
        return stdout, stderr


@attrs.define
class Sandbox:
    """One throw-away machine below ``root``; ``mimo`` says which one its PATH holds."""

    root: Path
    mimo: Mimo
    gateway: Gateway
    results: list[Result] = attrs.field(factory=list, init=False)
    key_holders: list[Path] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        for folder in (self.home, self.outside, self.project, self.bin, self.temporary):
            folder.mkdir(parents=True)
        make_git(self.project)
        install_mimo(self.bin, self.mimo)

    # Places

    @property
    def home(self) -> Path:
        """The home folder, empty at first."""
        return self.root / "home"

    @property
    def outside(self) -> Path:
        """A folder that is not inside of any git work tree."""
        return self.root / "outside"

    @property
    def project(self) -> Path:
        """The root of a git work tree."""
        return self.root / "project"

    @property
    def bin(self) -> Path:
        """The folder on PATH that holds ``mimo``."""
        return self.root / "bin"

    @property
    def temporary(self) -> Path:
        """What ``TMPDIR`` says."""
        return self.root / "tmp"

    @property
    def mimo_config_folder(self) -> Path:
        """MiMoCode's config folder."""
        return self.home / ".config" / "mimocode"

    @property
    def user_config(self) -> Path:
        """The user config that is made when there is none."""
        return self.mimo_config_folder / "mimocode.jsonc"

    @property
    def project_config(self) -> Path:
        """The project config of ``project``."""
        return self.project / ".mimocode" / "mimocode.json"

    @property
    def own_folder(self) -> Path:
        """The folder that belongs to the program under test."""
        return self.home / ".gonkagate" / "mimo-code"

    @property
    def key_file(self) -> Path:
        """The file that may hold the key."""
        return self.own_folder / "api-key"

    @property
    def state_file(self) -> Path:
        """The install state."""
        return self.own_folder / "install-state.json"

    @property
    def backups(self) -> Path:
        """The folder of the backups, which may hold the key."""
        return self.own_folder / "backups"

    @property
    def calls_file(self) -> Path:
        """Where the stand-in notes its calls."""
        return self.root / "mimo-calls.jsonl"

    # Running

    def environment(self, **extra: str | None) -> dict[str, str]:
        """Return a complete environment; ``extra`` adds, replaces or, with None, removes."""
        base = {
            "HOME": str(self.home),
            "PATH": f"{self.bin}{os.pathsep}{system_path()}",
            "TMPDIR": str(self.temporary),
            "LANG": "C.UTF-8",
            "MIMO_STANDIN_LOG": str(self.calls_file),
            **self.gateway.environment(),
        }
        if not is_installed():
            base["PYTHONPATH"] = str(REPOSITORY)
        return {name: value for name, value in (base | extra).items() if value is not None}

    def run(
        self,
        *arguments: str,
        cwd: Path | None = None,
        stdin: str | None = None,
        env: Mapping[str, str | None] | None = None,
        key: str | None = None,
        prefix: tuple[str, ...] = (),
    ) -> Result:
        """Run a command of the program and wait for it.

        It runs in ``cwd`` (else in ``outside``), with ``env`` laid over the sandbox's environment and ``key``
        in ``GONKAGATE_API_KEY``; ``prefix`` stands in front of its command line. Standard input is empty when
        ``stdin`` is None. With ``--json`` among the arguments standard output must be one JSON object, valid
        by the published schema.
        """
        extra = {**({"GONKAGATE_API_KEY": key} if key else {}), **(env or {})}
        command = [*prefix, *program(*arguments)]
        done = subprocess.run(
            command,
            cwd=cwd or self.outside,
            env=self.environment(**extra),
            input=(stdin or "").encode(),
            capture_output=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        stdout, stderr = done.stdout.decode(), done.stderr.decode()
        assert stdout or not asked(arguments), f"nothing was printed:\n{stderr}"
        report = look_at(arguments, stdout, stderr)
        result = Result(tuple(arguments), done.returncode, stdout, stderr, report)
        self.results.append(result)
        RESULTS.append(result)
        return result

    def start(
        self, *arguments: str, cwd: Path | None = None, env: Mapping[str, str | None] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a command without waiting for it, in a session of its own; its streams are pipes."""
        return Started(
            arguments,
            cwd=cwd or self.outside,
            env=self.environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run_mimo(
        self, *arguments: str, cwd: Path | None = None, env: Mapping[str, str | None] | None = None
    ) -> Result:
        """Run the sandbox's ``mimo`` as the user would; ``report`` is its output where that is an object."""
        given = {"MIMO_STANDIN_LOG": None, **(env or {})}
        return run_mimo(arguments, cwd or self.outside, self.environment(**given))

    def resolved(self, cwd: Path | None = None) -> dict[str, Any]:
        """Return the configuration that MiMoCode resolves in a folder."""
        result = self.run_mimo("--pure", "debug", "config", cwd=cwd)
        assert result.report is not None, result.stderr
        return result.report

    def calls(self) -> list[dict[str, Any]]:
        """Return the calls of the stand-in that the program made: ``argv``, ``cwd``, ``env``, ``pid``."""
        if not self.calls_file.exists():
            return []
        return [json.loads(line) for line in self.calls_file.read_text().splitlines()]

    # The key

    def leaks(self) -> list[str]:
        """Return the files, outputs and requests that hold the made-up key and may not.

        Allowed are the key file, its backups, what a test put the key into itself (``key_holders``), and the
        one header of a request to the gateway.
        """
        mark = CANARY_MARK.encode()
        found = [
            str(path.relative_to(self.root))
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not path.is_symlink() and not self._may_hold_key(path)
            if mark in path.read_bytes()
        ]
        outputs = [result for result in self.results if CANARY_MARK in result.stdout + result.stderr]
        found += [f"output of {' '.join(result.command)}" for result in outputs]
        return found + [f"{request.method} {request.host}" for request in self._told_elsewhere()]

    def _told_elsewhere(self) -> Iterator[Request]:
        """Find requests that hold the key anywhere but in its header, or that were not for the gateway."""
        for request in self.gateway.requests:
            other = [(name, value) for name, value in request.headers if name.lower() != "authorization"]
            if (
                CANARY_MARK in f"{request.host} {request.path} {other}"
                or CANARY_MARK.encode() in request.body
            ):
                yield request
        for request in self.gateway.proxied:
            if CANARY_MARK in repr(request):
                yield request

    def _may_hold_key(self, path: Path) -> bool:
        return path == self.key_file or self.backups in path.parents or path in self.key_holders


def program(*arguments: str) -> list[str]:
    """Return the command line that starts the program under test."""
    return [sys.executable, "-P", "-m", "reconciler", *arguments]


@cache
def is_installed() -> bool:
    """Say whether the program is installed into the interpreter that runs the tests."""
    try:
        importlib.metadata.distribution("mimo-code-setup")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


@cache
def system_path() -> str:
    """Return a PATH with git and the usual tools, and without any mimo of the machine's own."""
    found = [shutil.which(tool) for tool in ("git", "sh", "env")]
    return os.pathsep.join(dict.fromkeys(str(Path(tool).parent) for tool in found if tool))


def make_git(folder: Path) -> None:
    """Make a folder the root of a git work tree, with git's own command."""
    git = shutil.which("git") or "git"
    subprocess.run([git, "-c", "init.defaultBranch=main", "init", "-q", str(folder)], check=True, env={})


def make_git_by_hand(folder: Path) -> None:
    """Make a folder look like the root of a git work tree, as far as MiMoCode and git want to see it."""
    for name in ("objects", "refs"):
        (folder / ".git" / name).mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/main\n")


def install_mimo(folder: Path, mimo: Mimo) -> Path:
    """Put a ``mimo`` into a folder: a script that runs the stand-in, or a link to the real one."""
    command = folder / "mimo"
    if mimo == "real":
        command.symlink_to(real_mimo())
    else:
        start = Path(__file__).with_name("standin.py")
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{start}" "$@"\n')
        command.chmod(0o755)
    return command


def run_mimo(arguments: tuple[str, ...], cwd: Path, env: Mapping[str, str]) -> Result:
    """Run the ``mimo`` that PATH leads to; through files, for it leaves before a pipe is drained."""
    command = shutil.which("mimo", path=env["PATH"])
    assert command is not None
    streams = [Path(env["TMPDIR"]) / f"mimo.{name}" for name in ("out", "err")]
    with streams[0].open("wb") as out, streams[1].open("wb") as err:
        code = subprocess.run(
            [command, *arguments],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            timeout=TIME_LIMIT,
            check=False,
        ).returncode
    stdout, stderr = (stream.read_text(errors="replace") for stream in streams)
    for stream in streams:
        stream.unlink()
    return Result(tuple(arguments), code, stdout, stderr, _object_or_none(stdout))


def read_report(stdout: str, stderr: str) -> dict[str, Any]:
    """Return the one JSON object that standard output is, checked by the published schema."""
    return read_object(stdout, stderr)


def _object_or_none(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
