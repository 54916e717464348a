"""Classes made here mean what the same classes made by attrs alone mean."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from reconciler import records

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., Any]


def bodies(frozen: Maker, define: Maker) -> dict[str, Any]:
    """Make one of each kind of class with the makers that are given."""

    @frozen
    class Plain:
        first: int
        second: str = "b"

    @frozen
    class Bare:
        pass

    @frozen
    class Single:
        only: object

    @frozen
    class Hiding:
        name: str
        contents: bytes = attrs.field(default=b"", repr=False)
        seen: int = attrs.field(default=0, eq=False)
        _private: int = 3

    @frozen
    class Derived(Plain):
        third: float = 1.0

    @define
    class Mutable:
        first: int
        parts: list[object] = attrs.field(factory=list)

    @frozen(eq=False)
    class Service:
        first: int

    @frozen(eq=False, repr=False, slots=False)
    class Quiet:
        first: int

    @frozen
    class Owning:
        first: int

        def __repr__(self) -> str:
            return "mine"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Owning)

        def __hash__(self) -> int:
            return 7

    @frozen
    class Ending(Exception):  # noqa: N818 - what the program does as well
        reason: str

    return {kind.__name__: kind for kind in vars().copy().values() if isinstance(kind, type)}


OURS = bodies(records.frozen, records.define)
THEIRS = bodies(attrs.frozen, attrs.define)

MADE: list[tuple[str, tuple[object, ...]]] = [
    ("Plain", (1,)),
    ("Plain", (1, "b")),
    ("Plain", (2, "b")),
    ("Plain", (1.0, "b")),
    ("Bare", ()),
    ("Single", (1,)),
    ("Single", ((1,),)),
    ("Single", ("1",)),
    ("Single", (None,)),
    ("Hiding", ("a", b"x", 1, 2)),
    ("Hiding", ("a", b"x", 2, 2)),
    ("Hiding", ("a", b"y", 1, 2)),
    ("Hiding", ("a", b"x", 1, 3)),
    ("Derived", (1, "b", 1.0)),
    ("Derived", (1, "b", 2.0)),
    ("Mutable", (1,)),
    ("Mutable", (1, [])),
    ("Mutable", (1, [2])),
    ("Service", (1,)),
    ("Quiet", (1,)),
    ("Owning", (1,)),
    ("Owning", (2,)),
    ("Ending", ("why",)),
]


def test_every_kind_is_tried() -> None:
    """None of the classes is left out below."""
    assert {name for name, _ in MADE} == set(OURS) == set(THEIRS)


@pytest.mark.parametrize("left", MADE)
def test_two_things_are_equal_exactly_where_they_are_for_attrs(left: tuple[str, tuple[object, ...]]) -> None:
    """Each is compared with each, in both ways of asking."""
    for right in MADE:
        ours = [OURS[name](*values) for name, values in (left, right)]
        theirs = [THEIRS[name](*values) for name, values in (left, right)]
        assert (ours[0] == ours[1]) is (theirs[0] == theirs[1])
        assert (ours[0] != ours[1]) is (theirs[0] != theirs[1])
        assert ours[0] != theirs[0]


@pytest.mark.parametrize("made", MADE)
def test_a_thing_is_hashed_and_shown_as_by_attrs(made: tuple[str, tuple[object, ...]]) -> None:
    """By all values or none, and never with what is not to be shown."""
    name, values = made
    ours, theirs = OURS[name](*values), THEIRS[name](*values)
    if name == "Mutable":
        for thing in (ours, theirs):
            with pytest.raises(TypeError, match="unhashable"):
                hash(thing)
    elif name not in ("Service", "Quiet", "Ending"):  # these three are themselves alone
        assert hash(ours) == hash(OURS[name](*values))
        assert len({ours, OURS[name](*values)}) == len({theirs, THEIRS[name](*values)}) == 1
    if name == "Quiet":
        assert repr(ours).startswith("<")
    else:
        assert repr(ours) == repr(theirs)


def test_things_of_two_kinds_with_the_same_values_are_kept_apart() -> None:
    """The kind is a part of the comparison."""
    assert len({OURS["Single"](1), OURS["Plain"](1), THEIRS["Single"](1)}) == len(("ours", "ours", "theirs"))


def test_what_contains_itself_can_be_shown() -> None:
    """It ends where it begins anew."""
    shown = []
    for made in (OURS, THEIRS):
        thing = made["Mutable"](1)
        thing.parts.append(thing)
        shown.append(repr(thing))
    assert shown == ["Mutable(first=1, parts=[...])"] * 2


def test_a_value_that_cannot_be_hashed_makes_a_thing_that_cannot_be() -> None:
    """As for a tuple that holds a list."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(OURS["Single"]([]))


def test_a_comparison_of_its_own_for_one_field_is_refused() -> None:
    """Rather than taken for what it is not."""

    @records.frozen
    class Strange:
        name: str = attrs.field(eq=str.lower)

    with pytest.raises(TypeError, match="Strange has a field"):
        assert Strange("a") == Strange("A")


@records.frozen
class Kept:
    """At the top, where pickle looks for it."""

    name: str
    number: int = 0


def test_things_can_be_copied_changed_and_matched() -> None:
    """All else of attrs is as it was."""
    assert attrs.evolve(Kept("a"), number=1) == Kept("a", 1)
    assert attrs.asdict(Kept("a")) == {"name": "a", "number": 0}
    assert pickle.loads(pickle.dumps(Kept("a", 2))) == Kept("a", 2)  # noqa: S301 - our own bytes
    match Kept("a", 2):
        case Kept(name, number):
            assert (name, number) == ("a", 2)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Kept("a").name = "b"  # type: ignore[misc]
