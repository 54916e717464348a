"""What of a throw-away machine belongs to its user: everything but what MiMoCode keeps for itself."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from tests.support.sandbox import Sandbox
from tests.support.snapshots import Entry, Snapshot, snapshot, untouched

# What MiMoCode itself writes when it runs, whoever started it.
MIMO_OWN_FILES: Final = (
    "home/.local/share/mimocode/*",
    "home/.local/state/mimocode/*",
    "home/.cache/mimocode/*",
    "home/.config/mimocode/.gitignore",
    "*/.mimocode/.gitignore",
    "*/.mimocode/.cron-lock",
    "project/.git/info/exclude",
    "project/.git/mimocode-project-id",
    # Its runtime unpacks native code here.
    "tmp/.*.so",
)
# What its user entered there.
MIMO_ENTRUSTED: Final = ("home/.local/share/mimocode/auth.json",)
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
            if name == LOCK or (_is_mimos_own(name) and name not in MIMO_ENTRUSTED):
                continue
            yield name, entry


def _is_mimos_own(name: str) -> bool:
    return name in MIMO_OWN_FOLDERS or any(fnmatchcase(name, own) for own in MIMO_OWN_FILES)
