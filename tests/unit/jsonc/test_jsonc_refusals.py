"""An edit that cannot be made is refused whole; a batch reads as its edits made one after another."""

from __future__ import annotations

import math
from collections import UserDict
from typing import TYPE_CHECKING, Any, Final

import pytest

from reconciler.jsonc import NESTING_LIMIT, EditError, Remove, Set, edit, parse, splice

if TYPE_CHECKING:
    from reconciler.jsonc import Edit, Json

TEXT: Final = b'{\n  "a": {"b": 1},\n  "s": "x",\n  "l": [1],\n  "t": 1, "t": {"u": 2}\n}'

TWICE: Final = "a key on the way stands twice in its object"
UNSEEN: Final = "MiMoCode does not see a key named __proto__"

REFUSED: Final[dict[str, tuple[Edit, tuple[int, int], str]]] = {
    "a member of a string": (Set(("s", "x"), 1), (3, 8), "a parent is not an object"),
    "a member of an array": (Set(("l", "0"), 1), (4, 8), "a parent is not an object"),
    "deeper still": (Set(("a", "b", "c", "d"), 1), (2, 14), "a parent is not an object"),
    "a key that stands twice": (Set(("t",), 1), (5, 11), TWICE),
    "a key below one": (Set(("t", "u"), 2), (5, 11), TWICE),
    "to remove one": (Remove(("t",)), (5, 11), TWICE),
    "to remove below one": (Remove(("t", "u")), (5, 11), TWICE),
    "to remove the root": (Remove(()), (1, 1), "the root cannot be removed"),
    "a key no reader sees": (Set(("a", "__proto__"), 1), (1, 1), UNSEEN),
    "to remove one that no reader sees": (Remove(("__proto__", "x")), (1, 1), UNSEEN),
    "such a key in a value": (Set(("a",), {"x": [{"__proto__": 1}]}), (1, 1), UNSEEN),
    "no number": (Set(("a",), math.nan), (1, 1), "JSON has no word for this number"),
    "an endless number": (Set(("a",), [math.inf]), (1, 1), "JSON has no word for this number"),
    "a number that no double holds": (
        Set(("a",), 2**53 + 1),
        (1, 1),
        "the number is larger than MiMoCode can hold exactly",
    ),
    "a number beyond all doubles": (
        Set(("a",), 10**400),
        (1, 1),
        "the number is larger than MiMoCode can hold exactly",
    ),
    "bytes": (Set(("a",), [b"x"]), (1, 1), "a bytes is not a JSON value"),
    "a set": (Set(("a",), {1}), (1, 1), "a set is not a JSON value"),  # type: ignore[arg-type]
    "a key that is a number": (Set(("a",), {1: 2}), (1, 1), "a key is not text"),  # type: ignore[dict-item]
    "an empty spelling": (Set(("a",), {}, text=""), (1, 1), "the spelling is empty"),
    "a spelling that is none": (Set(("a",), 1, text="01"), (1, 1), "the spelling is not a JSONC value"),
    "a spelling of a lone surrogate": (
        Set(("a",), "\ud800", text='"\ud800"'),
        (1, 1),
        "the spelling is not a JSONC value",
    ),
    "a spelling of another value": (Set(("a",), 1, text="2"), (1, 1), "the spelling reads as another value"),
    "a spelling of true for 1": (Set(("a",), 1, text="true"), (1, 1), "the spelling reads as another value"),
    "a spelling and a comment": (
        Set(("a",), 1, text="1 // x"),
        (1, 1),
        "the spelling holds more than a value",
    ),
    "a comment and a spelling": (Set(("a",), 1, text=" 1"), (1, 1), "the spelling holds more than a value"),
    "an empty root that is not empty": (
        Set((), {"a": 1}, text=""),
        (1, 1),
        "the spelling reads as another value",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_edit_is_refused_with_its_place_and_reason(name: str) -> None:
    """Every case of the table; nothing of the batch is made."""
    change, place, reason = REFUSED[name]
    with pytest.raises(EditError) as refused:
        edit(parse(TEXT), [Set(("new",), 1), change])
    error = refused.value
    assert ((error.line, error.column), error.path) == (place, change.path)
    assert error.reason == reason
    assert error.args == (reason, change.path, *place)
    assert str(error) == f"{error.line}:{error.column}: {error.reason}"


@pytest.mark.parametrize("path", [("x",), ("a", "x"), ("a", "b", "c"), ("s", "x"), ("l", "0"), ("x", "y")])
def test_removing_what_is_not_there_does_nothing(path: tuple[str, ...]) -> None:
    """Absent keys, members of things that have none."""
    assert edit(parse(TEXT), [Remove(path)]).spans == ()


# Edits, and the value that `{"a": {"b": 1}, "c": 2}` has after them.
BATCHES: Final[dict[str, tuple[list[Edit], Any]]] = {
    "set, then remove": ([Set(("n",), 1), Remove(("n",))], {"a": {"b": 1}, "c": 2}),
    "set below, then remove above": ([Set(("n", "m"), 1), Remove(("n",))], {"a": {"b": 1}, "c": 2}),
    "set below, then remove below": (
        [Set(("n", "m"), 1), Remove(("n", "m"))],
        {"a": {"b": 1}, "c": 2, "n": {}},
    ),
    "remove, then set": ([Remove(("c",)), Set(("c",), 3)], {"a": {"b": 1}, "c": 3}),
    "remove, then set the same": ([Remove(("c",)), Set(("c",), 2)], {"a": {"b": 1}, "c": 2}),
    "remove, then set below": ([Remove(("a",)), Set(("a", "x"), 3)], {"a": {"x": 3}, "c": 2}),
    "remove, then remove below": ([Remove(("a",)), Remove(("a", "b"))], {"c": 2}),
    "remove below, then above": ([Remove(("a", "b")), Remove(("a",))], {"c": 2}),
    "set below, then above": ([Set(("a", "b"), 3), Set(("a",), {"x": 1})], {"a": {"x": 1}, "c": 2}),
    "set above, then below": ([Set(("a",), {"x": 1}), Set(("a", "y"), 2)], {"a": {"x": 1, "y": 2}, "c": 2}),
    "set above, then deep below": (
        [Set(("a",), {"x": {"y": 1}}), Set(("a", "x", "z"), 2)],
        {"a": {"x": {"y": 1, "z": 2}}, "c": 2},
    ),
    "set above, then remove below": (
        [Set(("a",), {"x": 1, "y": 2}), Remove(("a", "x"))],
        {"a": {"y": 2}, "c": 2},
    ),
    "set above, then remove nothing": ([Set(("a",), {"x": 1}), Remove(("a", "b"))], {"a": {"x": 1}, "c": 2}),
    "set a scalar, then remove below": ([Set(("a",), 5), Remove(("a", "b"))], {"a": 5, "c": 2}),
    "set twice": ([Set(("c",), 3), Set(("c",), 4)], {"a": {"b": 1}, "c": 4}),
    "set the root, then below": ([Set((), {"x": 1}), Set(("y",), 2)], {"x": 1, "y": 2}),
    "set below, then the root": ([Set(("y",), 2), Set((), [])], []),
    "remove twice": ([Remove(("c",)), Remove(("c",))], {"a": {"b": 1}}),
    "a spelling, then another value": ([Set(("c",), 3, text="3.0"), Set(("c",), 4)], {"a": {"b": 1}, "c": 4}),
    "a spelling, then what it holds": (
        [Set(("a",), {"x": 1}, text='{"x":1.0}'), Set(("a", "x"), 1), Remove(("a", "b"))],
        {"a": {"x": 1}, "c": 2},
    ),
    "a spelling below a new parent": (
        [Set(("n", "m"), 3, text="3.0")],
        {"a": {"b": 1}, "c": 2, "n": {"m": 3}},
    ),
}


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_reads_as_its_edits_one_after_another(name: str) -> None:
    """Every case of the table, in one batch and one by one."""
    edits, value = BATCHES[name]
    doc = parse(b'{"a": {"b": 1}, "c": 2}')
    assert parse(edit(doc, edits).data).value == value
    for change in edits:
        doc = parse(edit(doc, [change]).data)
    assert doc.value == value


def test_the_callers_value_is_not_changed_and_not_kept() -> None:
    """A batch that goes on below a value works on a copy of it."""
    given = {"x": {"y": 1}}
    edit(parse(b"{}"), [Set(("a",), given), Set(("a", "x", "z"), 2), Remove(("a", "x", "y"))])
    assert given == {"x": {"y": 1}}


@pytest.mark.parametrize(
    "below", [Set(("a", "x"), 2), Set(("a", "y"), 1), Set(("a", "x"), 1, text="1"), Remove(("a", "x"))]
)
def test_a_spelling_is_not_edited_again_in_its_batch(below: Edit) -> None:
    """What it would look like then is anybody's guess."""
    with pytest.raises(EditError) as refused:
        edit(parse(b"{}"), [Set(("a",), {"x": 1}, text='{ "x":1 }'), below])
    assert refused.value.reason == "an object on the way is being given a spelling of its own"


def test_a_set_under_a_scalar_of_the_same_batch_is_refused() -> None:
    """It would be refused one after another, too."""
    for first in (Set(("a",), 5), Set(("a",), [])):
        with pytest.raises(EditError, match="not an object"):
            edit(parse(b"{}"), [first, Set(("a", "b"), 1)])


def test_values_may_be_any_mapping_or_sequence() -> None:
    """Tuples are arrays, mappings are objects."""
    made = edit(parse(b"{}"), [Set(("a",), UserDict({"x": (1, (2, True))}))])
    assert parse(made.data).value == {"a": {"x": [1, [2, True]]}}


def test_halves_of_a_pair_are_one_character() -> None:
    """Two surrogates that make a pair are the same key as the character they stand for."""
    doc = parse('{"😀": 1}'.encode())
    assert edit(doc, [Set(("\ud83d\ude00",), 1)]).spans == ()
    assert edit(doc, [Set(("😀",), "\ud83d\ude00")]).data == '{"😀": "😀"}'.encode()
    assert edit(doc, [Set(("😀",), {"\ud83d\ude00": 1})]).data == '{"😀": {"😀": 1}}'.encode()


def test_a_value_is_the_same_by_what_it_reads_as() -> None:
    """The order of keys and the spelling of numbers make no difference; true and 1 do."""
    doc = parse(b'{"a": {"x": 1.0, "y": [true, null, -0]}}')
    assert edit(doc, [Set(("a",), {"y": [True, None, 0], "x": 1})]).spans == ()
    for other in ([1, None, 0], [True, False, 0], [True, None], [True, None, ""]):
        assert edit(doc, [Set(("a", "y"), other)]).spans != ()
    others: list[Json] = [{"x": 1}, {"x": 1, "y": [True, None, 0], "z": 1}, ["x"]]
    for keys in others:
        assert edit(doc, [Set(("a",), keys)]).spans != ()


def test_depth_is_counted_from_the_root() -> None:
    """What would be too deep to be read again is not written: by its path, its value or its spelling."""
    doc = parse(b"{}")
    fits: list[Any] = []
    for _ in range(NESTING_LIMIT - 2):
        fits = [fits]
    text = "[" * (NESTING_LIMIT - 1) + "]" * (NESTING_LIMIT - 1)
    for spelling in (None, text):
        made = edit(doc, [Set(("a",), fits, text=spelling)])
        assert len(parse(made.data).data) > NESTING_LIMIT
        with pytest.raises(EditError, match=r"too deep|not a JSONC"):
            edit(doc, [Set(("a", "b"), fits, text=spelling)])
    longest = ("k",) * (NESTING_LIMIT - 1)
    assert parse(edit(doc, [Set((*longest, "k"), 1)]).data).node((*longest, "k"))
    assert parse(edit(doc, [Set(longest, {})]).data).node(longest)
    for path, value, reason in (
        ((*longest, "k"), {}, "the value is nested too deep"),
        (longest, {"k": {}}, "the value is nested too deep"),
        ((*longest, "k", "k"), 1, "the path is too deep"),
    ):
        with pytest.raises(EditError) as refused:
            edit(doc, [Set(path, value)])
        assert refused.value.reason == reason
    tables: Json = 1
    for _ in range(NESTING_LIMIT - 1):
        tables = {"k": tables}
    assert parse(edit(doc, [Set(("a",), tables)]).data).node(("a", *longest))
    with pytest.raises(EditError, match="nested too deep"):
        edit(doc, [Set(("a", "b"), tables)])


def test_an_empty_file_is_given_back() -> None:
    """The root's empty spelling leaves no byte, whatever white space or mark stands around."""
    for text in (b"", b"{}", b'\xef\xbb\xbf {"a": 1}\r\n'):
        assert edit(parse(text), [Set((), {}, text="")]).data == b""
    assert edit(parse(b""), [Set(("a",), 1), Set((), {}, text="")]).data == b""


def test_comments_around_the_root_are_not_thrown_away() -> None:
    """MiMoCode refuses a file of comments alone, so an empty object stays among them."""
    assert edit(parse(b'// c\n{"a": 1}\n'), [Set((), {}, text="")]).data == b"// c\n{}\n"
    assert edit(parse(b"{} // c"), [Set((), {}, text="")]).spans == ()


def test_a_file_of_no_bytes_stays_so_where_nothing_is_wanted() -> None:
    """It reads as {} already."""
    batches: list[list[Edit]] = [[], [Set((), {})], [Remove(("a",))], [Set(("a",), 1), Remove(("a",))]]
    for edits in batches:
        assert edit(parse(b""), edits).data == b""
    made = edit(parse(b""), [Set((), {"a": 1}, text='{"a":1}')])
    assert made.data == b'{"a":1}\n'
    for spans in (made.spans, edit(parse(b""), [Set(("a",), 1)]).spans):
        assert [(span.start, span.end) for span in spans] == [(0, 0)]
    assert edit(parse(b""), [Set((), [])]).data == b"[]\n"


def test_a_container_is_given_back_in_its_own_spelling() -> None:
    """Empty objects are spelled in many ways; the recorded text brings each back."""
    for spelled in ("{}", "{ }", "{\n}", "{\n\n  }", "{\r\n\t}"):
        text = f'{{"a": {spelled}, "b": 1}}'.encode()
        doc = parse(text)
        made = edit(doc, [Set(("a", "x", "y"), 1), Set(("a", "z"), 2)])
        assert edit(parse(made.data), [Set(("a",), {}, text=doc.text(("a",)))]).data == text


def test_spans_are_those_of_the_old_document() -> None:
    """They tell what moves, and lead there and back."""
    doc = parse(b'{"a": 1, "b": 2}')
    made = edit(doc, [Set(("a",), 10), Set(("c",), 3)])
    assert [(span.start, span.end, span.replacement) for span in made.spans] == [
        (6, 7, b"10"),
        (15, 15, b', "c": 3'),
    ]
    assert [(span.start, span.end, span.replacement) for span in made.undo] == [(6, 8, b"1"), (16, 24, b"")]
    assert splice(made.data, made.undo) == doc.data
