"""`explain`: which layer decides, in MiMoCode's own order; it looks, masks, and changes nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from fixtures.canary import CANARY_KEY, CANARY_MARK
from tests.behaviour.conftest import Machines
from tests.support.cases import standin_case
from tests.support.documents import KIMI, MODEL, PROVIDER, find, place, read, ref
from tests.support.refusals import refusal
from tests.support.sandbox import Result, Sandbox
from tests.support.snapshots import snapshot, untouched

APPLY: Final = ("apply", "--scope", "user", "--yes", "--json")
KEPT: Final = '"$schema": "./kept.json"'
"""With it MiMoCode leaves a file as it is."""
CONTENT: Final = f'{{{KEPT}, "model": "acme/content"}}'


@attrs.frozen
class Source:
    """One of the places where MiMoCode looks: its kind, and the file or the variable."""

    kind: str
    at: Path | str

    @property
    def location(self) -> dict[str, Any]:
        """Where it sets the model, as reports spell it."""
        return {"variable": self.at} if isinstance(self.at, str) else place(self.at, MODEL)


def _put(path: Path, model: str, *, lines: int = 1) -> Path:
    """Write a config that sets the model after some lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{" + "\n" * lines + f'  {KEPT},\n  "model": "{model}"\n}}\n')
    return path


@attrs.frozen
class Stacked:
    """A machine with a layer of every kind, its folder, and the variables of its shell."""

    machine: Sandbox
    folder: Path
    env: dict[str, str]
    sources: tuple[Source, ...]
    """The strongest first."""

    def explain(self, *arguments: str) -> Result:
        """Run the command there."""
        return self.machine.run("explain", *arguments, cwd=self.folder, env=self.env)

    def resolved(self) -> dict[str, Any]:
        """Ask MiMoCode."""
        result = self.machine.run_mimo("--pure", "debug", "config", cwd=self.folder, env=self.env)
        assert result.report is not None, result.stderr
        return result.report


@pytest.fixture(name="stacked")
def _stacked(sandbox: Sandbox) -> Stacked:
    """Make eight layers that all set the model, each in a line of its own."""
    folder = sandbox.project / "inner"
    managed, named = sandbox.root / "managed", sandbox.root / "named.json"
    files = (
        ("managed", managed / "mimocode.json"),
        ("home", sandbox.home / ".mimocode" / "mimocode.jsonc"),
        ("project_folder", sandbox.project / ".mimocode" / "mimocode.json"),
        ("project_folder", folder / ".mimocode" / "mimocode.jsonc"),
        ("project", folder / "mimocode.json"),
        ("extra_file", named),
        ("user", sandbox.user_config),
    )
    sources = [
        Source(kind, _put(path, f"acme/{number}", lines=number))
        for number, (kind, path) in enumerate(files, 1)
    ]
    sources.insert(1, Source("variable", "MIMOCODE_CONFIG_CONTENT"))
    env = {
        "MIMOCODE_TEST_MANAGED_CONFIG_DIR": str(managed),
        "MIMOCODE_CONFIG_CONTENT": CONTENT,
        "MIMOCODE_CONFIG": str(named),
    }
    return Stacked(sandbox, folder, env, tuple(sources))


def _one(result: Result, key: tuple[str, ...] = MODEL) -> dict[str, Any]:
    """Return the explanation of a key."""
    assert result.report is not None, result.stderr
    (found,) = (one for one in result.report["explanations"] if tuple(one["key"]) == key)
    assert isinstance(found, dict)
    return found


def _warnings(result: Result) -> list[dict[str, Any]]:
    assert result.report is not None
    found: list[dict[str, Any]] = result.report["warnings"]
    return found


def test_every_layer_is_shown_in_mimocodes_order_with_its_exact_place(stacked: Stacked) -> None:
    """Files with line and column, variables by name; the first decides, as MiMoCode says itself."""
    result = stacked.explain("model", "--json")
    assert result.exit_code == 0, result.stdout
    found = _one(result)
    assert [(one["kind"], one["location"]) for one in found["layers"]] == [
        (source.kind, source.location) for source in stacked.sources
    ]
    assert [one["decides"] for one in found["layers"]] == [True] + [False] * 7
    assert found["in_force"] == found["layers"][0]["value"] == stacked.resolved()["model"]
    assert (found["claimed"], found["applied"], found["without_us"]) == (False, None, found["in_force"])


def test_what_lies_beneath_decides_as_soon_as_the_winner_is_taken_away(stacked: Stacked) -> None:
    """Layer by layer, down to none: the shown order is the one in which MiMoCode falls back."""
    shown = _one(stacked.explain("model", "--json"))["layers"]
    for source, layer in zip(stacked.sources, shown, strict=True):
        assert stacked.resolved()["model"] == layer["value"]
        if isinstance(source.at, str):
            del stacked.env[source.at]
        else:
            source.at.write_text(f"{{{KEPT}}}")
    assert "model" not in stacked.resolved()
    last = _one(stacked.explain("model", "--json"))
    assert (last["in_force"], last["layers"]) == (None, [])


@pytest.mark.standin
def test_people_read_the_same_order_with_the_winner_first(stacked: Stacked) -> None:
    """Every place stands in a line of its own, below the home with a tilde; the first one is marked."""
    result = stacked.explain("model")
    places = [
        f"variable {source.at}"
        if isinstance(source.at, str)
        else ":".join(map(str, source.location.values()))
        for source in stacked.sources
    ]
    lines = [line.replace("~", str(stacked.machine.home)) for line in result.stdout.splitlines()]
    at = [next(number for number, line in enumerate(lines) if where in line) for where in places]
    assert at == sorted(at)
    assert [line for line in lines if "  decides" in line] == [lines[at[0]]]
    assert lines[0] == 'model  "acme/1"'
    assert "named by MIMOCODE_CONFIG" in result.stdout


@pytest.mark.standin
def test_it_says_what_another_shell_would_see(stacked: Stacked) -> None:
    """Without this shell's variables the home's own folder decides; that is told with its place."""
    warning = _warnings(stacked.explain("model", "--json"))[-1]
    assert warning["location"] == stacked.sources[2].location
    assert all(name in warning["message"] for name in stacked.env)
    assert "acme/2" in warning["message"]
    stacked.env.clear()
    assert _warnings(stacked.explain("model", "--json")) == []


def test_an_object_that_is_merged_is_decided_by_several_layers(stacked: Stacked) -> None:
    """Each layer that something of the result comes from decides; one that is overridden whole does not."""
    options = ("provider", "gonkagate", "options")
    texts = ({"baseURL": "https://a.example"}, {"baseURL": "https://b.example"}, {"timeout": 7})
    for source, said in zip(stacked.sources[5:], texts, strict=True):
        assert isinstance(source.at, Path)
        config = {"$schema": "./kept.json", "provider": {"gonkagate": {"options": said}}}
        source.at.write_text(json.dumps(config))
    found = _one(stacked.explain("provider.gonkagate.options", "--json"), options)
    assert [one["decides"] for one in found["layers"]] == [True, False, True]
    assert found["in_force"] == {"timeout": 7, "baseURL": "https://a.example"}
    assert find(stacked.resolved(), options) == found["in_force"]


# What is ours


@pytest.fixture(name="installed", scope="module")
def _installed(machines: Machines) -> Sandbox:
    """Set up in user scope where another model was set before, and in project scope."""
    machine = machines("explained")
    _put(machine.user_config, "acme/before")
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    return machine


def test_what_is_ours_is_told_with_what_it_would_be_without_us(installed: Sandbox) -> None:
    """The claim, the value that was applied, and the value that stood there before."""
    found = _one(installed.run("explain", "model", "--json"))
    assert (found["in_force"], found["applied"], found["claimed"]) == (ref(KIMI), ref(KIMI), True)
    assert found["without_us"] == "acme/before"
    assert found["layers"] == [
        {
            "kind": "user",
            "location": place(installed.user_config, MODEL),
            "value": ref(KIMI),
            "ours": True,
            "decides": True,
        }
    ]
    people = installed.run("explain", "model").stdout
    assert "(ours, as applied)" in people
    assert 'without us: "acme/before"' in people


def test_without_a_key_the_provider_and_both_models_are_explained(installed: Sandbox) -> None:
    """Seven keys, all in force as applied, none of which would be set without us but the model."""
    result = installed.run("explain", "--json")
    assert result.report is not None
    found = {".".join(one["key"]): one for one in result.report["explanations"]}
    entry = "provider.gonkagate"
    assert list(found) == [
        *("model", "small_model", f"{entry}.npm", f"{entry}.name", f"{entry}.options.baseURL"),
        *(f"{entry}.options.apiKey", f"{entry}.options.setCacheKey"),
    ]
    assert all(one["claimed"] and one["in_force"] == one["applied"] for one in found.values())
    assert {name for name, one in found.items() if one["without_us"] is not None} == {"model"}
    key = found[f"{entry}.options.apiKey"]
    assert (key["in_force"], key["layers"][0]["value"]) == ("(sensitive)", "(sensitive)")
    assert key["layers"][0]["ours"]
    config = read(installed.user_config)
    assert (
        found[f"{entry}.options.baseURL"]["in_force"]
        == find(config, ("provider", "gonkagate", "options"))["baseURL"]
    )


def test_a_key_is_spelled_as_reports_spell_it(installed: Sandbox) -> None:
    """Dots and brackets, with the quotes or as a shell leaves them."""
    key = ("provider", "gonkagate", "models", KIMI, "limit", "context")
    for spelled in (f'["{KIMI}"]', f"[{KIMI}]"):
        result = installed.run("explain", f"provider.gonkagate.models{spelled}.limit.context", "--json")
        found = _one(result, key)
        assert found["layers"][0]["location"] == place(installed.user_config, key)
        assert found["in_force"] == find(read(installed.user_config), key)


@pytest.mark.standin
def test_a_project_is_ours_above_the_user_config(machines: Machines) -> None:
    """In project scope the project's file decides, and beneath it lies what the user had set himself."""
    machine = machines("project")
    _put(machine.user_config, "acme/before")
    applied = machine.run(
        "apply", "--scope", "project", "--yes", "--json", cwd=machine.project, key=CANARY_KEY
    )
    assert applied.exit_code == 0, applied.stdout
    found = _one(machine.run("explain", "model", "--json", cwd=machine.project))
    assert [(one["kind"], one["ours"]) for one in found["layers"]] == [
        ("project_folder", True),
        ("user", False),
    ]
    assert (found["in_force"], found["without_us"]) == (ref(KIMI), "acme/before")
    assert machine.resolved(machine.project)["model"] == ref(KIMI)
    elsewhere = _one(machine.run("explain", "model", "--json"))
    assert (elsewhere["in_force"], elsewhere["claimed"]) == ("acme/before", False)


@pytest.mark.standin
def test_drift_is_told_and_what_would_be_without_us_respects_it(machines: Machines) -> None:
    """Somebody's own value in our place stays when we leave; one that was taken out is told with its file."""
    machine = machines("drifted")
    _put(machine.user_config, "acme/before")
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    good = machine.user_config.read_text()
    machine.user_config.write_text(good.replace(f'"model": "{ref(KIMI)}"', '"model": "acme/after"', 1))
    result = machine.run("explain", "model", "--json")
    found = _one(result)
    assert (found["in_force"], found["applied"], found["without_us"]) == (
        "acme/after",
        ref(KIMI),
        "acme/after",
    )
    assert found["layers"][0]["ours"]
    assert result.report is not None
    assert result.report["next_command"] == "mimo-code-setup status"
    assert f'(ours, drifted: "{ref(KIMI)}" was applied)' in machine.run("explain", "model").stdout

    machine.user_config.write_text(good.replace(f'"small_model": "{ref(KIMI)}"', '"username": "ada"', 1))
    result = machine.run("explain", "small_model", "--json")
    gone = _one(result, ("small_model",))
    assert (gone["claimed"], gone["in_force"], gone["layers"]) == (True, None, [])
    assert [one["location"]["file"] for one in _warnings(result)] == [str(machine.user_config)]


@pytest.mark.standin
def test_without_us_is_what_mimocode_resolves_after_an_uninstall(machines: Machines) -> None:
    """For each of the default keys, where other layers have something of the provider as well."""
    machine = machines("leaving")
    _put(machine.user_config, "acme/before")
    lower = {"$schema": "./kept.json", "small_model": "acme/low", "provider": {"gonkagate": {"name": "mine"}}}
    (machine.mimo_config_folder / "config.json").write_text(json.dumps(lower))
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    result = machine.run("explain", "--json")
    assert result.report is not None
    told = {tuple(one["key"]): one["without_us"] for one in result.report["explanations"]}
    assert machine.run("uninstall", "--yes").exit_code == 0
    resolved = machine.resolved()
    assert told == {key: find(resolved, key) for key in told}
    assert set(told.values()) == {"acme/before", "acme/low", "mine", None}


@pytest.mark.standin
def test_a_lost_record_is_told_and_what_is_provably_ours_counts(machines: Machines) -> None:
    """The binding to our key file proves it; the place of the record is named."""
    machine = machines("lost")
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    machine.state_file.unlink()
    result = machine.run("explain", "model", "--json")
    assert result.exit_code == 0
    assert (_one(result)["claimed"], _one(result)["without_us"]) == (True, None)
    assert [one["location"]["file"] for one in _warnings(result)] == [str(machine.state_file)]


# Secrets


@pytest.mark.standin
def test_a_raw_key_in_a_config_is_never_shown(sandbox: Sandbox) -> None:
    """Not as a value, not within an object, not in a variable's text, and not another provider's secret."""
    options = {"apiKey": CANARY_KEY, "headers": {"Authorization": f"Bearer {CANARY_KEY}", "X": CANARY_MARK}}
    config = {"provider": {name: {"options": options} for name in ("gonkagate", "other")}}
    _put(sandbox.user_config, "x").write_text(json.dumps(config))
    sandbox.key_holders.append(sandbox.user_config)
    env = {
        "MIMOCODE_CONFIG_CONTENT": json.dumps({"provider": {"other": {"options": {"apiKey": CANARY_MARK}}}})
    }
    keys = ("provider", "provider.gonkagate.options.apiKey", "provider.other.options", "provider.other")
    result = sandbox.run("explain", *keys, "--json", env=env)
    assert result.exit_code == 0
    people = sandbox.run("explain", *keys, "provider.gonkagate.options.headers.X", env=env)
    for shown in (result, people):
        assert CANARY_MARK not in shown.stdout + shown.stderr
        assert "(sensitive)" in shown.stdout
    assert _one(result, (*PROVIDER, "options", "apiKey"))["in_force"] == "(sensitive)"
    assert (
        find(_one(result, ("provider",))["in_force"], ("other", "options", "headers", "X")) == "(sensitive)"
    )


def test_what_is_put_into_a_text_is_shown_as_it_is_spelled(sandbox: Sandbox) -> None:
    """Neither a variable nor a file's content; the same value is what MiMoCode makes of it."""
    secret = sandbox.outside / "secret"
    secret.write_text("acme/from-a-file\n")
    sandbox.mimo_config_folder.mkdir(parents=True)
    text = f'{{{KEPT}, "model": "acme/{{env:WHICH}}", "small_model": "{{file:{secret}}}"}}'
    sandbox.user_config.write_text(text)
    env = {"WHICH": "from-the-shell"}
    result = sandbox.run("explain", "model", "small_model", "--json", env=env)
    assert _one(result)["in_force"] == "acme/{env:WHICH}"
    assert _one(result)["layers"][0]["location"] == place(sandbox.user_config, MODEL)
    assert _one(result, ("small_model",))["in_force"] == f"{{file:{secret}}}"
    shown = result.stdout + sandbox.run("explain", "model", "small_model", env=env).stdout
    assert "from-the-shell" not in shown
    assert "from-a-file" not in shown
    resolved = sandbox.run_mimo("--pure", "debug", "config", env=env).report
    assert resolved is not None
    assert (resolved["model"], resolved["small_model"]) == ("acme/from-the-shell", "acme/from-a-file")


# What cannot be read


def _comma(machine: Sandbox) -> dict[str, Any]:
    file = machine.project / ".mimocode" / "mimocode.json"
    file.parent.mkdir()
    file.write_text('{\n  "model": "acme/x",,\n}')
    return {"file": str(file), "line": 2, "column": 21}


def _folder(machine: Sandbox) -> dict[str, Any]:
    file = machine.project / "mimocode.json"
    file.mkdir()
    return {"file": str(file), "line": None, "column": None}


def _missing_file(machine: Sandbox) -> dict[str, Any]:
    file = machine.project / "mimocode.json"
    file.write_text('{\n  "username": "{file:./nowhere}"\n}')
    return {"file": str(file), "line": 2, "column": 16}


def _no_object(machine: Sandbox) -> dict[str, Any]:
    file = machine.home / ".mimocode" / "mimocode.json"
    file.parent.mkdir()
    file.write_text("[]")
    return {"file": str(file), "line": 1, "column": 1}


@pytest.mark.parametrize("breaks", [_comma, standin_case(_folder), _missing_file, standin_case(_no_object)])
def test_a_layer_that_cannot_be_read_comes_first(
    sandbox: Sandbox, breaks: Callable[[Sandbox], dict[str, Any]]
) -> None:
    """MiMoCode does not start: exit 1 with the exact place, and the other layers are explained below."""
    _put(sandbox.user_config, "acme/user")
    location = breaks(sandbox)
    result = sandbox.run("explain", "model", "--json", cwd=sandbox.project)
    assert result.report is not None
    (blocker,) = result.report["blockers"]
    assert (result.exit_code, blocker["location"]) == (1, location)
    assert blocker["code"] in ("config_unreadable", "config_not_an_object")
    assert [one["value"] for one in _one(result)["layers"]] == ["acme/user"]
    people = sandbox.run("explain", "model", cwd=sandbox.project)
    assert people.stdout.startswith(blocker["code"])
    assert "would not start" in people.stdout
    assert sandbox.run_mimo("--pure", "debug", "config", cwd=sandbox.project).exit_code == 1


@pytest.mark.standin
def test_a_variable_that_cannot_be_read_is_named(sandbox: Sandbox) -> None:
    """Its text has no file, so the message says the line and column; its text is not repeated."""
    env = {"MIMOCODE_CONFIG_CONTENT": f'{{"a": "{CANARY_MARK}",,}}'}
    result = sandbox.run("explain", "model", "--json", env=env)
    blocker = refusal(result, "config_unreadable")
    assert blocker["location"] == {"variable": "MIMOCODE_CONFIG_CONTENT"}
    assert "line 1, column" in blocker["message"]


@pytest.mark.standin
def test_a_damaged_record_blocks_and_what_is_provably_ours_counts(machines: Machines) -> None:
    """As for `status`; the key that is asked about is explained all the same."""
    machine = machines("damaged")
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    machine.state_file.write_text("{")
    result = machine.run("explain", "model", "--json")
    refusal(result, "state_unreadable")
    assert (_one(result)["claimed"], _one(result)["without_us"]) == (True, None)
    assert "would not start" not in machine.run("explain", "model").stdout


@pytest.mark.standin
def test_a_record_of_a_newer_program_blocks_and_the_layers_are_told(machines: Machines) -> None:
    """What is ours is not known then; what MiMoCode reads is."""
    machine = machines("newer")
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    state = json.loads(machine.state_file.read_bytes())
    machine.state_file.write_text(json.dumps({**state, "schema_version": 99}))
    result = machine.run("explain", "model", "--json")
    refusal(result, "state_too_new")
    assert (_one(result)["in_force"], _one(result)["claimed"]) == (ref(KIMI), False)


@pytest.mark.standin
@pytest.mark.parametrize("key", ["", "a..b", "moonshotai/kimi-k2.6", 'a["b', "a[]"])
def test_what_is_no_key_is_wrong_usage(sandbox: Sandbox, key: str) -> None:
    """Exit 64, with how a key is spelled; nothing is explained."""
    result = sandbox.run("explain", "--json", "model", key)
    assert result.exit_code == 64
    assert result.codes == ["usage"]
    assert result.report is not None
    assert result.report["explanations"] == []
    assert "is spelled like" in result.report["blockers"][0]["message"]


# Nothing is changed


def _installed_user(machine: Sandbox) -> None:
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    machine.calls_file.unlink(missing_ok=True)


def _would_be_rewritten(machine: Sandbox) -> None:
    """Leave configs everywhere that lack what MiMoCode would put in."""
    for folder in (machine.mimo_config_folder, machine.project, machine.project / ".mimocode"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "mimocode.json").write_text('{ "model" : "acme/x" } // mine')


@pytest.mark.parametrize(
    "prepare", [standin_case(lambda _: None), standin_case(_installed_user), _would_be_rewritten]
)
def test_nothing_is_written_and_nobody_is_asked(sandbox: Sandbox, prepare: Callable[[Sandbox], None]) -> None:
    """Home, project and `.git` stay byte for byte and time for time; no `mimo` runs, no gateway is asked."""
    prepare(sandbox)
    places = (sandbox.home, sandbox.project, sandbox.outside, sandbox.temporary)
    before, asked = [snapshot(folder) for folder in places], len(sandbox.gateway.requests)
    for arguments in (("--json",), (), ("provider", "--verbose"), ("model", "--no-color")):
        assert sandbox.run("explain", *arguments, cwd=sandbox.project).exit_code == 0
    assert all(untouched(old, snapshot(folder)) for old, folder in zip(before, places, strict=True))
    assert sandbox.calls() == []
    assert len(sandbox.gateway.requests) == asked


@pytest.mark.standin
def test_it_needs_no_mimo(sandbox: Sandbox) -> None:
    """The answer is the same where `mimo` is not installed."""
    _put(sandbox.user_config, "acme/user")
    with_it = sandbox.run("explain", "model", "--json")
    (sandbox.bin / "mimo").unlink()
    without = sandbox.run("explain", "model", "--json")
    assert (without.exit_code, without.report) == (0, with_it.report)
