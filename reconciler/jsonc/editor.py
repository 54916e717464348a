"""Edits carried out on a document: the fewest bytes are changed, and every change is reported.

It composes the rooms beside it: batch.py says what is wanted, pieces.py takes out, additions.py puts in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.jsonc.additions import Site, replacement
from reconciler.jsonc.batch import Wish, fold
from reconciler.jsonc.collector import collector_paused
from reconciler.jsonc.edits import Change, edited
from reconciler.jsonc.grammar import COMMENT_OR_STRING
from reconciler.jsonc.pieces import drop_members, pieces_of
from reconciler.jsonc.style import Habits, on_own_line, style_of
from reconciler.jsonc.values import same
from reconciler.jsonc.writer import write_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.jsonc.batch import Wanted
    from reconciler.jsonc.document import Document, Item
    from reconciler.jsonc.edits import Edit, Edited


def edit(doc: Document, edits: Sequence[Edit]) -> Edited:
    """Make edits on a document, all in one pass or, with EditError, none.

    Their result is as if they were made one after another. What is asked for and already there changes no
    byte. New members go behind the last one of their object and are written as the document is; comments stay
    where they are, those inside of a replaced or removed member excepted.
    """
    with collector_paused():
        root = fold(doc, edits)
        return edited(doc.data, _changes(doc, root))


def _changes(doc: Document, root: Wanted) -> Iterator[Change]:
    if doc.root.end == 0:
        yield from _first_bytes(doc, root)
        return
    if root.text == "":
        yield from _emptied(doc)
        return
    habits = Habits.of(doc)
    todo: list[tuple[Wanted, Item, bool]] = [(root, doc.root, True)]
    while todo:
        wanted, item, many_lines = todo.pop()
        if wanted.wish is not Wish.KEEP:
            yield from _replaced(doc, habits, wanted, item, many_lines=many_lines)
        elif wanted.below:
            yield from _rewritten(doc, habits, wanted, item, many_lines=many_lines)
            rows = {id(member): at for at, member in enumerate(item.members or ())}
            for key, child in wanted.below.items():
                inner = item.child(key)
                if inner is not None and child.wish is not Wish.REMOVE:
                    todo.append((child, inner, on_own_line(doc, item, rows[id(inner)])))


def _replaced(
    doc: Document, habits: Habits, wanted: Wanted, item: Item, *, many_lines: bool
) -> Iterator[Change]:
    if wanted.text is not None:
        change = Change(item.start, item.end, wanted.text.encode())
    elif same(item.value, value := wanted.built()):
        return
    else:
        change = replacement(doc, habits, item, value, many_lines=many_lines)
    if change.replacement != doc.data[item.start : item.end]:
        yield change


def _rewritten(
    doc: Document, habits: Habits, wanted: Wanted, item: Item, *, many_lines: bool
) -> Iterator[Change]:
    removed = {key for key, child in wanted.below.items() if child.wish is Wish.REMOVE}
    added = {key: child.built() for key, child in wanted.below.items() if item.child(key) is None}
    if not removed and not added:
        return
    pieces = pieces_of(doc.data, item, removed)
    if removed:
        drop_members(pieces, item, removed, adding=bool(added))
    if added:
        yield from Site(doc, habits, item, pieces, many_lines).insertions(added)
    for piece in pieces:
        if not piece.kept:
            yield Change(piece.start, piece.end, b"")


def _first_bytes(doc: Document, root: Wanted) -> Iterator[Change]:
    """Fill a file of no bytes: two spaces, a line feed at the end."""
    value = root.built()
    if root.text:
        yield Change(0, 0, root.text.encode() + b"\n")
    elif not same({}, value):
        style = style_of(doc, Habits.of(doc), doc.root)
        yield Change(0, 0, write_value(value, style, b"") + style.eol)


def _emptied(doc: Document) -> Iterator[Change]:
    """Take everything out of a file, unless comments around its root would be left alone in it."""
    around = (doc.data[: doc.root.start], doc.data[doc.root.end :])
    if any(COMMENT_OR_STRING.search(part) for part in around):
        if doc.data[doc.root.start : doc.root.end] != b"{}":
            yield Change(doc.root.start, doc.root.end, b"{}")
    else:
        yield Change(0, len(doc.data), b"")
