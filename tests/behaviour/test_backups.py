"""`backups`: what files held before can be listed, and brought back; nothing is given up untold."""

import itertools
import json
import signal
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.canary import CANARY_KEY, CANARY_KEY_2
from reconciler.commands.backups import restore
from reconciler.commands.report import Outcome
from reconciler.commands.request import RestoreOptions
from reconciler.commands.world import World
from reconciler.engine.backups import FORMAT, LIMIT, Record, record_path
from reconciler.engine.store import Store
from tests.conftest import MakeSandbox
from tests.support.cases import standin_case
from tests.support.documents import CONFIGS, KIMI, QWEN, read, ref
from tests.support.pictures import left_alone, own_files, users_files
from tests.support.refusals import refusal
from tests.support.sandbox import Result, Sandbox
from tests.support.shims import KILL_WHO_ASKED, unwrap_mimo, wait_until_quiet, wrap_mimo

APPLY = ("apply", "--scope", "user", "--yes", "--json")
LIST = ("backups", "list", "--json")
RESTORE = ("backups", "restore")
ORIGINAL = (CONFIGS / "comments.jsonc").read_bytes()
Kept = dict[str, Any]


def test_each_run_is_listed_with_what_it_replaced(make_sandbox: MakeSandbox) -> None:
    """Set-up, rotation and uninstall: files that were there and such that were not, each with its copy."""
    machine = with_config(make_sandbox())
    first = run_of(machine, *APPLY, key=CANARY_KEY)
    second = run_of(machine, "apply", "--yes", "--json", key=CANARY_KEY_2)
    third = run_of(machine, "uninstall", "--yes", "--json", "--keep-key")
    assert told(first) == [
        ("apply", "key_file", str(machine.key_file), False, True),
        ("apply", "user_config", str(machine.user_config), True, True),
    ]
    assert told(second) == [("apply", "key_file", str(machine.key_file), True, True)]
    assert told(third) == [("uninstall", "user_config", str(machine.user_config), True, True)]


def test_a_rotated_key_can_be_brought_back_until_the_uninstall(make_sandbox: MakeSandbox) -> None:
    """Its copy is kept with its run, and goes with the key."""
    machine = make_sandbox()
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    (rotated,) = run_of(machine, "apply", "--yes", "--json", key=CANARY_KEY_2)
    assert (rotated["existed"], rotated["restorable"]) == (True, True)
    removed = run_of(machine, "uninstall", "--yes", "--json")
    assert [one["restorable"] for one in removed if one["resource"] == "key_file"] == [False]
    assert [one["restorable"] for one in listed(machine) if one["id"] == rotated["id"]] == [False]


@pytest.mark.standin
def test_the_newest_run_comes_first(make_sandbox: MakeSandbox) -> None:
    """By the time at which it began; the files of a run stay together."""
    machine = with_config(make_sandbox())
    run_of(machine, *APPLY, key=CANARY_KEY)
    run_of(machine, "uninstall", "--yes", "--json")
    kept = listed(machine)
    assert [one["at"] for one in kept] == sorted((one["at"] for one in kept), reverse=True)
    runs = [one["id"].partition(".")[0] for one in kept]
    assert len(list(itertools.groupby(runs))) == len(set(runs)) == 2


@pytest.mark.standin
def test_the_list_for_people_says_the_same(make_sandbox: MakeSandbox) -> None:
    """A line per file with its ID, the path as one would type it, and whether there is a copy."""
    machine = with_config(make_sandbox())
    kept = run_of(machine, *APPLY, key=CANARY_KEY)
    before = users_files(machine)
    calls = len(machine.calls())
    shown = machine.run("backups", "list")
    assert shown.exit_code == 0
    lines = shown.stderr.splitlines() or shown.stdout.splitlines()
    assert lines[0].split() == [kept[0]["at"], "apply"]
    assert lines[1:] == [
        f"  {kept[0]['id']}  ~/.gonkagate/mimo-code/api-key  (was not there)",
        f"  {kept[1]['id']}  ~/.config/mimocode/mimocode.jsonc  (kept)",
    ]
    alone = machine.run("backups")
    assert (alone.stdout, alone.stderr) == (shown.stdout, shown.stderr)
    assert left_alone(machine, before), "looking writes nothing"
    assert len(machine.calls()) == calls, "and starts no mimo"


@pytest.mark.standin
def test_the_flags_may_stand_in_front(make_sandbox: MakeSandbox) -> None:
    """`--json backups list`, `backups --json` and `backups list --json` are one command."""
    machine = with_config(make_sandbox())
    run_of(machine, *APPLY, key=CANARY_KEY)
    spelled = [("--json", "backups", "list"), ("backups", "--json"), LIST]
    reports = [machine.run(*words).report for words in spelled]
    assert reports[0] is not None
    assert (reports[0]["command"], reports[0]["outcome"]) == ("backups list", "no_changes")
    assert reports[0] == reports[1] == reports[2]


@pytest.mark.standin
@pytest.mark.parametrize(
    ("words", "command"),
    [
        (("backups", "--nope"), "backups list"),
        (("backups", "lists"), "backups list"),
        (("backups", "list", "too", "much"), "backups list"),
        (("backups", "restore"), "backups restore"),
        (("backups", "restore", "a", "b"), "backups restore"),
        (("backups", "restore", "a", "--scope", "user"), "backups restore"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_wrong_usage_is_told_as_of_every_command(
    make_sandbox: MakeSandbox, words: tuple[str, ...], command: str
) -> None:
    """As one valid report, of the very command that was meant."""
    result = make_sandbox().run(*words, "--json")
    assert (result.exit_code, result.codes) == (64, ["usage"])
    assert result.report is not None
    assert result.report["command"] == command


@pytest.mark.standin
def test_where_nothing_was_replaced_there_is_nothing_to_list(make_sandbox: MakeSandbox) -> None:
    """A machine that never met us is told so, and is left as it is."""
    machine = make_sandbox()
    assert listed(machine) == []
    shown = machine.run("backups", "list")
    assert "Nothing was replaced yet" in shown.stdout + shown.stderr
    assert own_files(machine) == []


# Bringing back


def test_one_file_is_brought_back(make_sandbox: MakeSandbox) -> None:
    """Bytes and mode; the claims stay, so status shows drift, apply mends it and uninstall gives back."""
    machine = with_config(make_sandbox())
    config = next(of(run_of(machine, *APPLY, key=CANARY_KEY), "user_config"))
    machine.user_config.chmod(0o600)
    done = machine.run(*RESTORE, config["id"], "--yes", "--json")
    assert_done(done, "restore")
    assert (machine.user_config.read_bytes(), mode(machine.user_config)) == (ORIGINAL, 0o640)
    assert machine.key_file.read_text() == CANARY_KEY
    assert machine.run("status", "--fast", "--json").exit_code == 3
    assert machine.run(*APPLY).exit_code == 0
    assert read(machine.user_config)["model"] == ref(KIMI)
    assert machine.run("uninstall", "--yes").exit_code == 0
    assert machine.user_config.read_bytes() == ORIGINAL


def test_a_whole_run_is_brought_back(make_sandbox: MakeSandbox) -> None:
    """Going back to before the set-up: the config as it was, and the key file gone, as the last of them."""
    machine = with_config(make_sandbox())
    run = run_of(machine, *APPLY, key=CANARY_KEY)
    done = machine.run(*RESTORE, whole(run), "--yes", "--json")
    assert_done(done, "restore", "delete")
    assert machine.user_config.read_bytes() == ORIGINAL
    assert not machine.key_file.exists()
    assert machine.run_mimo("--pure", "debug", "config").exit_code == 0
    again = machine.run(*RESTORE, whole(run), "--yes", "--json")
    assert (again.exit_code, again.report and again.report["outcome"]) == (0, "no_changes")


def test_a_key_is_brought_back_after_a_rotation(make_sandbox: MakeSandbox) -> None:
    """It is the stored key again, and in sync: nobody changed it behind our back."""
    machine = make_sandbox()
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    (key,) = run_of(machine, "apply", "--yes", "--json", key=CANARY_KEY_2)
    done = machine.run(*RESTORE, key["id"], "--yes", "--json")
    assert_done(done, "restore")
    assert done.report is not None
    assert [(row["before"], row["after"]) for row in done.report["changes"]] == [("(sensitive)",) * 2]
    assert (machine.key_file.read_text(), mode(machine.key_file)) == (CANARY_KEY, 0o600)
    assert machine.run("status", "--json").exit_code == 0


@pytest.mark.parametrize("gone", ["uninstalled", standin_case("deleted by hand")])
def test_no_state_is_needed(make_sandbox: MakeSandbox, gone: str) -> None:
    """After leaving, or when the state is lost, files come back all the same, and no state comes to be."""
    machine = with_config(make_sandbox())
    run = run_of(machine, *APPLY, key=CANARY_KEY)
    if gone == "uninstalled":
        content = machine.user_config.read_bytes()
        run = run_of(machine, "uninstall", "--yes", "--json", "--keep-key")
    else:
        content = ORIGINAL
        machine.state_file.unlink()
    config = next(of(run, "user_config"))
    assert_done(machine.run(*RESTORE, config["id"], "--yes", "--json"), "restore")
    assert machine.user_config.read_bytes() == content
    assert not machine.state_file.exists()
    assert not (machine.own_folder / "journal.json").exists()
    set_up_again = gone == "uninstalled"  # what comes back is a set-up without its record
    assert machine.run("status", "--fast").exit_code == (3 if set_up_again else 5)
    assert machine.run(*APPLY).exit_code == 0


def test_a_project_s_file_is_brought_back(make_sandbox: MakeSandbox) -> None:
    """Its copy lies apart from the user's own, in the backups and never in the project."""
    machine = make_sandbox()
    machine.project_config.parent.mkdir()
    machine.project_config.write_bytes(ORIGINAL)
    machine.project_config.chmod(0o664)
    arguments = ("apply", "--scope", "project", "--yes", "--json")
    run = run_of(machine, *arguments, cwd=machine.project, key=CANARY_KEY)
    kept = next(of(run, "project_config"))
    copies = [path.name for path in (machine.backups / "project-config").iterdir()]
    assert [name.partition("-")[2] for name in copies] == ["mimocode.json"]
    assert_done(machine.run(*RESTORE, kept["id"], "--yes", "--json"), "restore")
    assert (machine.project_config.read_bytes(), mode(machine.project_config)) == (ORIGINAL, 0o664)
    assert machine.run("status", "--fast", cwd=machine.project).exit_code == 3
    assert [path.name for path in machine.project_config.parent.iterdir() if path.suffix == ".json"] == [
        "mimocode.json"
    ]


@pytest.mark.standin
def test_a_file_that_was_removed_is_brought_back_with_its_folder(make_sandbox: MakeSandbox) -> None:
    """Uninstall took a project's file with its folder; both can be had again."""
    machine = make_sandbox()
    arguments = ("apply", "--scope", "project", "--yes", "--json")
    assert machine.run(*arguments, cwd=machine.project, key=CANARY_KEY).exit_code == 0
    content = machine.project_config.read_bytes()
    run = run_of(machine, "uninstall", "--yes", "--json")
    assert not machine.project_config.parent.exists()
    kept = next(of(run, "project_config"))
    assert_done(machine.run(*RESTORE, kept["id"], "--yes", "--json"), "restore")
    assert machine.project_config.read_bytes() == content


@pytest.mark.standin
def test_a_dry_run_shows_and_does_nothing(make_sandbox: MakeSandbox) -> None:
    """The same rows as the restore behind it, sizes instead of contents, and what to type."""
    machine = with_config(make_sandbox())
    config = next(of(run_of(machine, *APPLY, key=CANARY_KEY), "user_config"))
    now = machine.user_config.stat().st_size
    before = users_files(machine)
    foretold = machine.run(*RESTORE, config["id"], "--dry-run", "--json")
    assert foretold.exit_code == 0
    assert foretold.report is not None
    assert foretold.report["outcome"] == "changes"
    assert foretold.report["next_command"] == f"mimo-code-setup backups restore {config['id']}"
    ((row),) = foretold.report["changes"]
    assert (row["before"], row["after"]) == (f"{now} bytes", f"{len(ORIGINAL)} bytes")
    assert left_alone(machine, before)
    done = machine.run(*RESTORE, config["id"], "--yes", "--json")
    assert done.report is not None
    assert done.report["changes"] == foretold.report["changes"]


@pytest.mark.standin
def test_nothing_is_brought_back_that_nobody_agreed_to(make_sandbox: MakeSandbox) -> None:
    """Without a terminal and without --yes it stops."""
    machine = with_config(make_sandbox())
    run = run_of(machine, *APPLY, key=CANARY_KEY)
    before = users_files(machine)
    refusal(machine.run(*RESTORE, whole(run), "--json"), "not_confirmed")
    assert left_alone(machine, before)


# Edits since


def test_edits_since_are_not_given_up_untold(make_sandbox: MakeSandbox) -> None:
    """It stops and names the file; with --discard-edits it goes on, and a copy of the edits is kept."""
    machine = with_config(make_sandbox())
    config = next(of(run_of(machine, *APPLY, key=CANARY_KEY), "user_config"))
    edited = machine.user_config.read_bytes().replace(b"Ollama (local)", b"Ollama (mine)")
    machine.user_config.write_bytes(edited)
    before = users_files(machine)
    blocker = refusal(machine.run(*RESTORE, config["id"], "--yes", "--json"), "edits_would_be_lost")
    assert blocker["location"]["file"] == str(machine.user_config)
    assert left_alone(machine, before)
    known = {one["id"] for one in listed(machine)}
    done = machine.run(*RESTORE, config["id"], "--discard-edits", "--yes", "--json")
    assert_done(done, "restore")
    assert machine.user_config.read_bytes() == ORIGINAL
    (back,) = [one for one in listed(machine) if one["id"] not in known]
    assert (back["command"], back["restorable"]) == ("restore", True)
    assert_done(machine.run(*RESTORE, back["id"], "--yes", "--json"), "restore")
    assert machine.user_config.read_bytes() == edited


@pytest.mark.standin
def test_a_restore_is_undone_by_another(make_sandbox: MakeSandbox) -> None:
    """Back and forth without a loss: each restore is a run in the list, and nothing counts as an edit."""
    machine = with_config(make_sandbox())
    config = next(of(run_of(machine, *APPLY, key=CANARY_KEY), "user_config"))
    set_up = machine.user_config.read_bytes()
    identifier = config["id"]
    for content in (ORIGINAL, set_up, ORIGINAL):
        (back,) = run_of(machine, *RESTORE, identifier, "--yes", "--json")
        assert machine.user_config.read_bytes() == content
        identifier = back["id"]
    assert machine.run(*RESTORE, identifier, "--yes").exit_code == 0
    assert machine.run("status", "--fast").exit_code == 0


@pytest.mark.standin
def test_what_a_backup_holds_is_no_loss(make_sandbox: MakeSandbox) -> None:
    """A file that holds what some earlier run replaced can be replaced: there is a copy of that already."""
    machine = with_config(make_sandbox())
    first = run_of(machine, *APPLY, key=CANARY_KEY)
    second = run_of(machine, *APPLY, "--model", QWEN)
    machine.user_config.write_bytes(ORIGINAL)
    config = next(of(second, "user_config"))
    assert_done(machine.run(*RESTORE, config["id"], "--yes", "--json"), "restore")
    assert read(machine.user_config)["model"] == ref(KIMI)
    assert first


# Refusals


@pytest.mark.standin
@pytest.mark.parametrize("which", ["run", "key"])
def test_no_config_is_left_that_refers_to_a_missing_key(make_sandbox: MakeSandbox, which: str) -> None:
    """MiMoCode would not start: neither a config comes back without its key, nor does its key go."""
    machine = with_config(make_sandbox())
    run = run_of(machine, *APPLY, key=CANARY_KEY)
    identifier = next(of(run, "key_file"))["id"]
    if which == "run":
        identifier = next(of(run_of(machine, "uninstall", "--yes", "--json"), "user_config"))["id"]
    before = users_files(machine)
    blocker = refusal(machine.run(*RESTORE, identifier, "--yes", "--json"), "key_file_missing")
    assert blocker["location"]["file"] == str(machine.user_config)
    assert left_alone(machine, before)


@pytest.mark.standin
def test_a_key_that_was_not_kept_does_not_come_back(make_sandbox: MakeSandbox) -> None:
    """Of the key that an uninstall removes there is no copy; the run as a whole is refused for it."""
    machine = with_config(make_sandbox())
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    run = run_of(machine, "uninstall", "--yes", "--json")
    before = users_files(machine)
    for identifier in (whole(run), next(of(run, "key_file"))["id"]):
        refusal(machine.run(*RESTORE, identifier, "--yes", "--json"), "backup_not_found")
    assert left_alone(machine, before)


@pytest.mark.standin
@pytest.mark.parametrize(
    "strange", ["nope", "", ".", ".1", "../install-state", "{run}.0", "{run}.99", "{run}.x"]
)
def test_an_unknown_id_is_refused(make_sandbox: MakeSandbox, strange: str) -> None:
    """With the command that shows those that there are."""
    machine = make_sandbox()
    run = run_of(machine, *APPLY, key=CANARY_KEY)
    before = users_files(machine)
    result = machine.run(*RESTORE, strange.format(run=whole(run)), "--yes", "--json")
    blocker = refusal(result, "backup_not_found")
    assert "backups list" in blocker["remedy"]
    assert left_alone(machine, before)


@pytest.mark.standin
def test_a_copy_that_somebody_removed_cannot_be_brought_back(make_sandbox: MakeSandbox) -> None:
    """The list says so beforehand."""
    machine = with_config(make_sandbox())
    config = next(of(run_of(machine, *APPLY, key=CANARY_KEY), "user_config"))
    for copy in machine.backups.glob("*-mimocode.jsonc"):
        copy.unlink()
    assert [one["restorable"] for one in listed(machine) if one["id"] == config["id"]] == [False]
    refusal(machine.run(*RESTORE, config["id"], "--yes", "--json"), "backup_not_found")


@pytest.mark.standin
def test_another_installer_s_state_is_kept_and_not_brought_back(make_sandbox: MakeSandbox) -> None:
    """It is listed, so that one knows of it; putting it back over ours would end our set-up."""
    machine = make_sandbox()
    machine.own_folder.mkdir(parents=True, mode=0o700)
    theirs = {
        "globalConfigTarget": str(machine.user_config),
        "installerVersion": "1.0.0",
        "mimoCodeVersion": "0.1.0",
        "scope": "user",
        "selectedModelKey": "kimi",
        "lastDurableSetupAt": "2026-06-11T00:00:00Z",
        "providerPackage": "@ai-sdk/openai-compatible",
        "transport": "chat_completions",
    }
    machine.state_file.write_text(json.dumps(theirs))
    run = run_of(machine, *APPLY, key=CANARY_KEY)
    state = next(of(run, "state"))
    assert (state["existed"], state["restorable"]) == (True, False)
    assert [json.loads(path.read_bytes()) for path in machine.backups.glob("*-install-state.json")] == [
        theirs
    ]
    refusal(machine.run(*RESTORE, state["id"], "--yes", "--json"), "backup_not_found")


# Killed runs


def test_a_run_that_was_killed_is_recovered_first(make_sandbox: MakeSandbox) -> None:
    """The list only tells of it; restoring brings it to its end, and then does what it was asked to."""
    machine = with_config(make_sandbox())
    config = next(of(run_of(machine, *APPLY, key=CANARY_KEY), "user_config"))
    killed(machine, "apply", "--model", QWEN, "--yes")
    before = users_files(machine)
    report = machine.run(*LIST).report
    assert report is not None
    assert "did not end" in report["warnings"][0]["message"]
    assert config["id"] in {one["id"] for one in report["backups"]}
    assert left_alone(machine, before)
    done = machine.run(*RESTORE, config["id"], "--yes", "--json")
    assert_done(done, "restore")
    assert done.report is not None
    assert "brought to its end" in done.report["warnings"][0]["message"]
    assert machine.user_config.read_bytes() == ORIGINAL
    assert not (machine.own_folder / "journal.json").exists()


# How much is kept


@pytest.mark.standin
def test_the_last_runs_are_kept_and_what_uninstall_needs(make_sandbox: MakeSandbox) -> None:
    """After many runs there are as many records as the limit says; leaving still gives everything back."""
    machine = with_config(make_sandbox())
    config = next(of(run_of(machine, *APPLY, key=CANARY_KEY), "user_config"))
    world = in_process(machine)
    identifier = config["id"].partition(".")[0]
    for _ in range(LIMIT + 5):
        known = {one["id"] for one in recorded(machine)}
        options = RestoreOptions(yes=True, discard_edits=True)
        report = restore(world, f"{identifier}.{number_of(machine, identifier)}", options)
        assert report.outcome is Outcome.APPLIED, report.blockers
        (identifier,) = (one["id"] for one in recorded(machine) if one["id"] not in known)
    assert len(recorded(machine)) == LIMIT
    assert all(one["restorable"] for one in listed(machine))
    assert machine.run("apply", "--yes").exit_code == 0
    assert len(recorded(machine)) <= LIMIT
    assert machine.run("uninstall", "--yes").exit_code == 0
    assert (machine.user_config.read_bytes(), mode(machine.user_config)) == (ORIGINAL, 0o640)


@pytest.mark.standin
def test_what_a_run_replaces_is_kept_though_an_old_copy_of_it_was_about_to_go(
    make_sandbox: MakeSandbox,
) -> None:
    """The content that a run replaces may be the very one whose old record goes with that run."""
    machine = with_config(make_sandbox())
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    later_runs(machine, LIMIT - 1)
    machine.user_config.write_bytes(ORIGINAL)
    config = next(of(run_of(machine, *APPLY), "user_config"))
    assert config["restorable"]
    assert_done(machine.run(*RESTORE, config["id"], "--yes", "--json"), "restore")
    assert machine.user_config.read_bytes() == ORIGINAL


@pytest.mark.standin
def test_a_secret_that_stood_in_a_config_is_given_back_after_many_runs(make_sandbox: MakeSandbox) -> None:
    """The state only refers to the copy that holds it, so the copy outlives its record."""
    machine = make_sandbox()
    machine.mimo_config_folder.mkdir(parents=True)
    own = b'{"provider": {"gonkagate": {"options": {"apiKey": "gp-typed-in-by-hand"}}}}\n'
    machine.user_config.write_bytes(own)
    first = run_of(machine, *APPLY, key=CANARY_KEY)
    later_runs(machine, LIMIT + 5)
    assert machine.run("apply", "--model", QWEN, "--yes").exit_code == 0
    assert whole(first) not in {one["id"] for one in recorded(machine)}
    assert b"gp-typed-in-by-hand" not in machine.state_file.read_bytes()
    assert machine.run("uninstall", "--yes").exit_code == 0
    assert machine.user_config.read_bytes() == own


@pytest.mark.standin
def test_a_file_that_somebody_put_among_the_backups_stays(make_sandbox: MakeSandbox) -> None:
    """Neither runs nor leaving take it away, and no list names it."""
    machine = with_config(make_sandbox())
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    own = machine.backups / "notes.json"
    own.write_text('{"mine": true}')
    assert len(listed(machine)) == 2
    assert machine.run("apply", "--model", QWEN, "--yes").exit_code == 0
    assert machine.run("uninstall", "--yes").exit_code == 0
    assert own.read_text() == '{"mine": true}'


def with_config(machine: Sandbox) -> Sandbox:
    """Put down a user's config with comments."""
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_bytes(ORIGINAL)
    machine.user_config.chmod(0o640)
    return machine


def run_of(machine: Sandbox, *arguments: str, **more: Any) -> list[Kept]:  # noqa: ANN401 - how to run
    """Run a command that must succeed; return what the list says of it."""
    known = {one["id"] for one in recorded(machine)}
    result = machine.run(*arguments, **more)
    assert result.exit_code == 0, result.stdout + result.stderr
    return [one for one in listed(machine) if one["id"].partition(".")[0] not in known]


def listed(machine: Sandbox) -> list[Kept]:
    """Return what `backups list` says."""
    report = machine.run(*LIST).report
    assert report is not None
    assert report["ok"], report
    found: list[Kept] = report["backups"]
    return found


def told(run: list[Kept]) -> list[tuple[object, ...]]:
    """Return what is said of each file of a run, less what is another one each time."""
    return [
        tuple(one[name] for name in ("command", "resource", "file", "existed", "restorable")) for one in run
    ]


def of(run: list[Kept], resource: str) -> Iterator[Kept]:
    """Give the files of a run that are of one kind."""
    return (one for one in run if one["resource"] == resource)


def whole(run: list[Kept]) -> str:
    """Return the ID of a run as a whole."""
    (identifier,) = {one["id"].partition(".")[0] for one in run}
    return str(identifier)


def mode(path: Path) -> int:
    """Return a file's permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def assert_done(result: Result, *actions: str) -> None:
    """Check that files were brought back, and how."""
    assert result.report is not None, result.stderr
    assert (result.exit_code, result.report["outcome"]) == (0, "applied"), result.stdout
    assert tuple(row["action"] for row in result.report["changes"]) == actions


def killed(machine: Sandbox, *arguments: str) -> None:
    """Kill a run with SIGKILL at the moment in which it has written and asks MiMoCode about it."""
    wrap_mimo(machine, KILL_WHO_ASKED, when="'--pure debug config' | 'models gonkagate'")
    process = machine.start(*arguments)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    wait_until_quiet(machine)
    unwrap_mimo(machine)
    assert (machine.own_folder / "journal.json").exists(), "it was killed half-way"


def in_process(machine: Sandbox) -> World:
    """Give a world for commands that start nothing; each look at its clock is a second later."""
    seconds = itertools.count()
    begin = datetime(2099, 1, 1, tzinfo=UTC)
    environment = {"HOME": str(machine.home)}
    return World(
        environment, machine.outside, now=lambda: begin + timedelta(seconds=next(seconds)), stdin=None
    )


def later_runs(machine: Sandbox, count: int) -> None:
    """Put down records of runs that are younger than all others, and replaced nothing."""
    store = Store(machine.own_folder)
    for number in range(count):
        younger = Record(FORMAT, f"younger{number}", f"2099-01-01T00:00:{number:02}Z", "apply", "s", ())
        record_path(store, younger.transaction).write_bytes(younger.to_bytes())


def recorded(machine: Sandbox) -> list[dict[str, Any]]:
    """Return the records as they lie on the disk."""
    return [
        {"id": path.stem, **json.loads(path.read_bytes())}
        for path in machine.backups.glob("*.json")
        if "-" not in path.name
    ]


def number_of(machine: Sandbox, transaction: str) -> int:
    """Return the number of the user's config among a transaction's files."""
    (record,) = (one for one in recorded(machine) if one["id"] == transaction)
    return 1 + [one["role"] for one in record["files"]].index("user_config")
