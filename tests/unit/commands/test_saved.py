"""Saved plans as values: what is kept of a plan, what counts as moved, and the file that holds it."""

import contextlib
import errno
import json
import random
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from reconciler.commands import describe
from reconciler.commands.plan import Planned
from reconciler.commands.plan_file import read_plan, write_plan
from reconciler.commands.request import PROJECT, USER, Selection
from reconciler.commands.road import plan_setup
from reconciler.commands.saved import FORMAT, SavedPlan, save_form
from reconciler.commands.stale import moved, refuse_moved
from reconciler.commands.world import World
from reconciler.engine import edges
from reconciler.engine.backups import record_path
from reconciler.engine.compare import Action
from reconciler.engine.files import LocalFiles, fingerprint
from reconciler.engine.journal import keyed_name
from reconciler.engine.problems import Blocker, Stop
from reconciler.gonkagate.catalog import Catalog, Model
from reconciler.gonkagate.key import Key
from reconciler.mimocode.semver import Version
from tests.support.files import FaultingDisk, Killed, QuickDisk, RecordingDisk
from tests.support.lives import FOR_USER, apply, world_on
from tests.unit.commands.surveyed import CATALOG, KEY, prepared
from tests.unit.commands.test_readers_fuzz import INPUTS, SEED, variants

OTHER_KEY: Final = Key("gp-unit-0002")
SELECTIONS: Final = [
    Selection(USER),
    Selection(PROJECT),
    Selection(USER, "b/second", "c"),
    Selection(PROJECT, "c"),
]


@pytest.fixture(name="here")
def _here(tmp_path: Path) -> World:
    """Make a world whose user has a config of his own."""
    here = world_on(tmp_path, QuickDisk())
    config = tmp_path / "home/.config/mimocode/mimocode.jsonc"
    config.parent.mkdir(parents=True)
    config.write_text('{"model": "acme/x", "theme": "dark"}\n')
    config.chmod(0o640)
    return here


def planned(
    here: World, selection: Selection = FOR_USER, catalog: Catalog = CATALOG, key: Key = KEY
) -> Planned:
    """Walk the road up to the plan."""
    seen, choice, plan = prepared(here, selection, catalog, key)
    return Planned(selection, seen, choice, plan, describe.planned("plan", seen, choice, plan))


def seen_as(here: World, before: Planned, **changes: Any) -> Planned:  # noqa: ANN401 - parts of a survey
    """Plan once more from a survey in which something is another."""
    survey = attrs.evolve(before.survey, **changes)
    return attrs.evolve(before, survey=survey, plan=plan_setup(here, here.files, survey, before.choice))


def through_a_file(here: World, plan: Planned, path: Path) -> SavedPlan:
    """Save a plan and read it back."""
    write_plan(here, path, save_form(here, plan), plan.survey)
    return read_plan(here.files, path)


def why(saved: SavedPlan, now: Planned) -> Blocker:
    """Return what keeps a plan from being carried out, which something must."""
    found = moved(saved, now)
    assert found is not None
    assert (found.code, found.source) == ("plan_stale", "plan")
    assert found.remedy
    return found


@pytest.mark.parametrize("selection", SELECTIONS, ids=str)
@pytest.mark.parametrize("installed", [False, True], ids=["fresh", "installed"])
def test_a_plan_is_the_same_after_a_file(
    here: World, tmp_path: Path, selection: Selection, *, installed: bool
) -> None:
    """It is read back as it was written, and holds against the same plan made anew."""
    if installed:
        apply(FOR_USER)(here)
    plan = planned(here, selection)
    form = save_form(here, plan)
    write_plan(here, path := tmp_path / "p.json", form, plan.survey)
    assert read_plan(here.files, path) == form
    assert moved(form, planned(here, selection)) is None
    refuse_moved(here.files, form, planned(here, selection))


def test_two_plans_have_no_name_in_common(here: World) -> None:
    """Each has its own salt, so that contents cannot be told to be equal from two files."""
    plan = planned(here, Selection(PROJECT))
    one, other = save_form(here, plan), save_form(here, plan)
    assert one.transaction != other.transaction
    names = [{plan.basis.key, *(file.content for file in plan.basis.files)} - {None} for plan in (one, other)]
    assert names[0]
    assert names[0].isdisjoint(names[1])


def test_neither_the_key_nor_a_content_is_kept(here: World, tmp_path: Path) -> None:
    """A hash of them stands there, and not one that anybody could make without the plan's salt."""
    apply(FOR_USER)(here)
    plan = planned(here, key=OTHER_KEY)
    saved = through_a_file(here, plan, tmp_path / "p.json")
    data = (tmp_path / "p.json").read_bytes()
    assert b"gp-" not in data
    for one in saved.basis.files:
        path = Path(one.path)
        if path.exists():
            assert one.content == keyed_name(saved.salt, path.read_bytes())
            assert fingerprint(path.read_bytes()).encode() not in data
    assert saved.basis.key == OTHER_KEY.fingerprint(saved.salt)


def test_what_looks_like_a_key_is_masked(here: World, tmp_path: Path) -> None:
    """Also in a value that is shown otherwise, however deep; the plan still holds."""
    config = tmp_path / "home/.config/mimocode/mimocode.jsonc"
    config.write_text('{"model": "gp-unit-typed-in-the-wrong-place", "small_model": {"a": ["gp-unit-too"]}}')
    saved = through_a_file(here, planned(here), tmp_path / "p.json")
    assert b"gp-" not in (tmp_path / "p.json").read_bytes()
    before = {row.key: row.before for row in saved.basis.changes}
    assert (before["model",], before["small_model",]) == ("(sensitive)", "(sensitive)")
    assert moved(saved, planned(here)) is None


def test_every_file_that_was_read_is_bound(here: World) -> None:
    """The state, the key file and both configs, also the one that is not written."""
    apply(FOR_USER)(here)
    form = save_form(here, planned(here, key=OTHER_KEY))
    bound = {one.role: one for one in form.basis.files}
    assert set(bound) == {"state", "key_file", "user_config", "project_config"}
    assert bound["project_config"].content is bound["project_config"].planned is None
    assert bound["key_file"].content != bound["key_file"].planned
    assert bound["user_config"].content == bound["user_config"].planned


def test_another_wording_moves_nothing(here: World) -> None:
    """Reasons are for people: a program that words them otherwise would still do the same."""
    form = save_form(here, planned(here))
    rows = tuple(attrs.evolve(row, reason="otherwise") for row in form.basis.changes)
    assert moved(attrs.evolve(form, basis=attrs.evolve(form.basis, changes=rows)), planned(here)) is None


@pytest.mark.parametrize(
    ("catalog", "says"),
    [
        (Catalog(CATALOG.models[:2]), "is another one than the plan was made from"),
        (Catalog((*CATALOG.models, Model("d/new", "New", 1, 1))), 'models["d/new"].name and 2 more'),
        (
            Catalog((CATALOG.models[0], Model("b/second", "Renamed"), CATALOG.models[2])),
            'models["b/second"].name',
        ),
        (Catalog(CATALOG.models[::-1]), "other content would be written"),
    ],
    ids=["less", "more", "renamed", "another order"],
)
def test_a_catalog_that_changed_is_told(here: World, catalog: Catalog, says: str) -> None:
    """Which key is another one; an order that makes another file is told without a key."""
    chosen = Selection(USER, "a/first", "a/first")
    form = save_form(here, planned(here, chosen))
    found = why(form, planned(here, chosen, catalog))
    assert says in found.message
    assert found.place is not None
    assert str(found.place.file).endswith("mimocode.jsonc")


def test_each_part_is_named(here: World, tmp_path: Path) -> None:
    """Version, place of `mimo`, folder of its configuration, key: one difference each, and what it is."""
    plan = planned(here)
    form, met = save_form(here, plan), plan.survey.met
    other = attrs.evolve(met, version=Version("0.1.0", (0, 1, 0)))
    assert "0.1.15, and 0.1.0" in why(form, seen_as(here, plan, met=other)).message
    starter = attrs.evolve(met.launcher, executable=Path("/else/mimo"))
    found = why(form, seen_as(here, plan, met=attrs.evolve(met, launcher=starter)))
    assert "another `mimo`" in found.message
    assert found.place is not None
    assert found.place.file == "/else/mimo"
    paths = attrs.evolve(met.paths, config=tmp_path)
    found = why(form, seen_as(here, plan, met=attrs.evolve(met, paths=paths)))
    assert "another folder" in found.message
    assert "another key" in why(form, seen_as(here, plan, key=OTHER_KEY)).message


def test_a_mode_alone_makes_it_stale(here: World) -> None:
    """Both modes are told, as one types them."""
    plan = planned(here)
    form, user = save_form(here, plan), plan.survey.user
    assert user.snapshot is not None
    other = attrs.evolve(user, snapshot=attrs.evolve(user.snapshot, mode=0o600))
    found = why(form, seen_as(here, plan, user=other))
    assert "had mode 0640 when the plan was saved, and has 0600 now" in found.message
    assert found.place is not None
    assert found.place.file == str(user.path)


def test_another_choice_is_another_plan(here: World) -> None:
    """A plan whose file says another model than its changes is carried out in neither way."""
    form = save_form(here, planned(here))
    assert why(form, planned(here, Selection(USER, "c"))).message


def test_a_transaction_is_told_from_another(here: World) -> None:
    """The state tells that it was this very plan; its record tells it when the state is gone."""
    plan = planned(here)
    form = save_form(here, plan)
    apply(FOR_USER)(here)
    now = planned(here)
    state = now.survey.remembered.file.state
    assert state is not None
    assert "something was set up" in why(form, now).message
    same = attrs.evolve(form, transaction=state.transaction)
    assert "carried out already" in why(same, now).message
    now.survey.ground.store.state.unlink()
    assert record_path(now.survey.ground.store, same.transaction).is_file()
    with pytest.raises(Stop, match="carried out already"):
        refuse_moved(here.files, same, planned(here))


# The file


@pytest.mark.parametrize("older", [False, True], ids=["new", "over an older one"])
def test_it_is_written_whole_or_not_at_all(here: World, tmp_path: Path, *, older: bool) -> None:
    """Whichever call fails or dies: the old file or the new one stands there, owner-only, and no other."""
    path = tmp_path / "plans" / "p.json"
    path.parent.mkdir()
    plan = planned(here)
    first, second = save_form(here, plan), save_form(here, plan)
    calls = _counted(here, path, plan, second, first if older else None)
    assert {call for call, _ in calls} >= {"open_new", "give_mode", "write", "flush", "flush_folder"}

    def on(disk: FaultingDisk) -> World:
        return attrs.evolve(here, files=LocalFiles(disk))

    whole = [edges.to_bytes(one) for one in (first, second)] if older else [edges.to_bytes(second)]
    for at in range(len(calls)):
        for dies in (False, True):
            _lay(here, path, plan, first if older else None)
            disk = FaultingDisk(at=at, dies=dies, torn=True, error=errno.ENOSPC)
            with contextlib.suppress(Killed):
                ending = _ending(partial(write_plan, on(disk), path, second, plan.survey))
                assert ending <= {"write_failed"}
                assert not dies
            found = {one.name for one in path.parent.iterdir()}
            if path.exists():
                assert path.read_bytes() in whole
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert path.exists() or not older
            if not dies:
                assert found <= {path.name}, calls[at]
            for left in path.parent.iterdir():
                assert not left.stat().st_mode & 0o077
                left.unlink()


def _ending(act: Callable[[], object]) -> set[str]:
    """Return the codes that something ends with; none where it goes well."""
    try:
        act()
    except Stop as ending:
        return {str(blocker.code) for blocker in ending.blockers}
    return set()


def _lay(here: World, path: Path, plan: Planned, older: SavedPlan | None) -> None:
    if older is not None:
        write_plan(here, path, older, plan.survey)


def _counted(
    here: World, path: Path, plan: Planned, form: SavedPlan, older: SavedPlan | None
) -> list[tuple[str, str]]:
    _lay(here, path, plan, older)
    disk = RecordingDisk()
    write_plan(attrs.evolve(here, files=LocalFiles(disk)), path, form, plan.survey)
    path.unlink()
    return disk.calls


def test_what_comes_to_stand_there_meanwhile_stays(here: World, tmp_path: Path) -> None:
    """A file that somebody saves between the look and the rename is his."""
    path = tmp_path / "p.json"

    @attrs.define
    class Faster(QuickDisk):
        def about_to(self, call: str, path_: Path) -> None:  # noqa: ARG002 - its place does not matter
            if call == "flush":
                path.write_text("mine")

    plan = planned(here)
    with pytest.raises(Stop) as ending:
        write_plan(attrs.evolve(here, files=LocalFiles(Faster())), path, save_form(here, plan), plan.survey)
    assert [blocker.code for blocker in ending.value.blockers] == ["plan_file_in_the_way"]
    assert path.read_text() == "mine"
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["p.json"]


def test_a_plan_of_a_newer_program_is_replaced_and_not_read(here: World, tmp_path: Path) -> None:
    """It is a saved plan all the same; reading it needs the newer program."""
    plan, path = planned(here), tmp_path / "p.json"
    form = save_form(here, plan)
    path.write_text(json.dumps({"kind": form.kind, "format": FORMAT + 1, "basis": "something else by then"}))
    with pytest.raises(Stop, match=f"plan format {FORMAT + 1}"):
        read_plan(here.files, path)
    write_plan(here, path, form, plan.survey)
    assert read_plan(here.files, path) == form


def test_all_faults_are_told_at_once(here: World, tmp_path: Path) -> None:
    """With their places in the file; of very many the first ones."""
    plan, path = planned(here), tmp_path / "p.json"
    write_plan(here, path, save_form(here, plan), plan.survey)
    whole = json.loads(path.read_bytes())
    del whole["folder"]
    whole["basis"]["choice"]["scope"] = "galaxy"
    whole["basis"]["files"][1]["mode"] = "0600"
    path.write_text(json.dumps(whole))
    with pytest.raises(Stop) as ending:
        read_plan(here.files, path)
    (blocker,) = ending.value.blockers
    assert blocker.code == "plan_unreadable"
    assert all(word in blocker.message for word in ("folder", "scope", "files[1].mode"))
    whole["basis"]["changes"] = [{} for _ in range(1000)]
    path.write_text(json.dumps(whole))
    with pytest.raises(Stop) as ending:
        read_plan(here.files, path)
    assert len(ending.value.blockers[0].message) < 400


def test_nothing_is_read_with_anything_but_a_blocker(here: World, tmp_path: Path) -> None:
    """However damaged: plan_unreadable, or a plan that can be compared without another error."""
    plan, path = planned(here), tmp_path / "p.json"
    write_plan(here, path, save_form(here, plan), plan.survey)
    true, chance, read = path.read_bytes(), random.Random(SEED), 0  # noqa: S311 - inputs for a test
    for _ in range(INPUTS):
        path.write_bytes(variants(true, chance))
        ending = _ending(lambda: moved(read_plan(here.files, path), plan))
        assert ending <= {"plan_unreadable"}
        read += not ending
    assert read


def test_the_largest_catalog_s_plan_can_be_read_again(here: World, tmp_path: Path) -> None:
    """Thousands of models make a file of some megabytes."""
    catalog = Catalog(tuple(Model(f"v/{'x' * 80}{number}", "n" * 80, 9, 9) for number in range(2000)))
    plan = planned(here, FOR_USER, catalog)
    saved = through_a_file(here, plan, tmp_path / "p.json")
    assert (tmp_path / "p.json").stat().st_size > 2_000_000
    assert len([row for row in saved.basis.changes if row.action == Action.CREATE]) > 6000
    assert moved(saved, plan) is None


def test_a_file_that_cannot_be_read_is_unreadable(here: World, tmp_path: Path) -> None:
    """Loops of links, names that are too long, folders that are files: each is told with its file."""
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    (tmp_path / "file").write_text("")
    for path in (loop / "p.json", tmp_path / ("x" * 300), tmp_path / "file" / "p.json"):
        with pytest.raises(Stop) as ending:
            read_plan(here.files, path)
        (blocker,) = ending.value.blockers
        assert blocker.code == "plan_unreadable"
        assert blocker.place is not None
        assert blocker.place.file == str(path)
