"""The whole road with the real MiMoCode: set up, work with it through the gateway, drift, mend, take out again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import ANSWER_TEXT, Gateway, Request
from tests.support.documents import CONFIGS, KIMI, MODEL, PROVIDER, QWEN, SCHEMA, SMALL_MODEL, comments, read, ref, without
from tests.support.pictures import left_alone, users_files
from tests.support.sandbox import Result, Sandbox
from tests.support.snapshots import differences

CHAT = "/v1/chat/completions"
NO_TELEMETRY = {"MIMOCODE_ENABLE_ANALYSIS": "false"}


@pytest.fixture(scope="module")
def served() -> Iterator[Gateway]:
    """Serve the small catalog for all tests of this module."""
    with Gateway() as gateway:
        yield gateway


def _machine(folder: Path, gateway: Gateway) -> Sandbox:
    gateway.reset()
    return Sandbox(folder, "real", gateway)


def _say_pong(machine: Sandbox, folder: Path) -> list[Request]:
    """Work with plain MiMoCode as a user would, and return what it asked of the gateway."""
    done = machine.run_mimo("--pure", "run", "say pong", cwd=folder, env=NO_TELEMETRY)
    assert ANSWER_TEXT in done.stdout, done.stderr
    return machine.gateway.asked("POST", CHAT)


def _asked_as_promised(requests: list[Request], model: str, small_model: str) -> bool:
    """Check that every request carries the key and a full model id, and none a cache key."""
    assert requests
    for request in requests:
        assert (request.host, request.path) == ("api.gonkagate.com", CHAT)
        assert request.bearer == CANARY_KEY
        assert request.json()["model"] in (model, small_model)
        assert b"promptCacheKey" not in request.body
        assert b"prompt_cache_key" not in request.body
    assert model in [request.json()["model"] for request in requests]
    return True


class TestUserScope:
    """A config with comments, another provider and a model of its own; the whole life of a set-up on it."""

    @pytest.fixture(scope="class")
    def machine(self, tmp_path_factory: pytest.TempPathFactory, served: Gateway) -> Iterator[Sandbox]:
        """Set up once in user scope."""
        machine = _machine(tmp_path_factory.mktemp("user") / "machine", served)
        machine.mimo_config_folder.mkdir(parents=True)
        machine.user_config.write_bytes((CONFIGS / "comments.jsonc").read_bytes())
        machine.user_config.chmod(0o640)
        yield machine
        assert machine.leaks() == []

    @pytest.fixture(scope="class")
    def before(self, machine: Sandbox) -> dict[str, object]:
        """Take a picture before anything happens."""
        return dict(users_files(machine))

    @pytest.fixture(scope="class")
    def applied(self, machine: Sandbox, before: dict[str, object]) -> Result:
        """Apply."""
        return machine.run("apply", "--scope", "user", "--yes", "--json", key=CANARY_KEY)

    def test_apply_succeeds_and_changes_the_claimed_keys_alone(self, machine: Sandbox, applied: Result) -> None:
        """Exit code 0, outcome applied, verified by MiMoCode itself; comments and the rest stay."""
        assert applied.exit_code == 0, applied.stdout
        assert applied.report is not None
        assert applied.report["outcome"] == "applied"
        assert (applied.report["verification"]["durable"], applied.report["verification"]["models"]) == (
            "passed",
            "passed",
        )
        old = machine.root / "old"
        old.write_bytes((CONFIGS / "comments.jsonc").read_bytes())
        ours = (PROVIDER, MODEL, SMALL_MODEL, SCHEMA)
        assert without(read(machine.user_config), ours) == without(read(old), ours)
        assert comments(machine.user_config.read_bytes()) == comments(old.read_bytes())

    def test_plain_mimo_gets_the_gateway_s_answer(self, machine: Sandbox, applied: Result) -> None:
        """`mimo run` in a git folder asks the gateway with the key, the full id and no cache key."""
        assert applied.exit_code == 0
        assert _asked_as_promised(_say_pong(machine, machine.project), KIMI, KIMI)

    def test_a_second_apply_writes_nothing(self, machine: Sandbox, applied: Result) -> None:
        """Same inodes, same time stamps."""
        assert applied.exit_code == 0
        before = users_files(machine)
        again = machine.run("apply", "--yes", "--json")
        assert again.report is not None
        assert (again.exit_code, again.report["outcome"], again.report["changes"]) == (0, "no_changes", [])
        assert left_alone(machine, before)

    def test_drift_is_found_and_mended(self, machine: Sandbox, applied: Result) -> None:
        """In sync at first; a hand edit makes status exit 3 with the row; apply mends; in sync again."""
        assert applied.exit_code == 0
        assert machine.run("status", "--json").exit_code == 0
        text = machine.user_config.read_text()
        machine.user_config.write_text(text.replace(f'"model": "{ref(KIMI)}"', '"model": "ollama/mine"'))
        drifted = machine.run("status", "--json")
        assert drifted.exit_code == 3
        assert drifted.report is not None
        (row,) = drifted.report["drift"]
        assert (row["file"], row["key"]) == (str(machine.user_config), ["model"])
        assert (row["before"], row["after"]) == (ref(KIMI), "ollama/mine")
        assert machine.run("apply", "--yes", "--json").exit_code == 0
        assert machine.user_config.read_text() == text
        assert machine.run("status", "--fast").exit_code == 0

    def test_uninstall_gives_everything_back(self, machine: Sandbox, before: dict[str, object], applied: Result) -> None:
        """Byte for byte and mode for mode; what is left of ours are backups."""
        assert applied.exit_code == 0
        done = machine.run("uninstall", "--yes", "--json")
        assert done.exit_code == 0, done.stdout
        assert machine.user_config.read_bytes() == (CONFIGS / "comments.jsonc").read_bytes()
        after = {name: one for name, one in users_files(machine).items() if not name.startswith("home/.gonkagate")}
        assert differences(before, after) == []  # type: ignore[arg-type]
        assert machine.run_mimo("--pure", "debug", "config").exit_code == 0


class TestProjectScope:
    """The same in project scope, from a folder below the project's root."""

    @pytest.fixture(scope="class")
    def machine(self, tmp_path_factory: pytest.TempPathFactory, served: Gateway) -> Iterator[Sandbox]:
        """Set up once in project scope, with two models."""
        machine = _machine(tmp_path_factory.mktemp("project") / "machine", served)
        machine.mimo_config_folder.mkdir(parents=True)
        machine.user_config.write_bytes((CONFIGS / "trailing_commas.jsonc").read_bytes())
        below = machine.project / "src"
        below.mkdir()
        flags = ("--scope", "project", "--model", QWEN, "--small-model", KIMI)
        result = machine.run("apply", *flags, "--yes", "--json", cwd=below, key=CANARY_KEY)
        assert result.exit_code == 0, result.stdout
        yield machine
        assert machine.leaks() == []

    def test_the_project_file_holds_the_activation_alone(self, machine: Sandbox) -> None:
        """Nothing else of ours; no activation in the user config."""
        found = json.loads(machine.project_config.read_bytes())
        assert set(found) == {"$schema", "model", "small_model"}
        assert (found["model"], found["small_model"]) == (ref(QWEN), ref(KIMI))
        assert not {"model", "small_model"} & set(read(machine.user_config))

    def test_plain_mimo_gets_the_gateway_s_answer(self, machine: Sandbox) -> None:
        """The project's model is used with the user's key."""
        assert _asked_as_promised(_say_pong(machine, machine.project), QWEN, KIMI)

    def test_a_second_apply_writes_nothing(self, machine: Sandbox) -> None:
        """Same inodes, same time stamps, also after MiMoCode worked there."""
        before = users_files(machine)
        again = machine.run("apply", "--yes", "--json", cwd=machine.project)
        assert again.report is not None
        assert (again.exit_code, again.report["outcome"], again.report["changes"]) == (0, "no_changes", [])
        assert left_alone(machine, before)

    def test_uninstall_gives_everything_back(self, machine: Sandbox) -> None:
        """The user config byte for byte, and no `.mimocode` in the project."""
        assert machine.run("uninstall", "--yes", cwd=machine.project).exit_code == 0
        assert machine.user_config.read_bytes() == (CONFIGS / "trailing_commas.jsonc").read_bytes()
        assert not (machine.project / ".mimocode").exists()
