"""What keeps a file from being replaced without loss is told beforehand, each with its place and a remedy."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from reconciler.engine import platform
from reconciler.engine.files import ReadOnlyFiles, Snapshot
from reconciler.engine.preflight import Target, hindrances
from reconciler.engine.problems import Blocker, Place
from tests.support.privileges import bound_by_permissions
from tests.support.target import REPOSITORY

FILES: Final = ReadOnlyFiles()
NAME: Final = "mimocode.jsonc"
Prepare = Callable[[Path], object]


def told(path: Path) -> tuple[Blocker, ...]:
    """Ask about one file as it stands."""
    return hindrances(FILES, [Target("user_config", path, FILES.read(path))])


def folder(root: Path) -> Path:
    """Give the folder in which the file in question is."""
    return root / "config"


def make(root: Path) -> Path:
    """Put the file down, and return it."""
    folder(root).mkdir()
    path = folder(root) / NAME
    path.write_bytes(b"{}")
    return path


def link_to(root: Path, target: Path) -> None:
    """Put a link in the file's place."""
    folder(root).mkdir()
    (folder(root) / NAME).symlink_to(target)


def dotfile(root: Path) -> Path:
    """Put the file down elsewhere, as those do who keep their configs together."""
    path = root / "elsewhere" / "dotfile"
    path.parent.mkdir()
    path.write_bytes(b"{}")
    return path


def link_to_a_file_that_can_be_made(root: Path) -> None:
    """Put down a link to a folder that is there, and a file in it that is not."""
    target = dotfile(root)
    target.unlink()
    link_to(root, target)


def relative_link(root: Path) -> None:
    """Put down a link that does not say where it begins."""
    dotfile(root)
    link_to(root, Path("../elsewhere/dotfile"))


def symbolic_names(root: Path) -> None:
    """Put down the file and two symbolic links to it."""
    path = make(root)
    for name in ("one", "two"):
        (root / name).symlink_to(path)


def hard_names(*names: str) -> Prepare:
    """Put down the file, and hard links to it."""

    def prepare(root: Path) -> None:
        path = make(root)
        for name in names:
            (root / name).hardlink_to(path)

    return prepare


def hard_name_behind_a_link(root: Path) -> None:
    """Put down a link to a file that has a second name."""
    target = dotfile(root)
    (root / "second").hardlink_to(target)
    link_to(root, target)


HARMLESS: Final[dict[str, Prepare]] = {
    "a file": make,
    "no file yet": lambda root: folder(root).mkdir(),
    "no folder yet": Path.exists,
    "a link to a file": lambda root: link_to(root, dotfile(root)),
    "a link to a file that can be made": link_to_a_file_that_can_be_made,
    "a link to a folder": lambda root: folder(root).symlink_to(dotfile(root).parent),
    "a link that does not say where it begins": relative_link,
    "two symbolic links to it": symbolic_names,
    "a file that cannot be written itself": lambda root: make(root).chmod(0o444),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_can_be_replaced_is_no_hindrance(tmp_path: Path, what: str) -> None:
    """Files that are there, files and folders that can be made, links that lead to either."""
    HARMLESS[what](tmp_path)
    assert told(folder(tmp_path) / NAME) == ()


HINDRANCES: Final[dict[str, tuple[Prepare, str, str, str]]] = {
    "a second name": (
        hard_names("second"),
        "config/mimocode.jsonc",
        "2 names (hard links)",
        "symbolic links",
    ),
    "a third name": (
        hard_names("second", "third"),
        "config/mimocode.jsonc",
        "3 names (hard links)",
        "symbolic links",
    ),
    "a second name behind a link": (
        hard_name_behind_a_link,
        "config/mimocode.jsonc",
        "2 names (hard links)",
        "symbolic links",
    ),
    "a link into a folder that is not there": (
        lambda root: link_to(root, root / "unmounted" / "dotfile"),
        "config/mimocode.jsonc",
        "not there",
        "remove the link",
    ),
    "a folder that is a link to nowhere": (
        lambda root: folder(root).symlink_to(root / "unmounted"),
        "config",
        "not there",
        "remove the link",
    ),
    "a file in the folder's place": (
        lambda root: folder(root).write_bytes(b"mine"),
        "config",
        "a file stands where a folder is needed",
        "move it away",
    ),
}


@pytest.mark.parametrize("what", HINDRANCES)
def test_what_cannot_be_replaced_without_loss_is_told(tmp_path: Path, what: str) -> None:
    """With the place where it is, and with what to do about it."""
    prepare, place, message, remedy = HINDRANCES[what]
    prepare(tmp_path)
    (blocker,) = told(folder(tmp_path) / NAME)
    assert (blocker.code, blocker.source) == ("file_not_replaceable", "user_config")
    assert blocker.place is not None
    assert blocker.place.file == str(tmp_path / place)
    assert message in blocker.message
    assert remedy in blocker.remedy


def test_each_file_is_told_of(tmp_path: Path) -> None:
    """One run through the files finds everything that somebody has to mend."""
    path = make(tmp_path)
    (tmp_path / "second").hardlink_to(path)
    broken = tmp_path / "project"
    broken.symlink_to("nowhere")
    targets = [
        Target("key_file", tmp_path / "key", None),
        Target("user_config", path, FILES.read(path)),
        Target("project_config", broken / "mimocode.json", None),
    ]
    assert [one.source for one in hindrances(FILES, targets)] == ["user_config", "project_config"]


def test_nothing_is_a_hindrance_to_nothing() -> None:
    """A run without files has none."""
    assert hindrances(FILES, []) == ()


# As somebody whom permissions bind

ASK: Final = """
import json, sys
from pathlib import Path
from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.preflight import Target, hindrances
path = Path(sys.argv[1])
before = ReadOnlyFiles().read(path)
found = hindrances(ReadOnlyFiles(), [Target("user_config", path, before)])
print(json.dumps([[one.code, one.place.file, one.message] for one in found]))
"""


def asked(path: Path) -> list[list[str]]:
    """Ask about a file in a process of its own, which is bound by permissions."""
    done = subprocess.run(
        [*bound_by_permissions(), sys.executable, "-c", ASK, str(path)],
        env={"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    found: list[list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("there", [True, False], ids=["a file in it", "no file in it"])
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, there: bool) -> None:  # noqa: FBT001 - a case
    """Replacing a file needs its folder, whatever the file itself allows."""
    path = make(tmp_path)
    if not there:
        path.unlink()
    folder(tmp_path).chmod(0o555)
    ((code, place, message),) = asked(path)
    folder(tmp_path).chmod(0o755)
    assert (code, place) == ("file_not_replaceable", str(folder(tmp_path)))
    assert "nothing can be written in this folder" in message


def test_the_nearest_folder_that_is_there_must_let_us_make_the_others(tmp_path: Path) -> None:
    """Folders that are not there yet are asked about where they would be made."""
    folder(tmp_path).mkdir(mode=0o555)
    ((_, place, _),) = asked(folder(tmp_path) / "a" / "b" / NAME)
    folder(tmp_path).chmod(0o755)
    assert place == str(folder(tmp_path))


def test_a_link_is_asked_about_where_it_leads(tmp_path: Path) -> None:
    """A dotfile behind a link is replaced in its own folder, and that one counts."""
    target = dotfile(tmp_path)
    link_to(tmp_path, target)
    folder(tmp_path).chmod(0o555)
    assert asked(folder(tmp_path) / NAME) == []
    folder(tmp_path).chmod(0o755)
    target.parent.chmod(0o555)
    assert [place for _, place, _ in asked(folder(tmp_path) / NAME)] == [str(target.parent)]
    target.parent.chmod(0o755)


@pytest.mark.parametrize("owner", [(0, 0), (0, 65533)], ids=["another user's", "another user's and group's"])
def test_a_file_of_somebody_else_is_told(
    owner: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rename would give the file to whoever makes it."""
    monkeypatch.setattr(os, "geteuid", lambda: 65533)
    monkeypatch.setattr(os, "getegid", lambda: 65533)
    monkeypatch.setattr(os, "getgroups", list)
    path = tmp_path / NAME
    before = Snapshot(path, b"{}", 0o644, owner)
    ((code, place, message),) = [
        (one.code, one.place, one.message) for one in hindrances(FILES, [Target("user_config", path, before)])
    ]
    assert (code, place) == ("file_not_replaceable", Place(file=str(path)))
    assert "another user or group" in message


@pytest.mark.parametrize("owner", [(65533, 65533), (0, 0)])
def test_only_the_administrator_gives_a_file_back_to_somebody_else(owner: tuple[int, int]) -> None:
    """So somebody else's file is no hindrance for him."""
    me = (os.geteuid(), os.getegid())
    assert platform.may_give_owner(me)
    assert platform.may_give_owner(owner) is (os.geteuid() == 0 or owner == me)
