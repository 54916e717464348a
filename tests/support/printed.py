"""What the program printed with `--json`: one object, valid by the published schema, wherever a test runs it.

Every place that starts the program hands its standard output over here. The objects are counted, so that a
run of the suite in which none was looked at is no success.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import attrs
import jsonschema  # type: ignore[import-untyped]

from tests.support.target import REPOSITORY

SCHEMAS: Final = REPOSITORY / "docs" / "schemas"
MANY: Final = 100
"""A run with more tests of the behaviour suite than these starts the program with --json for certain."""


@attrs.define
class Tally:
    """How many objects were looked at, and how many tests of whole commands there were."""

    valid: int = 0
    commands: int = 0

    def verdict(self) -> str | None:
        """Say what is wrong with a run that looked at nothing; None where nothing is."""
        if self.commands > MANY and not self.valid:
            return f"{self.commands} tests ran commands, and no JSON of any was looked at"
        return None


TALLY: Final = Tally()
"""This process's own; the one who shares out the tests adds them up."""


def asked(arguments: Sequence[str]) -> bool:
    """Say whether a command line asks for JSON: what stands behind `--` is no flag any more."""
    return "--json" in [*arguments, "--"][: [*arguments, "--"].index("--")]


def look_at(arguments: Sequence[str], stdout: str, stderr: str = "") -> dict[str, Any] | None:
    """Check what a command printed, where it was asked for JSON and printed anything; return the object."""
    if not asked(arguments) or not stdout:
        return None
    return read_object(stdout, stderr)


def read_object(stdout: str, stderr: str = "") -> dict[str, Any]:
    """Return the one object that standard output is. Raises AssertionError, or what jsonschema raises."""
    try:
        found = json.loads(stdout)
    except ValueError:
        found = None
    assert isinstance(found, dict), f"standard output is not one JSON object:\n{stdout}\n{stderr}"
    validator("report-1.0" if "command" in found else "version-1.0").validate(found)
    TALLY.valid += 1
    return found


@cache
def validator(name: str) -> Any:  # noqa: ANN401 - jsonschema has no types
    """Return what checks by a schema; that this is one is checked once, as it takes its time."""
    schema = json.loads(Path(SCHEMAS / f"{name}.schema.json").read_bytes())
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)
