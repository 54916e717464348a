"""The provider entry: exactly the contract's, and readable back out of its keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine.claims import Nature
from reconciler.gonkagate import entry, facts
from reconciler.gonkagate.catalog import Catalog, Model

KIMI = Model("moonshotai/kimi-k2.6", "Kimi K2.6", 262144, 32768)
BARE = Model("a/b", "a/b")


def as_tree(keys: dict[tuple[str, ...], object]) -> dict[str, object]:
    """Put keys together to the object that they describe."""
    root: dict[str, object] = {}
    for key, value in keys.items():
        here = root
        for segment in key[:-1]:
            inner = here.setdefault(segment, {})
            assert isinstance(inner, dict)
            here = inner
        assert key[-1] not in here
        here[key[-1]] = value
    return root


def test_the_entry_is_the_contracts() -> None:
    """Package, name, base URL, key binding, cache-key setting, and per model its name and both limits."""
    assert as_tree(entry.provider_keys(Catalog((KIMI, BARE)))) == {
        "provider": {
            "gonkagate": {
                "npm": "@ai-sdk/openai-compatible",
                "name": "GonkaGate",
                "options": {
                    "baseURL": "https://api.gonkagate.com/v1",
                    "apiKey": "{file:~/.gonkagate/mimo-code/api-key}",
                    "setCacheKey": False,
                },
                "models": {
                    "moonshotai/kimi-k2.6": {
                        "name": "Kimi K2.6",
                        "limit": {"context": 262144, "output": 32768},
                    },
                    "a/b": {"name": "a/b", "limit": {"context": 0, "output": 0}},
                },
            }
        }
    }


def test_the_keys_keep_the_catalogs_order() -> None:
    """Models stand in the config in the order of the catalog."""
    depth = len(entry.MODELS)
    keys = entry.provider_keys(Catalog((BARE, KIMI, Model("c", "c"))))
    order = dict.fromkeys(key[depth] for key in keys if key[:depth] == entry.MODELS)
    assert list(order) == ["a/b", "moonshotai/kimi-k2.6", "c"]


models = st.builds(
    Model,
    st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._:@+~-]{0,8}(/[a-z0-9.]{1,5}){0,2}", fullmatch=True),
    st.text(max_size=10),
    st.integers(0, 2**53 - 1),
    st.integers(0, 2**53 - 1),
)


@given(st.lists(models, max_size=6, unique_by=lambda model: model.id))
def test_a_remembered_catalog_is_the_one_that_was_applied(found: list[Model]) -> None:
    """Planning without a network starts from the keys that we applied: nothing of them is lost."""
    catalog = Catalog(tuple(found))
    keys = entry.provider_keys(catalog)
    assert entry.remembered_catalog(keys) == catalog
    assert entry.provider_keys(entry.remembered_catalog(keys)) == keys
    with_more = {**keys, **entry.activation_keys("a", "b"), ("$schema",): "s"}
    assert entry.remembered_catalog(with_more) == catalog


def test_nothing_remembered_is_an_empty_catalog() -> None:
    """Without keys of ours there are no models."""
    assert entry.remembered_catalog({}) == Catalog(())
    assert entry.remembered_catalog({entry.MODEL: "gonkagate/x"}) == Catalog(())


@pytest.mark.parametrize("identity", ["x", "moonshotai/kimi-k2.6", "gonkagate/x", "a/b/c"])
def test_a_reference_is_the_provider_and_the_whole_id(identity: str) -> None:
    """The id is never shortened, not even where it begins like our own name."""
    assert entry.reference(identity) == f"gonkagate/{identity}"
    assert entry.model_of(entry.reference(identity)) == identity
    assert entry.points_at_us(entry.reference(identity))


@pytest.mark.parametrize(
    "value", ["gonkagate", "GonkaGate/x", "acme/gonkagate/x", "x", "", None, 3, ["gonkagate/x"]]
)
def test_other_values_do_not_point_at_us(value: object) -> None:
    """Only a text whose first segment is our provider is ours."""
    assert not entry.points_at_us(value)
    assert entry.model_of(value) is None


def test_activation_is_two_references() -> None:
    """Model and small model, each with its full reference."""
    assert entry.activation_keys("a/b", "c") == {
        ("model",): "gonkagate/a/b",
        ("small_model",): "gonkagate/c",
    }


@pytest.mark.parametrize(
    ("key", "nature"),
    [
        (("model",), Nature.ACTIVATION),
        (("small_model",), Nature.ACTIVATION),
        (("$schema",), Nature.HOUSEKEEPING),
        (("provider", "gonkagate", "npm"), Nature.SETTING),
        (("provider", "gonkagate", "models", "m", "limit", "output"), Nature.SETTING),
        (("provider", "other", "npm"), Nature.HOUSEKEEPING),
    ],
)
def test_the_nature_of_a_key(key: tuple[str, ...], nature: Nature) -> None:
    """What lies under our provider is a setting, what points at us an activation, all else housekeeping."""
    assert entry.nature(key) is nature


def test_one_key_alone_is_sensitive() -> None:
    """The key binding's place may hold a raw key of the user's; no other key of ours ever does."""
    keys = {**entry.provider_keys(Catalog((KIMI,))), **entry.activation_keys("a", "b")}
    assert [key for key in keys if entry.is_sensitive(key)] == [entry.API_KEY]


def test_both_halves_of_a_limit_belong_together() -> None:
    """The object that MiMoCode refuses with one of them missing is named for each, and for nothing else."""
    limit = (*entry.MODELS, "a/b", "limit")
    keys = entry.provider_keys(Catalog((BARE,)))
    found = {key[-1]: entry.indivisible(key) for key in keys if entry.indivisible(key) is not None}
    assert found == {"context": limit, "output": limit}
    assert entry.indivisible(("provider", "other", "limit", "context")) is None


def test_the_constants_are_the_contracts() -> None:
    """Nothing changes them, so they are written down twice."""
    assert facts.CATALOG_URL == "https://api.gonkagate.com/v1/models"
    assert facts.TRANSPORT == "chat_completions"
    assert "/".join(("~", *facts.KEY_FOLDER, facts.KEY_NAME)) in facts.KEY_BINDING
