"""Where our own things lie: one owner-only folder with the state, the journal, the lock, the backups.

Only names here; the transaction makes and removes what they name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.records import frozen

if TYPE_CHECKING:
    from pathlib import Path

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
PROJECTS: Final = "project-config"


@frozen
class Store:
    """The folder of our own and the names in it."""

    folder: Path

    @property
    def state(self) -> Path:
        """The install state."""
        return self.folder / "install-state.json"

    @property
    def journal(self) -> Path:
        """What a transaction under way is about to do."""
        return self.folder / "journal.json"

    @property
    def lock(self) -> Path:
        """The kernel lock's file."""
        return self.folder / "lock"

    @property
    def backups(self) -> Path:
        """The previous bytes of every file we replaced."""
        return self.folder / "backups"

    @property
    def project_backups(self) -> Path:
        """The same of projects' files, in a folder of their own below."""
        return self.backups / PROJECTS
