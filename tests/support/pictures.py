"""What of a throw-away machine belongs to its user: everything but what MiMoCode keeps for itself."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from tests.support.sandbox import Sandbox
from tests.support.snapshots import Entry, Snapshot, snapshot, untouched

# What MiMoCode itself writes when it runs, whoever started it.
MIMO_OWN_FILES: Final = (
    "home/.local/share/mimocode/log*",
    "home/.local/share/mimocode/mimocode.db*",
    "home/.local/share/mimocode/installation_id",
    "home/.local/state/mimocode/*",
    "home/.cache/mimocode/*",
    "home/.config/mimocode/.gitignore",
    "*/.mimocode/.gitignore",
    "project/.git/info/exclude",
    "project/.git/mimocode-project-id",
)
# The folders that it makes for itself on a fresh home.
MIMO_OWN_FOLDERS: Final = (
    *("home/.local", "home/.local/share", "home/.local/share/mimocode"),
    *("home/.local/state", "home/.local/state/mimocode", "home/.cache", "home/.cache/mimocode"),
    *("home/.config", "home/.config/mimocode"),
)


# The line in it tells people who works here, and decides nothing.
LOCK: Final = "home/.gonkagate/mimo-code/lock"


def users_files(sandbox: Sandbox) -> Snapshot:
    """Take a picture of home, project, the folder outside and TMPDIR, without what is MiMoCode's own.

    What the program itself keeps is in it, except for the lock.
    """
    return dict(_entries(sandbox))


def left_alone(sandbox: Sandbox, before: Snapshot) -> bool:
    """Return True when no file of the user was even written again since a picture; else raise."""
    return untouched(before, users_files(sandbox))


def own_files(sandbox: Sandbox) -> list[str]:
    """Return everything in the home that is the program's own, by its path below the home."""
    found = snapshot(sandbox.home)
    return [name for name in found if name == ".gonkagate" or name.startswith(".gonkagate/")]


def _entries(sandbox: Sandbox) -> Iterator[tuple[str, Entry]]:
    for folder in (sandbox.home, sandbox.project, sandbox.outside, sandbox.temporary):
        for relative, entry in snapshot(folder).items():
            name = f"{folder.name}/{relative}"
            if name in (*MIMO_OWN_FOLDERS, LOCK) or any(fnmatchcase(name, own) for own in MIMO_OWN_FILES):
                continue
            yield name, entry
