"""Our model of MiMoCode's layers makes of generated ones what the real MiMoCode makes of them.

`LAYER_SETS=300` compares so many sets instead of the 40 of every day. A world of eight sets shares a home and
variables, and is asked of one `mimo serve`, which answers for any folder as `debug config` does in it.
"""

import os
from pathlib import Path
from typing import Any, Final

import pytest

from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.values import Absent, look_up, same
from reconciler.mimocode import layers, merging
from reconciler.mimocode.paths import expected
from tests.support.asked import Server, debug_config, environment
from tests.support.layer_sets import World, make
from tests.support.target import real_mimo

SETS: Final = int(os.environ.get("LAYER_SETS") or 40)
FOLDERS: Final = 8
SEEDS: Final = range(1, -(-SETS // FOLDERS) + 1)
OF_THE_WHOLE: Final = ("model", "small_model", "enabled_providers", "disabled_providers", "instructions")
OF_THE_ENTRY: Final = ("npm", "name", "options", "whitelist", "blacklist")
OF_A_MODEL: Final = ("name", "limit")
ENTRY: Final = ("provider", "gonkagate")


def what_counts(config: dict[str, Any]) -> dict[str, object]:
    """Give the keys that are compared, by the names they have for people, those that are absent left out."""
    models = look_up(config, (*ENTRY, "models"))
    keys: list[tuple[str, ...]] = [(name,) for name in OF_THE_WHOLE] + [
        (*ENTRY, name) for name in OF_THE_ENTRY
    ]
    names = models if isinstance(models, dict) else {}
    keys += [(*ENTRY, "models", model, name) for model in names for name in OF_A_MODEL]
    found = {" ".join(key): look_up(config, key) for key in keys}
    return {name: value for name, value in found.items() if not isinstance(value, Absent)} | {
        "models": sorted(names)
    }


def by_our_model(world: World, folder: Path) -> dict[str, object]:
    """Resolve a folder's layers ourselves."""
    variables = environment(world, real_mimo())
    found = layers.discover(ReadOnlyFiles(), variables, expected(variables, Path(world.home)), folder)
    assert all(layer.readable for layer in found)
    return what_counts(merging.resolved(found))


def differences(ours: dict[str, object], theirs: dict[str, object]) -> list[str]:
    """Tell what is not the same, with both values; they are made up."""
    return [
        f"{name}: {ours.get(name, 'nothing')!r}, MiMoCode: {theirs.get(name, 'nothing')!r}"
        for name in dict.fromkeys([*ours, *theirs])
        if name not in ours or name not in theirs or not same(ours[name], theirs[name])
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_our_model_resolves_what_mimocode_resolves(seed: int, tmp_path: Path) -> None:
    """In every folder of a world, key by key."""
    world = make(seed, tmp_path / "world", FOLDERS)
    found = {}
    with Server(world, real_mimo()) as server:
        for folder in world.folders:
            theirs = what_counts(server.config(folder))
            found[f"seed {seed}, {folder}"] = differences(by_our_model(world, folder), theirs)
    assert {where: different for where, different in found.items() if different} == {}


@pytest.mark.parametrize("seed", SEEDS[::5])
def test_a_server_answers_as_debug_config_does(seed: int, tmp_path: Path) -> None:
    """So that it may be asked instead, many times faster."""
    world = make(seed, tmp_path / "world", 3)
    with Server(world, real_mimo()) as server:
        served = [what_counts(server.config(folder)) for folder in world.folders]
    launched = [what_counts(debug_config(world, folder, real_mimo())) for folder in world.folders]
    assert [differences(one, other) for one, other in zip(served, launched, strict=True)] == [[], [], []]
