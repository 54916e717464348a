"""Telling of a run that did not end, without touching what it left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.commands.ground import store_in
from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.journal import read_journal
from reconciler.engine.problems import Place, Stop, Warning_
from reconciler.mimocode.home import usable_home

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.engine.files import FileSystem
    from reconciler.engine.store import Store


def unfinished(environment: Mapping[str, str]) -> bool:
    """Whether a run left its journal behind: for whoever must tell of an ending that nobody planned."""
    try:
        store = store_in(usable_home(environment))
        return read_journal(ReadOnlyFiles(), store) is not None
    except (Stop, OSError):
        return False


def pending(files: FileSystem, store: Store) -> tuple[Warning_, ...]:
    """Tell of a run that was killed half-way, without touching it."""
    journal = read_journal(files, store)
    if journal is None:
        return ()
    return (
        Warning_(
            f"a run that began at {journal.started} did not end; apply or uninstall finish or undo it",
            Place(file=str(store.journal)),
        ),
    )
