"""Problems as values: what stops a run, where, and what the user can do about it.

A blocker is frozen data; `Stop` is the one exception that carries blockers to the command that was
asked. Rendering them is the command line's business.
"""

from __future__ import annotations

import enum
import errno
from typing import Final

from attrs import field

from reconciler.records import frozen


class Code(enum.StrEnum):
    """The blocker codes the engine itself can give. Codes are an interface: none is ever renamed."""

    CONFIG_UNREADABLE = "config_unreadable"
    CONFIG_NOT_AN_OBJECT = "config_not_an_object"
    CONFIG_VALUE_IN_THE_WAY = "config_value_in_the_way"
    CONFIG_CHANGED_MEANWHILE = "config_changed_meanwhile"
    PLAN_STALE = "plan_stale"
    STATE_UNREADABLE = "state_unreadable"
    STATE_TOO_NEW = "state_too_new"
    LOCKED = "locked"
    WRITE_FAILED = "write_failed"
    FILE_NOT_REPLACEABLE = "file_not_replaceable"
    ROLLBACK_INCOMPLETE = "rollback_incomplete"
    INTERNAL_ERROR = "internal_error"


@frozen
class Place:
    """Where a problem is: a file with an optional position, or an environment variable."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    variable: str | None = None

    def __str__(self) -> str:
        if self.variable is not None:
            return f"variable {self.variable}"
        parts = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        return ":".join(parts)


@frozen
class Blocker:
    """A reason to stop: a stable code, a sentence, the place, and the remedy."""

    code: str
    message: str
    remedy: str
    source: str
    place: Place | None = None


@frozen
class Warning_:  # noqa: N801 - `Warning` is a builtin and means something else
    """Something the user should know that does not stop the run."""

    message: str
    place: Place | None = None


@frozen
class Stop(Exception):  # noqa: N818 - it is not always an error: "blocked" is a regular ending
    """The run ends here.

    `failed` tells a run that was tried and undone from one that was refused beforehand.
    """

    blockers: tuple[Blocker, ...]
    failed: bool = field(default=False, kw_only=True)
    notes: tuple[str, ...] = field(default=(), kw_only=True)

    def __str__(self) -> str:
        return "; ".join(blocker.message for blocker in self.blockers)


def stop(
    code: str,
    message: str,
    remedy: str,
    *,
    source: str,
    place: Place | None = None,
    failed: bool = False,
) -> Stop:
    """Make a `Stop` with a single blocker, ready to be raised."""
    return Stop((Blocker(code, message, remedy, source, place),), failed=failed)


_REMEDIES: Final = {
    errno.ENOSPC: "make room on that disk, then run again",
    errno.EDQUOT: "make room within your quota, then run again",
    errno.EROFS: "that disk is mounted read-only: mount it writable, then run again",
    errno.EACCES: "see to the permissions of the file and its folder, then run again",
    errno.EPERM: "see to the permissions of the file and its folder, and whether one of them is marked "
    "immutable (`lsattr` shows it), then run again",
    errno.EBUSY: "the file is in use or a mount of its own (`findmnt` shows it): see to that, then run again",
    errno.EMFILE: "too many files are open: close some programs or raise the limit, then run again",
    errno.ENFILE: "too many files are open: close some programs or raise the limit, then run again",
    errno.EIO: "that disk reports a fault: check it before you run again",
}


def reason(error: OSError) -> str:
    """Say why, in the operating system's own words."""
    return error.strerror or str(error)


def remedy_for(error: OSError) -> str:
    """Say what the user can do about a refusal of the disk."""
    return _REMEDIES.get(error.errno or 0, "see to the cause, then run again")
