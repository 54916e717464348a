"""The first station: look at everything a plan depends on, and change nothing.

Steps that do not wait for each other run side by side: MiMoCode's version, its paths, and the catalog.
On a home without MiMoCode's database its first launch runs alone.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from reconciler.commands.acquaintance import Meeting
from reconciler.commands.ground import PROJECT_ROLE, USER_ROLE, check_auth, stand
from reconciler.commands.memory import recall
from reconciler.commands.tasks import Task
from reconciler.engine.documents import read_document
from reconciler.engine.problems import stop
from reconciler.gonkagate import catalog as catalogs
from reconciler.gonkagate import facts as gonkagate
from reconciler.gonkagate import key as keys
from reconciler.gonkagate.entry import remembered_catalog
from reconciler.mimocode import launcher, paths
from reconciler.mimocode.facts import CARRIED_AWAY
from reconciler.mimocode.launcher import Launcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.commands.acquaintance import Met
    from reconciler.commands.ground import Ground
    from reconciler.commands.memory import Remembered
    from reconciler.commands.world import World
    from reconciler.engine.documents import Document
    from reconciler.engine.files import FileSystem
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


def look(
    world: World,
    files: FileSystem,
    *,
    offline: bool = False,
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
    given = _key_without_asking(world, stored)
    secrets = tuple(key.reveal() for key in (given, stored.key) if key is not None)
    try:
        with world.told("asking MiMoCode for its version and paths, GonkaGate for its models"):
            meet = Meeting(
                world, ground.home, starter, secrets, remembered.audits, confirming=confirming
            ).held
            meeting = Task(partial(meet, remembered.memory))
            early = None if given is None else Task(partial(_catalog, world, remembered, given, offline))
            meanwhile()
            met = meeting.result()
            catalog = None if early is None else early.result()
        key = given or keys.intake(stream=None, environment={}, stored=stored, ask=world.dialogue.ask_key)
        if catalog is None:
            with world.told("asking GonkaGate for its models"):
                catalog = _catalog(world, remembered, key, offline)
    except BaseException:
        starter.stop_all()
        raise
    check_auth(files, met.paths)
    user = read_document(files, USER_ROLE, paths.user_config(files, met.paths.config))
    project = read_document(files, PROJECT_ROLE, ground.project.config)
    was_given = stored.key is None or not key.equals(stored.key)
    return Survey(ground, remembered, key, stored, catalog, met, user, project, was_given)


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


def _key_without_asking(world: World, stored: StoredKey) -> Key | None:
    """Take the key from where nobody need be asked; None when only the prompt is left."""
    given = world.stdin is not None or world.environment.get(gonkagate.KEY_VARIABLE)
    if not given and stored.snapshot is None:
        return None
    return keys.intake(stream=world.stdin, environment=world.environment, stored=stored, ask=lambda: None)


def _catalog(world: World, remembered: Remembered, key: Key, offline: bool) -> Catalog:  # noqa: FBT001
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
