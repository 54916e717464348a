"""The plan of a set-up: what it tells, in which order it is carried out, and what holds at every instant."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.commands import describe
from reconciler.commands.desire import choose, known
from reconciler.commands.report import Outcome
from reconciler.commands.request import PROJECT, USER, Scope, Selection, UninstallOptions
from reconciler.commands.road import expected_of, plan_setup, project_root
from reconciler.commands.unchanged import taken_back
from reconciler.commands.uninstall import uninstall
from reconciler.commands.world import World
from reconciler.engine.compare import Action
from reconciler.engine.files import LocalFiles, ReadOnlyFiles
from reconciler.engine.problems import Stop
from reconciler.engine.transaction import perform
from reconciler.gonkagate.catalog import Catalog, Model
from reconciler.gonkagate.key import Key
from tests.support.files import FaultingDisk, Killed, RecordingDisk, quick, tree
from tests.unit.commands.surveyed import CATALOG, KEY, on, prepared, set_up, survey, world

USER_CONFIG = "home/.config/mimocode/mimocode.jsonc"
PROJECT_CONFIG = "home/work/project/.mimocode/mimocode.json"
KEY_FILE = "home/.gonkagate/mimo-code/api-key"
STATE = "home/.gonkagate/mimo-code/install-state.json"
MINE = '{\n  // mine\n  "model": "acme/x",\n  "provider": {"acme": {}},\n}\n'
OTHER_KEY = Key("gp-unit-0002")
SELECT: dict[Scope, Selection] = {"user": Selection(USER), "project": Selection(PROJECT)}


def fine() -> None:
    """Verify nothing."""


def applied(here: World, selection: Selection, catalog: Catalog = CATALOG, key: Key = KEY) -> None:
    """Carry a set-up out."""
    seen, todo = set_up(here, selection, catalog, key)
    perform(here.files, seen.ground.store, todo, fine)


def mine(root: Path) -> World:
    """Give a world whose owner has a config already."""
    here = world(root, quick())
    path = root / USER_CONFIG
    path.parent.mkdir(parents=True)
    path.write_text(MINE)
    return here


def binding_without_key(root: Path) -> bool:
    """Whether some config refers to the key file while that is not there."""
    configs = [path for path in root.rglob("mimocode.json*") if path.is_file()]
    refers = any(b"mimo-code/api-key" in path.read_bytes() for path in configs)
    return refers and not (root / KEY_FILE).is_file()


def test_a_first_plan_tells_the_key_first(tmp_path: Path) -> None:
    """The key file, then the user's config, then the project's; the key is never shown."""
    _, _, plan = prepared(mine(tmp_path), Selection(PROJECT))
    resources = list(dict.fromkeys(change.resource for change in plan.changes))
    assert resources == ["key_file", "user_config", "project_config"]
    assert plan.changes[0].after == "(sensitive)"
    assert KEY.reveal() not in repr(plan)
    assert not plan.drift


def test_a_plan_foresees_from_what_it_read(tmp_path: Path) -> None:
    """Another run takes everything out between the look and the plan: that is found under the lock."""
    here = mine(tmp_path)
    applied(here, Selection(USER))
    seen = survey(here)
    for name in (KEY_FILE, USER_CONFIG):
        (tmp_path / name).unlink()
    plan = plan_setup(here, here.files, seen, choose(Selection(USER), known(seen), CATALOG))
    assert not plan.changes


TAKEN_BACK: dict[str, tuple[Callable[[str], str], bool]] = {
    "nothing": (lambda text: text, False),
    "the user's own key": (lambda text: text.replace('"acme": {}', '"acme": {"name": "A"}'), False),
    "the model": (lambda text: text.replace("gonkagate/a/first", "acme/x"), True),
    "a deep value": (lambda text: text.replace("https://", "http://"), True),
    "everything": (lambda _: MINE, True),
    "half a file": (lambda text: text[:40], True),
}


@pytest.mark.parametrize("name", TAKEN_BACK)
def test_what_was_taken_back_after_the_run_is_told_from_edits_beside(tmp_path: Path, name: str) -> None:
    """Only values of ours count; a file that cannot be read any more counts as well."""
    here = mine(tmp_path)
    _, _, plan = prepared(here, Selection(USER))
    applied(here, Selection(USER))
    edit, expected = TAKEN_BACK[name]
    config = tmp_path / USER_CONFIG
    config.write_text(edit(config.read_text()))
    assert taken_back(here.files, plan) is expected


def test_planning_needs_no_disk_to_write_on(tmp_path: Path) -> None:
    """The road up to the plan works where nothing can be written."""
    here = on(mine(tmp_path), ReadOnlyFiles())
    before = tree(tmp_path)
    prepared(here, Selection())
    assert tree(tmp_path) == before


@pytest.mark.parametrize("scope", SELECT)
def test_a_set_up_writes_what_the_contract_lists(tmp_path: Path, scope: Scope) -> None:
    """Each scope's files hold what they should, and a second plan finds nothing to do."""
    here = mine(tmp_path)
    applied(here, SELECT[scope])
    assert (tmp_path / KEY_FILE).read_text() == KEY.reveal()
    user = (tmp_path / USER_CONFIG).read_text()
    assert "{file:~/.gonkagate/mimo-code/api-key}" in user
    assert ('"model": "gonkagate/a/first"' in user) == (scope == "user")
    assert ('"model": "acme/x"' in user) == (scope == "project")
    if scope == "project":
        project = json.loads((tmp_path / PROJECT_CONFIG).read_bytes())
        assert set(project) == {"$schema", "model", "small_model"}
    else:
        assert not (tmp_path / PROJECT_CONFIG).exists()
    _, choice, again = prepared(here, Selection())
    assert again.changes == ()
    assert (choice.scope, choice.model) == (scope, "a/first")


def test_a_rerun_without_flags_keeps_a_choice(tmp_path: Path) -> None:
    """Neither scope nor model moves by itself, also when the catalog's order changed."""
    here = mine(tmp_path)
    applied(here, Selection(USER, "b/second", "c"))
    other = Catalog(tuple(reversed(CATALOG.models)))
    _, choice, _ = prepared(here, Selection(), other)
    assert (choice.scope, choice.model, choice.small_model) == (USER, "b/second", "c")


def test_moving_the_scope_gives_the_old_place_back(tmp_path: Path) -> None:
    """From user to project the user's own model is back; from project to user the project's file is gone."""
    here = mine(tmp_path)
    applied(here, SELECT["user"])
    applied(here, SELECT["project"])
    assert '"model": "acme/x"' in (tmp_path / USER_CONFIG).read_text()
    assert (tmp_path / PROJECT_CONFIG).exists()
    applied(here, SELECT["user"])
    assert '"model": "gonkagate/a/first"' in (tmp_path / USER_CONFIG).read_text()
    assert not (tmp_path / PROJECT_CONFIG).parent.exists()


def test_a_whole_new_catalog_replaces_the_old_one(tmp_path: Path) -> None:
    """When no model stays, the new ones are in the config and the old ones are not."""
    here = mine(tmp_path)
    applied(here, SELECT["user"])
    applied(here, Selection(USER, "new/one", "new/one"), Catalog((Model("new/one", "One"),)))
    text = (tmp_path / USER_CONFIG).read_text()
    assert "new/one" in text
    assert "a/first" not in text
    assert uninstall(here, UninstallOptions(yes=True)).outcome is Outcome.REMOVED
    assert (tmp_path / USER_CONFIG).read_text() == MINE


@pytest.mark.parametrize("scope", SELECT)
def test_leaving_gives_everything_back(tmp_path: Path, scope: Scope) -> None:
    """Apply and uninstall with nothing in between: the user's files are as they were, and ours are gone."""
    here = mine(tmp_path)
    before = tree(tmp_path)
    applied(here, SELECT[scope])
    report = uninstall(here, UninstallOptions(yes=True))
    assert report.outcome is Outcome.REMOVED
    after = tree(tmp_path, "home/.gonkagate")
    assert after == {name: what for name, what in before.items() if not name.startswith("home/.gonkagate")}
    left = {name for name, what in tree(tmp_path / "home" / ".gonkagate").items() if what}
    assert all("backups" in name for name in left)


def test_another_key_is_a_rotation(tmp_path: Path) -> None:
    """It is shown as an update without either key, backed up, and the config stays as it is."""
    here = mine(tmp_path)
    applied(here, SELECT["user"])
    _, _, plan = prepared(here, Selection(), key=OTHER_KEY)
    (change,) = plan.changes
    assert (change.action, change.resource, change.before, change.after) == (
        Action.UPDATE,
        "key_file",
        "(sensitive)",
        "(sensitive)",
    )
    applied(here, Selection(), key=OTHER_KEY)
    assert OTHER_KEY.reveal() in (tmp_path / KEY_FILE).read_text()
    backups = [
        path for path in (tmp_path / "home/.gonkagate/mimo-code/backups").iterdir() if "api-key" in path.name
    ]
    assert [path.read_text().strip() for path in backups] == [KEY.reveal()]
    assert backups[0].stat().st_mode & 0o777 == 0o600


def test_a_key_file_that_others_can_read_is_repaired(tmp_path: Path) -> None:
    """The mode alone is a change, told with both modes."""
    here = mine(tmp_path)
    applied(here, SELECT["user"])
    (tmp_path / KEY_FILE).chmod(0o644)
    _, _, plan = prepared(here, Selection())
    assert [(change.action, change.before, change.after) for change in plan.changes] == [
        (Action.REPAIR, "0644", "0600")
    ]
    applied(here, Selection())
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_a_key_file_changed_by_hand_is_taken_and_told(tmp_path: Path) -> None:
    """Somebody's rotation by hand is drift that is recorded, not undone."""
    here = mine(tmp_path)
    applied(here, SELECT["user"])
    (tmp_path / KEY_FILE).write_text(OTHER_KEY.reveal())
    _, _, plan = prepared(here, Selection(), key=OTHER_KEY)
    assert [(change.action, change.drift) for change in plan.changes] == [(Action.ADOPT, True)]
    applied(here, Selection(), key=OTHER_KEY)
    assert prepared(here, Selection(), key=OTHER_KEY)[2].changes == ()


@pytest.mark.parametrize(
    "text",
    [
        '{"provider": {"gonkagate": {"options": {"apiKey": "anything"}}}}',
        '{"x": "{file:~/.gonkagate/mimo-code/api-key}"}',
        f'{{"x": "{KEY.reveal()}"}}',
        f"{{}} // {KEY.reveal()}",
    ],
)
def test_a_key_in_a_project_file_stops(tmp_path: Path, text: str) -> None:
    """A binding, the key file's path or the key itself in a file that can be committed is refused."""
    here = mine(tmp_path)
    path = tmp_path / PROJECT_CONFIG
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(Stop) as caught:
        prepared(here, Selection(USER))
    assert [blocker.code for blocker in caught.value.blockers] == ["key_in_project_config"]
    assert KEY.reveal() not in repr(caught.value)


def test_the_state_holds_no_key_and_rises_by_one(tmp_path: Path) -> None:
    """Every commit counts one up under the same lineage; the key is there by its fingerprint alone."""
    here = mine(tmp_path)
    seen = []
    for selection in (Selection(USER), Selection(USER, "c"), Selection(PROJECT)):
        applied(here, selection)
        text = (tmp_path / STATE).read_text()
        assert KEY.reveal() not in text
        seen.append(json.loads(text))
    assert [state["serial"] for state in seen] == [1, 2, 3]
    assert len({state["lineage"] for state in seen}) == 1
    assert len({state["transaction"] for state in seen}) == 3
    assert seen[0]["catalog"]["models"] == list(CATALOG.ids)
    assert seen[0]["transport"] == "chat_completions"
    assert {held["role"] for held in seen[2]["documents"]} == {"user_config", "project_config"}


def test_what_mimocode_must_resolve_follows_from_the_plan(tmp_path: Path) -> None:
    """Every setting and the activation are expected, the key apart, and which models are listed."""
    seen, choice, plan = prepared(mine(tmp_path), Selection(PROJECT, "b/second"))
    expected = expected_of(plan, seen.key)
    assert expected.models == CATALOG.ids
    assert expected.chosen == ("b/second", "b/second")
    assert expected.values[("model",)] == "gonkagate/b/second"
    assert expected.secret_key not in expected.values
    assert ("$schema",) not in expected.values
    assert expected.ours == {tmp_path / USER_CONFIG, tmp_path / PROJECT_CONFIG}
    assert project_root(seen.ground, choice) == (tmp_path / "home/work/project").resolve()
    assert project_root(seen.ground, prepared(world(tmp_path), Selection(USER))[1]) is None


def test_a_plan_is_described_for_its_report(tmp_path: Path) -> None:
    """Selection, target, files and changes are told; the project's file only where it is concerned."""
    seen, choice, plan = prepared(mine(tmp_path), Selection(USER))
    told = describe.planned("plan", seen, choice, plan)
    assert told.outcome is Outcome.CHANGES
    assert (told.scope, told.model, told.model_ref) == ("user", "a/first", "gonkagate/a/first")
    assert (told.target.version, told.target.audited) == ("0.1.15", "release")
    assert told.files.user_config == str(tmp_path / USER_CONFIG)
    assert told.files.project_config is None
    assert told.changes == plan.changes
    _, choice, plan = prepared(world(tmp_path), Selection(PROJECT))
    assert describe.planned("plan", seen, choice, plan).files.project_config == str(tmp_path / PROJECT_CONFIG)
    backed = describe.with_backups(told, (Path("/b"),))
    assert backed.files.backups == ("/b",)


@pytest.mark.parametrize("scope", SELECT)
def test_at_no_instant_a_config_refers_to_a_missing_key(tmp_path: Path, scope: Scope) -> None:
    """The key goes in first and comes out last, when all goes well, when a call fails, and after a kill."""

    def look() -> None:
        assert not binding_without_key(here_root)

    here_root = tmp_path / "count"
    recording = RecordingDisk(look=look)
    here = on(mine(here_root), LocalFiles(recording))
    applied(here, SELECT[scope])
    calls = len(recording.calls)
    for at in range(calls):
        here_root = tmp_path / f"fails {at}"
        failing = on(mine(here_root), LocalFiles(FaultingDisk(at=at, look=look)))
        try:
            applied(failing, SELECT[scope])
        except Stop:
            look()
        here_root = tmp_path / f"dies {at}"
        dying = on(mine(here_root), LocalFiles(FaultingDisk(at=at, dies=True, look=look)))
        with pytest.raises(Killed):
            applied(dying, SELECT[scope])
        look()
        uninstall(on(dying, LocalFiles(RecordingDisk(look=look))), UninstallOptions(yes=True))
        assert (here_root / USER_CONFIG).read_text() == MINE
        assert not (here_root / KEY_FILE).exists()


def test_at_no_instant_of_leaving_either(tmp_path: Path) -> None:
    """An uninstall that dies at any call, and the one that finishes it, keep the order too."""

    def look() -> None:
        assert not binding_without_key(here_root)

    at = 0
    while True:
        here_root = tmp_path / str(at)
        here = mine(here_root)
        applied(here, SELECT["project"])
        dying = FaultingDisk(at=at, dies=True, look=look)
        try:
            uninstall(on(here, LocalFiles(dying)), UninstallOptions(yes=True))
        except Killed:
            look()
            uninstall(on(here, LocalFiles(RecordingDisk(look=look))), UninstallOptions(yes=True))
            at += 1
        else:
            break
        assert (here_root / USER_CONFIG).read_text() == MINE
        left = {name for name, what in tree(here_root / "home" / ".gonkagate").items() if what}
        assert {name for name in left if "backups" not in name} <= {"mimo-code/lock"}, at
    assert at > 10


def test_the_key_stays_while_another_file_refers_to_it(tmp_path: Path) -> None:
    """A binding that the user copied elsewhere keeps the key file, with a note where it is."""
    here = mine(tmp_path)
    applied(here, SELECT["user"])
    other = tmp_path / "home/.config/mimocode/config.json"
    other.write_text('{\n "x": "{file:~/.gonkagate/mimo-code/api-key}"}')
    report = uninstall(here, UninstallOptions(yes=True))
    assert report.outcome is Outcome.REMOVED
    assert (tmp_path / KEY_FILE).exists()
    assert [str(warning.place) for warning in report.warnings if warning.place] == [f"{other}:2:16"]


def test_leaving_is_prepared_configs_first(tmp_path: Path) -> None:
    """The writes of an uninstall stand in the order in which they are swapped: the key last."""
    here = mine(tmp_path)
    applied(here, SELECT["project"])
    recording = RecordingDisk()
    uninstall(on(here, LocalFiles(recording)), UninstallOptions(yes=True))
    calls = [(call, name.split(".old")[0]) for call, name in recording.calls]
    config = calls.index(("exchange", "mimocode.jsonc"))
    (project,) = [
        at for at, (call, name) in enumerate(calls) if call == "rename" and ".mimocode.json." in name
    ]
    (key,) = [at for at, (call, name) in enumerate(calls) if call == "rename" and ".api-key." in name]
    state = calls.index(("exchange", "install-state.json"))
    assert config < project < key < state
