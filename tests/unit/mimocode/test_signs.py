"""Signs of layers that cannot be read from here."""

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from reconciler.engine.files import ReadOnlyFiles
from reconciler.mimocode import signs
from reconciler.mimocode.paths import Paths, expected

FILES = ReadOnlyFiles()
TOKEN = "gp-unit-0123456789"  # noqa: S105 - made up
FETCHED = {"type": "wellknown", "key": "TOKEN", "token": TOKEN}


def paths_with(home: Path, auth: object) -> Paths:
    """Give a home with a store of credentials."""
    paths = expected({}, home)
    paths.auth.parent.mkdir(parents=True)
    paths.auth.write_text(auth if isinstance(auth, str) else json.dumps(auth))
    return paths


def test_a_credential_that_makes_mimocode_fetch_settings_is_told(tmp_path: Path) -> None:
    """With the host it is for and the file it stands in, and nothing else of it."""
    address = f"https://ada:{TOKEN}@settings.example:8443/x?y={TOKEN}"
    paths = paths_with(tmp_path, {"x": {"type": "api", "key": TOKEN}, address: FETCHED})
    (sign,) = signs.find(FILES, {}, paths)
    assert (sign.kind, sign.outranks) == (signs.REMOTE, False)
    assert "from settings.example at every start" in sign.sentence
    assert str(sign.place) == str(paths.auth)
    assert TOKEN not in repr(sign)


@pytest.mark.parametrize("name", ["", "no address", "https://[", "https://a\u202eb/"])
def test_an_odd_address_is_not_repeated(tmp_path: Path, name: str) -> None:
    """There is a sign all the same."""
    (sign,) = signs.find(FILES, {}, paths_with(tmp_path, {name: FETCHED}))
    assert "from an address at" in sign.sentence


@pytest.mark.parametrize(
    "auth", ["", "{", "null", "[]", "{}", "[" * 9999, {"x": "wellknown"}, {"x": {"type": ["wellknown"]}}]
)
def test_anything_else_is_no_sign(tmp_path: Path, auth: object) -> None:
    """Nor is a store that is not there, or cannot be read."""
    paths = paths_with(tmp_path, auth)
    assert signs.find(FILES, {}, paths) == ()
    paths.auth.unlink()
    assert signs.find(FILES, {}, paths) == ()
    paths.auth.mkdir()
    assert signs.find(FILES, {}, paths) == ()


def test_the_variable_stands_in_for_the_file(tmp_path: Path) -> None:
    """Where it holds JSON; else the file counts."""
    paths = paths_with(tmp_path, {"https://file.example": FETCHED})
    told = json.dumps({"https://variable.example": FETCHED})
    (sign,) = signs.find(FILES, {"MIMOCODE_AUTH_CONTENT": told}, paths)
    assert "variable.example" in sign.sentence
    assert str(sign.place) == "variable MIMOCODE_AUTH_CONTENT"
    assert signs.find(FILES, {"MIMOCODE_AUTH_CONTENT": "{}"}, paths) == ()
    (sign,) = signs.find(FILES, {"MIMOCODE_AUTH_CONTENT": "{"}, paths)
    assert "file.example" in sign.sentence


@pytest.mark.parametrize("below", ["", "ada/"])
def test_preferences_of_the_system_are_told(tmp_path: Path, below: str) -> None:
    """The machine's or the user's, by the file that the system keeps them in; it is not read."""
    kept = tmp_path / "Managed Preferences"
    (kept / "ada").mkdir(parents=True)
    path = kept / f"{below}ai.opencode.managed.plist"
    path.write_bytes(b"\x00")
    (sign,) = signs.find(FILES, {"USER": "ada"}, expected({}, tmp_path), (str(kept),))
    assert len(signs.find(FILES, {}, expected({}, tmp_path), (str(kept),))) == (not below)
    assert (sign.kind, sign.outranks) == (signs.MANAGED, True)
    assert str(sign.place) == str(path)


def test_where_there_are_none_there_is_no_sign(tmp_path: Path) -> None:
    """Neither on a system without such a folder nor where it holds other programs' alone."""
    (tmp_path / "com.example.plist").write_bytes(b"")
    paths = expected({}, tmp_path)
    assert signs.find(FILES, {}, paths) == ()
    assert signs.find(FILES, {}, paths, (str(tmp_path), str(tmp_path / "none"))) == ()


@pytest.mark.parametrize(
    ("account", "organisation", "told"), [("a", "o", 1), ("a", None, 0), ("a", "", 0), (None, "o", 0)]
)
def test_an_organisation_that_is_chosen_is_told(
    tmp_path: Path, account: str | None, organisation: str | None, told: int
) -> None:
    """By MiMoCode's database, which is looked at without a trace; the tokens in it stay there."""
    paths = paths_with(tmp_path, {})
    with contextlib.closing(sqlite3.connect(paths.database)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE account (id TEXT, access_token TEXT)")
        database.execute("CREATE TABLE account_state (active_account_id TEXT, active_org_id TEXT)")
        database.execute("INSERT INTO account VALUES ('a', ?)", (TOKEN,))
        database.execute("INSERT INTO account_state VALUES (?, ?)", (account, organisation))
        database.commit()
    before = sorted(path.name for path in paths.data.iterdir())
    found = signs.find(FILES, {}, paths)
    assert [(sign.kind, str(sign.place)) for sign in found] == [
        (signs.ORGANISATION, str(paths.database))
    ] * told
    assert all(sign.outranks for sign in found)
    assert TOKEN not in repr(found)
    assert sorted(path.name for path in paths.data.iterdir()) == before


@pytest.mark.parametrize("data", [b"", b"no database" * 999, b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_database_that_says_nothing_is_no_sign(tmp_path: Path, data: bytes) -> None:
    """Empty, another file, or damaged."""
    paths = paths_with(tmp_path, {})
    paths.database.write_bytes(data)
    assert signs.find(FILES, {}, paths) == ()


def test_such_credentials_lend_variables(tmp_path: Path) -> None:
    """MiMoCode knows them wherever a text asks for a variable; other credentials lend none."""
    other = {"type": "api", "key": "OTHER", "token": TOKEN}
    paths = paths_with(
        tmp_path, {"https://a": FETCHED, "b": other, "https://c": {"type": "wellknown", "key": []}}
    )
    assert signs.lent(FILES, {}, paths) == {"TOKEN": TOKEN}
    assert signs.lent(FILES, {"MIMOCODE_AUTH_CONTENT": "{}"}, paths) == {}
