"""The catalog: somebody else's text, checked before it may stand in a user's config."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine.problems import Stop
from reconciler.gonkagate.catalog import COUNT_LIMIT, ID_LIMIT, NAME_LIMIT, Catalog, Model, is_plain, parse
from reconciler.mimocode.facts import CARRIED_AWAY


def carry_all(identity: str) -> bool:
    """Carry every id."""
    del identity
    return False


def answer(*entries: object) -> bytes:
    """Spell an answer with these entries."""
    return json.dumps({"object": "list", "data": list(entries)}).encode()


def model(identity: str = "a/b", **more: object) -> dict[str, object]:
    """Spell one entry as the gateway does."""
    return {"id": identity, "object": "model", "created": 1, "owned_by": "a", **more}


def only(entry: object) -> Model:
    """Give the one model of a catalog with one entry."""
    (found,) = parse(answer(entry), carry_all).models
    return found


def refusal(body: bytes) -> tuple[str, str]:
    """Give code and message of a refused answer."""
    with pytest.raises(Stop) as caught:
        parse(body, carry_all)
    (blocker,) = caught.value.blockers
    assert blocker.remedy
    assert blocker.place is not None
    assert blocker.place.file == "https://api.gonkagate.com/v1/models"
    return blocker.code, blocker.message


def test_an_entry_with_everything() -> None:
    """Name, limits and description are taken as published; unknown fields are ignored."""
    entry = model(
        name="Kimi K2.6", context_length=262144, max_output_tokens=32768, description="good", pricing={"x": 1}
    )
    assert only(entry) == Model("a/b", "Kimi K2.6", 262144, 32768, "good")


def test_an_entry_with_nothing_but_its_id() -> None:
    """Without a name the id is shown; limits that are not published are 0."""
    assert only({"id": "a/b"}) == Model("a/b", "a/b", 0, 0, "")


def test_the_order_of_the_catalog_is_kept() -> None:
    """The first model is the default, so the order is the gateway's and not ours."""
    assert parse(answer(model("z"), model("a"), model("10"), model("m")), carry_all).ids == (
        "z",
        "a",
        "10",
        "m",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1),
        (262144, 262144),
        (2**53 - 1, 2**53 - 1),
        (0, 0),
        (-1, 0),
        (2**53, 0),
        (10**400, 0),
        (1.5, 0),
        (262144.0, 0),
        (True, 0),
        ("262144", 0),
        (None, 0),
        ([1], 0),
        ({"max": 1}, 0),
    ],
)
def test_a_limit_is_a_positive_whole_number_or_none(value: object, expected: int) -> None:
    """What is no sensible limit counts as not published."""
    found = only(model(context_length=value, max_output_tokens=value))
    assert (found.context, found.output) == (expected, expected)


GOOD_IDS = [
    "a",
    "A1",
    "moonshotai/kimi-k2.6",
    "a/b/c/d",
    "a/.b/..c/d.",
    "a:free",
    "vendor/model@2026+x~y_z.1",
    "0",
    "_internal",
    "gonkagate/x",
    "x" * ID_LIMIT,
]


@pytest.mark.parametrize("identity", GOOD_IDS)
def test_an_id_is_never_changed(identity: str) -> None:
    """A good id comes out as it went in."""
    assert only(model(identity)).id == identity


BAD_IDS = [
    " a",
    "a ",
    "a b",
    "a\n",
    "a\tb",
    "a\x00",
    "a\x1b[31m",
    "{env:HOME}",
    "{file:~/.ssh/id_rsa}",
    "a/{env:X}",
    'a"b',
    "a\\b",
    "a'b",
    "a,b",
    "/a",
    "a/",
    "a//b",
    "a/../../b",
    "a/.",
    "-a",
    ".a",
    "a\u202eb",
    "é",
    "😀",
    "a\ud800",
    "x" * (ID_LIMIT + 1),
]


@pytest.mark.parametrize("identity", BAD_IDS)
def test_an_unsafe_id_stops_everything(identity: str) -> None:
    """What could do something in a config or on a terminal is not written at all, not even without it."""
    code, message = refusal(answer(model("good"), model(identity)))
    assert code == "catalog_unsafe"
    assert "data[1]" in message
    assert message.isascii()
    assert message.isprintable()
    assert len(message) < 600


@pytest.mark.parametrize(
    "name",
    [
        "two\nlines",
        "\x1b[31mred",
        "{env:HOME}",
        "x {file:~/.netrc} y",
        "\u202eback",
        "a\u2028b",
        "\ud800",
        "x" * (NAME_LIMIT + 1),
    ],
)
def test_a_name_that_is_not_plain_is_replaced_by_the_id(name: str) -> None:
    """A name is only shown, so the model stays, under its id and with a warning."""
    catalog = parse(answer(model(name=name)), carry_all)
    assert [found.name for found in catalog.models] == ["a/b"]
    assert "a/b" in catalog.warnings[0].message
    assert name not in catalog.warnings[0].message


@pytest.mark.parametrize("name", [None, "", 3, ["x"], {"x": 1}, False])
def test_a_name_that_is_no_text_counts_as_none(name: object) -> None:
    """The id is the name then, and there is nothing to warn of."""
    catalog = parse(answer(model(name=name)), carry_all)
    assert (catalog.models[0].name, catalog.warnings) == ("a/b", ())


@pytest.mark.parametrize("description", ["two\nlines", "{env:X}", 3, None])
def test_a_description_that_is_not_plain_is_left_out(description: object) -> None:
    """A description is a courtesy; without it nothing is lost."""
    assert only(model(description=description)).description == ""


def test_the_first_of_two_counts() -> None:
    """A doubled id keeps its place and its first entry, with a warning."""
    catalog = parse(answer(model("a", name="one"), model("b"), model("a", name="two")), carry_all)
    assert [(found.id, found.name) for found in catalog.models] == [("a", "one"), ("b", "b")]
    assert [warning.message for warning in catalog.warnings] == [
        "the catalog lists a more than once; its first entry counts"
    ]


def test_an_id_that_mimocode_cannot_carry_is_left_out() -> None:
    """Names of JavaScript's prototype would break MiMoCode: they go with a warning, the others stay."""
    carried = sorted(identity for identity in CARRIED_AWAY if identity != "__proto__")
    entries = [model("good"), *(model(identity) for identity in carried), model("__proto__")]
    catalog = parse(answer(*entries), CARRIED_AWAY.__contains__)
    assert catalog.ids == ("good",)
    assert len(catalog.warnings) == len(CARRIED_AWAY)


def test_only_ids_that_cannot_be_carried_are_none_at_all() -> None:
    """A catalog of which nothing is left is empty."""
    with pytest.raises(Stop) as caught:
        parse(answer(model("constructor")), CARRIED_AWAY.__contains__)
    assert caught.value.blockers[0].code == "catalog_empty"


MALFORMED: list[bytes] = [
    b"",
    b"<html>sign in</html>",
    b"{",
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b'"list"',
    b"{}",
    b'{"data": null}',
    b'{"data": {}}',
    b'{"data": "x"}',
    b'{"error": {"message": "no"}}',
    b'{"data": [1]}',
    b'{"data": [null]}',
    b'{"data": ["a"]}',
    b'{"data": [["id", "a"]]}',
    b'{"data": [{}]}',
    b'{"data": [{"id": null}]}',
    b'{"data": [{"id": 3}]}',
    b'{"data": [{"id": ""}]}',
    b'{"data": ' + b"[" * 100_000,
]


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: body[:30].decode("latin-1"))
def test_a_malformed_answer_stops(body: bytes) -> None:
    """Whatever a proxy or a broken gateway sends, the run ends in a blocker that quotes nothing of it."""
    code, message = refusal(body)
    assert code == "catalog_malformed"
    assert "sign in" not in message


def test_a_malformed_entry_is_told_by_its_place() -> None:
    """One wrong entry among good ones is found again."""
    assert "data[1]" in refusal(answer(model(), 7))[1]


def test_an_empty_list_stops() -> None:
    """A gateway without models is nothing to set up."""
    assert refusal(answer())[0] == "catalog_empty"


def test_too_many_models_stop() -> None:
    """Beyond the limit nothing is taken; up to it everything is."""
    many = [{"id": f"m{number}"} for number in range(COUNT_LIMIT)]
    assert len(parse(answer(*many), carry_all).models) == COUNT_LIMIT
    code, message = refusal(answer(*many, {"id": "one-more"}))
    assert code == "catalog_too_large"
    assert str(COUNT_LIMIT) in message


@given(st.binary(max_size=60))
def test_no_bytes_crash(body: bytes) -> None:
    """Bytes that are no catalog end in a blocker, whatever they are."""
    with pytest.raises(Stop):
        parse(body, carry_all)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(["id", "name", "context_length", "max_output_tokens", "description", "object"])


@given(st.lists(st.dictionaries(fields, json_values | st.sampled_from(GOOD_IDS), max_size=5), max_size=3))
def test_no_entries_crash_or_slip_through(entries: list[dict[str, Any]]) -> None:
    """Whatever the fields hold, what is accepted is safe to write and to show."""
    try:
        catalog = parse(answer(*entries), carry_all)
    except Stop:
        return
    assert isinstance(catalog, Catalog)
    for found in catalog.models:
        assert is_plain(found.name)
        assert is_plain(found.description)
        assert found.id.isascii()
        assert found.context >= 0
        assert found.output >= 0


def test_the_longest_id_can_stand_in_for_a_name() -> None:
    """A model without a name is shown by its id, which must be as plain as any name."""
    (found,) = parse(answer({"id": "x" * ID_LIMIT}), carry_all).models
    assert found.name == found.id
    assert is_plain(found.name)


@pytest.mark.parametrize("text", ["", "Kimi K2.6", "模型 (beta)", "a {b} $c", "é😀", "env:x file:y"])
def test_plain_text_is_plain(text: str) -> None:
    """Letters of all scripts, punctuation and blanks may stand anywhere."""
    assert is_plain(text)
