"""Text cut, filled and wrapped by the cells that it takes on a screen: a wide character takes two of them."""

from __future__ import annotations

import io

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text


def fit(text: str, cells: int, cut: str) -> str:
    """Cut or fill a text so that it takes exactly so many cells; `cut` ends one that was cut."""
    if cell_len(text) <= cells:
        return set_cell_size(text, cells)
    return set_cell_size(set_cell_size(text, max(cells - cell_len(cut), 0)) + cut, cells)


def wrapped(text: str, cells: int) -> list[str]:
    """Break a text into lines of at most so many cells, between words where that is possible."""
    width = max(cells, 2)
    return [line.plain.rstrip() for line in Text(text).wrap(Console(file=io.StringIO(), width=width), width)]
