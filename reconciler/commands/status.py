"""`status`: compare what we recorded with what stands on the disk and with what MiMoCode resolves.

Nothing is written. What MiMoCode makes of it is looked at last, and only where the files are as they
should be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve

from reconciler.commands import describe
from reconciler.commands.effect import Effect
from reconciler.commands.ground import KEY_ROLE, PROJECT_ROLE, USER_ROLE, stand
from reconciler.commands.health import check
from reconciler.commands.recollection import recalled
from reconciler.commands.report import FileNames, Health, Outcome, Report, stopped
from reconciler.commands.request import PROJECT, USER
from reconciler.commands.traps import Hunt
from reconciler.commands.unfinished import pending
from reconciler.commands.whereabouts import with_moved
from reconciler.engine.changes import SENSITIVE, Change
from reconciler.engine.compare import Action
from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.problems import Place, Stop, Warning_
from reconciler.engine.store import FILE_MODE
from reconciler.engine.values import ABSENT
from reconciler.gonkagate import catalog as catalogs
from reconciler.gonkagate import entry
from reconciler.gonkagate.key import is_too_open, read_stored
from reconciler.mimocode import launcher, layers, paths
from reconciler.mimocode.deciders import Chosen, Deciders
from reconciler.mimocode.facts import CARRIED_AWAY
from reconciler.records import frozen

if TYPE_CHECKING:
    from reconciler.commands.ground import Ground
    from reconciler.commands.health import Checkup
    from reconciler.commands.memory import Memory, Remembered
    from reconciler.commands.traps import Traps
    from reconciler.commands.world import World
    from reconciler.engine.claims import Holding
    from reconciler.engine.files import FileSystem
    from reconciler.engine.state import State
    from reconciler.engine.values import Json, KeyPath
    from reconciler.gonkagate.key import Key, StoredKey

_SHOWN: Final = 3


@frozen
class _Recorded:
    """What the state says is set up, and what bears on this folder."""

    state: State
    memory: Memory
    scope: str
    documents: tuple[Holding, ...]
    """All that we hold, with a project that was moved to this folder at this folder."""
    here: tuple[Holding, ...]
    """What of it decides in this folder."""

    def value(self, key: KeyPath) -> str | None:
        """Return the applied value of an activation key."""
        for held in reversed(self.here):
            for claim in held.claims:
                if claim.key == key and isinstance(claim.applied, str):
                    return claim.applied
        return None


def status(world: World, *, fast: bool, refresh: bool = False) -> Report:
    """Tell whether what was set up is still so.

    `fast` starts no `mimo`; `refresh` asks it whatever it has answered before, and the catalog too.
    """
    about = Report("status", Outcome.BLOCKED)
    files = ReadOnlyFiles()
    try:
        ground = stand(world)
        about = evolve(about, warnings=pending(files, ground.store))
        remembered, lost = recalled(world.environment, files, ground)
        if lost is not None:
            from reconciler.commands import evidence  # noqa: PLC0415 - seldom needed

            return evidence.judged(about, ground, remembered, lost)
        recorded = _recorded(files, remembered, ground)
        if recorded is None:
            return _not_installed(about, remembered, ground)
        checked = tuple(check(files, ground.store, held) for held in recorded.documents)
        about = _describe(about, ground, recorded, checked)
        if not recorded.state.held_as(USER_ROLE):
            return _remainder(about)
        _refuse_unreadable(recorded, checked)
        stored = read_stored(files, ground.key_path)
        about = evolve(about, warnings=(*about.warnings, *_deciders(world, files, ground, recorded)))
        drift = (*_key_drift(recorded, stored), *(change for one in checked for change in one.drift))
        changed = bool(drift) or any(one.problem for one in checked)
        about = _compared(evolve(about, drift=drift), _traps(world, files, ground, stored), changed=changed)
        if about.outcome is not Outcome.IN_SYNC or fast or stored.key is None:
            return about
        if refresh:
            about = evolve(about, warnings=(*about.warnings, *_catalog_news(world, recorded, stored.key)))
        effect = Effect(world, files, ground, recorded.memory, recorded.here, stored.key)
        return effect.of(about, refresh=refresh)
    except Stop as ending:
        return stopped("status", ending, about)


def _not_installed(about: Report, remembered: Remembered, ground: Ground) -> Report:
    if remembered.file.foreign is not None:
        about = evolve(about, warnings=(*about.warnings, _predecessor(ground)))
    return evolve(about, outcome=Outcome.NOT_INSTALLED, next_command=describe.BEGIN)


def _compared(about: Report, found: Traps, *, changed: bool) -> Report:
    """Judge what was found without asking MiMoCode."""
    about = evolve(about, warnings=(*about.warnings, *found.warnings))
    if changed:
        also = tuple(Warning_(one.message, one.place) for one in found.blockers)
        about = evolve(about, warnings=(*about.warnings, *also))
        return evolve(about, outcome=Outcome.DRIFTED, next_command=describe.APPLY)
    if found.blockers:
        return evolve(about, outcome=Outcome.SESSION_BLOCKED, blockers=found.blockers)
    return evolve(about, outcome=Outcome.IN_SYNC, next_command=describe.RUN_IT)


def _traps(world: World, files: FileSystem, ground: Ground, stored: StoredKey) -> Traps:
    """Look for what the present folder's files do to the key; `mimo` is not started for that."""
    raw = None if stored.key is None else stored.key.reveal()
    durable = launcher.durable(world.environment, (raw or "",))
    where = paths.expected(world.environment, ground.home)
    return Hunt(files, world.environment, durable, where, ground.store.folder, raw).traps(world.folder)


def _deciders(world: World, files: FileSystem, ground: Ground, recorded: _Recorded) -> tuple[Warning_, ...]:
    """Tell of what is the user's and decides all the same in the present folder."""
    where = paths.expected(world.environment, ground.home)
    seen = layers.discover(files, world.environment, where, world.folder)
    chosen = Chosen(entry.ROOT[1], recorded.value(entry.MODEL), recorded.value(entry.SMALL_MODEL))
    return Deciders(files, world.environment, where).found(world.folder, seen, chosen)


def _predecessor(ground: Ground) -> Warning_:
    return Warning_(
        "an earlier installer set GonkaGate up here; apply takes its set-up over",
        Place(file=str(ground.store.state)),
    )


def _recorded(files: FileSystem, remembered: Remembered, ground: Ground) -> _Recorded | None:
    state, memory = remembered.file.state, remembered.memory
    if state is None or memory is None:
        return None
    user = state.held_as(USER_ROLE)
    documents = with_moved(files, state, ground.project.config)
    project = tuple(held for held in documents if held.path == str(ground.project.config))
    if project:
        return _Recorded(state, memory, PROJECT, documents, (*user, *project))
    recorded = _Recorded(state, memory, USER, documents, user)
    return recorded if recorded.value(entry.MODEL) else evolve(recorded, scope=PROJECT)


def _refuse_unreadable(recorded: _Recorded, checked: tuple[Checkup, ...]) -> None:
    """Raise `Stop` where a file that decides here cannot be read."""
    for one in checked:
        if one.problem is not None and one.held in recorded.here:
            raise one.problem


def _remainder(about: Report) -> Report:
    """Tell of projects that were out of reach when everything else was taken out."""
    back = any(one.health is not Health.NOT_MOUNTED for one in about.projects)
    then = describe.UNINSTALL if back else describe.BEGIN
    left = Warning_("everything else was taken out; what stays in these projects is recorded still")
    return evolve(about, outcome=Outcome.NOT_INSTALLED, warnings=(*about.warnings, left), next_command=then)


def _describe(about: Report, ground: Ground, recorded: _Recorded, checked: tuple[Checkup, ...]) -> Report:
    model, small = recorded.value(entry.MODEL), recorded.value(entry.SMALL_MODEL)
    user = next((held.path for held in recorded.here if held.role == USER_ROLE), None)
    elsewhere = [one for one in checked if one.held not in recorded.here]
    warnings = [warning for one in elsewhere for warning in one.warnings]
    if recorded.documents != recorded.state.documents:
        warnings.append(Warning_("this project was moved here; the next apply records that"))
    return evolve(
        about,
        warnings=(*about.warnings, *warnings),
        projects=tuple(one.project for one in checked if one.held.role == PROJECT_ROLE),
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


def _key_drift(recorded: _Recorded, stored: StoredKey) -> tuple[Change, ...]:
    def row(
        action: Action, before: Json, after: Json, reason: str, since: str | None = None
    ) -> tuple[Change, ...]:
        file = str(stored.path)
        return (Change(action, KEY_ROLE, file, None, before, after, reason, drift=True, since=since),)

    if stored.snapshot is None:
        return row(Action.CREATE, SENSITIVE, ABSENT, "was removed outside of this program")
    memory = recorded.memory.key
    if stored.key is None or stored.key.fingerprint(memory.salt) != memory.fingerprint:
        why = "was changed outside of this program"
        return row(Action.UPDATE, SENSITIVE, SENSITIVE, why, stored.snapshot.written)
    if is_too_open(stored.snapshot.mode):
        mode, found = f"{FILE_MODE:04o}", f"{stored.snapshot.mode:04o}"
        return row(Action.REPAIR, mode, found, "others could read it")
    return ()


def _catalog_news(world: World, recorded: _Recorded, key: Key) -> tuple[Warning_, ...]:
    """Ask the gateway, and tell what its catalog has that what was applied has not, or the other way."""
    with world.told("asking GonkaGate for its models"):
        listed = entry.provider_keys(catalogs.parse(world.fetch(key), CARRIED_AWAY.__contains__))
    held = (claim for one in recorded.here if one.role == USER_ROLE for claim in one.claims)
    return catalog_news({claim.key: claim.applied for claim in held}, listed)


def catalog_news(applied: dict[KeyPath, Json], listed: dict[KeyPath, Json]) -> tuple[Warning_, ...]:
    """Compare the models that were applied with those that are listed, both as provider keys."""
    depth = len(entry.MODELS)

    def models(keys: dict[KeyPath, Json]) -> dict[str, list[tuple[KeyPath, Json]]]:
        found: dict[str, list[tuple[KeyPath, Json]]] = {}
        for key, value in keys.items():
            if key[:depth] == entry.MODELS:
                found.setdefault(key[depth], []).append((key, value))
        return found

    before, now = models(applied), models(listed)
    news = {
        "new": [one for one in now if one not in before],
        "gone": [one for one in before if one not in now],
        "changed": [one for one in now if one in before and dict(now[one]) != dict(before[one])],
    }
    told = [f"{len(some)} {what} ({_a_few(some)})" for what, some in news.items() if some]
    if not told:
        return ()
    what = (
        f"the catalog is not as it was applied: {', '.join(told)}; `{describe.PLAN}` shows what that changes"
    )
    return (Warning_(what),)


def _a_few(models: list[str]) -> str:
    more = len(models) - _SHOWN
    return ", ".join(models[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
