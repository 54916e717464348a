"""What comes of several layers: merged objects, replaced lists, and which layer decides."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import jsonc
from reconciler.engine.values import Absent, look_up
from reconciler.mimocode.layers import Layer
from reconciler.mimocode.merging import decides, resolved, stack


def layer(value: object, kind: str = "project") -> Layer:
    """Make a layer of a value, or of a text."""
    text = value if isinstance(value, str) else json.dumps(value)
    return Layer(kind, None, None, jsonc.parse(text.encode()))


def merged(*values: object, kind: str = "project") -> dict[str, Any]:
    """Merge values, the highest first."""
    return resolved(tuple(layer(value, kind) for value in values))


def test_objects_merge_deep() -> None:
    """Key by key, at any depth; what one layer does not say stays."""
    assert merged(
        {"provider": {"g": {"options": {"baseURL": "theirs"}, "models": {"b": {"name": "B"}}}}},
        {
            "provider": {
                "g": {"options": {"baseURL": "mine", "apiKey": "k"}, "models": {"a": {}, "b": {"x": 1}}}
            }
        },
    ) == {
        "provider": {
            "g": {
                "options": {"baseURL": "theirs", "apiKey": "k"},
                "models": {"a": {}, "b": {"name": "B", "x": 1}},
            }
        }
    }


@pytest.mark.parametrize("key", ["enabled_providers", "disabled_providers", "whitelist", "blacklist", "env"])
@pytest.mark.parametrize("higher", [[], ["b"], ["b", "a"]])
def test_a_list_is_replaced(key: str, higher: list[str]) -> None:
    """Also by an empty one."""
    assert merged({key: higher}, {key: ["a"]}) == {key: higher}


@pytest.mark.parametrize("nothing", [{}, {"models": {}}])
def test_nothing_can_be_taken_away_from_above(nothing: dict[str, Any]) -> None:
    """An empty object in a higher layer removes no member."""
    assert merged(nothing, {"models": {"a": {"limit": {"context": 1, "output": 0}}}}) == {
        "models": {"a": {"limit": {"context": 1, "output": 0}}}
    }


@pytest.mark.parametrize("key", ["model", "small_model"])
def test_an_empty_model_decides_like_any_other(key: str) -> None:
    """It hides the lower one, and MiMoCode takes it for none when it works."""
    layers = (layer({key: ""}), layer({key: "a/b"}))
    assert resolved(layers) == {key: ""}
    assert decides(layers, (key,)) == layers[0]


def test_of_a_key_that_stands_there_twice_the_last_counts() -> None:
    """As a whole: two objects of one name in one layer are not merged."""
    assert merged('{"a": {"x": 1}, "model": "no", "a": {"y": 2}, "model": "yes"}') == {
        "a": {"y": 2},
        "model": "yes",
    }


def test_instructions_are_joined() -> None:
    """The lower layer's come first, each once."""
    assert merged({"instructions": ["b", "c"]}, {"instructions": ["a", "b"]}, {"instructions": ["z"]}) == {
        "instructions": ["z", "a", "b", "c"]
    }


def test_instructions_of_the_user_level_files_are_replaced() -> None:
    """Among themselves; with the other layers they are joined."""
    layers = (
        layer({"instructions": ["project"]}),
        layer({"instructions": ["jsonc"]}, "user"),
        layer({"instructions": ["json"]}, "user"),
        layer({"instructions": ["defaults"]}, "variable"),
    )
    assert resolved(layers) == {"instructions": ["defaults", "jsonc", "project"]}


def test_instructions_of_one_layer_stay_as_they_are() -> None:
    """Nothing is joined, so nothing is left out."""
    assert merged({"instructions": ["a", "a"]}, {"model": "x"}) == {"instructions": ["a", "a"], "model": "x"}


def test_a_value_in_the_place_of_an_object_hides_what_is_below() -> None:
    """Possible in options alone; an object above it begins anew."""
    assert merged({"o": {"new": 1}}, {"o": None}, {"o": {"old": 1}}) == {"o": {"new": 1}}
    layers = (layer({"o": {"new": 1}}), layer({"o": None}), layer({"o": {"old": 1}}))
    assert decides(layers, ("o", "old")) is None
    assert stack(layers, ("o", "old")) == (layers[2],)
    assert decides(layers, ("o",)) == layers[0]


def test_a_layer_that_cannot_be_read_says_nothing() -> None:
    """Nor does one that is no object."""
    layers = (Layer("project", None, None, None), layer([1]), layer({"a": 1}))
    assert resolved(layers) == {"a": 1}
    assert decides(layers, ("a",)) == layers[2]


VALUES = st.recursive(
    st.sampled_from([None, 1, "t", [1], []]),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@given(st.lists(OBJECTS, max_size=4), st.lists(st.sampled_from("abc"), min_size=1, max_size=3))
def test_the_layer_that_decides_has_the_value_that_comes_of_it(
    values: list[dict[str, Any]], path: list[str]
) -> None:
    """Of any key that is no object; and no layer decides exactly where nothing comes of it."""
    layers, key = tuple(layer(value) for value in values), tuple(path)
    found, deciding = look_up(resolved(layers), key), decides(layers, key)
    assert isinstance(found, Absent) == (deciding is None)
    if deciding is not None and not isinstance(found, dict):
        assert deciding.value(key) == found


def test_merging_changes_no_layer() -> None:
    """What comes of layers shares objects with them; merging more over it leaves theirs as they were."""
    texts = (
        {"p": {"a": {"x": 1}}},
        {"p": {"a": {"y": 2}, "b": {"z": 3}}},
        {"p": {"b": {"z": 4}}, "q": {"c": {}}},
    )
    layers = tuple(map(layer, texts))
    for _ in range(2):
        assert resolved(layers) == {"p": {"a": {"y": 2, "x": 1}, "b": {"z": 3}}, "q": {"c": {}}}
    assert [one.value(()) for one in layers] == list(texts)
