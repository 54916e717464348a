"""Which folder is a project: the enclosing git root, unless that is the home folder or the disk's root.

MiMoCode ignores a `.git` in those two places, and so do we.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from reconciler.mimocode.facts import PROJECT_CONFIG_NAME, PROJECT_FOLDER
from reconciler.records import frozen

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


def marked_folder(root: Path, folder: Path) -> Path | None:
    """Return where MiMoCode, started in a folder, marks the project that `root` holds; None if nowhere.

    That is its git folder. Where `.git` is a link MiMoCode follows it from the folder that it is started in.
    """
    git = root / ".git"
    if _work_tree(root, "") is None:
        return None
    if not git.is_file():
        return git
    link = _GIT_LINK.match(_text(git))
    return None if link is None else Path(os.path.normpath(folder / link[1].strip() / ".." / ".."))


def top_level(root: Path, named: str = "") -> Path:
    """Return where MiMoCode's way upwards ends: git's answer, where it has one.

    The git folder's settings can move it, as can git's own variable, whose value is `named`.
    """
    return _work_tree(root, named) or root


def _work_tree(folder: Path, named: str) -> Path | None:
    """Do as git: an empty `.git` folder is passed over, a `.git` file that leads nowhere is not."""
    git = folder / ".git"
    link = _GIT_LINK.match(_text(git)) if git.is_file() else None
    if link is not None:
        git = folder / link[1].strip()
    if not _is_repository(git):
        outer = git_root(folder.parent) if (folder / ".git").is_dir() else None
        return None if outer in (None, folder) else _work_tree(outer, named)
    if named:
        return Path(os.path.realpath(folder / named))
    for name in ("config.worktree", "config"):
        moved = _SETTING.search(_text(git / name))
        if moved is not None:
            return Path(os.path.realpath(git / moved[1].strip().strip('"')))
    return folder


def _is_repository(git: Path) -> bool:
    parts = (git / "objects").is_dir() and (git / "refs").is_dir()
    return (git / "HEAD").is_file() and (parts or (git / "commondir").is_file())


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""
