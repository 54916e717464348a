"""The disk as a plan will leave it: read like any other, and never written to."""

from pathlib import Path

import pytest

from reconciler.engine.files import Kind, LocalFiles, WriteRefusedError
from reconciler.engine.foresight import Planned
from tests.support.files import tree


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    """Give a folder with a file, a link to it, and a file that is to go."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "old").write_bytes(b"old")
    (tmp_path / "there" / "old").chmod(0o604)
    (tmp_path / "there" / "leaving").write_bytes(b"leaving")
    (tmp_path / "link").symlink_to(tmp_path / "there" / "old")
    (tmp_path / "folder").symlink_to(tmp_path / "there")
    return tmp_path


def planned(root: Path) -> Planned:
    """Plan to change one file through a link, to make one in a new folder, and to remove one."""
    return Planned.over(
        LocalFiles(),
        {
            root / "link": b"new",
            root / "folder" / "made" / "file": b"made",
            root / "there" / "leaving": None,
        },
    )


def test_a_planned_file_is_read_under_each_of_its_names(root: Path) -> None:
    """Links lead where they lead on the disk; the mode is that of the file that is there."""
    files = planned(root)
    for path in (root / "link", root / "there" / "old", root / "folder" / "old"):
        snapshot = files.read(path)
        assert snapshot is not None
        assert (snapshot.data, snapshot.mode, snapshot.path) == (b"new", 0o604, path)
        assert files.kind(path) is Kind.FILE
    assert files.is_link(root / "link")
    assert not files.is_link(root / "there" / "old")


def test_a_new_file_brings_its_folders(root: Path) -> None:
    """What is to be made is there, with every folder on the way, and belongs to nobody yet."""
    files = planned(root)
    made = files.read(root / "there" / "made" / "file")
    assert made is not None
    assert made.data == b"made"
    assert files.kind(root / "there" / "made" / "file") is Kind.FILE
    assert files.kind(root / "folder" / "made") is Kind.FOLDER
    assert files.names(root / "there" / "made") == ("file",)
    assert files.standing(root / "there" / "made" / "file") is None


def test_a_file_that_goes_is_gone(root: Path) -> None:
    """It is no longer read, listed or owned; its neighbours are."""
    files = planned(root)
    leaving = root / "folder" / "leaving"
    assert files.read(leaving) is None
    assert files.kind(leaving) is Kind.ABSENT
    assert files.standing(leaving) is None
    assert files.names(root / "folder") == ("made", "old")
    assert files.standing(root / "there" / "old") is not None


def test_everything_else_is_as_it_is(root: Path) -> None:
    """Files that no plan names are read from the disk itself."""
    (root / "other").write_bytes(b"other")
    files = planned(root)
    snapshot = files.read(root / "other")
    assert snapshot is not None
    assert snapshot.data == b"other"
    assert files.read(root / "nowhere") is None
    assert files.kind(root) is Kind.FOLDER
    assert files.names(root) == ("folder", "link", "other", "there")


def test_nothing_is_written(root: Path) -> None:
    """The disk below stays as it was, also when somebody tries."""
    before = tree(root)
    files = planned(root)
    with pytest.raises(WriteRefusedError):
        files.create(root / "there" / "made" / "file", b"", 0o600)
    with pytest.raises(WriteRefusedError):
        files.remove(root / "link")
    assert tree(root) == before


def test_contents_are_not_shown(root: Path) -> None:
    """A planned content can be the key."""
    assert "b'new'" not in repr(planned(root))
