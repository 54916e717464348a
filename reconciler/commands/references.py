"""Who refers to the key file: MiMoCode would not start while a config refers to one that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.engine.problems import Place
from reconciler.gonkagate.exposure import KEY_MARK
from reconciler.jsonc.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from reconciler.engine.files import FileSystem


def still_refers(
    files: FileSystem, planned: Mapping[Path, bytes | None], folders: Iterable[Path]
) -> Place | None:
    """Find a config that will refer to the key file.

    `planned` tells what files will hold (None: nothing) by their real paths; all other configs of the
    folders are taken as they are.
    """
    for path, data in planned.items():
        if data is not None and KEY_MARK in data:
            return _place(path, data)
    for folder in sorted(folders):
        for name in files.names(folder):
            path = folder / name
            if path.suffix in (".json", ".jsonc") and files.real_path(path) not in planned:
                snapshot = files.read(path)
                if snapshot is not None and KEY_MARK in snapshot.data:
                    return _place(path, snapshot.data)
    return None


def _place(path: Path, data: bytes) -> Place:
    line, column = Lines.of(data).place(data.index(KEY_MARK))
    return Place(file=str(path), line=line, column=column)
