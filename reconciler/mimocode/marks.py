"""What MiMoCode leaves behind in folders that are not its own when it is asked for its configuration there.

A list of names in each folder of the user's that is meant for it, and in a git folder an id of the project
and a line that hides it. Each is written once and left alone from then on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.engine.files import Kind, content
from reconciler.mimocode import layers
from reconciler.mimocode.facts import LITTER, PROJECT_FOLDER, PROJECT_ID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.engine.files import FileSystem
    from reconciler.mimocode.paths import Paths

_EXCLUDES: Final = Path("info", "exclude")


def outstanding(files: FileSystem, environment: Mapping[str, str], paths: Paths, folder: Path) -> Path | None:
    """Return the first file that MiMoCode would write when it is asked in a folder; None where it is done."""
    folder = folder.resolve()
    wanted = (*_in_git(files, environment, paths, folder), *_in_folders(files, environment, paths, folder))
    return next(iter(wanted), None)


def _in_folders(
    files: FileSystem, environment: Mapping[str, str], paths: Paths, folder: Path
) -> Iterator[Path]:
    named = environment.get("MIMOCODE_CONFIG_DIR", "")
    own = [here / PROJECT_FOLDER for here in layers.searched(environment, folder, paths.home)]
    own += [paths.config, paths.home / PROJECT_FOLDER, *([folder / named] if named else [])]
    for place in own:
        if files.kind(place) is Kind.FOLDER:
            yield from (place / name for name, _ in LITTER if files.kind(place / name) is Kind.ABSENT)


def _in_git(files: FileSystem, environment: Mapping[str, str], paths: Paths, folder: Path) -> Iterator[Path]:
    git = layers.git_folder(environment, folder, paths.home)
    if git is None:
        return
    excludes, identity = git / _EXCLUDES, git / PROJECT_ID
    if f".{PROJECT_ID}".encode() not in _read(files, excludes):
        yield excludes
    if not _read(files, identity).strip():
        yield identity


def _read(files: FileSystem, path: Path) -> bytes:
    """Read what may not be there; what cannot be read holds nothing that is known."""
    try:
        return content(files.read(path)) or b""
    except OSError:
        return b""
