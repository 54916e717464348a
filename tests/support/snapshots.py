"""Pictures of a folder, to say afterwards what changed in it."""

import stat
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import attrs


@attrs.frozen
class Entry:
    """One file, folder or link: its bytes and mode, and what tells that it was written again."""

    kind: Literal["file", "folder", "link", "other"]
    content: bytes
    mode: int
    inode: int
    mtime_ns: int
    link: str | None


Snapshot = Mapping[str, Entry]


def snapshot(folder: Path, *, ignore: Iterable[str] = ()) -> Snapshot:
    """Return every entry below a folder, by its path relative to it; links are not followed.

    ``ignore`` holds patterns of relative paths; what lies below an ignored folder is ignored too. A folder
    that does not exist is an empty snapshot. A file instead of a folder gives a snapshot of one entry, named
    ``.``.
    """
    if not folder.is_dir():
        return MappingProxyType({".": entry_of(folder)} if folder.is_symlink() or folder.exists() else {})
    patterns = tuple(ignore)
    found = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        names = [relative.as_posix(), *(parent.as_posix() for parent in relative.parents)]
        if not any(fnmatchcase(name, pattern) for name in names for pattern in patterns):
            found[relative.as_posix()] = entry_of(path)
    return MappingProxyType(found)


def entry_of(path: Path) -> Entry:
    """Return the entry at a path."""
    status = path.lstat()
    content, link = b"", None
    kind: Literal["file", "folder", "link", "other"] = "other"
    if stat.S_ISLNK(status.st_mode):
        kind, link = "link", str(path.readlink())
    elif stat.S_ISDIR(status.st_mode):
        kind = "folder"
    elif stat.S_ISREG(status.st_mode):
        kind, content = "file", path.read_bytes()
    return Entry(kind, content, stat.S_IMODE(status.st_mode), status.st_ino, status.st_mtime_ns, link)


def differences(before: Snapshot, after: Snapshot, *, times: bool = False) -> list[str]:
    """Return one line per entry that differs; with ``times``, a file written again unchanged differs."""
    lines = [f"{name}: gone" for name in before.keys() - after.keys()]
    lines += [f"{name}: new ({after[name].kind})" for name in after.keys() - before.keys()]
    for name in before.keys() & after.keys():
        old, new = before[name], after[name]
        fields = ["kind", "content", "mode", "link"]
        if times and old.kind != "folder":
            fields += ["inode", "mtime_ns"]
        lines += [
            f"{name}: {field} was {getattr(old, field)!r}, is {getattr(new, field)!r}"
            for field in fields
            if getattr(old, field) != getattr(new, field)
        ]
    return sorted(lines)


def same_content(before: Snapshot, after: Snapshot) -> bool:
    """Return True when names, kinds, bytes, modes and link targets agree; else raise, naming what differs."""
    return _nothing(differences(before, after))


def untouched(before: Snapshot, after: Snapshot) -> bool:
    """Return True when, on top of that, no file was written again (same inode, same time); else raise."""
    return _nothing(differences(before, after, times=True))


def _nothing(found: list[str]) -> bool:
    if found:
        raise AssertionError("\n".join(["the folder changed:", *found]))
    return True
