"""The published schemas: made from the classes that are printed, and never less than was published before."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs
import jsonschema  # type: ignore[import-untyped]
import pytest

from reconciler.cli.about import about
from reconciler.commands.published import Report
from reconciler.commands.spelling import as_json
from tests.support.compatible import breaks
from tests.support.schemas import CLASSES, FOLDER, Maker, files, schema_of
from tests.support.target import REPOSITORY
from tests.unit.commands.test_report import FULL

PUBLISHED: Final = REPOSITORY / "tests" / "published"
"""What was published once, as it was: never written anew."""

Schema = dict[str, Any]


def published() -> Schema:
    """Read the schema of version 1.0 as it was first published."""
    found: Schema = json.loads((PUBLISHED / "report-1.0.schema.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize(("path", "text"), [pytest.param(*one, id=one[0].name) for one in files()])
def test_the_files_are_what_the_classes_make(path: Path, text: str) -> None:
    """After a change of a published class `just schemas` was run."""
    assert path.read_text("utf-8") == text


def test_no_schema_lies_about_that_nothing_makes() -> None:
    """Each file in docs/schemas has its class."""
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.schema.json" for name in CLASSES}


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
def test_they_are_schemas_of_the_dialect_that_they_name(kind: type) -> None:
    """Each is valid by the meta-schema of draft 2020-12."""
    jsonschema.Draft202012Validator.check_schema(schema_of(kind))


def test_a_report_with_something_in_every_field_is_valid() -> None:
    """What is printed is what the schema describes, field by field and in that order."""
    full = {**as_json(FULL), "blockers": []}
    full["changes"][0]["file"] = "/c"
    jsonschema.Draft202012Validator(schema_of(Report)).validate(json.loads(json.dumps(full)))
    assert list(full) == schema_of(Report)["required"]
    assert all(full[name] for name in full if name not in ("ok", "blockers"))


def test_what_version_tells_is_valid(tmp_path: Path) -> None:
    """Also where there is no mimo."""
    told = json.loads(json.dumps(attrs.asdict(about({"PATH": str(tmp_path)}))))
    jsonschema.Draft202012Validator(schema_of(CLASSES["version-1.0"])).validate(told)


def test_an_annotation_without_words_is_refused() -> None:
    """What the maker does not know it does not leave out."""
    with pytest.raises(TypeError, match="nobody said"):
        Maker().of(dict[str, int])


# Compatibility


def test_everything_that_was_published_still_holds() -> None:
    """Readers of the first version 1.0 find all its fields, with the types, forms and values they know."""
    assert breaks(published(), schema_of(Report)) == []


def at(schema: Schema, path: str) -> Schema:
    """Return the node at a path of words."""
    for word in filter(None, path.split("/")):
        schema = schema[word]
    return schema


def put(path: str, word: str, value: object) -> Callable[[Schema], None]:
    """Make a change that sets one word."""

    def change(schema: Schema) -> None:
        at(schema, path)[word] = value

    return change


def drop(path: str, word: str) -> Callable[[Schema], None]:
    """Make a change that takes one word or field away."""

    def change(schema: Schema) -> None:
        del at(schema, path)[word]

    return change


def gone_from(path: str, value: object) -> Callable[[Schema], None]:
    """Make a change that takes a value out of a list."""

    def change(schema: Schema) -> None:
        node, _, word = path.rpartition("/")
        at(schema, node)[word].remove(value)

    return change


REPORT: Final = "properties"
CHANGE: Final = "$defs/change/properties"
BREAKS: Final = {
    "a field is gone": (drop(REPORT, "model_ref"), "$.model_ref: is gone"),
    "a field of a field is gone": (drop("$defs/files/properties", "key_file"), "$.files.key_file: is gone"),
    "a field in a list is gone": (drop(CHANGE, "reason"), "$.changes[].reason: is gone"),
    "a field may be missing": (gone_from("required", "ok"), "$.ok: may be missing"),
    "a field in a list may be missing": (
        gone_from("$defs/change/required", "key"),
        "$.changes[].key: may be missing",
    ),
    "a type is another one": (put(f"{REPORT}/ok", "type", "string"), "$.ok: was boolean, is string"),
    "a type became wider": (
        put("$defs/blocker/properties/message", "type", ["string", "null"]),
        "$.blockers[].message: was string, is null or string",
    ),
    "a type became narrower": (
        put(f"{REPORT}/model", "type", "string"),
        "$.model: was null or string, is string",
    ),
    "a number may have a fraction": (
        put("$defs/infile/properties/line", "type", ["number", "null"]),
        "$.blockers[].location.line: was integer or null, is null or number",
    ),
    "a list's items are others": (
        put(f"{CHANGE}/key", "items", {"type": "integer"}),
        "$.changes[].key[]: was string, is integer",
    ),
    "a list's items may be anything": (
        drop(f"{CHANGE}/key", "items"),
        "$.changes[].key[]: may be anything now",
    ),
    "a value of an enumeration is gone": (
        gone_from(f"{REPORT}/outcome/enum", "recovered"),
        "$.outcome: 'recovered' is gone",
    ),
    "false is gone from an enumeration": (
        gone_from("$defs/target/properties/audited/enum", value=False),
        "$.target.audited: was boolean or string, is string",
    ),
    "an enumeration is open": (
        put(REPORT, "outcome", {"type": "string"}),
        "$.outcome: may be any value now",
    ),
    "one value is left of an enumeration": (
        put(REPORT, "outcome", {"const": "applied"}),
        "only 'applied' is left",
    ),
    "the format's version is another": (
        put(f"{REPORT}/format_version", "const", "1.1"),
        "$.format_version: is no longer always '1.0'",
    ),
    "a code may have any form": (
        drop("$defs/blocker/properties/code", "pattern"),
        "$.blockers[].code: is no longer of the form ^[a-z_]+$",
    ),
    "a text may be empty": (
        drop("$defs/blocker/properties/remedy", "minLength"),
        "$.blockers[].remedy: minLength fell below 1",
    ),
    "a list may be empty": (
        put("$defs/explanation/properties/key", "minItems", 0),
        "$.explanations[].key: minItems fell below 1",
    ),
    "a line may be 0": (
        put("$defs/infile/properties/line", "minimum", 0),
        "$.blockers[].location.line: minimum fell below 1",
    ),
    "an object is open": (
        drop("$defs/target", "additionalProperties"),
        "$.target: may hold fields that nobody described",
    ),
    "a form of a place is gone": (
        put(
            "$defs/blocker/properties", "location", {"oneOf": [{"$ref": "#/$defs/infile"}, {"type": "null"}]}
        ),
        "$.blockers[].location",
    ),
    "a third form of a place": (
        put(
            "$defs/blocker/properties",
            "location",
            {
                "oneOf": [
                    {"$ref": "#/$defs/infile"},
                    {"$ref": "#/$defs/invariable"},
                    {"$ref": "#/$defs/target"},
                    {"type": "null"},
                ]
            },
        ),
        "$.blockers[].location: 4 forms, of which readers know 3",
    ),
    "any value became one of a kind": (
        put(f"{CHANGE}/before", "type", "string"),
        "$.changes[].before: was any, is string",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_every_kind_of_break_is_noticed(name: str) -> None:
    """What a reader would stumble over is told with its place."""
    change, told = BREAKS[name]
    schema = copy.deepcopy(schema_of(Report))
    change(schema)
    assert schema != schema_of(Report)
    assert any(told in one for one in breaks(published(), schema)), breaks(published(), schema)


GROWTH: Final = {
    "a new field": put(REPORT, "hint", {"type": "string"}),
    "a new field that is always there": lambda schema: schema["required"].append("hint"),
    "a new value": lambda schema: schema["properties"]["outcome"]["enum"].append("paused"),
    "a text gets a form": put(f"{CHANGE}/reason", "pattern", "^[a-z]"),
    "a limit rises": put("$defs/explanation/properties/key", "minItems", 2),
    "words for people": put(f"{REPORT}/ok", "description", "whether it went well"),
}


@pytest.mark.parametrize("name", GROWTH)
def test_growth_is_no_break(name: str) -> None:
    """Fields and values are added, and what is said becomes narrower, without anybody stumbling."""
    schema = copy.deepcopy(schema_of(Report))
    GROWTH[name](schema)
    assert schema != schema_of(Report)
    assert breaks(published(), schema) == []


def test_words_that_cannot_be_compared_are_refused() -> None:
    """A schema in words that the comparison does not know is not passed over."""
    schema = copy.deepcopy(schema_of(Report))
    at(schema, REPORT)["ok"]["not"] = {"const": False}
    with pytest.raises(AssertionError, match="not"):
        breaks(published(), schema)
