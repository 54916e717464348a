"""Semantic versions, read strictly and put in order as their specification says."""

from __future__ import annotations

import functools
import re
from typing import Final

from reconciler.records import frozen

_NUMBER: Final = r"(?:0|[1-9][0-9]*)"
_PART: Final = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_SEMANTIC: Final = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_PART}(?:\.{_PART})*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_TEXT_LIMIT: Final = 64


@functools.total_ordering
@frozen(order=False)
class Version:
    """A semantic version. A pre-release comes before its release; what follows a plus does not count."""

    text: str
    release: tuple[int, int, int]
    pre_release: str = ""

    def sort_key(self) -> tuple[object, ...]:
        """Return what to compare by: numbers come before words, and fewer parts before more."""
        parts = tuple(
            (0, int(part), "") if part.isdigit() else (1, 0, part) for part in self.pre_release.split(".")
        )
        return (self.release, 0 if self.pre_release else 1, parts)

    def __lt__(self, other: Version) -> bool:
        return self.sort_key() < other.sort_key()


def parse(text: str) -> Version | None:
    """Read a semantic version; None when it is none."""
    match = _SEMANTIC.fullmatch(text)
    if match is None or len(text) > _TEXT_LIMIT:
        return None
    major, minor, patch = (int(match[number]) for number in (1, 2, 3))
    return Version(text, (major, minor, patch), match[4] or "")
