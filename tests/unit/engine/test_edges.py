"""The edge to our own files: what is written is read back, and everything that is wrong is told at once."""

import json

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine import edges
from reconciler.engine.claims import Claim, Container, Holding, Prior
from reconciler.engine.values import ABSENT

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
texts = st.text(st.characters(exclude_categories=()), max_size=8)
key_paths = st.lists(texts, max_size=4).map(tuple)
priors = st.one_of(
    st.just(Prior()),
    st.builds(Prior, json_values, st.none() | texts),
    st.builds(lambda name: Prior(backup=name), texts),
)
claims = st.builds(Claim, key_paths, json_values, priors)
containers = st.builds(Container, key_paths, st.none() | texts)
holdings = st.builds(
    Holding,
    texts,
    texts,
    st.booleans(),
    st.lists(texts, max_size=2).map(tuple),
    st.lists(containers, max_size=2).map(tuple),
    st.lists(claims, max_size=3).map(tuple),
)


@given(holdings)
def test_a_holding_survives_the_disk(holding: Holding) -> None:
    """Whatever we hold, with whatever text of the user's in it, is read as it was written."""
    assert edges.load(Holding, edges.parse_json(edges.to_bytes(holding))) == holding


@pytest.mark.parametrize(
    ("prior", "spelled"),
    [
        (Prior(), {}),
        (Prior(None, "null"), {"value": None, "text": "null"}),
        (Prior(0, "0"), {"value": 0, "text": "0"}),
        (Prior("x"), {"value": "x", "text": None}),
        (Prior(ABSENT, None, "abc"), {"backup": "abc"}),
    ],
)
def test_a_prior_is_spelled_by_what_it_is(prior: Prior, spelled: dict[str, object]) -> None:
    """Nothing, a value with its spelling, or the name of a backup: three shapes that cannot be mixed up."""
    assert edges.dump(prior) == spelled
    assert edges.load(Prior, spelled) == prior


def test_a_prior_in_a_backup_never_holds_its_value() -> None:
    """A value that came along with a backup's name is not written."""
    assert edges.dump(Prior("secret", '"secret"', "abc")) == {"backup": "abc"}


@frozen
class Inner:
    """Something inside."""

    number: int
    names: tuple[str, ...] = ()


@frozen
class Outer:
    """Something strict."""

    text: str
    flag: bool
    inner: tuple[Inner, ...]
    maybe: str | None = None


GOOD: dict[str, object] = {"text": "a", "flag": True, "inner": [{"number": 1, "names": ["x"]}], "maybe": None}


def test_what_is_right_is_read() -> None:
    """A well-formed value comes out as the class that was asked for."""
    assert edges.load(Outer, GOOD) == Outer("a", True, (Inner(1, ("x",)),))  # noqa: FBT003 - a field


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"text": 3}, ["expected str", "text"]),
        ({"text": None}, ["expected str", "text"]),
        ({"flag": 1}, ["expected bool", "flag"]),
        ({"flag": "true"}, ["expected bool", "flag"]),
        ({"inner": [{"number": "1"}]}, ["expected int", "inner[0].number"]),
        ({"inner": [{"number": True}]}, ["expected int", "inner[0].number"]),
        ({"inner": [{"number": 1.0}]}, ["expected int", "inner[0].number"]),
        ({"inner": [{"number": 1}, {}]}, ["number", "inner[1]"]),
        ({"inner": [{"number": 1, "names": "x"}]}, ["expected", "inner[0].names"]),
        ({"inner": [{"number": 1, "names": [1]}]}, ["expected", "inner[0].names"]),
        ({"maybe": 3}, ["expected str", "maybe"]),
        ({"more": 1}, ["more"]),
        ({"inner": [{"number": 1, "more": 1}]}, ["more", "inner[0]"]),
    ],
)
def test_a_fault_is_told_with_its_place(fault: dict[str, object], words: list[str]) -> None:
    """Nothing is coerced and nothing unknown is passed over; the message leads to the place."""
    with pytest.raises(edges.UnreadableError) as caught:
        edges.load(Outer, GOOD | fault)
    assert all(word in str(caught.value) for word in words)


def test_faults_can_be_had_one_by_one() -> None:
    """Each with its place, in the order of the class's fields."""
    bad = GOOD | {"inner": [{"number": "1"}, {"more": 1}], "text": 2, "unknown": 0}
    assert edges.faults_of(Outer, bad) == (
        "text: expected str, found int",
        "inner[0].number: expected int, found str",
        "inner[1].number is missing",
        "inner[1].more is not a field",
        "unknown is not a field",
    )
    assert edges.faults_of(Outer, GOOD) == ()


def test_all_faults_are_told_at_once() -> None:
    """Whoever mends the file sees everything that is wrong in one go."""
    bad = {"text": 1, "flag": "x", "inner": [{"number": None}, {"number": 1, "names": 2}], "unknown": 0}
    with pytest.raises(edges.UnreadableError) as caught:
        edges.load(Outer, bad)
    message = str(caught.value)
    for place in ("text", "flag", "inner[0].number", "inner[1].names", "unknown"):
        assert place in message


@pytest.mark.parametrize(
    "spelled",
    [
        [],
        "x",
        None,
        {"value": 1, "other": 2},
        {"text": 3},
        {"backup": 3},
        {"value": 1, "text": ["x"]},
    ],
)
def test_a_malformed_prior_is_refused(spelled: object) -> None:
    """A prior is what the user gets back, so nothing doubtful is taken for one."""
    with pytest.raises(edges.UnreadableError):
        edges.load(Prior, spelled)


@pytest.mark.parametrize("value", [[], "x", None, 3, True])
def test_something_else_than_an_object_is_refused(value: object) -> None:
    """A class is never made of a list, a text or nothing."""
    with pytest.raises(edges.UnreadableError):
        edges.load(Outer, value)


def test_a_member_that_stands_twice_is_refused() -> None:
    """At any depth."""
    with pytest.raises(edges.UnreadableError, match="b stands twice in one object"):
        edges.parse_json(b'{"a": [{"b": 1, "c": 2, "b": 1}]}')


@pytest.mark.parametrize("data", [b"", b"{", b"{}x", b"\xff\xfe\x00", b"'a'", b"[" * 100_000])
def test_bytes_that_are_no_json_are_refused(data: bytes) -> None:
    """Whatever the bytes, the answer is one exception of ours."""
    with pytest.raises(edges.UnreadableError, match="not JSON"):
        edges.parse_json(data)


def test_our_files_are_readable_lines() -> None:
    """Indented, a final newline, and pure ASCII, so that a lone surrogate of the user's fits in."""
    data = edges.to_bytes({"text": "é\ud800", "list": [1]})
    assert data.isascii()
    assert data.endswith(b"}\n")
    assert data.count(b"\n") > 3
    assert json.loads(data) == {"text": "é\ud800", "list": [1]}


def test_evolved_values_are_new_values() -> None:
    """The classes of the edge are frozen: a change makes another one."""
    claim = Claim(("a",), 1)
    assert evolve(claim, applied=2) != claim
    with pytest.raises(AttributeError):
        claim.applied = 3  # type: ignore[misc] # the point of the test
