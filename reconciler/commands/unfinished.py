"""A run that did not end: told of without touching what it left, or brought to its end first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.commands.ground import store_in
from reconciler.engine.files import Kind, ReadOnlyFiles
from reconciler.engine.journal import read_journal, staging_name
from reconciler.engine.problems import Place, Stop, Warning_
from reconciler.mimocode.home import usable_home

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.commands.world import World
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


def recover_first(world: World, store: Store) -> tuple[Warning_, ...]:
    """Finish or undo a run that was killed half-way, before anything else. Returns what to tell."""
    files = world.files
    if read_journal(files, store) is None and not _remains(files, store):
        return ()
    from reconciler.commands.lifecycle import at_work  # noqa: PLC0415 - seldom needed

    with at_work(world, store) as told:
        return told


def _remains(files: FileSystem, store: Store) -> bool:
    """Whether there is what a run leaves that dies before its journal, or behind it."""
    names = set(files.names(store.folder))
    if staging_name(store).name in names:
        return True
    if names - passing(store) or files.kind(store.folder) is not Kind.FOLDER:
        return False
    return store.lock.name in names or not any(_copies(files, store))


def _copies(files: FileSystem, store: Store) -> tuple[str, ...]:
    """Name what lies in the backups, the folder of the projects' copies apart."""
    inner = files.names(store.project_backups)
    return (*(name for name in files.names(store.backups) if name != store.project_backups.name), *inner)


def passing(store: Store) -> set[str]:
    """Name what may be there where nothing of ours is installed."""
    return {store.lock.name, staging_name(store).name, store.backups.name}
