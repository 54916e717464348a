"""Without a record: what is provably ours is found, with what a copy tells of before; the rest is named."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from reconciler.commands.evidence import Finding
from reconciler.commands.ground import stand
from reconciler.commands.memory import Remembered
from reconciler.commands.recollection import recalled
from reconciler.commands.world import World
from reconciler.engine.claims import Claim, Container, Prior
from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.problems import Stop
from reconciler.engine.state import State
from reconciler.gonkagate.facts import KEY_BINDING
from tests.support.files import QuickDisk
from tests.support.lives import (
    FOR_PROJECT,
    FOR_USER,
    MINE,
    OWN,
    PROJECT_CONFIG,
    STATE,
    USER_CONFIG,
    apply,
    bring_back,
    leave,
    world_on,
)

API_KEY: Final = ("provider", "gonkagate", "options", "apiKey")


@pytest.fixture
def here(tmp_path: Path) -> World:
    """Give the world of a machine whose user has a config of his own."""
    path = tmp_path / USER_CONFIG
    path.parent.mkdir(parents=True)
    path.write_text(MINE)
    return world_on(tmp_path, QuickDisk())


def look(here: World) -> tuple[Remembered, Finding | None]:
    """Look, with a disk that refuses to be written to."""
    return recalled(here.environment, ReadOnlyFiles(), stand(here))


def lost(here: World) -> tuple[State, Finding]:
    """Lose the state, and look."""
    stand(here).store.state.unlink()
    remembered, finding = look(here)
    assert remembered.file.state is not None
    assert finding is not None
    return remembered.file.state, finding


def recorded(here: World) -> State:
    """Give the state that is there."""
    remembered, finding = look(here)
    assert finding is None
    assert remembered.file.state is not None
    return remembered.file.state


def user_config(here: World) -> Path:
    """Name the user's config."""
    return Path(here.environment["HOME"]) / ".config/mimocode/mimocode.jsonc"


@pytest.mark.parametrize("selection", [FOR_USER, FOR_PROJECT])
@pytest.mark.parametrize("again", [False, True])
def test_with_the_copies_at_hand_the_record_is_made_anew(here: World, selection: object, again: bool) -> None:  # noqa: FBT001 - a case
    """What we hold, what stood there before, and what came with us, as if it had never been lost."""
    apply(FOR_PROJECT if again else selection)(here)  # type: ignore[arg-type] # one of the two above
    apply(selection)(here)  # type: ignore[arg-type] # same
    before = recorded(here)
    after, finding = lost(here)
    assert [one.path for one in after.documents] == [one.path for one in before.documents]
    for one, other in zip(before.documents, after.documents, strict=True):
        assert sorted(one.claims, key=lambda claim: claim.key) == sorted(
            other.claims, key=lambda claim: claim.key
        )
        assert (one.containers, one.created_by_us, one.created_folders) == (
            other.containers,
            other.created_by_us,
            other.created_folders,
        )
    assert all("known from a copy" in one.message for one in finding.loss[1:])


def test_without_copies_nothing_is_given_back(here: World, tmp_path: Path) -> None:
    """What stood there before is not guessed at, and `$schema` may be anybody's."""
    apply(FOR_USER)(here)
    shutil.rmtree(tmp_path / OWN / "backups")
    state, finding = lost(here)
    (held,) = state.documents
    assert {claim.prior for claim in held.claims} == {Prior()}
    assert (held.containers, held.created_by_us) == ((Container(("provider",)),), False)
    assert ("$schema",) not in {claim.key for claim in held.claims}
    assert Claim(API_KEY, KEY_BINDING) in held.claims
    assert any(one.message.endswith("is left: $schema") and one.place for one in finding.unproved)
    assert "not known what stood here before" in finding.loss[1].message


def test_a_copy_that_is_missing_ends_the_search(here: World, tmp_path: Path) -> None:
    """An older one may be of an earlier life."""
    for act in (apply(FOR_USER), leave):
        act(here)
    user_config(here).write_text(MINE.replace("acme/x", "acme/y"))
    apply(FOR_USER)(here)
    newest = [
        path
        for path in (tmp_path / OWN / "backups").glob("*-mimocode.jsonc")
        if b"acme/y" in path.read_bytes()
    ]
    for path in newest:
        path.unlink()
    _, finding = lost(here)
    assert "not known what stood here before" in finding.loss[1].message


def test_the_last_time_before_us_counts(here: World) -> None:
    """A value from before an earlier set-up is not given back after the present one."""
    for act in (apply(FOR_USER), leave):
        act(here)
    user_config(here).write_text(MINE.replace("acme/x", "acme/y"))
    apply(FOR_USER)(here)
    state, _ = lost(here)
    assert {claim.prior.value for claim in state.documents[0].claims if claim.key == ("model",)} == {"acme/y"}


def test_a_secret_that_stood_there_stays_in_its_copy(here: World) -> None:
    """It is given back from there, and is in no value before."""
    mine = '{"provider": {"gonkagate": {"options": {"apiKey": "gp-unit-9999"}}}}'
    user_config(here).write_text(mine)
    apply(FOR_USER)(here)
    state, finding = lost(here)
    assert "gp-unit" not in repr((state, finding))
    leave(here)
    assert user_config(here).read_text() == mine


def test_nothing_of_ours_is_nothing(here: World) -> None:
    """A config of the user's alone is no finding, whatever it says of GonkaGate."""
    user_config(here).write_text('{"model": "gonkagate/x", "provider": {"gonkagate": {"name": "GonkaGate"}}}')
    remembered, finding = look(here)
    assert (remembered.file.state, finding) == (None, None)


def test_a_reference_in_the_project_alone_proves_nothing(here: World, tmp_path: Path) -> None:
    """Its provider may be anybody's."""
    apply(FOR_PROJECT)(here)
    user_config(here).write_text(MINE)
    (tmp_path / STATE).unlink()
    assert look(here)[1] is None


def test_what_is_left_is_named_with_its_place(here: World, tmp_path: Path) -> None:
    """Keys under the provider, references to other models, another project that a record tells of."""
    apply(FOR_PROJECT)(here)
    project, other = tmp_path / PROJECT_CONFIG, tmp_path / "elsewhere/.mimocode/mimocode.json"
    project.write_text('{\n  "small_model": "gonkagate/mine",\n  "model": "gonkagate/a/first"}')
    other.parent.mkdir(parents=True)
    user_config(here).write_text(
        user_config(here).read_text().replace('"setCacheKey": false', '"setCacheKey": false, "timeout": 5')
    )
    _, finding = lost(here)
    named = {
        (one.message.rpartition(": ")[2], one.place.file, one.place.line)
        for one in finding.unproved
        if one.place is not None
    }
    lines = user_config(here).read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "timeout" in text)
    assert named == {
        ("provider.gonkagate.options.timeout", str(user_config(here)), line),
        ("small_model", str(project), 2),
    }
    assert finding.unproved[-1].message.startswith("other projects cannot be found")


def test_another_project_of_the_records_is_named(here: World, tmp_path: Path) -> None:
    """What cannot be reached from here is told, with the command that reaches it."""
    apply(FOR_PROJECT)(here)
    (tmp_path / "home/other/.git").mkdir(parents=True)
    moved = World(here.environment, tmp_path / "home/other", here.files, here.now, here.token)
    state, finding = lost(moved)
    assert [one.role for one in state.documents] == ["user_config"]
    told = finding.unproved[-1]
    assert "--this-project" in told.message
    assert told.message.endswith(": model, small_model")
    assert told.place is not None
    assert told.place.file == str(tmp_path / PROJECT_CONFIG)


def test_very_many_are_folded(here: World) -> None:
    """A list of hundreds helps nobody."""
    apply(FOR_USER)(here)
    more = ", ".join(f'"x{number}": {number}' for number in range(300))
    user_config(here).write_text(user_config(here).read_text().replace('"npm"', f'{more}, "npm"', 1))
    _, finding = lost(here)
    assert len(finding.unproved) == 12
    assert finding.unproved[10].message == "so are 290 more keys in this file"


def test_all_three_user_configs_are_looked_at(here: World) -> None:
    """MiMoCode reads them all; a link among them is the same file."""
    apply(FOR_USER)(here)
    folder = user_config(here).parent
    shutil.copy(user_config(here), folder / "config.json")
    (folder / "mimocode.json").symlink_to("mimocode.jsonc")
    state, _ = lost(here)
    assert [Path(one.path).name for one in state.documents] == ["mimocode.jsonc", "config.json"]


def test_a_broken_config_that_names_our_key_file_stops(here: World) -> None:
    """What it holds of ours cannot be told; one that does not name it is passed over."""
    apply(FOR_USER)(here)
    stand(here).store.state.unlink()
    (user_config(here).parent / "config.json").write_text("{")
    assert look(here)[1] is not None
    user_config(here).write_text(user_config(here).read_text() + "}")
    with pytest.raises(Stop) as caught:
        look(here)
    assert [blocker.code for blocker in caught.value.blockers] == ["config_unreadable"]


def test_an_unfinished_run_comes_first(here: World) -> None:
    """While its journal is there, a state that is not there proves nothing."""
    seen: list[Finding | None] = []
    apply(FOR_USER, verify=lambda: seen.append(look(here)[1]))(here)
    assert seen == [None]


def _cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _retyped(data: bytes) -> bytes:
    return data.replace(b'"serial": 1', b'"serial": "1"').replace(
        b'"schema_version": 2', b'"schema_version": 2.5'
    )


DAMAGES: Final[tuple[Callable[[bytes], bytes], ...]] = (
    _cut,
    _retyped,
    lambda _: b"",
    lambda data: data[::-1] + bytes(range(256)),
    lambda _: b'{"name": "something else", "version": 3}',
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_state_is_handed_back_with_what_is_left(
    here: World, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """Its bytes, its faults, and what is provably ours."""
    apply(FOR_USER)(here)
    before = recorded(here)
    (tmp_path / STATE).write_bytes(damage((tmp_path / STATE).read_bytes()))
    remembered, finding = look(here)
    assert finding is not None
    assert remembered.file.state is not None
    assert remembered.file.snapshot is not None
    assert [blocker.code for blocker in remembered.damage] == ["state_unreadable"]
    assert remembered.damage[0].message in finding.loss[0].message
    assert [change.resource for change in finding.record_changes] == ["state"]
    assert {claim.key for claim in remembered.file.state.documents[0].claims} == {
        claim.key for claim in before.documents[0].claims
    }


def test_a_state_from_the_future_is_refused_whatever_else_is_found(here: World, tmp_path: Path) -> None:
    """Nothing is looked for behind its back."""
    apply(FOR_USER)(here)
    (tmp_path / STATE).write_text('{"schema_version": 3}')
    with pytest.raises(Stop) as caught:
        look(here)
    assert [blocker.code for blocker in caught.value.blockers] == ["state_too_new"]


def test_a_config_that_was_brought_back_holds_nothing_of_ours(here: World, tmp_path: Path) -> None:
    """After `backups restore` to the time before, the key file alone is no set-up."""
    for act in (apply(FOR_USER), bring_back):
        act(here)
    (tmp_path / STATE).unlink()
    assert look(here)[1] is None
