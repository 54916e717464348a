"""Which folder is a project: the enclosing git root, unless that is the home folder or the disk's root.

MiMoCode ignores a `.git` in those two places, and so do we.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from attrs import frozen

from reconciler.mimocode.facts import PROJECT_CONFIG_NAME, PROJECT_FOLDER

_GIT_LINK: Final = re.compile(r"gitdir:\s*(.+)")
_SETTING: Final = re.compile(r"^\s*(?:\[core\]\s*)?worktree\s*=\s*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)


@frozen
class Project:
    """The folder a run is about."""

    root: Path
    in_git: bool
    home_is_git: bool = False

    @property
    def config(self) -> Path:
        """The one project file that we write."""
        return self.root / PROJECT_FOLDER / PROJECT_CONFIG_NAME


def root_of(config: Path) -> Path:
    """Return the root of the project whose config this is."""
    return config.parent.parent


def git_root(folder: Path) -> Path | None:
    """Return the nearest folder upwards that holds `.git`."""
    return next((here for here in (folder, *folder.parents) if (here / ".git").exists()), None)


def find(folder: Path, home: Path) -> Project:
    """Tell which project a folder belongs to. `folder` is absolute; links in it are followed."""
    folder = folder.resolve()
    root = git_root(folder)
    if root is None:
        return Project(folder, in_git=False)
    if root in (home.resolve(), Path(root.anchor)):
        return Project(folder, in_git=False, home_is_git=True)
    return Project(root, in_git=True)


def top_level(root: Path) -> Path:
    """Return where MiMoCode's way upwards ends: git's answer, which the git folder's settings can move."""
    git = root / ".git"
    link = _GIT_LINK.match(_text(git)) if git.is_file() else None
    if link is not None:
        git = root / link[1].strip()
    for name in ("config.worktree", "config"):
        moved = _SETTING.search(_text(git / name))
        if moved is not None:
            return Path(os.path.realpath(git / moved[1].strip().strip('"')))
    return root


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""
