"""Looking at what was printed finds what is wrong with it, and notices when nothing was looked at."""

import json

import jsonschema  # type: ignore[import-untyped]
import pytest

from reconciler.commands.report import Outcome, Report
from reconciler.commands.spelling import as_json
from tests.support.printed import MANY, TALLY, Tally, asked, look_at, read_object

GOOD = json.dumps(as_json(Report("status", Outcome.IN_SYNC)))


def test_one_valid_object_is_counted() -> None:
    """What is looked at and valid counts, once."""
    before = TALLY.valid
    assert look_at(("status", "--json"), GOOD + "\n") == json.loads(GOOD)
    assert TALLY.valid == before + 1


@pytest.mark.parametrize(
    "printed", [GOOD + GOOD, "In sync.\n" + GOOD, GOOD + "\nDone.", "[]", '"text"', "", GOOD[:-1]]
)
def test_anything_but_one_object_is_refused(printed: str) -> None:
    """Two objects, words around one, a list, a text, nothing, half of one."""
    before = TALLY.valid
    with pytest.raises(AssertionError, match="one JSON object"):
        read_object(printed)
    assert TALLY.valid == before


@pytest.mark.parametrize(
    ("field", "value"), [("outcome", "splendid"), ("ok", "yes"), ("changes", {}), ("extra", 1)]
)
def test_an_object_of_another_form_is_refused(field: str, value: object) -> None:
    """An unknown value, a wrong type, a field that nobody published."""
    with pytest.raises(jsonschema.ValidationError):
        read_object(json.dumps({**json.loads(GOOD), field: value}))


def test_a_missing_field_is_refused() -> None:
    """Every field is always there."""
    report = json.loads(GOOD)
    del report["probes"]
    with pytest.raises(jsonschema.ValidationError):
        read_object(json.dumps(report))


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("--json",), True),
        (("status", "--json"), True),
        (("status",), False),
        (("explain", "--", "--json"), False),
        (("explain", "--json", "--", "x"), True),
    ],
)
def test_a_flag_is_a_flag_in_front_of_two_dashes_alone(arguments: tuple[str, ...], answer: bool) -> None:  # noqa: FBT001
    """Behind them it is an argument like any other."""
    assert asked(arguments) is answer


def test_a_run_that_looked_at_nothing_is_noticed() -> None:
    """Many tests of commands and no object: somebody took the looking away."""
    assert Tally(valid=0, commands=MANY + 1).verdict() is not None
    assert Tally(valid=1, commands=MANY + 1).verdict() is None
    assert Tally(valid=0, commands=MANY).verdict() is None
