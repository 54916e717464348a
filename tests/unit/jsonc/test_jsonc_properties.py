"""Properties of editing that hold for every document.

JSONC_EXAMPLES=5000 tries so many documents for each, instead of the 150 that are enough for every day.
"""

from __future__ import annotations

import copy
import itertools
import json
import os
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.jsonc import EditError, Remove, Set, edit, parse, splice
from tests.unit.jsonc.jsonc_documents import FRESH, KEYS, documents, json_values

if TYPE_CHECKING:
    from reconciler.jsonc import Document, Edit, Edited, Json, Node, Path

many = settings(
    max_examples=int(os.environ.get("JSONC_EXAMPLES", "150")),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def paths(doc: Document) -> list[Path]:
    """Give the paths of all members of a document."""
    found: list[Path] = []
    todo: list[tuple[Path, Json]] = [((), doc.value)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, dict) and "__proto__" not in value:
            found += [(*path, key) for key in value]
            todo += [((*path, key), child) for key, child in value.items()]
    return sorted(found)


def objects(doc: Document, *, filled: bool = False) -> list[Path]:
    """Give the paths of all objects, or of those that hold a member to take the style from."""
    found = [()] + [path for path in paths(doc) if isinstance(at(doc.value, path), dict)]
    return [path for path in found if at(doc.value, path) or not filled]


def at(value: Any, path: Path) -> Any:  # noqa: ANN401 - JSON
    """Give the value at a path."""
    for key in path:
        value = value[key]
    return value


def with_value(value: Json, path: Path, new: Json) -> Json:
    """Give a copy of a value with another value at a path."""
    if not path:
        return new
    changed: Any = copy.deepcopy(value)
    parent = changed
    for key in path[:-1]:
        parent = parent.setdefault(key, {})
    parent[path[-1]] = new
    return changed  # type: ignore[no-any-return] # JSON


def ordered(value: Json) -> str:
    """Write a value so that the order of its keys counts."""
    return repr(value)


def applied(doc: Document, *edits: Edit) -> Edited:
    """Make edits, and check what holds for every edit: spans, and a text that is still valid."""
    made = edit(doc, edits)
    position = 0
    for span in made.spans:
        assert span.start >= position
        assert span.start < span.end or span.replacement
        assert doc.data[span.start : span.end] != span.replacement
        position = span.end + 1  # neither overlap nor touch
    assert splice(doc.data, made.spans) == made.data
    assert splice(made.data, made.undo) == doc.data
    parse(made.data)
    return made


TOKEN = re.compile(
    rb"\xef\xbb\xbf|" + rb'"(?:[^"\\]|\\.)*+"|//[^\r\n]*+|/\*(?s:.*?)\*/|[{}\[\]:]|[^\s,{}\[\]:"/]++'
)


def tokens(data: bytes, *stretch: int) -> list[bytes]:
    """Give all tokens, comments included, but for commas, of a stretch of bytes."""
    return TOKEN.findall(data, *stretch)


def finite(value: Json) -> bool:
    """Tell whether a value can be written at all: a reader may get an infinity, but none can be asked for."""
    return "inf" not in repr(value).replace("'inf", "")


@many
@given(documents())
def test_reading_keeps_the_bytes(data: bytes) -> None:
    """What was read renders to the same bytes, and no edits change none."""
    doc = parse(data)
    assert doc.data == data
    assert applied(doc).spans == ()


@many
@given(documents())
def test_setting_what_is_there(data: bytes) -> None:
    """Setting a present value, with or without its own spelling, changes zero bytes."""
    doc = parse(data)
    for path in [(), *paths(doc)]:
        value = at(doc.value, path)
        assert applied(doc, Set(path, value, text=doc.text(path))).spans == ()
        if finite(value):
            assert applied(doc, Set(path, value)).spans == ()


@many
@given(documents(), json_values, st.data())
def test_setting_another_value(data: bytes, value: Json, draw: st.DataObject) -> None:
    """After set the value is there, all others and their order are as they were, comments outside it too."""
    doc = parse(data)
    path = draw.draw(st.sampled_from([(), *paths(doc)]))
    node = doc.node(path)
    assert node is not None
    made = applied(doc, Set(path, value))
    if not made.spans:
        assert plain(value) == plain(node.value)
        return
    assert ordered(parse(made.data).value) == ordered(with_value(doc.value, path, value))
    before, behind = tokens(data, 0, node.start), tokens(data, node.end)
    after = tokens(made.data)
    assert after[: len(before)] == before
    assert after[len(after) - len(behind) :] == behind
    assert applied(parse(made.data), Set(path, value)).spans == ()
    back = applied(parse(made.data), Set(path, node.value, text=doc.text(path)))
    assert back.data == data


def plain(value: Json) -> str:
    """Write a value as the same text for all its equals: any order of keys, 1 and 1.0, but true apart."""
    return json.dumps(_floats(value), sort_keys=True)


def _floats(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _floats(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_floats(child) for child in value]
    return value if isinstance(value, bool | str) or value is None else value + 0.0


@many
@given(documents(), json_values, st.data())
def test_setting_a_new_key(data: bytes, value: Json, draw: st.DataObject) -> None:
    """A new key goes behind the last, comments keep their neighbours, removal gives the first bytes."""
    doc = parse(data)
    parent = draw.draw(st.sampled_from(objects(doc)))
    path = (*parent, draw.draw(st.sampled_from(FRESH)))
    made = applied(doc, Set(path, value))
    after = parse(made.data)
    assert ordered(after.value) == ordered(with_value(doc.value, path, value))
    assert applied(after, Set(path, value)).spans == ()
    old, new = tokens(data), tokens(made.data)
    kept = sum(
        1 for one, other in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))
    )
    assert any(new[:start] + new[start + len(new) - len(old) :] == old for start in range(kept, -1, -1))
    removed = applied(after, Remove(path))
    if hollow(doc, parent):
        removed = applied(after, Set(parent, {}, text=doc.text(parent)))
    assert removed.data == data


def hollow(doc: Document, path: Path) -> bool:
    """Tell whether an object holds nothing, not even a comment, to put a new member behind."""
    text = doc.text(path)
    return not text.strip("{} \t\r\n")


@many
@given(
    documents(),
    st.lists(st.tuples(st.lists(st.sampled_from(FRESH), min_size=1, max_size=3), json_values), max_size=5),
    st.data(),
)
def test_a_batch_of_new_keys(data: bytes, news: list[tuple[list[str], Json]], draw: st.DataObject) -> None:
    """Many new keys, with parents, in filled objects: removing the topmost new ones gives the first bytes."""
    doc = parse(data)
    wanted: dict[Path, Json] = {}
    value = doc.value
    for names, new in news:
        path = (*draw.draw(st.sampled_from(objects(doc))), *names)
        if hollow(doc, path[: len(path) - len(names)]):
            continue
        if any(path[: len(other)] == other or other[: len(path)] == path for other in wanted):
            continue
        wanted[path] = new
        value = with_value(value, path, new)
    made = applied(doc, *(Set(path, new) for path, new in wanted.items()))
    assert ordered(parse(made.data).value) == ordered(value)
    tops = {next(path[:size] for size in range(1, 9) if doc.node(path[:size]) is None) for path in wanted}
    assert applied(parse(made.data), *map(Remove, sorted(tops))).data == data


@many
@given(documents(), st.data())
def test_removing(data: bytes, draw: st.DataObject) -> None:
    """After remove the member is absent, all others and every comment outside it stand in their order."""
    doc = parse(data)
    if not paths(doc):
        return
    path = draw.draw(st.sampled_from(paths(doc)))
    node = doc.node(path)
    assert node is not None
    made = applied(doc, Remove(path))
    expected: Any = copy.deepcopy(doc.value)
    del at(expected, path[:-1])[path[-1]]
    assert ordered(parse(made.data).value) == ordered(expected)
    start = key_start(doc, node)
    assert tokens(made.data) == tokens(data, 0, start) + tokens(data, node.end)
    assert applied(parse(made.data), Remove(path)).spans == ()


def key_start(doc: Document, node: Node) -> int:
    """Give the offset of a node's key from its line and column."""
    assert node.key_line is not None
    assert node.key_column is not None
    start = 3 if doc.data.startswith(b"\xef\xbb\xbf") else 0
    starts = [start, *(match.end() for match in re.finditer(rb"\r\n?|\n", doc.data))]
    line = doc.data[starts[node.key_line - 1] :].decode()
    return starts[node.key_line - 1] + len(line[: node.key_column - 1].encode())


@many
@given(documents(), st.data())
def test_removing_several(data: bytes, draw: st.DataObject) -> None:
    """Several removals and additions in one pass give the value that one after another give."""
    doc = parse(data)
    chosen = draw.draw(st.lists(st.sampled_from([(), *paths(doc)]), max_size=4, unique=True))
    edits: list[Edit] = []
    for path in chosen:
        edits += [Remove(path)] if path else []
        if draw.draw(st.booleans()):
            edits.append(
                Set((*path[:-1], draw.draw(st.sampled_from([*KEYS, *FRESH]))), draw.draw(json_values))
            )
    edits = draw.draw(st.permutations(edits))
    one_by_one = doc
    try:
        for change in edits:
            one_by_one = parse(applied(one_by_one, change).data)
    except EditError:
        with pytest.raises(EditError):
            edit(doc, edits)
        return
    made = applied(doc, *edits)
    assert parse(made.data).value == one_by_one.value
