"""What tests of the transaction share: three runs on a small machine, and how to look at it meanwhile."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from attrs import evolve, frozen

from reconciler.engine.claims import Holding
from reconciler.engine.files import LocalFiles
from reconciler.engine.habits import Habits
from reconciler.engine.state import SCHEMA_VERSION, State, to_bytes
from reconciler.engine.store import Store
from reconciler.engine.transaction import Work, Write
from tests.support.files import tree

MARK: Final = b".us/key"
KEY, OTHER_KEY = b"gp-first-key", b"gp-second-key"
USER_BEFORE: Final = b'{\n  // mine\n  "a": 1\n}\n'
USER_AFTER: Final = b'{\n  // mine\n  "a": 1,\n  "key": "{file:~/.us/key}"\n}\n'
PROJECT: Final = b'{"model": "us/m"}\n'
HABITS: Final = Habits(((".gitignore", b"node_modules"),))
SALT: Final = "s" * 32


@frozen
class Machine:
    """A home below a temporary folder."""

    root: Path

    @property
    def store(self) -> Store:
        """Our own folder."""
        return Store(self.root / ".us")

    @property
    def key(self) -> Path:
        """The key file."""
        return self.store.folder / "key"

    @property
    def user(self) -> Path:
        """The user's config."""
        return self.root / "config" / "mimocode.jsonc"

    @property
    def project(self) -> Path:
        """A project's config, in a folder that is not there at first."""
        return self.root / "project" / ".mimocode" / "mimocode.json"

    def prepare(self) -> None:
        """Put down what a user has before he meets us."""
        for folder in (self.user.parent, self.project.parent.parent):
            folder.mkdir(parents=True)
        self.store.folder.mkdir(mode=0o700)
        self.user.write_bytes(USER_BEFORE)
        self.user.chmod(0o640)

    def picture(self) -> dict[str, tuple[int, bytes] | None]:
        """Describe everything but our own folder itself, its lock, and the backups, which may stay."""
        found = tree(self.root, ".us/backups", ".us/lock")
        found.pop(".us", None)
        return found

    def backups(self) -> dict[str, bytes]:
        """Give the backups by name."""
        found = self.store.backups
        return {path.name: path.read_bytes() for path in found.rglob("*") if path.is_file()}

    def refers_to_nothing(self) -> bool:
        """Whether a config refers to the key file while that is not there."""
        refers = self.user.is_file() and MARK in self.user.read_bytes()
        return refers and not self.key.is_file()


Build = Callable[[Machine], Work]


def write(
    machine: Machine,
    role: str,
    path: Path,
    after: bytes | None,
    **more: Any,  # noqa: ANN401 - fields of a write
) -> Write:
    """Make a write of what stands at a path now."""
    before = LocalFiles().read(path)
    mode = 0o600 if before is None else before.mode
    backup = None
    if before is not None and role != "key_file":
        backup = machine.store.backups / f"{before.fingerprint}-{path.name}"
    made = Write(role, path, before, after, mode, backup)
    return evolve(made, **more)


def work(machine: Machine, transaction: str, *writes: Write, holdings: tuple[Holding, ...] = ()) -> Work:
    """Make a transaction of writes."""
    before = LocalFiles().read(machine.store.state)
    serial = 0 if before is None else json.loads(before.data)["serial"]
    state = State(SCHEMA_VERSION, "lineage", serial + 1, transaction, holdings)
    return Work(
        "test", transaction, SALT, "2026-11-22T00:00:00Z", writes, before, to_bytes(state), habits=HABITS
    )


def first_run(machine: Machine) -> Work:
    """Set up: a key, a user config that refers to it, a project config in a new folder."""
    folder = machine.project.parent
    return work(
        machine,
        "t1",
        write(machine, "key_file", machine.key, KEY, folder_mode=0o700),
        write(machine, "user_config", machine.user, USER_AFTER),
        write(machine, "project_config", machine.project, PROJECT, mode=0o644, folders=(folder,)),
        holdings=(Holding("user_config", str(machine.user)),),
    )


def rotation(machine: Machine) -> Work:
    """Replace the key, with a backup, and change the user's config once more."""
    return work(
        machine,
        "t2",
        write(machine, "key_file", machine.key, OTHER_KEY, backup=machine.store.backups / "api-key-t2"),
        write(machine, "user_config", machine.user, USER_AFTER.replace(b"1", b"2")),
        holdings=(Holding("user_config", str(machine.user)),),
    )


def leaving(machine: Machine) -> Work:
    """Take everything out: configs first, the key last; state and key backups go after the commit."""
    todo = work(
        machine,
        "t3",
        write(machine, "user_config", machine.user, USER_BEFORE),
        write(machine, "project_config", machine.project, None),
        write(machine, "key_file", machine.key, None),
    )
    return evolve(
        todo,
        retire=(machine.store.backups / "api-key-t2", machine.store.state),
        retire_folders=(machine.project.parent,),
    )


RUNS: Final[dict[str, tuple[Build, ...]]] = {
    "first run": (first_run,),
    "rotation": (first_run, rotation),
    "leaving": (first_run, rotation, leaving),
}
"""The run in question stands last; those before it lead there."""


def nothing_to_verify() -> None:
    """Find everything in order."""


def look_at(machine: Machine) -> Callable[[], None]:
    """Give a look-around that asserts what must hold at every instant."""
    whole = {USER_BEFORE, USER_AFTER, USER_AFTER.replace(b"1", b"2")}

    def look() -> None:
        assert not machine.refers_to_nothing()
        assert machine.user.read_bytes() in whole
        assert not machine.project.is_file() or machine.project.read_bytes() == PROJECT
        assert not machine.key.is_file() or machine.key.read_bytes() in (KEY, OTHER_KEY)

    return look
