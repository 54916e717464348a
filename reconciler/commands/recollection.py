"""Reading the record of a set-up; where it is lost or damaged, what is provably ours stands for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.commands.memory import recall_what_is_left
from reconciler.engine.journal import read_journal
from reconciler.engine.problems import Stop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.commands.evidence import Finding
    from reconciler.commands.ground import Ground
    from reconciler.commands.memory import Remembered
    from reconciler.engine.files import FileSystem


def recalled(
    environment: Mapping[str, str], files: FileSystem, ground: Ground
) -> tuple[Remembered, Finding | None]:
    """Read the state; where it is lost or damaged, what is provably ours stands for it.

    The finding is None where the state is as it should be, where nothing of ours is to be found, and while
    a run that did not end is still to be finished or undone. Raises `Stop` with state_too_new, or where a
    config that names our key file cannot be read.
    """
    remembered = recall_what_is_left(files, ground.store)
    if remembered.installed or remembered.file.foreign is not None:
        return remembered, None
    if read_journal(files, ground.store) is not None:
        if remembered.damage:
            raise Stop(remembered.damage)
        return remembered, None
    from reconciler.commands import evidence  # noqa: PLC0415 - seldom needed, and brings much along

    return evidence.gathered(environment, files, ground, remembered)
