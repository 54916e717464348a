"""Whether a schema of what is printed still keeps what an older one promised to its readers.

A reader of the older format must find every field where it was, with values of the kinds and forms that it
knows. Fields and values of an enumeration may be added, and limits may become narrower; nothing else. The
words are those that `tests.support.schemas` makes schemas of; a schema with any other one cannot be compared,
which is an error.
"""

from collections.abc import Iterator
from typing import Any, Final

import attrs

KINDS: Final = ("null", "boolean", "string", "integer", "number", "array", "object")
ABOUT_NOTHING: Final = {"$schema", "$defs", "title", "description"}
WORDS: Final = {
    *("$ref", "type", "enum", "const", "oneOf", "anyOf", "required", "properties", "additionalProperties"),
    *("items", "pattern", "minLength", "minItems", "minimum"),
}
OF_ONE_KIND: Final = {
    **dict.fromkeys(("required", "properties", "additionalProperties"), "object"),
    **dict.fromkeys(("items", "minItems"), "array"),
    **dict.fromkeys(("pattern", "minLength"), "string"),
}
"""The words that speak of one kind of value, where several may stand."""
LEAST: Final = ("minLength", "minItems", "minimum")
"""Limits from below: they may rise, and never fall."""

Schema = dict[str, Any]


@attrs.frozen
class Side:
    """A schema's node together with the whole in which its references are looked up."""

    whole: Schema
    node: Schema

    def at(self, node: Schema) -> "Side":
        """Return another node of the same whole."""
        return Side(self.whole, node)

    def alternatives(self) -> Iterator[Schema]:
        """Yield what may stand here, one node for each kind of value; references are followed."""
        node = self.node
        unknown = set(node) - WORDS - ABOUT_NOTHING
        assert not unknown, f"these words cannot be compared: {sorted(unknown)}"
        if "$ref" in node:
            name = node["$ref"].removeprefix("#/$defs/")
            yield from self.at(self.whole["$defs"][name]).alternatives()
            return
        for word in ("oneOf", "anyOf"):
            if word in node:
                for one in node[word]:
                    yield from self.at(one).alternatives()
                return
        yield from _by_kind(node)


def _by_kind(node: Schema) -> Iterator[Schema]:
    said = {word: value for word, value in node.items() if word not in ABOUT_NOTHING}
    if "const" in said:
        yield {"type": _kind(said["const"]), "const": said["const"]}
    elif "enum" in said:
        for kind in KINDS:
            values = [value for value in said["enum"] if _kind(value) == kind]
            if values:
                yield {"type": kind, "enum": values}
    else:
        kinds = said.get("type", "any")
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            fitting = {word: value for word, value in said.items() if OF_ONE_KIND.get(word, kind) == kind}
            yield {**fitting, "type": kind}


def _kind(value: object) -> str:
    names = {bool: "boolean", str: "string", int: "integer", float: "number", type(None): "null"}
    return names[type(value)]


def breaks(old: Schema, new: Schema) -> list[str]:
    """Return what readers of the old schema would stumble over, each with its place."""
    return list(_breaks(Side(old, old), Side(new, new), "$"))


def _breaks(old: Side, new: Side, path: str) -> Iterator[str]:
    before, after = list(old.alternatives()), list(new.alternatives())
    kinds = [{one["type"] for one in side} for side in (before, after)]
    if kinds[0] != kinds[1]:
        yield f"{path}: was {_listed(kinds[0])}, is {_listed(kinds[1])}"
        return
    for one in before:
        fitting = [other for other in after if other["type"] == one["type"]]
        found = [list(_of_one(old.at(one), new.at(other), path)) for other in fitting]
        yield from min(found, key=len)
    if len(after) > len(before):
        yield f"{path}: {len(after)} forms, of which readers know {len(before)}"


def _listed(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds))


def _of_one(old: Side, new: Side, path: str) -> Iterator[str]:
    yield from _values(old.node, new.node, path)
    yield from _forms(old.node, new.node, path)
    if "items" in old.node:
        if "items" in new.node:
            yield from _breaks(old.at(old.node["items"]), new.at(new.node["items"]), f"{path}[]")
        else:
            yield f"{path}[]: may be anything now"
    if old.node["type"] == "object":
        yield from _fields(old, new, path)


def _values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if "const" in old and new.get("const") != old["const"]:
        yield f"{path}: is no longer always {old['const']!r}"
    if "enum" in old and "const" not in new:
        if "enum" not in new:
            yield f"{path}: may be any value now"
            return
        for value in old["enum"]:
            if value not in new["enum"]:
                yield f"{path}: {value!r} is gone"
    if "enum" in old and "const" in new:
        yield f"{path}: of {old['enum']!r} only {new['const']!r} is left"


def _forms(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if "pattern" in old and new.get("pattern") != old["pattern"] and "enum" not in new:
        yield f"{path}: is no longer of the form {old['pattern']}"
    for word in LEAST:
        if word in old and new.get(word, old[word] - 1) < old[word]:
            yield f"{path}: {word} fell below {old[word]}"
    if old.get("additionalProperties") is False and new.get("additionalProperties") is not False:
        yield f"{path}: may hold fields that nobody described"


def _fields(old: Side, new: Side, path: str) -> Iterator[str]:
    for name, node in old.node.get("properties", {}).items():
        if name not in new.node.get("properties", {}):
            yield f"{path}.{name}: is gone"
            continue
        yield from _breaks(old.at(node), new.at(new.node["properties"][name]), f"{path}.{name}")
    for name in old.node.get("required", []):
        if name not in new.node.get("required", []):
            yield f"{path}.{name}: may be missing"
