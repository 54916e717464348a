"""JSON with comments, read exactly as MiMoCode reads it and edited without disturbing what is not edited.

`parse` turns the bytes of a file into a `Document` with positions; `edit` makes a batch of `Set` and `Remove`
on it and gives the new bytes together with the spans that changed. Nothing here opens a file.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.jsonc.document import Document, Json, Node, Path, Span
    from reconciler.jsonc.editor import edit
    from reconciler.jsonc.edits import Change, Edit, Edited, Remove, Set, splice
    from reconciler.jsonc.errors import EditError, JsoncError
    from reconciler.jsonc.parser import NESTING_LIMIT, parse

__all__ = [
    "NESTING_LIMIT",
    "Change",
    "Document",
    "Edit",
    "EditError",
    "Edited",
    "Json",
    "JsoncError",
    "Node",
    "Path",
    "Remove",
    "Set",
    "Span",
    "edit",
    "parse",
    "splice",
]

_HOMES = {
    "Change": "edits",
    "Document": "document",
    "Edit": "edits",
    "EditError": "errors",
    "Edited": "edits",
    "Json": "document",
    "JsoncError": "errors",
    "NESTING_LIMIT": "parser",
    "Node": "document",
    "Path": "document",
    "Remove": "edits",
    "Set": "edits",
    "Span": "document",
    "edit": "editor",
    "parse": "parser",
    "splice": "edits",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: whoever only reads does not pay for editing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
