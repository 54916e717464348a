"""What is written looks like what stands around it: a table of documents, edits and results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from reconciler.jsonc import Remove, Set, edit, parse

if TYPE_CHECKING:
    from reconciler.jsonc import Edit

LONG: Final = "x" * 90

CASES: Final[dict[str, tuple[str, list[Edit], str]]] = {
    "a new file has two spaces and a final newline": (
        "",
        [Set(("$schema",), "s"), Set(("p", "q"), {"r": [{}]})],
        '{\n  "$schema": "s",\n  "p": {\n    "q": {\n      "r": [\n        {}\n      ]\n    }\n  }\n}\n',
    ),
    "the indent unit is the document's": (
        '{\n    "a": {\n        "b": 1\n    }\n}',
        [Set(("a", "x", "y"), 2)],
        '{\n    "a": {\n        "b": 1,\n        "x": {\n            "y": 2\n        }\n    }\n}',
    ),
    "the commonest unit wins, and the members' own indent is kept": (
        '{\n   "a": {\n     "b": {\n       "c": 1\n     }\n   }\n}',
        [Set(("n", "m"), 1)],
        '{\n   "a": {\n     "b": {\n       "c": 1\n     }\n   },\n   "n": {\n     "m": 1\n   }\n}',
    ),
    "tabs": ('{\n\t"a": 1\n}\n', [Set(("b", "c"), 2)], '{\n\t"a": 1,\n\t"b": {\n\t\t"c": 2\n\t}\n}\n'),
    "CRLF": ('{\r\n  "a": 1\r\n}', [Set(("b",), [2])], '{\r\n  "a": 1,\r\n  "b": [\r\n    2\r\n  ]\r\n}'),
    "CR alone": ('{\r  "a": 1 // x\r}', [Set(("b",), 2)], '{\r  "a": 1, // x\r  "b": 2\r}'),
    "mixed line ends: those of the neighbour": (
        '{\r\n  "a": {\n    "b": 1\n  },\r\n  "c": 2\r\n}',
        [Set(("a", "x"), 1), Set(("d",), 1)],
        '{\r\n  "a": {\n    "b": 1,\n    "x": 1\n  },\r\n  "c": 2,\r\n  "d": 1\r\n}',
    ),
    "an object with a comma at its end keeps one": (
        '{\n  "a": 1,\n}',
        [Set(("b",), 2), Set(("c",), 3)],
        '{\n  "a": 1,\n  "b": 2,\n  "c": 3,\n}',
    ),
    "so do new objects where most have one": (
        '{\n  "a": 1,\n}',
        [Set(("b", "c"), [2])],
        '{\n  "a": 1,\n  "b": {\n    "c": [\n      2,\n    ],\n  },\n}',
    ),
    "a new object on one line has none": (
        '{ "a": 1, }',
        [Set(("b", "c"), 2)],
        '{ "a": 1, "b": { "c": 2 }, }',
    ),
    "one line with spaces": ('{ "a": 1 }', [Set(("b", "c"), [2, 3])], '{ "a": 1, "b": { "c": [2, 3] } }'),
    "one line without": ('{"a":1}', [Set(("b", "c"), [2, 3])], '{"a":1,"b":{"c":[2,3]}}'),
    "one line with the gap of its neighbours": (
        '{"a":1,  "b":2}',
        [Set(("c",), 3)],
        '{"a":1,  "b":2,  "c":3}',
    ),
    "spaces before the colon": ('{\n  "a" : 1\n}', [Set(("b",), 2)], '{\n  "a" : 1,\n  "b" : 2\n}'),
    "a colon on a line of its own is not copied": (
        '{\n  "a"\n: 1\n}',
        [Set(("b",), 2)],
        '{\n  "a"\n: 1,\n  "b": 2\n}',
    ),
    "a line that grows too long is broken before what is new": (
        '{"a": 1}',
        [Set(("b",), LONG), Set(("c",), {"d": 1})],
        '{"a": 1,\n  "b": "' + LONG + '",\n  "c": {\n    "d": 1\n  }}',
    ),
    "an empty root is filled on lines": ("{}\r\n", [Set(("a",), 1)], '{\r\n  "a": 1\r\n}\r\n'),
    "an empty object is filled as its place is: on lines": (
        '{\n  "a": {}\n}',
        [Set(("a", "b"), 1)],
        '{\n  "a": {\n    "b": 1\n  }\n}',
    ),
    "an empty object is filled as its place is: on one line": (
        '{"a": { }}',
        [Set(("a", "b"), 1)],
        '{"a": {"b": 1}}',
    ),
    "an empty object on two lines stays on lines": (
        '{"a": {\n}}',
        [Set(("a", "b"), 1)],
        '{"a": {\n  "b": 1\n}}',
    ),
    "a comment alone in an object stays first": (
        "{\n    // c\n}",
        [Set(("a",), 1)],
        '{\n    // c\n    "a": 1\n}',
    ),
    "a comment alone on one line": ("{ /* c */ }", [Set(("a",), 1)], '{ /* c */ "a": 1 }'),
    "a line comment is never swallowed": (
        '{ "a": 1 // c\n}',
        [Set(("b",), 2)],
        '{ "a": 1, // c\n  "b": 2\n}',
    ),
    "behind all comments at the end": (
        '{\n  "a": 1\n  // "b": 2\n}',
        [Set(("c",), 3)],
        '{\n  "a": 1,\n  // "b": 2\n  "c": 3\n}',
    ),
    "a comma behind a comment": (
        '{\n  "a": 1 /* x */ , // y\n}',
        [Set(("b",), 2)],
        '{\n  "a": 1 /* x */ , // y\n  "b": 2,\n}',
    ),
    "a value on one line is replaced by one": (
        '{\n  "a": {"b": 1}\n}',
        [Set(("a",), {"b": 2, "c": [3]})],
        '{\n  "a": {"b": 2, "c": [3]}\n}',
    ),
    "unless the line grows too long": (
        '{\n  "a": {"b": 1}\n}',
        [Set(("a",), {"b": LONG})],
        '{\n  "a": {\n    "b": "' + LONG + '"\n  }\n}',
    ),
    "a value on lines is replaced by one on lines": (
        '{"a": {\n  "b": 1\n}}',
        [Set(("a",), {"b": 2})],
        '{"a": {\n  "b": 2\n}}',
    ),
    "a scalar in a one-line object is replaced on the line": (
        '{"a": 1}',
        [Set(("a",), {"b": 2})],
        '{"a": {"b": 2}}',
    ),
    "a byte order mark stays": ('\ufeff{"a": 1}', [Set(("a",), 2)], '\ufeff{"a": 2}'),
    "text is written raw but for controls and lone surrogates": (
        "{}",
        [Set(('é😀"\\',), "\x00\n\x7f\u2028\ud800")],
        '{\n  "é😀\\"\\\\": "\\u0000\\n\x7f\u2028\\ud800"\n}',
    ),
    "a spelling of one's own stands as it is": (
        '{\n  "a": 1\n}',
        [Set(("a",), 10, text="1e1"), Set(("b",), {"c": 1}, text='{ "c" /**/:1,}')],
        '{\n  "a": 1e1,\n  "b": { "c" /**/:1,}\n}',
    ),
    "commas at the front": (
        '{ "a": 1\n, "b": 2\n, "c": 3\n}',
        [Remove(("b",)), Remove(("c",))],
        '{ "a": 1\n}',
    ),
    "the first on one line": ('{ "a": 1, "b": 2 }', [Remove(("a",))], '{ "b": 2 }'),
    "the first on one line, tight": ('{"a": 1, "b": 2}', [Remove(("a",))], '{"b": 2}'),
    "the first on lines": ('{\n  "a": 1,\n\n  "b": 2\n}', [Remove(("a",))], '{\n\n  "b": 2\n}'),
    "one in the middle": ('{"a": 1, "b": 2, "c": 3}', [Remove(("b",))], '{"a": 1, "c": 3}'),
    "the last": ('{"a": 1, "b": 2}', [Remove(("b",))], '{"a": 1}'),
    "the last two": (
        '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}',
        [Remove(("c",)), Remove(("b",))],
        '{\n  "a": 1\n}',
    ),
    "the last with a comma": ('{\n  "a": 1,\n  "b": 2,\n}', [Remove(("b",))], '{\n  "a": 1,\n}'),
    "all": ('{\n  "a": 1,\n  "b": 2\n}\n', [Remove(("a",)), Remove(("b",))], "{}\n"),
    "all but a comment": ('{\n  // c\n  "a": 1,\n}', [Remove(("a",))], "{\n  // c\n}"),
    "the last behind a line comment": ('{ // c\n"a": 1}', [Remove(("a",))], "{ // c\n}"),
    "a comment on one line with the removed": (
        '{"a": 1, "b": 2 /* b */}',
        [Remove(("b",))],
        '{"a": 1 /* b */}',
    ),
    "a comment before the comma": (
        '{\n  "a": 1 /* a */, // x\n  "b": 2\n}',
        [Remove(("a",))],
        '{\n  /* a */ // x\n  "b": 2\n}',
    ),
    "comments inside of the removed go with it": (
        '{"a" /* k */ : /* v */ [1 /* e */], "b": 2}',
        [Remove(("a",))],
        '{"b": 2}',
    ),
    "taken out and put in": (
        '{\n  "a": 1,\n  "b": 2\n}',
        [Remove(("b",)), Set(("c",), 3)],
        '{\n  "a": 1,\n  "c": 3\n}',
    ),
    "in the middle the blanks before go": ('{"a": 1,  "b": 2, "c": 3}', [Remove(("b",))], '{"a": 1, "c": 3}'),
    "all, behind a comment on the line": (
        '{/**/ "a": 1, "b": 2}',
        [Remove(("a",)), Remove(("b",))],
        "{/**/}",
    ),
    "the first two on one line": ('{"a": 1, "b": 2, "c": 3}', [Remove(("a",)), Remove(("b",))], '{"c": 3}'),
    "a comment that touches the removed": ('{"a": 1, "b": 2/* b */}', [Remove(("b",))], '{"a": 1 /* b */}'),
    "commas at the front, a comment below": (
        '{ "a": 1\n, "b": 2\n// c\n}',
        [Remove(("b",))],
        '{ "a": 1\n// c\n}',
    ),
    "a comment is no padding": (
        '{ /* c */"a": 1}',
        [Set(("b",), {"x": 1})],
        '{ /* c */"a": 1, "b": {"x": 1}}',
    ),
    "a line break is no padding": (
        '{\n"a": 1, "b": 2}',
        [Set(("c",), {"x": 1})],
        '{\n"a": 1, "b": 2, "c": {"x": 1}}',
    ),
    "a gap with a comment before its comma is no example": (
        '{"a":1/**/,  "b":2}',
        [Set(("c",), 3)],
        '{"a":1/**/,  "b":2,"c":3}',
    ),
    "a gap with a comment behind its comma is none either": (
        '{"a":1,/**/"b":2}',
        [Set(("c",), 3)],
        '{"a":1,/**/"b":2,"c":3}',
    ),
    "a line break behind an object says nothing of it": (
        '{"a": {/**/}}\n',
        [Set(("a", "b"), 1)],
        '{"a": {/**/ "b": 1}}\n',
    ),
    "a comment keeps its object on one line": (
        '{\n  "a": { /* c */ }\n}',
        [Set(("a", "b"), 1)],
        '{\n  "a": { /* c */ "b": 1 }\n}',
    ),
    "a line comment behind the brace": ("{ // c\n}", [Set(("a",), 1)], '{ // c\n  "a": 1\n}'),
    "an empty object is filled with the comma of the others": (
        '{\n  "a": {},\n}',
        [Set(("a", "b"), 1)],
        '{\n  "a": {\n    "b": 1,\n  },\n}',
    ),
    "a scalar on a line of its own is replaced on lines": (
        '{\n  "a": 1\n}',
        [Set(("a",), {"b": 1})],
        '{\n  "a": {\n    "b": 1\n  }\n}',
    ),
    "a line that ends in CR among others": (
        '{\n  "a": 1,\r  "b": {\r    "c": 1\r  }\n}',
        [Set(("b", "d"), 1)],
        '{\n  "a": 1,\r  "b": {\r    "c": 1,\r    "d": 1\r  }\n}',
    ),
    "an indent that is no multiple of the unit": (
        '{\n  "a": {\n    "b": {\n\t"c": {}\n    }\n  }\n}',
        [Set(("a", "b", "c"), {"d": {"e": 1}})],
        '{\n  "a": {\n    "b": {\n\t"c": {\n\t  "d": {\n\t    "e": 1\n\t  }\n\t}\n    }\n  }\n}',
    ),
    "only the object's own line must be short": (
        '{\n  "z": "' + LONG + '",\n  "a": {"x": 1},\n  "b": "' + LONG + '"\n}',
        [Set(("a", "y"), 2)],
        '{\n  "z": "' + LONG + '",\n  "a": {"x": 1, "y": 2},\n  "b": "' + LONG + '"\n}',
    ),
    "the unit is found behind objects on one line": (
        '{"z": {\n    "c": 1\n}, "n": {"x": {}}}',
        [Set(("z", "d", "e"), 1)],
        '{"z": {\n    "c": 1,\n    "d": {\n        "e": 1\n    }\n}, "n": {"x": {}}}',
    ),
    "members without an indent show no unit": (
        '{\n"a": 1\n}',
        [Set(("b", "c"), 2)],
        '{\n"a": 1,\n"b": {\n  "c": 2\n}\n}',
    ),
    "a unit is what is more than the outer indent": (
        '{\n\t"a": {\n\t  "b": {\n\t    "c": 1\n\t  }\n\t}\n}',
        [Set(("n", "m"), 1)],
        '{\n\t"a": {\n\t  "b": {\n\t    "c": 1\n\t  }\n\t},\n\t"n": {\n\t  "m": 1\n\t}\n}',
    ),
    "a comment without blanks keeps its object on one line": (
        '{\n  "a": {/* c */}\n}',
        [Set(("a", "b"), 1)],
        '{\n  "a": {/* c */ "b": 1}\n}',
    ),
    "an object of blanks is filled on lines": (
        '{\n  "a": { }\n}',
        [Set(("a", "b"), 1)],
        '{\n  "a": {\n    "b": 1\n  }\n}',
    ),
    "an object without a comma at its end gets none": (
        '{\n  "a": {\n    "b": 1\n  },\n  "c": {\n    "d": 1,\n  },\n}',
        [Set(("a", "x"), 1)],
        '{\n  "a": {\n    "b": 1,\n    "x": 1\n  },\n  "c": {\n    "d": 1,\n  },\n}',
    ),
    "all taken out and put in": ('{ "a": 1, }', [Remove(("a",)), Set(("c",), 3)], '{ "c": 3, }'),
    "all taken out and put in, on lines": (
        '{\n  "a": 1\n}',
        [Remove(("a",)), Set(("c",), 3)],
        '{\n  "c": 3\n}',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_edit_is_written_in_the_style_of_its_place(name: str) -> None:
    """Every case of the table, to the byte."""
    before, edits, after = CASES[name]
    assert edit(parse(before.encode()), edits).data.decode() == after


@pytest.mark.parametrize("behind", ["", "\n", "\r\n\n", " // note\n"])
def test_a_line_may_be_a_hundred_columns_long(behind: str) -> None:
    """The whole line counts, what stands behind the object on it too; one more column, and it is broken."""
    line = behind.rstrip("\r\n")
    room = 100 - len('{"a": 1, "b": ""}' + line)
    for size, lines in ((room, 0), (room + 1, 1)):
        made = edit(parse(('{"a": 1}' + behind).encode()), [Set(("b",), "x" * size)]).data.decode()
        assert made.count("\n") == behind.count("\n") + lines
        assert made.endswith('"}' + behind)


@pytest.mark.parametrize(("with_comma", "without"), [(2, 1), (2, 3), (2, 2), (3, 2)])
def test_new_objects_end_as_most_do(with_comma: int, without: int) -> None:
    """A comma behind the last member is written where more than half of the objects have one."""
    rows = ['  "c%d": {\n    "x": 1,\n  }'] * with_comma + ['  "n%d": {\n    "x": 1\n  }'] * (without - 1)
    rows = [row % number for number, row in enumerate(rows)]
    text = "{\n" + ",\n".join([*rows, '  "e": {}']) + "\n}"
    made = edit(parse(text.encode()), [Set(("e", "x"), 1)]).data.decode()
    assert made.endswith('"x": 1,\n  }\n}' if with_comma > without else '"x": 1\n  }\n}')
