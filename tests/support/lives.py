"""What people do with the program, without `mimo` and without a process: quick to break at every call.

Each scene is a command as the command line carries it out, from the lock to the last tidying, on a machine
below a folder; only what `mimo` and the gateway would say is a value.
"""

import itertools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs

from reconciler.commands import work
from reconciler.commands.audit import record
from reconciler.commands.backups import restore
from reconciler.commands.ground import stand
from reconciler.commands.lifecycle import at_work
from reconciler.commands.report import Outcome, Report
from reconciler.commands.request import PROJECT, USER, RestoreOptions, Selection, UninstallOptions
from reconciler.commands.unfinished import recover_first
from reconciler.commands.uninstall import uninstall
from reconciler.commands.world import World
from reconciler.engine.backups import records
from reconciler.engine.disk import Disk
from reconciler.engine.files import LocalFiles
from reconciler.engine.problems import Stop, stop
from reconciler.engine.transaction import perform
from reconciler.gonkagate.catalog import Catalog, Model
from reconciler.gonkagate.key import Key
from reconciler.mimocode.trust import LocalAudit
from tests.support.files import QuickDisk, tree
from tests.unit.commands.surveyed import CATALOG, KEY, prepared, world

OTHER_KEY: Final = Key("gp-unit-0002")
OTHER_CATALOG: Final = Catalog((Model("a/first", "First", 16, 4), Model("d/new", "New", 1, 1)))
FOR_USER, FOR_PROJECT = Selection(USER), Selection(PROJECT)
USER_CONFIG: Final = "home/.config/mimocode/mimocode.jsonc"
PROJECT_CONFIG: Final = "home/work/project/.mimocode/mimocode.json"
OWN: Final = "home/.gonkagate/mimo-code"
KEY_FILE: Final = f"{OWN}/api-key"
STATE: Final = f"{OWN}/install-state.json"
MINE: Final = '{\n  // mine\n  "model": "acme/x", // why\n  "provider": {"acme": {}},\n}\n'
REFUSED: Final = "overridden_by_layer"
_PASSING: Final = ("transaction", "lineage")

Picture = dict[str, tuple[int, Any] | None]
Act = Callable[[World], None]
_tokens = itertools.count(1)


def world_on(root: Path, disk: Disk) -> World:
    """Give the world of a machine on a disk; no two of them make the same transaction."""
    return attrs.evolve(world(root, LocalFiles(disk)), token=lambda: f"{next(_tokens):016x}")


def apply(
    selection: Selection,
    catalog: Catalog = CATALOG,
    key: Key = KEY,
    verify: Callable[[], None] = lambda: None,
) -> Act:
    """Make a set-up as `apply --yes` does."""

    def act(here: World) -> None:
        store = stand(here).store
        recover_first(here, store)
        seen, _, plan = prepared(here, selection, catalog, key)
        if plan.changes:
            with at_work(here, store):
                perform(here.files, store, work.set_up(here, plan, seen), verify, here.interrupts)

    return act


def refused(selection: Selection, key: Key = KEY) -> Act:
    """Make a set-up that MiMoCode does not resolve, so that it is undone."""

    def refuse() -> None:
        raise stop(REFUSED, "somebody else decides", "look there", source="mimo")

    set_up = apply(selection, key=key, verify=refuse)

    def act(here: World) -> None:
        try:
            set_up(here)
        except Stop as ending:
            if [blocker.code for blocker in ending.blockers] != [REFUSED]:
                raise

    return act


def leave(here: World) -> None:
    """Uninstall."""
    _expect(
        uninstall(here, UninstallOptions(yes=True)), Outcome.REMOVED, Outcome.RECOVERED, Outcome.NOT_INSTALLED
    )


def bring_back(here: World) -> None:
    """Bring the user's config back to what it was before the first set-up."""
    first = records(here.files, stand(here).store)[-1]
    number = next(n for n, one in enumerate(first.files, 1) if one.path.endswith("mimocode.jsonc"))
    report = restore(here, f"{first.transaction}.{number}", RestoreOptions(yes=True))
    _expect(report, Outcome.APPLIED, Outcome.NO_CHANGES)


def audited(version: str) -> Act:
    """Record an audit of a MiMoCode, as `audit --record` does once it was tried."""

    def act(here: World) -> None:
        record(here, LocalAudit(version, "a1" * 32, "b2" * 32, "2026-11-22"))

    return act


def _expect(report: Report, *outcomes: Outcome) -> None:
    if report.outcome not in outcomes:
        raise Stop(report.blockers, failed=report.outcome is Outcome.FAILED)


@attrs.frozen
class Scene:
    """A machine's story so far, and what is done next."""

    name: str
    before: tuple[Act, ...]
    act: Act
    seen: Act | None = None
    """What shows both contents of the files, where the act ends with the old ones."""
    mine: bool = True
    """Whether the user has a config of his own at the beginning."""

    def prepare(self, root: Path) -> None:
        """Bring a machine to the point at which the act begins."""
        here = world_on(root, QuickDisk())
        if self.mine:
            path = root / USER_CONFIG
            path.parent.mkdir(parents=True)
            path.write_text(MINE)
            path.chmod(0o640)
        for act in self.before:
            act(here)


def _edit(here: World) -> None:
    """Change what we set, add to our provider, and write a comment, as a user may."""
    path = Path(here.environment["HOME"]) / ".config/mimocode/mimocode.jsonc"
    text = path.read_text().replace('"model": "gonkagate/a/first"', '"model": "acme/y"')
    path.write_text(text.replace('"npm"', '/* mine */ "timeout": 5, "npm"'))


def _forget(here: World) -> None:
    """Lose everything that is ours but what stands in the configs and the key."""
    for path in stand(here).store.folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "api-key":
            path.unlink()


def _lose_state(here: World) -> None:
    """Lose the state alone."""
    stand(here).store.state.unlink()


def _open_up(here: World) -> None:
    """Let everybody read the key."""
    stand(here).key_path.chmod(0o644)


SCENES: Final = (
    Scene("first apply, user scope", (), apply(FOR_USER)),
    Scene("first apply, project scope, fresh home", (), apply(FOR_PROJECT), mine=False),
    Scene("apply after a catalog change", (apply(FOR_USER),), apply(FOR_USER, OTHER_CATALOG)),
    Scene("key rotation", (apply(FOR_USER),), apply(FOR_USER, key=OTHER_KEY)),
    Scene("user scope to project scope", (apply(FOR_USER),), apply(FOR_PROJECT)),
    Scene("project scope to user scope", (apply(FOR_PROJECT),), apply(FOR_USER)),
    Scene("adopt", (apply(FOR_USER), _forget), apply(FOR_USER)),
    Scene("adopt and change", (apply(FOR_USER), _forget), apply(FOR_USER, OTHER_CATALOG)),
    Scene("no-op apply", (apply(FOR_USER),), apply(FOR_USER)),
    Scene("repair of the key file's mode", (apply(FOR_USER), _open_up), apply(FOR_USER)),
    Scene("uninstall", (apply(FOR_PROJECT), apply(FOR_PROJECT, key=OTHER_KEY)), leave),
    Scene("uninstall after user edits", (apply(FOR_USER), _edit), leave),
    Scene("uninstall without a state file", (apply(FOR_PROJECT), _lose_state), leave),
    Scene("apply that is undone", (), refused(FOR_PROJECT), apply(FOR_PROJECT)),
    Scene(
        "rotation that is undone",
        (apply(FOR_USER),),
        refused(FOR_PROJECT, OTHER_KEY),
        apply(FOR_PROJECT, key=OTHER_KEY),
    ),
    Scene("backup restore", (apply(FOR_USER),), bring_back),
    Scene("an audit is recorded where nothing is set up", (), audited("0.2.0")),
    Scene("an audit is recorded beside a set-up", (apply(FOR_USER), audited("0.2.0")), audited("0.3.0")),
    Scene("apply where an audit is recorded", (audited("0.2.0"),), apply(FOR_PROJECT)),
    Scene("uninstall with an audit", (audited("0.2.0"), apply(FOR_USER)), leave),
    Scene("backup restore without a state file", (apply(FOR_USER), _lose_state), bring_back),
)


def picture(root: Path) -> Picture:
    """Describe a machine, the lock, the copies and what a run makes at random apart."""
    found: Picture = {
        name: what
        for name, what in tree(root, f"{OWN}/backups", f"{OWN}/lock").items()
        if name not in (OWN, "home/.gonkagate")
    }
    state = found.get(STATE)
    if state is not None:
        whole = json.loads(state[1])
        whole.get("key", {}).clear()
        for answer in whole.get("verified", ()):
            for seen in answer["inputs"]:
                del seen["fingerprint"]  # keyed with a salt that is made at random
        for held in whole.get("documents", ()):
            held.pop("folder_id", None)  # another one on each copy of a machine
        found[STATE] = (state[0], {name: part for name, part in whole.items() if name not in _PASSING})
    return found


class Stage:
    """One scene, its machine kept aside, and how it looks before and after the act."""

    def __init__(self, root: Path, scene: Scene) -> None:
        self.scene = scene
        self.root = root / "at work"
        self._kept = root / "kept"
        scene.prepare(self.root)
        shutil.copytree(self.root, self._kept, symlinks=True)
        self.old = picture(self.root)
        (scene.seen or scene.act)(world_on(self.root, QuickDisk()))
        self.new = picture(self.root)
        self._whole = {
            name: {self._bytes(one, name) for one in (self.old, self.new)}
            for name in (USER_CONFIG, PROJECT_CONFIG)
        }
        if scene.seen is not None:
            self.new = self.old

    @staticmethod
    def _bytes(seen: Picture, name: str) -> bytes | None:
        what = seen.get(name)
        return None if what is None else what[1]

    def reset(self) -> None:
        """Put the machine back to where the act begins."""
        shutil.rmtree(self.root)
        shutil.copytree(self._kept, self.root, symlinks=True)

    def act(self, disk: Disk) -> None:
        """Do it."""
        self.scene.act(world_on(self.root, disk))

    def recover(self, disk: Disk) -> None:
        """Do what every changing command does before anything else."""
        here = world_on(self.root, disk)
        recover_first(here, stand(here).store)

    def look(self) -> None:
        """Assert what holds at every instant: whole files, the key in its place, no reference to nothing."""
        for name, whole in self._whole.items():
            path = self.root / name
            now = path.read_bytes() if path.exists() else None
            assert now in whole, f"{name} is neither the old nor the new one"
            assert now is None or b"mimo-code/api-key" not in now or (self.root / KEY_FILE).exists()
        for folder, _, names in os.walk(self.root):  # pathlib's own way takes most of the suite's time
            for file in (f"{folder}/{name}" for name in names):
                with open(file, "rb") as stream:  # noqa: PTH123 - same
                    if b"gp-unit" in stream.read():
                        self._look_at_key(Path(file))

    def _look_at_key(self, path: Path) -> None:
        name = path.relative_to(self.root).as_posix()
        assert name.startswith((KEY_FILE, f"{OWN}/.api-key.", f"{OWN}/backups/api-key-")), name
        open_before = path.name.startswith((".api-key.", "api-key")) and "repair" in self.scene.name
        assert open_before or not path.stat().st_mode & 0o077, name


def ids(scene: Scene) -> str:
    """Name a scene's tests."""
    return scene.name
