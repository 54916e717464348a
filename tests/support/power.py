"""What a disk may hold after the power went out, from the calls that were made until then.

A model, and a hard one: of the calls that changed a folder since it was last flushed, any of them may have
reached the disk and any may not; of what was written to a file since it was last flushed, nothing, half of it
or all. What was flushed is there. Each such image can be put on a real disk and looked at.
"""

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import attrs

from tests.support.files import WatchedDisk

Part = Literal["none", "half", "all"]
FOLDER: Final = -1
"""Stands for a folder where else a file's number stands."""


@attrs.frozen
class Content:
    """What a file holds and its mode."""

    data: bytes
    mode: int

    def upto(self, other: "Content", part: Part) -> "Content":
        """Return what lies between this flushed content and another one that was not flushed."""
        if part == "all":
            return other
        if part == "half" and other.data.startswith(self.data):
            grown = len(other.data) - len(self.data)
            return Content(other.data[: len(self.data) + grown // 2], other.mode)
        return self


EMPTY: Final = Content(b"", 0o600)
Entries = dict[Path, int | None]
"""What a call does to a folder: names, and the file that each leads to from then on."""


@attrs.frozen
class Change:
    """One changing call: what it did to a folder, or to a file; or what it flushed."""

    call: str
    folder: Path | None = None
    entries: Entries | None = None
    file: int | None = None
    content: Content | None = None
    site: str | None = None
    """For a flush: which function of the engine asked for it, and of what kind it is."""

    @property
    def flushes(self) -> bool:
        """Whether it changes nothing but makes something durable."""
        return self.site is not None


@attrs.define
class PoweredDisk(WatchedDisk):
    """A disk that makes real calls and writes down what each did, and what was there at ``first``."""

    root: Path = attrs.field(kw_only=True)
    changes: list[Change] = attrs.field(factory=list, init=False)
    first: Entries = attrs.field(factory=dict, init=False)
    contents: dict[int, Content] = attrs.field(factory=dict, init=False)
    _numbers: dict[int, int] = attrs.field(factory=dict, init=False)
    _numbers_given: list[int] = attrs.field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        for path in sorted(self.root.rglob("*")):
            self.first[path] = FOLDER if path.is_dir() else self._number(path)
            if path.is_file():
                self.contents[self._number(path)] = _content(path)

    def _number(self, path: Path) -> int:
        return self._known(path.lstat().st_ino)

    def _known(self, inode: int, *, new: bool = False) -> int:
        """Give a file its number; a new one may have the inode of one that was removed."""
        if new or inode not in self._numbers:
            self._numbers[inode] = len(self._numbers_given)
            self._numbers_given.append(inode)
        return self._numbers[inode]

    def about_to(self, call: str, path: Path) -> None:
        """Nothing is said beforehand."""

    def _entry(self, call: str, path: Path, **more: int | None) -> None:
        entries: Entries = {path: self._where(path)}
        entries |= {path.parent / name: number for name, number in more.items()}
        self.changes.append(Change(call, path.parent, entries))

    def _where(self, path: Path) -> int | None:
        if not os.path.lexists(path):
            return None
        return FOLDER if path.is_dir() else self._number(path)

    def _file(self, call: str, descriptor: int) -> None:
        about = os.fstat(descriptor)
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        self.changes.append(Change(call, file=self._known(about.st_ino), content=_content(path)))

    def make_folder(self, path: Path, mode: int) -> None:
        """Create one folder."""
        super().make_folder(path, mode)
        self._entry("make_folder", path)

    def open_new(self, path: Path) -> int:
        """Create a file that is not there yet."""
        descriptor = super().open_new(path)
        self._known(os.fstat(descriptor).st_ino, new=True)
        self._entry("open_new", path)
        self._file("open_new", descriptor)
        return descriptor

    def open_lock(self, path: Path, mode: int) -> int:
        """Open the lock file."""
        there = path.exists()
        descriptor = super().open_lock(path, mode)
        if not there:
            self._known(os.fstat(descriptor).st_ino, new=True)
            self._entry("open_lock", path)
            self._file("open_lock", descriptor)
        return descriptor

    def truncate(self, descriptor: int) -> None:
        """Empty an open file."""
        super().truncate(descriptor)
        self._file("truncate", descriptor)

    def give_mode(self, descriptor: int, mode: int) -> None:
        """Give an open file its permission bits."""
        super().give_mode(descriptor, mode)
        self._file("give_mode", descriptor)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Write some of the data."""
        written = super().write(descriptor, data)
        self._file("write", descriptor)
        return written

    def flush(self, descriptor: int) -> None:
        """Make an open file's content durable."""
        self.changes.append(
            Change("flush", file=self._known(os.fstat(descriptor).st_ino), site=_site("file"))
        )

    def link(self, path: Path, name: Path) -> None:
        """Give a file a second name."""
        super().link(path, name)
        self._entry("link", name)

    def rename(self, source: Path, target: Path) -> None:
        """Rename over whatever stands at the target."""
        assert source.parent == target.parent
        super().rename(source, target)
        self._entry("rename", target, **{source.name: None})

    def rename_new(self, source: Path, target: Path) -> None:
        """Rename where nothing stands."""
        assert source.parent == target.parent
        super().rename_new(source, target)
        self._entry("rename_new", target, **{source.name: None})

    def exchange(self, one: Path, other: Path) -> None:
        """Let two files change names."""
        super().exchange(one, other)
        self._entry("exchange", other, **{one.name: self._where(one)})

    def set_mode(self, path: Path, mode: int) -> None:
        """Change permission bits of a file that nobody can open: not needed here."""
        raise NotImplementedError

    def remove(self, path: Path) -> None:
        """Remove a file."""
        super().remove(path)
        self._entry("remove", path)

    def remove_folder(self, path: Path) -> None:
        """Remove an empty folder."""
        super().remove_folder(path)
        self._entry("remove_folder", path)

    def flush_folder(self, path: Path) -> None:
        """Make a folder's entries durable."""
        self.changes.append(Change("flush_folder", folder=path, site=_site("folder")))


def _site(kind: str) -> str:
    """Tell which function outside of the disk's own rooms asked for a flush."""
    frame = sys._getframe(2)  # noqa: SLF001 - who asks is what is asked for
    while Path(frame.f_code.co_filename).stem in ("disk", "files") and frame.f_back is not None:
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}: {kind}"


def _content(path: Path) -> Content:
    return Content(path.read_bytes(), path.stat().st_mode & 0o7777)


@attrs.frozen
class Image:
    """What a disk may hold: every name with its content, None for a folder."""

    things: tuple[tuple[Path, Content | None], ...]

    def put(self, root: Path) -> None:
        """Bring it onto the real disk, in place of what is there."""
        for path in sorted(root.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        for path, content in self.things:
            if content is None:
                path.mkdir()
            else:
                path.write_bytes(content.data)
                path.chmod(content.mode)


@attrs.define
class Outage:
    """The disk's memory while calls are replayed: what is durable, and what is still on its way."""

    root: Path
    entries: Entries
    durable: dict[int, Content]
    pending: dict[Path, list[Entries]] = attrs.field(factory=dict, init=False)
    unflushed: dict[int, Content] = attrs.field(factory=dict, init=False)

    def see(self, change: Change) -> None:
        """Go on by one call."""
        if change.flushes:
            self._flush(change)
        elif change.entries is not None and change.folder is not None:
            self.pending.setdefault(change.folder, []).append(change.entries)
        elif change.file is not None and change.content is not None:
            self.durable.setdefault(change.file, EMPTY)
            self.unflushed[change.file] = change.content

    def _flush(self, change: Change) -> None:
        if change.folder is not None:
            for entries in self.pending.pop(change.folder, []):
                self.entries |= entries
        elif change.file in self.unflushed:
            self.durable[change.file] = self.unflushed.pop(change.file)

    def images(self) -> Iterator[Image]:
        """Give every image that the disk may hold now, if the power goes out."""
        waiting = [(folder, entries) for folder, many in self.pending.items() for entries in many]
        files = sorted(self.unflushed)
        for reached in itertools.product((False, True), repeat=len(waiting)):
            entries = dict(self.entries)
            for there, (_, changed) in zip(reached, waiting, strict=True):
                if there:
                    entries |= changed
            seen = [file for file in files if file in entries.values()]
            parts: tuple[Part, ...] = ("none", "half", "all")
            for chosen in itertools.product(parts, repeat=len(seen)):
                yield self._image(entries, dict(zip(seen, chosen, strict=True)))

    def _image(self, entries: Entries, parts: dict[int, Part]) -> Image:
        things: list[tuple[Path, Content | None]] = []
        there = {path for path, number in entries.items() if number is not None}
        for path in sorted(there):
            number = entries[path]
            inside = [parent for parent in path.parents if self.root in parent.parents]
            if number is None or not all(entries.get(parent) == FOLDER for parent in inside):
                continue  # the folder that holds it is not there
            if number == FOLDER:
                things.append((path, None))
                continue
            content = self.durable.get(number, EMPTY)
            if number in self.unflushed:
                content = content.upto(self.unflushed[number], parts[number])
            things.append((path, content))
        return Image(tuple(things))
