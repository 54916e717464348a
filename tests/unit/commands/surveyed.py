"""What tests of the commands share: a world below a temporary folder, surveyed without any `mimo`."""

import itertools
from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve

from reconciler.commands import work
from reconciler.commands.acquaintance import Met
from reconciler.commands.desire import Choice, choose, known
from reconciler.commands.ground import PROJECT_ROLE, USER_ROLE, stand
from reconciler.commands.memory import CatalogMemory, KeyMemory, Memory, recall
from reconciler.commands.request import Selection
from reconciler.commands.road import SetupPlan, plan_setup
from reconciler.commands.survey import Survey
from reconciler.commands.world import World
from reconciler.engine.documents import read_document
from reconciler.engine.files import FileSystem, LocalFiles
from reconciler.engine.transaction import Work
from reconciler.gonkagate.catalog import Catalog, Model
from reconciler.gonkagate.key import Key, read_stored
from reconciler.mimocode import paths
from reconciler.mimocode.identity import Identity
from reconciler.mimocode.launcher import Launcher
from reconciler.mimocode.semver import Version
from reconciler.mimocode.trust import Trust

CATALOG = Catalog((Model("a/first", "First", 8, 4), Model("b/second", "Second"), Model("c", "c")))
KEY = Key("gp-unit-0001")
MEMORY = Memory(
    installer_version="0.1.0",
    mimo_version="0.1.15",
    audited_baseline="0.1.15",
    transport="chat_completions",
    provider_package="@ai-sdk/openai-compatible",
    last_durable_setup_at="2026-11-22T08:00:00Z",
    key=KeyMemory("5a" * 16, "0f" * 32),
    catalog=CatalogMemory("2026-11-22T08:00:00Z", ("moonshotai/kimi-k2.6",)),
)


def world(root: Path, files: FileSystem | None = None, *, git: bool = True) -> World:
    """Give a world with a home and a project folder."""
    home, project = root / "home", root / "home" / "work" / "project"
    project.mkdir(parents=True, exist_ok=True)
    if git:
        (project / ".git").mkdir(exist_ok=True)
    numbers = itertools.count(1)
    return World(
        {"HOME": str(home), "MIMOCODE_TEST_MANAGED_CONFIG_DIR": str(root / "none")},
        project,
        files or LocalFiles(),
        now=lambda: datetime(2026, 11, 22, tzinfo=UTC),
        token=lambda: f"{next(numbers):016x}",
    )


def survey(here: World, catalog: Catalog = CATALOG, key: Key = KEY) -> Survey:
    """Look at a world as a command would, MiMoCode and the gateway apart."""
    ground = stand(here)
    where = paths.expected(here.environment, ground.home)
    version = Version("0.1.15", (0, 1, 15))
    met = Met(Launcher(Path("/mimo")), Identity(()), version, Trust("0.1.15"), where)
    return Survey(
        ground,
        recall(here.files, ground.store),
        key,
        read_stored(here.files, ground.key_path),
        catalog,
        met,
        read_document(here.files, USER_ROLE, paths.user_config(here.files, where.config)),
        read_document(here.files, PROJECT_ROLE, ground.project.config),
    )


def prepared(
    here: World, selection: Selection, catalog: Catalog = CATALOG, key: Key = KEY
) -> tuple[Survey, Choice, SetupPlan]:
    """Walk the road up to the plan."""
    seen = survey(here, catalog, key)
    choice = choose(selection, known(seen), catalog)
    return seen, choice, plan_setup(here, here.files, seen, choice)


def set_up(
    here: World, selection: Selection, catalog: Catalog = CATALOG, key: Key = KEY
) -> tuple[Survey, Work]:
    """Walk the road up to the transaction."""
    seen, _, plan = prepared(here, selection, catalog, key)
    seen.ground.store.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    return seen, work.set_up(here, plan, seen)


def on(here: World, files: FileSystem) -> World:
    """Give the same world on another disk."""
    return evolve(here, files=files)
