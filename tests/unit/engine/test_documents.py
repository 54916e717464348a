"""Reading a document: as it is, through links, and refused with line and column where it cannot be read."""

import os
from pathlib import Path

import pytest

from reconciler.engine.documents import read_document
from reconciler.engine.files import ReadOnlyFiles, fingerprint
from reconciler.engine.problems import Place, Stop, stop

FILES = ReadOnlyFiles()


def test_a_missing_file_is_an_empty_document(tmp_path: Path) -> None:
    """What is not there reads as an empty object without a fingerprint."""
    document = read_document(FILES, "user_config", tmp_path / "none.jsonc")
    assert not document.exists
    assert (document.tree.value, document.data, document.fingerprint) == ({}, b"", None)


def test_an_empty_file_is_there(tmp_path: Path) -> None:
    """A file of no bytes exists, and means an empty object too."""
    path = tmp_path / "empty.json"
    path.touch()
    document = read_document(FILES, "user_config", path)
    assert document.exists
    assert document.tree.value == {}
    assert document.fingerprint == fingerprint(b"")


def test_links_are_followed_but_the_name_is_kept(tmp_path: Path) -> None:
    """People are told the path they know; writing happens behind the link."""
    (tmp_path / "dotfiles").mkdir()
    target = tmp_path / "dotfiles" / "mimo.jsonc"
    target.write_text('{"a": 1}')
    link = tmp_path / "mimocode.jsonc"
    link.symlink_to(target)
    document = read_document(FILES, "user_config", link)
    assert (document.path, document.real) == (link, target.resolve())
    assert document.tree.value == {"a": 1}


@pytest.mark.parametrize(
    ("content", "code", "line", "column"),
    [
        (b'{\n  "a": 1,,\n}', "config_unreadable", 2, 10),
        (b"{'a': 1}", "config_unreadable", 1, 2),
        (b'{"a": 1', "config_unreadable", 1, 8),
        (b"\n\n// nothing", "config_unreadable", 3, None),
        (b'{"a": "\xff"}', "config_unreadable", 1, None),
        (b"[]", "config_not_an_object", 1, 1),
        (b'"x"', "config_not_an_object", 1, 1),
        (b"null", "config_not_an_object", 1, 1),
    ],
)
def test_what_cannot_be_read_stops_with_its_place(
    tmp_path: Path, content: bytes, code: str, line: int, column: int | None
) -> None:
    """A file that MiMoCode could not read either is named with line and column, and what to do."""
    path = tmp_path / "mimocode.jsonc"
    path.write_bytes(content)
    with pytest.raises(Stop) as caught:
        read_document(FILES, "user_config", path)
    (blocker,) = caught.value.blockers
    assert blocker.code == code
    assert blocker.place is not None
    assert (blocker.place.file, blocker.place.line) == (str(path), line)
    assert column in (None, blocker.place.column)
    assert blocker.remedy
    assert path.read_bytes() == content


def test_a_secret_in_a_broken_file_is_not_quoted(tmp_path: Path) -> None:
    """The message says what is wrong and where, and repeats nothing of the file."""
    path = tmp_path / "mimocode.jsonc"
    path.write_text('{"apiKey": "gp-secretsecret" "b": 1}')
    with pytest.raises(Stop) as caught:
        read_document(FILES, "user_config", path)
    assert "secretsecret" not in repr(caught.value)


def test_what_is_no_file_stops(tmp_path: Path) -> None:
    """A folder or a pipe in the config's place is told, and not waited for."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe"):
        with pytest.raises(Stop) as caught:
            read_document(FILES, "user_config", tmp_path / name)
        assert caught.value.blockers[0].code == "config_unreadable"


def test_a_document_shows_nothing_of_its_content(tmp_path: Path) -> None:
    """Printing a document tells where it is and not what is in it."""
    path = tmp_path / "mimocode.jsonc"
    path.write_text('{"apiKey": "gp-secretsecret"}')
    assert "secretsecret" not in repr(read_document(FILES, "user_config", path))


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(file="/a/b.json"), "/a/b.json"),
        (Place(file="/a", line=3), "/a:3"),
        (Place(file="/a", line=3, column=7), "/a:3:7"),
        (Place(variable="MIMOCODE_CONFIG"), "variable MIMOCODE_CONFIG"),
        (Place(), ""),
    ],
)
def test_a_place_is_spelled_as_editors_take_it(place: Place, text: str) -> None:
    """File, line and column with colons between; a variable by its name."""
    assert str(place) == text


def test_a_stop_reads_as_its_messages() -> None:
    """An exception that is shown by accident says what is wrong and nothing more."""
    one = stop("locked", "busy", "wait", source="lock")
    two = Stop((*one.blockers, *stop("x", "other", "do", source="s").blockers), failed=True)
    assert str(two) == "busy; other"
    assert (one.failed, two.failed) == (False, True)
    assert one.notes == ()
