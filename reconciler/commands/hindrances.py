"""What would keep a file from being replaced: refused before anything is written, foreseen by a preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.preflight import hindrances
from reconciler.engine.problems import Stop, Warning_

if TYPE_CHECKING:
    from reconciler.engine.files import FileSystem
    from reconciler.engine.preflight import Target


def refuse_hindrances(files: FileSystem, targets: tuple[Target, ...]) -> None:
    """Raise `Stop` with whatever is in the way."""
    found = hindrances(files, targets)
    if found:
        raise Stop(found)


def foreseen(command: str, files: FileSystem, targets: tuple[Target, ...]) -> tuple[Warning_, ...]:
    """Tell of what the command would stop at."""
    found = hindrances(files, targets)
    return tuple(Warning_(f"{command} would stop: {one.message}", one.place) for one in found)
