"""What else MiMoCode takes from the folders of a project, beside its configuration files.

Texts that it puts into prompts, and code that it starts. Measured on the real program, like everything
in this room; the texts are no configuration, and nothing in them is replaced.
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.engine.values import Absent, look_up
from reconciler.mimocode.facts import LAYER_NAMES, PROJECT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reconciler.engine.values import Json, KeyPath

INSTRUCTIONS: Final[KeyPath] = ("instructions",)
GUIDES: Final = ("AGENTS.md", "CLAUDE.md", "CONTEXT.md")
"""Files that MiMoCode puts into every prompt, from each folder on the way up."""
IMPORTED: Final = ".claude.json"
"""Another tool's file: MiMoCode takes servers from the one in the present folder."""
_AGENTS: Final = ("agent", "agents")
_TEXTS: Final = (*_AGENTS, "mode", "modes", "command", "commands", "skill", "skills")
_CODE: Final = ("plugin", "plugins", "tool", "tools")
_CODE_ENDINGS: Final = (".ts", ".js")
_STARTED: Final = ("mcp", "lsp", "formatter")
_WILD: Final = "*?[{"
_MOST: Final = 2000
"""How many files of one folder are looked at: more are no agents that somebody wrote."""


def texts(folder: Path) -> Iterator[Path]:
    """Give the agents, modes, commands and skills of a folder's own MiMoCode folder."""
    for name in _TEXTS:
        yield from (file for file in _below(folder / PROJECT_FOLDER / name) if file.suffix == ".md")


def agents(folder: Path) -> Iterator[Path]:
    """Give the agents that one of MiMoCode's own folders describes in files."""
    for name in _AGENTS:
        yield from (file for file in _below(folder / name) if file.suffix == ".md")


def guides(folder: Path) -> Iterator[Path]:
    """Give the files of a folder that go into every prompt, links that lead nowhere yet among them."""
    yield from (folder / name for name in GUIDES if os.path.lexists(folder / name))


def configs(folder: Path) -> Iterator[Path]:
    """Give the configuration files of a folder, links that lead nowhere yet among them."""
    places = (here / name for here in (folder / PROJECT_FOLDER, folder) for name in LAYER_NAMES)
    yield from (file for file in places if os.path.lexists(file))


def code_files(folder: Path) -> Iterator[Path]:
    """Give the code of a folder that MiMoCode loads into itself."""
    for name in _CODE:
        yield from (f for f in _below(folder / PROJECT_FOLDER / name) if f.suffix in _CODE_ENDINGS)


def started(config: Json) -> KeyPath | None:
    """Return the first key by which a configuration has MiMoCode load code or start a program."""
    plugins = look_up(config, ("plugin",))
    if isinstance(plugins, list) and plugins:
        return ("plugin",)
    for section in _STARTED:
        members = look_up(config, (section,))
        for name in members if isinstance(members, dict) else ():
            key = (section, name, "command")
            if not isinstance(look_up(config, key), Absent):
                return key
    return None


def instructed(config: Json, folders: tuple[Path, ...], home: Path) -> Iterator[Path]:
    """Give the files that `instructions` names, each as a path or a pattern of paths."""
    entries = look_up(config, INSTRUCTIONS)
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, str) or entry.startswith(("https://", "http://")):
            continue
        path = home / entry[2:] if entry.startswith("~/") else Path(entry)
        for base in (path.parent,) if path.is_absolute() else folders:
            pattern = os.path.normpath(base / path)
            yield Path(pattern)
            if any(sign in pattern for sign in _WILD):
                yield from _matching(base, path)


def covers(pattern: Path, file: Path) -> bool:
    """Whether a pattern of paths can mean a file; in doubt it does."""
    loose = "".join("*" if sign in "[]{},?" else sign for sign in str(pattern))
    return fnmatchcase(str(file).casefold(), loose.casefold())


def _matching(base: Path, pattern: Path) -> Iterable[Path]:
    spelled = pattern.name if pattern.is_absolute() else str(pattern)
    try:
        return list(islice(base.glob(spelled), _MOST))
    except (OSError, ValueError, NotImplementedError, IndexError):
        return ()


def _below(folder: Path) -> Iterator[Path]:
    walk = os.walk(folder, followlinks=True)
    files = (Path(here) / name for here, _, names in islice(walk, _MOST) for name in sorted(names))
    yield from islice(files, _MOST)
