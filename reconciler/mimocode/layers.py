"""Our model of where MiMoCode takes its configuration from, in its order of precedence.

The model explains; it never decides whether a set-up is right, which only MiMoCode's own answer does.
Reading happens here, once per run; everything else is a function of the layers. What a layer says is what
MiMoCode sees in it, variables and other files' contents included: it is compared and never shown.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler import jsonc
from reconciler.engine import platform
from reconciler.engine.files import Kind
from reconciler.engine.problems import Place
from reconciler.engine.values import ABSENT, look_up
from reconciler.mimocode import launcher, projects, signs, substitution
from reconciler.mimocode.facts import (
    LAYER_NAMES,
    MANAGED_NAME,
    MANAGED_VARIABLE,
    PROJECT_FOLDER,
    SCHEMA_KEY,
    USER_CONFIG_NAMES,
    leaves_schema_alone,
)
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.engine.files import FileSystem
    from reconciler.engine.values import Absent, Json, KeyPath
    from reconciler.mimocode.paths import Paths
    from reconciler.mimocode.substitution import Filled

USER: Final = "user"
_HOME: Final = "home"
_MANAGED: Final = "managed"
_EXTRA_FOLDER: Final = "extra folder"
_EVERYWHERE: Final = (USER, _HOME, _MANAGED)
_TRUE: Final = ("1", "true")
_WITHOUT_GIT: Final = "MIMOCODE_DISABLE_GIT"
_MARK: Final = "\ufeff"
"""A byte order mark, which MiMoCode takes from the beginning of a file, and not of a variable's text."""


@frozen
class Layer:
    """One source of configuration: a file, or a variable that holds a text or names a file."""

    kind: str
    file: Path | None
    variable: str | None
    tree: jsonc.Document | None
    """None when the text cannot be read as it stands."""
    filled: Filled | None = field(default=None, repr=False)
    """The text as MiMoCode fills it; None where it holds no `{env:…}` or `{file:…}`."""

    @property
    def substituted(self) -> bool:
        """Whether MiMoCode replaces something in the text before it parses it."""
        return self.filled is not None

    @property
    def parsed(self) -> jsonc.Document | None:
        """What MiMoCode parses; None where it cannot. It may hold secrets."""
        return self.tree if self.filled is None else self.filled.tree

    @property
    def readable(self) -> bool:
        """Whether MiMoCode can parse it and finds every file that it refers to: else it does not start."""
        if self.filled is not None and any(one.missing for one in self.filled.references):
            return False
        return self.parsed is not None and isinstance(self.parsed.value, dict)

    def value(self, key: KeyPath) -> Json | Absent:
        """Return what MiMoCode sees of a key in this layer. It may be a secret: compare it."""
        return ABSENT if self.parsed is None else look_up(self.parsed.value, key)

    def shown(self, key: KeyPath) -> Json | Absent:
        """Return a key's value as this layer spells it: `{env:X}` for what comes from a variable."""
        return self.value(key) if self.filled is None else self.filled.spelled(key)

    def place(self, key: KeyPath = ()) -> Place:
        """Return where this layer says it."""
        line, column = (None, None) if self.file is None else self._position(key)
        return Place(
            file=None if self.file is None else str(self.file),
            line=line,
            column=column,
            variable=self.variable,
        )

    def _position(self, key: KeyPath) -> tuple[int | None, int | None]:
        node = self.parsed.node(key) if self.parsed is not None else None
        if node is None:
            return None, None
        if self.filled is None:
            return node.line, node.column
        return self.filled.position(self.filled.offset_of(key))

    @property
    def counts_everywhere(self) -> bool:
        """Whether MiMoCode reads it in every folder, not only on the way up from some."""
        return self.kind in _EVERYWHERE

    @property
    def would_be_rewritten(self) -> bool:
        """Whether MiMoCode would write its `$schema` into this file when it loads it."""
        if self.file is None or self.parsed is None or not self.parsed.data:
            return False
        return not leaves_schema_alone(self.value(SCHEMA_KEY))


def discover(
    files: FileSystem, environment: Mapping[str, str], paths: Paths, folder: Path
) -> tuple[Layer, ...]:
    """Read every layer that MiMoCode would read in a folder with an environment, the winner first."""
    return tuple(_Search(files, environment, paths, folder.resolve()).layers())


def searched(environment: Mapping[str, str], folder: Path, home: Path) -> tuple[Path, ...]:
    """Return the folders that are searched for project files; none where a variable forbids it."""
    forbidden = _is_on(environment, "MIMOCODE_DISABLE_PROJECT_CONFIG")
    return () if forbidden else walk(environment, folder, home)


def walk(environment: Mapping[str, str], folder: Path, home: Path) -> tuple[Path, ...]:
    """Return the folders on the way upwards that belong to a project, the innermost first."""
    if _is_on(environment, _WITHOUT_GIT):
        return (folder,)
    upwards = (folder, *folder.parents)
    holder = projects.git_root(folder)
    if holder is None:
        return upwards
    if _is_passed_over(environment, holder, home):
        return (folder,)
    top = holder
    if _has_git(environment):
        top = projects.top_level(holder, environment.get("GIT_WORK_TREE", ""))
    return upwards[: upwards.index(top) + 1] if top in upwards else upwards


def git_folder(environment: Mapping[str, str], folder: Path, home: Path) -> Path | None:
    """Return the git folder that MiMoCode writes into when it is started in a folder; None if into none."""
    holder = projects.git_root(folder)
    if holder is None or _is_on(environment, _WITHOUT_GIT) or not _has_git(environment):
        return None
    return None if _is_passed_over(environment, holder, home) else projects.marked_folder(holder, folder)


def _is_passed_over(environment: Mapping[str, str], holder: Path, home: Path) -> bool:
    """Whether it is the home's `.git` or the disk's; a home spelled in another way is not known again."""
    return str(holder) in (environment.get("HOME") or str(home), holder.anchor)


def _has_git(environment: Mapping[str, str]) -> bool:
    return "PATH" not in environment or launcher.on_path("git", environment) is not None


@frozen
class _Search:
    """One look at everything that MiMoCode reads in a folder."""

    files: FileSystem
    environment: Mapping[str, str] = field(repr=False)
    paths: Paths
    folder: Path

    def layers(self) -> Iterator[Layer]:
        """Give the layers, the winner first."""
        managed = self._variable(MANAGED_VARIABLE)
        by = MANAGED_VARIABLE if managed else None
        usual = platform.shared_settings(self.environment) / MANAGED_NAME
        yield from self._pair(_MANAGED, self.folder / (managed or usual), by)
        yield from self._text("MIMOCODE_CONFIG_CONTENT")
        upwards = searched(self.environment, self.folder, self.paths.home)
        yield from self._folders(upwards)
        for place in upwards:
            yield from self._pair("project", place)
        named = self._variable("MIMOCODE_CONFIG")
        if named:
            yield from self._file("extra file", self.folder / named, "MIMOCODE_CONFIG")
        for name in USER_CONFIG_NAMES:
            yield from self._file(USER, self.paths.config / name)
        yield from self._text("MIMOCODE_CONFIG_DEFAULTS")

    def _folders(self, upwards: tuple[Path, ...]) -> Iterator[Layer]:
        """Read whole folders of MiMoCode's, the weakest being the first in its list.

        A folder that is in the list already is not added to it; so one that a variable names by its very
        path stays where it was.
        """
        named = self._variable("MIMOCODE_CONFIG_DIR")
        home = str(self.paths.home / PROJECT_FOLDER)
        own = dict.fromkeys([*(str(place / PROJECT_FOLDER) for place in upwards), home])
        in_list = dict.fromkeys([str(self.paths.config), *own, *([named] if named else [])])
        for name in reversed(in_list):
            if name in own:
                yield from self._pair(_HOME if name == home else "project folder", Path(name))
            elif name == named:
                yield from self._named_folder(self.folder / named)

    def _named_folder(self, folder: Path) -> Iterator[Layer]:
        variable = "MIMOCODE_CONFIG_DIR"
        if self._kind(folder) is Kind.ABSENT:
            yield Layer(_EXTRA_FOLDER, folder, variable, None)  # MiMoCode does not start without it
        yield from self._pair(_EXTRA_FOLDER, folder, variable)

    def _pair(self, kind: str, folder: Path, variable: str | None = None) -> Iterator[Layer]:
        if self._kind(folder) in (Kind.FILE, Kind.OTHER):
            yield Layer(kind, folder, variable, None)
            return
        for name in LAYER_NAMES:
            yield from self._file(kind, folder / name, variable)

    def _kind(self, path: Path) -> Kind | None:
        try:
            return self.files.kind(path)
        except OSError:
            return None

    def _file(self, kind: str, path: Path, variable: str | None = None) -> Iterator[Layer]:
        try:
            if self.files.kind(path) is Kind.ABSENT:
                return
            snapshot = self.files.read(path)
        except OSError:
            yield Layer(kind, path, variable, None)
            return
        if snapshot is not None:
            yield self._layer(kind, path, variable, b"" if snapshot.data == _MARK.encode() else snapshot.data)

    def _text(self, variable: str) -> Iterator[Layer]:
        text = self._variable(variable)
        if text.startswith(_MARK):
            yield Layer("variable", None, variable, None)
        elif text:
            yield self._layer("variable", None, variable, text.encode(errors="surrogateescape"))

    def _layer(self, kind: str, path: Path | None, variable: str | None, data: bytes) -> Layer:
        filled = None
        if b"{env:" in data or b"{file:" in data:
            base = self.folder if path is None else path.parent
            filled = substitution.fill(data, base, self.paths.home, self._known)
        return Layer(kind, path, variable, _parsed(data), filled)

    @cached_property
    def _known(self) -> dict[str, str]:
        """The variables that a text can refer to."""
        return {**self.environment, **signs.lent(self.files, self.environment, self.paths)}

    def _variable(self, name: str) -> str:
        return self.environment.get(name, "")


def _is_on(environment: Mapping[str, str], variable: str) -> bool:
    return environment.get(variable, "").lower() in _TRUE


def _parsed(data: bytes) -> jsonc.Document | None:
    """Parse as leniently as MiMoCode, which reads bytes that are no text as the sign for such."""
    try:
        return jsonc.parse(data)
    except jsonc.JsoncError:
        text = data.decode(errors="replace").encode()
    try:
        return jsonc.parse(text) if text != data else None
    except jsonc.JsoncError:
        return None
