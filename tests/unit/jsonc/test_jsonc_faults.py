"""The faults of jsonc-parser's own `modify`, each shown where the oracle is there, and each absent here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fixtures.jsonc.oracle import start_oracle
from reconciler.jsonc import EditError, Remove, Set, edit, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.jsonc.oracle import Oracle


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle | None]:
    """Start the parser once; None where Node is not to be had."""
    started = start_oracle()
    if started is None:
        yield None
        return
    with started:
        yield started


def test_removing_an_only_key_with_a_trailing_comma(oracle: Oracle | None) -> None:
    """`modify` leaves `{ , }`, which nothing can read."""
    text = b'{ "a": 1, }'
    if oracle is not None:
        left = oracle.modified(text, ["a"])
        assert left is not None
        assert oracle.verdicts([left.encode()]) == [None]
    assert edit(parse(text), [Remove(("a",))]).data == b"{}"


def test_editing_duplicate_keys(oracle: Oracle | None) -> None:
    """`modify` edits the first of two, readers use the last: the edit has no effect. It is refused here."""
    text = b'{\n  "a": 1,\n  "a": 2\n}'
    if oracle is not None:
        assert oracle.modified(text, ["a"], 3) == '{\n  "a": 3,\n  "a": 2\n}'
    doc = parse(text)
    assert doc.value == {"a": 2}
    for change in (Set(("a",), 3), Remove(("a",))):
        with pytest.raises(EditError, match="twice") as refused:
            edit(doc, [change])
        assert (refused.value.line, refused.value.column, refused.value.path) == (3, 3, ("a",))


def test_adding_behind_a_trailing_comment(oracle: Oracle | None) -> None:
    """`modify` moves the comment of the last key to the new one."""
    text = b'{\n  "a": 1 // about a\n}'
    if oracle is not None:
        assert "1,\n" in (oracle.modified(text, ["b"], 2) or "")
    assert edit(parse(text), [Set(("b",), 2)]).data == b'{\n  "a": 1, // about a\n  "b": 2\n}'


def test_removing_beside_comments(oracle: Oracle | None) -> None:
    """`modify` loses the comment before the key and hangs the one behind it on another key."""
    text = b'{\n  "a": 1,\n  // about c\n  "b": 2, // about b\n  // about d\n  "d": 4\n}'
    if oracle is not None:
        assert "about c" not in (oracle.modified(text, ["b"]) or "")
    left = b'{\n  "a": 1,\n  // about c\n  // about b\n  // about d\n  "d": 4\n}'
    assert edit(parse(text), [Remove(("b",))]).data == left


def test_editing_a_file_with_tabs(oracle: Oracle | None) -> None:
    """`modify` indents by its own options and knows nothing of the file."""
    text = b'{\n\t"a": {\n\t\t"b": 1\n\t}\n}'
    if oracle is not None:
        assert '\n    "c"' in (oracle.modified(text, ["a", "c"], 2) or "")
    made = b'{\n\t"a": {\n\t\t"b": 1,\n\t\t"c": {\n\t\t\t"d": 2\n\t\t}\n\t}\n}'
    assert edit(parse(text), [Set(("a", "c", "d"), 2)]).data == made


def test_editing_a_one_line_object(oracle: Oracle | None) -> None:
    """`modify` explodes it."""
    text = b'{ "a": 1, "b": { "c": 2 } }\n'
    if oracle is not None:
        assert (oracle.modified(text, ["d"], 3) or "").count("\n") > 1
    assert edit(parse(text), [Set(("d",), 3)]).data == b'{ "a": 1, "b": { "c": 2 }, "d": 3 }\n'


def test_setting_below_a_missing_parent(oracle: Oracle | None) -> None:
    """`modify` throws where a parent is no object; here the place is told, and a missing one made."""
    text = b'{\n  "a": []\n}\n'
    if oracle is not None:
        assert oracle.modified(text, ["a", "b"], 1) is None
    with pytest.raises(EditError, match="not an object") as refused:
        edit(parse(text), [Set(("a", "b"), 1)])
    assert (refused.value.line, refused.value.column) == (2, 8)
    made = edit(parse(text), [Set(("n", "m"), 1)]).data
    assert made == b'{\n  "a": [],\n  "n": {\n    "m": 1\n  }\n}\n'
