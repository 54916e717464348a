"""What a command found or did, as one value: the JSON interface, and the source of what people read.

Its fields and their order are the published format. It never holds a secret: sensitive values were
masked when the plan was made.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from attrs import asdict, evolve, field, frozen

from reconciler.engine.values import ABSENT
from reconciler.mimocode.verdict import Verdict

if TYPE_CHECKING:
    from reconciler.engine.changes import Change
    from reconciler.engine.problems import Blocker, Place, Stop, Warning_
    from reconciler.engine.values import Absent, Json, KeyPath
    from reconciler.mimocode.audit.probes import Finding

FORMAT_VERSION: Final = "1.0"
LIST: Final = "backups list"
RESTORE: Final = "backups restore"
EXPLAIN: Final = "explain"
AUDIT: Final = "audit"


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


def as_json(report: Report) -> dict[str, object]:
    """Spell a report as the published format."""
    return {
        "format_version": FORMAT_VERSION,
        "command": report.command,
        "outcome": report.outcome.value,
        "ok": report.ok,
        "scope": report.scope,
        "model": report.model,
        "model_ref": report.model_ref,
        "small_model_ref": report.small_model_ref,
        "target": {
            "cli": report.target.cli,
            "version": report.target.version,
            "audited": report.target.audited,
        },
        "changes": [_change(change) for change in report.changes],
        "drift": [_change(change) for change in report.drift],
        "blockers": [_blocker(blocker) for blocker in report.blockers],
        "verification": {
            "provenance": report.verification.provenance.value,
            "durable": report.verification.durable.value,
            "models": report.verification.models.value,
            "session": report.verification.session.value,
        },
        "files": {
            "user_config": report.files.user_config,
            "project_config": report.files.project_config,
            "key_file": report.files.key_file,
            "state": report.files.state,
            "backups": list(report.files.backups),
        },
        "warnings": [_warning(warning) for warning in report.warnings],
        "next_command": report.next_command,
        "backups": [asdict(kept) for kept in report.backups],
        "projects": [{**asdict(one), "health": one.health.value} for one in report.projects],
        "explanations": [_explanation(one) for one in report.explanations],
        "relies_on": None if report.relies_on is None else _reliance(report.relies_on),
        "probes": [_probe(one) for one in report.probes],
    }


def _reliance(found: Reliance) -> dict[str, object]:
    return {
        "verified_at": found.verified_at,
        "inputs": [{"kind": kind, "name": name} for kind, name in found.inputs],
    }


def _change(change: Change) -> dict[str, object]:
    return {
        "action": change.action.value,
        "resource": change.resource,
        "file": change.file,
        "key": None if change.key is None else list(change.key),
        "before": _value(change.before),
        "after": _value(change.after),
        "reason": change.reason,
        "since": change.since,
    }


def _explanation(one: Explanation) -> dict[str, object]:
    return {
        "key": list(one.key),
        "in_force": _value(one.in_force),
        "without_us": _value(one.without_us),
        "claimed": one.claimed,
        "applied": _value(one.applied),
        "layers": [
            {
                "kind": layer.kind,
                "location": _place(layer.place),
                "value": layer.value,
                "ours": layer.ours,
                "decides": layer.decides,
            }
            for layer in one.layers
        ],
    }


def _probe(one: Finding) -> dict[str, object]:
    return {
        "id": one.probe.id,
        "claim": one.probe.claim,
        "required": one.probe.required,
        "held": one.held,
        "features": [feature.value for feature in one.probe.features],
        "seen": one.seen,
        "seconds": one.seconds,
    }


def _value(value: Json) -> Json:
    return None if value is ABSENT else value


def _blocker(blocker: Blocker) -> dict[str, object]:
    return {
        "code": str(blocker.code),
        "message": blocker.message,
        "source": blocker.source,
        "location": _place(blocker.place),
        "remedy": blocker.remedy,
    }


def _place(place: Place | None) -> dict[str, object] | None:
    if place is None or (place.file is None and place.variable is None):
        return None
    if place.variable is not None:
        return {"variable": place.variable}
    return {"file": place.file, "line": place.line, "column": place.column}


def _warning(warning: Warning_) -> dict[str, object]:
    return {"message": warning.message, "location": _place(warning.place)}
