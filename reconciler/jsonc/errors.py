"""The two errors of this package: where and why. They never quote what a file holds: it may be a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class JsoncError(ValueError):
    """A text that MiMoCode's parser would refuse, or that this package refuses on top, with the reason.

    `line` and `column` count from 1, a column is one character (code point), a tab counts as one, a byte
    order mark as none; `offset` counts bytes from the start of the file. `hint` says what to do, or is None.
    """

    def __init__(self, message: str, *, line: int, column: int, offset: int, hint: str | None = None) -> None:
        super().__init__(message, line, column, offset, hint)
        self.message = message
        self.line = line
        self.column = column
        self.offset = offset
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.line}:{self.column}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


class EditError(ValueError):
    """An edit that cannot be made as asked; nothing of its batch was made.

    `line` and `column` are those of the thing in the way, or of the nearest value that is there; `path` is
    the path of the refused edit; `reason` says what is wrong with it.
    """

    def __init__(self, reason: str, *, path: Sequence[str], line: int, column: int) -> None:
        super().__init__(reason, tuple(path), line, column)
        self.reason = reason
        self.path = tuple(path)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.reason}"
