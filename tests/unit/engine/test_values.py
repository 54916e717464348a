"""JSON values: when two are the same, where a path leads, how it is spelled and read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine.values import ABSENT, Absent, key_text, look_up, parse_key, same

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (None, None),
        (True, True),
        (0, 0),
        (1, 1.0),
        (-0.0, 0),
        (1e3, 1000),
        ("", ""),
        ([], []),
        ({}, {}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ([{"a": [1, {"b": None}]}], [{"a": [1.0, {"b": None}]}]),
    ],
)
def test_same_to_a_json_reader(left: object, right: object) -> None:
    """Spelling of a number and order of keys do not make another value."""
    assert same(left, right)
    assert same(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (True, 1),
        (False, 0),
        (True, 1.0),
        (None, False),
        (None, 0),
        (None, ""),
        (0, ""),
        ("1", 1),
        ("true", True),
        ("a", "A"),
        ("é", "e\u0301"),
        ([], {}),
        ([], None),
        ({}, None),
        ([1, 2], [2, 1]),
        ([1], [1, 1]),
        ({"a": None}, {}),
        ({"a": 1}, {"b": 1}),
        ({"a": {"b": True}}, {"a": {"b": 1}}),
        ([[[0]]], [[[False]]]),
        (1, 2),
        (1.5, 1),
        (ABSENT, None),
    ],
)
def test_not_the_same_to_a_json_reader(left: object, right: object) -> None:
    """A boolean is no number, null is no absence, a list has an order."""
    assert not same(left, right)
    assert not same(right, left)


@given(json_values)
def test_a_value_is_the_same_after_a_trip_through_json(value: object) -> None:
    """Writing and reading a value does not make another one of it."""
    assert same(value, json.loads(json.dumps(value)))


@given(json_values, json_values)
def test_sameness_has_no_direction(left: object, right: object) -> None:
    """Which of the two is asked about the other makes no difference."""
    assert same(left, right) == same(right, left)


def test_values_deeper_than_pythons_stack_are_compared() -> None:
    """Depth is no obstacle: a nested bomb in a config ends in an answer and not in a crash."""
    deep: Any = 1
    other: Any = 2
    for _ in range(50_000):
        deep, other = [deep], [other]
    assert same(deep, deep)
    assert not same(deep, other)
    while isinstance(deep, list):  # taken apart by hand: the interpreter would recurse
        deep, other = deep.pop(), other.pop()


TREE = {"a": {"b": {"c": 1}, "null": None, "": {"x": 2}}, "list": [{"a": 1}]}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ((), TREE),
        (("a", "b", "c"), 1),
        (("a", "null"), None),
        (("a", "", "x"), 2),
        (("a", "missing"), ABSENT),
        (("a", "b", "c", "d"), ABSENT),
        (("list", "0"), ABSENT),
        (("a", "null", "x"), ABSENT),
    ],
)
def test_a_path_leads_to_a_value_or_nowhere(key: tuple[str, ...], expected: object) -> None:
    """Only objects have ways in; a null is a value, nothing at all is ABSENT."""
    found = look_up(TREE, key)
    assert found is ABSENT if expected is ABSENT else found == expected


def test_the_absent_value_is_one_of_a_kind() -> None:
    """ABSENT is falsy, prints its name, and is not None."""
    assert not ABSENT
    assert repr(ABSENT) == "ABSENT"
    assert isinstance(ABSENT, Absent)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (("model",), "model"),
        (("small_model",), "small_model"),
        (("$schema",), "$schema"),
        (("provider", "gonkagate", "npm"), "provider.gonkagate.npm"),
        (("provider", "x", "models", "a/b-1.2"), 'provider.x.models["a/b-1.2"]'),
        (("a/b", "c"), '["a/b"].c'),
        (("a", ""), 'a[""]'),
        ((), ""),
    ],
)
def test_a_path_is_spelled_for_people(key: tuple[str, ...], text: str) -> None:
    """Dots between plain segments, brackets around the others."""
    assert key_text(key) == text


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (("a", 'q"q'), 'a["q\\"q"]'),
        (("a", "b\\"), 'a["b\\\\"]'),
        (('a"]["b',), '["a\\"][\\"b"]'),
        (("a", "\x1b[31m"), 'a["\\u001b[31m"]'),
        (("a", "\u202e"), 'a["\\u202e"]'),
        (("a", "模型"), "a.模型"),
        (("a", "_"), 'a["_"]'),
    ],
)
def test_a_path_can_be_typed_in_as_it_is_shown(key: tuple[str, ...], text: str) -> None:
    """Quotes, backslashes and what cannot be printed are escaped as in JSON."""
    assert key_text(key) == text
    assert parse_key(text) == key


segments = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["a", "$x", "_", "]"]
)


@given(st.lists(segments, min_size=1, max_size=5).map(tuple))
def test_every_path_survives_being_spelled_and_read(key: tuple[str, ...]) -> None:
    """Reading is the inverse of spelling, whatever the segments are made of; the spelling is printable."""
    assert parse_key(key_text(key)) == key
    assert key_text(key).isprintable()


@given(st.text(st.sampled_from('a.[]"\\ /'), max_size=8))
def test_whatever_can_be_read_is_the_path_that_its_spelling_says(text: str) -> None:
    """No text is read as one path and spelled as another."""
    try:
        key = parse_key(text)
    except ValueError:
        return
    assert key
    assert parse_key(key_text(key)) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("models[a/b-1.2].name", ("models", "a/b-1.2", "name")),
        ('["model"]', ("model",)),
        ('a["b"]["c"]', ("a", "b", "c")),
        ("_.$.-", ("_", "$", "-")),
    ],
)
def test_other_spellings_are_understood(text: str, key: tuple[str, ...]) -> None:
    """Brackets are allowed around every segment, and a shell may have taken their quotes away."""
    assert parse_key(text) == key


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "character 1 "),
        (".a", "character 1 "),
        ("a.", "character 2 "),
        ("a..b", "character 2 "),
        ("a/b", "character 2 "),
        ("a b", "character 2 "),
        ('a"b"', "character 2 "),
        ("a[]", "character 2 "),
        ('a["b', "character 2 "),
        ('a["b"]c', "character 7 "),
        ('a["\\q"]', "character 2 "),
        ('a["\n"]', "character 2 "),
    ],
)
def test_what_is_no_path_is_refused_with_its_place(text: str, where: str) -> None:
    """The complaint says from where on the text cannot be read."""
    with pytest.raises(ValueError, match=where):
        parse_key(text)
