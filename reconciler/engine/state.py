"""What we remember between runs: one small file, read strictly, refused when newer than we are.

A file of an earlier version is brought to today's while it is read; the disk keeps it as it was until
the next commit. All faults of a file are told at once.

The engine understands the lineage, the serial and what is held in which document. What the program
above wants to remember besides stands in `facts`, whose fields lie at the file's top level; the
engine carries them without knowing them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from attrs import evolve, field, fields

from reconciler.engine import edges
from reconciler.engine.claims import Holding
from reconciler.engine.files import Snapshot
from reconciler.engine.migrations import migrated, strangers
from reconciler.engine.problems import Code, Place, reason, stop
from reconciler.engine.soundness import unsound
from reconciler.engine.values import Json
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.engine.files import FileSystem
    from reconciler.engine.problems import Stop
    from reconciler.engine.store import Store

SCHEMA_VERSION: Final = 2
"""The version that is written. Whoever raises it adds a migration, and samples to fixtures/states."""
SOURCE: Final = "state"
_MEND: Final = (
    "move the file away and run apply, which finds its own keys again and adopts them; "
    "or run uninstall, which takes out what is provably its own"
)


@frozen
class State:
    """The install state. `serial` rises by one with every commit, `lineage` never changes."""

    schema_version: int
    lineage: str
    serial: int
    transaction: str
    documents: tuple[Holding, ...] = ()
    facts: dict[str, Json] = field(factory=dict)

    def holding(self, role: str, path: str) -> Holding | None:
        """Return what we hold in one document."""
        return next((held for held in self.documents if (held.role, held.path) == (role, path)), None)

    def held_as(self, role: str) -> tuple[Holding, ...]:
        """Return what we hold in all documents of one role."""
        return tuple(held for held in self.documents if held.role == role)

    def next(self, transaction: str, documents: tuple[Holding, ...], facts: dict[str, Json]) -> State:
        """Return the state that a commit of this transaction leaves behind."""
        return evolve(self, serial=self.serial + 1, transaction=transaction, documents=documents, facts=facts)


@frozen
class StateFile:
    """The state as it was read: its bytes, and what they say. No bytes means nothing is installed."""

    snapshot: Snapshot | None
    state: State | None
    foreign: dict[str, Json] | None = None
    """The content of a state file that another installer wrote, where that is what stands there."""


_OWN = frozenset(attribute.name for attribute in fields(State)) - {"facts"}


def to_bytes(state: State) -> bytes:
    """Write the state file's content."""
    whole = edges.dump(evolve(state, facts={}))
    del whole["facts"]
    documents = whole.pop("documents")
    return edges.spelled({**whole, **state.facts, "documents": documents})


class FaultsOfFacts(Protocol):
    """Tells what is wrong with the facts of a state, which may hold nothing."""

    def __call__(self, facts: dict[str, Json], *, nothing_held: bool) -> Iterable[str]:
        """Tell every fault."""


def _no_faults(facts: dict[str, Json], *, nothing_held: bool) -> Iterable[str]:  # noqa: ARG001 - the protocol's shape
    return ()


def read_state(
    files: FileSystem,
    store: Store,
    *,
    foreign_marks: frozenset[str] = frozenset(),
    faults_of_facts: FaultsOfFacts = _no_faults,
) -> StateFile:
    """Read the state file.

    `foreign_marks` are field names by which a predecessor's file is told: one that has all of them and
    no schema version is handed back as `foreign`. `faults_of_facts` judges the facts, also of a state that
    holds nothing. Raises `Stop` with state_unreadable, naming every fault, or state_too_new.
    """
    try:
        snapshot = files.read(store.state)
    except OSError as error:
        what = "make it readable for you, then run again; if that cannot be done, "
        raise _unreadable(store, reason(error), what + _MEND.partition(";")[0]) from None
    if snapshot is None:
        return StateFile(None, None)
    try:
        whole = _object(edges.parse_json(snapshot.data))
        if "schema_version" not in whole and foreign_marks and foreign_marks <= whole.keys():
            return StateFile(snapshot, None, whole)
        _refuse_the_future(store, whole)
        return StateFile(snapshot, _understood(whole, faults_of_facts))
    except edges.UnreadableError as error:
        raise _unreadable(store, str(error), _MEND) from None


def _object(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise edges.UnreadableError("the root is not an object")
    return value


def _understood(whole: dict[str, Json], faults_of_facts: FaultsOfFacts) -> State:
    """Make a state of the file's content, or raise UnreadableError with all that is wrong with it."""
    today = migrated(whole)
    own = {name: value for name, value in today.items() if name in _OWN}
    facts = {name: value for name, value in today.items() if name not in _OWN}
    state, malformed = edges.loaded(State, own)
    faults = [*strangers(whole), *malformed, *unsound(today)]
    faults += faults_of_facts(facts, nothing_held=today.get("documents") == [])
    if faults or state is None:
        raise edges.UnreadableError(*faults)
    return evolve(state, facts=facts)


def _refuse_the_future(store: Store, whole: dict[str, Json]) -> None:
    version = whole.get("schema_version")
    if type(version) is int and version > SCHEMA_VERSION:
        raise stop(
            Code.STATE_TOO_NEW,
            f"the state file has version {version}; this program knows versions up to {SCHEMA_VERSION}",
            "update this program, then run again",
            source=SOURCE,
            place=Place(file=str(store.state)),
        )
    if type(version) is not int or version < 1:
        raise edges.UnreadableError(f"schema_version is {version!r}")


def _unreadable(store: Store, why: str, remedy: str) -> Stop:
    return stop(
        Code.STATE_UNREADABLE,
        f"the state file cannot be read: {why}",
        remedy,
        source=SOURCE,
        place=Place(file=str(store.state)),
    )
