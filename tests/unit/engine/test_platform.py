"""What differs between systems, as far as it can be told on one of them: places, names, commands, calls."""

import os
import subprocess
import sys
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from reconciler.cli.text import home_relative
from reconciler.engine import platform
from tests.support.target import REPOSITORY

LINUX, MACOS, WINDOWS = "linux", "darwin", "win32"


@pytest.mark.parametrize(
    ("system", "environment", "folder"),
    [
        (LINUX, {}, PurePosixPath("/etc")),
        (LINUX, {"PROGRAMDATA": "D:\\Data"}, PurePosixPath("/etc")),
        (MACOS, {}, PurePosixPath("/Library/Application Support")),
        (WINDOWS, {}, PureWindowsPath("C:/ProgramData")),
        (WINDOWS, {"PROGRAMDATA": ""}, PureWindowsPath("C:/ProgramData")),
        (WINDOWS, {"PROGRAMDATA": "D:\\Data"}, PureWindowsPath("D:/Data")),
    ],
)
def test_settings_of_all_users_lie_where_the_system_keeps_them(
    system: str, environment: dict[str, str], folder: PurePath
) -> None:
    """Where MiMoCode's managed folder lies below; Windows says it by a variable."""
    found = platform.shared_settings(environment, system)
    assert (found, type(found)) == (folder, type(folder))


@pytest.mark.parametrize(("system", "variable"), [(LINUX, "HOME"), (MACOS, "HOME"), (WINDOWS, "USERPROFILE")])
def test_the_home_is_said_by_the_system_s_own_variable(system: str, variable: str) -> None:
    """The one that MiMoCode asks as well."""
    assert platform.home_variable(system) == variable


@pytest.mark.parametrize(
    ("system", "path", "home", "shown"),
    [
        (LINUX, "/home/ada/x/y", "/home/ada", "~/x/y"),
        (LINUX, "/home/ada/x", "/home/ada/", "~/x"),
        (LINUX, "/home/adam/x", "/home/ada", "/home/adam/x"),
        (LINUX, "/home/ada\\x", "/home/ada", "/home/ada\\x"),
        (LINUX, "/home/ada", "/home/ada", "/home/ada"),
        (LINUX, "/x", "", "/x"),
        (WINDOWS, "C:\\Users\\ada\\x\\y", "C:\\Users\\ada", "~\\x\\y"),
        (WINDOWS, "C:\\Users\\ada/x", "C:\\Users\\ada\\", "~/x"),
        (WINDOWS, "C:\\Users\\adam\\x", "C:\\Users\\ada", "C:\\Users\\adam\\x"),
    ],
)
def test_a_path_below_the_home_is_shown_shorter(system: str, path: str, home: str, shown: str) -> None:
    """Divided as the system divides paths; a backslash in a name on Linux divides nothing."""
    assert home_relative(path, home, platform.separators(system)) == shown


def test_on_windows_a_command_ends_a_process_with_its_children() -> None:
    """By its whole path, so that no program of that name in a folder of somebody's is started."""
    command = platform.kill_command(4711, {"SYSTEMROOT": "D:\\Win"}, WINDOWS)
    assert command == ("D:\\Win\\System32\\taskkill.exe", "/F", "/T", "/PID", "4711")
    assert PureWindowsPath(platform.kill_command(1, {}, WINDOWS)[0]).is_absolute()


@pytest.mark.parametrize("system", [LINUX, MACOS])
def test_elsewhere_a_signal_does(system: str) -> None:
    """No program is started to end another."""
    assert platform.kill_command(4711, {}, system) == ()


def test_the_administrator_s_preferences_are_macos_alone() -> None:
    """No other system has such a folder, so none is looked at."""
    assert platform.managed_preferences(MACOS) == ("/Library/Managed Preferences",)
    assert platform.managed_preferences(LINUX) == platform.managed_preferences(WINDOWS) == ()


@pytest.mark.parametrize("system", [LINUX, MACOS, WINDOWS])
def test_a_neutral_folder_is_the_system_s(system: str) -> None:
    """Below no home and no project, and named whole."""
    flavour = PureWindowsPath if system == WINDOWS else PurePosixPath
    assert all(flavour(folder).is_absolute() for folder in platform.system_folders(system))


def test_a_second_name_of_a_link_is_the_link_s(tmp_path: Path) -> None:
    """Where the system can be told so, as here, the target gets no second name."""
    (tmp_path / "target").write_text("x")
    (tmp_path / "link").symlink_to("target")
    platform.link(tmp_path / "link", tmp_path / "second")
    assert (tmp_path / "second").is_symlink()
    assert (tmp_path / "target").stat().st_nlink == 1


def test_an_open_file_gets_its_times(tmp_path: Path) -> None:
    """Both, to the nanosecond."""
    with (tmp_path / "file").open("wb") as file:
        platform.set_open_file_times(file.fileno(), (1_000_000_001, 2_000_000_002))
    found = (tmp_path / "file").stat()
    assert (found.st_atime_ns, found.st_mtime_ns) == (1_000_000_001, 2_000_000_002)


def test_what_a_system_lacks_is_not_asked_of_it() -> None:
    """The whole program is imported by a Python that has none of POSIX's own modules and calls.

    That is as near to Windows as one comes here: what is missing there is missing at the import already.
    """
    script = (
        "import sys, os\n"
        "for name in ('fcntl', 'pwd', 'grp', 'resource', 'termios'): sys.modules[name] = None\n"
        "for name in ('geteuid', 'getegid', 'getgroups', 'fchmod', 'fchown', 'setxattr', 'listxattr',\n"
        "             'killpg', 'O_NOFOLLOW', 'O_CLOEXEC', 'O_NONBLOCK', 'O_DIRECTORY', 'memfd_create'):\n"
        "    delattr(os, name)\n"
        "import pkgutil, importlib, reconciler\n"
        "for found in pkgutil.walk_packages(reconciler.__path__, 'reconciler.'):\n"
        "    if not found.name.endswith('__main__'): importlib.import_module(found.name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_one_module_alone_asks_which_system_this_is() -> None:
    """Everybody else asks that module for what differs."""
    asking = {
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "reconciler").rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if any(sign in line for sign in ("sys.platform", "os.name", "platform.system("))
    }
    assert asking == {"reconciler/engine/platform.py"}
