"""Where MiMoCode keeps its things, whose home it is, and which folder is a project."""

from pathlib import Path

import pytest

from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.problems import Stop
from reconciler.mimocode import paths, projects
from reconciler.mimocode.home import usable_home
from reconciler.mimocode.launcher import Output
from reconciler.mimocode.paths import Paths

FILES = ReadOnlyFiles()
LINES = {
    "home": "/home/u",
    "data": "/home/u/.local/share/mimocode",
    "bin": "/home/u/.cache/mimocode/bin",
    "log": "/home/u/.local/share/mimocode/log",
    "cache": "/home/u/.cache/mimocode",
    "config": "/home/u/.config/mimocode",
    "state": "/home/u/.local/state/mimocode",
}


def printed(**other: str) -> bytes:
    """Spell what `mimo debug paths` prints, with other lines; an empty value leaves a line out."""
    lines = {name: value for name, value in {**LINES, **other}.items() if value}
    return "".join(f"{name:<10} {value}\n" for name, value in lines.items()).encode(errors="surrogateescape")


def test_the_paths_are_read() -> None:
    """Seven lines, of which five matter; database and credentials lie in the data folder."""
    found = paths.read(Output(0, printed(), b""))
    assert found == Paths(
        Path("/home/u"),
        Path("/home/u/.local/share/mimocode"),
        Path("/home/u/.config/mimocode"),
        Path("/home/u/.local/state/mimocode"),
        Path("/home/u/.cache/mimocode"),
    )
    assert found.database == Path("/home/u/.local/share/mimocode/mimocode.db")
    assert found.auth == Path("/home/u/.local/share/mimocode/auth.json")


@pytest.mark.parametrize(
    "config", ["/home/u/my config", "/home/ü/模", "/x/a\u2028b", "/x/a\x0bb", "/x/\udcff", "/data /config /y"]
)
def test_a_path_is_read_as_it_stands(config: str) -> None:
    """Blanks, other scripts, odd separators and undecodable bytes are parts of a path."""
    assert str(paths.read(Output(0, printed(config=config), b"")).config) == config


@pytest.mark.parametrize(
    "output",
    [
        Output(1, printed(), b""),
        Output(0, b"", b""),
        Output(0, printed(config=""), b""),
        Output(0, printed(config=" "), b""),
        Output(0, printed(config="relative/path"), b""),
        Output(0, printed(home="~"), b""),
        Output(0, b"0.1.15\n", b""),
        Output(0, b"\xff\xfe\x00", b""),
        Output(0, printed().replace(b"config", b"Config"), b""),
    ],
)
def test_an_answer_without_usable_paths_stops(output: Output) -> None:
    """Nothing is guessed where MiMoCode does not say where its configuration lies."""
    with pytest.raises(Stop) as caught:
        paths.read(output)
    assert caught.value.blockers[0].code == "mimo_not_working"


@pytest.mark.parametrize(
    ("environment", "config", "data"),
    [
        ({}, "/h/.config/mimocode", "/h/.local/share/mimocode"),
        ({"XDG_CONFIG_HOME": "/x"}, "/x/mimocode", "/h/.local/share/mimocode"),
        ({"XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "/d"}, "/h/.config/mimocode", "/d/mimocode"),
        ({"MIMOCODE_HOME": "/m"}, "/m/config", "/m/data"),
        ({"MIMOCODE_HOME": "/m", "XDG_CONFIG_HOME": "/x"}, "/m/config", "/m/data"),
        ({"MIMOCODE_HOME": ""}, "/h/.config/mimocode", "/h/.local/share/mimocode"),
    ],
)
def test_the_rules_are_mimocodes(environment: dict[str, str], config: str, data: str) -> None:
    """Its own variable beats the XDG ones; an empty one is none."""
    found = paths.expected(environment, Path("/h"))
    assert (found.home, found.config, found.data) == (Path("/h"), Path(config), Path(data))


@pytest.mark.parametrize(
    ("present", "chosen"),
    [
        ([], "mimocode.jsonc"),
        (["mimocode.jsonc"], "mimocode.jsonc"),
        (["mimocode.json"], "mimocode.json"),
        (["config.json"], "config.json"),
        (["config.json", "mimocode.json"], "mimocode.json"),
        (["config.json", "mimocode.json", "mimocode.jsonc"], "mimocode.jsonc"),
        (["opencode.json", "mimocode.json.bak"], "mimocode.jsonc"),
    ],
)
def test_the_highest_user_config_that_exists_is_edited(
    tmp_path: Path, present: list[str], chosen: str
) -> None:
    """Where there is none, the highest one is made."""
    for name in present:
        (tmp_path / name).write_text("{}")
    assert paths.user_config(FILES, tmp_path) == tmp_path / chosen


def test_a_missing_config_folder_is_an_empty_one(tmp_path: Path) -> None:
    """Before MiMoCode's first run there is no folder yet."""
    assert paths.user_config(FILES, tmp_path / "none") == tmp_path / "none" / "mimocode.jsonc"


def test_an_old_configuration_waits_to_be_imported(tmp_path: Path) -> None:
    """MiMoCode would import and delete it, over what we write: the user runs it once first."""
    (tmp_path / "config").write_text('model = "x"')
    with pytest.raises(Stop) as caught:
        paths.user_config(FILES, tmp_path)
    (blocker,) = caught.value.blockers
    assert blocker.place is not None
    assert blocker.place.file == str(tmp_path / "config")
    assert "`mimo` once" in blocker.remedy


def test_a_folder_of_that_name_is_no_old_configuration(tmp_path: Path) -> None:
    """Only a file is imported."""
    (tmp_path / "config").mkdir()
    assert paths.user_config(FILES, tmp_path) == tmp_path / "mimocode.jsonc"


def test_an_absolute_home_is_usable(tmp_path: Path) -> None:
    """HOME as it stands, links and all."""
    environment = {"HOME": str(tmp_path), "MIMOCODE_HOME": "/m", "XDG_CONFIG_HOME": ""}
    assert usable_home(environment) == tmp_path


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"HOME": None}, "HOME"),
        ({"HOME": ""}, "HOME"),
        ({"HOME": "relative"}, "HOME"),
        ({"HOME": "~"}, "HOME"),
        ({"HOME": "/no/such/folder/here"}, "HOME"),
        ({"HOME": "/dev/null"}, "HOME"),
        ({"MIMOCODE_HOME": "relative"}, "MIMOCODE_HOME"),
        ({"MIMOCODE_HOME": "~/m"}, "MIMOCODE_HOME"),
        ({"XDG_CONFIG_HOME": "relative"}, "XDG_CONFIG_HOME"),
        ({"XDG_DATA_HOME": "./x"}, "XDG_DATA_HOME"),
    ],
)
def test_an_unusable_home_stops_and_names_the_variable(
    tmp_path: Path, environment: dict[str, str | None], variable: str
) -> None:
    """MiMoCode would write into another home, or not start at all."""
    whole = {"HOME": str(tmp_path), **environment}
    with pytest.raises(Stop) as caught:
        usable_home({name: value for name, value in whole.items() if value is not None})
    (blocker,) = caught.value.blockers
    assert blocker.code == "home_unusable"
    assert blocker.place is not None
    assert blocker.place.variable == variable
    assert variable in blocker.message


def folders(root: Path) -> dict[str, Path]:
    """Make a home with a project, a nested one, a work tree and a plain folder."""
    found = {
        "home": root / "home",
        "project": root / "home" / "p",
        "deep": root / "home" / "p" / "a" / "b",
        "inner": root / "home" / "p" / "inner",
        "worktree": root / "home" / "w",
        "plain": root / "home" / "plain",
    }
    for folder in found.values():
        folder.mkdir(parents=True, exist_ok=True)
    (found["project"] / ".git").mkdir()
    (found["inner"] / ".git").mkdir()
    (found["worktree"] / ".git").write_text("gitdir: elsewhere")
    return found


@pytest.mark.parametrize(
    ("folder", "root", "in_git"),
    [
        ("project", "project", 1),
        ("deep", "project", 1),
        ("inner", "inner", 1),
        ("worktree", "worktree", 1),
        ("plain", "plain", 0),
        ("home", "home", 0),
    ],
)
def test_a_project_is_the_enclosing_git_root_else_the_folder(
    tmp_path: Path, folder: str, root: str, in_git: int
) -> None:
    """The nearest `.git` upwards, be it a folder or a file, makes the root."""
    known = folders(tmp_path)
    found = projects.find(known[folder], known["home"])
    assert (found.root, found.in_git, found.home_is_git) == (known[root].resolve(), bool(in_git), False)
    assert found.config == found.root / ".mimocode" / "mimocode.json"


@pytest.mark.parametrize("folder", ["plain", "home"])
def test_a_home_under_git_is_no_project(tmp_path: Path, folder: str) -> None:
    """A `.git` in the home folder is ignored, as MiMoCode does: the folder itself is the project."""
    known = folders(tmp_path)
    (known["home"] / ".git").mkdir()
    found = projects.find(known[folder], known["home"])
    assert (found.root, found.in_git, found.home_is_git) == (known[folder].resolve(), False, True)
    assert projects.find(known["deep"], known["home"]).in_git


def test_links_to_a_project_lead_to_the_same_one(tmp_path: Path) -> None:
    """The physical path is used, so that one project is never two."""
    known = folders(tmp_path)
    link = tmp_path / "link"
    link.symlink_to(known["deep"])
    assert projects.find(link, known["home"]) == projects.find(known["deep"], known["home"])
