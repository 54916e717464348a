"""Generated worlds of layers: the same each time, always readable, every kind of layer among them."""

from collections import Counter
from pathlib import Path

import pytest

from reconciler.engine.files import ReadOnlyFiles
from reconciler.mimocode import layers
from reconciler.mimocode.paths import expected
from tests.support.layer_sets import World, make
from tests.support.snapshots import snapshot


def found(world: World, folder: Path) -> tuple[layers.Layer, ...]:
    """Give the layers of a folder of a world."""
    variables = {
        **world.variables,
        "HOME": world.home,
        "MIMOCODE_TEST_MANAGED_CONFIG_DIR": str(world.root / "managed"),
    }
    return layers.discover(ReadOnlyFiles(), variables, expected(variables, Path(world.home)), folder)


def test_a_seed_makes_the_same_world_each_time(tmp_path: Path) -> None:
    """Files and variables, as far as they do not name the place itself."""
    worlds = [make(7, tmp_path / name, 3) for name in ("one", "two")]
    names = [list(snapshot(world.root, ignore=["*.git"])) for world in worlds]
    assert names[0] == names[1]
    told = [repr(world.variables).replace(str(world.root), "ROOT") for world in worlds]
    assert told[0] == told[1]


@pytest.mark.parametrize("seed", range(1, 41))
def test_every_layer_can_be_read(seed: int, tmp_path: Path) -> None:
    """MiMoCode would not start otherwise, and no file would be rewritten when it does."""
    world = make(seed, tmp_path / "world", 2)
    for folder in world.folders:
        seen = found(world, folder)
        assert all(layer.readable for layer in seen)
        assert not any(layer.would_be_rewritten for layer in seen)


def test_every_kind_of_layer_is_among_them(tmp_path: Path) -> None:
    """Each some times in the worlds of every day, with something replaced in many."""
    kinds: Counter[str] = Counter()
    for seed in range(1, 6):
        world = make(seed, tmp_path / str(seed), 8)
        seen = [layer for folder in world.folders for layer in found(world, folder)]
        kinds.update(layer.variable or layer.kind for layer in seen)
        kinds.update("substituted" for layer in seen if layer.substituted)
    expect = {"user", "home", "project", "project folder", "substituted"}
    expect |= {f"MIMOCODE_CONFIG{ending}" for ending in ("", "_DIR", "_CONTENT", "_DEFAULTS")}
    expect |= {"MIMOCODE_TEST_MANAGED_CONFIG_DIR"}
    assert {kind for kind, count in kinds.items() if count >= 5} >= expect
