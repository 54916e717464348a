"""The middle stations, compare and plan: from a survey and a choice to everything that would change.

What comes out is a value: changes for people, edits for the transaction, and what we will remember.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve, field

from reconciler.commands import desire, whereabouts
from reconciler.commands.ground import KEY_ROLE, PROJECT_ROLE, STATE_ROLE, USER_ROLE
from reconciler.commands.obstacles import NOTHING, refuse_foreseen, refuse_obstacles
from reconciler.commands.request import PROJECT
from reconciler.commands.rules import expectations, rules
from reconciler.engine.changes import SENSITIVE, Change
from reconciler.engine.claims import Container, Holding
from reconciler.engine.compare import Action
from reconciler.engine.documents import read_document
from reconciler.engine.files import content
from reconciler.engine.plan import plan_document
from reconciler.engine.problems import Warning_
from reconciler.engine.store import FILE_MODE
from reconciler.engine.values import ABSENT, look_up
from reconciler.gonkagate import entry
from reconciler.gonkagate.facts import KEY_BINDING
from reconciler.gonkagate.key import is_too_open
from reconciler.mimocode.audit.probes import Feature
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.commands.desire import Choice
    from reconciler.commands.ground import Ground
    from reconciler.commands.memory import Remembered
    from reconciler.commands.obstacles import Foreseen
    from reconciler.commands.survey import Survey
    from reconciler.commands.world import World
    from reconciler.engine.documents import Document
    from reconciler.engine.files import FileSystem
    from reconciler.engine.plan import DocumentPlan
    from reconciler.engine.preflight import Target
    from reconciler.engine.state import State
    from reconciler.engine.values import Json, KeyPath
    from reconciler.gonkagate.key import Key, StoredKey
    from reconciler.mimocode.expectations import Expectations
    from reconciler.mimocode.trust import Trust

_KEY_WRITES: Final = (Action.CREATE, Action.UPDATE)


@frozen
class SetupPlan:
    """Everything that would change, and what it was computed from."""

    ground: Ground
    remembered: Remembered
    documents: tuple[DocumentPlan, ...]
    kept: tuple[Holding, ...]
    """What we hold elsewhere and leave alone."""
    stored: StoredKey
    key: Key | None = field(repr=False)
    """The key that should be stored; None leaves."""
    key_change: Change | None
    record_changes: tuple[Change, ...] = ()
    """What changes in the record alone."""
    leaving: bool = False
    warnings: tuple[Warning_, ...] = ()
    """What does not stop a run and should be known."""
    foreseen: Foreseen = NOTHING
    """What would decide beside what is planned."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, in the order in which they happen: the key comes first and leaves last."""
        of_documents = tuple(change for plan in self.documents for change in plan.changes)
        of_key = () if self.key_change is None else (self.key_change,)
        first, then = (of_documents, of_key) if self.leaving else (of_key, of_documents)
        return (*first, *then, *self.record_changes)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The files that would be written."""
        from reconciler.engine.preflight import Target  # noqa: PLC0415 - where something is written

        found = [
            Target(one.document.role, one.document.path, one.document.snapshot)
            for one in self.documents
            if one.writes
        ]
        if self.key_change is not None and self.key_change.action is not Action.ADOPT:
            found.append(Target(KEY_ROLE, self.stored.path, self.stored.snapshot))
        if self.changes:
            found.append(Target(STATE_ROLE, self.ground.store.state, self.remembered.file.snapshot))
        return tuple(found)

    @property
    def contents(self) -> dict[Path, bytes | None]:
        """What the files that this is about hold then, by their real paths; None for one that is not there.

        Those that are not written are in here as they were read: another run may be at work on them.
        """
        found = {one.document.real: one.outcome for one in self.documents}
        found[self.stored.path] = content(self.stored.snapshot)
        if self.key is not None and self.key_change is not None and self.key_change.action in _KEY_WRITES:
            found[self.stored.path] = self.key.reveal().encode()
        return found

    @property
    def drift(self) -> tuple[Change, ...]:
        """What was changed outside of this program."""
        found = [change for plan in self.documents for change in plan.drift]
        return (*found, *(change for change in self.record_changes if change.drift))


def plan_setup(world: World, files: FileSystem, survey: Survey, choice: Choice) -> SetupPlan:
    """Plan a set-up. Raises `Stop` with a blocker where a value is in the way."""
    ground, state = survey.ground, survey.remembered.file.state
    wanted: list[tuple[Document, Mapping[KeyPath, Json], Holding | None]] = []
    held = _holding(state, survey.user) or _taken_over(survey.user)
    wanted.append((survey.user, desire.user_keys(choice, survey.catalog, survey.user, held), held))
    held = _holding(state, survey.project)
    moved = None if held is not None else whereabouts.moved(files, state, survey.project)
    if moved is not None:
        held = whereabouts.relocated(moved, survey.project.path)
    project_keys = desire.project_keys(choice, survey.project, held)
    if project_keys or held is not None:
        wanted.append((survey.project, project_keys, held))
    here = {(document.role, str(document.path)) for document, _, _ in wanted}
    others = [one for one in (state.documents if state else ()) if (one.role, one.path) not in here]
    leaving = [one for one in others if one.role == USER_ROLE]
    gone = [one for one in others if one is not moved and whereabouts.is_gone(files, one)]
    kept = tuple(one for one in others if one not in leaving and one not in gone and one is not moved)
    wanted += [(read_document(files, one.role, Path(one.path)), {}, one) for one in leaving]
    warnings = refuse_obstacles(world, files, survey, choice.scope)
    documents = tuple(
        plan_document(document, keys, held, rules(files, ground.store, document, held, stays=True))
        for document, keys, held in wanted
    )
    plan = SetupPlan(
        ground,
        survey.remembered,
        documents,
        kept,
        survey.stored,
        survey.key,
        _key_change(survey),
        (*_moved_change(moved, survey.project), *map(whereabouts.gone_change, gone), *_facts_change(survey)),
        warnings=warnings,
    )
    if not survey.met.trust.carries(Feature.FORESIGHT):
        return evolve(plan, warnings=(*plan.warnings, _not_foreseen(survey.met.trust)))
    expected, root = expected_of(plan, survey.key), project_root(ground, choice)
    return evolve(plan, foreseen=refuse_foreseen(world, files, survey, plan.contents, expected, root))


def _not_foreseen(trust: Trust) -> Warning_:
    return Warning_(
        f"with this MiMoCode ({trust.told}) it is not foreseen what other layers decide, since they work "
        "otherwise than this program knows; MiMoCode itself is asked once everything is written"
    )


def _holding(state: State | None, document: Document) -> Holding | None:
    return None if state is None else state.holding(document.role, str(document.path))


def _taken_over(document: Document) -> Holding | None:
    """Count the object around an entry of ours that no record tells of as ours: it goes when it is empty."""
    if look_up(document.tree.value, entry.API_KEY) != KEY_BINDING:
        return None
    return Holding(document.role, str(document.path), containers=(Container(entry.ROOT[:1]),))


def _moved_change(moved: Holding | None, project: Document) -> tuple[Change, ...]:
    if moved is None:
        return ()
    file, why = str(project.path), f"this project was moved here; until now it was {moved.path}"
    return (Change(Action.ADOPT, PROJECT_ROLE, file, None, moved.path, file, why),)


def _key_change(survey: Survey) -> Change | None:
    file, stored = str(survey.stored.path), survey.stored
    if stored.snapshot is None:
        return Change(Action.CREATE, KEY_ROLE, file, None, ABSENT, SENSITIVE, "the key is not stored yet")
    if not survey.key.equals(stored.key):
        why = "the key given is another one than the stored one"
        return Change(Action.UPDATE, KEY_ROLE, file, None, SENSITIVE, SENSITIVE, why)
    memory = survey.remembered.memory
    if memory is not None and survey.key.fingerprint(memory.key.salt) != memory.key.fingerprint:
        why = "the stored key was changed outside of this program; it is taken as it is"
        return Change(Action.ADOPT, KEY_ROLE, file, None, SENSITIVE, SENSITIVE, why, drift=True)
    if is_too_open(stored.snapshot.mode):
        why = f"others could read it (mode {stored.snapshot.mode:04o})"
        return Change(
            Action.REPAIR, KEY_ROLE, file, None, f"{stored.snapshot.mode:04o}", f"{FILE_MODE:04o}", why
        )
    return None


def _facts_change(survey: Survey) -> tuple[Change, ...]:
    memory, version = survey.remembered.memory, survey.met.version.text
    if memory is None or memory.mimo_version == version:
        return ()
    state, before = str(survey.ground.store.state), memory.mimo_version
    why = "MiMoCode was updated since the last set-up"
    return (Change(Action.UPDATE, STATE_ROLE, state, ("mimo_version",), before, version, why),)


def expected_of(plan: SetupPlan, key: Key) -> Expectations:
    """Tell what MiMoCode must resolve once a plan is carried out."""
    holdings = [one.holding for one in plan.documents if one.holding is not None]
    values = [(claim.key, claim.applied) for held in holdings for claim in held.claims]
    return expectations(values, key, (Path(held.path) for held in holdings), plan.stored.path)


def project_root(plan_ground: Ground, choice: Choice) -> Path | None:
    """Return where to ask MiMoCode: the project's root in project scope, else nowhere in particular."""
    return plan_ground.project.root if choice.scope == PROJECT else None
