"""The three-value table: every row of the design, and what holds for every combination."""

import itertools
from functools import partial

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine.claims import Nature, Prior
from reconciler.engine.compare import Action, Row, Verdict, compare
from reconciler.engine.values import ABSENT, same

A, X, D, P = "applied", "somebody's", "desired", "prior"
KEPT = Prior(P, f'"{P}"')
IN_BACKUP = Prior(backup="0" * 64)
NONE = Prior()
ACTIVATION, SETTING, HOUSEKEEPING = Nature.ACTIVATION, Nature.SETTING, Nature.HOUSEKEEPING


@attrs.frozen
class Case:
    """One case of the table; `ours` says whether an activation's value on disk still points at us."""

    name: str
    applied: object
    on_disk: object
    desired: object
    action: Action | None
    row: Row
    drift: bool = False
    writes: bool = False
    prior: Prior = NONE
    nature: Nature = SETTING
    ours: bool = True


def unclaimed(name: str, on_disk: object, desired: object, action: Action | None, row: Row) -> Case:
    """Give a case of a key that we do not hold."""
    return Case(name, ABSENT, on_disk, desired, action, row, writes=action in WRITING)


def claimed(name: str, on_disk: object, desired: object, action: Action | None, row: Row) -> Case:
    """Give a case of a key that we hold and want."""
    drift = on_disk != A
    return Case(name, A, on_disk, desired, action, row, drift, writes=row in WRITTEN)


def leaving(
    name: str,
    on_disk: object,
    action: Action,
    row: Row,
    prior: Prior = NONE,
    nature: Nature = SETTING,
) -> Case:
    """Give a case of a key that we hold and no longer want."""
    ours = row is not Row.POINTS_ELSEWHERE
    return Case(name, A, on_disk, ABSENT, action, row, on_disk != A, action in WRITING, prior, nature, ours)


CREATE, UPDATE, DELETE, RESTORE = Action.CREATE, Action.UPDATE, Action.DELETE, Action.RESTORE
ADOPT, RELEASE = Action.ADOPT, Action.RELEASE
WRITING = (CREATE, UPDATE, DELETE, RESTORE)
WRITTEN = (Row.CHANGED_MIND, Row.DRIFTED, Row.DRIFTED_AWAY)
GIVEN_BACK, LEAVES = Row.GIVEN_BACK, Row.LEAVES

TABLE = [
    unclaimed("nothing at all", ABSENT, ABSENT, None, Row.NOT_OURS),
    unclaimed("the user's own affair", X, ABSENT, None, Row.NOT_OURS),
    unclaimed("create", ABSENT, D, CREATE, Row.NEW),
    unclaimed("adopt", D, D, ADOPT, Row.ALREADY_RIGHT),
    unclaimed("take over", X, D, UPDATE, Row.TAKEN_OVER),
    unclaimed("take over a null", None, D, UPDATE, Row.TAKEN_OVER),
    claimed("as applied", A, A, None, Row.AS_APPLIED),
    claimed("update", A, D, UPDATE, Row.CHANGED_MIND),
    claimed("drift, back to what we applied", X, A, UPDATE, Row.DRIFTED),
    claimed("drift, on to what is desired", X, D, UPDATE, Row.DRIFTED),
    claimed("drift to a null", None, A, UPDATE, Row.DRIFTED),
    claimed("drift that happens to be right", D, D, ADOPT, Row.DRIFTED_RIGHT),
    claimed("drift, gone", ABSENT, A, CREATE, Row.DRIFTED_AWAY),
    claimed("drift, gone, another desired", ABSENT, D, CREATE, Row.DRIFTED_AWAY),
    leaving("leave: delete", A, DELETE, LEAVES),
    leaving("leave: give back", A, RESTORE, GIVEN_BACK, KEPT),
    leaving("leave: give back from a backup", A, RESTORE, GIVEN_BACK, IN_BACKUP),
    leaving("leave: give back a null", A, RESTORE, GIVEN_BACK, Prior(None, "null")),
    leaving("leave: changed setting goes", X, DELETE, Row.LEAVES_CHANGED),
    leaving("leave: changed setting, prior", X, RESTORE, Row.GIVEN_BACK_CHANGED, KEPT),
    leaving("leave: activation", A, DELETE, LEAVES, NONE, ACTIVATION),
    leaving("leave: activation, prior", A, RESTORE, GIVEN_BACK, KEPT, ACTIVATION),
    leaving("leave: activation elsewhere in us", X, DELETE, Row.LEAVES_CHANGED, NONE, ACTIVATION),
    leaving("leave: activation elsewhere in us, prior", X, RESTORE, Row.GIVEN_BACK_CHANGED, KEPT, ACTIVATION),
    leaving("leave: activation moved", X, RELEASE, Row.POINTS_ELSEWHERE, NONE, ACTIVATION),
    leaving("leave: activation moved, prior", X, RELEASE, Row.POINTS_ELSEWHERE, KEPT, ACTIVATION),
    leaving("leave: housekeeping", A, DELETE, LEAVES, NONE, HOUSEKEEPING),
    leaving("leave: housekeeping, prior", A, RESTORE, GIVEN_BACK, KEPT, HOUSEKEEPING),
    leaving("leave: housekeeping changed", X, RELEASE, Row.SOMEBODYS_OWN, NONE, HOUSEKEEPING),
    leaving("leave: housekeeping changed, prior", X, RELEASE, Row.SOMEBODYS_OWN, KEPT, HOUSEKEEPING),
    leaving("forget", ABSENT, RELEASE, Row.GONE_ALREADY),
    leaving("forget a prior too", ABSENT, RELEASE, Row.GONE_ALREADY, KEPT),
    leaving("forget an activation", ABSENT, RELEASE, Row.GONE_ALREADY, NONE, ACTIVATION),
]
OF_THE_PLANNER = {Row.OURS_AGAIN, Row.OURS_CHANGED, Row.STAYS, Row.BACKUP_GONE}
"""Rows that need more than three values: what an earlier life of ours left, and what a backup holds."""


def judged(case: Case) -> Verdict:
    """Give the verdict on a case."""
    return compare(
        applied=case.applied,
        on_disk=case.on_disk,
        desired=case.desired,
        prior=case.prior,
        nature=case.nature,
        points_at_us=lambda _: case.ours,
    )


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_row(case: Case) -> None:
    """Every case has its row and its action, says whether it is drift and whether it writes, and why."""
    assert judged(case) == Verdict(case.action, case.row, case.drift, case.writes)
    assert case.row.value


def test_every_row_of_the_table_is_a_case() -> None:
    """No row is without a case, and no two rows have one reason."""
    assert {case.row for case in TABLE} == set(Row) - OF_THE_PLANNER
    assert len({row.value for row in Row}) == len(Row)


def test_the_table_has_every_combination() -> None:
    """No combination of absent, applied, somebody's and desired is missing from the cases above."""

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
    assert {shape(case.applied, case.on_disk, case.desired) for case in TABLE} >= possible


FOUR = (ABSENT, "v1", "v2", "v3")
PRIORS = (NONE, Prior("v1", '"v1"'), Prior("theirs", '"theirs"'), IN_BACKUP)
EVERYTHING = list(itertools.product(FOUR, FOUR, FOUR, PRIORS, Nature, (True, False)))


def ought(
    applied: object, on_disk: object, desired: object, prior: Prior, nature: Nature, *, ours: bool
) -> object:
    """Say what should stand there afterwards, told by what people want and not by the table."""
    if desired is not ABSENT:
        return desired  # what is wanted is there, whatever was
    if applied is ABSENT:
        return on_disk  # what we neither hold nor want is nobody's business
    if on_disk is ABSENT:
        return ABSENT  # what somebody took out stays out
    somebodys = on_disk != applied and (
        nature is HOUSEKEEPING or (nature is ACTIVATION and not ours)
    )  # what points elsewhere by somebody's hand is his
    if somebodys:
        return on_disk
    return "from the backup" if prior.backup else prior.value


def _always(answer: bool, _: object) -> bool:  # noqa: FBT001 - bound beforehand
    return answer


def afterwards(verdict: Verdict, on_disk: object, desired: object, prior: Prior) -> object:
    """Carry a verdict out."""
    if verdict.action in (CREATE, UPDATE):
        return desired
    if verdict.action is DELETE:
        return ABSENT
    if verdict.action is RESTORE:
        return "from the backup" if prior.backup else prior.value
    return on_disk


@pytest.mark.parametrize("nature", Nature)
def test_every_combination_leaves_what_it_ought_to(nature: Nature) -> None:
    """All combinations of three values, prior, nature and pointer: the right value, and a reason."""
    tried = 0
    for applied, on_disk, desired, prior, kind, ours in EVERYTHING:
        if kind is not nature:
            continue
        tried += 1
        verdict = compare(
            applied=applied,
            on_disk=on_disk,
            desired=desired,
            prior=prior,
            nature=nature,
            points_at_us=partial(_always, ours),
        )
        found = afterwards(verdict, on_disk, desired, prior)
        assert found == ought(applied, on_disk, desired, prior, nature, ours=ours)
        assert verdict.row.value
        assert verdict.writes == (verdict.action in WRITING)
        assert verdict.writes or found == on_disk
    assert tried == 4**3 * len(PRIORS) * 2


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
