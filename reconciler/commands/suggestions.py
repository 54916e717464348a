"""What a shell can complete: models, backups and keys, as our own files on the disk tell them.

Nothing is started, asked or written, and nothing is an error: where a file cannot be read there is nothing to
complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.commands.memory import recall
from reconciler.engine import backups
from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.problems import Stop
from reconciler.engine.store import Store
from reconciler.engine.values import key_text
from reconciler.gonkagate import entry
from reconciler.gonkagate.facts import KEY_FOLDER
from reconciler.mimocode.home import usable_home

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.commands.memory import Remembered


def models(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the ids of the last applied catalog, in its order."""
    remembered = _remembered(environment)
    return () if remembered is None or remembered.memory is None else remembered.memory.catalog.models


def saved(environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return what can be brought back, the newest run first: its number, and the files that it replaced."""
    try:
        found = backups.records(ReadOnlyFiles(), _store(environment))
    except (Stop, OSError):
        return ()
    return tuple(
        told
        for record in found
        for told in (
            (record.transaction, f"{record.command}, {record.at}"),
            *((f"{record.transaction}.{number}", one.role) for number, one in enumerate(record.files, 1)),
        )
    )


def keys(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return keys of MiMoCode's configuration that are worth explaining: the main ones, and all of ours."""
    remembered = _remembered(environment)
    state = None if remembered is None else remembered.file.state
    held = () if state is None else (claim.key for one in state.documents for claim in one.claims)
    main = (entry.MODEL, entry.SMALL_MODEL, entry.ROOT)
    return tuple(dict.fromkeys(key_text(key) for key in (*main, *held)))


def _store(environment: Mapping[str, str]) -> Store:
    return Store(usable_home(environment).joinpath(*KEY_FOLDER))


def _remembered(environment: Mapping[str, str]) -> Remembered | None:
    try:
        return recall(ReadOnlyFiles(), _store(environment))
    except (Stop, OSError):
        return None
