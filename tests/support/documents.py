"""Reading configs in tests: values, comments, and a document less some of its keys."""

import copy
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from reconciler import jsonc
from tests.support.target import REPOSITORY

KeyPath = tuple[str, ...]

CONFIGS: Final = REPOSITORY / "fixtures" / "configs"
PROVIDER: Final[KeyPath] = ("provider", "gonkagate")
SCHEMA: Final[KeyPath] = ("$schema",)
MODEL: Final[KeyPath] = ("model",)
SMALL_MODEL: Final[KeyPath] = ("small_model",)
SCHEMA_URL: Final = "https://mimo.xiaomi.com/mimocode/config.json"

KIMI: Final = "moonshotai/kimi-k2.6"
QWEN: Final = "qwen/qwen3-235b-a22b-instruct-2507-fp8"
MINIMAX: Final = "minimaxai/minimax-m2.7"


def ref(model: str) -> str:
    """Spell a model as a config refers to it."""
    return f"gonkagate/{model}"


def config_names() -> list[str]:
    """Name the sample configs."""
    return sorted(path.name for path in CONFIGS.glob("*.json*"))


def read(path: Path) -> dict[str, Any]:
    """Return a config's value; an object at its root is part of every test's claim."""
    value = jsonc.parse(path.read_bytes()).value
    assert isinstance(value, dict)
    return value


def comments(data: bytes) -> list[bytes]:
    """Return the comments of a config in their order, marks included."""
    return [data[span.start : span.end] for span in jsonc.parse(data).comments]


def place(path: Path, key: KeyPath) -> dict[str, Any]:
    """Return where a config has a key's value, spelled as reports spell it."""
    node = jsonc.parse(path.read_bytes()).node(key)
    assert node is not None
    return {"file": str(path), "line": node.line, "column": node.column}


def find(tree: Any, key: KeyPath) -> Any:  # noqa: ANN401 - JSON values
    """Return the value at a key path, None where there is none."""
    for segment in key:
        if not isinstance(tree, dict) or segment not in tree:
            return None
        tree = tree[segment]
    return tree


def without(tree: dict[str, Any], keys: Iterable[KeyPath]) -> dict[str, Any]:
    """Return a copy without some keys, and without the parents that this leaves empty."""
    left = copy.deepcopy(tree)
    for key in keys:
        for length in range(len(key), 0, -1):
            parent = find(left, key[: length - 1])
            if not isinstance(parent, dict) or (length < len(key) and parent.get(key[length - 1]) != {}):
                break
            parent.pop(key[length - 1], None)
    return left
