"""One step of a plan, as people and programs are told of it: a value without any secret in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.records import frozen

if TYPE_CHECKING:
    from reconciler.engine.compare import Action
    from reconciler.engine.values import Absent, Json, KeyPath

SENSITIVE: Final = "(sensitive)"


@frozen
class Change:
    """One step of a plan, as people and programs are told of it."""

    action: Action
    resource: str
    file: str
    key: KeyPath | None
    before: Json | Absent
    after: Json | Absent
    reason: str
    drift: bool = False
    since: str | None = None
    """When the file was last written, which is when somebody else changed the key at the latest."""
