"""Whatever stands in a catalog or in our own files: declared endings only, and nothing unsafe gets through.

A share with a fixed seed in every run; `READERS_FUZZ=N` asks for N inputs to each reader, new ones each time.
"""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from reconciler.commands.memory import recall
from reconciler.engine.backups import records
from reconciler.engine.files import LocalFiles
from reconciler.engine.journal import read_journal
from reconciler.engine.problems import Stop
from reconciler.engine.store import Store
from reconciler.gonkagate import entry
from reconciler.gonkagate.catalog import ID_LIMIT, is_plain, parse
from reconciler.mimocode.facts import CARRIED_AWAY
from tests.support.files import QuickDisk
from tests.support.lives import FOR_PROJECT, apply, world_on

ASKED: Final = int(os.environ.get("READERS_FUZZ") or 0)
INPUTS: Final = ASKED or 1500
SEED: Final = None if ASKED else 20261123
TEXTS: Final = (
    *("", "a", "a/b", "gp-x", "{env:HOME}", "{file:~/.ssh/id_rsa}", "{env:", "\x1b[31m", "\u202e", "\ud800"),
    *(
        "__proto__",
        "constructor",
        "a" * 201,
        "x" * 10_000,
        "\n",
        "\\",
        '"',
        "é",
        "漢字",
        "../..",
        " ",
        "null",
    ),
)
NUMBERS: Final = (0, 1, -1, 2**53, 2**64, 1e308, float("nan"), float("inf"), 0.5)
CODES: Final = {"catalog_malformed", "catalog_empty", "catalog_too_large", "catalog_unsafe"}


def anything(chance: random.Random, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON at all
    """Make a JSON value."""
    kind = chance.randrange(9 if depth < 4 else 6)
    if kind < 2:
        return chance.choice(TEXTS)
    if kind < 4:
        return chance.choice(NUMBERS)
    if kind < 6:
        return chance.choice((None, True, False))
    if kind < 7:
        return [anything(chance, depth + 1) for _ in range(chance.randrange(4))]
    names = (*TEXTS, "id", "name", "context_length", "max_output_tokens", "description", "data")
    return {chance.choice(names): anything(chance, depth + 1) for _ in range(chance.randrange(5))}


def changed(value: Any, chance: random.Random) -> Any:  # noqa: ANN401 - same
    """Change something somewhere in a JSON value."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice(list(value))
        if chance.random() < 0.1:
            return {one: what for one, what in value.items() if one != name}
        return {**value, name: changed(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        return [*value[:at], changed(value[at], chance), *value[at + 1 :]]
    return anything(chance)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Cut, double or spoil some bytes."""
    at = chance.randrange(len(data) + 1)
    way = chance.randrange(4)
    if way == 0:
        return data[:at]
    if way == 1:
        return data[:at] + bytes(chance.randrange(256) for _ in range(chance.randrange(4))) + data[at:]
    if way == 2:
        return data[:at] + data[at + chance.randrange(9) :]
    return data[:at] * chance.randrange(1, 3) + data[at:]


def variants(data: bytes, chance: random.Random) -> bytes:
    """Make an input: the true one with something changed, or damaged, or something else altogether."""
    way = chance.randrange(10)
    if way < 6:
        return json.dumps(changed(json.loads(data), chance)).encode()
    return damaged(data, chance) if way < 9 else json.dumps(anything(chance)).encode()


def test_no_catalog_gets_anything_but_a_blocker_or_safe_models() -> None:
    """Only the four declared blockers; what passes has ids and names that are safe to write and to show."""
    chance = random.Random(SEED)  # noqa: S311 - inputs for a test
    models = [{"id": "a/b", "name": "A", "context_length": 9, "max_output_tokens": 3}, {"id": "c"}]
    true = json.dumps({"object": "list", "data": models}).encode()
    passed = 0
    for _ in range(INPUTS):
        try:
            catalog = parse(variants(true, chance), CARRIED_AWAY.__contains__)
        except Stop as ending:
            codes = {str(blocker.code) for blocker in ending.blockers}
        else:
            codes = set()
            passed += 1
            text = json.dumps(list(entry.provider_keys(catalog).values())[5:])
            assert "{env:" not in text
            assert "{file:" not in text
            assert all(is_plain(model.name) and len(model.id) <= ID_LIMIT for model in catalog.models)
        assert codes <= CODES
    assert passed


READERS: Final[dict[str, Callable[[LocalFiles, Store], object]]] = {
    "install-state.json": recall,
    "journal.json": read_journal,
    "record": records,
}


@pytest.mark.parametrize("name", READERS)
def test_none_of_our_own_files_is_read_with_anything_but_a_blocker(tmp_path: Path, name: str) -> None:
    """However damaged: state_unreadable or state_too_new, or passed over; never another error."""
    here = world_on(tmp_path, QuickDisk())
    store = Store(tmp_path / "home/.gonkagate/mimo-code")
    found: list[bytes] = []
    if name == "journal.json":
        keep = lambda: found.append(store.journal.read_bytes())  # noqa: E731 - one line
        apply(FOR_PROJECT, verify=keep)(here)
        path = store.journal
    else:
        apply(FOR_PROJECT)(here)
        path = store.state if name != "record" else next(store.backups.glob("*.json"))
        found.append(path.read_bytes())
    chance, files = random.Random(SEED), LocalFiles()  # noqa: S311 - same
    for _ in range(INPUTS):
        path.write_bytes(variants(found[0], chance))
        try:
            READERS[name](files, store)
        except Stop as ending:
            codes = {str(blocker.code) for blocker in ending.blockers}
        else:
            codes = set()
        assert codes <= {"state_unreadable", "state_too_new"}
