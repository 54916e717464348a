"""The real MiMoCode asked what it resolves in the folders of a generated world.

One `mimo serve` answers for every folder below the one it was started in; each `debug config` is a launch.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlencode

import attrs

from tests.support.layer_sets import World
from tests.support.sandbox import run_mimo, system_path

TIME_LIMIT: Final = 60.0
LISTENING: Final = re.compile(r"listening on (http://127\.0\.0\.1:\d+)\s")


def environment(world: World, mimo: Path) -> dict[str, str]:
    """Give all variables of a process in a world; its PATH leads to that mimo."""
    return {
        "HOME": world.home,
        "PATH": f"{mimo.parent}{os.pathsep}{system_path()}",
        "TMPDIR": str(world.temporary),
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "MIMOCODE_DISABLE_MODELS_FETCH": "1",
        "MIMOCODE_ENABLE_ANALYSIS": "false",
        "MIMOCODE_TEST_MANAGED_CONFIG_DIR": str(world.root / "managed"),
        **world.variables,
    }


def debug_config(world: World, folder: Path, mimo: Path) -> dict[str, Any]:
    """Ask in one folder with a launch of its own."""
    result = run_mimo(("--pure", "debug", "config"), folder, environment(world, mimo))
    assert result.report is not None, result.stderr
    return result.report


@attrs.define
class Server:
    """A `mimo serve` in a world; entered it listens, left it is gone with everything that it started."""

    world: World
    mimo: Path
    _process: subprocess.Popen[bytes] | None = None
    _address: str = ""

    def __enter__(self) -> Self:
        said = self.world.temporary / "serve.out"
        with said.open("wb") as stream:
            self._process = subprocess.Popen(
                [self.mimo, "serve", "--pure", "--hostname", "127.0.0.1", "--port", "0"],
                cwd=self.world.root,
                env=environment(self.world, self.mimo),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until = time.monotonic() + TIME_LIMIT
        while (listening := LISTENING.search(said.read_text())) is None:
            if self._process.poll() is not None or time.monotonic() > until:
                self.close()
                raise AssertionError(f"`mimo serve` does not listen:\n{said.read_text()}")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
        self._address = listening[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill it and its children."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def config(self, folder: Path) -> dict[str, Any]:
        """Ask what is resolved in a folder."""
        query = urlencode({"directory": str(folder)})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self._address}/config?{query}", timeout=TIME_LIMIT) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
