"""The contract with MiMoCode as data: one claim for each thing that we rely on, and what breaks without it.

Required is what a success would be untrue without, or what could harm a file of the user's. What is optional
serves a feature that can be left out, and is left out where its probe does not hold.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable


class Feature(enum.StrEnum):
    """What of this program rests on a probe."""

    VERSION = "version"
    VERIFICATION = "verification"
    CONFIGS = "configs"
    KEY = "key"
    PROJECT_SCOPE = "project_scope"
    FORESIGHT = "foresight"
    EXPLAIN = "explain"


BREAKS: Final = {
    Feature.VERSION: "MiMoCode cannot be told from another version of it",
    Feature.VERIFICATION: "a success of apply or status could be untrue",
    Feature.CONFIGS: "your files could be changed in ways that nobody foresaw",
    Feature.KEY: "your key could fail to work, or end up elsewhere",
    Feature.PROJECT_SCOPE: "a project's default could be another than was set up",
    Feature.FORESIGHT: "it is not foreseen what other layers decide",
    Feature.EXPLAIN: "explain could name the wrong layer",
}
"""What it means for the user when a feature has nothing to stand on."""
CAN_BE_OFF: Final = (Feature.FORESIGHT, Feature.EXPLAIN)
"""The features that are left out, rather than MiMoCode refused, where their probes do not hold."""


@frozen
class Probe:
    """One thing that we rely on. `rests_on` names the experiment in which it shows."""

    id: str
    claim: str
    rests_on: str
    features: tuple[Feature, ...]

    @property
    def required(self) -> bool:
        """Whether nothing is done with a MiMoCode for which it does not hold."""
        return any(feature not in CAN_BE_OFF for feature in self.features)


@frozen
class Finding:
    """What came of one probe."""

    probe: Probe
    held: bool | None
    """None where it could not be told."""
    seen: str
    seconds: float = 0.0
    """What the experiment took that it shows in."""


def _optional(identity: str, claim: str, rests_on: str = "layers") -> Probe:
    return Probe(identity, claim, rests_on, CAN_BE_OFF)


PROBES: Final = (
    Probe(
        "version_text",
        "`mimo --version` prints one semantic version and nothing else",
        "quiet",
        (Feature.VERSION,),
    ),
    Probe(
        "paths_form",
        "`mimo debug paths` names its home and its four folders, each by its absolute path",
        "quiet",
        (Feature.VERIFICATION, Feature.CONFIGS),
    ),
    Probe(
        "paths_default",
        "without variables its folders lie below ~/.config, ~/.local and ~/.cache",
        "quiet",
        (Feature.VERIFICATION, Feature.CONFIGS),
    ),
    Probe(
        "paths_xdg",
        "the four XDG variables move its folders",
        "xdg",
        (Feature.VERIFICATION, Feature.CONFIGS),
    ),
    Probe(
        "paths_own_home",
        "MIMOCODE_HOME moves all of its folders, and outranks the XDG variables",
        "own_home",
        (Feature.VERIFICATION, Feature.CONFIGS),
    ),
    Probe(
        "quiet_questions",
        "asked for its version and its paths it changes no config",
        "quiet",
        (Feature.CONFIGS,),
    ),
    Probe(
        "config_json",
        "`mimo --pure debug config` prints its configuration as one JSON object on standard output",
        "entry",
        (Feature.VERIFICATION,),
    ),
    Probe(
        "entry_resolved",
        "every key of the provider entry, and both models, are resolved as they are written",
        "entry",
        (Feature.VERIFICATION,),
    ),
    Probe(
        "key_file_read",
        "`{file:~/…}` becomes what that file of the home holds, without blanks around it",
        "entry",
        (Feature.VERIFICATION, Feature.KEY),
    ),
    Probe(
        "user_files_order",
        "of the user-level files mimocode.jsonc outranks mimocode.json, and that config.json; all are read",
        "entry",
        (Feature.VERIFICATION, Feature.CONFIGS),
    ),
    Probe(
        "schema_kept",
        "a config with a `$schema` of its own is left alone, byte for byte",
        "entry",
        (Feature.CONFIGS,),
    ),
    Probe(
        "schema_line",
        "into a config without `$schema` it writes that line and changes nothing else of it",
        "schema",
        (Feature.CONFIGS,),
    ),
    Probe(
        "project_marks",
        "in a project it writes nothing else than a mark into .git and a .gitignore beside its configs",
        "schema",
        (Feature.CONFIGS,),
    ),
    Probe(
        "fault_told",
        "while a config holds a value that it does not allow, it fails and prints nothing on standard output",
        "fault",
        (Feature.VERIFICATION,),
    ),
    Probe(
        "model_lines",
        "`mimo models PROVIDER` prints one line for each model, its reference first, and no other line",
        "list",
        (Feature.VERIFICATION,),
    ),
    Probe(
        "gates_close",
        "`mimo models` leaves out what a list or a status of the configuration keeps out",
        "gates",
        (Feature.VERIFICATION,),
    ),
    Probe(
        "project_over_user",
        "from every folder of a project, .mimocode/mimocode.json at its root outranks the bare files of the "
        "project and the user's config",
        "layers",
        (Feature.PROJECT_SCOPE,),
    ),
    Probe(
        "wire_request",
        "a prompt becomes a streaming POST to chat/completions below the address of the entry",
        "wire",
        (Feature.VERIFICATION,),
    ),
    Probe(
        "wire_bearer",
        "each request carries a key as Authorization: Bearer",
        "wire",
        (Feature.VERIFICATION, Feature.KEY),
    ),
    Probe(
        "wire_key_source",
        "the key of the entry is sent, also where MiMoCode's own store has another",
        "wire",
        (Feature.VERIFICATION, Feature.KEY),
    ),
    Probe(
        "wire_model",
        "each request names the model by its whole id",
        "wire",
        (Feature.VERIFICATION,),
    ),
    Probe(
        "wire_no_cache_key",
        "with setCacheKey off no request carries a cache key",
        "wire",
        (Feature.VERIFICATION,),
    ),
    Probe(
        "key_stays",
        "the key goes into no file of MiMoCode's, and to no other address",
        "wire",
        (Feature.KEY,),
    ),
    _optional("layers_managed", "the managed folder outranks everything that can be seen"),
    _optional(
        "layers_variables",
        "MIMOCODE_CONFIG_CONTENT outranks MIMOCODE_CONFIG_DIR, and that ~/.mimocode; MIMOCODE_CONFIG "
        "outranks the user's config, and that MIMOCODE_CONFIG_DEFAULTS",
    ),
    _optional("layers_home", "~/.mimocode outranks every .mimocode of a project"),
    _optional(
        "layers_folders",
        "of a project's .mimocode folders the outermost wins, and mimocode.jsonc over mimocode.json in one",
    ),
    _optional("layers_bare", "of a project's bare files the innermost wins, and all outrank MIMOCODE_CONFIG"),
    _optional("layers_stop", "nothing above a project's root is read"),
    _optional("merge_objects", "objects of several layers are merged key by key, at every depth"),
    _optional("merge_lists", "of a list in several layers the highest counts alone"),
)


def resting_on(experiments: frozenset[str]) -> tuple[Probe, ...]:
    """Return the probes that some experiments tell of."""
    return tuple(probe for probe in PROBES if probe.rests_on in experiments)


def failing(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return what keeps a MiMoCode from being relied on: the required probes that do not hold."""
    return tuple(one for one in found if one.probe.required and one.held is not True)


def switched_off(found: Iterable[Finding]) -> tuple[Feature, ...]:
    """Return the features that have nothing to stand on."""
    missing = [one for one in found if not one.probe.required and one.held is not True]
    return tuple(feature for feature in CAN_BE_OFF if any(feature in one.probe.features for one in missing))
