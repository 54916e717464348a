"""Byte offsets turned into lines and columns for people. It reads bytes and knows no grammar."""

from __future__ import annotations

from bisect import bisect_right

from reconciler.jsonc.grammar import BOM, LINE_BREAK
from reconciler.records import frozen


@frozen
class Lines:
    """Where the lines of a file start. LF, CR and CR LF each end a line, as for MiMoCode's parser."""

    data: bytes
    starts: tuple[int, ...]

    @classmethod
    def of(cls, data: bytes) -> Lines:
        """Read the line starts of a whole file; a byte order mark belongs to no line."""
        first = len(BOM) if data.startswith(BOM) else 0
        return cls(data, (first, *(found.end() for found in LINE_BREAK.finditer(data))))

    def start(self, offset: int) -> int:
        """Give the offset at which the line that holds this offset starts."""
        return self.starts[max(bisect_right(self.starts, offset) - 1, 0)]

    def place(self, offset: int) -> tuple[int, int]:
        """Give line and column, both from 1; a column is one code point."""
        start = self.start(offset)
        # An offset may stand behind the last whole character where the file is no valid UTF-8.
        column = len(self.data[start:offset].decode("utf-8", "replace")) + 1
        return max(bisect_right(self.starts, offset), 1), column

    def indent(self, offset: int) -> bytes:
        """Give the blanks that the line of this offset starts with."""
        start = end = self.start(offset)
        while self.data[end : end + 1] in (b" ", b"\t"):
            end += 1
        return self.data[start:end]
