"""The three-value table: every row of the design, and what holds for every combination."""

import itertools

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine.claims import Nature, Prior
from reconciler.engine.compare import Action, Verdict, compare
from reconciler.engine.values import ABSENT, same

A, X, D, P = "applied", "somebody's", "desired", "prior"
KEPT = Prior(P, f'"{P}"')
IN_BACKUP = Prior(backup="0" * 64)
NONE = Prior()
ACTIVATION, SETTING, HOUSEKEEPING = Nature.ACTIVATION, Nature.SETTING, Nature.HOUSEKEEPING


@attrs.frozen
class Row:
    """One row of the table; `ours` says whether an activation's value on disk still points at us."""

    name: str
    applied: object
    on_disk: object
    desired: object
    action: Action | None
    drift: bool = False
    writes: bool = False
    prior: Prior = NONE
    nature: Nature = SETTING
    ours: bool = True


TABLE = [
    Row("nothing at all", ABSENT, ABSENT, ABSENT, None),
    Row("the user's own affair", ABSENT, X, ABSENT, None),
    Row("create", ABSENT, ABSENT, D, Action.CREATE, writes=True),
    Row("adopt", ABSENT, D, D, Action.ADOPT),
    Row("take over", ABSENT, X, D, Action.UPDATE, writes=True),
    Row("take over a null", ABSENT, None, D, Action.UPDATE, writes=True),
    Row("as applied", A, A, A, None),
    Row("update", A, A, D, Action.UPDATE, writes=True),
    Row("drift, back to what we applied", A, X, A, Action.UPDATE, drift=True, writes=True),
    Row("drift, on to what is desired", A, X, D, Action.UPDATE, drift=True, writes=True),
    Row("drift that happens to be right", A, D, D, Action.ADOPT, drift=True),
    Row("drift, gone", A, ABSENT, A, Action.CREATE, drift=True, writes=True),
    Row("drift, gone, another desired", A, ABSENT, D, Action.CREATE, drift=True, writes=True),
    Row("leave: delete", A, A, ABSENT, Action.DELETE, writes=True),
    Row("leave: give back", A, A, ABSENT, Action.RESTORE, writes=True, prior=KEPT),
    Row("leave: give back from a backup", A, A, ABSENT, Action.RESTORE, writes=True, prior=IN_BACKUP),
    Row("leave: give back a null", A, A, ABSENT, Action.RESTORE, writes=True, prior=Prior(None, "null")),
    Row("leave: changed setting goes", A, X, ABSENT, Action.DELETE, drift=True, writes=True),
    Row("leave: changed setting, prior", A, X, ABSENT, Action.RESTORE, drift=True, writes=True, prior=KEPT),
    Row("leave: activation", A, A, ABSENT, Action.DELETE, writes=True, nature=ACTIVATION),
    Row("leave: activation, prior", A, A, ABSENT, Action.RESTORE, writes=True, prior=KEPT, nature=ACTIVATION),
    Row(
        "leave: activation elsewhere in us",
        A,
        X,
        ABSENT,
        Action.DELETE,
        drift=True,
        writes=True,
        nature=ACTIVATION,
    ),
    Row(
        "leave: activation moved",
        A,
        X,
        ABSENT,
        Action.RELEASE,
        drift=True,
        nature=ACTIVATION,
        ours=False,
    ),
    Row(
        "leave: activation moved, prior",
        A,
        X,
        ABSENT,
        Action.RELEASE,
        drift=True,
        prior=KEPT,
        nature=ACTIVATION,
        ours=False,
    ),
    Row("leave: housekeeping", A, A, ABSENT, Action.DELETE, writes=True, nature=HOUSEKEEPING),
    Row(
        "leave: housekeeping, prior",
        A,
        A,
        ABSENT,
        Action.RESTORE,
        writes=True,
        prior=KEPT,
        nature=HOUSEKEEPING,
    ),
    Row("leave: housekeeping changed", A, X, ABSENT, Action.RELEASE, drift=True, nature=HOUSEKEEPING),
    Row("forget", A, ABSENT, ABSENT, Action.RELEASE, drift=True),
    Row("forget a prior too", A, ABSENT, ABSENT, Action.RELEASE, drift=True, prior=KEPT),
    Row("forget an activation", A, ABSENT, ABSENT, Action.RELEASE, drift=True, nature=ACTIVATION),
]


def judged(row: Row) -> Verdict:
    """Give the verdict on a row."""
    return compare(
        applied=row.applied,
        on_disk=row.on_disk,
        desired=row.desired,
        prior=row.prior,
        nature=row.nature,
        points_at_us=lambda _: row.ours,
    )


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_row(row: Row) -> None:
    """Every row of the table has its action, says whether it is drift and whether it writes, and why."""
    verdict = judged(row)
    assert (verdict.action, verdict.drift, verdict.writes) == (row.action, row.drift, row.writes)
    assert verdict.reason


def test_the_table_has_every_combination() -> None:
    """No combination of absent, applied, somebody's and desired is missing from the rows above."""

    def shape(applied: object, on_disk: object, desired: object) -> tuple[str, str, str]:
        def name(value: object) -> str:
            if value is ABSENT:
                return "-"
            if value == applied:
                return "A"
            return "D" if value == desired else "X"

        return (name(applied), name(on_disk), name(desired))

    possible = {
        shape(applied, on_disk, desired)
        for applied, on_disk, desired in itertools.product((ABSENT, A), (ABSENT, A, X, D), (ABSENT, A, D))
    }
    assert {shape(row.applied, row.on_disk, row.desired) for row in TABLE} >= possible


values = st.sampled_from([ABSENT, None, True, 1, 1.0, 0, False, "a", "b", {}, {"a": 1}, [], [1]])
natures = st.sampled_from(list(Nature))
priors = st.one_of(
    st.just(Prior()),
    values.filter(lambda value: value is not ABSENT).map(lambda value: Prior(value, "text")),
    st.just(IN_BACKUP),
)


@given(applied=values, on_disk=values, desired=values, prior=priors, nature=natures, ours=st.booleans())
def test_every_combination_has_one_verdict_and_settles(
    applied: object, on_disk: object, desired: object, prior: Prior, nature: Nature, *, ours: bool
) -> None:
    """Whatever the three values are, carrying the verdict out leaves nothing more to do."""
    verdict = compare(
        applied=applied,
        on_disk=on_disk,
        desired=desired,
        prior=prior,
        nature=nature,
        points_at_us=lambda _: ours,
    )
    after = on_disk
    if verdict.action in (Action.CREATE, Action.UPDATE):
        after = desired
    elif verdict.action is Action.DELETE:
        after = ABSENT
    elif verdict.action is Action.RESTORE:
        after = "from the backup" if prior.backup else prior.value
    assert verdict.writes == (verdict.action in (Action.CREATE, Action.UPDATE, Action.DELETE, Action.RESTORE))
    again = compare(
        applied=desired,
        on_disk=after,
        desired=desired,
        prior=prior if desired is not ABSENT else Prior(),
        nature=nature,
        points_at_us=lambda _: ours,
    )
    assert again.action is None
    assert not again.drift
    assert not again.writes


@given(values, values, values, natures)
def test_drift_is_said_exactly_when_a_claimed_key_is_not_as_applied(
    applied: object, on_disk: object, desired: object, nature: Nature
) -> None:
    """A key that nobody claims never drifts; a claimed one drifts if and only if the disk differs."""
    verdict = compare(applied=applied, on_disk=on_disk, desired=desired, nature=nature)
    as_applied = on_disk is not ABSENT and same(on_disk, applied)
    assert verdict.drift == (applied is not ABSENT and not as_applied)


@given(values, values, priors, natures)
def test_a_verdict_without_desire_never_creates(
    applied: object, on_disk: object, prior: Prior, nature: Nature
) -> None:
    """Leaving takes away, gives back or lets be; it never puts anything of ours anywhere."""
    verdict = compare(applied=applied, on_disk=on_disk, desired=ABSENT, prior=prior, nature=nature)
    assert verdict.action in (None, Action.DELETE, Action.RESTORE, Action.RELEASE)


def test_the_pointer_is_asked_about_the_value_on_the_disk() -> None:
    """Whether an activation is still ours is judged by what stands there, not by what we applied."""
    asked: list[object] = []

    def points_at_us(value: object) -> bool:
        asked.append(value)
        return True

    compare(applied=A, on_disk=X, desired=ABSENT, nature=ACTIVATION, points_at_us=points_at_us)
    assert asked == [X]


@pytest.mark.parametrize(
    ("prior", "present"),
    [
        (Prior(), 0),
        (Prior(None), 1),
        (Prior(0), 1),
        (Prior("x", '"x"'), 1),
        (IN_BACKUP, 1),
    ],
)
def test_a_prior_is_present_when_anything_stood_there(prior: Prior, present: int) -> None:
    """A null that stood there is a prior; a prior in a backup is one too."""
    assert prior.present is bool(present)
