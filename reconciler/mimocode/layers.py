"""Our model of where MiMoCode takes its configuration from, in its order of precedence.

The model explains; it never decides whether a set-up is right, which only MiMoCode's own answer does.
Reading happens here, once per run; everything else is a function of the layers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from reconciler import jsonc
from reconciler.engine.files import Kind
from reconciler.engine.problems import Place
from reconciler.engine.values import ABSENT, Absent, look_up
from reconciler.mimocode import projects
from reconciler.mimocode.facts import (
    LAYER_NAMES,
    MANAGED_FOLDER,
    MANAGED_VARIABLE,
    PROJECT_FOLDER,
    SCHEMA_KEY,
    USER_CONFIG_NAMES,
    leaves_schema_alone,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.engine.files import FileSystem
    from reconciler.engine.values import Json, KeyPath
    from reconciler.mimocode.paths import Paths

_TRUE: Final = ("1", "true")
_EVERYWHERE: Final = ("user", "home", "managed")


@frozen
class Layer:
    """One source of configuration: a file, or a variable that holds a text or names a file."""

    kind: str
    file: Path | None
    variable: str | None
    tree: jsonc.Document | None
    """None when the text cannot be read as it stands."""
    substituted: bool = False
    """Whether the text holds `{env:…}` or `{file:…}`, which MiMoCode replaces before it parses."""

    def value(self, key: KeyPath) -> Json | Absent:
        """Return what this layer says of a key."""
        return ABSENT if self.tree is None else look_up(self.tree.value, key)

    def place(self, key: KeyPath = ()) -> Place:
        """Return where this layer says it."""
        node = self.tree.node(key) if self.tree is not None else None
        return Place(
            file=None if self.file is None else str(self.file),
            line=node.line if node is not None and self.file is not None else None,
            column=node.column if node is not None and self.file is not None else None,
            variable=self.variable,
        )

    @property
    def counts_everywhere(self) -> bool:
        """Whether MiMoCode reads it in every folder, not only on the way up from some."""
        return self.kind in _EVERYWHERE

    @property
    def would_be_rewritten(self) -> bool:
        """Whether MiMoCode would write its `$schema` into this file when it loads it."""
        if self.file is None or self.tree is None or not self.tree.data:
            return False
        return not leaves_schema_alone(self.value(SCHEMA_KEY))


def discover(
    files: FileSystem, environment: Mapping[str, str], paths: Paths, folder: Path
) -> tuple[Layer, ...]:
    """Read every layer that MiMoCode would read in a folder with an environment, the winner first."""
    return tuple(_all(files, environment, paths, folder.resolve()))


def winner(layers: tuple[Layer, ...], key: KeyPath) -> Layer | None:
    """Return the layer that decides a key: the first that has it."""
    return next((layer for layer in layers if not isinstance(layer.value(key), Absent)), None)


def _all(files: FileSystem, environment: Mapping[str, str], paths: Paths, folder: Path) -> Iterator[Layer]:
    replaced = environment.get(MANAGED_VARIABLE, "")
    by = MANAGED_VARIABLE if replaced else None
    yield from _in_folder(files, "managed", Path(replaced or MANAGED_FOLDER), variable=by)
    yield from _text(environment, "MIMOCODE_CONFIG_CONTENT")
    extra = environment.get("MIMOCODE_CONFIG_DIR", "")
    if extra:
        yield from _in_folder(files, "extra folder", folder / extra, variable="MIMOCODE_CONFIG_DIR")
    upwards = walk(environment, folder, paths.home)
    projects_count = environment.get("MIMOCODE_DISABLE_PROJECT_CONFIG", "").lower() not in _TRUE
    if not projects_count or paths.home not in upwards:
        yield from _in_folder(files, "home", paths.home / PROJECT_FOLDER)
    if projects_count:
        for place in reversed(upwards):
            kind = "home" if place == paths.home else "project folder"
            yield from _in_folder(files, kind, place / PROJECT_FOLDER)
        for place in upwards:
            yield from _in_folder(files, "project", place)
    named = environment.get("MIMOCODE_CONFIG", "")
    if named:
        yield from _file(files, "extra file", folder / named, variable="MIMOCODE_CONFIG")
    for name in USER_CONFIG_NAMES:
        yield from _file(files, "user", paths.config / name)
    yield from _text(environment, "MIMOCODE_CONFIG_DEFAULTS")


def walk(environment: Mapping[str, str], folder: Path, home: Path) -> tuple[Path, ...]:
    """Return the folders that are searched for project files, the innermost first."""
    if environment.get("MIMOCODE_DISABLE_GIT", "").lower() in _TRUE:
        return (folder,)
    project = projects.find(folder, home)
    if project.home_is_git:
        return (folder,)
    upwards = (folder, *folder.parents)
    top = projects.top_level(project.root) if project.in_git else None
    return upwards[: upwards.index(top) + 1] if top in upwards else upwards


def _in_folder(files: FileSystem, kind: str, folder: Path, variable: str | None = None) -> Iterator[Layer]:
    for name in LAYER_NAMES:
        yield from _file(files, kind, folder / name, variable)


def _file(files: FileSystem, kind: str, path: Path, variable: str | None = None) -> Iterator[Layer]:
    try:
        if files.kind(path) is Kind.ABSENT:
            return
        snapshot = files.read(path)
    except OSError:
        yield Layer(kind, path, variable, None)
        return
    if snapshot is not None:
        yield _parsed(kind, path, variable, snapshot.data)


def _text(environment: Mapping[str, str], variable: str) -> Iterator[Layer]:
    text = environment.get(variable, "")
    if text:
        yield _parsed("variable", None, variable, text.encode(errors="surrogateescape"))


def _parsed(kind: str, path: Path | None, variable: str | None, data: bytes) -> Layer:
    substituted = b"{env:" in data or b"{file:" in data
    try:
        return Layer(kind, path, variable, jsonc.parse(data), substituted=substituted)
    except jsonc.JsoncError:
        return Layer(kind, path, variable, None, substituted=substituted)
