"""What stands in the way of a set-up and can be seen beforehand in files that we do not edit.

A layer that MiMoCode could not read would keep it from starting at all; a project file that says where
the key comes from can be committed, or can send the key elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.commands.request import PROJECT
from reconciler.engine.documents import read_document
from reconciler.engine.problems import Blocker, Stop
from reconciler.engine.values import Absent
from reconciler.gonkagate import entry
from reconciler.gonkagate.facts import KEY_FOLDER, KEY_NAME
from reconciler.mimocode import launcher, layers

if TYPE_CHECKING:
    from reconciler.commands.request import Scope
    from reconciler.commands.survey import Survey
    from reconciler.commands.world import World
    from reconciler.engine.files import FileSystem
    from reconciler.engine.values import KeyPath
    from reconciler.mimocode.layers import Layer

KEY_MARK: Final = "/".join((*KEY_FOLDER, KEY_NAME)).encode()
"""How the key file's path ends wherever somebody spells it."""


def refuse_obstacles(world: World, files: FileSystem, survey: Survey, scope: Scope) -> None:
    """Raise `Stop` with what makes a set-up in this scope impossible or unsafe."""
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
    telling = [layer for layer in here if _tells_the_key(layer, raw.encode())]
    if telling:
        raise Stop(tuple(_key_in_project(layer) for layer in telling))


def _refuse_unreadable(files: FileSystem, layer: Layer) -> None:
    """Refuse a file that MiMoCode could not read. Text that it replaces first is its own to judge."""
    unreadable = layer.tree is None and not layer.substituted
    if layer.file is not None and (unreadable or not _is_object(layer)):
        read_document(files, "config", layer.file)


def _is_object(layer: Layer) -> bool:
    return layer.tree is None or isinstance(layer.tree.value, dict)


def _tells_the_key(layer: Layer, raw: bytes) -> bool:
    if layer.tree is None or not layer.kind.startswith("project"):
        return False
    data = layer.tree.data
    if raw in data or KEY_MARK in data or _authorization(layer) is not None:
        return True
    return not isinstance(layer.value(entry.API_KEY), Absent)


def _authorization(layer: Layer) -> KeyPath | None:
    """Find a header that MiMoCode would send in the stored key's place."""
    headers = layer.value(entry.HEADERS)
    names = headers if isinstance(headers, dict) else ()
    return next(((*entry.HEADERS, name) for name in names if name.lower() == "authorization"), None)


def _key_in_project(layer: Layer) -> Blocker:
    return Blocker(
        "key_in_project_config",
        "this project file says where GonkaGate's key comes from; such a file can be committed",
        "take it out of the file (the key belongs into your user configuration), then run again",
        "config",
        layer.place(_authorization(layer) or entry.API_KEY),
    )
