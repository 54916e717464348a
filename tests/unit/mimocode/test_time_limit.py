"""A `mimo` that does not answer is stopped at its time limit, and so is everything that it started."""

import os
import time
from pathlib import Path

import pytest

from reconciler.engine.problems import Stop
from reconciler.mimocode.launcher import TIME_LIMIT, Launcher

ENOUGH = 30.0


def _script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath}


def test_a_launch_has_a_minute() -> None:
    """Ten seconds were seen on a loaded machine; a minute is never patience lost on a healthy one."""
    assert Launcher(Path("mimo")).time_limit == TIME_LIMIT == 60


def test_silence_past_the_limit_is_a_blocker(tmp_path: Path) -> None:
    """The blocker names the launch and the limit, and says what to try."""
    launcher = Launcher(_script(tmp_path / "mimo", "sleep 60"), time_limit=0.3)
    began = time.monotonic()
    with pytest.raises(Stop) as ending:
        launcher.run(("debug", "paths"), environment=_environment(), folder=tmp_path)
    assert time.monotonic() - began < ENOUGH
    (blocker,) = ending.value.blockers
    assert blocker.code == "mimo_timeout"
    assert "`mimo debug paths`" in blocker.message
    assert "by hand" in blocker.remedy
    assert not ending.value.failed


def test_what_a_silent_mimo_started_is_stopped_with_it(tmp_path: Path) -> None:
    """Its children are killed too: the pipe that they hold open comes to its end."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    script = _script(tmp_path / "mimo", f'(exec sleep 60) > "{pipe}" &\necho started > "{pipe}"\nwait')
    with pytest.raises(Stop):
        Launcher(script, time_limit=1.0).run((), environment=_environment(), folder=tmp_path)
    os.set_blocking(reader, True)
    with os.fdopen(reader, "rb") as stream:
        assert stream.read() == b"started\n", "reading to the end waits for every writer to be gone"


def test_an_answer_is_whole_however_late_it_is_read(tmp_path: Path) -> None:
    """Standard output goes to a file: more than a pipe holds arrives."""
    script = _script(tmp_path / "mimo", "head -c 300000 /dev/zero; echo complaint >&2; exit 4")
    output = Launcher(script).run((), environment=_environment(), folder=tmp_path)
    assert (output.exit_code, len(output.stdout), output.stderr) == (4, 300_000, b"complaint\n")


def test_a_launcher_that_was_stopped_starts_nothing_more(tmp_path: Path) -> None:
    """What still ran in the background must not begin anew while the run ends."""
    launcher = Launcher(_script(tmp_path / "mimo", f"touch {tmp_path}/ran"))
    launcher.stop_all()
    with pytest.raises(KeyboardInterrupt):
        launcher.run((), environment=_environment(), folder=tmp_path)
    assert not (tmp_path / "ran").exists()
