"""What would keep a file from being replaced, seen before anything is written.

Replacing by rename keeps a file whole at every instant, but it needs a writable folder, gives the file
to whoever renames, and cuts off a second name. Where that would take something from the user, we stop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import field

from reconciler.engine import platform
from reconciler.engine.files import Kind
from reconciler.engine.problems import Blocker, Code, Place
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reconciler.engine.files import FileSystem, Snapshot


@frozen
class Target:
    """One file that is to be replaced, created or removed: the path people know it by, and what it holds."""

    role: str
    path: Path
    before: Snapshot | None = field(repr=False)


def hindrances(files: FileSystem, targets: Iterable[Target]) -> tuple[Blocker, ...]:
    """Tell of each file that cannot be replaced without loss, why, and what to do."""
    found = (_hindrance(files, target) for target in targets)
    return tuple(dict.fromkeys(blocker for blocker in found if blocker is not None))


def _hindrance(files: FileSystem, target: Target) -> Blocker | None:
    def blocker(message: str, remedy: str, place: Path = target.path) -> Blocker:
        return Blocker(
            Code.FILE_NOT_REPLACEABLE,
            message,
            f"{remedy}, then run again",
            target.role,
            Place(file=str(place)),
        )

    dangling = _dangling(files, target.path)
    if dangling is not None:
        leads = files.real_path(dangling)
        return blocker(
            f"this link leads to {leads}, whose folder is not there (is a disk not mounted?)",
            "bring that folder back or remove the link",
            dangling,
        )
    folder = _nearest(files, files.real_path(target.path).parent)
    why = _of_the_file(target.before)
    return blocker(*why) if why else _of_the_folder(files, target, folder, blocker)


def _of_the_file(before: Snapshot | None) -> tuple[str, str] | None:
    if before is not None and before.names > 1:
        return (
            f"this file has {before.names} names (hard links); replacing it would cut the others off",
            "make the other names symbolic links, or this one a file of its own (a copy, renamed)",
        )
    if before is not None and not platform.may_give_owner(before.owner):
        return (
            "this file belongs to another user or group, and replacing it would make it yours",
            "make the file yours (chown), or edit it as its owner",
        )
    return None


def _of_the_folder(files: FileSystem, target: Target, folder: Path, blocker: _Say) -> Blocker | None:
    if files.kind(folder) is not Kind.FOLDER:
        return blocker("a file stands where a folder is needed", "move it away", folder)
    for path in (target.path, folder):
        if files.kind(path) is not Kind.ABSENT and platform.is_frozen(path):
            return blocker(
                "this is marked immutable or append-only, so nothing can take its place",
                "take the mark off (`lsattr -d` shows it, `chattr -i -a` removes it)",
                path,
            )
    if not platform.can_write_in(folder):
        return blocker(
            "nothing can be written in this folder",
            "see to its permissions and to how its disk is mounted",
            folder,
        )
    return None


class _Say(Protocol):
    def __call__(self, message: str, remedy: str, place: Path = ...) -> Blocker: ...


def _dangling(files: FileSystem, path: Path) -> Path | None:
    """Find a link on the way whose target's folder is not there. A missing file in a folder can be made."""
    for part in reversed((path, *path.parents)):
        if not files.is_link(part) or files.kind(part) is not Kind.ABSENT:
            continue
        if part != path or files.kind(files.real_path(part).parent) is Kind.ABSENT:
            return part
    return None


def _nearest(files: FileSystem, folder: Path) -> Path:
    while files.kind(folder) is Kind.ABSENT and folder != folder.parent:
        folder = folder.parent
    return folder
