"""The words of editing: what is asked for, and what came of it. Values only; editor.py does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import attrs

from reconciler.jsonc.document import Span
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.jsonc.document import Json, Path


@frozen
class Set:
    """Make the value at a path this one; missing parents are created as objects.

    `text` is a spelling to put there as it stands, instead of one in the style of the document: it must read
    as `value`. For the root alone it may be "", which gives back a file of no bytes; where comments stand
    around the root they stay, and with them an empty object, since MiMoCode refuses a file of comments alone.
    """

    path: Path
    value: Json = attrs.field(repr=False)
    text: str | None = attrs.field(default=None, repr=False)


@frozen
class Remove:
    """Take the member at a path out of its object; where there is none, nothing happens."""

    path: Path


Edit: TypeAlias = Set | Remove


@frozen
class Change(Span):
    """A stretch of the old bytes and what stands in its place now; an insertion replaces no bytes."""

    replacement: bytes = attrs.field(repr=False)


@frozen
class Edited:
    """The new bytes, and the spans of the old ones that make the difference.

    The spans are in order, neither overlap nor touch, and all bytes outside of them stand as they stood.
    `undo` is the way back, recorded as spans of the new bytes: `splice(edited.data, edited.undo)` gives the
    old bytes, comments and places of removed members included.
    """

    data: bytes = attrs.field(repr=False)
    spans: tuple[Change, ...]
    undo: tuple[Change, ...]


def splice(data: bytes, spans: Sequence[Change]) -> bytes:
    """Put the replacements of ordered, separate spans into bytes."""
    parts: list[bytes] = []
    done = 0
    for span in spans:
        parts += (data[done : span.start], span.replacement)
        done = span.end
    return b"".join((*parts, data[done:]))


def edited(data: bytes, changes: Iterable[Change]) -> Edited:
    """Put changes in order, join those that touch, and carry them out."""
    spans: list[Change] = []
    for change in sorted(changes, key=lambda change: (change.start, change.end)):
        if spans and spans[-1].end == change.start:
            last = spans.pop()
            spans.append(Change(last.start, change.end, last.replacement + change.replacement))
        else:
            spans.append(change)
    undo: list[Change] = []
    shift = 0
    for span in spans:
        start = span.start + shift
        undo.append(Change(start, start + len(span.replacement), data[span.start : span.end]))
        shift += len(span.replacement) - (span.end - span.start)
    return Edited(splice(data, spans), tuple(spans), tuple(undo))
