"""What we remember of a set-up beside the claims: versions, the key's fingerprint, the catalog.

These are the state's facts, read strictly and written through cattrs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.engine import edges
from reconciler.engine.problems import Blocker, Code, Stop
from reconciler.engine.soundness import is_hash, twice
from reconciler.engine.state import StateFile, read_state
from reconciler.mimocode import trust
from reconciler.mimocode.reliance import Input
from reconciler.mimocode.trust import LocalAudit
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.engine.files import FileSystem
    from reconciler.engine.store import Store
    from reconciler.engine.values import Json

PREDECESSOR_MARKS: Final = frozenset({"globalConfigTarget", "scope", "selectedModelKey", "installerVersion"})
"""Fields by which the state file of the npm installer that came before is told."""
AUDITS: Final = "audits"


@frozen
class KeyMemory:
    """The key's name: a hash keyed with its own random salt."""

    salt: str
    fingerprint: str


@frozen
class CatalogMemory:
    """Which models the catalog listed when it was last applied."""

    fetched_at: str
    models: tuple[str, ...]


@frozen
class Verified:
    """When MiMoCode itself confirmed a set-up, and what its answer depended on."""

    root: str
    """The project's root in project scope; empty for the user scope."""
    at: str
    inputs: tuple[Input, ...]
    """The fingerprints are keyed with the key's salt."""


@frozen
class Memory:
    """The facts of the last set-up that was verified."""

    installer_version: str
    mimo_version: str
    audited_baseline: str
    transport: str
    provider_package: str
    last_durable_setup_at: str
    key: KeyMemory
    catalog: CatalogMemory
    audits: tuple[LocalAudit, ...] = ()
    """Which `mimo` were audited on this machine."""
    verified: tuple[Verified, ...] = ()

    def verified_at(self, root: Path | None) -> Verified | None:
        """Return what MiMoCode confirmed last for a project's root, or for the user scope."""
        return next((one for one in self.verified if one.root == root_name(root)), None)


def root_name(root: Path | None) -> str:
    """Spell a project's root; nothing for the user scope."""
    return "" if root is None else str(root)


@frozen
class _Standing:
    """What is remembered where nothing is set up."""

    audits: tuple[LocalAudit, ...] = ()


@frozen
class Remembered:
    """The state file with its facts understood."""

    file: StateFile
    memory: Memory | None
    damage: tuple[Blocker, ...] = ()
    """What keeps the file from being understood, where somebody asked for what is left all the same."""
    audits: tuple[LocalAudit, ...] = ()
    """Which `mimo` were audited on this machine."""

    @property
    def installed(self) -> bool:
        """Whether we hold anything anywhere."""
        return self.file.state is not None and bool(self.file.state.documents)


def recall(files: FileSystem, store: Store) -> Remembered:
    """Read the state. Raises `Stop` with state_unreadable or state_too_new."""
    found = read_state(files, store, foreign_marks=PREDECESSOR_MARKS, faults_of_facts=_faults)
    if found.state is None:
        return Remembered(found, None)
    if not found.state.documents:
        return Remembered(found, None, audits=edges.load(_Standing, _standing(found.state.facts)).audits)
    memory = edges.load(Memory, found.state.facts)
    return Remembered(found, memory, audits=memory.audits)


def recall_what_is_left(files: FileSystem, store: Store) -> Remembered:
    """Read the state; one that cannot be understood is handed back with its damage.

    Without a snapshot its bytes cannot be had either. Raises `Stop` with state_too_new.
    """
    try:
        return recall(files, store)
    except Stop as ending:
        if any(blocker.code != Code.STATE_UNREADABLE for blocker in ending.blockers):
            raise
        damage = ending.blockers
    try:
        return Remembered(StateFile(files.read(store.state), None), None, damage)
    except OSError:
        return Remembered(StateFile(None, None), None, damage)


def _standing(facts: dict[str, Json]) -> dict[str, Json]:
    """Take out of the facts what counts where nothing is set up."""
    return {name: value for name, value in facts.items() if name == AUDITS}


def _faults(facts: dict[str, Json], *, nothing_held: bool) -> Iterator[str]:
    """Tell every fault of the facts."""
    yield from trust.unsound(facts.get(AUDITS))
    if nothing_held:
        yield from edges.faults_of(_Standing, _standing(facts))
        return
    yield from edges.faults_of(Memory, facts)
    key, catalog = facts.get("key"), facts.get("catalog")
    fingerprint = key.get("fingerprint") if isinstance(key, dict) else None
    if isinstance(fingerprint, str) and not is_hash(fingerprint):
        yield "key.fingerprint is no hash"
    yield from twice("catalog.models", catalog.get("models") if isinstance(catalog, dict) else None)


def with_audits(facts: dict[str, Json], audits: tuple[LocalAudit, ...]) -> dict[str, Json]:
    """Spell the facts for the state file with other audits in them, the rest as it was."""
    spelled: Json = [edges.dump(one) for one in audits]
    return {**facts, AUDITS: spelled}


def as_facts(memory: Memory) -> dict[str, Json]:
    """Spell the facts for the state file. What came later is left out where there is nothing of it."""
    facts: dict[str, Json] = edges.dump(memory)
    return {name: value for name, value in facts.items() if name != "verified" or value}
