"""`explain` shows the layers in the order in which the real MiMoCode ranks them, by one answer of its own.

Every layer sets the model, and shares one key with the layer below it alone. So MiMoCode's one answer tells
of each two neighbours which ranks higher, and with that the whole order.
"""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from fixtures.gateway import Gateway
from tests.support.documents import MODEL, find, place
from tests.support.sandbox import Sandbox

KINDS: Final = (
    *("managed", "variable", "extra_folder", "home", "project_folder", "project_folder"),
    *("project", "project", "extra_file", "user", "user", "variable"),
)
"""From the strongest to the weakest."""
Key = tuple[str, ...]


@attrs.frozen
class Layer:
    """One layer: its number among them all, and its file or its variable."""

    number: int
    at: Path | str

    def text(self, count: int) -> str:
        """Give a config with the model, and the keys that it shares with its neighbours."""
        shared = {f"p{one}": {"name": f"said by {self.number}"} for one in (self.number - 1, self.number)}
        provider = {name: value for name, value in shared.items() if name not in ("p-1", f"p{count - 1}")}
        config = {"$schema": "./kept.json", "model": f"acme/{self.number}", "provider": provider}
        return "\n" * self.number + json.dumps(config, indent=self.number + 1)

    def says(self, key: Key) -> dict[str, Any]:
        """Give the place where it says something."""
        return {"variable": self.at} if isinstance(self.at, str) else place(self.at, key)


@attrs.frozen
class Answers:
    """What `explain` and MiMoCode said of the same layers."""

    layers: list[Layer]
    explained: dict[Key, dict[str, Any]]
    resolved: dict[str, Any]

    @property
    def shared(self) -> dict[Key, tuple[Layer, Layer]]:
        """The keys that two neighbours share, the stronger one first."""
        return {
            ("provider", f"p{higher.number}", "name"): (higher, lower)
            for higher, lower in pairwise(self.layers)
        }


@pytest.fixture(scope="module", name="answers")
def _answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    """Make all twelve, and ask both."""
    with Gateway() as gateway:
        machine = Sandbox(tmp_path_factory.mktemp("explain") / "machine", "real", gateway)
        folder = machine.project / "inner"
        managed, named, extra = (machine.root / name for name in ("managed", "named.json", "extra"))
        places: list[Path | str] = [
            managed / "mimocode.json",
            "MIMOCODE_CONFIG_CONTENT",
            extra / "mimocode.jsonc",
            machine.home / ".mimocode" / "mimocode.json",
            machine.project / ".mimocode" / "mimocode.json",
            folder / ".mimocode" / "mimocode.jsonc",
            folder / "mimocode.json",
            machine.project / "mimocode.jsonc",
            named,
            machine.user_config,
            machine.mimo_config_folder / "config.json",
            "MIMOCODE_CONFIG_DEFAULTS",
        ]
        layers = [Layer(number, at) for number, at in enumerate(places)]
        shell = {
            "MIMOCODE_TEST_MANAGED_CONFIG_DIR": str(managed),
            "MIMOCODE_CONFIG_DIR": str(extra),
            "MIMOCODE_CONFIG": str(named),
        }
        for layer in layers:
            text = layer.text(len(layers))
            if isinstance(layer.at, str):
                shell[layer.at] = text
            else:
                layer.at.parent.mkdir(parents=True, exist_ok=True)
                layer.at.write_text(text)
        keys = ["model", *(f"provider.p{number}.name" for number in range(len(layers) - 1))]
        report = machine.run("explain", *keys, "--json", cwd=folder, env=shell).report
        assert report is not None
        asked = machine.run_mimo("--pure", "debug", "config", cwd=folder, env=shell)
        assert asked.report is not None, asked.stderr
        explained = {tuple(one["key"]): one for one in report["explanations"]}
        yield Answers(layers, explained, asked.report)


def test_every_layer_is_shown_with_the_strongest_first(answers: Answers) -> None:
    """Twelve of them, each with file, line and column or with its variable; MiMoCode follows the first."""
    shown = answers.explained[MODEL]["layers"]
    assert [one["kind"] for one in shown] == list(KINDS)
    assert [one["location"] for one in shown] == [layer.says(MODEL) for layer in answers.layers]
    assert [one["value"] for one in shown] == [f"acme/{layer.number}" for layer in answers.layers]
    assert [one["decides"] for one in shown] == [True] + [False] * 11
    assert answers.explained[MODEL]["in_force"] == answers.resolved["model"] == "acme/0"


def test_of_each_two_neighbours_the_upper_one_is_the_stronger_one(answers: Answers) -> None:
    """By MiMoCode's answer, key by key; `explain` shows both in that order and marks the same one."""
    assert len(answers.shared) == 11
    for key, (higher, lower) in answers.shared.items():
        assert find(answers.resolved, key) == f"said by {higher.number}", key
        shown = answers.explained[key]["layers"]
        assert [one["location"] for one in shown] == [higher.says(key), lower.says(key)]
        assert [one["decides"] for one in shown] == [True, False]
