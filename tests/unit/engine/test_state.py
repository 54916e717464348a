"""The install state: written, read strictly, refused when it comes from the future or from nobody we know."""

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.engine import state as states
from reconciler.engine.claims import Claim, Container, Holding, Prior
from reconciler.engine.files import LocalFiles
from reconciler.engine.problems import Stop
from reconciler.engine.state import SCHEMA_VERSION, State, StateFile, read_state
from reconciler.engine.store import Store

USER = Holding(
    "user_config",
    "/home/u/.config/mimocode/mimocode.jsonc",
    containers=(Container(("provider",)), Container((), "{ }")),
    claims=(
        Claim(("model",), "us/m", Prior("acme/x", '"acme/x"')),
        Claim(("provider", "us", "options", "apiKey"), "{file:~/key}", Prior(backup="f" * 64)),
        Claim(("$schema",), "https://example/config.json"),
    ),
)
PROJECT = Holding("project_config", "/home/u/p/.mimocode/mimocode.json", True, ("/home/u/p/.mimocode",))  # noqa: FBT003 - a field
OTHER = Holding("project_config", "/home/u/q/.mimocode/mimocode.json")
FULL = State(
    SCHEMA_VERSION, "lineage", 7, "transaction", (USER, PROJECT, OTHER), {"mimo_version": "0.1.15", "n": [1]}
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give an empty store."""
    return Store(tmp_path)


def read(store: Store, content: bytes | dict[str, Any], marks: frozenset[str] = frozenset()) -> StateFile:
    """Put a state file down and read it."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    store.state.write_bytes(data)
    return read_state(LocalFiles(), store, foreign_marks=marks)


def spelled(**other: object) -> dict[str, Any]:
    """Give the full state as JSON, with other fields."""
    whole: dict[str, Any] = json.loads(states.to_bytes(FULL))
    return {name: value for name, value in {**whole, **other}.items() if value is not ...}


def test_no_file_is_no_state(store: Store) -> None:
    """Where nothing was ever installed there is nothing to read, and nothing to complain about."""
    assert read_state(LocalFiles(), store) == StateFile(None, None)


def test_what_was_written_is_read(store: Store) -> None:
    """The state survives the disk: claims, priors, containers, and the facts of the program above."""
    found = read(store, states.to_bytes(FULL))
    assert found.state == FULL
    assert found.snapshot is not None
    assert found.snapshot.data == states.to_bytes(FULL)
    assert found.foreign is None


def test_writing_what_was_read_gives_the_same_bytes(store: Store) -> None:
    """Reading loses nothing, so that writing again changes nothing."""
    found = read(store, states.to_bytes(FULL))
    assert found.state is not None
    assert states.to_bytes(found.state) == states.to_bytes(FULL)


def test_facts_lie_at_the_top_level(store: Store) -> None:
    """What the program remembers besides stands beside the engine's own fields, not in a box of its own."""
    whole = spelled()
    assert whole["mimo_version"] == "0.1.15"
    assert "facts" not in whole
    assert list(whole)[:4] == ["schema_version", "lineage", "serial", "transaction"]
    assert list(whole)[-1] == "documents"


def test_a_fact_named_facts_is_no_way_in(store: Store) -> None:
    """A top-level `facts` is a fact like any other; it replaces nothing."""
    found = read(store, spelled(facts={"mimo_version": "other"}))
    assert found.state is not None
    assert found.state.facts["mimo_version"] == "0.1.15"
    assert found.state.facts["facts"] == {"mimo_version": "other"}


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 99])
def test_a_state_from_the_future_is_refused(store: Store, version: int) -> None:
    """A newer format is not guessed at, whatever else is in the file."""
    with pytest.raises(Stop) as caught:
        read(store, {"schema_version": version, "something": "new"})
    (blocker,) = caught.value.blockers
    assert blocker.code == "state_too_new"
    assert str(version) in blocker.message
    assert "update" in blocker.remedy
    assert blocker.place is not None
    assert blocker.place.file == str(store.state)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["not JSON"]),
        (b"{", ["not JSON"]),
        (b"[]", ["root"]),
        (b"null", ["root"]),
        (b"{}", ["schema_version", "None"]),
        (spelled(schema_version=0), ["schema_version"]),
        (spelled(schema_version="1"), ["schema_version"]),
        (spelled(schema_version=True), ["schema_version"]),
        (spelled(lineage=...), ["lineage"]),
        (spelled(serial="7"), ["serial"]),
        (spelled(serial=7.5), ["serial"]),
        (spelled(transaction=None), ["transaction"]),
        (spelled(documents={}), ["documents"]),
        (spelled(documents=[{"role": "user_config"}]), ["documents[0]", "path"]),
        (spelled(documents=[{"role": "r", "path": "p", "claims": [{"key": "model"}]}]), ["claims[0]", "key"]),
        (spelled(documents=[{"role": "r", "path": "p", "surprise": 1}]), ["surprise"]),
    ],
)
def test_a_file_that_is_not_ours_to_read_stops(
    store: Store, content: bytes | dict[str, Any], words: list[str]
) -> None:
    """Anything malformed is refused with what is wrong, and left as it is."""
    with pytest.raises(Stop) as caught:
        read(store, content)
    (blocker,) = caught.value.blockers
    assert blocker.code == "state_unreadable"
    assert all(word in blocker.message for word in words)
    assert blocker.remedy


def test_all_faults_of_a_state_are_told_at_once(store: Store) -> None:
    """A damaged state names every field that is wrong."""
    with pytest.raises(Stop) as caught:
        read(store, spelled(lineage=1, serial="x", documents=[{"role": 1, "path": "p", "created_by_us": 0}]))
    message = caught.value.blockers[0].message
    assert all(word in message for word in ("lineage", "serial", "role", "created_by_us"))


CLAIM = {"key": ["model"], "applied": "us/m"}
HELD = {"role": "user_config", "path": "/home/u/c.json"}


@pytest.mark.parametrize(
    ("other", "fault"),
    [
        ({"serial": -1}, "serial is negative"),
        ({"lineage": ""}, "lineage is empty"),
        ({"transaction": ""}, "transaction is empty"),
        (
            {"documents": [HELD, HELD | {"role": "x"}, HELD]},
            "documents[2] is the same document as documents[0]",
        ),
        ({"documents": [HELD | {"path": "c.json"}]}, "documents[0].path is not absolute"),
        (
            {"documents": [HELD, HELD | {"role": "x", "claims": [CLAIM, CLAIM]}]},
            "documents[1].claims[1] has the same key as documents[1].claims[0]",
        ),
        (
            {"documents": [HELD | {"containers": [{"key": []}, {"key": ["a"]}, {"key": []}]}]},
            "documents[0].containers[2] has the same key as documents[0].containers[0]",
        ),
        (
            {"documents": [HELD | {"claims": [CLAIM | {"prior": {"backup": "F" * 64}}]}]},
            "documents[0].claims[0].prior.backup is no hash",
        ),
        (
            {"documents": [HELD | {"claims": [CLAIM | {"key": 1}]}]},
            "documents[0].claims[0].key: expected a list",
        ),
        ({"documents": [HELD | {"folder_id": 7}]}, "documents[0].folder_id: expected str, found int"),
    ],
)
def test_a_fault_is_told_with_its_place_in_the_file(store: Store, other: dict[str, Any], fault: str) -> None:
    """What cannot be is refused as much as what is malformed."""
    with pytest.raises(Stop) as caught:
        read(store, spelled(**other))
    assert fault in caught.value.blockers[0].message


def test_faults_of_form_of_meaning_and_of_the_facts_are_told_together(store: Store) -> None:
    """Whoever mends the file needs one reading, whoever judges which part of it."""
    content = spelled(lineage=1, serial=-7, documents=[HELD | {"claims": [CLAIM, CLAIM, {"key": "k"}]}, HELD])
    store.state.write_text(json.dumps(content))
    with pytest.raises(Stop) as caught:
        read_state(
            LocalFiles(), store, faults_of_facts=lambda facts, **_: [f"{name} is odd" for name in facts]
        )
    message = caught.value.blockers[0].message
    assert message.startswith("the state file cannot be read: 8 faults: lineage: expected str, found int; ")
    for fault in (
        "documents[0].claims[2].key: expected a list of strings",
        "documents[0].claims[2].applied is missing",
        "serial is negative",
        "documents[1] is the same document as documents[0]",
        "documents[0].claims[1] has the same key as documents[0].claims[0]",
        "mimo_version is odd",
        "n is odd",
    ):
        assert fault in message


@pytest.mark.parametrize("documents", [[], [HELD]])
def test_who_judges_the_facts_is_told_whether_something_is_held(store: Store, documents: list[Any]) -> None:
    """A state that holds nothing has other facts."""
    store.state.write_text(json.dumps(spelled(documents=documents)))
    told: list[bool] = []

    def judge(facts: dict[str, object], *, nothing_held: bool) -> list[str]:
        told.append(nothing_held)
        return []

    assert read_state(LocalFiles(), store, faults_of_facts=judge).state is not None
    assert told == [not documents]


def test_very_many_faults_are_folded(store: Store) -> None:
    """The message stays readable, and tells how many there are."""
    with pytest.raises(Stop) as caught:
        read(store, spelled(documents=[1] * 300))
    message = caught.value.blockers[0].message
    assert message.startswith("the state file cannot be read: 300 faults: documents[0]: expected an object")
    assert message.endswith("and 290 more")
    assert len(message) < 1000


def test_a_field_that_stands_twice_is_refused(store: Store) -> None:
    """Readers would disagree on which of them counts."""
    with pytest.raises(Stop) as caught:
        read(store, b'{"schema_version": 99, "serial": 1, "schema_version": 1}')
    assert "schema_version stands twice" in caught.value.blockers[0].message


def test_a_state_that_cannot_be_opened_stops(store: Store) -> None:
    """A folder in the state file's place is no state, and no crash."""
    store.state.mkdir()
    with pytest.raises(Stop) as caught:
        read_state(LocalFiles(), store)
    assert caught.value.blockers[0].code == "state_unreadable"


MARKS = frozenset({"globalConfigTarget", "scope", "selectedModelKey"})
PREDECESSOR = {
    "globalConfigTarget": "/x",
    "scope": "user",
    "selectedModelKey": "m",
    "installerVersion": "0.1",
}


def test_a_predecessors_file_is_recognised(store: Store) -> None:
    """A file of the same name with another program's marks is handed back as that, not refused."""
    found = read(store, PREDECESSOR, MARKS)
    assert found.state is None
    assert found.foreign == PREDECESSOR
    assert found.snapshot is not None


@pytest.mark.parametrize(
    ("content", "marks"),
    [
        (PREDECESSOR, frozenset()),
        ({name: value for name, value in PREDECESSOR.items() if name != "scope"}, MARKS),
        (PREDECESSOR | {"schema_version": "x"}, MARKS),
    ],
)
def test_a_file_without_all_marks_is_not_taken_for_a_predecessors(
    store: Store, content: dict[str, Any], marks: frozenset[str]
) -> None:
    """Only all marks together, and no version of ours, make a predecessor."""
    with pytest.raises(Stop) as caught:
        read(store, content, marks)
    assert caught.value.blockers[0].code == "state_unreadable"


def test_a_commit_raises_the_serial_and_nothing_else_of_the_identity() -> None:
    """The next state carries the transaction, one more in the serial, and the same lineage."""
    after = FULL.next("t2", (USER,), {"x": 1})
    assert (after.lineage, after.serial, after.transaction) == (FULL.lineage, FULL.serial + 1, "t2")
    assert (after.documents, after.facts) == ((USER,), {"x": 1})
    assert FULL.serial == 7


def test_holdings_are_found_by_role_and_path() -> None:
    """A document is known by both: the same path in another role is another one."""
    assert FULL.holding("user_config", USER.path) is USER
    assert FULL.holding("project_config", USER.path) is None
    assert FULL.holding("user_config", "/elsewhere") is None
    assert FULL.held_as("project_config") == (PROJECT, OTHER)
    assert FULL.held_as("nothing") == ()
