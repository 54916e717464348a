"""Ownership by key: what we put somewhere and what stood there before.

A claim is remembered in the state for every key that is ours; the prior is taken once, survives
every later update, and leaves with the claim.
"""

from __future__ import annotations

import enum

from reconciler.engine.values import ABSENT, Absent, Json, KeyPath
from reconciler.records import frozen


class Nature(enum.Enum):
    """How a key behaves when it is no longer desired but somebody changed it."""

    SETTING = "setting"
    """Lies under what is ours altogether: it goes."""
    ACTIVATION = "activation"
    """Points at what is ours: it goes if it still does, else it is the user's and stays."""
    HOUSEKEEPING = "housekeeping"
    """Is there for the target's sake: once somebody changed it, it is theirs."""


@frozen
class Prior:
    """What stood at a key when we first took it.

    `text` is the value as the user had spelled it. A sensitive prior is not kept in the state:
    `backup` then names the backup file whose copy of the document holds it.
    """

    value: Json | Absent = ABSENT
    text: str | None = None
    backup: str | None = None

    @property
    def present(self) -> bool:
        """Whether anything stood there."""
        return self.backup is not None or not isinstance(self.value, Absent)


@frozen
class Claim:
    """One owned key: the value we applied and the prior."""

    key: KeyPath
    applied: Json
    prior: Prior = Prior()


@frozen
class Container:
    """An object that we created to hold our keys, or an empty one of the user's that we filled.

    `text` is None for one we created: it goes when it is empty again. For the user's own it is how
    he had spelled it (`{ }`, say), which is what he gets back.
    """

    key: KeyPath
    text: str | None = None


@frozen
class Holding:
    """Everything we hold in one document."""

    role: str
    path: str
    created_by_us: bool = False
    created_folders: tuple[str, ...] = ()
    containers: tuple[Container, ...] = ()
    claims: tuple[Claim, ...] = ()
    volume: str | None = None
    """Where the file system that the file lies on was mounted, so that a folder that is gone can be told
    from one that is not mounted. None where that is not known."""
    folder_id: str | None = None
    """The number that the file system gives to the project's folder; it moves with the folder."""
