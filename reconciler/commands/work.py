"""From a plan to a transaction: which bytes go where, with which mode, backup and order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve

from reconciler.commands import answers
from reconciler.commands.ground import KEY_ROLE, PROJECT_ROLE
from reconciler.commands.memory import CatalogMemory, KeyMemory, Memory, as_facts, with_audits
from reconciler.commands.rules import backup_path
from reconciler.commands.whereabouts import marked
from reconciler.engine import state as states
from reconciler.engine.backups import KEYS, superfluous
from reconciler.engine.compare import Action
from reconciler.engine.state import SCHEMA_VERSION, State
from reconciler.engine.store import FILE_MODE, FOLDER_MODE
from reconciler.engine.transaction import Work, Write
from reconciler.gonkagate.facts import PACKAGE, TRANSPORT
from reconciler.gonkagate.key import Key
from reconciler.mimocode import paths
from reconciler.mimocode.habits import HABITS
from reconciler.records import frozen
from reconciler.version import __version__

if TYPE_CHECKING:
    from reconciler.commands.backups import RestorePlan, Returning
    from reconciler.commands.ground import Ground
    from reconciler.commands.memory import Remembered
    from reconciler.commands.road import SetupPlan
    from reconciler.commands.survey import Survey
    from reconciler.commands.world import World
    from reconciler.engine.claims import Holding
    from reconciler.engine.plan import DocumentPlan
    from reconciler.engine.state import StateFile
    from reconciler.engine.store import Store
    from reconciler.engine.values import Json
    from reconciler.mimocode.trust import LocalAudit

_USER_CONFIG_MODE: Final = 0o600
_PROJECT_CONFIG_MODE: Final = 0o644


@frozen
class _Prepared:
    write: Write | None
    holding: Holding | None
    folders: tuple[Path, ...]


def set_up(world: World, plan: SetupPlan, survey: Survey, identity: str | None = None) -> Work:
    """Prepare the transaction of a set-up: the key first, then the configs, then the state.

    `identity` is the transaction's name, where it has one already.
    """
    identity, salt = identity or world.token(), world.token() + world.token()
    prepared = [_document(plan, one) for one in plan.documents]
    key = _key_write(plan, identity)
    writes = (*([key] if key else []), *(one.write for one in prepared if one.write is not None))
    holdings = (*(one.holding for one in prepared if one.holding is not None), *plan.kept)
    memory = _memory(world, plan, survey, holdings)
    before = plan.remembered.file
    after = _state(world, before).next(identity, holdings, as_facts(memory))
    return Work(
        "apply",
        identity,
        salt,
        world.time_text(),
        writes,
        before.snapshot,
        states.to_bytes(after),
        state_backup=_state_backup(plan.ground.store, plan.remembered),
        retire=_old_backups(world, plan.ground.store, holdings, writes),
        retire_folders=_folders_left(plan, prepared),
        habits=HABITS,
    )


def _state(world: World, before: StateFile) -> State:
    """Return the state that is there, or the beginning of a new one."""
    return before.state or State(SCHEMA_VERSION, world.token() + world.token(), 0, "")


def _state_backup(store: Store, found: Remembered) -> Path | None:
    """Keep a state file of another installer, or a damaged one; our own is superseded, not replaced."""
    snapshot = found.file.snapshot
    if snapshot is None or (found.file.foreign is None and not found.damage):
        return None
    return store.backups / f"{snapshot.fingerprint}-{store.state.name}"


def leave(world: World, plan: SetupPlan, *, keep_key: bool) -> Work:
    """Prepare the transaction of an uninstall: the configs first, the key last."""
    identity, salt = world.token(), world.token() + world.token()
    prepared = [_document(plan, one) for one in plan.documents]
    writes = tuple(one.write for one in prepared if one.write is not None)
    if plan.key_change is not None:
        snapshot = plan.stored.snapshot
        writes = (*writes, Write(KEY_ROLE, plan.stored.path, snapshot, None, FILE_MODE))
    before = plan.remembered.file
    state = _state(world, before)
    holdings = (*(one.holding for one in prepared if one.holding is not None), *plan.kept)
    facts = state.facts if holdings else {}
    store = plan.ground.store
    retire = _old_backups(world, store, holdings, writes)
    if plan.key_change is not None or not (holdings or keep_key):
        retire = tuple(dict.fromkeys((*retire, *_key_backups(world, plan))))
    if not holdings:
        retire = (*retire, store.state)
    return Work(
        "uninstall",
        identity,
        salt,
        world.time_text(),
        writes,
        before.snapshot,
        states.to_bytes(state.next(identity, holdings, facts)),
        state_backup=_state_backup(store, plan.remembered),
        retire=retire,
        retire_folders=_folders_left(plan, prepared),
        habits=HABITS,
    )


def bring_back(world: World, ground: Ground, plan: RestorePlan) -> Work:
    """Prepare the transaction that brings files back. What we hold in them stays recorded as it is."""
    identity, store = world.token(), ground.store
    before = plan.remembered.file
    state = _state(world, before)
    after = state.next(identity, state.documents, _with_key(state, plan))
    writes = tuple(_return(store, identity, one) for one in plan.files)
    retire = _old_backups(world, store, state.documents, writes)
    return Work(
        "restore",
        identity,
        world.token() + world.token(),
        world.time_text(),
        writes,
        before.snapshot,
        states.to_bytes(after),
        retire=retire if before.state else (*retire, store.state),
        habits=HABITS,
    )


def remember(world: World, ground: Ground, remembered: Remembered, audits: tuple[LocalAudit, ...]) -> Work:
    """Prepare the transaction that records audits. What is set up stays recorded as it is."""
    before = remembered.file
    state, identity = _state(world, before), world.token()
    after = state.next(identity, state.documents, with_audits(state.facts, audits))
    return Work(
        "audit",
        identity,
        world.token() + world.token(),
        world.time_text(),
        (),
        before.snapshot,
        states.to_bytes(after),
        retire=_old_backups(world, ground.store, state.documents, ()),
        habits=HABITS,
    )


def _return(store: Store, identity: str, one: Returning) -> Write:
    role, now = one.recorded.role, one.now
    backup = None
    if now is not None:
        backup = store.backups / f"{KEYS}{identity}"
        if role != KEY_ROLE:
            backup = backup_path(store, role, Path(one.recorded.path), now.fingerprint)
    mode = FILE_MODE if one.recorded.mode is None else one.recorded.mode
    folder_mode = FOLDER_MODE if role == KEY_ROLE else 0o755
    folders = () if one.then is None else _missing_folders(one.path.parent)
    return Write(role, one.path, now, one.then, mode, backup, folders, folder_mode)


def _with_key(state: State, plan: RestorePlan) -> dict[str, Json]:
    """Remember the key that is brought back, so that it does not count as somebody's change."""
    key = next((one.then for one in plan.files if one.recorded.role == KEY_ROLE), None)
    memory = plan.remembered.memory
    if key is None or memory is None:
        return state.facts
    salt = memory.key.salt
    name = Key(key.decode(errors="replace").strip()).fingerprint(salt)
    return as_facts(evolve(memory, key=KeyMemory(salt, name)))


def _document(plan: SetupPlan, one: DocumentPlan) -> _Prepared:
    holding = None if one.holding is None else marked(one.holding)
    if not one.writes:
        return _Prepared(None, holding, ())
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
    return _Prepared(write, _with_folders(holding, folders), folders)


def _with_folders(holding: Holding | None, folders: tuple[Path, ...]) -> Holding | None:
    """Return the holding with the folders that were made for its file."""
    if holding is None:
        return None
    made = (*holding.created_folders, *(str(folder) for folder in folders))
    return evolve(holding, created_folders=tuple(dict.fromkeys(made)))


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
        backup = plan.ground.store.backups / f"{KEYS}{identity}"
    return Write(KEY_ROLE, stored.path, stored.snapshot, content, FILE_MODE, backup, (), FOLDER_MODE)


def _key_backups(world: World, plan: SetupPlan) -> tuple[Path, ...]:
    backups = plan.ground.store.backups
    return tuple(backups / name for name in world.files.names(backups) if name.startswith(KEYS))


def _old_backups(
    world: World, store: Store, holdings: tuple[Holding, ...], writes: tuple[Write, ...]
) -> tuple[Path, ...]:
    """Name the backups that go, being beyond the limit. What a prior or this very run refers to stays."""
    used = {write.backup for write in writes if write.backup is not None}
    referred = used | {
        backup_path(store, held.role, Path(held.path), claim.prior.backup)
        for held in holdings
        for claim in held.claims
        if claim.prior.backup is not None
    }
    return superfluous(world.files, store, referred)


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


def _memory(world: World, plan: SetupPlan, survey: Survey, holdings: tuple[Holding, ...]) -> Memory:
    now, earlier = world.time_text(), plan.remembered.memory
    salt = earlier.key.salt if earlier else world.token() + world.token()
    key = KeyMemory(salt, survey.key.fingerprint(salt))
    rules = paths.expected(world.environment, survey.ground.home)
    return Memory(
        installer_version=__version__,
        mimo_version=survey.met.version.text,
        audited_baseline=survey.met.trust.version,
        transport=TRANSPORT,
        provider_package=PACKAGE,
        last_durable_setup_at=now,
        key=key,
        catalog=CatalogMemory(now, survey.catalog.ids),
        audits=plan.remembered.audits,
        verified=answers.remembered(plan, survey.met, key, now, holdings, rules),
    )
