"""Stacks of layers: which one a value comes from, what may be shown of it, and what of it is ours."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler import jsonc
from reconciler.commands.stacks import Share, Stack, explanation
from reconciler.engine.claims import Claim, Holding
from reconciler.engine.problems import Place
from reconciler.engine.values import ABSENT, KeyPath, same
from reconciler.mimocode.layers import Layer
from reconciler.mimocode.merging import decides
from reconciler.mimocode.substitution import SUBSTITUTED, fill

MODEL: KeyPath = ("model",)
NOWHERE = Path("/nowhere")


def layer(
    name: str, text: object, environment: Mapping[str, str] | None = None, kind: str = "project"
) -> Layer:
    """Make a layer of a file with this value, or this text."""
    data = (text if isinstance(text, str) else json.dumps(text)).encode()
    filled = None if environment is None else fill(data, NOWHERE, NOWHERE, environment)
    try:
        tree = jsonc.parse(data)
    except jsonc.JsoncError:
        tree = None
    return Layer(kind, Path(f"/{name}"), None, tree, filled)


def stack(*values: object) -> Stack:
    """Make a stack of layers with these values, the strongest first."""
    return Stack(tuple(layer(f"file-{number}", value) for number, value in enumerate(values)))


def names(stacked: Stack, key: KeyPath) -> list[str]:
    """Name the files of the layers that decide."""
    return [one.file.name for one in stacked.deciding(key) if one.file is not None]


def test_the_strongest_that_says_something_decides() -> None:
    """A layer that does not have the key has no part in it."""
    stacked = stack({"small_model": "x"}, {"model": "a"}, {"model": "b"})
    assert (stacked.value(MODEL), stacked.shown(MODEL), names(stacked, MODEL)) == ("a", "a", ["file-1"])


def test_what_nobody_says_is_absent() -> None:
    """Neither a value nor a layer."""
    stacked = stack({}, {"small_model": "x"})
    assert (stacked.value(MODEL), stacked.shown(MODEL), names(stacked, MODEL)) == (ABSENT, ABSENT, [])


def test_an_object_comes_from_all_that_have_a_part_in_it() -> None:
    """One that is overridden in all that it says has none."""
    stacked = stack({"a": {"x": 1, "e": {}}}, {"a": {"x": 2}}, {"a": {"y": {"z": 3}}})
    assert stacked.shown(("a",)) == {"x": 1, "e": {}, "y": {"z": 3}}
    assert names(stacked, ("a",)) == ["file-0", "file-2"]
    assert names(stacked, ("a", "y")) == ["file-2"]


def test_an_object_that_one_layer_says_whole_comes_from_that_layer() -> None:
    """What the others say of it changes nothing."""
    assert names(stack({"a": {"x": 1, "y": 2}}, {"a": {"x": 3}}), ("a",)) == ["file-0"]


def test_what_is_hidden_from_above_is_not_in_force() -> None:
    """A text in the place of an object hides what lies below it."""
    stacked = stack({"a": "text"}, {"a": {"x": 1}})
    assert (stacked.shown(("a", "x")), names(stacked, ("a", "x"))) == (ABSENT, [])


def test_instructions_are_joined_and_come_from_every_layer() -> None:
    """The one list that MiMoCode joins."""
    stacked = stack({"instructions": ["a"]}, {"instructions": ["b"]})
    assert stacked.shown(("instructions",)) == ["b", "a"]
    assert names(stacked, ("instructions",)) == ["file-0", "file-1"]


def test_what_is_substituted_is_shown_as_it_is_spelled() -> None:
    """The value is compared, its spelling is shown, in an object that is merged too."""
    text = '{"model": "a/{env:X}", "a": {"b": "{env:X}"}}'
    stacked = Stack((layer("top", {"a": {"c": 1}}), layer("low", text, {"X": "secret-of-the-shell"})))
    assert stacked.value(MODEL) == "a/secret-of-the-shell"
    assert stacked.shown(MODEL) == "a/{env:X}"
    assert stacked.shown(("a",)) == {"b": "{env:X}", "c": 1}
    assert names(stacked, ("a",)) == ["top", "low"]


def test_what_cannot_be_told_apart_is_not_shown() -> None:
    """A text that is JSON only once it is filled in has no spelling of its own for what it holds."""
    text = '{"a": {"b": {env:NUMBER}, "d": 1{env:NUMBER}}}'
    stacked = Stack((layer("top", {"a": {"c": 1}}), layer("low", text, {"NUMBER": "5"})))
    assert stacked.value(("a",)) == {"b": 5, "c": 1, "d": 15}
    assert "5" not in json.dumps([stacked.shown(("a", "b")), stacked.shown(("a",))])
    assert stacked.shown(("a", "b")) == SUBSTITUTED


configs = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(
        st.integers(0, 3) | st.just("t"),
        lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    ),
    max_size=3,
)


@given(st.lists(configs, max_size=4), st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(tuple))
def test_every_answer_follows_from_the_merged_configuration(values: list[object], key: KeyPath) -> None:
    """What is shown is what is resolved, and the layers that decide bring it about without the others."""
    stacked = stack(*values)
    value, deciding = stacked.value(key), stacked.deciding(key)
    if value is ABSENT:
        assert (stacked.shown(key), deciding) == (ABSENT, ())
        return
    assert same(stacked.shown(key), value)
    assert same(Stack(deciding).value(key), value)
    if not isinstance(value, dict):
        assert deciding == (decides(stacked.layers, key),)


# What is ours

FILE = Path("/file-1")
HELD = Holding(
    "user_config",
    str(FILE),
    claims=(Claim(MODEL, "ours/m"), Claim(("p", "a", "apiKey"), "{file:k}"), Claim(("p", "a", "n"), 1)),
)


def explained(key: KeyPath, stacked: Stack, share: Share = Share(HELD)) -> tuple[object, object, list[bool]]:  # noqa: B008 - frozen
    """Return whether a key is claimed, what was applied, and which layers are ours."""
    one = explanation(key, stacked, stack(), {FILE: share})
    assert one.without_us is ABSENT
    return one.claimed, one.applied, [told.ours for told in one.layers]


def test_the_layer_that_holds_our_key_is_ours() -> None:
    """Whether it decides or not."""
    stacked = stack({"model": "x"}, {"model": "ours/m"}, {"model": "y"})
    assert explained(MODEL, stacked) == (True, "ours/m", [False, True, False])


def test_a_key_beside_ours_is_not() -> None:
    """A user's own key in the same file stays his."""
    stacked = stack({}, {"model": "ours/m", "username": "ada"})
    assert explained(("username",), stacked) == (False, ABSENT, [False])


def test_an_object_around_our_keys_is_put_together() -> None:
    """With what is sensitive masked."""
    stacked = stack({}, {"p": {"a": {"n": 1, "timeout": 5}}})
    assert explained(("p",), stacked) == (True, {"a": {"apiKey": "(sensitive)", "n": 1}}, [True])


def test_a_claim_in_a_file_that_is_no_layer_is_a_claim_all_the_same() -> None:
    """No layer is ours then."""
    assert explained(MODEL, stack({"model": "x"})) == (True, "ours/m", [False])


@pytest.mark.parametrize(("key", "drifted"), [(MODEL, False), (("p",), True), (("p", "a", "n"), True)])
def test_drift_is_that_of_the_key_or_of_what_lies_below(key: KeyPath, drifted: bool) -> None:  # noqa: FBT001
    """Drift elsewhere in the file is not told here."""
    share = Share(HELD, frozenset({("p", "a", "n")}))
    stacked = stack({}, {"model": "ours/m", "p": {"a": {"n": 2}}})
    assert [told.drifted for told in explanation(key, stacked, stack(), {FILE: share}).layers] == [drifted]


def test_a_file_that_a_variable_names_is_told_with_its_place_and_the_variable() -> None:
    """The place is the file's; a text in a variable has none but the variable."""
    data = jsonc.parse(b'{\n "model": "m"}')
    layers = (Layer("variable", None, "V", data), Layer("extra file", Path("/f"), "W", data))
    text, file = explanation(MODEL, Stack(layers), stack(), {}).layers
    assert (text.kind, text.place, text.named_by) == ("variable", Place(variable="V"), None)
    assert (file.kind, file.place, file.named_by) == ("extra_file", Place("/f", 2, 11), "W")
