"""The first station: look at everything a plan depends on, and change nothing.

Steps that do not wait for each other run side by side: MiMoCode's version, its paths, and the catalog.
On a home without MiMoCode's database its first launch runs alone.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from reconciler.commands.acquaintance import Meeting, Met
from reconciler.commands.key_intake import ask_key, given_key
from reconciler.commands.memory import Remembered, recall
from reconciler.commands.tasks import Task
from reconciler.commands.world import Stage
from reconciler.engine.documents import Document, read_document
from reconciler.engine.files import Kind
from reconciler.engine.problems import Place, stop
from reconciler.engine.store import Store
from reconciler.gonkagate import catalog as catalogs
from reconciler.gonkagate import facts as gonkagate
from reconciler.gonkagate import key as keys
from reconciler.gonkagate.catalog import Catalog
from reconciler.gonkagate.entry import remembered_catalog
from reconciler.gonkagate.key import Key, StoredKey
from reconciler.mimocode import launcher, paths, projects
from reconciler.mimocode.facts import CARRIED_AWAY, Code
from reconciler.mimocode.home import usable_home
from reconciler.mimocode.launcher import Launcher
from reconciler.mimocode.projects import Project

if TYPE_CHECKING:
    from reconciler.commands.request import PlanOptions
    from reconciler.commands.world import World
    from reconciler.engine.files import FileSystem
    from reconciler.mimocode.paths import Paths

USER_ROLE = "user_config"
PROJECT_ROLE = "project_config"


@frozen
class Ground:
    """Where a run takes place, known before anything is started."""

    home: Path
    store: Store
    key_path: Path
    project: Project


def stand(world: World) -> Ground:
    """Find the home and what follows from it. Raises `Stop` with home_unusable."""
    home = usable_home(world.environment)
    store = store_in(home)
    return Ground(home, store, store.folder / gonkagate.KEY_NAME, projects.find(world.folder, home))


def store_in(home: Path) -> Store:
    """Name our own folder of a home."""
    return Store(home.joinpath(*gonkagate.KEY_FOLDER))


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


def look(world: World, files: FileSystem, options: PlanOptions) -> Survey:
    """Look at everything. Raises `Stop` at the first thing that makes a plan impossible."""
    ground = stand(world)
    remembered = recall(files, ground.store)
    stored = keys.read_stored(files, ground.key_path)
    starter = Launcher(launcher.find(world.environment))
    given = given_key(world, stored, unattended=options.unattended)
    secrets = tuple(key.reveal() for key in (given.key, stored.key) if key is not None)
    fetch = partial(_catalog, world, remembered, offline=options.offline)
    try:
        with world.told("asking MiMoCode for its version and paths, GonkaGate for its models"):
            meet = Meeting(world, ground.home, starter, secrets, remembered.audits).held
            meeting = Task(partial(meet, remembered.memory))
            early = None if given.key is None else Task(partial(fetch, given.key))
            met = meeting.result()
            world.progress.reached(Stage.MIMO, _about(met))
            accepted = given.tried(world, early)
        typed = accepted is None
        accepted = accepted or ask_key(world, fetch, given.why)
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
    accepted = ask_key(world, partial(_catalog, world, survey.remembered), None)
    stored = survey.stored.key
    was_given = stored is None or not accepted.key.equals(stored)
    return evolve(survey, key=accepted.key, catalog=accepted.catalog, key_was_given=was_given)


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


def check_auth(files: FileSystem, where: Paths) -> None:
    """Refuse a credential file of MiMoCode's that it could not read itself: it would not start."""
    if files.kind(where.auth) is Kind.ABSENT:
        return
    try:
        snapshot = files.read(where.auth)
        readable = snapshot is not None and isinstance(json.loads(snapshot.data), dict | list)
    except (OSError, ValueError, RecursionError):
        readable = False
    if not readable:
        raise stop(
            Code.MIMO_AUTH_UNREADABLE,
            "MiMoCode cannot read its own credential file, so it would not start",
            "mend the file or move it away, then run again",
            source="mimo",
            place=Place(file=str(where.auth)),
        )
