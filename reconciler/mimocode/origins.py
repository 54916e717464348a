"""Where the characters of a text come from that was made by replacing stretches of another one.

It knows stretches, not single characters: a text of some megabytes costs no more than its replacements.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from reconciler.records import frozen

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator


@frozen
class Stretch:
    """A part of a text: where it begins, and where that was in the first text."""

    start: int
    offset: int
    copied: bool
    """Whether it stands in the first text as it is; what replaced something comes from one offset."""


@frozen
class Origins:
    """The stretches of a text, in order, the first one at its beginning."""

    stretches: tuple[Stretch, ...] = (Stretch(0, 0, copied=True),)

    def of(self, index: int) -> int:
        """Return where a character stands in the first text, or what replaced it there."""
        found = self.stretches[self._at(index)]
        return found.offset + (index - found.start if found.copied else 0)

    def between(self, start: int, end: int) -> Iterator[Stretch]:
        """Give the stretches of a part of the text, the first one cut to where it begins."""
        if start < end:
            first = self._at(start)
            yield Stretch(start, self.of(start), self.stretches[first].copied)
            yield from self.stretches[first + 1 : self._at(end - 1) + 1]

    def _at(self, index: int) -> int:
        return bisect_right(self.stretches, index, key=lambda one: one.start) - 1


def replaced(
    pattern: re.Pattern[str],
    text: str,
    origins: Origins,
    replacement: Callable[[re.Match[str], int], str],
) -> tuple[str, Origins]:
    """Replace whatever matches; the replacement is told where the match stands in the first text."""
    pieces: list[str] = []
    stretches: list[Stretch] = []
    length = done = 0
    for found in pattern.finditer(text):
        new = replacement(found, origins.of(found.start()))
        shift = length - done
        stretches += (_moved(one, shift) for one in origins.between(done, found.start()))
        length += found.start() - done
        if new:
            stretches.append(Stretch(length, origins.of(found.start()), copied=False))
        pieces += (text[done : found.start()], new)
        length += len(new)
        done = found.end()
    stretches += (_moved(one, length - done) for one in origins.between(done, len(text)))
    return "".join((*pieces, text[done:])), Origins(tuple(stretches) or Origins().stretches)


def _moved(stretch: Stretch, by: int) -> Stretch:
    return Stretch(stretch.start + by, stretch.offset, stretch.copied)
