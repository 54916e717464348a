"""The disk as it will be: some files hold what a plan writes, or are gone; everything else is as it is.

It is read like any other disk and cannot be written to. So whoever reads configurations can be shown what
they will come to before a single byte of them has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve, field

from reconciler.engine.files import Kind, ReadOnlyFiles, Snapshot
from reconciler.engine.store import FILE_MODE
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from reconciler.engine.files import FileSystem, Standing

_NOBODY: Final = (-1, -1)


@frozen
class Planned(ReadOnlyFiles):
    """A disk on which a plan is carried out already, as far as contents go.

    Modes and owners are those of the files that are there; of new ones nothing is foreseen but the content.
    """

    under: FileSystem
    contents: Mapping[Path, bytes | None] = field(repr=False)
    """What files will hold, by their real paths; None where a file will be gone."""

    @classmethod
    def over(cls, files: FileSystem, contents: Mapping[Path, bytes | None]) -> Planned:
        """Lay contents over a disk. A path that is a link stands for the file that it leads to."""
        return cls(files, {files.real_path(path): data for path, data in contents.items()})

    def real_path(self, path: Path) -> Path:
        """Follow links, also those whose target is not there yet."""
        return self.under.real_path(path)

    def kind(self, path: Path) -> Kind:
        """Tell what will stand there, links followed. A new file brings the folders that it lies in."""
        real = self.real_path(path)
        if real in self.contents:
            return Kind.ABSENT if self.contents[real] is None else Kind.FILE
        return Kind.FOLDER if self._is_made(real) else self.under.kind(path)

    def is_link(self, path: Path) -> bool:
        """Whether the path itself is a link: a plan makes none and removes none."""
        return self.under.is_link(path)

    def standing(self, path: Path) -> Standing | None:
        """Tell whose a file or folder is; None when nothing will be there, or when it is new."""
        real = self.real_path(path)
        gone = real in self.contents and self.contents[real] is None
        return None if gone else self.under.standing(path)

    def read(self, path: Path) -> Snapshot | None:
        """Read what a file will hold; None when nothing will be there."""
        real = self.real_path(path)
        if real not in self.contents:
            return self.under.read(path)
        data = self.contents[real]
        if data is None:
            return None
        there = self.under.read(real)
        if there is None:
            return Snapshot(path, data, FILE_MODE, _NOBODY)
        return evolve(there, path=path, data=data)

    def names(self, folder: Path) -> tuple[str, ...]:
        """List what a folder will hold, sorted."""
        real = self.real_path(folder)
        gone = {path.name for path, data in self.contents.items() if data is None and path.parent == real}
        there = (name for name in self.under.names(folder) if name not in gone)
        return tuple(sorted({*there, *self._made_in(real)}))

    def _made_in(self, folder: Path) -> Iterator[str]:
        for path in self._written:
            if folder in path.parents:
                yield path.relative_to(folder).parts[0]

    def _is_made(self, folder: Path) -> bool:
        return any(folder in path.parents for path in self._written)

    @property
    def _written(self) -> Iterator[Path]:
        return (path for path, data in self.contents.items() if data is not None)
