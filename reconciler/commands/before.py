"""What a file held before us, told by the records of earlier runs where the state no longer does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from reconciler import jsonc
from reconciler.commands.ground import PROJECT_ROLE
from reconciler.commands.rules import rules
from reconciler.engine.backups import records
from reconciler.engine.claims import Claim, Container, Holding
from reconciler.engine.plan import plan_document
from reconciler.engine.problems import Stop
from reconciler.engine.values import look_up, same
from reconciler.gonkagate import entry, traces
from reconciler.mimocode.facts import SCHEMA_KEY, SCHEMA_URL, leaves_schema_alone
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.engine.backups import Record, Recorded
    from reconciler.engine.documents import Document
    from reconciler.engine.files import FileSystem
    from reconciler.engine.store import Store
    from reconciler.engine.values import Json, KeyPath


@frozen
class Before:
    """A file as it was before we first wrote into it, and the time of that."""

    document: Document
    at: str


def known_records(files: FileSystem, store: Store) -> tuple[Record, ...]:
    """Read the records of earlier runs, the newest first; none where they cannot be read."""
    try:
        return records(files, store)
    except Stop:
        return ()


def before_us(files: FileSystem, store: Store, document: Document) -> Before | None:
    """Find the last content of a file that had nothing of ours in it.

    None where no record tells of one, or where a newer copy is gone that might have been it.
    """
    for record in known_records(files, store):
        for one in record.files:
            if one.path != str(document.real) or one.role != document.role:
                continue
            earlier = _as_it_was(files, store, document, one)
            if earlier is None:
                return None
            if traces.untouched(earlier.tree.value):
                return Before(earlier, record.at)
    return None


def _as_it_was(files: FileSystem, store: Store, document: Document, one: Recorded) -> Document | None:
    """Read the copy that a run made of a file. One that was not there is empty."""
    if one.mode is None:
        return evolve(document, snapshot=None, tree=jsonc.parse(b""))
    try:
        snapshot = None if one.backup is None else files.read(store.backups / one.backup)
        tree = None if snapshot is None else jsonc.parse(snapshot.data)
    except (OSError, jsonc.JsoncError):
        return None
    return None if tree is None else evolve(document, snapshot=snapshot, tree=tree)


def held(
    files: FileSystem, store: Store, document: Document, keys: Mapping[KeyPath, Json], before: Before | None
) -> Holding:
    """Return what we hold in a document where these keys are ours.

    With the time before us known it is what a plan made of that time would have recorded; else nothing is
    given back, and the provider's object counts as ours.
    """
    try:
        known = None if before is None else _planned(files, store, document, keys, before.document)
    except Stop:
        known = None
    if known is not None:
        return known
    containers = (Container(entry.ROOT[:1]),) if entry.API_KEY in keys else ()
    claims = tuple(Claim(key, value) for key, value in keys.items())
    return Holding(document.role, str(document.path), containers=containers, claims=claims)


def _planned(
    files: FileSystem, store: Store, document: Document, keys: Mapping[KeyPath, Json], earlier: Document
) -> Holding | None:
    wanted = {**_schema(document, earlier), **keys}
    found = plan_document(earlier, wanted, None, rules(files, store, earlier, None)).holding
    if found is None or not found.created_by_us or document.role != PROJECT_ROLE:
        return found
    return evolve(found, created_folders=(str(document.path.parent),))


def _schema(document: Document, earlier: Document) -> dict[KeyPath, Json]:
    """Count `$schema` as ours where it came with us."""
    then, now = (look_up(one.tree.value, SCHEMA_KEY) for one in (earlier, document))
    return {} if leaves_schema_alone(then) or not same(now, SCHEMA_URL) else {SCHEMA_KEY: SCHEMA_URL}
