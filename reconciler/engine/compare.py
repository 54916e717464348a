"""The three-value table: applied, on disk, desired, and what follows from them for one key.

A pure function of values. Every row of the table is one branch, and its name is the reason that people
are given.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TypeAlias

from reconciler.engine.claims import Nature, Prior
from reconciler.engine.values import Absent, Json, same
from reconciler.records import frozen

PointsAtUs: TypeAlias = Callable[[Json], bool]
"""Tells whether an activation value still refers to what is ours."""


class Action(enum.StrEnum):
    """What a change does. The words are part of the JSON interface."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    RESTORE = "restore"
    ADOPT = "adopt"
    RELEASE = "release"
    REPAIR = "repair"


@enum.unique
class Row(enum.StrEnum):
    """The rows of the table, each with what people are told of it."""

    NOT_OURS = "neither ours nor wanted"
    NEW = "not there yet"
    ALREADY_RIGHT = "already as it should be; it stays when we leave"
    TAKEN_OVER = "takes the place of your value, which is kept and given back"
    AS_APPLIED = "as applied"
    CHANGED_MIND = "the desired value is another one now"
    DRIFTED = "was changed outside of this program"
    DRIFTED_RIGHT = "was changed outside of this program to what it should be"
    DRIFTED_AWAY = "was removed outside of this program"
    LEAVES = "no longer wanted"
    LEAVES_CHANGED = (
        "no longer wanted; it was changed outside of this program, and the backup keeps that value"
    )
    GIVEN_BACK = "you set this before we came: it is given back"
    GIVEN_BACK_CHANGED = "was changed outside of this program; what you had set before we came is given back"
    POINTS_ELSEWHERE = "was changed outside of this program and no longer points at us, so it is yours"
    SOMEBODYS_OWN = "was changed outside of this program, so it is yours"
    GONE_ALREADY = "no longer wanted, and already removed outside of this program"
    OURS_AGAIN = "left here by an earlier set-up"
    OURS_CHANGED = "left here by an earlier set-up; the desired value is another one now"
    STAYS = "you set this before we came: it stays as it is"
    BACKUP_GONE = "no longer wanted; the backup with the value that you had set before we came is gone"


@frozen
class Verdict:
    """The step for one key: no action means nothing to do; drift means somebody else changed it."""

    action: Action | None
    row: Row
    drift: bool = False
    writes: bool = False


def _equal(left: Json | Absent, right: Json | Absent) -> bool:
    if isinstance(left, Absent) or isinstance(right, Absent):
        return left is right
    return same(left, right)


def compare(
    *,
    applied: Json | Absent,
    on_disk: Json | Absent,
    desired: Json | Absent,
    prior: Prior = Prior(),  # noqa: B008 - frozen, so sharing it is safe
    nature: Nature = Nature.SETTING,
    points_at_us: PointsAtUs = lambda _: True,
) -> Verdict:
    """Decide one key by the three-value table.

    `prior` and `nature` matter only where the key is no longer desired; `points_at_us` only for
    activation keys there.
    """
    if isinstance(applied, Absent):
        return _unclaimed(on_disk, desired)
    if isinstance(desired, Absent):
        return _leaving(applied, on_disk, prior, nature, points_at_us)
    return _claimed(applied, on_disk, desired)


def _unclaimed(on_disk: Json | Absent, desired: Json | Absent) -> Verdict:
    if isinstance(desired, Absent):
        return Verdict(None, Row.NOT_OURS)
    if isinstance(on_disk, Absent):
        return Verdict(Action.CREATE, Row.NEW, writes=True)
    if _equal(on_disk, desired):
        return Verdict(Action.ADOPT, Row.ALREADY_RIGHT)
    return Verdict(Action.UPDATE, Row.TAKEN_OVER, writes=True)


def _claimed(applied: Json, on_disk: Json | Absent, desired: Json) -> Verdict:
    if _equal(on_disk, applied):
        if _equal(desired, applied):
            return Verdict(None, Row.AS_APPLIED)
        return Verdict(Action.UPDATE, Row.CHANGED_MIND, writes=True)
    if isinstance(on_disk, Absent):
        return Verdict(Action.CREATE, Row.DRIFTED_AWAY, drift=True, writes=True)
    if _equal(on_disk, desired):
        return Verdict(Action.ADOPT, Row.DRIFTED_RIGHT, drift=True)
    return Verdict(Action.UPDATE, Row.DRIFTED, drift=True, writes=True)


def _leaving(
    applied: Json, on_disk: Json | Absent, prior: Prior, nature: Nature, points_at_us: PointsAtUs
) -> Verdict:
    if isinstance(on_disk, Absent):
        return Verdict(Action.RELEASE, Row.GONE_ALREADY, drift=True)
    if _equal(on_disk, applied):
        if prior.present:
            return Verdict(Action.RESTORE, Row.GIVEN_BACK, writes=True)
        return Verdict(Action.DELETE, Row.LEAVES, writes=True)
    theirs = _theirs(on_disk, nature, points_at_us)
    if theirs is not None:
        return Verdict(Action.RELEASE, theirs, drift=True)
    if prior.present:
        return Verdict(Action.RESTORE, Row.GIVEN_BACK_CHANGED, drift=True, writes=True)
    return Verdict(Action.DELETE, Row.LEAVES_CHANGED, drift=True, writes=True)


def _theirs(on_disk: Json, nature: Nature, points_at_us: PointsAtUs) -> Row | None:
    """Tell whether a value that somebody put in the place of ours is his to keep."""
    if nature is Nature.HOUSEKEEPING:
        return Row.SOMEBODYS_OWN
    if nature is Nature.ACTIVATION and not points_at_us(on_disk):
        return Row.POINTS_ELSEWHERE
    return None
