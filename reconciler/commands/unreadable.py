"""Why MiMoCode would not start: a layer that it could not read, named with what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import jsonc
from reconciler.engine.documents import SOURCE, read_document
from reconciler.engine.problems import Blocker, Code, Place, Stop
from reconciler.mimocode.facts import LAYER_NAMES, USER_CONFIG_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.engine.files import FileSystem
    from reconciler.mimocode.layers import Layer
    from reconciler.mimocode.substitution import Filled


def unreadable(
    files: FileSystem, environment: Mapping[str, str], layers: tuple[Layer, ...]
) -> tuple[Blocker, ...]:
    """Name every layer that keeps MiMoCode from starting, each once."""
    found = [_why(files, environment, layer) for layer in layers if not layer.readable]
    return tuple(dict.fromkeys(blocker for blockers in found for blocker in blockers))


def _why(files: FileSystem, environment: Mapping[str, str], layer: Layer) -> tuple[Blocker, ...]:
    if layer.filled is not None:
        return _once_filled(layer, layer.filled)
    if layer.file is None:
        return (_variable(layer.variable or "", environment),)
    if layer.kind != "extra file" and layer.file.name not in (*LAYER_NAMES, *USER_CONFIG_NAMES):
        what = "this folder is not there or is none, and MiMoCode does not start then"
        return (_blocker(what, "make the folder, or see to what names it", Place(str(layer.file))),)
    try:
        read_document(files, SOURCE, layer.file)
    except Stop as ending:
        return ending.blockers
    return ()  # it was mended meanwhile


def _once_filled(layer: Layer, filled: Filled) -> tuple[Blocker, ...]:
    missing = [_at(layer, filled, one.offset) for one in filled.references if one.missing]
    if missing:
        what = "this refers to a file that cannot be read, and MiMoCode does not start then"
        return tuple(
            _blocker(what, "make that file readable or take the reference out", at) for at in missing
        )
    what = "this is not one JSONC object once variables and other files are put into it"
    return (_blocker(what, "mend it or what is put into it", layer.place()),)


def _at(layer: Layer, filled: Filled, offset: int) -> Place:
    return layer.place() if layer.file is None else Place(str(layer.file), *filled.position(offset))


def _variable(name: str, environment: Mapping[str, str]) -> Blocker:
    text = environment.get(name, "")
    what = "begins with a byte order mark" if text.startswith("\ufeff") else "is not one JSON object"
    try:
        jsonc.parse(text.encode(errors="surrogateescape"))
    except jsonc.JsoncError as error:
        what = f"is not valid JSONC: {error.message} (line {error.line}, column {error.column})"
    return _blocker(f"the text of this variable {what}", f"mend or unset {name}", Place(variable=name))


def _blocker(what: str, remedy: str, place: Place) -> Blocker:
    return Blocker(Code.CONFIG_UNREADABLE, what, f"{remedy}, then run again", SOURCE, place)
