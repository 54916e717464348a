"""The only place that starts `mimo`.

Standard output goes into an anonymous file, never a pipe: MiMoCode exits without draining it. Both
streams can carry the key, so they are handed on as bytes to be parsed and are never shown. Every
launch has a time limit, after which the process and its children are killed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from attrs import field

from reconciler.engine import platform
from reconciler.engine.problems import reason, stop
from reconciler.mimocode.facts import COMMAND, HOME_VARIABLE, OWN_PREFIX, Code
from reconciler.records import define, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TIME_LIMIT: Final = 60.0
_DATABASE: Final = "MIMOCODE_DB"
_IN_A_HURRY: Final = {"BUN_JSC_useDFGJIT": "0", "BUN_JSC_numberOfGCMarkers": "1"}
"""Has MiMoCode's runtime leave out the compiler that pays after seconds, when an answer is long there, and
clear its memory with one thread, since launches run side by side.

A runtime that does not know these names refuses to start, so they are for programs of known contents.
"""
_PATIENCE: Final = 10.0


@frozen
class Output:
    """What one launch gave. The streams are secret-bearing: parse them, never show them."""

    exit_code: int
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)


def find(environment: Mapping[str, str]) -> Path:
    """Find `mimo` on the user's PATH. Raises `Stop` with mimo_not_found."""
    found = on_path(COMMAND, environment)
    if found is None:
        raise stop(
            Code.MIMO_NOT_FOUND,
            "MiMoCode's command `mimo` is not on your PATH",
            "install MiMoCode (npm install --global @mimo-ai/cli), or put the folder that holds `mimo` on "
            "your PATH; then run again",
            source=COMMAND,
        )
    return found


def on_path(command: str, environment: Mapping[str, str]) -> Path | None:
    """Find a command on the user's PATH; None where it is not there."""
    found = shutil.which(command, path=environment.get("PATH", ""))
    return None if found is None else Path(found)


def everywhere(environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Find every `mimo` on the user's PATH; the first is the one that runs.

    A folder that is on it by several names counts once.
    """
    first = on_path(COMMAND, environment)
    if first is None:
        return ()
    found = [first]
    for folder in filter(None, environment.get("PATH", "").split(os.pathsep)):
        other = shutil.which(COMMAND, path=folder)
        if other is not None and not any(_is_same(Path(other), one) for one in found):
            found.append(Path(other))
    return tuple(found)


def _is_same(one: Path, other: Path) -> bool:
    return one.parent.resolve() == other.parent.resolve()


def without_secrets(environment: Mapping[str, str], secrets: Iterable[str]) -> dict[str, str]:
    """Return the user's own environment, less every variable that holds a secret."""
    held = [secret for secret in secrets if secret]
    return {
        name: value
        for name, value in environment.items()
        if name != "GONKAGATE_API_KEY" and not any(secret in value for secret in held)
    }


def durable(environment: Mapping[str, str], secrets: Iterable[str]) -> dict[str, str]:
    """Return an environment without any override of this shell: what MiMoCode finds tomorrow.

    MIMOCODE_HOME and the XDG variables stay, since they say where the configuration lies. Fetching a
    model list from elsewhere and importing another tool's settings are switched off: neither touches
    what is verified. So are plugins, also where no flag says so: those of a project are its code, not the
    user's, and `mimo models` would run them.
    """
    kept = {
        name: value
        for name, value in without_secrets(environment, secrets).items()
        if not name.upper().startswith(OWN_PREFIX) or name == HOME_VARIABLE
    }
    kept["MIMOCODE_DISABLE_MODELS_FETCH"] = "1"
    kept["MIMOCODE_DISABLE_CLAUDE_IMPORT"] = "1"
    kept["MIMOCODE_ENABLE_ANALYSIS"] = "false"
    kept["MIMOCODE_PURE"] = "1"
    return kept


def apart(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which MiMoCode keeps its database in memory, away from other launches."""
    return {**environment, _DATABASE: ":memory:"}


@define
class Launcher:
    """Starts one `mimo` and knows which of its processes still run, so that all can be stopped."""

    executable: Path
    time_limit: float = TIME_LIMIT
    hurries: bool = field(default=False, kw_only=True)
    """Whether the contents are known, so that the runtime can be told to answer sooner."""
    _running: set[subprocess.Popen[bytes]] = field(factory=set, init=False)
    _guard: threading.Lock = field(factory=threading.Lock, init=False)
    _stopping: bool = field(default=False, init=False)

    def run(self, arguments: Sequence[str], *, environment: Mapping[str, str], folder: Path) -> Output:
        """Start `mimo` and wait for it. Raises `Stop` with mimo_not_working or mimo_timeout."""
        with _anonymous_file() as stdout, _anonymous_file() as stderr:
            more = _IN_A_HURRY if self.hurries else {}
            process = self._start(arguments, {**environment, **more}, folder, stdout, stderr)
            try:
                exit_code = process.wait(self.time_limit)
            except subprocess.TimeoutExpired:
                _kill(process)
                raise stop(
                    Code.MIMO_TIMEOUT,
                    f"`mimo {' '.join(arguments)}` gave no answer within {self.time_limit:.0f} seconds",
                    "try the command by hand; when it answers, run again",
                    source=COMMAND,
                ) from None
            except BaseException:
                _kill(process)
                raise
            finally:
                with self._guard:
                    self._running.discard(process)
            return Output(exit_code, _content(stdout), _content(stderr))

    def _start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        stdout: IO[bytes],
        stderr: IO[bytes],
    ) -> subprocess.Popen[bytes]:
        with self._guard:
            if self._stopping:
                raise KeyboardInterrupt
            try:
                process = subprocess.Popen(  # noqa: S603 - the user's own `mimo`, arguments of ours
                    [str(self.executable), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    env=dict(environment),
                    cwd=folder,
                    start_new_session=not platform.WINDOWS,
                )
            except OSError as error:
                raise stop(
                    Code.MIMO_NOT_WORKING,
                    f"{self.executable} cannot be started: {reason(error)}",
                    "see that `mimo --version` works in your shell, then run again",
                    source=COMMAND,
                ) from None
            self._running.add(process)
        return process

    def stop_all(self) -> None:
        """Kill everything that still runs, children included, and start nothing more."""
        with self._guard:
            self._stopping = True
            for process in self._running:
                _kill(process)


def _anonymous_file() -> IO[bytes]:
    """Open a file without a name: in memory where the system offers it, else deleted on closing."""
    memory = getattr(os, "memfd_create", None)
    if memory is None:
        import tempfile  # noqa: PLC0415 - not on Linux

        return tempfile.TemporaryFile()
    return os.fdopen(memory("mimo-output"), "w+b")


def _content(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything that it started."""
    command = platform.kill_command(process.pid, os.environ)
    if command and process.poll() is None:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)  # noqa: S603
        process.kill()
    elif not command:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
