"""Where a run takes place and what its files are to us, known before anything is started."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from reconciler.engine.files import Kind
from reconciler.engine.problems import Place, stop
from reconciler.engine.store import Store
from reconciler.gonkagate import facts as gonkagate
from reconciler.mimocode import projects
from reconciler.mimocode.facts import Code
from reconciler.mimocode.home import usable_home
from reconciler.records import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.commands.world import World
    from reconciler.engine.files import FileSystem
    from reconciler.mimocode.paths import Paths
    from reconciler.mimocode.projects import Project

USER_ROLE: Final = "user_config"
PROJECT_ROLE: Final = "project_config"
KEY_ROLE: Final = "key_file"
STATE_ROLE: Final = "state"


@frozen
class Ground:
    """Where a run takes place, known before anything is started."""

    home: Path
    store: Store
    key_path: Path
    project: Project


def stand(world: World) -> Ground:
    """Find the home and what follows from it. Raises `Stop` with home_unusable."""
    home = usable_home(world.environment)
    store = store_in(home)
    return Ground(home, store, store.folder / gonkagate.KEY_NAME, projects.find(world.folder, home))


def store_in(home: Path) -> Store:
    """Name our own folder of a home."""
    return Store(home.joinpath(*gonkagate.KEY_FOLDER))


def check_auth(files: FileSystem, where: Paths) -> None:
    """Refuse a credential file of MiMoCode's that it could not read itself: it would not start."""
    if files.kind(where.auth) is Kind.ABSENT:
        return
    try:
        snapshot = files.read(where.auth)
        readable = snapshot is not None and isinstance(json.loads(snapshot.data), dict | list)
    except (OSError, ValueError, RecursionError):
        readable = False
    if not readable:
        raise stop(
            Code.MIMO_AUTH_UNREADABLE,
            "MiMoCode cannot read its own credential file, so it would not start",
            "mend the file or move it away, then run again",
            source="mimo",
            place=Place(file=str(where.auth)),
        )
