"""The strace tool itself: it reads strace's lines, kills where it says, and notices when it did not."""

import shutil
from pathlib import Path

import attrs
import pytest

from tests.support.sandbox import Sandbox
from tests.support.scenarios import APPLY_USER, UNINSTALL
from tests.support.strace import Call, changes_of_all_threads, kill, read_changes, record

ROOT = Path("/tmp/m")  # noqa: S108 - text in a log
LINES = {
    'mkdir("/tmp/m/home/.gonkagate", 0700) = 0': "mkdir(home/.gonkagate)",
    'openat(AT_FDCWD</tmp/m/outside>, "/tmp/m/home/lock", O_RDWR|O_CREAT, 0600) = 3</tmp/m/home/lock>': (
        "openat(home/lock)"
    ),
    'openat(AT_FDCWD</tmp/m/home>, "a/b", O_WRONLY|O_TRUNC) = 3</tmp/m/home/a/b>': "openat(home/a/b)",
    'openat(AT_FDCWD</tmp/m/outside>, "/tmp/m/home/lock", O_RDONLY|O_CLOEXEC) = 3</tmp/m/home/lock>': None,
    'openat(AT_FDCWD</tmp/m/outside>, "/dev/null", O_RDWR) = 3</dev/null>': None,
    'write(4</tmp/m/home/.a.0123456789abcdef.new>, ""..., 65) = 65': "write(home/.a.(random).new)",
    'write(1<pipe:[41]>, ""..., 9) = 9': "write(standard output)",
    'write(2<pipe:[42]>, ""..., 9) = 9': None,
    'write(5</memfd:mimo-output (deleted)>, ""..., 9) = 9': None,
    "fchmod(4</tmp/m/home/a>, 0600) = 0": "fchmod(home/a)",
    "fsync(4</tmp/m/home>) = ?": "fsync(home)",
    'rename("/tmp/m/home/a", "/tmp/m/home/b") = 0': "rename(home/a, home/b)",
    'linkat(5</tmp/m/home>, "a", AT_FDCWD</tmp/m/outside>, "/tmp/m/home/b", 0) = 0': "linkat(home/a, home/b)",
    'symlink("anywhere", "/tmp/m/home/b") = 0': "symlink(home/b)",
    'unlinkat(5</tmp/m/tmp>, "x", AT_REMOVEDIR) = 0': "unlinkat(tmp/x)",
    'unlink("/tmp/m/home/b") = -1 ENOENT (No such file or directory)': "unlink(home/b)",
    "utimensat(4</tmp/m/home/a>, NULL, [UTIME_NOW, UTIME_NOW], 0) = 0": "utimensat(home/a)",
    "copy_file_range(3</tmp/m/home/a>, NULL, 4</tmp/m/home/b>, NULL, 9, 0) = 9": "copy_file_range(home/b)",
    "+++ killed by SIGKILL +++": None,
}


@pytest.mark.parametrize(("line", "text"), LINES.items())
def test_a_line_is_read(line: str, text: str | None) -> None:
    """Paths are told below the machine's root; what changes no file of it is no change."""
    assert [call.text for call in read_changes([line], ROOT)] == ([] if text is None else [text])


def test_calls_are_counted_as_the_kernel_sees_them() -> None:
    """Every call of a name counts, also those that change nothing: strace counts them so when it injects."""
    lines = ['openat(AT_FDCWD</x>, "/y", O_RDONLY) = 3</y>', 'openat(AT_FDCWD</x>, "/tmp/m/y", O_WRONLY) = 3']
    assert [call.number for call in read_changes(lines, ROOT)] == [2]


def test_a_change_outside_of_the_machine_is_an_error() -> None:
    """A test that touches anything else of the computer stops there."""
    with pytest.raises(AssertionError, match="outside of the machine"):
        list(read_changes(['unlink("/etc/passwd") = 0'], ROOT))


def _recorded(machine: Sandbox) -> list[Call]:
    """Return the calls of an apply on a home that MiMoCode knows and that holds nothing of ours."""
    found: list[Call] = []
    for _ in range(2):  # the first time, MiMoCode itself makes its folders and a config
        found = list(record(machine, APPLY_USER).calls)
        assert UNINSTALL.run(machine).exit_code == 0
        shutil.rmtree(machine.own_folder.parent, ignore_errors=True)
    return found


def test_a_killed_call_has_no_effect(sandbox: Sandbox) -> None:
    """The run is dead at the beginning of the call, and what came before it is done."""
    calls = _recorded(sandbox)
    made = [call.text for call in calls].index("mkdir(home/.gonkagate/mimo-code)")
    kill(sandbox, APPLY_USER, calls, made)
    assert sandbox.own_folder.parent.exists()
    assert not sandbox.own_folder.exists()
    sandbox.own_folder.parent.rmdir()
    kill(sandbox, APPLY_USER, calls, made + 1)
    assert list(sandbox.own_folder.iterdir()) == []


def test_a_kill_elsewhere_is_noticed(sandbox: Sandbox) -> None:
    """A run that does something else than when it was recorded makes the test fail."""
    calls = _recorded(sandbox)
    calls[0] = attrs.evolve(calls[0], places=("home/elsewhere",))
    with pytest.raises(AssertionError, match="killed elsewhere"):
        kill(sandbox, APPLY_USER, calls, 1)


def test_all_threads_are_watched_and_what_they_start_is_not(sandbox: Sandbox) -> None:
    """What MiMoCode writes for itself is not ours; what we write is found."""
    exit_code, lines = changes_of_all_threads(sandbox, APPLY_USER)
    assert exit_code == 0
    assert any("install-state.json" in line for line in lines)
    assert not any(".local/share" in line for line in lines)
    assert (sandbox.home / ".local" / "share" / "mimocode").is_dir()
