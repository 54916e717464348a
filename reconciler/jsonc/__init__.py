"""JSON with comments, read exactly as MiMoCode reads it and edited without disturbing what is not edited.

`parse` turns the bytes of a file into a `Document` with positions; `edit` makes a batch of `Set` and `Remove`
on it and gives the new bytes together with the spans that changed. Nothing here opens a file.
"""

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
