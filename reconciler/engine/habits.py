"""What the target does to files by itself, so that it is taken for nobody's work.

The engine knows no target: the room of the target hands its habits in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Callable


def _as_it_is(data: bytes) -> bytes:
    return data


@frozen
class Habits:
    """What the target leaves in folders of its own, and what it rewrites in a config."""

    litter: tuple[tuple[str, bytes], ...] = ()
    """Files that it drops into every folder of its own: name and exact content."""
    essence: Callable[[bytes], bytes] = _as_it_is
    """What of a config stays the same when it rewrites it by itself."""
