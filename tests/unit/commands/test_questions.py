"""The questions: in order, each with a way back, and none that a flag has answered."""

from pathlib import Path

import pytest
from attrs import evolve

from reconciler.commands.key_intake import Accepted, Given, given_key
from reconciler.commands.key_prompt import ask_key
from reconciler.commands.questions import Interview, Question, ask_last_again, begin
from reconciler.commands.request import Selection
from reconciler.commands.tasks import Task
from reconciler.commands.world import World
from reconciler.engine.problems import Stop, stop
from reconciler.engine.transaction import perform
from reconciler.gonkagate import facts
from reconciler.gonkagate.catalog import Catalog
from reconciler.gonkagate.key import Key, StoredKey, read_stored
from tests.support.scripted import BACK, Scripted, names
from tests.unit.commands.surveyed import CATALOG, KEY, set_up, survey, world

GOOD = "gp-unit-0002"
BODY = b'{"data": [{"id": "b/second"}, {"id": "d/new"}]}'


def _refuse(code: facts.Code = facts.Code.API_KEY_REJECTED) -> Stop:
    return stop(code, "the gateway refuses the key (HTTP 401)", "another one", source="key")


def _asking(root: Path, *answers: str) -> tuple[World, Scripted]:
    person = Scripted(list(answers))
    return evolve(world(root), dialogue=person, fetch=lambda _: BODY), person


def test_scope_and_model_are_asked_with_their_defaults(tmp_path: Path) -> None:
    """The first question has no way back, the second one has."""
    here, person = _asking(tmp_path, "user", "")
    interview = begin(here, Interview(Selection(), survey(here), guided=True))
    assert person.asked == [("scope", "project", False), ("model", ("a/first", None, None), True)]
    assert interview.selection == Selection("user", "a/first")


@pytest.mark.parametrize(
    ("flags", "asked"),
    [
        (Selection("user"), ["model"]),
        (Selection(model="c"), ["scope"]),
        (Selection("project", "c"), []),
        (Selection("project", "c", "c"), []),
    ],
)
def test_what_a_flag_says_is_not_asked(tmp_path: Path, flags: Selection, asked: list[str]) -> None:
    """And counts."""
    here, person = _asking(tmp_path, *["" for _ in asked])
    interview = begin(here, Interview(flags, survey(here), guided=True))
    assert names(person.asked) == asked
    assert interview.selection.scope == flags.scope or "scope" in asked
    assert interview.selection.model == flags.model or "model" in asked


def test_a_run_that_is_not_guided_asks_nothing(tmp_path: Path) -> None:
    """A selection made of flags goes through unchanged."""
    here, person = _asking(tmp_path)
    interview = begin(here, Interview(Selection(), survey(here), guided=False))
    assert (person.asked, interview.selection, interview.asked) == ([], Selection(), ())


def test_the_way_back_leads_from_question_to_question(tmp_path: Path) -> None:
    """From the model to the scope, and what was answered is the default there."""
    here, person = _asking(tmp_path, "user", BACK, "", "c")
    interview = begin(here, Interview(Selection(), survey(here), guided=True))
    assert names(person.asked) == ["scope", "model", "scope", "model"]
    assert person.asked[2] == ("scope", "user", False)
    assert interview.selection == Selection("user", "c")


def test_from_the_plan_the_way_leads_back_to_the_key(tmp_path: Path) -> None:
    """Another key is another catalog; a model that it does not have is no default any more."""
    here, person = _asking(tmp_path, "user", "c", BACK, BACK, "not a key", GOOD, "", "")
    typed = evolve(survey(here), key_was_typed=True)
    interview = begin(here, Interview(Selection(), typed, guided=True))
    again = ask_last_again(here, interview)
    assert names(person.asked) == ["scope", "model", "model", "scope", "key", "key", "scope", "model"]
    assert person.asked[-1] == ("model", ("b/second", None, None), True)
    assert again.survey.key.equals(Key(GOOD))
    assert again.selection == Selection("user", "b/second")
    assert again.asked == (Question.KEY, Question.SCOPE, Question.MODEL)


@pytest.mark.parametrize("small", [None, "c"])
def test_a_recorded_model_that_is_gone_is_told_and_asked_anew(tmp_path: Path, small: str | None) -> None:
    """The small model that is gone with it follows the answer; one that is not stays as it is."""
    here, person = _asking(tmp_path, "", "")
    seen, work = set_up(here, Selection("user", "a/first", small))
    perform(here.files, seen.ground.store, work, lambda: None)
    left = Catalog(CATALOG.models[1:])
    interview = begin(here, Interview(Selection(), survey(here, left), guided=True))
    gone = "the catalog no longer has a/first, which is set up here"
    assert person.asked[-1] == ("model", ("b/second", None, gone), True)
    assert interview.selection == Selection("user", "b/second", "b/second" if small is None else None)


def test_a_key_is_asked_for_until_the_gateway_takes_it(tmp_path: Path) -> None:
    """What was wrong is said with the next question; what the catalog is asked for is the last key."""
    here, person = _asking(tmp_path, "sk-1", "gp-no", GOOD)
    tried: list[Key] = []

    def fetch(key: Key) -> Catalog:
        tried.append(key)
        if not key.equals(Key(GOOD)):
            raise _refuse()
        return CATALOG

    accepted = ask_key(here, fetch, None)
    assert accepted == Accepted(Key(GOOD), CATALOG)
    assert len(tried) == 2
    again = "the gateway refuses the key (HTTP 401): copy the key once more from your GonkaGate account"
    assert [about for _, about, _ in person.asked] == [None, None, again]


def test_what_another_key_would_not_mend_stops(tmp_path: Path) -> None:
    """A gateway that cannot be reached is no reason to ask for a key again."""
    here, _ = _asking(tmp_path, GOOD)

    def fetch(_: Key) -> Catalog:
        raise _refuse(facts.Code.CATALOG_UNREACHABLE)

    with pytest.raises(Stop) as caught:
        ask_key(here, fetch, None)
    assert caught.value.blockers[0].code == facts.Code.CATALOG_UNREACHABLE


def _answer(*, refused: bool) -> Task[Catalog]:
    def work() -> Catalog:
        if refused:
            raise _refuse()
        return CATALOG

    return Task(work)


def test_a_stored_key_that_is_refused_can_be_replaced(tmp_path: Path) -> None:
    """By a person; where there is none the refusal stops the run, as it does for a key that was handed in."""
    stored = Given(KEY, "the stored one", may_be_replaced=True)
    assert stored.tried(world(tmp_path), _answer(refused=True)) is None
    assert stored.why is not None
    with pytest.raises(Stop) as caught:
        ask_key(world(tmp_path), lambda _: CATALOG, stored.why)
    assert caught.value is stored.why
    with pytest.raises(Stop, match="refuses") as caught:
        Given(KEY, f"from the variable {facts.KEY_VARIABLE}").tried(world(tmp_path), _answer(refused=True))
    assert "unset it: a terminal asks" in caught.value.blockers[0].remedy
    with pytest.raises(Stop, match="refuses") as caught:
        Given(KEY, "from standard input").tried(world(tmp_path), _answer(refused=True))
    assert caught.value.blockers[0].remedy == "another one"
    taken = Given(KEY, "from a variable").tried(world(tmp_path), _answer(refused=False))
    assert taken == Accepted(KEY, CATALOG)


@pytest.mark.parametrize("content", ["", "nonsense", GOOD])
def test_a_damaged_key_file_is_like_none(tmp_path: Path, content: str) -> None:
    """A person is asked, and told why; a key that was handed in counts before it."""
    here = world(tmp_path)
    file = tmp_path / "home" / ".gonkagate" / "mimo-code" / "api-key"
    file.parent.mkdir(parents=True, mode=0o700)
    file.parents[1].chmod(0o700)
    file.write_text(content)
    given = given_key(here, read_stored(here.files, file))
    assert (given.key is None) is (content != GOOD)
    assert (given.why is None) is (content == GOOD)
    if content != GOOD:
        with pytest.raises(Stop):
            given_key(here, read_stored(here.files, file), unattended=True)
    told = evolve(here, environment={**here.environment, facts.KEY_VARIABLE: KEY.reveal()})
    assert KEY.equals(given_key(told, StoredKey(file, None, None)).key)
