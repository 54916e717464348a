"""The published schemas, made from the classes that are printed: draft 2020-12, one file for each object.

`just schemas` writes them. Within a version of the format a schema may only grow; `tests.support.compatible`
tells what it may not do.
"""

import json
import types
import typing
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin

import attrs

from reconciler.cli.about import About
from reconciler.commands.published import HELD_TO, Report
from reconciler.commands.report import Health, Outcome
from reconciler.engine.compare import Action
from reconciler.mimocode.audit.probes import Feature
from reconciler.mimocode.verdict import Verdict
from tests.support.target import REPOSITORY

FOLDER: Final = REPOSITORY / "docs" / "schemas"
CLASSES: Final = {"report-1.0": Report, "version-1.0": About}
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SCALARS: Final = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}

NAMES: Final = {one.__name__: one for one in (Action, Feature, Health, Outcome, Verdict)}
"""What the classes name, and need not import to be printed."""

Schema = dict[str, Any]


@attrs.define
class Maker:
    """Makes the schema of a class; the classes within it become definitions, each once."""

    definitions: dict[str, Schema] = attrs.field(factory=dict)

    def of(self, kind: Any) -> Schema:  # noqa: ANN401 - any annotation
        """Return the schema of what an annotation allows. Raises TypeError where it has no words for one."""
        if attrs.has(kind):
            return self._reference(kind)
        if get_origin(kind) is tuple and get_args(kind)[1:] == (...,):
            return {"type": "array", "items": self.of(get_args(kind)[0])}
        if get_origin(kind) in (Union, types.UnionType):
            return united([self.of(one) for one in get_args(kind)])
        return plain(kind)

    def _reference(self, kind: type) -> Schema:
        name = kind.__name__.rstrip("_").lower()
        if name not in self.definitions:
            self.definitions[name] = {}  # its place: a definition stands in front of those within it
            self.definitions[name] = self.object_of(kind)
        return {"$ref": f"#/$defs/{name}"}

    def object_of(self, kind: type) -> Schema:
        """Return the schema of a class: every field is there, and no other."""
        hints = typing.get_type_hints(kind, localns=NAMES)
        fields = attrs.fields(kind)
        return {
            "description": (kind.__doc__ or "").strip(),
            "type": "object",
            "required": [field.name for field in fields],
            "properties": {
                field.name: {**self.of(hints[field.name]), **field.metadata.get(HELD_TO, {})}
                for field in fields
            },
            "additionalProperties": False,
        }


def plain(kind: Any) -> Schema:  # noqa: ANN401 - any annotation
    """Return the schema of what holds nothing else."""
    if kind is Any:
        return {}
    if kind in SCALARS:
        return {"type": SCALARS[kind]}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    if get_origin(kind) is Literal:
        values = list(get_args(kind))
        return {"const": values[0]} if len(values) == 1 else {"enum": values}
    raise TypeError(f"nobody said what {kind} is in a schema")


def united(alternatives: list[Schema]) -> Schema:
    """Put what may stand in one place into one schema, the shortest way that says it."""
    if all(set(one) <= {"type"} for one in alternatives):
        return {"type": [one["type"] for one in alternatives]}
    if all(set(one) <= {"enum"} or one == {"type": "null"} for one in alternatives):
        return {"enum": [value for one in alternatives for value in one.get("enum", [None])]}
    if any(one.get("type") == "array" for one in alternatives) and len(alternatives) == 2:
        (array,) = (one for one in alternatives if one.get("type") == "array")
        (other,) = (one for one in alternatives if one is not array)
        return {**array, "type": ["array", other["type"]]}
    return {"oneOf": alternatives}


def schema_of(kind: type) -> Schema:
    """Return the whole schema of a class that is printed."""
    maker = Maker()
    whole = maker.object_of(kind)
    return {"$schema": DIALECT, **whole, "$defs": dict(sorted(maker.definitions.items()))}


def spelled(kind: type) -> str:
    """Spell it as it stands in its file."""
    return json.dumps(schema_of(kind), indent=2) + "\n"


def files() -> Iterator[tuple[Path, str]]:
    """Yield each schema's file and what belongs into it."""
    for name, kind in CLASSES.items():
        yield FOLDER / f"{name}.schema.json", spelled(kind)


def main() -> None:
    """Write every schema anew."""
    for path, text in files():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
