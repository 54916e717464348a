"""What `--json` prints, as classes: their fields, in their order, are the published format.

The schemas in docs/schemas are made from them (`just schemas`). They are apart from the report's own classes,
so that what a command notes for itself cannot get out, and a name of ours can change without theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from attrs import field

from reconciler.records import frozen

if TYPE_CHECKING:
    from reconciler.commands.report import Health, Outcome
    from reconciler.engine.compare import Action
    from reconciler.mimocode.audit.probes import Feature
    from reconciler.mimocode.verdict import Verdict

HELD_TO: Final = "schema"
"""Where a field's metadata keeps what the schema says of it beyond its type."""

Command: TypeAlias = Literal[
    "setup",
    "plan",
    "apply",
    "status",
    "uninstall",
    "explain",
    "audit",
    "backups list",
    "backups restore",
    "demo",
    "completion",
    "help",
]
Resource: TypeAlias = Literal["user_config", "project_config", "key_file", "state"]
Scope: TypeAlias = Literal["user", "project"]
InputKind: TypeAlias = Literal["mimo", "folder", "variable", "layer", "key_file", "model_list"]
LayerKind: TypeAlias = Literal[
    "managed", "variable", "extra_folder", "home", "project_folder", "project", "extra_file", "user"
]

_WORD: Final = {HELD_TO: {"pattern": "^[a-z_]+$"}}
_SAID: Final = {HELD_TO: {"minLength": 1}}
_SOME: Final = {HELD_TO: {"minItems": 1}}
_FROM_ONE: Final = {HELD_TO: {"minimum": 1}}
_FROM_ZERO: Final = {HELD_TO: {"minimum": 0}}
_VALUE: Final = {
    HELD_TO: {"description": 'any JSON value; null where nothing stands; "(sensitive)" for a sensitive one'}
}


@frozen(slots=False, eq=False, repr=False)
class InVariable:
    """A place in an environment variable."""

    variable: str


@frozen(slots=False, eq=False, repr=False)
class InFile:
    """A place in a file; line and column are null where the file as a whole is meant."""

    file: str
    line: int | None = field(metadata=_FROM_ONE)
    column: int | None = field(metadata=_FROM_ONE)


Location: TypeAlias = InVariable | InFile | None


@frozen(slots=False, eq=False, repr=False)
class Target:
    """Which MiMoCode was met."""

    cli: str | None
    version: str | None
    audited: Literal["release", "local", False]


@frozen(slots=False, eq=False, repr=False)
class Change:
    """What was or would be changed; in `drift` what somebody else changed."""

    action: Action
    resource: Resource
    file: str
    key: tuple[str, ...] | None
    before: Any = field(metadata=_VALUE)
    after: Any = field(metadata=_VALUE)
    reason: str
    since: str | None


@frozen(slots=False, eq=False, repr=False)
class Blocker:
    """A reason to stop."""

    code: str = field(metadata=_WORD)
    message: str
    source: str
    location: Location
    remedy: str = field(metadata=_SAID)


@frozen(slots=False, eq=False, repr=False)
class Checks:
    """What MiMoCode was asked, and how that ended."""

    provenance: Verdict
    durable: Verdict
    models: Verdict
    session: Verdict


@frozen(slots=False, eq=False, repr=False)
class Files:
    """The files concerned."""

    user_config: str | None
    project_config: str | None
    key_file: str | None
    state: str | None
    backups: tuple[str, ...]


@frozen(slots=False, eq=False, repr=False)
class Warning_:  # noqa: N801 - `Warning` is a builtin and means something else
    """What did not stop the run but should be known."""

    message: str
    location: Location


@frozen(slots=False, eq=False, repr=False)
class Backup:
    """What one file held before one run."""

    id: str
    at: str
    command: Literal["apply", "uninstall", "restore"]
    resource: Resource
    file: str
    existed: bool
    restorable: bool


@frozen(slots=False, eq=False, repr=False)
class Project:
    """One project in project scope."""

    root: str
    file: str
    model_ref: str | None
    health: Health


@frozen(slots=False, eq=False, repr=False)
class Layer:
    """What one of MiMoCode's layers says of a key."""

    kind: LayerKind
    location: Location
    value: Any = field(metadata=_VALUE)
    ours: bool
    decides: bool


@frozen(slots=False, eq=False, repr=False)
class Explanation:
    """Where the value of one key comes from."""

    key: tuple[str, ...] = field(metadata=_SOME)
    in_force: Any = field(metadata=_VALUE)
    without_us: Any = field(metadata=_VALUE)
    claimed: bool
    applied: Any = field(metadata=_VALUE)
    layers: tuple[Layer, ...]


@frozen(slots=False, eq=False, repr=False)
class Input:
    """One thing that an answer of MiMoCode's depends on."""

    kind: InputKind
    name: str


@frozen(slots=False, eq=False, repr=False)
class Reliance:
    """The earlier answer of MiMoCode's that is relied on."""

    verified_at: str
    inputs: tuple[Input, ...]


@frozen(slots=False, eq=False, repr=False)
class Probe:
    """What an audit found of one claim; `held` is null where it could not be told."""

    id: str = field(metadata=_WORD)
    claim: str
    required: bool
    held: bool | None
    features: tuple[Feature, ...] = field(metadata=_SOME)
    seen: str
    seconds: float = field(metadata=_FROM_ZERO)


@frozen(slots=False, eq=False, repr=False)
class Topic:
    """One thing that `help` tells of."""

    name: str
    kind: Literal["blocker", "command"]
    summary: str = field(metadata=_SAID)
    text: str = field(metadata=_SAID)


@frozen(slots=False, eq=False, repr=False)
class Report:
    """What every command prints with --json. Within format version 1 fields are only ever added."""

    format_version: Literal["1.0"]
    command: Command
    outcome: Outcome
    ok: bool
    scope: Scope | None
    model: str | None
    model_ref: str | None
    small_model_ref: str | None
    target: Target
    changes: tuple[Change, ...]
    drift: tuple[Change, ...]
    blockers: tuple[Blocker, ...]
    verification: Checks
    files: Files
    warnings: tuple[Warning_, ...]
    next_command: str | None
    backups: tuple[Backup, ...]
    projects: tuple[Project, ...]
    explanations: tuple[Explanation, ...]
    relies_on: Reliance | None
    probes: tuple[Probe, ...]
    topics: tuple[Topic, ...]
