"""Starting `mimo`: its output whole, its time bounded, its children gone, its environment clean."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.engine.problems import Stop
from reconciler.mimocode import launcher
from reconciler.mimocode.launcher import Launcher, Output
from tests.support.processes import gone

Program = Callable[[str], Path]
PLAIN = {"PATH": os.defpath}
SECRET = f"gp-{'s' * 12}"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Make a `mimo` of a shell script."""

    def make(script: str) -> Path:
        path = tmp_path / "mimo"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return make


def run(path: Path, *arguments: str, limit: float = 30, environment: dict[str, str] = PLAIN) -> Output:
    """Start it in its own folder."""
    return Launcher(path, limit).run(arguments, environment=environment, folder=path.parent)


def test_both_streams_and_the_exit_code_come_back(program: Program) -> None:
    """Arguments go in, output, messages and exit code come out, apart."""
    output = run(program('echo "got $*"; echo oops >&2; exit 3'), "debug", "paths")
    assert output == Output(3, b"got debug paths\n", b"oops\n")


def test_output_shows_nothing_of_itself(program: Program) -> None:
    """Both streams can hold the key, so printing an output tells the exit code alone."""
    output = run(program(f"echo {SECRET}; echo {SECRET} >&2"))
    assert SECRET.encode() in output.stdout
    assert SECRET.encode() in output.stderr
    assert SECRET not in repr(output)


def test_output_larger_than_any_pipe_is_whole(program: Program) -> None:
    """A program that exits without waiting for its reader loses nothing."""
    output = run(program("head -c 3000000 /dev/zero; head -c 1000000 /dev/zero >&2"))
    assert (len(output.stdout), len(output.stderr)) == (3_000_000, 1_000_000)


def test_output_goes_to_a_file_and_not_a_pipe(program: Program) -> None:
    """The child sees a regular file without a name, and nothing to read on its standard input."""
    output = run(
        program("readlink /proc/self/fd/1; read line || echo end of input; [ -p /dev/stdout ] && echo pipe")
    )
    lines = output.stdout.decode().splitlines()
    assert "(deleted)" in lines[0]
    assert lines[1:] == ["end of input"]


def test_the_folder_is_the_one_that_was_asked_for(program: Program, tmp_path: Path) -> None:
    """MiMoCode's answer depends on where it is started."""
    folder = tmp_path / "somewhere else"
    folder.mkdir()
    output = Launcher(program("pwd -P"), 30).run((), environment=PLAIN, folder=folder)
    assert output.stdout.decode() == f"{folder.resolve()}\n"


def test_the_environment_is_the_one_that_was_given(program: Program) -> None:
    """Nothing of this process's own environment leaks in."""
    output = run(program("env"), environment={"PATH": os.defpath, "ONLY": "this"})
    names = {line.partition(b"=")[0] for line in output.stdout.splitlines()}
    assert names - {b"PWD", b"OLDPWD", b"SHLVL", b"_"} == {b"PATH", b"ONLY"}


def test_a_silent_program_is_killed_with_its_children(program: Program, tmp_path: Path) -> None:
    """At the end of its time nothing of it runs on, and the blocker names the command without its output."""
    script = program(f"echo {SECRET}; sleep 300 & echo $! > child; sleep 300")
    started = time.monotonic()
    with pytest.raises(Stop) as caught:
        run(script, "--pure", "debug", "config", limit=0.5)
    assert time.monotonic() - started < 20
    (blocker,) = caught.value.blockers
    assert blocker.code == "mimo_timeout"
    assert "mimo --pure debug config" in blocker.message
    assert SECRET not in repr(caught.value)
    assert gone(int((tmp_path / "child").read_text()))


def test_a_program_that_ignores_the_end_is_killed_all_the_same(program: Program) -> None:
    """Handling the polite signals helps nobody."""
    with pytest.raises(Stop, match="no answer"):
        run(program("trap '' TERM INT HUP; while :; do sleep 0.05; done"), limit=0.3)


@pytest.mark.parametrize("kind", ["not executable", "missing", "no program", "folder"])
def test_what_cannot_be_started_is_told(tmp_path: Path, kind: str) -> None:
    """A broken `mimo` is a blocker with the path and not a crash."""
    path = tmp_path / "mimo"
    if kind == "folder":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes(b"\x7fELF broken" if kind == "no program" else b"#!/bin/sh\n")
        path.chmod(0o755 if kind == "no program" else 0o644)
    with pytest.raises(Stop) as caught:
        run(path)
    (blocker,) = caught.value.blockers
    assert blocker.code == "mimo_not_working"
    assert str(path) in blocker.message


def test_everything_that_runs_can_be_stopped(program: Program, tmp_path: Path) -> None:
    """A run that is given up leaves no process behind and starts none any more."""
    starter = Launcher(program("echo $$ > pid.new; mv pid.new pid; sleep 300"), 60)
    results: list[int] = []

    def work() -> None:
        results.append(starter.run((), environment=PLAIN, folder=tmp_path).exit_code)

    thread = threading.Thread(target=work)
    thread.start()
    end = time.monotonic() + 20
    while not (tmp_path / "pid").exists() and time.monotonic() < end:
        time.sleep(0.01)
    starter.stop_all()
    thread.join(20)
    assert results == [-9]
    assert gone(int((tmp_path / "pid").read_text()))
    with pytest.raises(KeyboardInterrupt):
        starter.run((), environment=PLAIN, folder=tmp_path)


def test_mimo_is_found_on_the_path_of_the_user(program: Program, tmp_path: Path) -> None:
    """The PATH that was handed in decides, not this process's own."""
    path = program("exit 0")
    assert launcher.find({"PATH": f"/nowhere{os.pathsep}{tmp_path}"}) == path
    path.chmod(0o644)
    for environment in ({"PATH": str(tmp_path)}, {"PATH": "/nowhere"}, {"PATH": ""}, {}):
        with pytest.raises(Stop) as caught:
            launcher.find(environment)
        (blocker,) = caught.value.blockers
        assert blocker.code == "mimo_not_found"
        assert "@mimo-ai/cli" in blocker.remedy


USERS = {
    "PATH": "/bin",
    "HOME": "/h",
    "XDG_CONFIG_HOME": "/x",
    "MIMOCODE_HOME": "/m",
    "MIMOCODE_CONFIG": "/c",
    "MIMOCODE_CONFIG_CONTENT": "{}",
    "MIMOCODE_DISABLE_PROJECT_CONFIG": "1",
    "MIMOCODE_SOMETHING_NEW": "1",
    "mimocode_config": "/d",
    "GONKAGATE_API_KEY": SECRET,
    "OTHER": f"Bearer {SECRET}",
    "HTTPS_PROXY": "http://proxy",
}


def test_the_session_environment_is_the_users_without_the_key() -> None:
    """What this shell says counts, except for every variable that holds the key."""
    found = launcher.without_secrets(USERS, (SECRET,))
    assert found == {
        name: value for name, value in USERS.items() if name not in ("GONKAGATE_API_KEY", "OTHER")
    }
    assert launcher.without_secrets({"GONKAGATE_API_KEY": "another"}, ()) == {}


def test_an_empty_secret_hides_nothing() -> None:
    """Without a key to look for the other variables stay."""
    assert launcher.without_secrets({"A": "x"}, ("",)) == {"A": "x"}


def test_the_durable_environment_has_no_override_of_this_shell() -> None:
    """No key, no variable of MiMoCode's but the one that says where it lives; paths and proxies stay."""
    found = launcher.durable(USERS, (SECRET,))
    ours = {name: value for name, value in found.items() if name.upper().startswith("MIMOCODE_")}
    assert ours == {
        "MIMOCODE_HOME": "/m",
        "MIMOCODE_DISABLE_MODELS_FETCH": "1",
        "MIMOCODE_DISABLE_CLAUDE_IMPORT": "1",
        "MIMOCODE_ENABLE_ANALYSIS": "false",
        "MIMOCODE_PURE": "1",
    }
    assert SECRET not in str(found)
    rest = {name for name in found if name not in ours}
    assert rest == {"PATH", "HOME", "XDG_CONFIG_HOME", "HTTPS_PROXY"}


def test_every_mimo_on_the_path_is_found_once_and_in_order(tmp_path: Path) -> None:
    """A folder that is on it twice, or by another name, counts once; what cannot be run does not count."""
    for name in ("first", "second", "third"):
        (tmp_path / name).mkdir()
        command = tmp_path / name / "mimo"
        command.write_text("#!/bin/sh\n")
        command.chmod(0o755 if name != "third" else 0o644)
    (tmp_path / "again").symlink_to(tmp_path / "first")
    names = ("none", "second", "", "first", "third", "again", "second")
    path = os.pathsep.join(str(tmp_path / name) if name else "" for name in names)
    found = launcher.everywhere({"PATH": path})
    assert found == (tmp_path / "second" / "mimo", tmp_path / "first" / "mimo")
    assert found[0] == launcher.find({"PATH": path})
    assert launcher.everywhere({}) == ()
