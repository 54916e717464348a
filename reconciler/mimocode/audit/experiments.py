"""What is set up and asked in an audit, as data: files, variables and launches below one throw-away folder.

Each experiment has a home of its own. Every folder in which MiMoCode is started is marked as a git work
tree, so that it looks for nothing above it. Layers say different things of the same keys, so that one launch
shows the rank of them all.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from reconciler.engine.values import Json, KeyPath
from reconciler.mimocode.facts import MANAGED_VARIABLE, SCHEMA_URL

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT: Final = "@ROOT@"
"""Stands for the experiment's folder in the value of a variable."""
USER: Final = "home/.config/mimocode"
STORE: Final = "home/.local/share/mimocode/auth.json"
WORK: Final = "work"
CONFIG: Final = ("--pure", "debug", "config")
KEPT: Final = {"$schema": "./kept.json"}
GIT: Final = ("HEAD", "ref: refs/heads/main\n")
OTHER_KEY: Final = "another-made-up-key"
RIVAL: Final = "merged"
"""The provider that shows how layers are merged."""


@frozen
class Subject:
    """What a set-up writes: keys with their values, and where the secret stands."""

    provider: str
    keys: Mapping[KeyPath, Json]
    secret_key: KeyPath
    address_key: KeyPath
    secret: str = field(repr=False)
    secret_file: str
    """Below the home."""

    @property
    def models(self) -> tuple[str, ...]:
        """The ids of its models."""
        entry = ("provider", self.provider, "models")
        return tuple(dict.fromkeys(key[3] for key in self.keys if key[:3] == entry))


@frozen
class Experiment:
    """One home with its projects, and the launches that are made there one after the other."""

    name: str
    files: Mapping[str, str] = field(repr=False)
    launches: tuple[tuple[str, ...], ...]
    variables: Mapping[str, str] = field(factory=dict)
    folder: str = WORK
    """Where MiMoCode is started."""


def tree(keys: Mapping[KeyPath, Json]) -> dict[str, Json]:
    """Make a configuration of keys with their values."""
    made: dict[str, Json] = {}
    for key, value in keys.items():
        here = made
        for segment in key[:-1]:
            inner = here.setdefault(segment, {})
            assert isinstance(inner, dict)  # noqa: S101 - no key of ours is another's parent
            here = inner
        here[key[-1]] = value
    return made


def experiments(subject: Subject, address: str) -> tuple[Experiment, ...]:
    """Return all of them; `address` is where the made-up gateway listens. The longest come first."""
    return (_wire(subject, address), _layers(), *_asked_for(subject), *_paths())


def _paths() -> tuple[Experiment, ...]:
    moved = {f"XDG_{name}_HOME": f"{ROOT}/xdg-{name.lower()}" for name in XDG}
    where = (("debug", "paths"),)
    return (
        Experiment("quiet", _without_schema(), (("--version",), *where)),
        Experiment("xdg", {}, where, moved),
        Experiment("own_home", {}, where, {**moved, "MIMOCODE_HOME": f"{ROOT}/own"}),
    )


XDG: Final = ("CONFIG", "DATA", "STATE", "CACHE")


def _asked_for(subject: Subject) -> tuple[Experiment, ...]:
    """Return those in which the configuration or the models are asked for."""
    entry = _entry(subject)
    faulty = tree({**subject.keys, (*subject.address_key[:-1], "setCacheKey"): "false"})
    return (
        Experiment("entry", {**entry, **_user_files(entry)}, (CONFIG,)),
        Experiment("list", entry, (("models", subject.provider),)),
        Experiment("gates", {f"{USER}/mimocode.jsonc": _text(_gates())}, (("models",),)),
        Experiment("schema", _without_schema(), (CONFIG,)),
        Experiment("fault", {**entry, f"{USER}/mimocode.jsonc": _text(faulty)}, (CONFIG,)),
    )


def _entry(subject: Subject) -> dict[str, str]:
    written = {"$schema": SCHEMA_URL, **tree(subject.keys)}
    return {
        f"{USER}/mimocode.jsonc": json.dumps(written, indent=2) + "\n",
        f"home/{subject.secret_file}": f" {subject.secret}\r\n",
    }


USER_FILES: Final = ("mimocode.jsonc", "mimocode.json", "config.json")


def _user_files(entry: Mapping[str, str]) -> dict[str, str]:
    """Let the three user-level files compete, the first of which holds the entry as well."""
    first, *others = (
        json.loads(text) for text in competing([f"{USER}/{name}" for name in USER_FILES]).values()
    )
    whole = json.loads(entry[f"{USER}/mimocode.jsonc"])
    first["provider"].update(whole.pop("provider"))
    texts = {f"{USER}/{USER_FILES[0]}": json.dumps({**first, **whole}, indent=2) + "\n"}
    return texts | {
        f"{USER}/{name}": _text(value) for name, value in zip(USER_FILES[1:], others, strict=True)
    }


def _without_schema() -> dict[str, str]:
    """Give configs that MiMoCode writes into when it is asked for its configuration."""
    return {
        f"{USER}/mimocode.jsonc": '{\n  // mine\n  "model": "a/b", // why\n  "share": "manual" /* so */\n}\n',
        f"{WORK}/mimocode.json": '{"$schema": "https://opencode.ai/config.json", "username": "one line"}',
        f"{WORK}/.mimocode/mimocode.json": '{\n\t"snapshot": false,\n}\n',
        f"{WORK}/notes.txt": "nobody's business\n",
    }


# The gates: which models of made-up providers are to be seen

SEEN: Final = frozenset({"open/plain", "open/zero", "white/in", "black/other"})
_LIMIT: Final = {"limit": {"context": 200_000, "output": 0}}


def _gates() -> dict[str, Json]:
    def provider(models: Mapping[str, Json], **more: Json) -> dict[str, Json]:
        options = {"baseURL": "http://127.0.0.1:9/v1", "apiKey": "made-up"}
        return {"npm": "@ai-sdk/openai-compatible", "options": options, "models": models, **more}

    marked: dict[str, Json] = {
        "plain": _LIMIT,
        "zero": {"limit": {"context": 0, "output": 0}},
        "old": {**_LIMIT, "status": "deprecated"},
        "early": {**_LIMIT, "status": "alpha"},
    }
    two: dict[str, Json] = {"in": _LIMIT, "other": _LIMIT}
    return {
        "enabled_providers": ["open", "white", "black", "shut"],
        "disabled_providers": ["shut"],
        "provider": {
            "open": provider(marked),
            "white": provider(two, whitelist=["in"]),
            "black": provider(two, blacklist=["in"]),
            "shut": provider(two),
            "unnamed": provider(two),
        },
    }


# The layers: every two of them share a made-up provider, whose name both of them set

MANAGED, CONTENT, NAMED, HOME = "managed", "content", "named folder", "home"
DOTS: Final = ("root .mimocode", "middle .mimocode", "inner .mimocode")
SECOND: Final = "root .mimocode, second file"
BARE: Final = ("inner file", "middle file", "root file")
EXTRA, OWN, DEFAULTS = "named file", "user", "defaults"
ABOVE: Final = ("above, .mimocode", "above, file")
_INNER: Final = f"{WORK}/middle/inner"
_PLACES: Final = {
    MANAGED: "managed/mimocode.json",
    NAMED: "named/mimocode.json",
    HOME: "home/.mimocode/mimocode.json",
    DOTS[0]: f"{WORK}/.mimocode/mimocode.jsonc",
    SECOND: f"{WORK}/.mimocode/mimocode.json",
    DOTS[1]: f"{WORK}/middle/.mimocode/mimocode.json",
    DOTS[2]: f"{_INNER}/.mimocode/mimocode.json",
    BARE[0]: f"{_INNER}/mimocode.json",
    BARE[1]: f"{WORK}/middle/mimocode.json",
    BARE[2]: f"{WORK}/mimocode.json",
    EXTRA: "named.json",
    OWN: f"{USER}/mimocode.jsonc",
    ABOVE[0]: ".mimocode/mimocode.json",
    ABOVE[1]: "mimocode.json",
}
_TEXTS: Final = {CONTENT: "MIMOCODE_CONFIG_CONTENT", DEFAULTS: "MIMOCODE_CONFIG_DEFAULTS"}


def competing(layers: Iterable[str]) -> dict[str, str]:
    """Return a text for each layer, such that one answer shows which of any two of them wins."""
    names = list(layers)
    providers: dict[str, dict[str, Json]] = {name: {} for name in names}
    for pair in itertools.combinations(names, 2):
        for layer in pair:
            providers[layer][pair_name(*pair)] = {"name": layer}
    return {name: _text({"provider": mine}) for name, mine in providers.items()}


def pair_name(*pair: str) -> str:
    """Name the provider that two layers share."""
    return " and ".join(sorted(pair))


def _layers() -> Experiment:
    texts = competing([*_PLACES, *_TEXTS])
    for layer, more in MERGED.items():
        texts[layer] = _text(_with_provider(json.loads(texts[layer]), more))
    variables = {
        MANAGED_VARIABLE: f"{ROOT}/managed",
        "MIMOCODE_CONFIG_DIR": f"{ROOT}/named",
        "MIMOCODE_CONFIG": f"{ROOT}/named.json",
        **{variable: texts[layer] for layer, variable in _TEXTS.items()},
    }
    files = {place: texts[layer] for layer, place in _PLACES.items()}
    return Experiment("layers", files, (CONFIG,), variables, _INNER)


MERGED: Final[Mapping[str, Mapping[str, Json]]] = {
    OWN: {
        "options": {"baseURL": "low", "kept": {"low": 1, "both": "low"}},
        "models": {"one": {"name": "low", **_LIMIT}},
        "whitelist": ["one", "two"],
    },
    HOME: {
        "options": {"baseURL": "high", "kept": {"high": 2, "both": "high"}},
        "models": {"one": {"name": "high"}, "two": {"name": "high"}},
        "whitelist": ["two"],
    },
}
"""What two layers say of one provider."""


def _with_provider(config: dict[str, Json], provider: Mapping[str, Json]) -> dict[str, Json]:
    providers = config["provider"]
    assert isinstance(providers, dict)  # noqa: S101 - made above
    return {**config, "provider": {**providers, RIVAL: provider}}


def _wire(subject: Subject, address: str) -> Experiment:
    """Have one prompt sent to the made-up gateway, with another key in MiMoCode's own store."""
    here = {subject.address_key: f"{address}/v1", subject.secret_key: subject.secret}
    stored = {subject.provider: {"type": "api", "key": OTHER_KEY}}
    files = {
        f"{USER}/mimocode.jsonc": _text(tree({**subject.keys, **here})),
        STORE: json.dumps(stored),
    }
    return Experiment("wire", files, (("--pure", "run", "say pong"),))


def _text(config: Mapping[str, Json]) -> str:
    return json.dumps({**KEPT, **config})
