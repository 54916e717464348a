"""What a command found or did, as one value: the source of what people read and of what `--json` prints.

How it is spelled there stands in `published.py` and `spelling.py`. It never holds a secret: sensitive values
were masked when the plan was made.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, Literal

from attrs import evolve, field

from reconciler.mimocode.verdict import Verdict
from reconciler.records import frozen

if TYPE_CHECKING:
    from reconciler.engine.changes import Change
    from reconciler.engine.problems import Blocker, Place, Stop, Warning_
    from reconciler.engine.values import Absent, Json, KeyPath
    from reconciler.mimocode.audit.probes import Finding

LIST: Final = "backups list"
RESTORE: Final = "backups restore"
EXPLAIN: Final = "explain"
AUDIT: Final = "audit"
HELP: Final = "help"


class Outcome(enum.StrEnum):
    """How a command ended."""

    NO_CHANGES = "no_changes"
    CHANGES = "changes"
    APPLIED = "applied"
    IN_SYNC = "in_sync"
    DRIFTED = "drifted"
    NOT_INSTALLED = "not_installed"
    REMOVED = "removed"
    RECOVERED = "recovered"
    BLOCKED = "blocked"
    FAILED = "failed"
    SESSION_BLOCKED = "session_blocked"


GOOD: Final = frozenset(
    {
        Outcome.NO_CHANGES,
        Outcome.CHANGES,
        Outcome.APPLIED,
        Outcome.IN_SYNC,
        Outcome.REMOVED,
        Outcome.RECOVERED,
    }
)


@frozen
class Target:
    """Which MiMoCode was met."""

    cli: str | None = None
    version: str | None = None
    audited: str | bool = False
    remark: str | None = None
    """Why it is relied on, for people, where that is not a matter of course."""


@frozen
class Checks:
    """How the checks ended."""

    provenance: Verdict = Verdict.SKIPPED
    durable: Verdict = Verdict.SKIPPED
    models: Verdict = Verdict.SKIPPED
    session: Verdict = Verdict.SKIPPED


@frozen
class FileNames:
    """The files concerned."""

    user_config: str | None = None
    project_config: str | None = None
    key_file: str | None = None
    state: str | None = None
    backups: tuple[str, ...] = ()


@frozen
class Kept:
    """What one file held before a transaction, and whether that can be brought back."""

    id: str
    at: str
    command: str
    resource: str
    file: str
    existed: bool
    restorable: bool


class Health(enum.StrEnum):
    """How one project that we hold something in is found."""

    IN_SYNC = "in_sync"
    DRIFTED = "drifted"
    GONE = "gone"
    """Its folder is not there, and the disk that it was on is."""
    NOT_MOUNTED = "not_mounted"
    """The disk that it was on is not there."""
    UNREADABLE = "unreadable"


@frozen
class ProjectHealth:
    """One project in project scope."""

    root: str
    file: str
    model_ref: str | None
    health: Health


@frozen
class LayerValue:
    """What one of MiMoCode's layers says of a key."""

    kind: str
    place: Place
    value: Json
    ours: bool
    """Whether the key is one that we hold in this file."""
    decides: bool
    named_by: str | None = None
    """The variable that names this file, or the folder that it lies in."""
    drifted: bool = False
    """Whether it is ours and no longer what we applied."""


@frozen
class Explanation:
    """Where the value of one key comes from: the layers that have it, the strongest first."""

    key: KeyPath
    in_force: Json | Absent
    without_us: Json | Absent
    claimed: bool
    applied: Json | Absent
    layers: tuple[LayerValue, ...]


@frozen
class Reliance:
    """The earlier answer of MiMoCode's that a report rests on, and what it depended on."""

    verified_at: str
    inputs: tuple[tuple[str, str], ...]
    """Kinds and names."""


@frozen
class Topic:
    """One thing that `help` tells of: a blocker code or a command."""

    name: str
    kind: Literal["blocker", "command"]
    summary: str
    text: str
    """For a blocker its page entry as it is written, which is Markdown."""


@frozen
class Report:
    """A command's whole result."""

    command: str
    outcome: Outcome
    scope: str | None = None
    model: str | None = None
    model_ref: str | None = None
    small_model_ref: str | None = None
    target: Target = Target()
    changes: tuple[Change, ...] = ()
    drift: tuple[Change, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    verification: Checks = Checks()
    files: FileNames = FileNames()
    warnings: tuple[Warning_, ...] = ()
    next_command: str | None = None
    backups: tuple[Kept, ...] = ()
    projects: tuple[ProjectHealth, ...] = ()
    """Every project that we hold something in, where that was asked for."""
    explanations: tuple[Explanation, ...] = ()
    probes: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """Sentences for people alone: what was put back, what was recovered."""
    confirmed: bool = False
    """Whether a person has seen the changes already and agreed."""
    usage_error: bool = False
    interrupted: bool = False
    relies_on: Reliance | None = None
    """What is told of MiMoCode without asking it anew."""
    topics: tuple[Topic, ...] = ()
    whole: bool = False
    """Whether the topics were asked for by name, so that people read all of each."""

    @property
    def ok(self) -> bool:
        """Whether the command did what was asked."""
        return self.outcome in GOOD


def stopped(command: str, ending: Stop, about: Report | None = None) -> Report:
    """Make the report of a run that was stopped."""
    base = about or Report(command, Outcome.BLOCKED)
    return evolve(
        base,
        outcome=Outcome.FAILED if ending.failed else Outcome.BLOCKED,
        blockers=ending.blockers,
        notes=(*base.notes, *ending.notes),
        next_command=None,
    )
