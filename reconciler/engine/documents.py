"""A document: a JSONC file of the user's that we may edit, as it was at one reading.

Reading is all that happens here. A document that the target could not read either stops the run with
the file, the line and the column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import jsonc
from reconciler.engine.problems import Code, Place, reason, stop
from reconciler.records import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.engine.files import FileSystem, Snapshot
    from reconciler.engine.values import KeyPath

SOURCE = "config"


@frozen
class Document:
    """One file: the path people know it by, the path behind all links, and what it holds."""

    role: str
    path: Path
    real: Path
    snapshot: Snapshot | None
    tree: jsonc.Document

    @property
    def exists(self) -> bool:
        """Whether the file is there."""
        return self.snapshot is not None

    @property
    def fingerprint(self) -> str | None:
        """The content's name, or None where there is no file."""
        return None if self.snapshot is None else self.snapshot.fingerprint

    @property
    def written(self) -> str | None:
        """When the file was last written, in UTC to the second; None where there is no file."""
        return None if self.snapshot is None else self.snapshot.written

    @property
    def data(self) -> bytes:
        """The bytes; none where there is no file."""
        return b"" if self.snapshot is None else self.snapshot.data

    def place(self, key: KeyPath) -> Place:
        """Return where a key's value stands; the file alone where it has none."""
        node = self.tree.node(key)
        return Place(str(self.path), *((node.line, node.column) if node else ()))


def read_document(files: FileSystem, role: str, path: Path) -> Document:
    """Read and parse one document; a missing file is an empty one.

    Raises `Stop` with config_unreadable or config_not_an_object.
    """
    real = files.real_path(path)
    try:
        snapshot = files.read(real)
    except OSError as error:
        raise stop(
            Code.CONFIG_UNREADABLE,
            f"this config cannot be read: {reason(error)}",
            "make the file readable for you, then run again",
            source=SOURCE,
            place=Place(file=str(path)),
        ) from None
    try:
        tree = jsonc.parse(b"" if snapshot is None else snapshot.data)
    except jsonc.JsoncError as error:
        hint = f" ({error.hint})" if error.hint else ""
        raise stop(
            Code.CONFIG_UNREADABLE,
            f"this config is not valid JSONC: {error.message}{hint}",
            "mend the file at that place, then run again",
            source=SOURCE,
            place=Place(file=str(path), line=error.line, column=error.column),
        ) from None
    if not isinstance(tree.value, dict):
        raise stop(
            Code.CONFIG_NOT_AN_OBJECT,
            "a config must be one JSON object at its root",
            "put the file's content into an object, or move the file away, then run again",
            source=SOURCE,
            place=Place(file=str(path), line=1, column=1),
        )
    return Document(role, path, real, snapshot, tree)
