"""Our model of the layers: which are read, in which order, and from which folders."""

from pathlib import Path

import attrs
import pytest

from reconciler.engine.files import ReadOnlyFiles
from reconciler.mimocode import layers
from reconciler.mimocode.layers import Layer
from reconciler.mimocode.paths import Paths, expected

FILES = ReadOnlyFiles()
MODEL = ("model",)


@attrs.frozen
class Place:
    """A home with a git project in it, below a folder of its own."""

    root: Path
    in_git: bool = True

    @property
    def home(self) -> Path:
        """The home folder."""
        return self.root / "home"

    @property
    def project(self) -> Path:
        """The git root, where there is one."""
        return self.home / "work" / "project"

    @property
    def middle(self) -> Path:
        """A folder between."""
        return self.project / "middle"

    @property
    def folder(self) -> Path:
        """Where MiMoCode is started."""
        return self.middle / "here"

    @property
    def paths(self) -> Paths:
        """MiMoCode's folders."""
        return expected({}, self.home)

    def make(self) -> None:
        """Make the folders."""
        self.folder.mkdir(parents=True)
        if self.in_git:
            (self.project / ".git").mkdir()

    def put(self, *names: str) -> None:
        """Put a config down at each path below the root, which says its own name as the model."""
        for name in names:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'{{"model": "{name}"}}')

    def seen(self, environment: dict[str, str] | None = None, folder: Path | None = None) -> list[str]:
        """Give the model of every layer that is read, the winner first."""
        nowhere = {"MIMOCODE_TEST_MANAGED_CONFIG_DIR": str(self.root / "managed")}
        found = layers.discover(FILES, {**nowhere, **(environment or {})}, self.paths, folder or self.folder)
        return [str(layer.value(MODEL)) for layer in found]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Give a place with a git project."""
    made = Place(tmp_path.resolve())
    made.make()
    return made


USER = "home/.config/mimocode/"
PROJECT = "home/work/project/"
IN_ORDER = [
    "managed/mimocode.jsonc",
    "managed/mimocode.json",
    "(content)",
    "extra/mimocode.jsonc",
    "extra/mimocode.json",
    "home/.mimocode/mimocode.jsonc",
    "home/.mimocode/mimocode.json",
    PROJECT + ".mimocode/mimocode.jsonc",
    PROJECT + ".mimocode/mimocode.json",
    PROJECT + "middle/.mimocode/mimocode.jsonc",
    PROJECT + "middle/.mimocode/mimocode.json",
    PROJECT + "middle/here/.mimocode/mimocode.jsonc",
    PROJECT + "middle/here/.mimocode/mimocode.json",
    PROJECT + "middle/here/mimocode.jsonc",
    PROJECT + "middle/here/mimocode.json",
    PROJECT + "middle/mimocode.jsonc",
    PROJECT + "middle/mimocode.json",
    PROJECT + "mimocode.jsonc",
    PROJECT + "mimocode.json",
    "named.json",
    USER + "mimocode.jsonc",
    USER + "mimocode.json",
    USER + "config.json",
    "(defaults)",
]
VARIABLES = {"(content)": "MIMOCODE_CONFIG_CONTENT", "(defaults)": "MIMOCODE_CONFIG_DEFAULTS"}
NEVER_READ = [
    "managed/config.json",
    "extra/config.json",
    "home/.mimocode/config.json",
    PROJECT + ".mimocode/config.json",
    PROJECT + "config.json",
    PROJECT + "opencode.json",
    PROJECT + "opencode.jsonc",
    PROJECT + ".opencode/mimocode.json",
    PROJECT + ".mimocode.json",
    USER + "opencode.json",
    "home/mimocode.json",
    "home/work/mimocode.json",
    "home/work/.mimocode/mimocode.json",
    "mimocode.json",
]


def everything(place: Place) -> dict[str, str]:
    """Put every layer down and give the environment that names the others."""
    place.put(*(name for name in IN_ORDER if name not in VARIABLES), *NEVER_READ)
    texts = {variable: f'{{"model": "{name}"}}' for name, variable in VARIABLES.items()}
    return {
        **texts,
        "MIMOCODE_CONFIG": str(place.root / "named.json"),
        "MIMOCODE_CONFIG_DIR": str(place.root / "extra"),
    }


def test_the_layers_are_mimocodes_in_its_order(place: Place) -> None:
    """Every layer is read once, the winner first, and what MiMoCode never reads is not."""
    assert place.seen(everything(place)) == IN_ORDER


def test_each_layer_decides_when_those_above_are_gone(place: Place) -> None:
    """Taking the winner away makes the next one the winner, down to the last."""
    environment = everything(place)
    for name in IN_ORDER:
        managed = {"MIMOCODE_TEST_MANAGED_CONFIG_DIR": str(place.root / "managed")}
        found = layers.discover(FILES, environment | managed, place.paths, place.folder)
        decides = layers.winner(found, MODEL)
        assert decides is not None
        assert decides.value(MODEL) == name
        if name in VARIABLES:
            del environment[VARIABLES[name]]
        else:
            (place.root / name).unlink()
    assert place.seen(environment) == []


@pytest.mark.parametrize(
    ("value", "switched_off"),
    [
        ("1", 1),
        ("true", 1),
        ("TRUE", 1),
        ("yes", 0),
        ("on", 0),
        ("2", 0),
        (" 1", 0),
        ("01", 0),
        ("", 0),
        ("0", 0),
    ],
)
def test_project_files_can_be_switched_off(place: Place, value: str, switched_off: int) -> None:
    """Only 1 and true count; the home's own folder and everything else stay."""
    environment = {**everything(place), "MIMOCODE_DISABLE_PROJECT_CONFIG": value}
    found = place.seen(environment)
    expect = [name for name in IN_ORDER if not (switched_off and name.startswith(PROJECT))]
    assert found == expect


def test_without_git_the_walk_goes_up_to_the_top(tmp_path: Path) -> None:
    """Outside of git every folder above counts, the home and those above it too."""
    place = Place(tmp_path.resolve(), in_git=False)
    place.make()
    place.put(
        ".mimocode/mimocode.json",
        "mimocode.json",
        "home/.mimocode/mimocode.json",
        "home/mimocode.json",
        PROJECT + ".mimocode/mimocode.json",
        PROJECT + "mimocode.json",
        PROJECT + "middle/here/mimocode.json",
    )
    assert place.seen() == [
        ".mimocode/mimocode.json",
        "home/.mimocode/mimocode.json",
        PROJECT + ".mimocode/mimocode.json",
        PROJECT + "middle/here/mimocode.json",
        PROJECT + "mimocode.json",
        "home/mimocode.json",
        "mimocode.json",
    ]


@pytest.mark.parametrize("why", ["git in the home", "git switched off"])
def test_with_git_in_the_home_only_the_folder_itself_counts(tmp_path: Path, why: str) -> None:
    """MiMoCode ignores such a `.git`, and looks at no folder above either; the home's own folder stays."""
    place = Place(tmp_path.resolve(), in_git=why == "git switched off")
    place.make()
    environment = {"MIMOCODE_DISABLE_GIT": "1"}
    if why == "git in the home":
        (place.home / ".git").mkdir()
        environment = {}
    place.put(
        "home/mimocode.json",
        "home/.mimocode/mimocode.json",
        PROJECT + "mimocode.json",
        PROJECT + "middle/here/mimocode.json",
        PROJECT + "middle/here/.mimocode/mimocode.json",
    )
    assert place.seen(environment) == [
        "home/.mimocode/mimocode.json",
        PROJECT + "middle/here/.mimocode/mimocode.json",
        PROJECT + "middle/here/mimocode.json",
    ]


def test_a_nested_repository_is_a_world_of_its_own(place: Place) -> None:
    """The walk stops at the nearest `.git`, be it a file as in a linked work tree."""
    place.put(
        PROJECT + "mimocode.json", PROJECT + "middle/mimocode.json", PROJECT + "middle/here/mimocode.json"
    )
    (place.middle / ".git").write_text("gitdir: elsewhere")
    assert place.seen() == [PROJECT + "middle/here/mimocode.json", PROJECT + "middle/mimocode.json"]


def test_the_physical_folder_counts(place: Place) -> None:
    """Through a link the walk goes up from where the folder really is."""
    place.put(PROJECT + "mimocode.json", "mimocode.json")
    link = place.root / "link"
    link.symlink_to(place.folder)
    assert place.seen(folder=link) == [PROJECT + "mimocode.json"]


@pytest.mark.parametrize(("variable", "name"), [("MIMOCODE_CONFIG", "x.json"), ("MIMOCODE_CONFIG_DIR", "x")])
def test_a_relative_name_is_relative_to_the_folder(place: Place, variable: str, name: str) -> None:
    """A variable that names a file or a folder is read from where MiMoCode is started."""
    inside = f"{PROJECT}middle/here/{name}"
    expect = inside if variable == "MIMOCODE_CONFIG" else f"{inside}/mimocode.json"
    place.put(expect)
    assert place.seen({variable: name}) == [expect]
    assert place.seen({variable: ""}) == []
    assert place.seen({variable: "no such"}) == []


def test_a_layer_says_where_it_says_it(place: Place) -> None:
    """File, line and column of a value; of a layer without it, the file alone."""
    path = place.project / "mimocode.json"
    path.write_text('{\n  "model":\n    "x"\n}')
    (found,) = layers.discover(FILES, {"MIMOCODE_TEST_MANAGED_CONFIG_DIR": "/no"}, place.paths, place.folder)
    assert str(found.place(MODEL)) == f"{path}:3:5"
    assert str(found.place(("other",))) == str(path)
    assert found.place(("other",)).line is None


def test_a_layer_that_cannot_be_read_is_there_all_the_same(place: Place) -> None:
    """Broken text, a folder or a pipe: the layer is known, its values are not."""
    (place.project / "mimocode.json").write_text("{,,}")
    (place.middle / "mimocode.jsonc").mkdir()
    found = layers.discover(
        FILES,
        {"MIMOCODE_CONFIG_CONTENT": "{", "MIMOCODE_TEST_MANAGED_CONFIG_DIR": "/no"},
        place.paths,
        place.folder,
    )
    assert [layer.tree for layer in found] == [None, None, None]
    assert layers.winner(found, MODEL) is None
    assert str(found[0].place(MODEL)) == "variable MIMOCODE_CONFIG_CONTENT"
    assert not any(layer.would_be_rewritten for layer in found)


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("", 0),
        ("{}", 1),
        ('{"$schema": ""}', 1),
        ('{"$schema": "https://opencode.ai/config.json"}', 1),
        ('{"$schema": "https://mimo.xiaomi.com/mimocode/config.json"}', 0),
        ('{"$schema": "./mine.json", "model": "x"}', 0),
        ("{,,}", 0),
    ],
)
def test_which_files_mimocode_would_rewrite_is_known(place: Place, text: str, rewritten: int) -> None:
    """A file without a `$schema` of its own is rewritten when it is loaded; an empty or broken one is not."""
    (place.project / "mimocode.json").write_text(text)
    (found,) = layers.discover(FILES, {"MIMOCODE_TEST_MANAGED_CONFIG_DIR": "/no"}, place.paths, place.folder)
    assert found.would_be_rewritten is bool(rewritten)


def test_a_variables_text_is_never_rewritten() -> None:
    """There is no file to write into."""
    from reconciler import jsonc  # noqa: PLC0415 - only here

    assert not Layer("variable", None, "MIMOCODE_CONFIG_CONTENT", jsonc.parse(b"{}")).would_be_rewritten
