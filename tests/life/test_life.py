"""Whole lives of a machine: everything that a user, MiMoCode and the catalog do, in any order, and crashes.

Each step is a command as the command line carries it out, `mimo` and the gateway apart, or something that
happens outside of the program. After each step every config, the state and the key are what a simple model
says. `LIFE_RUNS=2000` lives so many lives, other ones each time, instead of the 200 of every day.
"""

import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from attrs import define, frozen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from reconciler import jsonc
from reconciler.commands.backups import restore
from reconciler.commands.ground import stand
from reconciler.commands.report import Outcome
from reconciler.commands.request import PROJECT, USER, RestoreOptions, Selection, UninstallOptions
from reconciler.commands.unfinished import recover_first
from reconciler.commands.uninstall import uninstall
from reconciler.commands.world import World
from reconciler.engine.backups import records
from reconciler.engine.claims import Prior
from reconciler.engine.disk import Disk
from reconciler.engine.files import LocalFiles
from reconciler.engine.state import read_state
from reconciler.engine.values import ABSENT
from reconciler.gonkagate.catalog import Catalog, Model
from reconciler.gonkagate.key import Key as ApiKey
from tests.life.model import (
    API_KEY,
    GONE,
    MODEL,
    OTHER_SCHEMA,
    SCHEMA,
    SCHEMA_URL,
    SMALL,
    Config,
    Key,
    Listed,
    activation,
    leaves_of,
    provider,
)
from tests.support import lives
from tests.support.files import FaultingDisk, Killed, QuickDisk
from tests.unit.commands.surveyed import prepared

USER_CONFIG: Final = ".config/mimocode/mimocode.jsonc"
PROJECTS: Final = ("one", "two", "three")
KEYS: Final = (ApiKey("gp-unit-0001"), ApiKey("gp-unit-0002"))
IDS: Final = ("a/first", "b/second", "c", "d/fourth:free")
BASES: Final = (
    None,
    "",
    "{}",
    "{ }\n",
    '{\n  // mine\n  "model": "acme/x", // why\n  "keep": 1,\n  "provider": {"acme": {}},\n}\n',
    '{"keep": 1,"share":"manual"}',
    '\ufeff{\r\n\t"$schema": "./mine.json",\r\n\t"keep": 1,\r\n\t"agent": {}\r\n}\r\n',
    '{\n "$schema": "https://opencode.ai/config.json", /* old */\n "keep": 1, "small_model": "a/\\u0079"\n}',
    '{ "keep": 1, "provider": { "gonkagate": { "options": { "apiKey": "gp-unit-0009" /* old */ } } } }\n',
    (
        '{\n    "provider": {\n        "gonkagate": {\n            // slow\n            "timeout": 5, '
        '"models": { "a/first": { "name": "Mine" } }\n        }\n    },\n    "keep": 1\n}\n'
    ),
)
"""What people begin with: nothing, nothing much, and configs of every style."""

HOLDS_A_KEY: Final = r'(\s|//[^\n]*|/\*.*?\*/)*"'
"""What an object goes on with that is not empty, comments apart."""

catalogs = st.lists(
    st.builds(Listed, st.sampled_from(IDS), st.sampled_from(["A", "B"]), st.sampled_from([0, 8]), st.just(4)),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one.id,
).map(tuple)
places = st.sampled_from(("user", *PROJECTS))
numbers = st.integers(1, 10**6)


@frozen
class Wish:
    """An apply: from where, in which scope, with which catalog, models and key."""

    project: str
    scope: str
    listed: tuple[Listed, ...]
    model: int
    small: int
    key: int

    @property
    def catalog(self) -> Catalog:
        """What the gateway would list."""
        return Catalog(tuple(Model(one.id, one.name, one.context, one.output) for one in self.listed))

    @property
    def models(self) -> tuple[str, str]:
        """The chosen model and small model."""
        count = len(self.listed)
        return self.listed[self.model % count].id, self.listed[self.small % count].id


wishes = st.builds(
    Wish,
    st.sampled_from(PROJECTS),
    st.sampled_from([USER, PROJECT]),
    catalogs,
    st.integers(0, 2),
    st.integers(0, 2),
    st.integers(0, len(KEYS) - 1),
)
Command = Wish | str | None
commands = st.one_of(wishes, wishes, wishes, st.sampled_from(PROJECTS), st.none())
"""An apply, an uninstall of one project, or an uninstall of everything."""


@define
class Machine:
    """A home with projects on the disk."""

    root: Path

    def place(self, name: str) -> Path:
        """Give a config's path by its name."""
        if name == "user":
            return self.root / "home" / USER_CONFIG
        return self.project(name) / ".mimocode/mimocode.json"

    def project(self, name: str) -> Path:
        """Give a project's folder."""
        return self.root / "home/work" / name

    def world(self, project: str = PROJECTS[0], disk: Disk | None = None) -> World:
        """Give the world of a command that is run in a project."""
        return World(
            {"HOME": str(self.root / "home"), "MIMOCODE_TEST_MANAGED_CONFIG_DIR": str(self.root / "none")},
            self.project(project),
            LocalFiles(disk or QuickDisk()),
            now=lambda: datetime(2026, 11, 22, tzinfo=UTC),
            token=lambda: f"{next(TOKENS):016x}",
        )

    def read(self, name: str) -> str | None:
        """Give a config's text."""
        path = self.place(name)
        return path.read_bytes().decode() if path.exists() else None

    def write(self, name: str, text: str) -> None:
        """Save a config as an editor does, its mode kept."""
        path = self.place(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


TOKENS: Final = itertools.count(1)


@define
class Model_:  # noqa: N801 - `Model` is one of a catalog
    """What a machine should be like."""

    configs: dict[str, Config]
    key: int | None = None
    serial: int = 0
    installed: bool = False

    def apply(self, wish: Wish) -> None:
        """Want what an apply wants."""
        user, project = provider(wish.listed), activation(*wish.models)
        if wish.scope == USER:
            user, project = {**user, **project}, {}
        self.configs["user"].apply(user)
        self.configs[wish.project].apply(project)
        self.key, self.installed = wish.key, True

    def leave(self, project: str | None) -> None:
        """Want nothing any more, in one project or anywhere."""
        for name, config in self.configs.items():
            if project in (None, name):
                config.apply({})
        if not any(config.held for config in self.configs.values()):
            self.key, self.installed, self.serial = None, False, 0

    def claims(self) -> dict[str, dict[Key, tuple[object, object]]]:
        """Give what is ours, by config: the value applied, and the prior."""
        return {
            name: {key: (config.applied[key], prior) for key, prior in config.priors.items()}
            for name, config in self.configs.items()
            if config.held
        }


class Life(RuleBasedStateMachine):
    """The life of one machine."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = Machine(Path(tempfile.mkdtemp(prefix="life-")))
        self.model = Model_({})

    def teardown(self) -> None:
        """Remove the machine."""
        shutil.rmtree(self.machine.root)

    @initialize(texts=st.tuples(*[st.sampled_from(BASES)] * (1 + len(PROJECTS))))
    def begin(self, texts: tuple[str | None, ...]) -> None:
        """Put down what people have before they meet us; no project binds a key."""
        for name in PROJECTS:
            (self.machine.project(name) / ".git").mkdir(parents=True)
        for name, text in zip(("user", *PROJECTS), texts, strict=True):
            ours = text is not None and "gonkagate" in text and name != "user"
            self._put(name, None if ours else text)

    def _put(self, name: str, text: str | None) -> None:
        mode = 0o600 if name == "user" else 0o644
        if text is not None:
            self.machine.write(name, text)
            mode = 0o640
            self.machine.place(name).chmod(mode)
        self.model.configs[name] = Config(text, mode, {} if text is None else leaves_of(text))

    # What the program does.

    @rule(wish=wishes)
    def apply(self, wish: Wish) -> None:
        """Set up; a second look finds nothing to do."""
        self._carry_out(wish, QuickDisk())
        here = self.machine.world(wish.project)
        _, _, plan = prepared(here, _selection(wish), wish.catalog, KEYS[wish.key])
        assert plan.changes == ()
        assert plan.drift == ()

    @precondition(lambda self: self.model.installed)
    @rule(project=st.one_of(st.sampled_from(PROJECTS), st.none()))
    def leave(self, project: str | None) -> None:
        """Uninstall everything, or one project."""
        self._carry_out(project, QuickDisk())

    @rule(wish=wishes)
    def apply_again(self, wish: Wish) -> None:
        """Set up, too: what is set up is what is of interest."""
        self.apply(wish)

    @rule(command=commands, at=st.integers(0, 80), torn=st.booleans())
    def crash(self, command: Command, at: int, torn: bool) -> None:  # noqa: FBT001 - hypothesis calls it
        """Die at some changing call; the next command brings the run to its end before anything else."""
        before, serial = deepcopy(self.model), self._serial()
        try:
            self._carry_out(command, FaultingDisk(at=at, dies=True, torn=torn))
        except Killed:
            here = self.machine.world()
            recover_first(here, stand(here).store)
            if self._serial() == serial:
                self.model = before
            elif self._serial() is not None:
                self.model.serial = (serial or 0) + 1
            self._settle()

    def _carry_out(self, command: Command, disk: Disk) -> None:
        serial = self._serial()
        if isinstance(command, Wish):
            here = self.machine.world(command.project, disk)
            self.model.apply(command)
            lives.apply(_selection(command), command.catalog, KEYS[command.key])(here)
        else:
            self._leave(command, disk)
        if self._serial() not in (serial, None):
            self.model.serial = (serial or 0) + 1
        self._settle()

    def _leave(self, project: str | None, disk: Disk) -> None:
        held = self.model.configs[project].held if project else self.model.installed
        self.model.leave(project)
        here = self.machine.world(project or PROJECTS[0], disk)
        report = uninstall(here, UninstallOptions(yes=True, this_project=project is not None))
        assert report.outcome is (Outcome.REMOVED if held else Outcome.NOT_INSTALLED), report.blockers

    def _settle(self) -> None:
        """Look at the configs in which nothing is ours any more, and take them as they are from then on."""
        for name, config in self.model.configs.items():
            if not config.held:
                self._look_at(name)
                config.settle(self.machine.read(name))

    @precondition(lambda self: self.model.installed)
    @rule(number=st.integers(0, 5))
    def restore(self, number: int) -> None:
        """Bring the user's config back to what it held earlier, unless that would lose edits."""
        here = self.machine.world()
        found = [
            f"{record.transaction}.{at}"
            for record in records(here.files, stand(here).store)
            for at, one in enumerate(record.files, 1)
            if one.role == "user_config" and one.backup is not None
        ]
        if not found:
            return
        report = restore(here, found[number % len(found)], RestoreOptions(yes=True))
        if report.outcome is Outcome.APPLIED:
            config, text = self.model.configs["user"], self.machine.read("user") or ""
            config.leaves, config.exact, self.model.serial = leaves_of(text), False, self.model.serial + 1
            config.notes = {note for note in config.notes if note in text}
            config.text, config.mode = text, self.machine.place("user").stat().st_mode & 0o7777
        else:
            known = {"edits_would_be_lost", "key_file_missing"}
            assert report.outcome is Outcome.NO_CHANGES or {b.code for b in report.blockers} <= known

    # What happens outside of the program.

    @rule(name=places, number=numbers, block=st.booleans())
    def note(self, name: str, number: int, block: bool) -> None:  # noqa: FBT001 - hypothesis calls it
        """Write a comment of the owner's at the top of a config."""
        text = f"/* note {number} */" if block else f"// note {number}"
        if self._edit(name, _behind_the_brace(f" {text}" if block else f" {text}\n")):
            self.model.configs[name].notes.add(text)

    @rule(name=places, number=numbers)
    def own_key(self, name: str, number: int) -> None:
        """Add a key of the owner's own."""
        if (f"own{number}",) not in self.model.configs[name].leaves:
            self._edit(name, _behind_the_brace(f'\n  "own{number}": {number},'))

    @rule(name=places, number=numbers)
    def own_value(self, name: str, number: int) -> None:
        """Change a value of the owner's own."""
        self._edit(name, lambda text: re.sub(r'("keep":\s*)\d+', rf"\g<1>{number}", text, count=1))

    @rule(name=places, key=st.sampled_from([MODEL, SMALL]), value=st.sampled_from(["acme/z", "gonkagate/z"]))
    def choose(self, name: str, key: Key, value: str) -> None:
        """Somebody chooses another model by hand, where one stands."""
        config = self.model.configs[name]
        if key in config.leaves:
            pattern = rf'("{key[0]}"\s*:\s*)"[^"]*"'
            self._edit(
                name,
                lambda text: re.sub(pattern, rf'\g<1>"{value}"', text, count=1),
                of_ours=key in config.priors,
            )

    @rule(name=places, data=st.data())
    def change_ours(self, name: str, data: st.DataObject) -> None:
        """Somebody changes a key of ours, or takes it out."""
        config = self.model.configs[name]
        known = sorted(key for key in config.priors if key in config.leaves and key != API_KEY)
        if not known:
            return
        key = data.draw(st.sampled_from(known))
        edit: jsonc.Set | jsonc.Remove = jsonc.Set(key, data.draw(st.sampled_from(["changed", "other"])))
        if data.draw(st.booleans()):
            edit = jsonc.Remove(key)
            config.exact = False
        if config.priors[key] != GONE:
            config.exact = False
        self._edit(name, _edited(edit), of_ours=True)

    @rule(number=numbers, where=st.sampled_from(["gonkagate", *IDS]), comment=st.booleans())
    def own_key_in_ours(self, number: int, where: str, comment: bool) -> None:  # noqa: FBT001 - as above
        """Extend our provider, or one of its models, by a key or a comment of the user's own."""
        text = f" // inside {number}\n" if comment else f' "mine{number}": {number},'
        pattern = rf'("{re.escape(where)}"\s*:\s*\{{)'
        config, now = self.model.configs["user"], self.machine.read("user") or ""
        found = re.search(pattern, now)
        if found is None or f'"mine{number}"' in now or re.match(r"\s*\}", now[found.end() :]):
            return
        if config.text is not None and not re.search(pattern + HOLDS_A_KEY, config.text):
            config.exact = False  # the comma behind his key would part it from ours, and go with them
        if self._edit("user", lambda text_: re.sub(pattern, rf"\g<1>{text}", text_, count=1)) and comment:
            config.notes.add(text.strip())

    @rule(name=places)
    def mimocode_runs(self, name: str) -> None:
        """MiMoCode inserts its `$schema` where there is none that it knows."""
        config = self.model.configs[name]
        if config.leaves.get(SCHEMA, GONE) in (GONE, OTHER_SCHEMA) and self.machine.read(name):
            config.exact = config.exact and not config.held
            self._edit(name, _edited(jsonc.Set(SCHEMA, SCHEMA_URL)), of_ours=True)

    @rule(name=places)
    def vanish(self, name: str) -> None:
        """Somebody removes a whole file."""
        if self.machine.read(name) is not None:
            self.machine.place(name).unlink()
            config = self.model.configs[name]
            config.vanish()
            config.mode = 0o600 if name == "user" else 0o644

    def _edit(self, name: str, edit: Callable[[str], str], *, of_ours: bool = False) -> bool:
        """Edit a config, if it is there and the edit finds its place."""
        text = self.machine.read(name)
        if text is None or edit(text) == text:
            return False
        self.machine.write(name, self.model.configs[name].edit(text, edit, of_ours=of_ours))
        return True

    # What holds at every moment.

    @invariant()
    def every_config_is_as_it_should_be(self) -> None:
        """Our values, his values, his comments, his bytes, the mode."""
        for name in self.model.configs:
            self._look_at(name)

    def _look_at(self, name: str) -> None:
        path = self.machine.place(name)
        mode = path.stat().st_mode & 0o7777 if path.exists() else None
        self.model.configs[name].check(self.machine.read(name), mode)

    @invariant()
    def the_state_claims_what_is_ours(self) -> None:
        """Find the claims, their values and priors, the serial, and the key."""
        here = self.machine.world()
        store = stand(here).store
        state = read_state(here.files, store).state
        names = {str(self.machine.place(name)): name for name in self.model.configs}
        found = {
            names[held.path]: {
                claim.key: (claim.applied, _before(claim.key, claim.prior)) for claim in held.claims
            }
            for held in (state.documents if state else ())
        }
        expected = self.model.claims()
        for claims in expected.values():
            for key, (applied, prior) in claims.items():
                if key == API_KEY and prior != GONE:
                    claims[key] = (applied, "in a backup")
        assert found == expected
        assert (state.serial if state else 0) == self.model.serial
        stored = stand(here).key_path
        expected_key = None if self.model.key is None else KEYS[self.model.key].reveal().encode()
        assert (stored.read_bytes() if stored.exists() else None) == expected_key
        assert not store.journal.exists()

    def _serial(self) -> int | None:
        here = self.machine.world()
        state = read_state(here.files, stand(here).store).state
        return None if state is None else state.serial


def _before(key: Key, prior: Prior) -> object:
    if prior.backup is not None:
        return "in a backup" if key == API_KEY else prior.backup
    return GONE if prior.value is ABSENT else prior.value


def _selection(wish: Wish) -> Selection:
    model, small = wish.models
    return Selection(PROJECT if wish.scope == PROJECT else USER, model, small)


def _behind_the_brace(what: str) -> Callable[[str], str]:
    return lambda text: text.replace("{", "{" + what, 1)


def _edited(edit: jsonc.Set | jsonc.Remove) -> Callable[[str], str]:
    return lambda text: jsonc.edit(jsonc.parse(text.encode()), [edit]).data.decode()


RUNS: Final = os.environ.get("LIFE_RUNS")
TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=int(RUNS or "200"),
    stateful_step_count=50,
    deadline=None,
    derandomize=RUNS is None,
    suppress_health_check=list(HealthCheck),
)
