"""What is the user's own and decides all the same which model or key is used, beside the layers' `model`.

An agent with a model of its own, a group of models, a stored credential, the model that was used last. None
of them hinders a set-up; each is told with its place where it says something else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler import jsonc
from reconciler.engine.problems import Place, Warning_
from reconciler.engine.values import key_text, look_up, same
from reconciler.mimocode import layers, merging, repository, substitution
from reconciler.mimocode.facts import PROJECT_FOLDER
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from reconciler.engine.files import FileSystem
    from reconciler.engine.values import Json, KeyPath
    from reconciler.mimocode.layers import Layer
    from reconciler.mimocode.paths import Paths

_LITE_GROUP: Final[KeyPath] = ("model_groups", "lite")
_FRONT: Final = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?\r?\n)---", re.DOTALL)
_MODEL: Final = re.compile(r"""^model:[ \t]*(["']?)([^"'\s#]+)\1""", re.MULTILINE)


@frozen
class Chosen:
    """The provider that is set up and its models, as MiMoCode refers to them; None where there is none."""

    provider: str
    model: str | None
    small_model: str | None

    @classmethod
    def of(cls, provider: str, values: Mapping[KeyPath, Json]) -> Chosen:
        """Take the models out of what is set up."""
        model, small = values.get(("model",)), values.get(("small_model",))
        return cls(
            provider,
            model if isinstance(model, str) else None,
            small if isinstance(small, str) else None,
        )


@frozen
class Deciders:
    """Where to look for them."""

    files: FileSystem
    environment: Mapping[str, str] = field(repr=False)
    where: Paths

    def found(self, folder: Path, seen: tuple[Layer, ...], chosen: Chosen) -> tuple[Warning_, ...]:
        """Tell of everything that decides in a folder, whose layers are given."""
        return (
            *in_layers(seen, chosen),
            *in_agents(agent_folders(self.environment, self.where, folder), chosen),
            *stored_credential(self.files, self.where, chosen.provider),
        )


def in_layers(found: tuple[Layer, ...], chosen: Chosen) -> Iterator[Warning_]:
    """Tell of models that layers name for agents and groups."""
    agents = look_up(merging.resolved(found), ("agent",))
    for name in agents if isinstance(agents, dict) else ():
        yield from _key(found, ("agent", name, "model"), chosen.model, f"the agent {name} uses")
    what = "titles and summaries use"
    yield from _key(found, _LITE_GROUP, chosen.small_model, what)


def _key(found: tuple[Layer, ...], key: KeyPath, ours: str | None, subject: str) -> Iterator[Warning_]:
    layer = merging.decides(found, key)
    if layer is None or ours is None or same(layer.value(key), ours):
        return
    yield _another(subject, layer.shown(key), ours, f"{key_text(key)} is set here", layer.place(key))


def _another(subject: str, model: Json, ours: str, why: str, place: Place) -> Warning_:
    spelled = model if isinstance(model, str) else "another model"
    return Warning_(f"{subject} {spelled}, not {ours}: {why}", place)


def in_agents(folders: Iterable[Path], chosen: Chosen) -> Iterator[Warning_]:
    """Tell of models that agents in files of their own name, in the folders that MiMoCode takes them from."""
    for file in (file for folder in folders for file in repository.agents(folder)):
        found = _front_model(substitution.content(file) or "")
        if found is not None and chosen.model is not None and found[0] != chosen.model:
            model, line, column = found
            place = Place(str(file), line, column)
            yield _another(f"the agent {file.stem} uses", model, chosen.model, "its file says so", place)


def _front_model(text: str) -> tuple[str, int, int] | None:
    """Return the model that a Markdown file names at its top, with line and column."""
    front = _FRONT.match(text)
    found = None if front is None else _MODEL.search(front[0])
    if found is None:
        return None
    before = text[: found.start(2)]
    return found[2], before.count("\n") + 1, found.start(2) - (before.rfind("\n") + 1) + 1


def agent_folders(environment: Mapping[str, str], where: Paths, folder: Path) -> tuple[Path, ...]:
    """Return the folders whose agents MiMoCode takes when it is started in a folder."""
    upwards = layers.searched(environment, folder.resolve(), where.home)
    found = [where.config, *(here / PROJECT_FOLDER for here in upwards), where.home / PROJECT_FOLDER]
    extra = environment.get("MIMOCODE_CONFIG_DIR", "")
    return tuple(dict.fromkeys((*found, *([folder / extra] if extra else []))))


def stored_credential(files: FileSystem, where: Paths, provider: str) -> Iterator[Warning_]:
    """Tell of a key that MiMoCode keeps for the provider itself: ours is used in its place."""
    tree = _parsed(files, where.auth)
    node = None if tree is None else tree.node((provider,))
    if node is not None:
        what = f"MiMoCode keeps a credential of its own for {provider}; it is not used while ours is set up"
        yield Warning_(what, Place(str(where.auth), node.line, node.column))


def last_used(files: FileSystem, where: Paths) -> Iterator[Warning_]:
    """Tell which model MiMoCode turns to where the chosen one is not to be had: the last one used."""
    tree = _parsed(files, where.last_models)
    recent = None if tree is None else look_up(tree.value, ("recent",))
    for one in recent if isinstance(recent, list) else ():
        provider, model = look_up(one, ("providerID",)), look_up(one, ("modelID",))
        if isinstance(provider, str) and isinstance(model, str):
            what = f"MiMoCode would turn to the model that was used last, {provider}/{model}, and not say so"
            yield Warning_(what, Place(file=str(where.last_models)))
            return


def _parsed(files: FileSystem, file: Path) -> jsonc.Document | None:
    try:
        snapshot = files.read(file)
        return None if snapshot is None else jsonc.parse(snapshot.data)
    except (OSError, jsonc.JsoncError):
        return None
