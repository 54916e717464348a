"""A machine at the starting point of a scenario, which can be brought back there again and again."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Final

import attrs

from tests.support.pictures import LOCK, MIMO_ENTRUSTED, MIMO_OWN_FILES
from tests.support.sandbox import Sandbox
from tests.support.scenarios import Scenario
from tests.support.shims import wait_until_quiet
from tests.support.snapshots import Entry, entry_of
from tests.support.strace import Call, record

OWN: Final = "home/.gonkagate/mimo-code"
KEY: Final = f"{OWN}/api-key"
JOURNAL: Final = f"{OWN}/journal.json"
BACKUPS: Final = f"{OWN}/backups"


@attrs.frozen
class Thing:
    """What stands at one place, its owner included; when it was written does not make a difference."""

    kind: str
    content: bytes = attrs.field(
        repr=lambda content: f"{len(content)} bytes {sha256(content).hexdigest()[:8]}"
    )
    mode: str
    owner: tuple[int, int]
    link: str | None
    written: int = attrs.field(eq=False, repr=False)


Picture = Mapping[str, Thing]


@attrs.frozen
class Machine:
    """A prepared machine: how it stands before the command and after it, and the command's changing calls."""

    sandbox: Sandbox
    scenario: Scenario
    before: Picture
    after: Picture
    calls: tuple[Call, ...]

    def restore(self) -> None:
        """Bring everything back to the starting point: names, contents, modes, owners, links, times."""
        _restore(self.sandbox)

    def picture(self) -> Picture:
        """Look at everything but what is MiMoCode's own."""
        return picture(self.sandbox)


def prepared(sandbox: Sandbox, scenario: Scenario) -> Machine:
    """Bring a new machine to a scenario's starting point, and learn what an undisturbed run does there."""
    scenario.prepare(sandbox)
    wait_until_quiet(sandbox)
    _keep_aside(sandbox)
    before = picture(sandbox)
    # In this run Python also compiles whatever is not compiled yet, so that it writes nothing in the next.
    result = scenario.command.run(sandbox)
    assert result.exit_code in scenario.exit_codes, result.stdout + result.stderr
    after = picture(sandbox)
    _restore(sandbox)
    assert picture(sandbox) == before, "the machine can be restored"
    ending = record(sandbox, scenario.command)
    assert ending.exit_code == result.exit_code, ending.stderr
    assert named(picture(sandbox)) == named(after), "two undisturbed runs leave the same files"
    return Machine(sandbox, scenario, before, after, ending.calls)


def picture(sandbox: Sandbox) -> Picture:
    """Describe home, project, the folder outside and TMPDIR, without what is MiMoCode's own."""
    return dict(_things(sandbox))


def named(seen: Picture) -> set[str]:
    """Return the names in a picture, less those of backups: a key's holds something made at random."""
    return {name for name in seen if not name.startswith(f"{BACKUPS}/")}


def _things(sandbox: Sandbox) -> Iterator[tuple[str, Thing]]:
    for root in _folders(sandbox):
        for path in (root, *sorted(root.rglob("*"))):
            name = path.relative_to(sandbox.root).as_posix()
            if name not in MIMO_ENTRUSTED and any(fnmatchcase(name, own) for own in MIMO_OWN_FILES):
                continue
            yield name, _thing(name, path, entry_of(path))


def _thing(name: str, path: Path, entry: Entry) -> Thing:
    status = path.lstat()
    content = b"" if name == LOCK else entry.content  # a line for people, which decides nothing
    owner = (status.st_uid, status.st_gid)
    return Thing(entry.kind, content, f"{entry.mode:o}", owner, entry.link, entry.mtime_ns)


def _folders(sandbox: Sandbox) -> tuple[Path, ...]:
    return (sandbox.home, sandbox.project, sandbox.outside, sandbox.temporary)


def _aside(sandbox: Sandbox) -> Path:
    return sandbox.root.parent / f"{sandbox.root.name}.aside"


def _keep_aside(sandbox: Sandbox) -> None:
    aside = _aside(sandbox)
    aside.mkdir()
    _copy(_folders(sandbox), aside)


def _restore(sandbox: Sandbox) -> None:
    wait_until_quiet(sandbox)
    for folder in _folders(sandbox):
        shutil.rmtree(folder)
    sandbox.calls_file.unlink(missing_ok=True)
    _copy([_aside(sandbox) / folder.name for folder in _folders(sandbox)], sandbox.root)


def _copy(folders: tuple[Path, ...] | list[Path], target: Path) -> None:
    """Copy with everything that a file system knows of a file, hard links included."""
    subprocess.run(["cp", "--archive", *folders, target], check=True, env={"PATH": os.defpath})
