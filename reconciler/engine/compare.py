"""The three-value table: applied, on disk, desired, and what follows from them for one key.

A pure function of values. Every row of the design's table is one branch, and every verdict says why.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen

from reconciler.engine.claims import Nature, Prior
from reconciler.engine.values import Absent, Json, same

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


@frozen
class Verdict:
    """The step for one key: no action means nothing to do; drift means somebody else changed it."""

    action: Action | None
    reason: str
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
        return Verdict(None, "neither ours nor wanted")
    if isinstance(on_disk, Absent):
        return Verdict(Action.CREATE, "not there yet", writes=True)
    if _equal(on_disk, desired):
        return Verdict(Action.ADOPT, "already as it should be; it stays when we leave")
    return Verdict(Action.UPDATE, "takes the place of your value, which is kept and given back", writes=True)


def _claimed(applied: Json, on_disk: Json | Absent, desired: Json) -> Verdict:
    if _equal(on_disk, applied):
        if _equal(desired, applied):
            return Verdict(None, "as applied")
        return Verdict(Action.UPDATE, "the desired value is another one now", writes=True)
    if isinstance(on_disk, Absent):
        return Verdict(Action.CREATE, "was removed outside of this program", drift=True, writes=True)
    if _equal(on_disk, desired):
        return Verdict(Action.ADOPT, "was changed outside of this program to what it should be", drift=True)
    return Verdict(Action.UPDATE, "was changed outside of this program", drift=True, writes=True)


def _leaving(
    applied: Json, on_disk: Json | Absent, prior: Prior, nature: Nature, points_at_us: PointsAtUs
) -> Verdict:
    if isinstance(on_disk, Absent):
        return Verdict(Action.RELEASE, "no longer wanted, and already gone", drift=True)
    drift = not _equal(on_disk, applied)
    if drift and nature is Nature.HOUSEKEEPING:
        return Verdict(Action.RELEASE, "was changed outside of this program, so it is yours", drift=True)
    if drift and nature is Nature.ACTIVATION and not points_at_us(on_disk):
        return Verdict(Action.RELEASE, "no longer points at us, so it is yours", drift=True)
    if prior.present:
        return Verdict(
            Action.RESTORE, "gives back the value that stood there before", drift=drift, writes=True
        )
    why = "no longer wanted; was changed outside of this program" if drift else "no longer wanted"
    return Verdict(Action.DELETE, why, drift=drift, writes=True)
