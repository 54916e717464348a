"""The first station: look at everything a plan depends on, and change nothing.

Steps that do not wait for each other run side by side: MiMoCode's version, its paths, and the catalog.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve

from reconciler.commands.acquaintance import Meeting
from reconciler.commands.ground import PROJECT_ROLE, USER_ROLE, check_auth, stand
from reconciler.commands.key_intake import given_key
from reconciler.commands.memory import recall
from reconciler.commands.tasks import Task
from reconciler.commands.world import Stage
from reconciler.engine.documents import read_document
from reconciler.engine.problems import stop
from reconciler.gonkagate import catalog as catalogs
from reconciler.gonkagate import facts as gonkagate
from reconciler.gonkagate import key as keys
from reconciler.gonkagate.entry import remembered_catalog
from reconciler.mimocode import launcher, paths
from reconciler.mimocode.facts import CARRIED_AWAY
from reconciler.mimocode.launcher import Launcher
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.commands.acquaintance import Met
    from reconciler.commands.ground import Ground
    from reconciler.commands.key_intake import Accepted
    from reconciler.commands.memory import Remembered
    from reconciler.commands.request import PlanOptions
    from reconciler.commands.world import World
    from reconciler.engine.documents import Document
    from reconciler.engine.files import FileSystem
    from reconciler.engine.problems import Stop
    from reconciler.gonkagate.catalog import Catalog
    from reconciler.gonkagate.key import Key, StoredKey


@frozen
class Survey:
    """Everything a plan depends on."""

    ground: Ground
    remembered: Remembered
    key: Key
    stored: StoredKey
    catalog: Catalog
    met: Met
    user: Document
    project: Document
    key_was_given: bool = True
    """Whether the key was handed to this run, rather than found stored."""
    key_was_typed: bool = False
    """Whether a person was asked for the key."""


def look(
    world: World,
    files: FileSystem,
    options: PlanOptions,
    *,
    confirming: bool = True,
    meanwhile: Callable[[], None] = lambda: None,
) -> Survey:
    """Look at everything. Raises `Stop` at the first thing that makes a plan impossible.

    `confirming` has MiMoCode say where it keeps its things even where its contents tell, beside what follows:
    a launch may still run then. `meanwhile` is done while MiMoCode and the gateway are asked.
    """
    ground = stand(world)
    remembered = recall(files, ground.store)
    stored = keys.read_stored(files, ground.key_path)
    starter = Launcher(launcher.find(world.environment))
    given = given_key(world, stored, unattended=options.unattended)
    secrets = tuple(key.reveal() for key in (given.key, stored.key) if key is not None)
    fetch = partial(_catalog, world, remembered, offline=options.offline)
    try:
        with world.told("asking MiMoCode for its version and paths, GonkaGate for its models"):
            meet = Meeting(
                world, ground.home, starter, secrets, remembered.audits, confirming=confirming
            ).held
            meeting = Task(partial(meet, remembered.memory))
            early = None if given.key is None else Task(partial(fetch, given.key))
            meanwhile()
            met = meeting.result()
            world.progress.reached(Stage.MIMO, _about(met))
            accepted = given.tried(world, early)
        typed = accepted is None
        accepted = accepted or _ask_key(world, fetch, given.why)
    except BaseException:
        starter.stop_all()
        raise
    check_auth(files, met.paths)
    user = read_document(files, USER_ROLE, paths.user_config(files, met.paths.config))
    project = read_document(files, PROJECT_ROLE, ground.project.config)
    was_given = stored.key is None or not accepted.key.equals(stored.key)
    return Survey(
        ground, remembered, accepted.key, stored, accepted.catalog, met, user, project, was_given, typed
    )


def look_with_another_key(world: World, survey: Survey) -> Survey:
    """Ask for the key once more, and for the catalog with it; the rest of the survey stays."""
    accepted = _ask_key(world, partial(_catalog, world, survey.remembered), None)
    stored = survey.stored.key
    was_given = stored is None or not accepted.key.equals(stored)
    return evolve(survey, key=accepted.key, catalog=accepted.catalog, key_was_given=was_given)


def _ask_key(world: World, fetch: Callable[[Key], Catalog], why: Stop | None) -> Accepted:
    from reconciler.commands.key_prompt import ask_key  # noqa: PLC0415 - where there is none, or a wrong one

    return ask_key(world, fetch, why)


def _about(met: Met) -> str:
    told = met.trust.told
    return met.version.text if told is None else f"{met.version.text} ({told})"


def look_again(files: FileSystem, survey: Survey) -> Survey:
    """Read once more what may have changed on the disk; what `mimo` and the gateway said stays."""
    store = survey.ground.store
    stored = keys.read_stored(files, survey.ground.key_path)
    return evolve(
        survey,
        remembered=recall(files, store),
        stored=stored,
        key=survey.key if survey.key_was_given or stored.key is None else stored.key,
        user=read_document(files, USER_ROLE, survey.user.path),
        project=read_document(files, PROJECT_ROLE, survey.project.path),
    )


def _catalog(world: World, remembered: Remembered, key: Key, *, offline: bool = False) -> Catalog:
    if not offline:
        return catalogs.parse(world.fetch(key), CARRIED_AWAY.__contains__)
    state = remembered.file.state
    held = () if state is None else state.held_as(USER_ROLE)
    catalog = remembered_catalog({claim.key: claim.applied for one in held for claim in one.claims})
    if not catalog.models:
        raise stop(
            gonkagate.Code.CATALOG_UNREACHABLE,
            "no catalog is remembered yet, so nothing can be planned offline",
            "run again without --offline",
            source="catalog",
        )
    return catalog
