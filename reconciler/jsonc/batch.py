"""A sequence of edits folded into one tree of what is wanted, so that each object is gone through once.

The result is as if the edits were made one after another. Every refusal is decided here, before a byte is
looked at for writing.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, NoReturn

import attrs

from reconciler.jsonc.edits import Set
from reconciler.jsonc.errors import EditError, JsoncError
from reconciler.jsonc.parser import NESTING_LIMIT, parse_within
from reconciler.jsonc.values import PROTO, Raw, join_surrogates, same, take
from reconciler.records import define

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.jsonc.document import Document, Item, Json, Path
    from reconciler.jsonc.edits import Edit


class Wish(Enum):
    """What is wanted of a value."""

    KEEP = auto()  # it is there and stays; something inside of it is wanted otherwise
    WRITE = auto()  # a value to put there
    BUILD = auto()  # an object to put there, made of the wishes below it
    REMOVE = auto()


@define(eq=False)
class Wanted:
    """What is wanted at one path and below it."""

    wish: Wish
    value: Json = None
    text: str | None = None
    below: dict[str, Wanted] = attrs.field(factory=dict)

    def built(self) -> Json | Raw:
        """Give the value that is to be written here."""
        if self.wish is Wish.WRITE:
            return self.value if self.text is None else Raw(self.text, self.value)
        root: dict[str, Json | Raw] = {}
        todo = [(self, root)]
        while todo:
            wanted, table = todo.pop()
            for key, child in wanted.below.items():
                if child.wish is Wish.BUILD:
                    inner: dict[str, Json | Raw] = {}
                    table[key] = inner  # type: ignore[assignment] # as below
                    todo.append((child, inner))
                else:
                    table[key] = child.built()
        return root  # type: ignore[return-value] # spellings stand among the values until they are written

    def open(self) -> bool:
        """Make an object that is to be written one of single wishes; tell whether it was an object."""
        if self.wish is Wish.WRITE and self.text is None and isinstance(self.value, dict):
            self.below = {key: Wanted(Wish.WRITE, value) for key, value in self.value.items()}
            self.wish, self.value = Wish.BUILD, None
        return self.wish in (Wish.KEEP, Wish.BUILD)


def fold(doc: Document, edits: Sequence[Edit]) -> Wanted:
    """Fold edits, in their order, over a document; raises EditError for the first that cannot be made."""
    root = Wanted(Wish.KEEP)
    for edit in edits:
        descent = _Descent(doc, tuple(join_surrogates(key) for key in edit.path), doc.root)
        if isinstance(edit, Set):
            descent.set(root, edit)
        else:
            descent.remove(root)
    return root


@define(eq=False)
class _Descent:
    """One edit on its way down the tree of wishes, and down the document as long as that is kept."""

    doc: Document
    path: Path
    item: Item | None  # what stands in the document where the descent is
    near: int = 0  # where the last thing on the way stands

    def __attrs_post_init__(self) -> None:
        self.near = self.doc.root.start
        if PROTO in self.path:
            self._refuse("MiMoCode does not see a key named __proto__")
        if len(self.path) > NESTING_LIMIT:
            self._refuse("the path is too deep")

    def set(self, root: Wanted, edit: Set) -> None:
        """Record that a value is wanted at the path."""
        value = self._value(edit)
        wanted = root
        for depth, key in enumerate(self.path):
            if wanted.wish is Wish.REMOVE:
                wanted.wish = Wish.BUILD
            if wanted.text is not None:
                if edit.text is None and self._within(wanted, depth, value):
                    return
                self._refuse("an object on the way is being given a spelling of its own")
            if not wanted.open() or not self._enter(wanted, key):
                self._refuse("a parent is not an object")
            if key not in wanted.below:
                wanted.below[key] = Wanted(Wish.BUILD if self.item is None else Wish.KEEP)
            wanted = wanted.below[key]
        wanted.wish, wanted.value, wanted.text, wanted.below = Wish.WRITE, value, edit.text, {}

    def remove(self, root: Wanted) -> None:
        """Record that nothing is wanted at the path; nothing there is nothing to do."""
        if not self.path:
            self._refuse("the root cannot be removed")
        parent = wanted = root
        for depth, key in enumerate(self.path):
            if wanted.text is not None and self._within(wanted, depth):
                self._refuse("an object on the way is being given a spelling of its own")
            if not wanted.open() or not self._enter(wanted, key):
                return
            if key not in wanted.below:
                if self.item is None:
                    return
                wanted.below[key] = Wanted(Wish.KEEP)
            parent, wanted = wanted, wanted.below[key]
        if self.item is None:
            del parent.below[self.path[-1]]
        else:
            parent.below[self.path[-1]] = Wanted(Wish.REMOVE)

    def _enter(self, wanted: Wanted, key: str) -> bool:
        """Go down one key, in the document too if the object stays; tell whether it is an object."""
        if wanted.wish is not Wish.KEEP or self.item is None:
            self.item = None
            return True
        if self.item.members is None:
            return False
        repeat = self.item.repeat(key)
        if repeat is not None:
            self.near = repeat.key_start
            self._refuse("a key on the way stands twice in its object")
        self.item = self.item.child(key)
        if self.item is not None:
            self.near = self.item.start
        return True

    def _within(self, wanted: Wanted, depth: int, *expected: Json) -> bool:
        """Tell whether the value being spelled has something here, and that it is what is expected."""
        value = wanted.value
        for key in self.path[depth:]:
            if not isinstance(value, dict) or key not in value:
                return False
            value = value[key]
        return all(same(value, wish) for wish in expected)

    def _value(self, edit: Set) -> Json:
        room = NESTING_LIMIT - len(self.path)
        if edit.text is None:
            try:
                return take(edit.value, room)
            except ValueError as error:
                self._refuse(str(error))
        if not edit.text and self.path:
            self._refuse("the spelling is empty")
        try:
            spelled = parse_within(edit.text.encode(), room)
        except (JsoncError, UnicodeEncodeError):
            self._refuse("the spelling is not a JSONC value")
        if (spelled.root.start, spelled.root.end) != (0, len(spelled.data)):
            self._refuse("the spelling holds more than a value")
        if not same(spelled.value, edit.value):
            self._refuse("the spelling reads as another value")
        return spelled.value

    def _refuse(self, reason: str) -> NoReturn:
        line, column = self.doc.lines.place(self.near)
        raise EditError(reason, path=self.path, line=line, column=column)
