"""Samples of every version of the state file: each is read, and is written as today's.

`fixtures/states/vN/NAME.json` is a state as version N was written. The sample of the same name in the newest
folder is what it becomes.
"""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import evolve

from reconciler.commands.memory import Memory, Verified, as_facts, recall, with_audits
from reconciler.engine import state as states
from reconciler.engine.claims import Claim, Container, Holding, Prior
from reconciler.engine.files import LocalFiles
from reconciler.engine.migrations import MIGRATIONS, migrated
from reconciler.engine.problems import Stop
from reconciler.engine.state import SCHEMA_VERSION, State
from reconciler.engine.store import Store
from reconciler.mimocode.reliance import Input
from reconciler.mimocode.trust import LocalAudit
from tests.support.target import REPOSITORY
from tests.unit.commands.surveyed import MEMORY

SAMPLES: Final = REPOSITORY / "fixtures" / "states"
NEWEST: Final = SAMPLES / f"v{SCHEMA_VERSION}"
ALL: Final = sorted(SAMPLES.glob("v*/*.json"))
OLDER: Final = [path for path in ALL if path.parent != NEWEST]

_MODEL: Final = "gonkagate/moonshotai/kimi-k2.6"
_PROVIDER: Final = ("provider", "gonkagate")


def _entry(prior_key: Prior = Prior()) -> tuple[Claim, ...]:  # noqa: B008 - frozen
    model = (*_PROVIDER, "models", "moonshotai/kimi-k2.6")
    return (
        Claim((*_PROVIDER, "npm"), "@ai-sdk/openai-compatible"),
        Claim((*_PROVIDER, "name"), "GonkaGate"),
        Claim((*_PROVIDER, "options", "baseURL"), "https://api.gonkagate.com/v1"),
        Claim((*_PROVIDER, "options", "apiKey"), "{file:~/.gonkagate/mimo-code/api-key}", prior_key),
        Claim((*_PROVIDER, "options", "setCacheKey"), applied=False),
        Claim((*model, "name"), "Kimi K2.6"),
        Claim((*model, "limit", "context"), 262144),
        Claim((*model, "limit", "output"), 0),
    )


def _activation(model: Prior, small: Prior = Prior()) -> tuple[Claim, ...]:  # noqa: B008 - frozen
    return (Claim(("model",), _MODEL, model), Claim(("small_model",), _MODEL, small))


_USER: Final = Holding(
    "user_config",
    "/home/u/.config/mimocode/mimocode.jsonc",
    containers=(Container(("provider",)),),
    claims=(
        Claim(("$schema",), "https://mimo.xiaomi.com/mimocode/config.json"),
        *_entry(),
        *_activation(Prior("ollama/qwen3:8b", '"ollama/qwen3:8b"')),
    ),
)
_WITH_SECRET: Final = Holding(
    "user_config",
    "/home/u/.config/mimocode/config.json",
    containers=(Container(("provider",), "{ }"),),
    claims=_entry(Prior(backup="c3" * 32)),
)


def _projects(volume: str | None, *numbers: str | None) -> tuple[Holding, ...]:
    return (
        Holding(
            "project_config",
            "/home/u/work/first/.mimocode/mimocode.json",
            created_by_us=True,
            created_folders=("/home/u/work/first/.mimocode",),
            claims=(
                Claim(("$schema",), "https://mimo.xiaomi.com/mimocode/config.json"),
                *_activation(Prior()),
            ),
            volume=volume,
            folder_id=numbers[0],
        ),
        Holding(
            "project_config",
            "/home/u/work/zweites \udc80/.mimocode/mimocode.json",
            containers=(Container((), "{\n}"),),
            claims=_activation(Prior("acme/x", '"acme\\/x"'), Prior(None, "null")),
            volume=volume,
            folder_id=numbers[1],
        ),
    )


_VERIFIED: Final = evolve(
    MEMORY,
    verified=(
        Verified(
            "/home/u/work/first",
            "2026-11-22T08:00:00Z",
            (
                Input("mimo", "/usr/local/bin/mimo", "7b" * 32),
                Input("folder", "/home/u/work/first", ""),
                Input("layer", "/home/u/.config/mimocode/mimocode.jsonc", "e1" * 16),
            ),
        ),
    ),
)


def _state(*documents: Holding, memory: Memory = MEMORY) -> State:
    return State(SCHEMA_VERSION, "6c" * 16, 7, "9d" * 8, documents, as_facts(memory))


_AUDITS: Final = (
    LocalAudit("0.2.0", "1e" * 32, "2f" * 32, "2026-11-23", ("foresight", "explain")),
    LocalAudit("0.1.16", "3a" * 32, "4b" * 32, "2026-11-20"),
)


def _audited(*documents: Holding) -> State:
    facts = as_facts(MEMORY) if documents else {}
    return evolve(_state(*documents), facts=with_audits(facts, _AUDITS))


WRITTEN: Final = {
    "user": _state(_USER),
    "projects": _state(_WITH_SECRET, *_projects(None, None, None)),
    "marked": _state(_USER, *_projects("/home", "1050", "1051"), memory=_VERIFIED),
    "audited": _audited(_USER),
    "audits_alone": _audited(),
}
"""What the samples of the newest version say, as values."""


def _read(data: bytes, folder: Path) -> State:
    store = Store(folder)
    store.state.write_bytes(data)
    state = recall(LocalFiles(), store).file.state
    assert state is not None
    return state


def _named(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def test_every_version_has_samples_and_every_older_one_a_way_up() -> None:
    """Whoever raises the version adds both."""
    versions = [f"v{number}" for number in range(1, SCHEMA_VERSION + 1)]
    assert sorted({path.parent.name for path in ALL}) == versions
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))


def test_the_samples_are_of_the_version_they_stand_under() -> None:
    """A sample of another version would prove nothing for its own."""
    assert [json.loads(path.read_bytes())["schema_version"] for path in ALL] == [
        int(path.parent.name[1:]) for path in ALL
    ]


@pytest.mark.parametrize("path", ALL, ids=_named)
def test_a_sample_is_read_and_written_as_today_s(path: Path, tmp_path: Path) -> None:
    """Nothing of it is lost; the newest comes out byte for byte."""
    state = _read(path.read_bytes(), tmp_path)
    assert state.schema_version == SCHEMA_VERSION
    assert states.to_bytes(state) == (NEWEST / path.name).read_bytes()


@pytest.mark.parametrize("path", OLDER, ids=_named)
def test_reading_leaves_an_older_file_as_it_is(path: Path, tmp_path: Path) -> None:
    """It is brought up in memory alone."""
    _read(path.read_bytes(), tmp_path)
    assert Store(tmp_path).state.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("path", OLDER, ids=_named)
def test_a_migration_changes_no_value_that_it_is_given(path: Path) -> None:
    """It is a function: the same twice, and what went in is as it was."""
    whole: dict[str, Any] = json.loads(path.read_bytes())
    once = migrated(whole)
    assert migrated(whole) == once == json.loads((NEWEST / path.name).read_bytes())
    assert whole == json.loads(path.read_bytes())


def test_today_s_program_writes_exactly_the_newest_samples() -> None:
    """A field that is added, renamed or moved needs another version."""
    assert {path.stem: path.read_bytes() for path in NEWEST.glob("*.json")} == {
        name: states.to_bytes(state) for name, state in WRITTEN.items()
    }


@pytest.mark.parametrize("path", OLDER, ids=_named)
def test_a_field_of_a_later_version_is_a_fault_in_an_older_file(path: Path, tmp_path: Path) -> None:
    """An older file is read as strictly as today's."""
    whole = json.loads(path.read_bytes())
    whole["documents"][0]["volume"] = "/"
    whole["documents"][0]["surprise"] = 1
    with pytest.raises(Stop) as caught:
        _read(json.dumps(whole).encode(), tmp_path)
    message = caught.value.blockers[0].message
    assert "documents[0].volume is not a field" in message
    assert "documents[0].surprise is not a field" in message


@pytest.mark.parametrize("name", ["audited", "audits_alone"])
def test_audits_are_remembered_with_a_set_up_and_without(name: str, tmp_path: Path) -> None:
    """Where nothing is set up they are all that is remembered."""
    store = Store(tmp_path)
    store.state.write_bytes((NEWEST / f"{name}.json").read_bytes())
    found = recall(LocalFiles(), store)
    assert found.audits == _AUDITS
    assert found.installed == (found.memory is not None) == (name == "audited")


@pytest.mark.parametrize("name", ["audited", "audits_alone"])
def test_an_audit_that_cannot_be_true_is_a_fault(name: str, tmp_path: Path) -> None:
    """Of form and of meaning, also where nothing is set up."""
    whole = json.loads((NEWEST / f"{name}.json").read_bytes())
    whole["audits"][0] |= {"mark": "short", "surprise": 1}
    del whole["audits"][1]["date"]
    with pytest.raises(Stop) as caught:
        _read(json.dumps(whole).encode(), tmp_path)
    message = caught.value.blockers[0].message
    for fault in (
        "audits[0].mark is no hash",
        "audits[0].surprise is not a field",
        "audits[1].date is missing",
    ):
        assert fault in message
