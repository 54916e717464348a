"""From a plan to a transaction: which bytes go where, with which mode, backup and order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from reconciler.commands.memory import CatalogMemory, KeyMemory, Memory, as_facts
from reconciler.commands.road import KEY_ROLE, backup_path
from reconciler.commands.survey import PROJECT_ROLE
from reconciler.engine import state as states
from reconciler.engine.claims import Holding
from reconciler.engine.compare import Action
from reconciler.engine.state import SCHEMA_VERSION, State
from reconciler.engine.store import FILE_MODE, FOLDER_MODE
from reconciler.engine.transaction import Work, Write
from reconciler.gonkagate.facts import PACKAGE, TRANSPORT
from reconciler.mimocode.facts import LITTER
from reconciler.version import __version__

if TYPE_CHECKING:
    from reconciler.commands.road import SetupPlan
    from reconciler.commands.survey import Survey
    from reconciler.commands.world import World
    from reconciler.engine.plan import DocumentPlan

_USER_CONFIG_MODE: Final = 0o600
_PROJECT_CONFIG_MODE: Final = 0o644
_KEY_BACKUP: Final = "api-key-"


@frozen
class _Prepared:
    write: Write | None
    holding: Holding | None
    folders: tuple[Path, ...]


def set_up(world: World, plan: SetupPlan, survey: Survey) -> Work:
    """Prepare the transaction of a set-up: the key first, then the configs, then the state."""
    identity, salt = world.token(), world.token() + world.token()
    prepared = [_document(plan, one) for one in plan.documents]
    key = _key_write(plan, identity)
    writes = (*([key] if key else []), *(one.write for one in prepared if one.write is not None))
    holdings = (*(one.holding for one in prepared if one.holding is not None), *plan.kept)
    memory = _memory(world, plan, survey)
    before = plan.remembered.file
    fresh = State(SCHEMA_VERSION, world.token() + world.token(), 0, "")
    after = (before.state or fresh).next(identity, holdings, as_facts(memory))
    return Work(
        identity,
        salt,
        world.time_text(),
        writes,
        before.snapshot,
        states.to_bytes(after),
        state_backup=_state_backup(plan),
        retire_folders=_folders_left(plan, prepared),
        litter=LITTER,
    )


def _state_backup(plan: SetupPlan) -> Path | None:
    """Keep another installer's state file; our own is superseded, not replaced."""
    found = plan.remembered.file
    if found.foreign is None or found.snapshot is None:
        return None
    store = plan.ground.store
    return store.backups / f"{found.snapshot.fingerprint}-{store.state.name}"


def leave(world: World, plan: SetupPlan, *, keep_key: bool) -> Work:
    """Prepare the transaction of an uninstall: the configs first, the key last."""
    identity, salt = world.token(), world.token() + world.token()
    prepared = [_document(plan, one) for one in plan.documents]
    writes = tuple(one.write for one in prepared if one.write is not None)
    if plan.key_change is not None:
        snapshot = plan.stored.snapshot
        writes = (*writes, Write(KEY_ROLE, plan.stored.path, snapshot, None, FILE_MODE))
    before = plan.remembered.file
    state = before.state or State(SCHEMA_VERSION, world.token(), 0, "")
    holdings = (*(one.holding for one in prepared if one.holding is not None), *plan.kept)
    facts = state.facts if holdings else {}
    store = plan.ground.store
    retire: tuple[Path, ...] = ()
    if not holdings:
        retire = (store.state,) if keep_key else (*_key_backups(world, plan), store.state)
    return Work(
        identity,
        salt,
        world.time_text(),
        writes,
        before.snapshot,
        states.to_bytes(state.next(identity, holdings, facts)),
        retire=retire,
        retire_folders=_folders_left(plan, prepared),
        litter=LITTER,
    )


def _document(plan: SetupPlan, one: DocumentPlan) -> _Prepared:
    if not one.writes:
        return _Prepared(None, one.holding, ())
    document = one.document
    folders = _missing_folders(document.real.parent)
    snapshot = document.snapshot
    default = _PROJECT_CONFIG_MODE if document.role == PROJECT_ROLE else _USER_CONFIG_MODE
    backup = None
    if document.fingerprint is not None:
        backup = backup_path(plan.ground.store, document.role, document.path, document.fingerprint)
    write = Write(
        document.role,
        document.real,
        snapshot,
        one.content(),
        default if snapshot is None else snapshot.mode,
        backup,
        folders,
    )
    return _Prepared(write, _with_folders(one, folders), folders)


def _with_folders(plan: DocumentPlan, folders: tuple[Path, ...]) -> Holding | None:
    """Return the holding with the folders that were made for its file."""
    if plan.holding is None:
        return None
    made = (*plan.holding.created_folders, *(str(folder) for folder in folders))
    return evolve(plan.holding, created_folders=tuple(dict.fromkeys(made)))


def _missing_folders(folder: Path) -> tuple[Path, ...]:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    return tuple(reversed(missing))


def _key_write(plan: SetupPlan, identity: str) -> Write | None:
    change, stored = plan.key_change, plan.stored
    if change is None or plan.key is None or change.action is Action.ADOPT:
        return None
    content = plan.key.reveal().encode()
    if change.action is Action.REPAIR and stored.snapshot is not None:
        content = stored.snapshot.data
    backup = None
    if change.action is Action.UPDATE:
        backup = plan.ground.store.backups / f"{_KEY_BACKUP}{identity}"
    return Write(KEY_ROLE, stored.path, stored.snapshot, content, FILE_MODE, backup, (), FOLDER_MODE)


def _key_backups(world: World, plan: SetupPlan) -> tuple[Path, ...]:
    backups = plan.ground.store.backups
    return tuple(backups / name for name in world.files.names(backups) if name.startswith(_KEY_BACKUP))


def _folders_left(plan: SetupPlan, prepared: list[_Prepared]) -> tuple[Path, ...]:
    """Name the folders that we made for files that go now, innermost first."""
    state = plan.remembered.file.state
    left: list[Path] = []
    for one, ready in zip(plan.documents, prepared, strict=True):
        if ready.holding is not None or not one.removes_file or state is None:
            continue
        held = state.holding(one.document.role, str(one.document.path))
        left += [] if held is None else [Path(folder) for folder in reversed(held.created_folders)]
    return tuple(left)


def _memory(world: World, plan: SetupPlan, survey: Survey) -> Memory:
    now, earlier = world.time_text(), plan.remembered.memory
    salt = earlier.key.salt if earlier else world.token() + world.token()
    return Memory(
        installer_version=__version__,
        mimo_version=survey.met.version.text,
        audited_baseline=survey.met.audit.version,
        transport=TRANSPORT,
        provider_package=PACKAGE,
        last_durable_setup_at=now,
        key=KeyMemory(salt, survey.key.fingerprint(salt)),
        catalog=CatalogMemory(now, survey.catalog.ids),
    )
