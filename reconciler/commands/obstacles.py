"""What stands in the way of a set-up and can be seen beforehand in files that we do not edit.

A layer that MiMoCode could not read would keep it from starting at all; a file of the project could give
the key away or send it elsewhere; a layer above ours could decide something else than what is planned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.commands.request import PROJECT
from reconciler.commands.traps import Hunt
from reconciler.engine.documents import read_document
from reconciler.engine.foresight import Planned
from reconciler.engine.problems import Place, Stop, Warning_
from reconciler.mimocode import launcher, layers, reliance
from reconciler.mimocode.deciders import Chosen, Deciders, last_used
from reconciler.mimocode.outlook import Outlook, as_warning
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.commands.request import Scope
    from reconciler.commands.survey import Survey
    from reconciler.commands.world import World
    from reconciler.engine.documents import Document
    from reconciler.engine.files import FileSystem
    from reconciler.mimocode.expectations import Expectations
    from reconciler.mimocode.layers import Layer
    from reconciler.mimocode.reliance import Scene


def refuse_obstacles(world: World, files: FileSystem, survey: Survey, scope: Scope) -> tuple[Warning_, ...]:
    """Raise `Stop` with what makes a set-up in this scope impossible or unsafe; return what to tell."""
    raw = survey.key.reveal()
    environment = launcher.durable(world.environment, (raw,))
    here = layers.discover(files, environment, survey.met.paths, world.folder)
    root = survey.ground.project.root if scope == PROJECT else None
    seen = (
        here if root in (None, world.folder) else layers.discover(files, environment, survey.met.paths, root)
    )
    for layer in seen:
        if root is not None or layer.counts_everywhere:
            _refuse_unreadable(files, layer)
    hunt = Hunt(files, world.environment, environment, survey.met.paths, survey.ground.store.folder, raw)
    found = hunt.traps(world.folder, *(() if root is None else (root,)))
    if found.blockers:
        raise Stop(found.blockers)
    return (*found.warnings, *(() if root is None else _elsewhere(survey.project, root)))


def _refuse_unreadable(files: FileSystem, layer: Layer) -> None:
    """Refuse a file that MiMoCode could not read. Text that it replaces first is its own to judge."""
    unreadable = layer.tree is None and not layer.substituted
    if layer.file is not None and (unreadable or not _is_object(layer)):
        read_document(files, "config", layer.file)


def _is_object(layer: Layer) -> bool:
    return layer.tree is None or isinstance(layer.tree.value, dict)


def _elsewhere(project: Document, root: Path) -> tuple[Warning_, ...]:
    """Tell of a link that leads out of the project: in a repository of others its target is their choice."""
    if project.real.is_relative_to(root.resolve()):
        return ()
    what = f"this project file is a link out of the project: {project.real} is the file that is written"
    return (Warning_(what, Place(file=str(project.path))),)


@frozen
class Foreseen:
    """What will not stop a set-up, and decides all the same."""

    always: tuple[Warning_, ...] = ()
    """What is the user's own, in whatever shell."""
    in_this_shell: tuple[Warning_, ...] = ()
    """What would be found once MiMoCode is asked in this shell."""
    scene: Scene | None = None
    """What MiMoCode's answer will depend on."""


NOTHING: Final = Foreseen()


def refuse_foreseen(
    world: World,
    files: FileSystem,
    survey: Survey,
    contents: Mapping[Path, bytes | None],
    expected: Expectations,
    root: Path | None,
) -> Foreseen:
    """Raise `Stop` with what would undo a set-up once it is written; return what to tell.

    `contents` tells what files will hold then. `root` is the project's in project scope.
    """
    where = survey.met.paths
    planned = Planned.over(files, contents)
    outlook = Outlook(planned, world.environment, where)
    scene = reliance.scene(outlook, expected, root)
    durable = outlook.tomorrow(expected, scene.layers)
    if durable.blockers:
        raise Stop(durable.blockers)
    stand = outlook.here(expected, world.folder)
    seen = outlook.layers(stand)
    session = outlook.session(expected, stand, seen)
    told = [as_warning(one) for one in session.blockers]
    if session.closed:
        told += last_used(files, where)
    chosen = Chosen.of(expected.provider, expected.values)
    others = Deciders(files, stand.environment, where).found(world.folder, seen, chosen)
    return Foreseen(others, tuple(told), scene)
