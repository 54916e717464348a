"""Our model of the layers: which are read, in which order, and from which folders."""

import json
import subprocess
from pathlib import Path

import attrs
import pytest

from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.values import ABSENT
from reconciler.mimocode import layers, merging
from reconciler.mimocode.layers import Layer
from reconciler.mimocode.paths import Paths, expected
from reconciler.mimocode.substitution import SUBSTITUTED

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

    def layers(
        self, environment: dict[str, str] | None = None, folder: Path | None = None
    ) -> tuple[Layer, ...]:
        """Give every layer that is read, the winner first."""
        nowhere = {"MIMOCODE_TEST_MANAGED_CONFIG_DIR": str(self.root / "managed")}
        return layers.discover(FILES, {**nowhere, **(environment or {})}, self.paths, folder or self.folder)

    def seen(self, environment: dict[str, str] | None = None, folder: Path | None = None) -> list[str]:
        """Give the model of every layer that is read, the winner first."""
        return [str(layer.value(MODEL)) for layer in self.layers(environment, folder)]


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
        decides = merging.decides(found, MODEL)
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


def test_a_named_file_that_is_missing_is_no_layer(place: Place) -> None:
    """MiMoCode passes over it; over a named folder that is missing it does not."""
    assert place.layers({"MIMOCODE_CONFIG": "no such"}) == ()
    (missing,) = place.layers({"MIMOCODE_CONFIG_DIR": "no such"})
    assert not missing.readable
    assert str(missing.place()) == "variable MIMOCODE_CONFIG_DIR"


@pytest.mark.parametrize("variable", ["MIMOCODE_CONFIG", "MIMOCODE_TEST_MANAGED_CONFIG_DIR"])
def test_a_name_that_leads_to_the_wrong_thing_is_a_layer_that_cannot_be_read(
    place: Place, variable: str
) -> None:
    """A folder where a file is named, a file where a folder is named."""
    wrong = place.root / "wrong"
    wrong.mkdir() if variable == "MIMOCODE_CONFIG" else wrong.write_text("{}")
    (found,) = place.layers({variable: str(wrong)})
    assert not found.readable


def test_a_dot_mimocode_that_is_a_file_is_a_layer_that_cannot_be_read(place: Place) -> None:
    """MiMoCode takes it for a folder and does not start."""
    (place.project / ".mimocode").write_text("{}")
    (found,) = place.layers()
    assert not found.readable
    assert str(found.place()) == str(place.project / ".mimocode")


def test_a_dot_mimocode_may_be_a_link(place: Place) -> None:
    """Whatever the name of the folder that it leads to."""
    place.put("elsewhere/mimocode.json")
    (place.project / ".mimocode").symlink_to(place.root / "elsewhere")
    assert place.seen() == ["elsewhere/mimocode.json"]


@pytest.mark.parametrize(
    ("slash", "rank"),
    [
        ("", [".mimocode/mimocode.json", "own", "mimocode.json"]),
        ("/", ["own", ".mimocode/mimocode.json", "mimocode.json"]),
    ],
)
def test_mimocodes_own_folder_by_name_ranks_by_its_spelling(
    place: Place, slash: str, rank: list[str]
) -> None:
    """Exactly as MiMoCode spells it, it comes above bare files only; with a slash, above whole folders."""
    own = USER + "mimocode.json"
    place.put(own, USER + "config.json", PROJECT + ".mimocode/mimocode.json", PROJECT + "mimocode.json")
    spelled = {"MIMOCODE_CONFIG_DIR": f"{place.root}/home/.config/mimocode{slash}"}
    expect = [own if name == "own" else PROJECT + name for name in rank]
    assert place.seen(spelled) == [*expect, own, USER + "config.json"]


@pytest.mark.parametrize("spelled", ["exactly", "with a slash"])
def test_a_folder_on_the_way_keeps_its_rank_when_it_is_named_exactly(place: Place, spelled: str) -> None:
    """Spelled in another way it is read twice, and the second time decides."""
    inner, outer = PROJECT + "middle/.mimocode/mimocode.json", PROJECT + ".mimocode/mimocode.json"
    place.put(inner, outer)
    name = f"{place.middle}/.mimocode"
    if spelled == "exactly":
        assert place.seen({"MIMOCODE_CONFIG_DIR": name}) == [outer, inner]
    else:
        assert place.seen({"MIMOCODE_CONFIG_DIR": f"{name}/"}) == [inner, outer, inner]


def test_a_home_on_the_way_up_takes_its_place_there(tmp_path: Path) -> None:
    """Its folder then ranks by where it is; with project files switched off it is read all the same."""
    place = Place(tmp_path.resolve(), in_git=False)
    place.make()
    place.put(
        "above/x",
        ".mimocode/mimocode.json",
        "home/.mimocode/mimocode.json",
        PROJECT + ".mimocode/mimocode.json",
    )
    in_order = [
        ".mimocode/mimocode.json",
        "home/.mimocode/mimocode.json",
        PROJECT + ".mimocode/mimocode.json",
    ]
    assert place.seen() == in_order
    assert place.seen({"MIMOCODE_DISABLE_PROJECT_CONFIG": "true"}) == in_order[1:2]


def test_without_git_the_home_itself_is_searched_like_any_folder(tmp_path: Path) -> None:
    """Started in the home, the way goes on above it."""
    place = Place(tmp_path.resolve(), in_git=False)
    place.make()
    place.put(
        "home/mimocode.json", "home/.mimocode/mimocode.json", "mimocode.json", PROJECT + "mimocode.json"
    )
    assert place.seen(folder=place.home) == [
        "home/.mimocode/mimocode.json",
        "home/mimocode.json",
        "mimocode.json",
    ]


@pytest.mark.parametrize(("value", "switched_off"), [("1", 1), ("TRUE", 1), ("yes", 0), ("", 0), ("1 ", 0)])
def test_git_can_be_switched_off(place: Place, value: str, switched_off: int) -> None:
    """By the two values that count as true, and no other."""
    here, above = PROJECT + "middle/here/mimocode.json", PROJECT + "mimocode.json"
    place.put(here, above)
    assert place.seen({"MIMOCODE_DISABLE_GIT": value}) == [here, above][: 1 if switched_off else 2]


def test_a_linked_work_tree_is_a_world_of_its_own(tmp_path: Path) -> None:
    """The main one is not searched, even where the linked one lies inside of it."""
    place = Place(tmp_path.resolve())
    place.make()
    own = place.project / ".git" / "worktrees" / "middle"
    own.mkdir(parents=True)
    (own / "commondir").write_text("../..\n")
    (place.middle / ".git").write_text(f"gitdir: {own}\n")
    place.put(PROJECT + "mimocode.json", PROJECT + "middle/mimocode.json")
    assert place.seen() == [PROJECT + "middle/mimocode.json"]


def test_an_empty_git_folder_in_a_repository_stops_nothing(place: Place) -> None:
    """Git passes over it and answers with the root of the outer one, which MiMoCode believes."""
    subprocess.run(["git", "init", "-q", place.project], check=True)
    (place.middle / ".git").mkdir()
    in_order = [
        PROJECT + "middle/here/mimocode.json",
        PROJECT + "middle/mimocode.json",
        PROJECT + "mimocode.json",
    ]
    place.put(*in_order, "home/mimocode.json")
    assert place.seen() == in_order


@pytest.mark.parametrize("broken", ["gitdir: /no/such/folder\n", "nonsense"])
def test_a_git_file_that_leads_nowhere_stops_the_way_up(place: Place, broken: str) -> None:
    """Git gives no answer then, and MiMoCode goes by the file; so it does where nothing lies around it."""
    subprocess.run(["git", "init", "-q", place.project], check=True)
    place.put(PROJECT + "middle/mimocode.json", PROJECT + "mimocode.json")
    (place.middle / ".git").write_text(broken)
    assert place.seen() == [PROJECT + "middle/mimocode.json"]


def test_gits_own_variable_moves_the_end_of_the_way_up(place: Place) -> None:
    """Upwards or downwards; one that lies elsewhere gives no end at all."""
    subprocess.run(["git", "init", "-q", place.project], check=True)
    in_order = [
        PROJECT + "middle/mimocode.json",
        PROJECT + "mimocode.json",
        "home/mimocode.json",
        "mimocode.json",
    ]
    place.put(*in_order)
    for named, count in ((place.middle, 1), (place.home, 3), (place.root / "other", 4), ("..", 2)):
        assert place.seen({"GIT_WORK_TREE": str(named)}) == in_order[:count]


def test_without_git_on_the_path_the_nearest_git_folder_is_the_end(place: Place) -> None:
    """There is nobody then who could give another answer."""
    subprocess.run(["git", "init", "-q", place.project], check=True)
    (place.middle / ".git").mkdir()
    place.put(PROJECT + "middle/mimocode.json", PROJECT + "mimocode.json")
    without = {"PATH": str(place.root), "GIT_WORK_TREE": str(place.root)}
    assert place.seen(without) == [PROJECT + "middle/mimocode.json"]


@pytest.mark.parametrize("spelled", ["slash", "link"])
def test_a_home_that_is_spelled_in_another_way_is_not_known_again(tmp_path: Path, spelled: str) -> None:
    """MiMoCode compares texts: a `.git` in such a home makes a project of it."""
    place = Place(tmp_path.resolve(), in_git=False)
    place.make()
    (place.home / ".git").mkdir()
    (tmp_path / "link").symlink_to(place.home)
    place.put("home/mimocode.json", PROJECT + "mimocode.json")
    home = f"{place.home}/" if spelled == "slash" else f"{place.root}/link"
    assert place.seen({"HOME": str(place.home)}) == []
    assert place.seen({"HOME": home}) == [PROJECT + "mimocode.json", "home/mimocode.json"]


@pytest.mark.parametrize("text", ["\ufeff{}", " ", "// nothing", "[]", "null", "{", "{env:NOTHING}"])
def test_a_text_that_mimocode_refuses_cannot_be_read(place: Place, text: str) -> None:
    """No object, no text, or a byte order mark, which is let pass in files alone."""
    (found,) = place.layers({"MIMOCODE_CONFIG_CONTENT": text})
    assert not found.readable


@pytest.mark.parametrize("text", [" ", "\n", "// nothing", "[]", "null", "{"])
def test_a_file_that_mimocode_refuses_cannot_be_read(place: Place, text: str) -> None:
    """Blanks alone are refused as they are in a variable; only no byte at all is let pass."""
    (place.folder / "mimocode.json").write_text(text)
    (found,) = place.layers()
    assert not found.readable


@pytest.mark.parametrize(
    "data", [b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf{}", b'{"a": "\xff"}', b"{} // {file:here.txt}"]
)
def test_a_file_that_mimocode_lets_pass_can_be_read(place: Place, data: bytes) -> None:
    """No bytes at all, a byte order mark, bytes that are no text."""
    (place.folder / "here.txt").write_text("x")
    (place.folder / "mimocode.json").write_bytes(data)
    (found,) = place.layers()
    assert found.readable


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
    assert merging.decides(found, MODEL) is None
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


# What is replaced


SECRET = "gp-unit-0123456789"  # noqa: S105 - made up


def secretive(place: Place, text: str) -> Layer:
    """Make a layer of a project file, beside a secret in a file and in a variable."""
    (place.project / "secret").write_text(f" {SECRET}\n")
    (place.project / "mimocode.json").write_text(text)
    (found,) = place.layers({"SECRET": SECRET, "NUMBER": "7", "NAME": "name"})
    return found


@pytest.mark.parametrize(
    ("spelled", "seen"),
    [
        ("{env:SECRET}", SECRET),
        ("{file:secret}", SECRET),
        ("{file:./secret}", SECRET),
        ("Bearer {env:SECRET}!", f"Bearer {SECRET}!"),
        ("{env:NOTHING}", ""),
        ("{env:}", "{env:}"),
        ("plain", "plain"),
    ],
)
def test_a_layer_knows_what_mimocode_sees_and_shows_what_is_written(
    place: Place, spelled: str, seen: str
) -> None:
    """The value is for comparing, the spelling for people."""
    found = secretive(place, f'{{"x": "{{env:NUMBER}}", "model": "{spelled}"}}')
    assert found.value(MODEL) == seen
    assert found.shown(MODEL) == spelled
    assert found.shown(()) == {"x": "{env:NUMBER}", "model": spelled}
    assert found.shown(("none",)) is ABSENT


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ('{"model": {env:NUMBER}}', 7),
        ('{"model": 1{env:NUMBER}}', 17),
        ('{"model": {env:NUMBER}1}', 71),
        ('{"model": [1 {env:COMMA} {env:NUMBER}]}', None),
        ('{"x": "{env:INJECTED}"}', SECRET),
    ],
)
def test_what_cannot_be_attributed_is_not_shown(place: Place, text: str, seen: object) -> None:
    """A value that begins or ends in what was put in has no spelling of its own."""
    (place.project / "mimocode.json").write_text(text)
    (found,) = place.layers({"NUMBER": "7", "COMMA": ",", "INJECTED": f'", "model": "{SECRET}'})
    assert found.value(MODEL) == (seen if seen is not None else [1, 7])
    assert found.shown(MODEL) == SUBSTITUTED
    assert SECRET not in repr(found.shown(()))


def test_a_name_can_be_replaced_too(place: Place) -> None:
    """It is looked up by what MiMoCode sees, and shown as it is written."""
    found = secretive(place, '{"models": {"{env:NAME}": {"name": "{env:SECRET}"}}}')
    assert found.value(("models", "name", "name")) == SECRET
    assert found.shown(("models", "name", "name")) == "{env:SECRET}"
    assert found.shown(("models",)) == {"{env:NAME}": {"name": "{env:SECRET}"}}


def test_a_secret_that_was_put_in_is_nowhere_to_be_seen(place: Place) -> None:
    """Not in what a layer shows, says where it is, or is printed as."""
    key = ("provider", "x", "options", "apiKey")
    where = (
        f'{{"provider": {{"x": {{"options": {{\n  "apiKey": "{{file:{place.project}/{{env:FOLDER}}}}"}}}}}}}}'
    )
    (place.project / SECRET).write_text(SECRET)
    (place.project / "mimocode.json").write_text(where)
    (found,) = place.layers({"FOLDER": SECRET})
    assert found.value(key) == SECRET
    assert SECRET not in f"{found!r} {found.filled!r} {found.place(key)} {found.shown(())}"
    assert str(found.place(key)) == f"{place.project}/mimocode.json:2:13"


def test_places_are_those_of_the_file_not_of_what_was_put_in(place: Place) -> None:
    """Line and column are as they would be without anything replaced before them."""
    found = secretive(place, '{"é": "{file:secret}", "{env:NOTHING}model": "x",\n"y": 1}')
    assert found.place(MODEL).column == 46
    assert found.place(("y",)).line == 2
    assert found.place(("none",)).line is None


def test_a_missing_file_makes_a_layer_unreadable(place: Place) -> None:
    """MiMoCode does not start then, wherever the reference stands but in a line of its own."""
    for reference in ("{file:no}", "{file:~/no}", "{file:.}"):
        assert not secretive(place, f'{{"model": "{reference}"}}').readable
        assert not secretive(place, f"{{}} /* {reference} */").readable
        assert secretive(place, f"{{\n  // {reference}\n}}").readable


def test_a_variables_text_refers_to_files_from_where_mimocode_is_started(place: Place) -> None:
    """A file's text refers to them from where the file is."""
    for folder in (place.folder, place.project):
        (folder / "part").write_text(folder.name)
    (place.project / "mimocode.json").write_text('{"model": "{file:part}"}')
    text = '{"model": "{file:part}"}'
    environment = {"MIMOCODE_CONFIG_CONTENT": text, "MIMOCODE_CONFIG_DEFAULTS": text}
    assert place.seen(environment) == ["here", "project", "here"]


def test_a_schema_from_a_variable_leaves_a_file_alone(place: Place) -> None:
    """What counts is what MiMoCode sees."""
    assert not secretive(place, '{"$schema": "{env:NAME}"}').would_be_rewritten
    assert secretive(place, '{"$schema": "{env:NOTHING}"}').would_be_rewritten


def test_a_credential_that_brings_a_variable_counts_in_every_layer(place: Place) -> None:
    """As MiMoCode puts it into its environment before it reads its layers."""
    place.paths.auth.parent.mkdir(parents=True)
    credential = {"type": "wellknown", "key": "LENT", "token": SECRET}
    place.paths.auth.write_text(json.dumps({"https://settings.example": credential}))
    (place.project / "mimocode.json").write_text('{"model": "{env:LENT}"}')
    (found,) = place.layers({"LENT": "not this one"})
    assert found.value(MODEL) == SECRET
    assert found.shown(MODEL) == "{env:LENT}"
