"""Commands that only look leave everything as it is, beside files that the real MiMoCode would rewrite.

Home, project and `.git` are compared to the byte and to the time of each file and folder, before anything is
set up and afterwards; at the end MiMoCode itself is asked in the same folder and rewrites every one of them.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import Gateway
from tests.support.sandbox import Sandbox

MIMOS_OWN: Final = (".local/share/mimocode", ".local/state/mimocode", ".cache/mimocode")
"""Its database, logs and caches, below the home: the only things that are not compared."""
USER_CONFIG: Final = "home/.config/mimocode/mimocode.jsonc"
PROJECT_CONFIG: Final = "project/.mimocode/mimocode.json"
EXCLUDES: Final = "project/.git/info/exclude"
IDENTITY: Final = "project/.git/mimocode-project-id"
REWRITTEN: Final[dict[str, bytes]] = {
    USER_CONFIG: b'\xef\xbb\xbf{\n\t"share": "disabled", // mine\n\t"username": "ada" // me\n}',
    "home/.config/mimocode/mimocode.json": b'{ "$schema": "https://opencode.ai/config.json" ,"share":"auto"}',
    "home/.config/mimocode/config.json": b'{ "share" : "manual" } // as agreed',
    "home/.mimocode/mimocode.json": b'\xef\xbb\xbf{"share": "auto"}\r\n',
    PROJECT_CONFIG: b'{\r\n  "share": "disabled", // no thanks\r\n}\r\n',
    "project/mimocode.json": b'{"$schema": "", "share": "auto"} // the root\n',
    "project/src/.mimocode/mimocode.jsonc": b'{"username": "ada", /* why not */}',
    "project/src/mimocode.jsonc": b'{\n\t"username": "ada" /* inside */ // behind\n}\n',
    "project/src/deep/mimocode.json": b"{}",
}
"""Files without a `$schema`, with an empty one, with another product's; marks, comments and line ends."""


@attrs.frozen
class Seen:
    """All that can be seen of a file or folder: what it holds, and its status but for the time of reading."""

    content: bytes | tuple[str, ...]
    status: tuple[int, ...]


Picture = Mapping[str, Seen]


def picture(machine: Sandbox) -> Picture:
    """Look at home and project and at everything in them but what is MiMoCode's own."""
    own = {machine.home / name for name in MIMOS_OWN}
    return {
        str(path.relative_to(machine.root)): seen(path)
        for top in (machine.home, machine.project)
        for path in below(top, own)
    }


def below(top: Path, left_out: set[Path]) -> Iterator[Path]:
    """Yield a folder and what is in it, at any depth; links are not followed."""
    yield top
    for path in sorted(top.iterdir()):
        if path.is_dir() and not path.is_symlink():
            yield from () if path in left_out else below(path, left_out)
        else:
            yield path


def seen(path: Path) -> Seen:
    """Look at one file, folder or link."""
    status = path.lstat()
    if path.is_symlink():
        content: bytes | tuple[str, ...] = os.fsencode(path.readlink())
    elif path.is_dir():
        content = tuple(sorted(os.listdir(path)))  # noqa: PTH208 - its names alone
    else:
        content = path.read_bytes()
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return Seen(content, (status.st_mode, status.st_ino, status.st_nlink, status.st_uid, *times))


def changed(before: Picture, after: Picture) -> set[str]:
    """Name what is not as it was."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@attrs.define
class Looks:
    """What became of one machine on the way, told by the commands that were run there."""

    machine: Sandbox
    reports: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    touched: dict[str, set[str]] = attrs.field(factory=dict)
    by_mimo: set[str] = attrs.field(factory=set)

    @property
    def folder(self) -> Path:
        """Where everything is run: two steps down in the project."""
        return self.machine.project / "src" / "deep"

    def lay(self, *left: str) -> None:
        """Write the files, but for those that are left as they are."""
        for name, content in REWRITTEN.items():
            if name not in left:
                path = self.machine.root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def look(self, moment: str, *commands: str, key: str | None = None) -> None:
        """Run commands, and compare after each of them."""
        before = picture(self.machine)
        for command in commands:
            name = f"{moment}: {command}"
            self.reports[name] = self.run(*command.split(), key=key)
            self.touched[name] = changed(before, picture(self.machine))

    def run(self, *arguments: str, key: str | None = None) -> dict[str, Any]:
        """Run a command in the project and return its report."""
        report = self.machine.run(*arguments, "--json", cwd=self.folder, key=key).report
        assert report is not None
        return report


@pytest.fixture(scope="module", name="looks")
def _looks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looks]:
    """Look before anything is set up, after that, and when the user took `$schema` out of our files."""
    with Gateway() as gateway:
        machine = Sandbox(tmp_path_factory.mktemp("looks") / "machine", "real", gateway)
        looks = Looks(machine)
        looks.lay()
        excludes = (machine.root / EXCLUDES).read_bytes()
        # On its first start MiMoCode makes folders of its own; it writes no config for this.
        assert machine.run_mimo("debug", "paths").exit_code == 0
        looks.look("before", "plan", "explain", "status", "status --fast", key=CANARY_KEY)
        # To prove the set-up MiMoCode is asked, and writes into what is the user's.
        assert looks.run("apply", "--scope", "project", "--yes", key=CANARY_KEY)["outcome"] == "applied"
        looks.look("set up", "status", "status --refresh")
        (machine.root / EXCLUDES).write_bytes(excludes)
        (machine.root / IDENTITY).unlink()
        looks.look("marks gone", "status --refresh")
        looks.lay(USER_CONFIG, PROJECT_CONFIG)
        for name in (USER_CONFIG, PROJECT_CONFIG):
            take_schema_out(machine.root / name)
        looks.look("schema gone", "plan", "plan --offline", "explain", "status", "status --fast")
        before = picture(machine)
        machine.resolved(looks.folder)
        looks.by_mimo = changed(before, picture(machine))
        yield looks
        assert machine.leaks() == []


def take_schema_out(config: Path) -> None:
    """Take out the line of `$schema`, as a user would."""
    lines = config.read_bytes().splitlines(keepends=True)
    left = [line for line in lines if b'"$schema"' not in line]
    assert len(left) == len(lines) - 1
    config.write_bytes(b"".join(left))


def test_what_only_looks_touches_nothing(looks: Looks) -> None:
    """Names, bytes, modes, inodes and times in home, project and `.git` are the same after every command."""
    assert len(looks.touched) == 12
    assert {command: names for command, names in looks.touched.items() if names} == {}


def test_mimocode_itself_would_have_touched_them_all(looks: Looks) -> None:
    """Asked by hand in the same folder it rewrites each of the files and writes into `.git`."""
    assert looks.by_mimo >= {*REWRITTEN, EXCLUDES, IDENTITY}


def test_every_command_had_something_to_say(looks: Looks) -> None:
    """None of them was spared the question by stopping beforehand."""
    assert {name: report["outcome"] for name, report in looks.reports.items()} == {
        "before: plan": "changes",
        "before: explain": "no_changes",
        "before: status": "not_installed",
        "before: status --fast": "not_installed",
        "set up: status": "in_sync",
        "set up: status --refresh": "in_sync",
        "marks gone: status --refresh": "in_sync",
        "schema gone: plan": "changes",
        "schema gone: plan --offline": "changes",
        "schema gone: explain": "no_changes",
        "schema gone: status": "drifted",
        "schema gone: status --fast": "drifted",
    }


def test_status_asks_where_nothing_is_written_and_names_what_keeps_it_from_asking(looks: Looks) -> None:
    """Where MiMoCode was already, its answer counts; where its mark in `.git` is gone, that is told."""
    relied, asked = looks.reports["set up: status"], looks.reports["set up: status --refresh"]
    not_asked = looks.reports["marks gone: status --refresh"]
    assert relied["relies_on"] is not None
    assert (asked["verification"]["durable"], asked["warnings"]) == ("passed", [])
    assert not_asked["verification"]["durable"] == "skipped"
    (warning,) = not_asked["warnings"]
    assert "not asked" in warning["message"]
    assert warning["location"]["file"] == str(looks.machine.root / EXCLUDES)
