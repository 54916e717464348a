"""What of a configuration can only be ours: the binding proves it, then the values that we write."""

import copy
from typing import Any, Final

import pytest

from reconciler.gonkagate import traces
from reconciler.gonkagate.catalog import Catalog, Model
from reconciler.gonkagate.entry import provider_keys
from reconciler.gonkagate.facts import KEY_BINDING

CATALOG: Final = Catalog((Model("a/first", "First", 8, 4), Model("c", "c")))
ROOT: Final = ("provider", "gonkagate")
FIRST: Final = (*ROOT, "models", "a/first")


def config() -> dict[str, Any]:
    """Give a configuration as it is after a set-up."""
    whole: dict[str, Any] = {
        "model": "gonkagate/a/first",
        "share": "manual",
        "provider": {"acme": {"npm": "x"}},
    }
    for key, value in provider_keys(CATALOG).items():
        here = whole
        for segment in key[:-1]:
            here = here.setdefault(segment, {})
        here[key[-1]] = value
    return whole


def test_what_a_set_up_writes_is_found_whole() -> None:
    """Every key of the entry, with its value, and nothing besides."""
    assert traces.provider_keys(config()) == provider_keys(CATALOG)
    assert traces.models(provider_keys(CATALOG)) == {"a/first", "c"}
    assert list(traces.others(config(), provider_keys(CATALOG))) == [("model",)]


@pytest.mark.parametrize(
    "binding",
    [
        "{file:~/other}",
        KEY_BINDING + " ",
        "{env:GONKAGATE_API_KEY}",
        "",
        None,
        ["x"],
        {"file": KEY_BINDING},
        ...,
    ],
)
def test_without_the_binding_nothing_is_ours(binding: object) -> None:
    """However much the rest looks like it."""
    whole = config()
    options = whole["provider"]["gonkagate"]["options"]
    options["apiKey"] = binding
    if binding is ...:
        del options["apiKey"]
    assert traces.provider_keys(whole) == {}
    assert list(traces.others(whole, ())) == [("model",), ROOT]


@pytest.mark.parametrize("whole", [{}, [], "x", None, {"provider": []}, {"provider": {"gonkagate": "x"}}])
def test_what_has_another_shape_has_nothing_of_ours(whole: object) -> None:
    """Whatever it is, there is an answer."""
    assert traces.provider_keys(whole) == {}
    assert traces.untouched(whole)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ((*ROOT, "npm"), "@ai-sdk/openai"),
        ((*ROOT, "name"), "Mine"),
        ((*ROOT, "options", "baseURL"), "https://example.invalid/v1"),
        ((*ROOT, "options", "setCacheKey"), True),
        ((*ROOT, "options", "setCacheKey"), 0),
        ((*ROOT, "options", "timeout"), 90),
        ((*ROOT, "whitelist"), ["a/first"]),
        ((*FIRST, "options"), {"temperature": 0}),
        ((*FIRST, "limit", "input"), 3),
    ],
)
def test_another_value_and_another_key_are_the_user_s(key: tuple[str, ...], value: object) -> None:
    """They are named; what stands beside them stays ours."""
    whole = config()
    here = whole
    for segment in key[:-1]:
        here = here[segment]
    here[key[-1]] = value
    ours = traces.provider_keys(whole)
    assert ours == {one: what for one, what in provider_keys(CATALOG).items() if one != key}
    assert list(traces.others(whole, (*ours, ("model",)))) == [key]


@pytest.mark.parametrize(
    "model",
    [
        "x",
        {},
        {"name": "First"},
        {"name": "", "limit": {"context": 8, "output": 4}},
        {"name": "{env:HOME}", "limit": {"context": 8, "output": 4}},
        {"name": 3, "limit": {"context": 8, "output": 4}},
        {"limit": {"context": 8, "output": 4}},
        {"name": "First", "limit": {"context": 8}},
        {"name": "First", "limit": {"context": "8", "output": 4}},
        {"name": "First", "limit": {"context": True, "output": 4}},
        {"name": "First", "limit": {"context": 8, "output": -4}},
        {"name": "First", "limit": {"context": 8.5, "output": 4}},
        {"name": "First", "limit": []},
    ],
)
def test_a_model_that_we_would_not_have_written_is_the_user_s(model: object) -> None:
    """It is named as a whole, and what refers to it is not ours either."""
    whole = config()
    whole["provider"]["gonkagate"]["models"]["a/first"] = model
    ours = traces.provider_keys(whole)
    assert traces.models(ours) == {"c"}
    assert traces.activation_keys(whole, traces.models(ours)) == {}
    assert list(traces.others(whole, ours)) == [("model",), FIRST]


@pytest.mark.parametrize("name", ["", "a b", "../x", "a/{env:HOME}", "é", "x" * 300])
def test_an_id_that_no_catalog_has_is_the_user_s(name: str) -> None:
    """A catalog with it would have been refused."""
    whole = config()
    models = whole["provider"]["gonkagate"]["models"]
    models[name] = copy.deepcopy(models["c"])
    assert traces.models(traces.provider_keys(whole)) == {"a/first", "c"}


def test_only_references_to_models_of_the_entry_are_ours() -> None:
    """Another id, another provider, and what is no text stay."""
    known = frozenset({"a/first"})
    assert traces.activation_keys(config(), known) == {("model",): "gonkagate/a/first"}
    for other in ("gonkagate/b", "acme/a/first", "a/first", 3, None):
        assert traces.activation_keys({"model": other, "small_model": other}, known) == {}


def test_a_config_is_untouched_only_without_entry_and_reference() -> None:
    """Either one comes from us, or may."""
    assert traces.untouched({"model": "acme/x", "provider": {"gonkagate": {"name": "Mine"}}})
    assert not traces.untouched(config())
    assert not traces.untouched({"small_model": "gonkagate/b"})
