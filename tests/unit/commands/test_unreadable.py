"""Layers that keep MiMoCode from starting: each is named with its place, what is wrong, and what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.commands.unreadable import unreadable
from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.problems import Blocker, Place
from reconciler.mimocode.layers import discover
from reconciler.mimocode.paths import expected

FILES = ReadOnlyFiles()
Variables = dict[str, str]


def _found(root: Path, variables: Variables) -> tuple[Blocker, ...]:
    """Look at all layers of a folder."""
    environment = {"MIMOCODE_TEST_MANAGED_CONFIG_DIR": str(root / "managed"), **variables}
    layers = discover(FILES, environment, expected({}, root / "home"), root / "project")
    return unreadable(FILES, environment, layers)


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    """Make a home and a project."""
    root = tmp_path.resolve()
    (root / "home" / ".config" / "mimocode").mkdir(parents=True)
    (root / "project" / ".git").mkdir(parents=True)
    return root


def _file(text: str) -> Callable[[Path], Variables]:
    def prepare(root: Path) -> Variables:
        (root / "project" / "mimocode.json").write_text(text)
        return {"N": "1"}

    return prepare


def _folder(root: Path) -> Variables:
    (root / "project" / "mimocode.json").mkdir()
    return {}


def _file_for_a_folder(root: Path) -> Variables:
    (root / "project" / ".mimocode").write_text("{}")
    return {}


def _missing_folder(root: Path) -> Variables:
    return {"MIMOCODE_CONFIG_DIR": str(root / "none")}


@pytest.mark.parametrize(
    ("prepare", "file", "at", "says"),
    [
        (_file('{"model": }'), "mimocode.json", (1, 11), "not valid JSONC"),
        (_file("[]"), "mimocode.json", (1, 1), "must be one JSON object"),
        (_file('{"a": "{file:none}",\n "b": "{env:N}"}'), "mimocode.json", (1, 8), "refers to a file"),
        (_file('{"a": {env:N},,}'), "mimocode.json", (None, None), "once variables"),
        (_folder, "mimocode.json", (None, None), "cannot be read"),
        (_file_for_a_folder, ".mimocode", (None, None), "folder is not there or is none"),
        (_missing_folder, "../none", (None, None), "folder is not there or is none"),
    ],
)
def test_a_file_is_named_with_its_place(
    root: Path, prepare: Callable[[Path], Variables], file: str, at: tuple[int | None, int | None], says: str
) -> None:
    """Line and column where there are any; one blocker, with a remedy."""
    (blocker,) = _found(root, prepare(root))
    assert blocker.place == Place(str((root / "project" / file).resolve()), *at)
    assert says in blocker.message
    assert blocker.remedy.endswith("then run again")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": 1,,}', "(line 1, column 9)"),
        ("[]", "is not one JSON object"),
        ("\ufeff{}", "byte order mark"),
        ('{"a": "{file:none}"}', "refers to a file"),
        ('{"a": {env:NONE}}', "once variables"),
    ],
)
def test_a_variable_is_named_and_its_text_is_not_shown(root: Path, text: str, says: str) -> None:
    """Line and column stand in the message, since a variable has no file."""
    (blocker,) = _found(root, {"MIMOCODE_CONFIG_CONTENT": text})
    assert blocker.place == Place(variable="MIMOCODE_CONFIG_CONTENT")
    assert says in blocker.message


def test_every_fault_is_named_once(root: Path) -> None:
    """Two layers of one file are one fault; each missing file of a layer is one."""
    config = root / "home" / ".config" / "mimocode" / "mimocode.json"
    config.write_text('{"a": "{file:x}", "b": "{file:y}"}')
    (root / "project" / "mimocode.json").write_text("{")
    found = _found(root, {"MIMOCODE_CONFIG": str(config)})
    assert [(Path(one.place.file or "").parent.name, one.place.column) for one in found if one.place] == [
        ("project", 2),
        ("mimocode", 8),
        ("mimocode", 25),
    ]


def test_what_mimocode_can_read_is_no_fault(root: Path) -> None:
    """An empty file, a comment, a reference that is there, a variable that makes the text JSON."""
    (root / "project" / "name").write_text("x")
    (root / "project" / "mimocode.json").write_text('{"a": "{file:name}", "b": {env:N}} // c')
    (root / "project" / "mimocode.jsonc").write_text("")
    assert _found(root, {"N": "1"}) == ()
