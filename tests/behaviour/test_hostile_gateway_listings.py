"""A hostile gateway's lists: wrong types, ids and names that mean something elsewhere, too many models."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from fixtures.canary import CANARY_KEY
from reconciler.gonkagate.catalog import WARNINGS_LIMIT
from tests.behaviour.conftest import Machines
from tests.support.documents import KIMI, read
from tests.support.hostile import (
    HOSTILE_IDS,
    HOSTILE_TEXTS,
    assert_discreet,
    attempt,
    listing,
    stopped,
    succeeded,
)
from tests.support.pictures import users_files
from tests.support.refusals import untouched_by
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.standin  # every run ends before mimo has a part in it, or is like any other set-up

TYPES: Final[dict[str, object]] = {
    "null": None,
    "true": True,
    "false": False,
    "a number": 7,
    "a fraction": 1.5,
    "a text": KIMI,
    "a list": [],
    "a list of texts": [KIMI],
    "an object": {},
    "an object with an id": {"id": KIMI},
}


def _but(*names: str) -> dict[str, object]:
    return {name: value for name, value in TYPES.items() if name not in names}


@pytest.mark.parametrize("root", TYPES.values(), ids=TYPES)
def test_an_answer_that_is_no_list_of_models_is_malformed(machine: Sandbox, root: object) -> None:
    """Whatever stands at the root, there is no list under "data" in it."""
    machine.gateway.catalog = root
    assert '"data"' in stopped(machine, "catalog_malformed")["message"]


@pytest.mark.parametrize(
    "data", _but("a list", "a list of texts").values(), ids=_but("a list", "a list of texts")
)
def test_data_that_is_no_list_is_malformed(machine: Sandbox, data: object) -> None:
    """An object, a text or nothing is no list."""
    machine.gateway.catalog = {"object": "list", "data": data}
    assert '"data"' in stopped(machine, "catalog_malformed")["message"]


@pytest.mark.parametrize("entry", _but("an object with an id").values(), ids=_but("an object with an id"))
def test_an_entry_that_is_no_model_is_malformed(machine: Sandbox, entry: object) -> None:
    """One entry makes the whole list malformed, and its number is told."""
    machine.gateway.catalog = listing({"id": KIMI}, entry)
    assert "data[1]" in stopped(machine, "catalog_malformed")["message"]


@pytest.mark.parametrize("identity", [*_but("a text").values(), ""], ids=[*_but("a text"), "an empty text"])
def test_an_id_that_is_no_text_is_malformed(machine: Sandbox, identity: object) -> None:
    """Nothing is made a text that was none."""
    machine.gateway.catalog = listing({"id": KIMI}, {"id": identity})
    assert "data[1]" in stopped(machine, "catalog_malformed")["message"]


@pytest.mark.parametrize("identity", HOSTILE_IDS.values(), ids=HOSTILE_IDS)
def test_an_id_that_means_something_elsewhere_is_unsafe(machine: Sandbox, identity: str) -> None:
    """It could be replaced, lead out of a folder or steer a terminal: the whole list is refused."""
    machine.gateway.catalog = listing({"id": KIMI}, {"id": identity})
    blocker = stopped(machine, "catalog_unsafe")
    assert "data[1]" in blocker["message"]


@pytest.mark.parametrize("name", ["a colour", "a title", "right to left", "a newline", "a C1 control"])
def test_an_unsafe_id_is_shown_harmlessly_to_people(machine: Sandbox, name: str) -> None:
    """The text for people holds none of its characters either."""
    machine.gateway.catalog = listing({"id": HOSTILE_IDS[name]})
    before = users_files(machine)
    ending = attempt(machine, "apply", "--scope", "user", "--yes")
    assert ending.result.exit_code == 1
    assert_discreet(machine, ending)
    assert untouched_by(machine, before)


def test_names_of_objects_own_are_left_out(machine: Sandbox) -> None:
    """MiMoCode cannot carry these ids: a list of nothing else is empty."""
    machine.gateway.catalog = listing(*({"id": one} for one in ("__proto__", "constructor", "toString")))
    stopped(machine, "catalog_empty")


@pytest.mark.parametrize("count", [20_001, 200_000])
def test_more_than_20_000_models_are_too_many(machine: Sandbox, count: int) -> None:
    """The number is told, and none of them is used."""
    machine.gateway.catalog = listing(*({"id": f"a/m{number}"} for number in range(count)))
    assert str(count) in stopped(machine, "catalog_too_large")["message"]


def test_20_000_models_are_planned_with_little_memory(machine: Sandbox) -> None:
    """The most that is taken: every model is in the plan."""
    machine.gateway.catalog = listing(*({"id": f"a/m{number}"} for number in range(20_000)))
    before = users_files(machine)
    ending = attempt(machine, "plan", "--scope", "user", "--json")
    assert_discreet(machine, ending)
    assert ending.result.report is not None
    assert ending.result.report["ok"], ending.result.stdout[:2000]
    assert "a/m19999" in ending.result.stdout
    assert untouched_by(machine, before)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"data": [{"id": "a/b"}], "data": []}', "catalog_empty"),
        (b'{"data": [{"id": "a/b"}], "data": null}', "catalog_malformed"),
        (b'{"data": [{"id": "a/b", "id": "{env:HOME}"}]}', "catalog_unsafe"),
        (rb'{"data": [{"id": "a/b", "\u0069d": "{env:HOME}"}]}', "catalog_unsafe"),
    ],
    ids=["data emptied", "data taken away", "an id replaced", "an id replaced by an escaped name"],
)
def test_of_a_key_that_comes_twice_the_last_one_is_judged(machine: Sandbox, body: bytes, code: str) -> None:
    """What is judged is what would be written: there is no second reading."""
    machine.gateway.catalog = body
    stopped(machine, code)


# What is ignored or replaced: one list with all of it, set up once and looked at from many sides.

ODD_VALUES: Final[dict[str, object]] = {
    **_but("a number", "a text"),
    "zero": 0,
    "less than zero": -5,
    "beyond exact numbers": 2**53,
    "a number of 4,000 digits": 10**4000,
    "infinity": float("inf"),
    "no number": float("nan"),
    "digits": "8192",
    "a reference": "{env:HOME}",
}
FIELDS: Final = ("context_length", "max_output_tokens")
IGNORED: Final = ("description", "object", "created", "owned_by", "limit", "options", "npm", "headers", "env")


_ALSO_ODD: Final = 2
"""Odd entries besides those with a hostile name: one listed twice, one with a name that is too long."""


def _odd_entries() -> Iterator[dict[str, object]]:
    yield {"id": KIMI}
    for number, text in enumerate(HOSTILE_TEXTS.values()):
        yield {"id": f"name/{number}", "name": text, "description": text}
    for number, value in enumerate(_but("a text").values()):
        yield {"id": f"type/{number}", "name": value}
    for number, value in enumerate(ODD_VALUES.values()):
        yield {"id": f"odd/{number}", "name": "Plain", **dict.fromkeys((*FIELDS, *IGNORED), value)}
    yield {"id": "twice/a", "name": "The first", "context_length": 1}
    yield {"id": "twice/a", "name": "The second", "context_length": 2}
    yield {"id": "long/name", "name": "n" * 200}
    yield {"id": "longer/name", "name": "n" * 201}


@pytest.fixture(name="odd", scope="module")
def _odd(machines: Machines) -> Sandbox:
    """Make a machine that was set up with the list of odd entries."""
    machine = machines("odd")
    machine.gateway.catalog = listing(*_odd_entries())
    succeeded(machine)
    return machine


def _models(machine: Sandbox) -> dict[str, Any]:
    models = read(machine.user_config)["provider"]["gonkagate"]["models"]
    assert isinstance(models, dict)
    return models


def _spellings(text: str) -> set[bytes]:
    escaped = json.dumps(text)[1:-1].encode()
    return {
        escaped,
        escaped.upper(),
        json.dumps(text, ensure_ascii=False)[1:-1].encode(errors="surrogatepass"),
    }


@pytest.mark.parametrize("number", range(len(HOSTILE_TEXTS)), ids=HOSTILE_TEXTS)
def test_a_name_that_is_not_plain_gives_way_to_the_id(odd: Sandbox, number: int) -> None:
    """The model is set up, it is named or counted as odd, and the text is in no file and in no output."""
    identity, text = f"name/{number}", [*HOSTILE_TEXTS.values()][number]
    assert _models(odd)[identity] == {"name": identity, "limit": {"context": 0, "output": 0}}
    (result,) = odd.results
    assert result.report is not None
    told = [warning["message"] for warning in result.report["warnings"]]
    if number < WARNINGS_LIMIT:
        assert f"{identity} " in told[number]
    assert told[WARNINGS_LIMIT].startswith(f"and {len(HOSTILE_TEXTS) + _ALSO_ODD - WARNINGS_LIMIT} more")
    files = [path for path in odd.home.rglob("*") if path.is_file()]
    seen = [result.stdout.encode(), result.stderr.encode(), *(path.read_bytes() for path in files)]
    assert [spelling for spelling in _spellings(text) for one in seen if spelling in one] == []


@pytest.mark.parametrize("number", range(len(_but("a text"))), ids=_but("a text"))
def test_a_name_that_is_no_text_gives_way_to_the_id(odd: Sandbox, number: int) -> None:
    """Nothing is made a name that was none."""
    assert _models(odd)[f"type/{number}"]["name"] == f"type/{number}"


@pytest.mark.parametrize("number", range(len(ODD_VALUES)), ids=ODD_VALUES)
def test_a_limit_that_is_no_whole_number_is_not_published(odd: Sandbox, number: int) -> None:
    """It counts as 0; the same value in fields that are ignored changes nothing at all."""
    assert _models(odd)[f"odd/{number}"] == {"name": "Plain", "limit": {"context": 0, "output": 0}}


def test_of_two_entries_for_one_model_the_first_counts(odd: Sandbox) -> None:
    """The second one is counted among the odd ones."""
    assert _models(odd)["twice/a"] == {"name": "The first", "limit": {"context": 1, "output": 0}}


def test_a_name_may_have_200_characters(odd: Sandbox) -> None:
    """One more, and the id stands in for it."""
    models = _models(odd)
    assert (models["long/name"]["name"], models["longer/name"]["name"]) == ("n" * 200, "longer/name")


def test_nothing_but_the_listed_models_got_into_the_config(odd: Sandbox) -> None:
    """The order is the list's, and no field of an entry became a field of the provider."""
    assert list(_models(odd)) == list(dict.fromkeys(entry["id"] for entry in _odd_entries()))
    assert set(read(odd.user_config)["provider"]["gonkagate"]) == {"npm", "name", "options", "models"}


@pytest.mark.parametrize("arguments", [("plan", "--scope", "user"), ("status",)], ids=["plan", "status"])
def test_what_is_shown_to_people_is_harmless(machine: Sandbox, arguments: tuple[str, ...]) -> None:
    """The text for people holds no character that steers a terminal either."""
    machine.gateway.catalog = listing(*_odd_entries())
    ending = attempt(machine, *arguments)
    assert_discreet(machine, ending)
    assert not any(text in ending.result.stdout for text in HOSTILE_TEXTS.values())
    assert machine.gateway.requests == [] or machine.gateway.requests[0].bearer == CANARY_KEY
