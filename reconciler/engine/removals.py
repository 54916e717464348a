"""What goes along when keys go: the objects they leave empty, and those that cannot stand without them.

Only what is ours goes: an object that we created, at or below the topmost one that is remembered. One of
the user's that we had filled gets its own spelling back. An object with somebody's comment in it stays.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, TypeAlias

from attrs import field

from reconciler import jsonc
from reconciler.engine.values import ABSENT, look_up
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from reconciler.engine.claims import Container
    from reconciler.engine.documents import Document
    from reconciler.engine.values import Json, KeyPath

Edits: TypeAlias = "dict[KeyPath, jsonc.Set | jsonc.Remove]"


@frozen
class Removals:
    """The edits of one document, and what is needed to see what they leave behind."""

    document: Document
    edits: Edits
    containers: Mapping[KeyPath, Container]
    indivisible: Callable[[KeyPath], KeyPath | None]
    _comments: list[int] = field(init=False)

    @_comments.default
    def _starts_of_comments(self) -> list[int]:
        return [span.start for span in self.document.tree.comments]

    def widened(self, inhabited: AbstractSet[KeyPath]) -> tuple[Edits, Json]:
        """Let the edit of a whole object stand for the edits below it, where the object goes.

        `inhabited` names the objects in which a key of ours stays. Returns the edits, and the tree that
        they lead to.
        """
        removed = [key for key, edit in self.edits.items() if isinstance(edit, jsonc.Remove)]
        if not removed:
            return self.edits, self.document.tree.value
        rest = self._after(removed)
        wider: Edits = {}
        for key in removed:
            group = self.indivisible(key)
            if group is None or group in inhabited or look_up(rest, group) in (ABSENT, {}):
                continue
            wider[group] = jsonc.Remove(group)
            _delete(rest, group)
        for key in [*removed, *wider]:
            self._prune(key, rest, wider)
        return self._merged(wider), rest

    def _after(self, removed: list[KeyPath]) -> Json:
        """Return the tree as it will be: what is put in counts as much as what is taken out."""
        rest = without(self.document.tree.value, removed)
        for key, edit in self.edits.items():
            if isinstance(edit, jsonc.Set):
                _put(rest, key, edit.value)
        return rest

    def _prune(self, key: KeyPath, rest: Json, wider: Edits) -> None:
        """Climb from a removed key as long as its parents are empty and ours."""
        for length in range(len(key) - 1, -1, -1):
            parent = key[:length]
            if look_up(rest, parent) != {}:
                return
            filled = self.containers.get(parent)
            if filled is not None and filled.text is not None:
                if self._comments_inside(parent) == len(jsonc.parse(filled.text.encode()).comments):
                    wider[parent] = jsonc.Set(parent, {}, text=filled.text)
                return
            ours = any(parent[:upto] in self.containers for upto in range(length + 1))
            if not ours or self._comments_inside(parent):
                return  # a comment in there is somebody's: it is not ours to throw away
            wider[parent] = jsonc.Remove(parent)
            _delete(rest, parent)

    def _comments_inside(self, key: KeyPath) -> int:
        node = self.document.tree.node(key)
        if node is None:
            return 0
        return bisect_left(self._comments, node.end) - bisect_left(self._comments, node.start)

    def _merged(self, wider: Edits) -> Edits:
        def covered(key: KeyPath, upto: int) -> bool:
            return any(key[:length] in wider for length in range(upto))

        edits = {key: edit for key, edit in self.edits.items() if not covered(key, len(key) + 1)}
        edits.update((key, edit) for key, edit in wider.items() if not covered(key, len(key)))
        return edits


def without(tree: Json, keys: Iterable[KeyPath]) -> Json:
    """Copy the objects of a tree and take keys out of the copy."""
    copy = _copy_objects(tree)
    for key in keys:
        _delete(copy, key)
    return copy


def _copy_objects(tree: Json) -> Json:
    if not isinstance(tree, dict):
        return tree
    root: dict[str, Json] = dict(tree)
    pending = [root]
    while pending:
        here = pending.pop()
        for key, value in here.items():
            if isinstance(value, dict):
                inner = dict(value)
                here[key] = inner
                pending.append(inner)
    return root


def _put(tree: Json, key: KeyPath, value: Json) -> None:
    here = tree
    for segment in key[:-1]:
        here = here.setdefault(segment, {}) if isinstance(here, dict) else None
    if isinstance(here, dict):
        here[key[-1]] = value


def _delete(tree: Json, key: KeyPath) -> None:
    parent = look_up(tree, key[:-1])
    if key and isinstance(parent, dict):
        parent.pop(key[-1], None)
