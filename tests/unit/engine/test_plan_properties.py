"""What planning holds for every document that can be written.

PLAN_EXAMPLES=5000 tries so many documents for each property, instead of the 50 of every day.
"""

import os

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from reconciler import jsonc
from reconciler.engine.documents import Document
from reconciler.engine.plan import DocumentPlan
from reconciler.engine.problems import Stop
from reconciler.engine.values import ABSENT, KeyPath, look_up, same
from tests.unit.engine.planning import Keys, document, planned
from tests.unit.jsonc.jsonc_documents import documents

many = settings(
    max_examples=int(os.environ.get("PLAN_EXAMPLES", "50")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

# Some of these keys are in the generated documents, as values of every kind, and some never are.
CANDIDATES: list[KeyPath] = [
    ("model",),
    ("a",),
    ("a", "b"),
    ("a", "b", "c"),
    ("a", "new"),
    ("b", "limit", "context"),
    ("b", "limit", "output"),
    ("c", "d e", "x/y.z"),
    ("c", "d e", "é"),
    ("provider", "us", "npm"),
    ("provider", "us", "options", "apiKey"),
    ("provider", "us", "models", "m", "name"),
    ("", "😀"),
]
leaves = st.sampled_from([0, 1, True, False, None, "", "us/m", "text", "\ud800"])


@st.composite
def key_sets(draw: st.DrawFn) -> list[KeyPath]:
    """Give keys, none of them on the way to another."""
    keys: list[KeyPath] = []
    for key in draw(st.lists(st.sampled_from(CANDIDATES), min_size=1, max_size=6, unique=True)):
        if not any(key[: len(other)] == other or other[: len(key)] == key for other in keys):
            keys.append(key)
    return keys


@st.composite
def desires(draw: st.DrawFn) -> Keys:
    """Give keys with values."""
    return {key: draw(leaves) for key in draw(key_sets())}


@st.composite
def changes_of_mind(draw: st.DrawFn) -> tuple[Keys, Keys]:
    """Give two desires, perhaps with keys in common."""
    keys = draw(key_sets())
    some = st.lists(st.sampled_from(keys), min_size=1, unique=True)
    return {key: draw(leaves) for key in draw(some)}, {key: draw(leaves) for key in draw(some)}


def attempt(data: bytes | None, desired: Keys) -> DocumentPlan:
    """Plan, and pass over documents in which a value is in the way."""
    try:
        return planned(data, desired)
    except Stop as stopped:
        in_the_way = {blocker.code for blocker in stopped.blockers} == {"config_value_in_the_way"}
    assert in_the_way
    return reject()


def reread(plan: DocumentPlan) -> Document:
    """Read what a plan leaves."""
    return document(plan.content())


def holds(plan: DocumentPlan, desired: Keys) -> bool:
    """Whether every desired key has its value after a plan."""
    tree = reread(plan).tree.value
    return all(
        (found := look_up(tree, key)) is not ABSENT and same(found, value) for key, value in desired.items()
    )


def after(plan: DocumentPlan, desired: Keys, original: bytes | None) -> DocumentPlan:
    """Plan again on what a plan left."""
    backup = None if original is None else original.decode()
    return planned(plan.content(), desired, plan.holding, backup)


@many
@given(documents(), desires())
def test_what_is_desired_is_there_afterwards(data: bytes, desired: Keys) -> None:
    """A plan's edits bring about every desired value, and the result is a document."""
    plan = attempt(data, desired)
    assert holds(plan, desired)


@many
@given(documents(), desires())
def test_planning_again_finds_nothing_to_do(data: bytes, desired: Keys) -> None:
    """A second plan on the result has no change, no drift and no edit."""
    plan = attempt(data, desired)
    again = after(plan, desired, data)
    assert (again.changes, again.drift, again.edits) == ((), (), ())
    assert again.holding == plan.holding


@many
@given(documents(), desires())
def test_leaving_gives_the_first_bytes_back(data: bytes, desired: Keys) -> None:
    """Whatever the document is, apply and leave is as if nothing had been."""
    plan = attempt(data, desired)
    assert after(plan, {}, data).content() == data


@many
@given(documents(), changes_of_mind())
def test_leaving_gives_the_first_values_back_after_a_change_of_mind(
    data: bytes, minds: tuple[Keys, Keys]
) -> None:
    """After another desire in between, the document means again what it meant."""
    desired, other = minds
    plan = attempt(data, desired)
    attempt(data, other)  # passes over a value that is in the way of what comes later
    second = after(plan, other, data)
    assert holds(second, other)
    left = after(second, {}, data).content()
    assert left is not None
    assert same(jsonc.parse(left).value, jsonc.parse(data).value)


@many
@given(desires())
def test_a_file_of_our_own_goes_again(desired: Keys) -> None:
    """Where there was no file there is none after leaving, whatever was in it."""
    plan = attempt(None, desired)
    assert holds(plan, desired)
    leaving = after(plan, {}, None)
    assert leaving.removes_file
    assert leaving.content() is None
    assert leaving.holding is None


@many
@given(documents(), desires(), st.data())
def test_a_key_changed_by_hand_is_mended_and_given_back(
    data: bytes, desired: Keys, draw: st.DataObject
) -> None:
    """Drift on one claimed key is told, mended, and does not cost the user what stood there first."""
    plan = attempt(data, desired)
    key = draw.draw(st.sampled_from(sorted(desired)))
    meddled = jsonc.edit(reread(plan).tree, [jsonc.Set(key, "changed by hand")]).data
    mending = planned(meddled, desired, plan.holding, data.decode())
    assert [drift.key for drift in mending.drift] == [key]
    assert holds(mending, desired)
    left = after(mending, {}, data).content()
    assert left is not None
    assert same(jsonc.parse(left).value, jsonc.parse(data).value)
