"""The whole road with the real MiMoCode: set up, work through the gateway, drift, mend, take out again.

Each scope is lived through once; the tests look at what was noted on the way.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import ANSWER_TEXT, Gateway, Request
from tests.support.documents import (
    CONFIGS,
    KIMI,
    MODEL,
    PROVIDER,
    QWEN,
    SCHEMA,
    SMALL_MODEL,
    comments,
    read,
    ref,
    without,
)
from tests.support.pictures import users_files
from tests.support.sandbox import Result, Sandbox
from tests.support.snapshots import Snapshot, differences

CHAT = "/v1/chat/completions"
NO_TELEMETRY = {"MIMOCODE_ENABLE_ANALYSIS": "false"}


@attrs.define
class Life:
    """What was seen of one set-up, from the first apply to the uninstall."""

    machine: Sandbox
    original: bytes
    results: dict[str, Result] = attrs.field(factory=dict)
    pictures: dict[str, Snapshot] = attrs.field(factory=dict)
    configs: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    texts: dict[str, bytes] = attrs.field(factory=dict)
    asked: list[Request] = attrs.field(factory=list)

    def note(self, moment: str) -> None:
        """Remember what stands on the disk at a moment."""
        picture = users_files(self.machine)
        # MiMoCode makes this folder by itself as soon as somebody works in the project.
        self.pictures[moment] = {name: one for name, one in picture.items() if name != "project/.mimocode"}
        self.texts[moment] = self.machine.user_config.read_bytes()
        self.configs[moment] = read(self.machine.user_config)

    def do(self, moment: str, *arguments: str, cwd: Path | None = None, key: str | None = None) -> Result:
        """Run a command and remember its result under a name."""
        self.results[moment] = self.machine.run(*arguments, "--json", cwd=cwd, key=key)
        return self.results[moment]

    def work(self) -> None:
        """Work with plain MiMoCode in the project as a user would."""
        machine = self.machine
        self.results["work"] = machine.run_mimo(
            "--pure", "run", "say pong", cwd=machine.project, env=NO_TELEMETRY
        )
        self.asked = list(machine.gateway.asked("POST", CHAT))


def _begin(folder: Path, gateway: Gateway, config: str) -> Life:
    machine = Sandbox(folder, "real", gateway)
    (machine.project / "src").mkdir()
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_bytes((CONFIGS / config).read_bytes())
    machine.user_config.chmod(0o640)
    life = Life(machine, machine.user_config.read_bytes())
    life.note("before")
    return life


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Live through user scope, on a config with comments, another provider and a model of its own."""
    with Gateway() as gateway:
        life = _begin(tmp_path_factory.mktemp("user") / "machine", gateway, "comments.jsonc")
        life.do("apply", "apply", "--scope", "user", "--yes", key=CANARY_KEY)
        life.note("applied")
        life.work()
        life.note("worked")
        life.do("again", "apply", "--yes")
        life.note("applied again")
        life.do("status", "status")
        text = life.machine.user_config.read_text()
        life.machine.user_config.write_text(text.replace(f'"model": "{ref(KIMI)}"', '"model": "ollama/mine"'))
        life.do("drifted", "status")
        life.do("mend", "apply", "--yes")
        life.note("mended")
        life.do("mended", "status", "--fast")
        life.do("uninstall", "uninstall", "--yes")
        life.note("uninstalled")
        yield life
        assert life.machine.leaks() == []


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Live through project scope, with two models, started below the project's root."""
    with Gateway() as gateway:
        life = _begin(tmp_path_factory.mktemp("project") / "machine", gateway, "trailing_commas.jsonc")
        machine = life.machine
        flags = ("--scope", "project", "--model", QWEN, "--small-model", KIMI, "--yes")
        life.do("apply", "apply", *flags, cwd=machine.project / "src", key=CANARY_KEY)
        life.configs["project"] = read(machine.project_config)
        life.note("applied")
        life.work()
        life.note("worked")
        life.do("again", "apply", "--yes", cwd=machine.project)
        life.note("applied again")
        life.do("uninstall", "uninstall", "--yes", cwd=machine.project)
        life.note("uninstalled")
        yield life
        assert life.machine.leaks() == []


@pytest.fixture(params=["user", "project"])
def life(request: pytest.FixtureRequest) -> Life:
    """Give one life after the other."""
    found: Life = request.getfixturevalue(request.param)
    return found


def _report(result: Result) -> dict[str, Any]:
    assert result.report is not None
    return result.report


def test_apply_succeeds(life: Life) -> None:
    """Exit code 0, outcome applied, verified by MiMoCode itself."""
    result = life.results["apply"]
    assert result.exit_code == 0, result.stdout
    assert _report(result)["outcome"] == "applied"
    checks = _report(result)["verification"]
    assert (checks["provenance"], checks["durable"], checks["models"]) == ("passed", "passed", "passed")


def test_of_the_user_s_config_the_claimed_keys_alone_change(life: Life) -> None:
    """Every other value and every comment stay."""
    ours = (PROVIDER, MODEL, SMALL_MODEL, SCHEMA)
    assert without(life.configs["applied"], ours) == without(life.configs["before"], ours)
    assert comments(life.texts["applied"]) == comments(life.texts["before"])


def test_plain_mimo_gets_the_gateway_s_answer(life: Life) -> None:
    """`mimo run` in a git folder prints what the gateway streamed."""
    assert ANSWER_TEXT in life.results["work"].stdout, life.results["work"].stderr


def test_every_request_is_as_promised(life: Life) -> None:
    """POST to the gateway with the Bearer key, a full model id, and no cache-key parameter in its body."""
    assert life.asked
    for request in life.asked:
        assert (request.method, request.host, request.path) == ("POST", "api.gonkagate.com", CHAT)
        assert request.bearer == CANARY_KEY
        assert request.json()["model"] in (KIMI, QWEN)
        assert b"promptCacheKey" not in request.body
        assert b"prompt_cache_key" not in request.body
    answered = _report(life.results["apply"])["model"]
    assert answered in [request.json()["model"] for request in life.asked]


def test_working_with_it_changes_no_file_of_the_user_s(life: Life) -> None:
    """MiMoCode finds nothing in our files that it would have to rewrite."""
    assert differences(life.pictures["applied"], life.pictures["worked"], times=True) == []


def test_a_second_apply_writes_nothing(life: Life) -> None:
    """Outcome no_changes, the same inodes and time stamps."""
    again = life.results["again"]
    assert (again.exit_code, _report(again)["outcome"], _report(again)["changes"]) == (0, "no_changes", [])
    assert differences(life.pictures["worked"], life.pictures["applied again"], times=True) == []


def test_uninstall_gives_everything_back(life: Life) -> None:
    """Byte for byte, mode for mode; of ours only backups are left."""
    assert life.results["uninstall"].exit_code == 0
    assert life.texts["uninstalled"] == life.original
    after = {k: v for k, v in life.pictures["uninstalled"].items() if not k.startswith("home/.gonkagate")}
    assert differences(life.pictures["before"], after) == []


def test_in_user_scope_the_model_is_the_user_s_default(user: Life) -> None:
    """In the user's config, and the project has no file of ours."""
    assert user.configs["applied"]["model"] == user.configs["applied"]["small_model"] == ref(KIMI)
    assert not [name for name in user.pictures["applied"] if name.startswith("project/.mimocode")]


def test_drift_is_found_and_mended(user: Life) -> None:
    """In sync at first; a hand edit makes status exit 3 with the row; apply mends; in sync again."""
    assert (user.results["status"].exit_code, user.results["drifted"].exit_code) == (0, 3)
    (row,) = _report(user.results["drifted"])["drift"]
    assert (row["file"], row["key"]) == (str(user.machine.user_config), ["model"])
    assert (row["before"], row["after"]) == (ref(KIMI), "ollama/mine")
    assert user.results["mend"].exit_code == 0
    assert user.texts["mended"] == user.texts["applied"]
    assert user.results["mended"].exit_code == 0


def test_in_project_scope_the_project_file_holds_the_activation_alone(project: Life) -> None:
    """Nothing else of ours; no activation in the user config."""
    assert set(project.configs["project"]) == {"$schema", "model", "small_model"}
    assert project.configs["project"]["model"] == ref(QWEN)
    assert project.configs["project"]["small_model"] == ref(KIMI)
    assert not {"model", "small_model"} & set(project.configs["applied"])
