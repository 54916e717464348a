"""Constants of MiMoCode 0.1.x, measured on the real program.

Each is a behaviour that other modules rely on; none of them decides anything.
"""

from __future__ import annotations

import enum
from typing import Final

COMMAND: Final = "mimo"

SCHEMA_KEY: Final = ("$schema",)
SCHEMA_URL: Final = "https://mimo.xiaomi.com/mimocode/config.json"
_REWRITTEN_SCHEMAS: Final = frozenset({"", "https://opencode.ai/config.json"})

USER_CONFIG_NAMES: Final = ("mimocode.jsonc", "mimocode.json", "config.json")
"""The user-level files, highest precedence first. MiMoCode reads and merges all three."""
LAYER_NAMES: Final = ("mimocode.jsonc", "mimocode.json")
"""The names in every other place, highest precedence first."""
PROJECT_FOLDER: Final = ".mimocode"
PROJECT_CONFIG_NAME: Final = "mimocode.json"
LEGACY_CONFIG_NAME: Final = "config"
"""A TOML file that MiMoCode imports and deletes at its next run."""

MANAGED_NAME: Final = "opencode"
"""The managed folder's name, below the one for settings of all users."""
MANAGED_VARIABLE: Final = "MIMOCODE_TEST_MANAGED_CONFIG_DIR"
"""Names another managed folder."""
HOME_VARIABLE: Final = "MIMOCODE_HOME"
OWN_PREFIX: Final = "MIMOCODE_"

OVERRIDES: Final = (
    "MIMOCODE_CONFIG",
    "MIMOCODE_CONFIG_CONTENT",
    "MIMOCODE_CONFIG_DIR",
    "MIMOCODE_CONFIG_DEFAULTS",
    "MIMOCODE_AUTH_CONTENT",
    "MIMOCODE_DISABLE_PROJECT_CONFIG",
    "MIMOCODE_DISABLE_GIT",
    MANAGED_VARIABLE,
    "MIMOCODE_PERMISSION",
    "MIMOCODE_MODELS_PATH",
)
"""Variables of a shell that can change what MiMoCode resolves there."""

LITTER: Final = (
    (
        ".gitignore",
        b"node_modules\npackage.json\npackage-lock.json\nbun.lock\n.gitignore\n.cron-lock\nscheduled_tasks.json",
    ),
)
"""What MiMoCode drops into every configuration folder it finds: name and exact content."""

PROJECT_ID: Final = "mimocode-project-id"
"""The file in a git folder that holds MiMoCode's id of the project."""

CARRIED_AWAY: Final = frozenset(
    {
        "constructor",
        "toString",
        "toLocaleString",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "valueOf",
        "__proto__",
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
        "gpt-5-chat-latest",
    }
)
"""Model ids that MiMoCode cannot carry: names of JavaScript's Object.prototype, and one it always hides."""


class Code(enum.StrEnum):
    """The blocker codes of this room."""

    HOME_UNUSABLE = "home_unusable"
    MIMO_NOT_FOUND = "mimo_not_found"
    MIMO_NOT_WORKING = "mimo_not_working"
    MIMO_TIMEOUT = "mimo_timeout"
    MIMO_VERSION_UNREADABLE = "mimo_version_unreadable"
    MIMO_VERSION_TOO_OLD = "mimo_version_too_old"
    MIMO_VERSION_NOT_AUDITED = "mimo_version_not_audited"
    AUDIT_FAILED = "audit_failed"
    LAYERS_NOT_KNOWN = "layers_not_known"
    MIMO_AUTH_UNREADABLE = "mimo_auth_unreadable"
    CONFIG_UNREADABLE = "config_unreadable"
    PROVIDER_DISABLED = "provider_disabled"
    PROVIDER_NOT_ENABLED = "provider_not_enabled"
    MODEL_NOT_ALLOWED = "model_not_allowed"
    MODEL_BLOCKED = "model_blocked"
    OVERRIDDEN_BY_LAYER = "overridden_by_layer"
    OVERRIDDEN_BY_UNKNOWN_LAYER = "overridden_by_unknown_layer"
    SESSION_OVERRIDE = "session_override"
    MODELS_NOT_LISTED = "models_not_listed"
    RESOLVED_CONFIG_UNREADABLE = "resolved_config_unreadable"


def leaves_schema_alone(schema: object) -> bool:
    """Whether MiMoCode leaves a file alone whose `$schema` has this value; anything else it rewrites."""
    return isinstance(schema, str) and schema not in _REWRITTEN_SCHEMAS
