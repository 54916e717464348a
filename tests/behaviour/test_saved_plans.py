"""`plan --out` and `apply FILE`: exactly the plan that was saved is carried out, once, or nothing is."""

import hashlib
import json
import os
import shutil
import signal
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from fixtures.canary import CANARY_KEY, CANARY_KEY_2, CANARY_MARK
from reconciler.commands.apply_saved import apply_saved
from reconciler.commands.report import Outcome, Report
from reconciler.commands.world import World
from reconciler.engine.files import LocalFiles
from reconciler.gonkagate.key import Key
from tests.behaviour.conftest import Machines
from tests.conftest import MakeSandbox
from tests.support.cases import sampled
from tests.support.documents import CONFIGS, KIMI, MODEL, PROVIDER, QWEN, place, read, ref
from tests.support.files import WatchedDisk
from tests.support.pictures import left_alone, own_files, users_files
from tests.support.refusals import refusal
from tests.support.sandbox import Result, Sandbox, make_git_by_hand
from tests.support.shims import KILL_WHO_ASKED, unwrap_mimo, wait_until_quiet, wrap_mimo
from tests.support.snapshots import Snapshot, untouched
from tests.support.switches import some

ORIGINAL: Final = (CONFIGS / "comments.jsonc").read_bytes()
USER: Final = ("--scope", "user")
APPLY: Final = ("apply", *USER, "--yes", "--json")


@pytest.fixture(scope="module", name="saved")
def _saved(machines: Machines) -> tuple[Sandbox, bytes]:
    """Save a plan once, for tests in which nothing comes of it."""
    machine = with_config(machines("saved"))
    assert save(machine).exit_code == 0
    return machine, plan_of(machine).read_bytes()


@pytest.fixture(name="keeper")
def _keeper(saved: tuple[Sandbox, bytes]) -> Iterator[Sandbox]:
    """Lend a machine on which nothing is but a config and a saved plan."""
    machine, data = saved
    shutil.rmtree(machine.outside)
    machine.outside.mkdir()
    plan_of(machine).write_bytes(data)
    plan_of(machine).chmod(0o600)
    yield machine
    assert own_files(machine) == []


def test_a_saved_plan_does_what_apply_alone_would_do(make_sandbox: MakeSandbox) -> None:
    """The same files with the same modes; the rows shown, saved and carried out are the same."""
    one, other = with_config(make_sandbox("one")), with_config(make_sandbox("other"))
    assert one.run(*APPLY, key=CANARY_KEY).exit_code == 0
    shown = save(other)
    assert own_files(other) == [], "planning leaves nothing but the plan"
    done = other.run("apply", str(plan_of(other)), "--json", key=CANARY_KEY)
    assert done.report is not None
    assert (done.exit_code, done.report["outcome"]) == (0, "applied"), done.stdout
    assert shown.report is not None
    assert done.report["changes"] == shown.report["changes"]
    assert done.report["verification"]["durable"] == "passed"
    assert lasting(one) == lasting(other)
    for machine in (one, other):
        assert machine.run("uninstall", "--yes").exit_code == 0
        assert machine.user_config.read_bytes() == ORIGINAL


def test_the_file_is_its_owner_s_alone_and_holds_no_secret(machine: Sandbox) -> None:
    """Whatever the umask is; neither keys nor contents, nor a hash of them that could be tried out."""
    machine.user_config.write_text(
        '{"provider": {"gonkagate": {"options": {"apiKey": "gp-typed-in-by-hand"}}}}'
    )
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    before = os.umask(0)
    try:
        assert save(machine, key=CANARY_KEY_2).codes == []
    finally:
        os.umask(before)
    assert stat.S_IMODE(plan_of(machine).stat().st_mode) == 0o600
    data = plan_of(machine).read_bytes()
    assert CANARY_MARK.encode() not in data
    assert b"gp-" not in data
    secrets = [CANARY_KEY.encode(), CANARY_KEY_2.encode(), machine.key_file.read_bytes()]
    for secret in (*secrets, machine.user_config.read_bytes(), machine.state_file.read_bytes()):
        for hashed in (hashlib.sha256(secret), hashlib.blake2b(secret, digest_size=32), hashlib.sha1(secret)):  # noqa: S324 - what a leak could look like
            assert hashed.hexdigest().encode() not in data


@pytest.mark.standin
def test_the_command_to_type_is_named_and_works_from_anywhere(machine: Sandbox) -> None:
    """The file's whole path, quoted; a relative one is taken from the folder of the run."""
    folder = machine.outside / "my plans"
    folder.mkdir()
    shown = machine.run("plan", *USER, "--out", "a plan.json", "--cwd", str(folder), "--json", key=CANARY_KEY)
    assert shown.report is not None
    assert shown.report["next_command"] == f"mimo-code-setup apply '{folder}/a plan.json'"
    assert "the plan was saved" in shown.stderr
    people = machine.run("plan", *USER, "--out", "a plan.json", "--cwd", str(folder), key=CANARY_KEY)
    assert f"the plan was saved: {folder}/a plan.json" in people.stdout
    done = machine.run("apply", "../outside/my plans/a plan.json", cwd=machine.project, key=CANARY_KEY)
    assert done.exit_code == 0, done.stdout
    assert read(machine.user_config)["model"] == ref(KIMI)


def test_a_project_s_plan_is_carried_out_there(machine: Sandbox) -> None:
    """In the folder that it was made in, wherever one stands, and with what was chosen then."""
    arguments = ("plan", "--scope", "project", "--model", QWEN, "--out", str(plan_of(machine)), "--json")
    assert machine.run(*arguments, cwd=machine.project, key=CANARY_KEY).exit_code == 0
    done = machine.run("apply", str(plan_of(machine)), "--json", stdin=CANARY_KEY)
    refusal(done, "api_key_missing")
    done = machine.run("apply", str(plan_of(machine)), "--api-key-stdin", "--json", stdin=CANARY_KEY)
    assert done.report is not None
    assert (done.exit_code, done.report["scope"], done.report["model_ref"]) == (0, "project", ref(QWEN))
    assert read(machine.project_config)["model"] == ref(QWEN)
    assert "model" not in read(machine.user_config) or read(machine.user_config)["model"] != ref(QWEN)


@pytest.mark.standin
def test_a_plan_without_changes_may_be_carried_out_again(machine: Sandbox) -> None:
    """It commits nothing, so it is not used up: it says that nothing is to be done, as long as that is so."""
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    shown = save(machine, key=None)
    assert shown.report is not None
    assert (shown.report["outcome"], shown.report["next_command"]) == ("no_changes", "mimo")
    before = users_files(machine)
    for _ in range(2):
        done = machine.run("apply", str(plan_of(machine)), "--json")
        assert done.report is not None
        assert (done.exit_code, done.report["outcome"]) == (0, "no_changes")
    assert left_alone(machine, before)
    machine.user_config.write_text(machine.user_config.read_text().replace(ref(KIMI), ref(QWEN), 1))
    before = users_files(machine)
    refusal(machine.run("apply", str(plan_of(machine)), "--json"), "plan_stale")
    assert left_alone(machine, before)


# Ways to go stale


@attrs.frozen
class Way:
    """What happens between saving a plan and carrying it out, and what is said of it then."""

    act: Callable[[Sandbox], None]
    says: str
    where: Callable[[Sandbox], Path] | None = None
    set_up: bool = False
    """Whether something was set up before the plan, so that the plan changes that."""
    how: Callable[[Sandbox], dict[str, Any]] = lambda _: {}


def edit_another_key(machine: Sandbox) -> None:
    """Change what the plan has nothing to do with."""
    machine.user_config.write_bytes(machine.user_config.read_bytes().replace(b"Ollama (local)", b"Ollama"))


def change_mode(machine: Sandbox) -> None:
    """Let the group write."""
    machine.user_config.chmod(0o664)


def remove_config(machine: Sandbox) -> None:
    """Take the config away."""
    machine.user_config.unlink()


def make_it_a_link(machine: Sandbox) -> None:
    """Put the config elsewhere, with a link in its place."""
    target = machine.home / "dotfiles.jsonc"
    machine.user_config.rename(target)
    machine.user_config.symlink_to(target)


def create_project_config(machine: Sandbox) -> None:
    """Give the folder of the plan a config of its own."""
    folder = machine.outside / ".mimocode"
    folder.mkdir()
    (folder / "mimocode.json").write_text('{"$schema": "https://example.com/s", "model": "acme/x"}')


def become_a_repository(machine: Sandbox) -> None:
    """Make a git work tree of the folder."""
    make_git_by_hand(machine.outside)


def belong_to_a_repository(machine: Sandbox) -> None:
    """Make a git work tree of what lies above the folder."""
    make_git_by_hand(machine.root)


def change_catalog(machine: Sandbox) -> None:
    """Let the gateway list less and other things."""
    machine.gateway.catalog = {"object": "list", "data": [{"id": KIMI, "name": "Kimi"}, {"id": QWEN}]}


def another_apply(machine: Sandbox) -> None:
    """Set up something else."""
    assert machine.run(*APPLY, "--small-model", QWEN, key=CANARY_KEY).exit_code == 0


def another_lineage(machine: Sandbox) -> None:
    """Put down the state of another life."""
    state = json.loads(machine.state_file.read_bytes())
    machine.state_file.write_text(json.dumps({**state, "lineage": "f" * 32}))


def older_state(machine: Sandbox) -> None:
    """Bring an old state file back from somewhere."""
    state = json.loads(machine.state_file.read_bytes())
    machine.state_file.write_text(json.dumps({**state, "serial": 0, "transaction": "0" * 16}))


def touched_up_state(machine: Sandbox) -> None:
    """Write something else into the state, behind the program's back."""
    state = json.loads(machine.state_file.read_bytes())
    machine.state_file.write_text(json.dumps({**state, "last_durable_setup_at": "2026-01-01T00:00:00Z"}))


def lose_state(machine: Sandbox) -> None:
    """Remove the state."""
    machine.state_file.unlink()


def rotate_key(machine: Sandbox) -> None:
    """Write another key into the key file."""
    machine.key_file.write_text(CANARY_KEY_2)


def open_key(machine: Sandbox) -> None:
    """Let everybody read the key."""
    machine.key_file.chmod(0o644)


def carry_out(machine: Sandbox) -> None:
    """Carry the very plan out."""
    assert machine.run("apply", str(plan_of(machine)), "--json", key=CANARY_KEY).exit_code == 0


def carry_out_and_leave(machine: Sandbox) -> None:
    """Carry it out and uninstall, so that everything is as it was when it was made."""
    carry_out(machine)
    assert machine.run("uninstall", "--yes").exit_code == 0


def carry_out_a_copy(machine: Sandbox) -> None:
    """Carry it out, and put a copy of it in its place."""
    copy = machine.outside / "copy.json"
    shutil.copyfile(plan_of(machine), copy)
    carry_out(machine)
    copy.rename(plan_of(machine))


def other_mimo(machine: Sandbox) -> dict[str, Any]:
    """Find another `mimo` first."""
    folder = machine.root / "bin2"
    folder.mkdir()
    shutil.copyfile(machine.bin / "mimo", folder / "mimo")
    (folder / "mimo").chmod(0o755)
    return {"env": {"PATH": f"{folder}{os.pathsep}{machine.environment()['PATH']}"}}


def other_config_folder(machine: Sandbox) -> dict[str, Any]:
    """Let MiMoCode look elsewhere for its configuration."""
    (machine.home / "else" / "mimocode").mkdir(parents=True)
    return {"env": {"XDG_CONFIG_HOME": str(machine.home / "else")}}


def other_home(machine: Sandbox) -> dict[str, Any]:
    """Come as somebody else."""
    (machine.root / "home2").mkdir()
    return {"env": {"HOME": str(machine.root / "home2")}}


def nothing(machine: Sandbox) -> None:
    """Leave everything as it is."""


WAYS: Final = {
    "a config's other key": Way(edit_another_key, "this file was changed", lambda m: m.user_config),
    "its mode": Way(change_mode, "mode 0640 when the plan was saved, and has 0664", lambda m: m.user_config),
    "config gone": Way(remove_config, "this file is gone", lambda m: m.user_config),
    "config behind a link": Way(make_it_a_link, "this name led to", lambda m: m.user_config),
    "config in another folder": Way(nothing, "another folder", how=other_config_folder),
    "project config created": Way(
        create_project_config, "came to be", lambda m: m.outside / ".mimocode" / "mimocode.json"
    ),
    "folder became a repository": Way(become_a_repository, "git work tree", lambda m: m.outside),
    "folder in a repository": Way(belong_to_a_repository, "belongs to another one", lambda m: m.root),
    "another key given": Way(nothing, "another key", how=lambda _: {"key": CANARY_KEY_2}),
    "catalog": Way(change_catalog, "GonkaGate's catalog is another one", lambda m: m.user_config),
    "MiMoCode's version": Way(
        nothing,
        "made for MiMoCode 0.1.15, and 0.1.0 is there",
        how=lambda _: {"env": {"MIMO_STANDIN_VERSION": "0.1.0"}},
    ),
    "another mimo": Way(nothing, "another `mimo`", lambda m: m.root / "bin2" / "mimo", how=other_mimo),
    "another home": Way(nothing, "another home", lambda m: m.root / "home2", how=other_home),
    "set up meanwhile": Way(another_apply, "something was set up", lambda m: m.state_file),
    "carried out": Way(carry_out, "carried out already"),
    "a copy of it carried out": Way(carry_out_a_copy, "carried out already"),
    "carried out and uninstalled": Way(carry_out_and_leave, "carried out already"),
    "changed by another apply": Way(
        another_apply, "another run changed the set-up", lambda m: m.state_file, set_up=True
    ),
    "another lineage": Way(another_lineage, "another set-up", lambda m: m.state_file, set_up=True),
    "an older state": Way(older_state, "is not the one", lambda m: m.state_file, set_up=True),
    "a state touched up": Way(touched_up_state, "this file was changed", lambda m: m.state_file, set_up=True),
    "state removed": Way(lose_state, "no longer recorded", lambda m: m.state_file, set_up=True),
    "key rotated": Way(
        rotate_key,
        "the stored key was changed",
        lambda m: m.key_file,
        set_up=True,
        how=lambda _: {"key": None},
    ),
    "the key's mode": Way(open_key, "mode 0600", lambda m: m.key_file, set_up=True),
}
REAL: Final = {"carried out", "changed by another apply"}


@pytest.mark.parametrize("name", sampled(WAYS, REAL))
def test_a_plan_from_which_something_moved_is_refused(machine: Sandbox, name: str) -> None:
    """With what moved and where, and nothing is written."""
    way = WAYS[name]
    machine.user_config.chmod(0o640)
    if way.set_up:
        assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    assert save(machine, "--model", QWEN).exit_code == 0
    way.act(machine)
    how = {"key": CANARY_KEY, **way.how(machine)}
    before = users_files(machine)
    blocker = refusal(machine.run("apply", str(plan_of(machine)), "--yes", "--json", **how), "plan_stale")
    assert way.says in blocker["message"]
    assert "plan --out" in blocker["remedy"] or "save a new plan" in blocker["remedy"]
    if way.where is not None:
        assert blocker["location"]["file"] == str(way.where(machine))
    assert left_alone(machine, before)


@pytest.mark.standin
def test_the_key_that_moved_is_named_with_its_place(machine: Sandbox) -> None:
    """Where it is one that the plan is about: dotted, with file, line and column; for people as well."""
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    save(machine, "--model", QWEN)
    text = machine.user_config.read_text()
    machine.user_config.write_text(text.replace("https://api.gonkagate.com/v1", "https://example.com/v1"))
    before = users_files(machine)
    blocker = refusal(machine.run("apply", str(plan_of(machine)), "--json"), "plan_stale")
    assert blocker["message"] == (
        "this file was changed since the plan was saved: provider.gonkagate.options.baseURL"
    )
    assert blocker["location"] == place(machine.user_config, (*PROVIDER, "options", "baseURL"))
    assert "provider.gonkagate.options.baseURL" in machine.run("apply", str(plan_of(machine))).stdout
    machine.user_config.write_text(text.replace(f'"model": "{ref(KIMI)}"', '"model": "acme/x"', 1))
    blocker = refusal(machine.run("apply", str(plan_of(machine)), "--json"), "plan_stale")
    assert blocker["location"] == place(machine.user_config, MODEL)
    machine.user_config.write_text(text)
    assert left_alone_but(machine, before, "home/.config/mimocode/mimocode.jsonc")
    assert machine.run("apply", str(plan_of(machine))).exit_code == 0, "it is as it was again"


@pytest.mark.standin
def test_another_document_that_is_left_counts_as_well(machine: Sandbox) -> None:
    """A config that was set up and lies aside now gives its keys back; edited since, it is named."""
    assert machine.run(*APPLY, key=CANARY_KEY).exit_code == 0
    moved = {"XDG_CONFIG_HOME": str(machine.home / "else")}
    assert save(machine, env=moved).exit_code == 0
    edit_another_key(machine)
    before = users_files(machine)
    result = machine.run("apply", str(plan_of(machine)), "--json", env=moved)
    assert refusal(result, "plan_stale")["location"]["file"] == str(machine.user_config)
    assert left_alone(machine, before)


@pytest.mark.standin
def test_a_folder_that_is_gone_makes_it_stale(machine: Sandbox) -> None:
    """And is not made again."""
    folder = machine.outside / "here"
    folder.mkdir()
    assert save(machine, "--cwd", str(folder)).exit_code == 0
    folder.rmdir()
    before = users_files(machine)
    result = machine.run("apply", str(plan_of(machine)), "--json", key=CANARY_KEY)
    assert refusal(result, "plan_stale")["location"]["file"] == str(folder)
    assert left_alone(machine, before)


@pytest.mark.standin
def test_a_run_that_was_killed_is_recovered_first(machine: Sandbox) -> None:
    """The plan is judged against what recovery left: as it was before that run, so it is carried out."""
    save(machine)
    wrap_mimo(machine, KILL_WHO_ASKED, when="'--pure debug config' | 'models gonkagate'")
    process = machine.start(*APPLY, env={"GONKAGATE_API_KEY": CANARY_KEY})
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    wait_until_quiet(machine)
    unwrap_mimo(machine)
    assert (machine.own_folder / "journal.json").exists()
    done = machine.run("apply", str(plan_of(machine)), "--json", key=CANARY_KEY)
    assert done.report is not None
    assert (done.exit_code, done.report["outcome"]) == (0, "applied"), done.stdout
    assert "brought to its end" in " ".join(one["message"] for one in done.report["warnings"])


@pytest.mark.standin
def test_a_run_that_was_undone_leaves_the_plan_as_good_as_it_was(machine: Sandbox) -> None:
    """Where MiMoCode did not resolve it, nothing was committed: the same plan may be tried again."""
    save(machine)
    wrap_mimo(machine, "exit 1", when="'--pure debug config'")
    before = machine.user_config.read_bytes()
    failed = machine.run("apply", str(plan_of(machine)), "--json", key=CANARY_KEY)
    assert failed.exit_code == 1
    assert "plan_stale" not in failed.codes
    assert machine.user_config.read_bytes() == before
    unwrap_mimo(machine)
    assert machine.run("apply", str(plan_of(machine)), key=CANARY_KEY).exit_code == 0


@attrs.define
class Meanwhile(WatchedDisk):
    """A disk on which something happens in the instant in which the lock is about to be taken."""

    act: Callable[[], object] = lambda: None

    def about_to(self, call: str, path: Path) -> None:  # noqa: ARG002 - its place does not matter
        """Do it, once."""
        if call == "open_lock":
            act, self.act = self.act, lambda: None
            act()


@pytest.mark.standin
@pytest.mark.parametrize(
    ("act", "says"),
    [
        (edit_another_key, "this file was changed"),
        (change_mode, "has 0664 now"),
        (create_project_config, "came to be"),
        (another_apply, "something was set up"),
        (carry_out, "carried out already"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_everything_is_compared_again_under_the_lock(
    machine: Sandbox, act: Callable[[Sandbox], None], says: str
) -> None:
    """What moves between the first look and the lock is found; it is never planned anew."""
    machine.user_config.chmod(0o640)
    save(machine, "--model", QWEN)
    seen: list[Snapshot] = []

    def meanwhile() -> None:
        act(machine)
        seen.append(but_for_folders_of_ours(machine))

    report = in_process(machine, Meanwhile(act=meanwhile))
    assert report.outcome is Outcome.BLOCKED
    assert [str(blocker.code) for blocker in report.blockers] == ["plan_stale"]
    assert says in report.blockers[0].message
    assert untouched(seen[0], but_for_folders_of_ours(machine))


# Places for the file


@pytest.mark.standin
def test_an_older_plan_is_replaced(machine: Sandbox) -> None:
    """And only the newer one is carried out."""
    save(machine, "--model", QWEN)
    first = plan_of(machine).read_bytes()
    assert save(machine).exit_code == 0
    assert plan_of(machine).read_bytes() != first
    assert [path.name for path in machine.outside.iterdir()] == [plan_of(machine).name]
    assert machine.run("apply", str(plan_of(machine)), key=CANARY_KEY).exit_code == 0
    assert read(machine.user_config)["model"] == ref(KIMI)


def a_note(path: Path) -> None:
    """Put down a file of the user's."""
    path.write_text("buy milk")


def other_json(path: Path) -> None:
    """Put down JSON that is no plan."""
    path.write_text('{"kind": "shopping list", "format": 1}')


def a_link(path: Path) -> None:
    """Put down a link to a file that is not there."""
    path.symlink_to(path.with_name("elsewhere.json"))


@pytest.mark.standin
@pytest.mark.parametrize("lay", [a_note, other_json, a_link, Path.mkdir, os.mkfifo])
def test_nothing_else_is_overwritten(keeper: Sandbox, lay: Callable[[Path], None]) -> None:
    """The plan is shown, and not saved."""
    machine = keeper
    plan_of(machine).unlink()
    lay(plan_of(machine))
    before = users_files(machine)
    result = save(machine)
    assert refusal(result, "plan_file_in_the_way")["location"]["file"] == str(plan_of(machine))
    assert result.report is not None
    assert result.report["changes"] != []
    assert left_alone(machine, before)


@pytest.mark.standin
@pytest.mark.parametrize(
    "name",
    [
        "home/.gonkagate/mimo-code/journal.json",
        "home/.gonkagate/mimo-code/backups/plan.json",
        "home/.config/mimocode/plan.json",
        "outside/.mimocode/mimocode.json",
        "outside/mimocode.jsonc",
    ],
)
def test_it_is_not_saved_where_it_would_be_taken_for_something_else(keeper: Sandbox, name: str) -> None:
    """Neither among what is the program's own nor where MiMoCode looks for its configuration."""
    machine = keeper
    path = machine.root / name
    before = users_files(machine)
    result = machine.run("plan", *USER, "--out", str(path), "--json", key=CANARY_KEY)
    refusal(result, "plan_file_in_the_way")
    assert left_alone(machine, before)


@pytest.mark.standin
def test_a_folder_that_is_not_there_is_told(keeper: Sandbox) -> None:
    """It is not made."""
    machine = keeper
    before = users_files(machine)
    path = machine.outside / "no such folder" / "plan.json"
    result = machine.run("plan", *USER, "--out", str(path), "--json", key=CANARY_KEY)
    assert refusal(result, "write_failed")["location"]["file"] == str(path)
    assert left_alone(machine, before)


# Damaged plans


def spoiled(**parts: object) -> Callable[[Path], None]:
    """Write other values into a plan."""

    def spoil(path: Path) -> None:
        path.write_text(json.dumps({**json.loads(path.read_bytes()), **parts}))

    return spoil


def cut_off(path: Path) -> None:
    """Lose the end of it."""
    path.write_bytes(path.read_bytes()[:-200])


def replaced_by(data: bytes) -> Callable[[Path], None]:
    """Write something else altogether."""
    return lambda path: (path.write_bytes(data), None)[1]


def behind_a_link(path: Path) -> None:
    """Put it elsewhere, with a link in its place."""
    path.symlink_to(path.rename(path.with_name("real.json")))


def instead(lay: Callable[[Path], None]) -> Callable[[Path], None]:
    """Put something that is no file in its place."""

    def put(path: Path) -> None:
        path.unlink()
        lay(path)

    return put


def leading_to_zero(path: Path) -> None:
    """Put down a link to what never ends."""
    path.symlink_to("/dev/zero")


DAMAGES: Final = {
    "cut off": cut_off,
    "empty": replaced_by(b""),
    "not JSON": replaced_by(b"\x00\xff{}"),
    "another JSON": replaced_by(b'{"kind": 1}'),
    "a list": replaced_by(b"[]"),
    "deep": replaced_by(b"[" * 100_000),
    "ten megabytes": replaced_by(b"[" + b"0," * 5_000_000 + b"0]"),
    "wrong types": spoiled(salt=3, basis={"files": "none"}),
    "a field too many": spoiled(more=1),
    "future format": spoiled(format=2),
    "no format": spoiled(format=None),
    "a salt of its own": spoiled(salt="../" * 30),
    "a transaction of its own": spoiled(transaction="../../notes"),
    "a folder without a beginning": spoiled(folder="here"),
    "a link": behind_a_link,
    "a folder": instead(Path.mkdir),
    "a pipe": instead(os.mkfifo),
    "endless": instead(leading_to_zero),
    "not there": instead(lambda _: None),
}


@pytest.mark.standin
@pytest.mark.parametrize("name", some(sorted(DAMAGES), 3))
def test_a_damaged_plan_is_refused(keeper: Sandbox, name: str) -> None:
    """As unreadable, with its file; nothing is started and nothing is written."""
    machine = keeper
    DAMAGES[name](plan_of(machine))
    calls, before = len(machine.calls()), users_files(machine)
    blocker = refusal(
        machine.run("apply", str(plan_of(machine)), "--json", key=CANARY_KEY), "plan_unreadable"
    )
    assert blocker["location"]["file"] == str(plan_of(machine))
    assert ("update this program" in blocker["remedy"]) == (name == "future format")
    assert len(blocker["message"]) < 500
    assert len(machine.calls()) == calls
    assert left_alone(machine, before)


@pytest.mark.standin
def test_a_device_is_not_read(keeper: Sandbox) -> None:
    """One that never ends is told from a file before anything is read of it."""
    refusal(keeper.run("apply", "/dev/zero", "--json", key=CANARY_KEY), "plan_unreadable")
    refusal(keeper.run("plan", "--out", "/dev/zero", "--json", key=CANARY_KEY), "plan_file_in_the_way")


@pytest.mark.standin
@pytest.mark.parametrize(
    "words",
    [("--scope", "user"), ("--model", KIMI), ("--small-model", KIMI), ("--cwd", "/"), ("another.json",)],
    ids=lambda words: words[0],
)
def test_a_saved_plan_and_a_selection_do_not_go_together(keeper: Sandbox, words: tuple[str, ...]) -> None:
    """The plan says what and where: anything else is wrong usage."""
    result = keeper.run("apply", "plan.json", *words, "--json")
    assert (result.exit_code, result.codes) == (64, ["usage"])
    assert result.report is not None
    assert result.report["command"] == "apply"


def with_config(machine: Sandbox) -> Sandbox:
    """Put down a user's config with comments."""
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_bytes(ORIGINAL)
    machine.user_config.chmod(0o640)
    return machine


def plan_of(machine: Sandbox) -> Path:
    """Name the file that this module's tests save plans in."""
    return machine.outside / "plan.json"


def save(
    machine: Sandbox, *more: str, key: str | None = CANARY_KEY, env: Mapping[str, str | None] | None = None
) -> Result:
    """Save a plan for user scope."""
    return machine.run("plan", *USER, *more, "--out", str(plan_of(machine)), "--json", key=key, env=env)


def lasting(machine: Sandbox) -> dict[str, tuple[int, bytes]]:
    """Return the user's config and the key file, with their modes, and how the state's documents look."""
    paths = (machine.user_config, machine.key_file)
    found = {path.name: (stat.S_IMODE(path.stat().st_mode), path.read_bytes()) for path in paths}
    state = json.loads(machine.state_file.read_bytes())
    documents = json.dumps(state["documents"]).replace(str(machine.root), "")
    found["state"] = (state["serial"], documents.encode())
    return found


def left_alone_but(machine: Sandbox, before: Snapshot, name: str) -> bool:
    """Return True when nothing but one file was touched; else raise."""
    now = {**users_files(machine), name: before[name]}
    assert now.keys() == before.keys()
    return all(now[one] == before[one] for one in now)


def but_for_folders_of_ours(machine: Sandbox) -> Snapshot:
    """Take a picture without the folder that is made for the lock, and goes with it."""
    made = ("home/.gonkagate", "home/.gonkagate/mimo-code")
    return {name: entry for name, entry in users_files(machine).items() if name not in made}


def in_process(machine: Sandbox, disk: WatchedDisk) -> Report:
    """Carry the saved plan out in this process, on a disk of ours, with the machine's own `mimo`."""
    catalog = machine.gateway.catalog

    def fetch(_: Key) -> bytes:
        assert isinstance(catalog, bytes)
        return catalog

    environment = machine.environment(GONKAGATE_API_KEY=CANARY_KEY)
    world = World(environment, machine.outside, LocalFiles(disk), fetch=fetch)
    return apply_saved(world, plan_of(machine))
