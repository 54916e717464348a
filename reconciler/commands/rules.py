"""What our keys mean to the engine, which knows neither provider nor target, and to MiMoCode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import jsonc
from reconciler.commands.ground import PROJECT_ROLE
from reconciler.commands.reasons import Reasons
from reconciler.engine.claims import Nature
from reconciler.engine.plan import Rules
from reconciler.engine.values import ABSENT, Absent, look_up
from reconciler.gonkagate import entry
from reconciler.gonkagate.facts import KEY_BINDING
from reconciler.mimocode.expectations import Expectations

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reconciler.engine.claims import Holding
    from reconciler.engine.documents import Document
    from reconciler.engine.files import FileSystem
    from reconciler.engine.store import Store
    from reconciler.engine.values import Json, KeyPath
    from reconciler.gonkagate.key import Key


def rules(
    files: FileSystem, store: Store, document: Document, held: Holding | None, *, stays: bool = False
) -> Rules:
    """Tell the engine what it must know about our keys in one document.

    `stays` says that a set-up remains, so that what leaves this document is told as moved, not removed.
    """
    binding = look_up(document.tree.value, entry.API_KEY)
    taken_over = binding == KEY_BINDING and not (held and held.claims)

    def ours_alone(key: KeyPath, value: Json) -> bool:
        if key == entry.API_KEY:
            return value == KEY_BINDING
        if not taken_over:
            return False
        return entry.nature(key) is Nature.SETTING or entry.points_at_us(value)

    return Rules(
        nature=entry.nature,
        sensitive=entry.is_sensitive,
        points_at_us=entry.points_at_us,
        indivisible=entry.indivisible,
        ours_alone=ours_alone,
        from_backup=lambda name, key: _from_backup(files, store, document, name, key),
        because=Reasons(held, stays).because,
    )


def _from_backup(
    files: FileSystem, store: Store, document: Document, name: str, key: KeyPath
) -> tuple[Json | Absent, str | None]:
    snapshot = files.read(backup_path(store, document.role, document.path, name))
    if snapshot is None:
        return ABSENT, None
    try:
        tree = jsonc.parse(snapshot.data)
    except jsonc.JsoncError:
        return ABSENT, None
    value = look_up(tree.value, key)
    return value, None if isinstance(value, Absent) else tree.text(key)


def backup_path(store: Store, role: str, path: Path, fingerprint: str) -> Path:
    """Name the backup of one content of one file."""
    folder = store.project_backups if role == PROJECT_ROLE else store.backups
    return folder / f"{fingerprint}-{path.name}"


def expectations(
    values: Iterable[tuple[KeyPath, Json]], key: Key, ours: Iterable[Path], key_file: Path
) -> Expectations:
    """Make of applied or desired keys what MiMoCode must resolve."""
    wanted = {k: v for k, v in values if entry.nature(k) is not Nature.HOUSEKEEPING and k != entry.API_KEY}
    depth = len(entry.MODELS)
    listed = dict.fromkeys(k[depth] for k in wanted if k[:depth] == entry.MODELS)
    chosen = [entry.model_of(wanted[k]) for k in (entry.MODEL, entry.SMALL_MODEL) if k in wanted]
    return Expectations(
        entry.ROOT[1],
        wanted,
        entry.API_KEY,
        key.reveal(),
        tuple(listed),
        tuple(model for model in chosen if model is not None),
        frozenset(ours),
        key_file,
    )
