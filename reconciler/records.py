"""How this program's classes of values are made: by attrs, which is spared what all of them can share.

attrs writes three methods for each class and compiles them: how it is compared, hashed and shown. With a
hundred classes that takes as long as starting Python does. Here each of the three is one function for all,
and means the same.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["define", "frozen"]


@cache
def _values(kind: type[attrs.AttrsInstance]) -> Callable[[object], object]:
    """Make what takes from a thing the values by which it is compared and hashed."""
    if any(field.eq_key or field.hash is not None for field in attrs.fields(kind)):
        raise TypeError(f"{kind.__name__} has a field with a comparison or a hash of its own")
    return attrgetter("__class__", *(field.name for field in attrs.fields(kind) if field.eq))


def _equal(self: attrs.AttrsInstance, other: object) -> object:
    kind = self.__class__
    if other.__class__ is not kind:
        return NotImplemented
    values = _values(kind)
    return values(self) == values(other)


def _hashed(self: attrs.AttrsInstance) -> int:
    return hash(_values(self.__class__)(self))


@recursive_repr()
def _shown(self: attrs.AttrsInstance) -> str:
    kind = self.__class__
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in attrs.fields(kind) if field.repr)
    return f"{kind.__qualname__.rpartition('>.')[2]}({', '.join(shown)})"


if TYPE_CHECKING:
    from attrs import define, frozen
else:

    def _sharing(maker: Callable[..., type], hashed: object) -> Callable[..., object]:
        """Make a maker of classes like the one of attrs, which finds in each class what all share."""

        def make(kind: type | None = None, /, *, eq: bool = True, **how: bool) -> object:
            if kind is None:
                return lambda kind: make(kind, eq=eq, **how)
            own = vars(kind)
            if how.get("repr", True) and "__repr__" not in own:
                kind.__repr__ = _shown
            if eq and "__eq__" not in own and not issubclass(kind, BaseException):
                kind.__eq__, kind.__hash__ = _equal, hashed
            return maker(kind, eq=None if eq else False, **how)

        return make

    define = _sharing(attrs.define, None)
    frozen = _sharing(attrs.frozen, _hashed)
