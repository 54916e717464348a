"""`status` relies on what MiMoCode answered while nothing has changed that the answer depends on."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from fixtures.canary import CANARY_KEY
from tests.behaviour.conftest import Machines
from tests.conftest import MakeSandbox
from tests.support.cases import standin_case
from tests.support.documents import QWEN, SCHEMA_URL
from tests.support.pictures import left_alone, users_files
from tests.support.sandbox import Result, Sandbox
from tests.support.shims import wrap_mimo

APPLY = ("apply", "--yes", "--json")
ALL = ["passed", "passed", "passed", "skipped"]
RESOLVED = {"--pure debug config", "models gonkagate"}
ASKED = {"--version", "debug paths", *RESOLVED}
HARMLESS = f'{{"$schema": "{SCHEMA_URL}", "share": "disabled"}}\n'


class Watched:
    """A machine with a set-up, whose launches of `mimo` are written down."""

    def __init__(self, machine: Sandbox, scope: str) -> None:
        self.machine = machine
        self.folder = machine.project if scope == "project" else machine.outside
        self.log = machine.root / "launches"
        self.script = machine.bin / "mimo"
        wrap_mimo(machine, f'echo "$*" >> "{self.log}"')
        machine.resolved()
        done = machine.run(*APPLY, "--scope", scope, key=CANARY_KEY, cwd=self.folder)
        assert done.exit_code == 0, done.stdout
        self.log.unlink()

    def status(self, *options: str, env: Mapping[str, str | None] | None = None) -> tuple[Result, set[str]]:
        """Run `status` and return what it started, too."""
        return self.run("status", *options, env=env)

    def run(self, *command: str, env: Mapping[str, str | None] | None = None) -> tuple[Result, set[str]]:
        """Run a command and return what it started, too."""
        self.log.unlink(missing_ok=True)
        result = self.machine.run(*command, "--json", cwd=self.folder, env=env)
        launched = set(self.log.read_text().splitlines()) if self.log.exists() else set()
        return result, launched

    def relied(self) -> bool:
        """Whether `status` started nothing, and says what it relies on."""
        result, launched = self.status()
        report = result.report or {}
        assert (report["relies_on"] is None) is bool(launched), result.stdout
        return not launched


@pytest.fixture(scope="module", params=["user", standin_case("project")])
def watched(machines: Machines, request: pytest.FixtureRequest) -> Watched:
    """Set up once in each scope, for tests that put back what they touch."""
    return Watched(machines(f"watched-{request.param}"), request.param)


def test_nothing_has_changed_and_nothing_is_started(watched: Watched) -> None:
    """The recorded answer stands and is told as such, by time and by everything that it rests on."""
    machine = watched.machine
    before = users_files(machine)
    result, launched = watched.status()
    assert (result.exit_code, launched) == (0, set()), result.stdout
    report = result.report or {}
    assert report["outcome"] == "in_sync"
    assert list(report["verification"].values()) == ALL
    assert (report["target"]["cli"], report["target"]["version"]) == (str(machine.bin / "mimo"), "0.1.15")
    names = [(one["kind"], one["name"]) for one in report["relies_on"]["inputs"]]
    assert names[0] == ("mimo", str(machine.bin / "mimo"))
    assert {
        ("key_file", str(machine.key_file)),
        ("layer", str(machine.user_config)),
        ("variable", "HOME"),
    } <= {*names}
    people = machine.run("status", "--verbose", cwd=watched.folder)
    assert (
        f"MiMoCode was not asked: nothing has changed since it was at {report['relies_on']['verified_at']}"
        in (people.stdout)
    )
    assert "~/.gonkagate/mimo-code/api-key" in people.stdout
    assert left_alone(machine, before)


def test_refreshing_asks_everybody(watched: Watched) -> None:
    """With --refresh MiMoCode is asked all that it can be, and the catalog is fetched with the stored key."""
    requests = len(watched.machine.gateway.requests)
    result, launched = watched.status("--refresh")
    assert (result.exit_code, launched) == (0, ASKED), result.stdout
    report = result.report or {}
    assert (report["relies_on"], report["warnings"]) == (None, [])
    assert list(report["verification"].values()) == ALL
    assert len(watched.machine.gateway.requests) == requests + 1


def test_a_repeated_run_asks_the_gateway_alone(watched: Watched) -> None:
    """`plan` and `apply` with nothing to change start no `mimo`, write nothing, and make one request each."""
    machine = watched.machine
    before, requests = users_files(machine), len(machine.gateway.requests)
    planned, launched = watched.run("plan")
    assert (planned.exit_code, (planned.report or {})["outcome"], launched) == (0, "no_changes", set())
    applied, launched = watched.run("apply", "--yes")
    report = applied.report or {}
    assert (applied.exit_code, report["outcome"], launched) == (0, "no_changes", set())
    assert (report["next_command"], report["target"]["version"]) == ("mimo", "0.1.15")
    assert list(report["verification"].values()) == ALL
    assert report["relies_on"] is not None
    assert left_alone(machine, before)
    assert len(machine.gateway.requests) == requests + 2


@pytest.mark.standin
def test_a_change_is_proved_with_two_launches(make_sandbox: MakeSandbox) -> None:
    """What an unchanged `mimo` said of itself is not asked again; what is written is always asked about."""
    watched = Watched(make_sandbox(), "user")
    changed, launched = watched.run("apply", "--yes", "--model", QWEN)
    assert (changed.exit_code, (changed.report or {})["outcome"], launched) == (0, "applied", RESOLVED)
    assert watched.relied()
    again, launched = watched.run("apply", "--yes", "--model", QWEN)
    assert (again.exit_code, launched) == (0, set())


@pytest.mark.standin
def test_a_mimo_without_its_database_is_met_anew(make_sandbox: MakeSandbox) -> None:
    """It was not in use as it was when it answered, so nothing is taken as known then."""
    watched = Watched(make_sandbox(), "user")
    for path in (watched.machine.home / ".local" / "share" / "mimocode").glob("mimocode.db*"):
        path.unlink()
    changed, launched = watched.run("apply", "--yes", "--model", QWEN)
    assert (changed.exit_code, launched) == (0, ASKED)


@pytest.mark.standin
def test_other_places_are_another_mimo_s(make_sandbox: MakeSandbox) -> None:
    """Where a variable moves MiMoCode's things, it is asked where they are."""
    watched = Watched(make_sandbox(), "user")
    moved = str(watched.machine.home / "elsewhere")
    planned, launched = watched.run("plan", env={"XDG_STATE_HOME": moved})
    assert (planned.exit_code, launched) == (0, {"--version", "debug paths"})


@pytest.mark.standin
def test_a_repeated_apply_still_looks_at_this_shell(make_sandbox: MakeSandbox) -> None:
    """What our model can tell is told without a launch; a variable that overrides is asked about."""
    watched = Watched(make_sandbox(), "user")
    (watched.machine.project / "mimocode.json").write_text(
        f'{{"$schema": "{SCHEMA_URL}", "model": "acme/x"}}'
    )
    watched.folder = watched.machine.project
    result, launched = watched.run("apply", "--scope", "user", "--yes")
    assert (result.exit_code, result.codes, launched) == (4, ["session_override"], set())
    watched.folder = watched.machine.outside
    result, launched = watched.run("apply", "--yes", env={"MIMOCODE_CONFIG_CONTENT": '{"model": "acme/x"}'})
    assert (result.exit_code, result.codes) == (4, ["session_override"])
    assert launched == RESOLVED


Touch = Callable[[Watched], Callable[[], None]]


def _edit(path: Path, old: str, new: str) -> Callable[[], None]:
    """Edit a file, and return what puts it back; times do not count."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))

    def undo() -> None:
        path.write_text(text)

    return undo


def _add(path: Path, text: str = HARMLESS) -> Callable[[], None]:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path.unlink


def _own_setting(watched: Watched) -> Callable[[], None]:
    return _edit(watched.machine.user_config, '"setCacheKey": false', '"setCacheKey": false, "timeout": 9')


def _other_user_file(watched: Watched) -> Callable[[], None]:
    return _add(watched.machine.mimo_config_folder / "config.json")


def _home_folder(watched: Watched) -> Callable[[], None]:
    _add(watched.machine.home / ".mimocode" / ".gitignore", "*")  # else MiMoCode would write one
    return _add(watched.machine.home / ".mimocode" / "mimocode.json")


def _model_list(watched: Watched) -> Callable[[], None]:
    return _add(watched.machine.home / ".cache" / "mimocode" / "models.json", '{"gonkagate": {"models": {}}}')


@pytest.mark.parametrize(
    "touch",
    [
        _own_setting,
        standin_case(_other_user_file),
        standin_case(_home_folder),
        standin_case(_model_list),
    ],
    ids=lambda value: value.__name__.strip("_"),
)
def test_whatever_it_depends_on_is_noticed(watched: Watched, touch: Touch) -> None:
    """MiMoCode is asked anew and a line names what has changed; put back, the old answer stands."""
    undo = touch(watched)
    result, launched = watched.status()
    people = watched.machine.run("status", cwd=watched.folder)
    undo()
    assert launched == RESOLVED, result.stdout
    assert (result.exit_code, (result.report or {})["relies_on"]) == (0, None)
    assert "MiMoCode is asked anew: not as it was when it was asked last: " in people.stdout
    assert watched.relied()


@pytest.mark.parametrize("scope", ["user", standin_case("project")])
def test_another_mimo_is_asked(make_sandbox: MakeSandbox, scope: str) -> None:
    """A `mimo` that was replaced, and one that was only touched, has answered nothing yet."""
    watched = Watched(make_sandbox(), scope)
    assert watched.relied()
    os.utime(watched.script, ns=(1, 1))
    assert not watched.relied()
    watched.script.write_text(watched.script.read_text() + "# another\n")
    assert not watched.relied()


@pytest.mark.standin
def test_project_files_count_in_project_scope(make_sandbox: MakeSandbox) -> None:
    """A file on the way up that MiMoCode reads there; in the user scope only the session looks at it."""
    for scope, expected in (("project", False), ("user", True)):
        watched = Watched(make_sandbox(scope), scope)
        (watched.machine.project / "mimocode.json").write_text(HARMLESS)
        watched.folder = watched.machine.project
        assert watched.relied() is expected, scope


@pytest.mark.standin
def test_a_variable_that_is_put_in_counts_with_its_value(make_sandbox: MakeSandbox) -> None:
    """Another value of `{env:X}` makes another layer; a variable that nothing refers to does not."""
    machine = make_sandbox()
    machine.mimo_config_folder.mkdir(parents=True)
    (machine.mimo_config_folder / "config.json").write_text(
        f'{{"$schema": "{SCHEMA_URL}", "username": "{{env:WHO}}"}}'
    )
    watched = Watched(machine, "user")
    given = [
        watched.status(env=env)[1] for env in ({}, {"OTHER": "x"}, {"WHO": "me"}, {"XDG_DATA_HOME": "/x"})
    ]
    assert [bool(launched) for launched in given] == [False, False, True, True]


@pytest.mark.standin
def test_a_file_that_is_put_in_counts_with_its_content(make_sandbox: MakeSandbox) -> None:
    """The layer's own text is as it was, and what MiMoCode makes of it is not."""
    machine = make_sandbox()
    machine.mimo_config_folder.mkdir(parents=True)
    name = machine.home / "name.txt"
    name.write_text("Ada")
    (machine.mimo_config_folder / "config.json").write_text(
        f'{{"$schema": "{SCHEMA_URL}", "username": "{{file:~/name.txt}}"}}'
    )
    watched = Watched(machine, "user")
    assert watched.relied()
    name.write_text("Eve")
    assert not watched.relied()
    name.write_text("Ada")
    assert watched.relied()


@pytest.mark.standin
@pytest.mark.parametrize(
    "entry", ['{"https://example.com": {"type": "wellknown", "key": "K", "token": "t"}}', "{}"]
)
def test_what_lies_elsewhere_is_never_relied_on(make_sandbox: MakeSandbox, entry: str) -> None:
    """Where a credential makes MiMoCode fetch settings, only its own answer tells what they are."""
    watched = Watched(make_sandbox(), "user")
    auth = watched.machine.home / ".local" / "share" / "mimocode" / "auth.json"
    auth.write_text(entry)
    assert watched.relied() is (entry == "{}")


@pytest.mark.standin
def test_a_broken_credential_store_stops_without_asking(make_sandbox: MakeSandbox) -> None:
    """MiMoCode would not start; that is told, whatever it answered before."""
    watched = Watched(make_sandbox(), "user")
    auth = watched.machine.home / ".local" / "share" / "mimocode" / "auth.json"
    auth.write_text("{")
    result, launched = watched.status()
    assert (result.exit_code, result.codes, launched) == (1, ["mimo_auth_unreadable"], set())


@pytest.mark.standin
def test_this_shell_is_still_looked_at(make_sandbox: MakeSandbox) -> None:
    """An override of this shell is found by our model where it can be, and by asking where it cannot."""
    watched = Watched(make_sandbox(), "user")
    (watched.machine.project / "mimocode.json").write_text(
        f'{{"$schema": "{SCHEMA_URL}", "model": "acme/x"}}'
    )
    watched.folder = watched.machine.project
    result, launched = watched.status()
    assert (result.exit_code, result.codes, launched) == (4, ["session_override"], set())
    watched.folder = watched.machine.outside
    result, launched = watched.status(env={"MIMOCODE_CONFIG_CONTENT": '{"model": "acme/x"}'})
    assert (result.exit_code, result.codes) == (4, ["session_override"])
    assert launched >= {"--pure debug config"}


@pytest.mark.standin
def test_the_other_projects_answers_stay_while_the_user_s_config_does(make_sandbox: MakeSandbox) -> None:
    """Each project has its answer; another catalog or key makes all of them out of date."""
    machine = make_sandbox()
    watched = Watched(machine, "project")
    second = machine.root / "second"
    second.mkdir()
    (second / ".git").mkdir()
    assert machine.run(*APPLY, "--scope", "project", cwd=second).exit_code == 0
    places = (machine.project, second)

    def relied() -> list[bool]:
        found = []
        for watched.folder in places:
            found.append(watched.relied())
        return found

    assert relied() == [True, True]
    machine.gateway.catalog = json.dumps({"data": _listed(machine)[:-1]}).encode()
    assert machine.run(*APPLY, "--scope", "project", cwd=second).exit_code == 0
    assert relied() == [False, True]


def _listed(machine: Sandbox) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(machine.gateway.catalog)["data"]
    return listed


@pytest.mark.standin
def test_refreshing_tells_what_the_catalog_has_now(make_sandbox: MakeSandbox) -> None:
    """New, gone and changed models are named with the command that shows the changes; nothing is drift."""
    machine = make_sandbox()
    watched = Watched(machine, "user")
    first, *rest = _listed(machine)
    listed = [{**first, "context_length": 5}, *rest[:-1], {"id": "new/one", "object": "model"}]
    machine.gateway.catalog = json.dumps({"data": listed}).encode()
    result, _ = watched.status("--refresh")
    report = result.report or {}
    assert (result.exit_code, report["outcome"], report["drift"]) == (0, "in_sync", [])
    (warning,) = report["warnings"]
    assert warning["message"] == (
        "the catalog is not as it was applied: 1 new (new/one), "
        f"1 gone ({rest[-1]['id']}), 1 changed ({first['id']}); "
        "`mimo-code-setup plan` shows what that changes"
    )


@pytest.mark.standin
def test_refreshing_tells_why_the_gateway_gives_nothing(make_sandbox: MakeSandbox) -> None:
    """A refused key is a blocker of its own, and the two flags exclude each other."""
    watched = Watched(make_sandbox(), "user")
    watched.machine.gateway.accepted_keys = set()
    result, _ = watched.status("--refresh")
    assert (result.exit_code, result.codes) == (1, ["api_key_rejected"])
    assert watched.status("--refresh", "--fast")[0].exit_code == 64


@pytest.mark.standin
def test_a_layer_that_changes_while_mimo_is_asked_undoes_the_run(make_sandbox: MakeSandbox) -> None:
    """The answer was given for what stood there then; it is not remembered for what stands there now."""
    machine = make_sandbox()
    machine.mimo_config_folder.mkdir(parents=True)
    other = machine.mimo_config_folder / "config.json"
    for file in (machine.user_config, other):
        file.write_text(HARMLESS)
    machine.resolved()
    changed = HARMLESS.replace("disabled", "manual")
    wrap_mimo(machine, f"case \"$*\" in models*) printf '%s' '{changed}' > '{other}';; esac")
    result = machine.run(*APPLY, "--scope", "user", key=CANARY_KEY)
    assert (result.exit_code, result.codes) == (1, ["config_changed_meanwhile"])
    assert not machine.key_file.exists()
    assert not machine.state_file.exists()
    assert (machine.user_config.read_text(), other.read_text()) == (HARMLESS, changed)
