"""Where MiMoCode keeps its things: what `mimo debug paths` says, and the rules it follows.

The answer of the program decides. The rules serve where it has not answered yet: for a program of known
contents, and to tell whether the database is there, which two launches at once must not make.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.engine.files import Kind
from reconciler.engine.problems import Place, stop
from reconciler.mimocode.facts import (
    COMMAND,
    HOME_VARIABLE,
    LEGACY_CONFIG_NAME,
    USER_CONFIG_NAMES,
    Code,
)
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.engine.files import FileSystem
    from reconciler.mimocode.launcher import Output

QUESTION: Final = ("debug", "paths")
_NAMES: Final = ("home", "data", "config", "state", "cache")
_FALLBACKS: Final = {
    "config": ("XDG_CONFIG_HOME", ".config"),
    "data": ("XDG_DATA_HOME", ".local/share"),
    "state": ("XDG_STATE_HOME", ".local/state"),
    "cache": ("XDG_CACHE_HOME", ".cache"),
}


@frozen
class Paths:
    """MiMoCode's own folders."""

    home: Path
    data: Path
    config: Path
    state: Path
    cache: Path

    @property
    def absolute(self) -> bool:
        """Whether none of them depends on the folder that MiMoCode is started in."""
        return all(one.is_absolute() for one in (self.home, self.data, self.config, self.state, self.cache))

    @property
    def database(self) -> Path:
        """MiMoCode's database, which its first launch creates."""
        return self.data / "mimocode.db"

    @property
    def auth(self) -> Path:
        """MiMoCode's own store of credentials, which we read and never write."""
        return self.data / "auth.json"

    @property
    def last_models(self) -> Path:
        """MiMoCode's list of the models that were used last."""
        return self.state / "model.json"


def read(output: Output) -> Paths:
    """Read what `mimo debug paths` printed. Raises `Stop` with mimo_not_working."""
    found: dict[str, Path] = {}
    for line in output.stdout.decode(errors="surrogateescape").split("\n"):
        name, _, value = line.partition(" ")
        if name in _NAMES and value.strip():
            found[name] = Path(value.strip())
    if output.exit_code != 0 or len(found) != len(_NAMES) or not all(p.is_absolute() for p in found.values()):
        raise stop(
            Code.MIMO_NOT_WORKING,
            "`mimo debug paths` did not say where MiMoCode keeps its configuration",
            "see that it works in your shell, then run again",
            source=COMMAND,
        )
    return Paths(**found)


def confirm(rules: Paths, output: Output) -> None:
    """Raise `Stop` where `mimo debug paths` names other folders than its version is known for."""
    if read(output) != rules:
        raise stop(
            Code.MIMO_NOT_WORKING,
            "MiMoCode keeps its configuration elsewhere than this version of it is known to",
            "see what `mimo debug paths` says, and tell this program's authors",
            source=COMMAND,
        )


def expected(environment: Mapping[str, str], home: Path) -> Paths:
    """Return the folders by MiMoCode's rules, without asking it."""
    own = environment.get(HOME_VARIABLE, "")

    def folder(name: str) -> Path:
        if own:
            return Path(own) / name
        variable, fallback = _FALLBACKS[name]
        base = environment.get(variable, "")
        return (Path(base) if base else home / fallback) / "mimocode"

    return Paths(home, *(folder(name) for name in ("data", "config", "state", "cache")))


def user_config(files: FileSystem, folder: Path) -> Path:
    """Choose the user-level file to edit: the highest-precedence one that exists, else a new one.

    Raises `Stop` where an old TOML file waits to be imported: MiMoCode would write over our file.
    """
    present = files.names(folder)
    if LEGACY_CONFIG_NAME in present and files.kind(folder / LEGACY_CONFIG_NAME) is Kind.FILE:
        raise stop(
            Code.CONFIG_UNREADABLE,
            "an old configuration file of MiMoCode waits here to be imported",
            "run `mimo` once, which imports it, then run again",
            source="config",
            place=Place(file=str(folder / LEGACY_CONFIG_NAME)),
        )
    for name in USER_CONFIG_NAMES:
        if name in present:
            return folder / name
    return folder / USER_CONFIG_NAMES[0]
