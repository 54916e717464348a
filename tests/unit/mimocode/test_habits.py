"""What MiMoCode's own edit of a config changes is nobody's edit; whatever else changes is somebody's."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fixtures.mimo_standin import with_schema
from reconciler import jsonc
from reconciler.mimocode.habits import HABITS, essence
from tests.support.documents import CONFIGS, SCHEMA_URL, comments, config_names
from tests.unit.jsonc.jsonc_documents import documents

OPENCODE: Final = "https://opencode.ai/config.json"
MARK: Final = b"\xef\xbb\xbf"
LINE: Final = f'"$schema": "{SCHEMA_URL}"'

INSERTIONS: Final = {
    "a file with a line per key": ('{\n  "model": "a"\n}\n', f'{{\n  "model": "a",\n  {LINE}\n}}\n'),
    "a file on one line": (
        '{"model": "a", "share": "auto"}',
        f'{{\n  "model": "a",\n  "share": "auto",\n  {LINE}\n}}',
    ),
    "an empty object": ("{}", f"{{\n  {LINE}\n}}"),
    "tabs, mixed afterwards": ('{\n\t"model": "a"\n}', f'{{\n  "model": "a",\n  {LINE}\n}}'),
    "a comment that moves to another key": (
        '{\n  "model": "a" // why\n}\n',
        f'{{\n  "model": "a",\n  {LINE} // why\n}}\n',
    ),
    "a trailing comma": ('{\n  "model": "a",\n}\n', f'{{\n  "model": "a",\n  {LINE},\n}}\n'),
    "a byte order mark that is dropped": ('\ufeff{\n  "a": 1\n}\n', f'{{\n  "a": 1,\n  {LINE}\n}}\n'),
    "carriage returns": ('{\r\n  "a": 1\r\n}\r\n', f'{{\r\n  "a": 1,\r\n  {LINE}\r\n}}\r\n'),
    "opencode's, replaced in its place": (
        f'{{\n  "$schema": "{OPENCODE}",\n  "a": 1\n}}\n',
        f'{{\n  {LINE},\n  "a": 1\n}}\n',
    ),
    "an empty one, replaced in its place": (
        '{"$schema": "", "a": 1}',
        f'{{\n  {LINE},\n  "a": 1\n}}',
    ),
}
"""What MiMoCode was seen to do: the file before, and after."""


@pytest.mark.parametrize("what", INSERTIONS)
def test_what_mimocode_does_by_itself_changes_nothing(what: str) -> None:
    """Its `$schema` line, and how it re-formats the lines around it."""
    before, after = INSERTIONS[what]
    assert essence(before.encode()) == essence(after.encode())


@pytest.mark.parametrize("name", config_names())
def test_sample_configs_keep_their_essence(name: str) -> None:
    """The same with whole configs, edited by the stand-in as MiMoCode does."""
    config = (CONFIGS / name).read_bytes()
    edited = with_schema(config.decode()).encode()
    assert essence(edited) == essence(config)


SOMEBODY: Final = '{\n  // why\n  "model": "a", /* b */\n  "list": [1, 23],\n  "on": true\n}\n'
EDITS: Final = {
    "a value": ('"a"', '"b"'),
    "a value by a blank": ('"a"', '"a "'),
    "a value by a comma": ('"a"', '"a,"'),
    "a literal": ("true", "false"),
    "a number": ("23", "24"),
    "where one number ends and the next begins": ("1, 23", "12, 3"),
    "how many numbers there are": ("1, 23", "123"),
    "the order of a list": ("1, 23", "23, 1"),
    "a key": ('"list"', '"lists"'),
    "a line comment": ("// why", "// why not"),
    "a line comment's case": ("// why", "// Why"),
    "a block comment": ("/* b */", "/* c */"),
    "a block comment's blanks": ("/* b */", "/*  b */"),
    "a comment's kind": ("// why", "/* why*/"),
    "a comment that goes": ("// why", ""),
    "a comment that comes": ("true", "true // yes"),
    "a comment that becomes a value": ("/* b */", '"b": 1,'),
    "a key that goes": ('"on": true', ""),
    "a key that comes": ("true", 'true, "off": false'),
    "a schema deeper down": ("[1, 23]", '{"$schema": "x"}'),
    "brackets": ("[1, 23]", "[[1, 23]]"),
    "the order of keys": ('"list": [1, 23],\n  "on": true', '"on": true,\n  "list": [1, 23]'),
}


@pytest.mark.parametrize("what", EDITS)
def test_any_other_edit_is_somebody_s(what: str) -> None:
    """However small, and in a comment as well."""
    old, new = EDITS[what]
    assert SOMEBODY.count(old) == 1
    assert essence(SOMEBODY.encode()) != essence(SOMEBODY.replace(old, new).encode())


def test_a_schema_that_is_not_at_the_top_is_like_any_other_key() -> None:
    """MiMoCode writes one at the top of a file and nowhere else."""
    one, other = (b'{"a": {"$schema": "%s"}, "b": [{"$schema": 1}]}' % value for value in (b"x", b"y"))
    assert essence(one) != essence(other)
    assert essence(one) != essence(one.replace(b'"$schema": 1', b""))


def test_a_value_that_is_called_like_the_schema_s_key_hides_nothing() -> None:
    """Only a key of that name is MiMoCode's; what stands behind such a value is somebody's."""
    config = b'{"a": "$schema", "b": 1, "c": 2}'
    assert essence(config) != essence(config.replace(b'"b"', b'"x"'))
    assert essence(config) != essence(config.replace(b'"$schema"', b'"x"'))


@given(documents())
def test_inserting_a_schema_keeps_the_essence(config: bytes) -> None:
    """Whatever stands in a config, and however it is laid out.

    Where the line that is edited begins inside of a comment, MiMoCode takes the comment's end for tokens and
    tears it apart: that is damage, and looks like it.
    """
    edited = with_schema(config.removeprefix(MARK).decode()).encode()
    assume(still_has(edited, comments(config)))
    assert essence(edited) == essence(config)


def still_has(config: bytes, known: list[bytes]) -> bool:
    """Tell whether a config can be read and has just these comments."""
    try:
        return comments(config) == known
    except jsonc.JsoncError:
        return False


def paths(tree: Any, *above: str) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - JSON values
    """Give the path of each key of an object, and of the objects in it."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield (*above, key)
            yield from paths(value, *above, key)


@given(documents(), st.data())
def test_changing_any_value_changes_the_essence(config: bytes, data: st.DataObject) -> None:
    """Wherever it stands."""
    parsed = jsonc.parse(config)
    known = list(paths(parsed.value))
    assume(known)
    node = parsed.node(data.draw(st.sampled_from(known)))
    assert node is not None
    other = data.draw(st.sampled_from([b'"another"', b"77", b"[7, 7]", b'{"another": 7}']))
    edited = config[: node.start] + other + config[node.end :]
    assert essence(edited) != essence(config)


@given(documents(), st.data())
def test_changing_any_comment_changes_the_essence(config: bytes, data: st.DataObject) -> None:
    """A comment is somebody's as much as a value is."""
    spans = jsonc.parse(config).comments
    assume(spans)
    span = data.draw(st.sampled_from(spans))
    edited = config[: span.start + 2] + b"!" + config[span.start + 2 :]
    assert essence(edited) != essence(config)
    gone = config[: span.start] + b" " + config[span.end :]
    assert essence(gone) != essence(config)


@pytest.mark.parametrize("broken", [b"", b"{", b'{"a', b"\xff\xfe", b"/* never ended", b'"', b"{]}"])
def test_what_is_no_config_has_an_essence_too(broken: bytes) -> None:
    """A file may hold anything at all when a run is undone; it is told apart from another one."""
    assert essence(broken) == essence(broken)
    assert essence(broken + b"x") != essence(broken)


def test_the_engine_is_told() -> None:
    """What the engine asks is what is described here."""
    assert HABITS.essence is essence
    assert [name for name, _ in HABITS.litter] == [".gitignore"]
