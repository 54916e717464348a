"""What a document tells: values with each quirk of the parser MiMoCode uses, positions, comments."""

from __future__ import annotations

import json
import math
import weakref
from typing import Final

import attrs
import pytest

import reconciler.jsonc as face
from reconciler.jsonc import NESTING_LIMIT, JsoncError, Span, parse

DEEPEST: Final = b"[" * NESTING_LIMIT + b"]" * NESTING_LIMIT

VALUES: Final[dict[str, tuple[bytes, object]]] = {
    "a file of no bytes is an empty object": (b"", {}),
    "a byte order mark is passed over": (b"\xef\xbb\xbf[1]", [1]),
    "comments of both kinds, anywhere": (b'//x\n{/*y*/"a"/**/:/**/1/**/,//z\r"b"://\n2}//', {"a": 1, "b": 2}),
    "a comment's end inside its own mark is none": (b"/*/*/1", 1),
    "comment marks in strings are text": (b'["//", "/* x */"]', ["//", "/* x */"]),
    "a comma behind the last": (b'{"a":[1,],"b":{"c":2,},}', {"a": [1], "b": {"c": 2}}),
    "CR, LF and CR LF are white space": (b'{\r"a"\n:\r\n1\t}', {"a": 1}),
    "the last of equal keys wins, at the place of the first": (b'{"a":1,"b":2,"a":3}', {"a": 3, "b": 2}),
    "keys are equal by what they mean": (b'{"a":1,"\\u0061":2}', {"a": 2}),
    "an empty key": (b'{"":0}', {"": 0}),
    "a pair of surrogate escapes is one character": (b'"\\ud83d\\ude00"', "\U0001f600"),
    "a lone surrogate is kept": (b'"\\ud83dx"', "\ud83dx"),
    "every escape": (b'"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E9"', '"\\/\b\f\n\r\t\u00e9'),
    "other line ends and DEL are text": ('"\u2028\u2029\u0085\x7f"'.encode(), "\u2028\u2029\u0085\x7f"),
    "a number beyond all doubles": (b"[1e400,-1e400]", [math.inf, -math.inf]),
    "a number too small": (b"1e-400", 0.0),
    "a whole number is rounded as a double is": (b"9007199254740993", 9007199254740992.0),
    "a __proto__ that is no object is nothing": (b'{"__proto__":1,"a":2}', {"a": 2}),
    "a __proto__ that is an object is no key": (b'{"__proto__":{"b":1},"a":2}', {"a": 2}),
    "behind a null __proto__ the next is a key": (b'{"__proto__":null,"__proto__":1}', {"__proto__": 1}),
    "behind a heir of null it is a key too": (
        b'{"__proto__":{"__proto__":null},"__proto__":{}}',
        {"__proto__": {}},
    ),
    "behind an array it is none": (b'{"__proto__":[null],"__proto__":{}}', {}),
    "behind another object it is none": (b'{"__proto__":{"a":null},"__proto__":{}}', {}),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_read_as_mimocode_reads_it(name: str) -> None:
    """Every case of the table."""
    text, value = VALUES[name]
    read = parse(text).value
    assert read == value
    assert type(read) is type(value)


def test_numbers_are_int_while_a_double_holds_them_exactly() -> None:
    """Whole numbers are int up to 2**53, and minus zero is a float, as it has a sign."""
    read = parse(b"[0,-1,9007199254740992,-9007199254740992,9007199254740994,1.0,1e2,-0,-10]").value
    assert isinstance(read, list)
    assert [type(number) for number in read] == [int, int, int, int, float, float, float, float, int]
    assert math.copysign(1, read[7]) == -1
    assert parse(b"9" * 5000).value == math.inf


def test_the_order_of_keys_is_that_of_the_text() -> None:
    """JavaScript would put indexes first; the order of a document is of use to people."""
    assert list(json.loads(json.dumps(parse(b'{"b":1,"1":2,"a":3}').value))) == ["b", "1", "a"]


def test_the_deepest_text_is_read_and_can_be_used() -> None:
    """At the limit a value can still be compared and written; one level more is refused."""
    assert json.dumps(parse(DEEPEST).value).encode() == DEEPEST
    for deeper in (b"[" + DEEPEST + b"]", b'{"a":' + DEEPEST + b"}", b"[" * 10**6):
        with pytest.raises(JsoncError, match="deeper than 512 levels") as refused:
            parse(deeper)
        assert refused.value.offset in (512, 516)


def test_a_node_tells_where_its_value_and_its_key_stand() -> None:
    """Offsets count bytes, lines and columns count from 1, a column is one character."""
    doc = parse('\ufeff{\r\n\t"é": {"😀" :\r  [1]},\n"b": 2}'.encode())
    node = doc.node(("é", "😀"))
    assert node is not None
    assert doc.data[node.start : node.end] == b"[1]"
    assert (node.line, node.column, node.key_line, node.key_column) == (3, 3, 2, 8)
    assert node.value == [1]
    outer = doc.node(("é",))
    assert outer is not None
    assert (outer.line, outer.column, outer.key_line, outer.key_column) == (2, 7, 2, 2)
    root = doc.node(())
    assert root is not None
    assert (root.start, root.line, root.column, root.key_line, root.key_column) == (3, 1, 1, None, None)
    empty = parse(b"").node(())
    assert empty is not None
    assert (empty.start, empty.end, empty.line, empty.column, empty.key_line) == (0, 0, 1, 1, None)


@pytest.mark.parametrize(
    "path", [("x",), ("a", "x"), ("l", "0"), ("a", "b", "c"), ("__proto__",), ("__proto__", "p")]
)
def test_there_is_no_node_where_no_reader_sees_a_value(path: tuple[str, ...]) -> None:
    """Absent keys, elements of arrays, members of scalars, JavaScript's prototypes."""
    doc = parse(b'{"a":{"b":1},"l":[1],"__proto__":{"p":1}}')
    assert doc.node(path) is None
    assert doc.duplicate(path) is None
    with pytest.raises(KeyError) as missing:
        doc.text(path)
    assert missing.value.args == (path,)


def test_text_is_the_spelling_as_it_stands() -> None:
    """A value's text keeps its comments and spaces, and goes without those around it."""
    doc = parse('{ "a" : /*x*/ [ 1.50, // é\n ] , "b": "\\u00e9" } // end'.encode())
    assert doc.text(("a",)) == "[ 1.50, // é\n ]"
    assert doc.text(("b",)) == '"\\u00e9"'
    assert doc.text(()).endswith(" }")
    assert parse(b"").text(()) == ""


def test_a_duplicate_is_the_second_of_a_key_on_the_path() -> None:
    """Duplicates beside the path are nobody's business."""
    doc = parse(b'{"x":1,"x":2,\n"a":{"b":1,"b":2,\n"b":{"c":3}}}')
    twice = doc.duplicate(("a", "b"))
    assert twice is not None
    assert (twice.value, twice.key_line, twice.key_column) == (2, 2, 12)
    assert doc.duplicate(("a", "b", "c")) == twice
    assert doc.duplicate(("a",)) is None
    node = doc.node(("a", "b", "c"))
    assert node is not None
    assert node.value == 3


def test_a_repeated_prototype_is_no_duplicate_but_a_repeated_key_is() -> None:
    """Only behind a null prototype is __proto__ a key like others."""
    assert parse(b'{"__proto__":{},"__proto__":{}}').duplicate(("__proto__",)) is None
    assert parse(b'{"__proto__":null,"__proto__":1}').duplicate(("__proto__",)) is not None


def test_comments_are_spans() -> None:
    """A line comment ends before its line break; marks inside strings are none."""
    doc = parse(b'// a\r\n{"/*": /* b\n*/ "//" } //c')
    assert [doc.data[span.start : span.end] for span in doc.comments] == [b"// a", b"/* b\n*/", b"//c"]
    assert doc.comments[0] == Span(0, 4)
    assert parse(b"1").comments == ()


def test_printing_shows_no_content() -> None:
    """A file may hold a secret, so nothing that may be printed on the way shows any of it."""
    doc = parse(b'{"key": "SECRET"}')
    made = face.edit(doc, [face.Set(("key",), "SECRET2"), face.Set(("new",), "SECRET", text='"SECRET"')])
    shown = repr((doc, doc.node(("key",)), made, made.spans, face.Set(("key",), "SECRET", text='"SECRET"')))
    assert "SECRET" not in shown
    assert "'key'" in shown


def test_the_face_is_what_it_lists() -> None:
    """Every public name is there, frozen and slotted if it is a value, and explained."""
    assert face.__all__ == sorted(
        face.__all__, key=lambda name: (not name.isupper(), name[0].islower(), name)
    )
    for name in face.__all__:
        thing = getattr(face, name)
        if isinstance(thing, type) and not issubclass(thing, Exception):
            assert attrs.has(thing)
            assert "__slots__" in vars(thing)
            assert thing.__doc__


def test_the_same_bytes_are_one_tree_while_somebody_holds_it() -> None:
    """Also where they are read from two places; once nobody holds it and others were read, it is gone."""
    text = b'{"nobody else": "has this"}'
    first = parse(text)
    assert parse(bytes(bytearray(text))) is first
    gone = weakref.ref(first)
    del first
    for number in range(10):
        parse(b'{"another": %d}' % number)
    assert gone() is None
