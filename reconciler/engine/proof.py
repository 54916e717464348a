"""A plan held to its word: the bytes that it would write are read again and compared with what it says.

Whatever differs is a fault of the program. It is found here, before anything is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import jsonc
from reconciler.engine.documents import SOURCE
from reconciler.engine.problems import Code, Place, stop
from reconciler.engine.removals import without
from reconciler.engine.values import ABSENT, Absent, key_text, look_up, same
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from reconciler.engine.claims import Container
    from reconciler.engine.documents import Document
    from reconciler.engine.problems import Stop
    from reconciler.engine.values import Json, KeyPath


@frozen
class Promise:
    """What a plan says of one document."""

    document: Document
    values: Mapping[KeyPath, Json | Absent]
    """Every key that is ours or was, with the value that it has afterwards."""
    touched: Collection[KeyPath]
    """Those of them that the plan writes."""
    containers: Mapping[KeyPath, Container]
    """The objects that came with us, or that we filled."""
    indivisible: Callable[[KeyPath], KeyPath | None]

    def require(self, content: bytes | None) -> None:
        """Raise `Stop` with internal_error unless these bytes keep the promise; None is no file."""
        try:
            after: Json = {} if content is None else jsonc.parse(content).value
        except jsonc.JsoncError:
            raise self._broken("what it would write is not JSONC") from None
        for key, value in self.values.items():
            if not _is(look_up(after, key), value):
                raise self._broken(f"{key_text(key)} would not have the value that it says")
        groups = frozenset(self._groups(after))
        touched = (*self.touched, *groups)
        parents = _parents(touched)
        if not same(_rest(self.document.tree.value, touched, parents), _rest(after, touched, parents)):
            raise self._broken("something besides its own keys would change")
        for parent in parents if content is not None else ():
            if self._stood(parent) and look_up(after, parent) is ABSENT and parent not in groups:
                raise self._broken(f"{key_text(parent)} would go along, and it is not ours")

    def _groups(self, after: Json) -> Iterator[KeyPath]:
        """Name the objects that went as a whole, since they cannot stand without a key that went."""
        for key in self.touched:
            group = self.indivisible(key)
            if group is not None and look_up(after, group) is ABSENT:
                yield group

    def _stood(self, parent: KeyPath) -> bool:
        """Whether an object was there without us."""
        if look_up(self.document.tree.value, parent) is ABSENT:
            return False
        filled = self.containers.get(parent)
        came_with_us = filled is not None and filled.text is None
        return not came_with_us and not any(
            parent[:length] in self.containers for length in range(len(parent))
        )

    def _broken(self, what: str) -> Stop:
        return stop(
            Code.INTERNAL_ERROR,
            f"a fault of this program: its plan for this file does not hold, {what}; nothing was written",
            "please report it with this line",
            source=SOURCE,
            place=Place(file=str(self.document.path)),
        )


def _is(found: Json | Absent, promised: Json | Absent) -> bool:
    if isinstance(found, Absent) or isinstance(promised, Absent):
        return found is promised
    return same(found, promised)


def _parents(keys: Collection[KeyPath]) -> tuple[KeyPath, ...]:
    """Return every object below the root on the way to some keys, the innermost first."""
    found = {key[:length] for key in keys for length in range(1, len(key))}
    return tuple(sorted(found, key=len, reverse=True))


def _rest(tree: Json, touched: Collection[KeyPath], parents: Collection[KeyPath]) -> Json:
    """Return what a tree holds besides some keys and the objects that are empty without them."""
    rest = without(tree, touched)
    for parent in parents:
        above = look_up(rest, parent[:-1])
        if isinstance(above, dict) and above.get(parent[-1]) == {}:
            del above[parent[-1]]
    return rest
