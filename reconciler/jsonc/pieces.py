"""An object's text between its braces as a row of pieces: members, commas, comments, white space.

Members are taken out here, with one comma each and the white space that only they needed. Comments are always
kept, and what is kept is never moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from reconciler.jsonc.grammar import LINE_BREAK, PIECE
from reconciler.records import define

if TYPE_CHECKING:
    from collections.abc import Collection

    from reconciler.jsonc.document import Item


@define(eq=False)
class Piece:
    """A stretch of the old bytes that is kept or dropped whole."""

    kind: Literal["space", "comment", "comma", "member"]
    start: int
    end: int
    text: bytes = b""  # empty for members: nothing looks at theirs
    kept: bool = True

    def breaks(self) -> bool:
        """Tell whether this is white space that goes on to another line."""
        return self.kind == "space" and LINE_BREAK.search(self.text) is not None


def pieces_of(data: bytes, item: Item, removed: Collection[str]) -> list[Piece]:
    """Cut an object's text, without its braces, into pieces; gaps far from all edits are left out.

    Those are the gaps between two members that stay; the one behind the last member is always there.
    """
    pieces: list[Piece] = []
    pos = item.start + 1
    near = False
    for member in item.members or ():
        before, near = near, member.key in removed
        if before or near:
            pieces += _gap(data, pos, member.key_start)
        pieces.append(Piece("member", member.key_start, member.end))
        pos = member.end
    return pieces + _gap(data, pos, item.end - 1)


def _gap(data: bytes, start: int, end: int) -> list[Piece]:
    found = PIECE.finditer(data, start, end)
    return [Piece(match.lastgroup, *match.span(), match.group()) for match in found]  # type: ignore[arg-type]


def drop_members(pieces: list[Piece], item: Item, removed: Collection[str], *, adding: bool) -> None:
    """Drop the members with these keys; `adding` says that others will follow behind the last."""
    places = [at for at, piece in enumerate(pieces) if piece.kind == "member"]
    gone = [at for at, member in zip(places, item.members or (), strict=True) if member.key in removed]
    staying = sorted(set(places).difference(gone))
    first, last = (staying[0], staying[-1]) if staying else (-1, -1)
    for at in gone:
        pieces[at].kept = False
        comma = _comma_behind(pieces, at)
        if comma is not None:
            pieces[comma].kept = False
    if gone[-1] > last >= 0 and item.comma < 0 and not adding:
        _drop_comma_between(pieces, last, next(at for at in gone if at > last))
    for at in gone:
        _close_gap(pieces, at, leads=at < first)
    _keep_line_breaks(pieces)
    if not staying and not any(piece.kind == "comment" for piece in pieces):
        for piece in pieces:
            piece.kept = piece.kept and adding


def _comma_behind(pieces: list[Piece], at: int) -> int | None:
    """Give the place of a member's comma: no other member can come before it."""
    return next((behind for behind in range(at + 1, len(pieces)) if pieces[behind].kind == "comma"), None)


def _drop_comma_between(pieces: list[Piece], last: int, gone: int) -> None:
    """Drop the comma of the member that is the last one now; with no comment about, the spaces too."""
    between = pieces[last + 1 : gone]
    bare = all(piece.kind != "comment" for piece in (*between, *pieces[_end_behind(pieces, gone) :][:1]))
    for piece in between:
        if piece.kind == "comma" or (bare and piece.kind == "space"):
            piece.kept = False


def _end_behind(pieces: list[Piece], at: int) -> int:
    """Give the place of the first piece behind a member that is neither a comma nor blanks on its line."""
    behind = at + 1
    while behind < len(pieces):
        piece = pieces[behind]
        if piece.kind != "comma" and (piece.kind != "space" or piece.breaks()):
            break
        behind += 1
    return behind


def _close_gap(pieces: list[Piece], at: int, *, leads: bool) -> None:
    """Drop the white space on one side of a dropped member; `leads` if all that stay come behind it."""
    behind = _end_behind(pieces, at)
    next_kind = pieces[behind].kind if behind < len(pieces) else None
    before = pieces[at - 1 : at]
    if next_kind == "comment":
        # The comment keeps its line: without the member's indent it would seem to speak of the line before.
        dropped = pieces[at:behind]
    elif next_kind == "member" and leads and not any(piece.breaks() for piece in before):
        # The first on a line of several: what stands behind moves up to the brace.
        dropped = pieces[at:behind]
    else:
        dropped = before + pieces[at : _comma_behind(pieces, at) or at]
    for piece in dropped:
        piece.kept = piece.kept and piece.kind != "space"


def _keep_line_breaks(pieces: list[Piece]) -> None:
    """Keep a line break behind every line comment, or the comment would swallow what follows."""
    following = b""  # the text of the next piece that is kept
    for at in reversed(range(len(pieces))):
        piece = pieces[at]
        if piece.text.startswith(b"//") and not following.startswith((b"\r", b"\n")):
            pieces[at + 1].kept = True
        following = piece.text if piece.kept else following
