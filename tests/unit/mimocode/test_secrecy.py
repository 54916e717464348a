"""What of a configuration may be shown: names tell which values may be secrets."""

import pytest

from reconciler.engine.values import ABSENT
from reconciler.mimocode.secrecy import masked

HIDDEN = "(sensitive)"


@pytest.mark.parametrize(
    "name",
    [
        *("apiKey", "APIKey", "api_key", "X-API-Key", "key", "keys", "token", "authTokens", "GITHUB_TOKEN"),
        *("clientSecret", "password", "Authorization", "Cookie", "credentials", "secretAccessKey"),
    ],
)
def test_a_name_tells_a_secret(name: str) -> None:
    """Its last word does, in every way to write names; so it does for all that lies below."""
    assert masked(("mcp", name), "s") == HIDDEN
    assert masked(("mcp",), {name: "s"}) == {name: HIDDEN}
    assert masked(("mcp", name, "x"), "s") == HIDDEN
    assert masked((), [{name: ["s", {"x": "s"}]}]) == [{name: [HIDDEN, {"x": HIDDEN}]}]


@pytest.mark.parametrize(
    "name", ["model", "small_model", "baseURL", "turnkey/monkey-7b", "tokenizer", "keybinds", "secretary", ""]
)
def test_other_names_tell_none(name: str) -> None:
    """A word within a word is none."""
    assert masked(("provider", name), "s") == "s"
    assert masked(("provider",), {name: "s"}) == {name: "s"}


@pytest.mark.parametrize("name", ["headers", "environment", "env"])
def test_what_is_handed_on_whole_is_hidden_whole(name: str) -> None:
    """Every text in it may be one, whatever its name."""
    assert masked(("mcp", "x"), {name: {"A": "s"}}) == {name: {"A": HIDDEN}}
    assert masked(("mcp", "x", name), {"A": "s"}) == {"A": HIDDEN}
    assert masked(("mcp", "x", name, "A"), "s") == HIDDEN


def test_a_list_of_variables_is_shown() -> None:
    """A provider's `env` names the variables that its key may come from."""
    assert masked(("provider", "x", "env"), ["A_KEY"]) == ["A_KEY"]
    assert masked(("provider", "x"), {"env": ["A_KEY"]}) == {"env": ["A_KEY"]}


def test_only_texts_are_secrets() -> None:
    """`setCacheKey` is a switch, a limit of tokens a number; nothing stays nothing."""
    options = {"setCacheKey": False, "maxTokens": 5, "apiKey": None}
    assert masked(("options",), options) == options
    assert masked(("apiKey",), ABSENT) is ABSENT


def test_a_login_within_an_address_is_hidden() -> None:
    """The rest of the address is what one wants to see."""
    assert masked(("baseURL",), "https://ada:pw@host.example/v1") == f"https://{HIDDEN}@host.example/v1"
    assert masked(("baseURL",), "https://host.example/v1/a@b") == "https://host.example/v1/a@b"
