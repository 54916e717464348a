"""The stand-in does what a test tells it through its own variables, and keeps to its own code and folder."""

import ast
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import MakeSandbox
from tests.support.sandbox import Sandbox
from tests.support.snapshots import snapshot, untouched
from tests.support.target import STANDIN

CONFIG = ("--pure", "debug", "config")
PROVIDER: dict[str, Any] = {"provider": {"gonkagate": {"models": {"a/b": {}, "c/d": {}}}}}


@pytest.fixture
def box(make_sandbox: MakeSandbox) -> Sandbox:
    """Make a sandbox with the stand-in."""
    made = make_sandbox("box", "standin")
    made.mimo_config_folder.mkdir(parents=True)
    made.user_config.write_text(json.dumps({"$schema": "./kept", "model": "a/b", **PROVIDER}))
    return made


def output(box: Sandbox, *arguments: str, **controls: str) -> str:
    """Return what the stand-in prints under some controls."""
    return box.run_mimo(*arguments, env={f"MIMO_STANDIN_{n}": value for n, value in controls.items()}).stdout


def start(
    box: Sandbox, *arguments: str, env: Mapping[str, str | None] | None = None
) -> subprocess.Popen[bytes]:
    """Start the stand-in with pipes for its streams, in a session of its own."""
    pipe = subprocess.PIPE
    command = [str(box.bin / "mimo"), *arguments]
    return subprocess.Popen(
        command,
        cwd=box.outside,
        env=box.environment(**(env or {})),
        stdout=pipe,
        stderr=pipe,
        start_new_session=True,
    )


def test_it_can_be_of_another_version(box: Sandbox) -> None:
    """It can be of another version."""
    assert output(box, "--version", VERSION="0.2.0") == "0.2.0\n"


def test_it_can_answer_one_command_with_garbage(box: Sandbox) -> None:
    """It can answer one command with garbage."""
    assert "garbage" in output(box, *CONFIG, GARBAGE="config")
    assert "garbage" not in output(box, "models", GARBAGE="config")


def test_it_can_fail_at_one_command(box: Sandbox) -> None:
    """It can fail at one command."""
    env = {"MIMO_STANDIN_EXIT": "models:7"}
    assert box.run_mimo("models", env=env).exit_code == 7
    assert box.run_mimo(*CONFIG, env=env).exit_code == 0


def test_an_unseen_layer_can_decide(box: Sandbox) -> None:
    """An unseen layer can decide."""
    seen = json.loads(output(box, *CONFIG, OVERRIDE_MODEL="x/y", OVERRIDE_CONFIG='{"small_model":"x/z"}'))
    assert (seen["model"], seen["small_model"]) == ("x/y", "x/z")


def test_models_can_be_hidden(box: Sandbox) -> None:
    """Models can be hidden."""
    assert [
        line.split()[0] for line in output(box, "models", "gonkagate", HIDE_MODELS="a/b,z").splitlines()
    ] == ["gonkagate/c/d"]


def test_it_notes_its_calls(box: Sandbox) -> None:
    """It notes its calls."""
    output(box, "models", "gonkagate", LOG=str(box.calls_file))
    (call,) = box.calls()
    assert call["argv"] == ["models", "gonkagate"]
    assert call["cwd"] == str(box.outside)
    assert call["env"]["HOME"] == str(box.home)


def test_it_hangs_in_a_child_that_outlives_a_kill_of_the_parent_alone(box: Sandbox) -> None:
    """It hangs in a child that outlives a kill of the parent alone."""
    hanging = start(box, "--version", env={"MIMO_STANDIN_HANG": "version:600"})
    try:
        deadline = time.monotonic() + 20
        while not (naps := napping(hanging.pid)) and time.monotonic() < deadline:
            time.sleep(0.02)
        hanging.kill()
        hanging.wait()
        assert naps
        assert napping(hanging.pid) == naps
    finally:
        os.killpg(hanging.pid, signal.SIGKILL)
        hanging.communicate()


def napping(group: int) -> list[str]:
    """Return the children in which a stand-in of that process group hangs."""
    return [line for line in processes() if line.split()[0] == str(group) and "stand-in hangs" in line]


def processes() -> list[str]:
    """Return group and command line of every process."""
    listing = ["ps", "-ww", "-eo", "pgid,args"]
    return subprocess.run(listing, capture_output=True, text=True, check=True).stdout.splitlines()


def test_it_refuses_to_live_in_the_real_home(box: Sandbox) -> None:
    """It refuses to live in the real home."""
    for home in (None, "", pwd.getpwuid(os.getuid()).pw_dir):
        assert box.run_mimo("--version", env={"HOME": home}).exit_code == 70


def test_a_second_launch_beside_the_one_that_makes_the_database_fails(box: Sandbox) -> None:
    """A second launch beside the one that makes the database fails."""
    block = box.root / "block"
    os.mkfifo(block)
    with start(box, *CONFIG, env={"MIMOCODE_CONFIG": str(block)}) as first:
        database = box.home / ".local/share/mimocode/mimocode.db"
        deadline = time.monotonic() + 20
        while not database.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        second = box.run_mimo("models", "gonkagate")
        block.write_text("{}")
        first.communicate(timeout=20)
    assert (first.returncode, second.exit_code) == (0, 1)
    assert "Failed to run the query" in second.stderr
    assert box.run_mimo("models", "gonkagate").exit_code == 0


def test_a_pipe_gets_no_more_than_what_fits(box: Sandbox) -> None:
    """A pipe gets no more than what fits."""
    models: dict[str, Any] = {f"vendor/model-{number}": {} for number in range(2000)}
    box.user_config.write_text(json.dumps({"$schema": "k", "provider": {"gonkagate": {"models": models}}}))
    assert len(box.run_mimo("models", "gonkagate").stdout) > 65536
    with start(box, "models", "gonkagate") as piped:
        assert len(piped.communicate()[0]) == 65536
    assert piped.returncode == 0


def test_asking_for_version_and_paths_touches_no_config(box: Sandbox) -> None:
    """Asking for version and paths touches no config."""
    before = snapshot(box.mimo_config_folder)
    box.run_mimo("--version")
    box.run_mimo("debug", "paths")
    assert untouched(before, snapshot(box.mimo_config_folder))


def test_it_needs_nothing_but_the_standard_library() -> None:
    """It needs nothing but the standard library."""
    names = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(STANDIN.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert names <= sys.stdlib_module_names


def test_the_real_home_is_none_of_its_business(box: Sandbox) -> None:
    """The real home is none of its business."""
    before = snapshot(Path.home() / ".config" / "mimocode")
    box.run_mimo(*CONFIG)
    assert untouched(before, snapshot(Path.home() / ".config" / "mimocode"))
