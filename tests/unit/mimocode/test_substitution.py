"""What MiMoCode reads in a text: variables, then files, and where each character of the result comes from."""

from pathlib import Path

import pytest

from reconciler.mimocode.substitution import fill, opened

HOME = Path("/home/ada")


def _fill(folder: Path, text: str) -> str:
    return fill(
        text.encode(),
        folder,
        folder / "home",
        {"A": "x", "B": '{file:"}', "FOLDER": ".", "VIA": "{file:name}"},
    ).text


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("{env:A}{env:NO}", "x"),
        ("{fi{env:NO}le:name}", "gonkagate"),
        ('"{file:./name}"', '"gonkagate"'),
        ('"{file:~/quoted}"', '"a \\" b"'),
        ("  // {file:name} {env:A}", "  // {file:name} x"),
        ("1 // {file:name}", "1 // gonkagate"),
        ("{env:}{file:}{FILE:name}", "{env:}{file:}{FILE:name}"),
        ("{file:missing}|{file:.}", "|"),
        ('"{file:marked}"', '"x y"'),
        ("\u00a0\ufeff// {file:name}", "\u00a0\ufeff// {file:name}"),
        ("{file:{env:FOLDER}/name}", "gonkagate"),
        ("{env:VIA}", "gonkagate"),
    ],
)
def test_a_text_is_filled_as_mimo_fills_it(tmp_path: Path, text: str, becomes: str) -> None:
    """Variables first and as they are; files trimmed and escaped, not in line comments; the rest stays."""
    (tmp_path / "name").write_text("\n gonkagate\t\n")
    (tmp_path / "marked").write_text("\ufeff\u00a0x y\u2003\r\n")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "quoted").write_text('a " b')
    assert _fill(tmp_path, text) == becomes


def test_every_place_is_one_of_the_source(tmp_path: Path) -> None:
    """A key's value, behind texts that are longer or shorter than what they came from."""
    (tmp_path / "long").write_text("x" * 500)
    source = '\ufeff{"a": "{file:long}",\r\n  "{env:NO}b": {"c": 1}}'
    filled = fill(source.encode(), tmp_path, HOME, {})
    assert filled.position(filled.offset_of(("a",))) == (1, 7)
    assert filled.position(filled.offset_of(("b", "c"))) == (2, 22)
    assert filled.position(filled.offset_of(("b", "none"))) == filled.position(filled.offset_of(("b",)))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("~/x", "/home/ada/x"),
        ("./a/../x", "/p/x"),
        ("/a/../x", "/a/../x"),
        ("~x", "/p/~x"),
        ("file:///x", "/p/file:/x"),
    ],
)
def test_a_name_leads_where_mimo_goes(name: str, path: str) -> None:
    """`~/` alone is the home; what is absolute goes to the system as it stands."""
    assert str(opened(name, Path("/p"), HOME)) == path


def test_a_file_that_is_too_large_is_said_to_be_unseen(tmp_path: Path) -> None:
    """It could hold anything behind its blanks."""
    (tmp_path / "big").write_bytes(b" " * 1024 * 1024 + b"gonkagate")
    (reference,) = fill(b"{file:big}", tmp_path, HOME, {}).references
    assert reference.unseen


@pytest.mark.parametrize(
    ("reference", "missing"),
    [("name", 0), ("empty", 0), ("no", 1), (".", 1), ("name/x", 1), ("x" * 300, 1)],
)
def test_a_file_that_cannot_be_read_is_said_to_be_missing(
    tmp_path: Path, reference: str, missing: int
) -> None:
    """MiMoCode refuses the whole configuration then; an empty file is one all the same."""
    (tmp_path / "name").write_text("x")
    (tmp_path / "empty").write_text("")
    (found,) = fill(f"{{file:{reference}}}".encode(), tmp_path, HOME, {}).references
    assert found.missing is bool(missing)
