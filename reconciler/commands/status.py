"""`status`: compare what we recorded with what stands on the disk and with what MiMoCode resolves.

Nothing is written. MiMoCode is asked only when every file it would load already carries a `$schema` that
it leaves alone; else our model of its layers is relied on, and the report says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from reconciler.commands import describe
from reconciler.commands.lifecycle import pending
from reconciler.commands.memory import Memory, recall
from reconciler.commands.report import FileNames, Outcome, Report, stopped
from reconciler.commands.request import PROJECT, USER
from reconciler.commands.road import KEY_ROLE, expectations, rules
from reconciler.commands.survey import PROJECT_ROLE, USER_ROLE, meet, stand
from reconciler.commands.traps import Hunt
from reconciler.engine.claims import Holding
from reconciler.engine.compare import Action
from reconciler.engine.documents import read_document
from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.plan import SENSITIVE, Change, plan_document
from reconciler.engine.problems import Place, Stop, Warning_
from reconciler.engine.state import State
from reconciler.engine.store import FILE_MODE
from reconciler.engine.values import ABSENT
from reconciler.gonkagate import entry
from reconciler.gonkagate.key import is_too_open, read_stored
from reconciler.mimocode import launcher, layers, paths
from reconciler.mimocode.verification import Asker

if TYPE_CHECKING:
    from reconciler.commands.memory import Remembered
    from reconciler.commands.survey import Ground, Met
    from reconciler.commands.traps import Traps
    from reconciler.commands.world import World
    from reconciler.engine.files import FileSystem
    from reconciler.engine.values import Json, KeyPath
    from reconciler.gonkagate.key import Key, StoredKey


@frozen
class _Recorded:
    """What the state says is set up, and what bears on this folder."""

    state: State
    memory: Memory
    scope: str
    here: tuple[Holding, ...]
    """What we hold that decides in this folder."""

    def value(self, key: KeyPath) -> str | None:
        """Return the applied value of an activation key."""
        for held in reversed(self.here):
            for claim in held.claims:
                if claim.key == key and isinstance(claim.applied, str):
                    return claim.applied
        return None


def status(world: World, *, fast: bool) -> Report:
    """Tell whether what was set up is still so. `fast` starts no `mimo`."""
    about = Report("status", Outcome.BLOCKED)
    files = ReadOnlyFiles()
    try:
        ground = stand(world)
        remembered = recall(files, ground.store)
        about = evolve(about, warnings=pending(files, ground.store))
        recorded = _recorded(remembered, ground)
        if recorded is None:
            if remembered.file.foreign is not None:
                about = evolve(about, warnings=(*about.warnings, _predecessor(ground)))
            return evolve(about, outcome=Outcome.NOT_INSTALLED, next_command=describe.BEGIN)
        about = _describe(about, ground, recorded)
        stored = read_stored(files, ground.key_path)
        drift = (*_key_drift(recorded, stored), *_document_drift(files, ground, recorded))
        found = _traps(world, files, ground, stored)
        about = evolve(about, warnings=(*about.warnings, *found.warnings))
        if drift:
            also = tuple(Warning_(one.message, one.place) for one in found.blockers)
            about = evolve(about, warnings=(*about.warnings, *also))
            return evolve(about, outcome=Outcome.DRIFTED, drift=drift, next_command=describe.APPLY)
        if found.blockers:
            return evolve(about, outcome=Outcome.SESSION_BLOCKED, blockers=found.blockers)
        about = evolve(about, outcome=Outcome.IN_SYNC, next_command=describe.RUN_IT)
        if fast or stored.key is None:
            return about
        return _effect(world, files, ground, recorded, stored.key, about)
    except Stop as ending:
        return stopped("status", ending, about)


def _traps(world: World, files: FileSystem, ground: Ground, stored: StoredKey) -> Traps:
    """Look for what the present folder's files do to the key; `mimo` is not started for that."""
    raw = None if stored.key is None else stored.key.reveal()
    durable = launcher.durable(world.environment, (raw or "",))
    where = paths.expected(world.environment, ground.home)
    return Hunt(files, world.environment, durable, where, ground.store.folder, raw).traps(world.folder)


def _predecessor(ground: Ground) -> Warning_:
    return Warning_(
        "an earlier installer set GonkaGate up here; apply takes its set-up over",
        Place(file=str(ground.store.state)),
    )


def _recorded(remembered: Remembered, ground: Ground) -> _Recorded | None:
    state, memory = remembered.file.state, remembered.memory
    if state is None or memory is None:
        return None
    user = state.held_as(USER_ROLE)
    project = state.holding(PROJECT_ROLE, str(ground.project.config))
    if project is not None:
        return _Recorded(state, memory, PROJECT, (*user, project))
    recorded = _Recorded(state, memory, USER, user)
    return recorded if recorded.value(entry.MODEL) else evolve(recorded, scope=PROJECT)


def _describe(about: Report, ground: Ground, recorded: _Recorded) -> Report:
    model, small = recorded.value(entry.MODEL), recorded.value(entry.SMALL_MODEL)
    user = next((held.path for held in recorded.here if held.role == USER_ROLE), None)
    elsewhere = tuple(
        Warning_("GonkaGate's model is the default in this project", Place(file=held.path))
        for held in recorded.state.held_as(PROJECT_ROLE)
        if held not in recorded.here
    )
    return evolve(
        about,
        warnings=(*about.warnings, *elsewhere),
        scope=recorded.scope,
        model=entry.model_of(model) if model else None,
        model_ref=model,
        small_model_ref=small,
        files=FileNames(
            user_config=user,
            project_config=next((held.path for held in recorded.here if held.role == PROJECT_ROLE), None),
            key_file=str(ground.key_path),
            state=str(ground.store.state),
        ),
    )


def _document_drift(files: FileSystem, ground: Ground, recorded: _Recorded) -> tuple[Change, ...]:
    """Compare every claim in every document we hold, with what was applied as the desire."""
    drift: list[Change] = []
    for held in recorded.state.documents:
        document = read_document(files, held.role, Path(held.path))
        applied: dict[KeyPath, Json] = {claim.key: claim.applied for claim in held.claims}
        plan = plan_document(document, applied, held, rules(files, ground.store, document, held))
        drift.extend(plan.drift)
    return tuple(drift)


def _key_drift(recorded: _Recorded, stored: StoredKey) -> tuple[Change, ...]:
    def row(action: Action, before: Json, after: Json, reason: str) -> tuple[Change, ...]:
        return (Change(action, KEY_ROLE, str(stored.path), None, before, after, reason, drift=True),)

    if stored.snapshot is None:
        return row(Action.CREATE, SENSITIVE, ABSENT, "was removed outside of this program")
    memory = recorded.memory.key
    if stored.key is None or stored.key.fingerprint(memory.salt) != memory.fingerprint:
        return row(Action.UPDATE, SENSITIVE, SENSITIVE, "was changed outside of this program")
    if is_too_open(stored.snapshot.mode):
        mode, found = f"{FILE_MODE:04o}", f"{stored.snapshot.mode:04o}"
        return row(Action.REPAIR, mode, found, "others could read it")
    return ()


def _effect(
    world: World, files: FileSystem, ground: Ground, recorded: _Recorded, key: Key, about: Report
) -> Report:
    """Ask MiMoCode what comes of it, where asking changes nothing of the user's."""
    met = meet(world, ground, (key.reveal(),))
    about = evolve(about, target=describe.target(met))
    values = [(claim.key, claim.applied) for held in recorded.here for claim in held.claims]
    expected = expectations(values, key, (Path(held.path) for held in recorded.here))
    asker = Asker(met.launcher, files, world.environment, met.paths)
    in_project = any(held.role == PROJECT_ROLE for held in recorded.here)
    root = ground.project.root if in_project else None
    rewritten = _would_rewrite(world, files, met, root, key)
    if rewritten is not None:
        return evolve(about, warnings=(*about.warnings, rewritten))
    with world.told("asking MiMoCode what it resolves"):
        result = asker.durable(expected, root)
        session = asker.session(expected, world.folder) if not result.blockers else None
    about = describe.checked(about, result, session)
    if result.blockers:
        return evolve(about, outcome=Outcome.BLOCKED, blockers=result.blockers, next_command=None)
    if session is not None and session.blockers:
        return evolve(about, outcome=Outcome.SESSION_BLOCKED, blockers=session.blockers, next_command=None)
    return about


def _would_rewrite(world: World, files: FileSystem, met: Met, root: Path | None, key: Key) -> Warning_ | None:
    """Tell why MiMoCode is not asked: a file that it would rewrite."""
    environment = launcher.durable(world.environment, (key.reveal(),))
    folder = root or met.paths.config
    for layer in layers.discover(files, environment, met.paths, folder):
        if layer.would_be_rewritten and (root is not None or layer.counts_everywhere):
            return Warning_(
                "MiMoCode was not asked, since it would write its $schema into this file; "
                "what is recorded was compared with the files alone",
                layer.place(),
            )
    return None
