"""What we remember of a set-up beside the claims: versions, the key's fingerprint, the catalog.

These are the state's facts, read strictly and written through cattrs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from reconciler.engine import edges
from reconciler.engine.problems import Code, Place, stop
from reconciler.engine.state import SOURCE, StateFile, read_state

if TYPE_CHECKING:
    from reconciler.engine.files import FileSystem
    from reconciler.engine.store import Store
    from reconciler.engine.values import Json

PREDECESSOR_MARKS: Final = frozenset({"globalConfigTarget", "scope", "selectedModelKey", "installerVersion"})
"""Fields by which the state file of the npm installer that came before is told."""


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
    audits: tuple[str, ...] = ()


@frozen
class Remembered:
    """The state file with its facts understood."""

    file: StateFile
    memory: Memory | None

    @property
    def installed(self) -> bool:
        """Whether we hold anything anywhere."""
        return self.file.state is not None and bool(self.file.state.documents)


def recall(files: FileSystem, store: Store) -> Remembered:
    """Read the state. Raises `Stop` with state_unreadable or state_too_new."""
    found = read_state(files, store, foreign_marks=PREDECESSOR_MARKS)
    if found.state is None or not found.state.documents:
        return Remembered(found, None)
    try:
        return Remembered(found, edges.load(Memory, found.state.facts))
    except edges.UnreadableError as error:
        raise stop(
            Code.STATE_UNREADABLE,
            f"the state file cannot be read: {error}",
            "move the file away and run apply: it finds its own keys again and adopts them",
            source=SOURCE,
            place=Place(file=str(store.state)),
        ) from None


def as_facts(memory: Memory) -> dict[str, Json]:
    """Spell the facts for the state file."""
    facts: dict[str, Json] = edges.dump(memory)
    return facts
