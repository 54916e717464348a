"""What people do with the program, from a prepared machine on: the runs that are broken off by tests.

A scenario is a value. It says how the machine comes to its starting point, which command is then given, what
somebody would type after that command died, and which files of the user's it may change.
"""

from collections.abc import Callable
from typing import Final

import attrs

from fixtures.canary import CANARY_KEY, CANARY_KEY_2
from fixtures.gateway import load_catalog
from tests.support.documents import CONFIGS, KIMI, ref
from tests.support.sandbox import Sandbox
from tests.support.strace import OLDEST, Command, kill, record

USER_CONFIG: Final = "home/.config/mimocode/mimocode.jsonc"
PROJECT_CONFIG: Final = "project/.mimocode/mimocode.json"
STATE: Final = "home/.gonkagate/mimo-code/install-state.json"

APPLY_USER: Final = Command(("apply", "--scope", "user", "--yes", "--json"), key=CANARY_KEY)
APPLY_PROJECT: Final = Command(("apply", "--scope", "project", "--yes", "--json"), "project", CANARY_KEY)
UNINSTALL: Final = Command(("uninstall", "--yes", "--json"))


@attrs.frozen
class Scenario:
    """A starting point, a command, and what comes after it.

    ``user_files`` are the files of the user's that the command may change, below the sandbox. ``again`` is
    the next command, the same when it is None.
    """

    name: str
    prepare: Callable[[Sandbox], None]
    command: Command
    user_files: tuple[str, ...]
    again: Command | None = None

    @property
    def next(self) -> Command:
        """The command that somebody would give next."""
        return self.again or self.command

    @property
    def leaves(self) -> bool:
        """Whether nothing is to be installed at its end."""
        return self.command.arguments[0] == "uninstall"

    @property
    def exit_codes(self) -> tuple[int, ...]:
        """How a command may end that did all there was to do."""
        return (0, 5) if self.leaves else (0,)


def _own_things(machine: Sandbox, config: str) -> None:
    """Give the user a config with comments and a mode of its own, and files that are nobody's business."""
    machine.mimo_config_folder.mkdir(parents=True, mode=0o750)
    machine.user_config.write_bytes((CONFIGS / config).read_bytes())
    machine.user_config.chmod(0o640)
    notes = machine.mimo_config_folder / "notes.md"
    notes.write_text("# mine\n")
    notes.chmod(0o604)
    neighbour = machine.home / ".gonkagate" / "another-tool"
    neighbour.mkdir(parents=True)
    (neighbour / "settings").write_text("mine\n")
    neighbour.parent.chmod(0o755)


def _done(machine: Sandbox, command: Command) -> None:
    result = command.run(machine)
    assert result.exit_code == 0, result.stdout + result.stderr


def _fresh(_: Sandbox) -> None:
    """Leave the home as it was made: no config at all."""


def _with_config(machine: Sandbox) -> None:
    _own_things(machine, "comments.jsonc")


def _installed_for_the_user(machine: Sandbox) -> None:
    _own_things(machine, "comments.jsonc")
    _done(machine, APPLY_USER)


def _installed_for_the_project(machine: Sandbox) -> None:
    _own_things(machine, "comments.jsonc")
    machine.project_config.parent.mkdir()
    machine.project_config.write_bytes((CONFIGS / "tabs.jsonc").read_bytes())
    machine.project_config.chmod(0o664)
    _done(machine, APPLY_PROJECT)


def _catalog_changed(machine: Sandbox) -> None:
    _installed_for_the_user(machine)
    machine.gateway.catalog = load_catalog("full_metadata")


def _memory_lost(machine: Sandbox) -> None:
    """Keep configs and key as they should be, without the state that says whose they are."""
    _installed_for_the_user(machine)
    machine.state_file.unlink()


def _long_in_use(machine: Sandbox) -> None:
    """Install into a config that was there and a project file that was not; then change the key."""
    _own_things(machine, "comments.jsonc")
    _done(machine, APPLY_PROJECT)
    _done(machine, attrs.evolve(APPLY_PROJECT, key=CANARY_KEY_2))


def _edited_since(machine: Sandbox) -> None:
    """Edit claimed keys, add an option to our provider, and change what is not ours."""
    _own_things(machine, "other_provider.jsonc")
    _done(machine, APPLY_USER)
    text = machine.user_config.read_text()
    for before, after in (
        (f'"small_model": "{ref(KIMI)}"', '"small_model": "deepinfra/mine" /* cheaper */'),
        ('"setCacheKey": false', '"setCacheKey": true, // why not\n        "timeout": 90000'),
        ('"edit": "ask"', '"edit": "deny"'),
    ):
        assert before in text
        text = text.replace(before, after, 1)
    machine.user_config.write_text(text)


def _broken_off(machine: Sandbox, behind: int) -> None:
    """Kill a first apply so many calls behind the one by which it commits; the calls are learnt on a twin."""
    twin = Sandbox(machine.root.parent / "twin", machine.mimo, machine.gateway)
    for one in (twin, machine):
        _with_config(one)
    calls = record(twin, APPLY_USER).calls
    commits = [call.name.startswith("rename") and call.places[-1] == STATE for call in calls].index(True)
    kill(machine, APPLY_USER, calls, commits + behind)


def _uncommitted(machine: Sandbox) -> None:
    _broken_off(machine, 0)


def _committed(machine: Sandbox) -> None:
    _broken_off(machine, 1)


FIRST_USER: Final = Scenario("first apply, user scope", _with_config, APPLY_USER, (USER_CONFIG,))
FIRST_PROJECT: Final = Scenario(
    "first apply, project scope, fresh home", _fresh, APPLY_PROJECT, (USER_CONFIG, PROJECT_CONFIG)
)
CATALOG: Final = Scenario("apply after the catalog changed", _catalog_changed, APPLY_USER, (USER_CONFIG,))
ROTATION: Final = Scenario(
    "apply with another key", _installed_for_the_user, attrs.evolve(APPLY_USER, key=CANARY_KEY_2), ()
)
TO_PROJECT: Final = Scenario(
    "from user to project scope", _installed_for_the_user, APPLY_PROJECT, (USER_CONFIG, PROJECT_CONFIG)
)
TO_USER: Final = Scenario(
    "from project to user scope",
    _installed_for_the_project,
    attrs.evolve(APPLY_USER, folder="project"),
    (USER_CONFIG, PROJECT_CONFIG),
)
ADOPTION: Final = Scenario("adoption of what stands there", _memory_lost, APPLY_USER, ())
NOTHING: Final = Scenario("apply with nothing to do", _installed_for_the_user, APPLY_USER, ())
LEAVING: Final = Scenario("uninstall", _long_in_use, UNINSTALL, (USER_CONFIG, PROJECT_CONFIG))
LEAVING_EDITED: Final = Scenario("uninstall after edits", _edited_since, UNINSTALL, (USER_CONFIG,))
GOING_BACK: Final = Scenario(
    "backup restore",
    _installed_for_the_user,
    Command(("backups", "restore", f"{OLDEST}.2", "--yes", "--json")),
    (USER_CONFIG,),
)
UNDOING: Final = Scenario("recovery that undoes", _uncommitted, UNINSTALL, (USER_CONFIG,))
FINISHING: Final = Scenario("recovery that finishes", _committed, APPLY_USER, ())

# What every run of the suite goes through, and what the long one adds.
USUAL: Final = (FIRST_USER, LEAVING)
FURTHER: Final = (
    FIRST_PROJECT,
    LEAVING_EDITED,
    CATALOG,
    ROTATION,
    TO_PROJECT,
    TO_USER,
    ADOPTION,
    NOTHING,
    GOING_BACK,
    UNDOING,
    FINISHING,
)
