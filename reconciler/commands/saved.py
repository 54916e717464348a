"""A plan that was saved, as a value: what it was made from, what it would do, and what of that has moved.

It holds no secret: contents and the key stand in it by hashes keyed with a salt of its own, and what is
sensitive, or only looks like a key, is masked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler.commands.desire import Choice
from reconciler.commands.ground import KEY_ROLE, STATE_ROLE
from reconciler.engine.changes import SENSITIVE
from reconciler.engine.compare import Action
from reconciler.engine.files import content
from reconciler.engine.journal import keyed_name
from reconciler.engine.values import ABSENT, Json, KeyPath
from reconciler.gonkagate.key import PREFIX
from reconciler.records import frozen
from reconciler.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.commands.plan import Planned
    from reconciler.commands.road import SetupPlan
    from reconciler.commands.survey import Survey
    from reconciler.commands.world import World
    from reconciler.engine.changes import Change
    from reconciler.engine.files import Snapshot

FORMAT: Final = 1
KIND: Final = "mimo-code-setup plan"


@frozen
class Where:
    """Where a plan takes place."""

    home: str
    project: str
    in_git: bool


@frozen
class Mimo:
    """The MiMoCode that a plan was made for."""

    executable: str
    version: str
    config: str
    """The folder of its user-level configuration."""


@frozen
class StateName:
    """Which state a plan was made from."""

    lineage: str
    serial: int
    transaction: str


@frozen
class Seen:
    """One file that a plan was made from. A content of None is a file that is not there."""

    role: str
    path: str
    real: str
    content: str | None
    mode: int | None
    planned: str | None
    """The content that the file is to hold; the present one where it is not written."""


@frozen
class Row:
    """One change, as it was shown."""

    action: str
    resource: str
    file: str
    key: KeyPath | None
    before: Json
    after: Json
    reason: str = field(eq=False)


@frozen
class Basis:
    """Everything that must be the same for a plan to be carried out."""

    where: Where
    choice: Choice
    mimo: Mimo
    state: StateName | None
    key: str
    files: tuple[Seen, ...]
    changes: tuple[Row, ...]


@frozen
class SavedPlan:
    """A plan as it stands in a file. `transaction` is the one that carries it out."""

    kind: str
    format: int
    program: str
    made_at: str
    transaction: str
    salt: str
    folder: str
    basis: Basis


def save_form(world: World, planned: Planned) -> SavedPlan:
    """Spell a plan for keeping."""
    salt = world.token() + world.token()
    return SavedPlan(
        KIND,
        FORMAT,
        __version__,
        world.time_text(),
        world.token(),
        salt,
        str(world.folder.resolve()),
        basis_of(planned, salt),
    )


def basis_of(planned: Planned, salt: str) -> Basis:
    """Name everything that a plan was made from and would do."""
    survey, plan = planned.survey, planned.plan
    ground, met, state = survey.ground, survey.met, survey.remembered.file.state
    return Basis(
        Where(str(ground.home), str(ground.project.root), ground.project.in_git),
        planned.choice,
        Mimo(str(met.launcher.executable), met.version.text, str(met.paths.config)),
        None if state is None else StateName(state.lineage, state.serial, state.transaction),
        survey.key.fingerprint(salt),
        tuple(_files(survey, plan, salt)),
        tuple(_row(change) for change in plan.changes),
    )


def _files(survey: Survey, plan: SetupPlan, salt: str) -> list[Seen]:
    """Name the files: our own two, the configs that were read, the configs that are left."""

    def seen(role: str, path: Path, real: Path, snapshot: Snapshot | None, planned: bytes | None) -> Seen:
        mode = None if snapshot is None else snapshot.mode
        names = keyed_name(salt, content(snapshot)), keyed_name(salt, planned)
        return Seen(role, str(path), str(real), names[0], mode, names[1])

    stored, state = survey.stored, survey.remembered.file.snapshot
    state_path = survey.ground.store.state
    new_key = plan.key is not None and plan.key_change is not None and plan.key_change.action in _STORES
    key = plan.key.reveal().encode() if plan.key is not None and new_key else content(stored.snapshot)
    found = [
        seen(STATE_ROLE, state_path, state_path, state, content(state)),
        seen(KEY_ROLE, stored.path, stored.path, stored.snapshot, key),
    ]
    edited = {one.document.path: one.content() for one in plan.documents if one.writes}
    documents = (survey.user, survey.project, *(one.document for one in plan.documents))
    for one in {one.path: one for one in documents}.values():
        after = edited.get(one.path, content(one.snapshot))
        found.append(seen(one.role, one.path, one.real, one.snapshot, after))
    return found


_STORES: Final = frozenset({Action.CREATE, Action.UPDATE})


def _row(change: Change) -> Row:
    before, after = _shown(change.before), _shown(change.after)
    return Row(change.action.value, change.resource, change.file, change.key, before, after, change.reason)


def _shown(value: Json) -> Json:
    """Spell a value as reports do, without anything that could be a key."""
    if value is ABSENT:
        return None
    return SENSITIVE if PREFIX in json.dumps(value, ensure_ascii=False) else value
