"""What is set up and asked in an audit, as data: files, variables and launches below one throw-away folder.

Each experiment has a home of its own. Every folder in which MiMoCode is started is marked as a git work
tree, so that it looks for nothing above it. Layers say different things of the same keys, so that one launch
shows the rank of them all.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler.mimocode.audit import contest
from reconciler.mimocode.audit.contest import KEPT, USER, WORK
from reconciler.mimocode.facts import MANAGED_VARIABLE, SCHEMA_URL
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.engine.values import Json, KeyPath

ROOT: Final = "@ROOT@"
"""Stands for the experiment's folder in the value of a variable."""
STORE: Final = "home/.local/share/mimocode/auth.json"
CONFIG: Final = ("--pure", "debug", "config")
GIT: Final = ("HEAD", "ref: refs/heads/main\n")
OTHER_KEY: Final = "another-made-up-key"


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
        json.loads(text) for text in contest.competing([f"{USER}/{name}" for name in USER_FILES]).values()
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


# The layers


def _layers() -> Experiment:
    texts = contest.texts()
    variables = {
        MANAGED_VARIABLE: f"{ROOT}/managed",
        "MIMOCODE_CONFIG_DIR": f"{ROOT}/named",
        "MIMOCODE_CONFIG": f"{ROOT}/named.json",
        **{variable: texts[layer] for layer, variable in contest.VARIABLES.items()},
    }
    files = {place: texts[layer] for layer, place in contest.PLACES.items()}
    return Experiment("layers", files, (CONFIG,), variables, contest.INNER)


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
