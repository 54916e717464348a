"""What is the user's own and decides all the same: told with its place where it says something else."""

import json
from pathlib import Path

import pytest

from reconciler.engine.files import ReadOnlyFiles
from reconciler.mimocode import layers
from reconciler.mimocode.deciders import Chosen, Deciders, agent_folders, last_used
from reconciler.mimocode.paths import Paths, expected

FILES = ReadOnlyFiles()
OURS = Chosen("gonkagate", "gonkagate/a", "gonkagate/b")


@pytest.fixture(name="where")
def _where(tmp_path: Path) -> Paths:
    """Give the folders of an empty home with a project in it."""
    home = tmp_path.resolve() / "home"
    (home / "project" / ".git").mkdir(parents=True)
    (home / "project" / "below").mkdir()
    return expected({}, home)


def put(path: Path, text: str) -> Path:
    """Write a file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def told(where: Paths, chosen: Chosen = OURS, **environment: str) -> list[tuple[str, str]]:
    """Give message and place of everything that is told in the project."""
    folder = where.home / "project"
    seen = layers.discover(FILES, environment, where, folder)
    found = Deciders(FILES, environment, where).found(folder, seen, chosen)
    return [(one.message, str(one.place)) for one in found]


def test_nothing_of_the_kind_is_nothing_to_tell(where: Paths) -> None:
    """Neither in an empty home nor for agents that say the same or nothing."""
    assert told(where) == []
    put(where.config / "mimocode.json", '{"agent": {"build": {"model": "gonkagate/a"}, "plan": {}}}')
    put(where.config / "agent" / "same.md", "---\nmodel: gonkagate/a\n---\nWork.\n")
    put(where.config / "agent" / "none.md", "---\nmode: all\n---\nmodel: acme/x\n")
    put(where.config / "agent" / "text.md", "model: acme/x\n")
    assert told(where) == []


def test_an_agent_s_model_is_told(where: Paths) -> None:
    """The layer that decides it is named; without a model of ours nothing is."""
    put(where.config / "mimocode.json", '{"agent": {"build": {"model": "acme/low"}}}')
    above = put(where.home / "project" / "mimocode.json", '{\n "agent": {"build": {"model": "acme/x"}}\n}')
    ((message, place),) = told(where)
    assert place == f"{above}:2:31"
    assert "the agent build uses acme/x, not gonkagate/a" in message
    assert told(where, Chosen("gonkagate", None, None)) == []


def test_a_model_of_a_variable_is_told_as_it_is_spelled(where: Paths) -> None:
    """What is put in may be a secret of somebody's."""
    put(where.config / "mimocode.json", '{"agent": {"build": {"model": "{env:UNIT_MODEL}"}}}')
    ((message, _),) = told(where, UNIT_MODEL="acme/hidden")
    assert "{env:UNIT_MODEL}" in message
    assert "hidden" not in message


def test_the_group_of_small_models_is_told(where: Paths) -> None:
    """It beats `small_model`, unless it says the same."""
    config = put(where.config / "mimocode.json", '{"model_groups": {"lite": "acme/x"}}')
    ((message, place),) = told(where)
    assert place == f"{config}:1:27"
    assert "acme/x, not gonkagate/b" in message
    put(config, '{"model_groups": {"lite": "gonkagate/b"}}')
    assert told(where) == []


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("---\nmodel: acme/x\n---\n", 8),
        ("---\ndescription: y\nmodel: 'acme/x' # why\n---\nText\n", 9),
        ('---\r\nmodel:   "acme/x"\r\n---\r\n', 11),
    ],
)
def test_an_agent_in_a_file_is_told_with_line_and_column(where: Paths, text: str, column: int) -> None:
    """In MiMoCode's own folder and in every `.mimocode`, in both spellings, in folders below."""
    line = text[: text.index("model:")].count("\n") + 1
    files = [
        put(where.config / "agents" / "deep" / "build.md", text),
        put(where.home / ".mimocode" / "agent" / "build.md", text),
        put(where.home / "project" / ".mimocode" / "agent" / "build.md", text),
    ]
    found = told(where)
    assert {place for _, place in found} == {f"{file}:{line}:{column}" for file in files}
    assert all("the agent build uses acme/x, not gonkagate/a" in message for message, _ in found)


def test_agents_are_looked_for_where_mimocode_looks(where: Paths) -> None:
    """Upwards to the project's root, in the home, and where a variable says."""
    below = where.home / "project" / "below"
    own, home = below.parent / ".mimocode", where.home / ".mimocode"
    assert agent_folders({}, where, below) == (where.config, below / ".mimocode", own, home)
    off = {"MIMOCODE_DISABLE_PROJECT_CONFIG": "TRUE", "MIMOCODE_CONFIG_DIR": "extra"}
    assert agent_folders(off, where, below) == (where.config, home, below / "extra")


@pytest.mark.parametrize("file", ["\xff", "[", "[]", '{"acme": {}}', ""])
def test_a_credential_store_without_our_provider_is_nothing_to_tell(where: Paths, file: str) -> None:
    """Whether MiMoCode can read it is looked at elsewhere."""
    put(where.auth, file)
    assert told(where) == []


def test_a_credential_of_mimocode_s_own_is_told_and_not_shown(where: Paths) -> None:
    """Ours is used instead, so that a key entered there seems to do nothing."""
    put(where.auth, json.dumps({"gonkagate": {"type": "api", "key": "gp-unit-0009"}}))
    ((message, place),) = told(where)
    assert place == f"{where.auth}:1:15"
    assert "gp-unit" not in message


@pytest.mark.parametrize(
    ("text", "model"),
    [
        (
            '{"recent": [{"providerID": "acme", "modelID": "x/y"}, {"providerID": "b", "modelID": "c"}]}',
            "acme/x/y",
        ),
        ('{"recent": [{"providerID": 3}, 4, {"providerID": "b", "modelID": "c"}]}', "b/c"),
        ('{"recent": []}', None),
        ('{"recent": {}}', None),
        ("[]", None),
        ("{", None),
    ],
)
def test_the_model_that_was_used_last_is_told(where: Paths, text: str, model: str | None) -> None:
    """MiMoCode turns to it without a word where the chosen one is not to be had."""
    assert list(last_used(FILES, where)) == []
    put(where.last_models, text)
    found = [one.message for one in last_used(FILES, where)]
    assert len(found) == (model is not None)
    assert all(f"{model}," in message for message in found)
