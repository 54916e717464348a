"""Runs that are held at a known moment while somebody else saves, waits, or interrupts them."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import pytest

from fixtures.canary import CANARY_KEY
from reconciler.engine.files import LocalFiles
from reconciler.engine.lock import locked
from reconciler.engine.problems import Stop
from reconciler.engine.store import Store
from tests.conftest import MakeSandbox
from tests.support.disks import refused
from tests.support.documents import CONFIGS, KIMI, QWEN, read, ref
from tests.support.pictures import left_alone, users_files
from tests.support.racing import (
    SLOW_RENAMES,
    held_open,
    openers,
    save_by_rename,
    stand_still,
    wait_until,
)
from tests.support.sandbox import Result, Sandbox, read_report
from tests.support.shims import unwrap_mimo, wait_until_quiet, wrap_mimo

CONFIG: Final = "'--pure debug config'"
MODELS: Final = "'models gonkagate'"
UNDONE: Final = ("config_changed_meanwhile", "rollback_incomplete")
ORIGINAL: Final = (CONFIGS / "other_provider.jsonc").read_bytes()
MINE: Final = "My own edit"


@pytest.fixture(autouse=True)
def _signals_as_in_a_terminal() -> None:
    """Let signals reach what the tests start, also where they were themselves started in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(name="machine")
def _machine(make_sandbox: MakeSandbox) -> Iterator[Sandbox]:
    """Make a machine that is set up with one model."""
    machine = make_sandbox()
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_bytes(ORIGINAL)
    assert _apply(machine, KIMI).exit_code == 0
    yield machine
    folders = (machine.mimo_config_folder, machine.own_folder)
    names = [path.name for folder in folders for path in folder.iterdir()]
    assert [name for name in names if name.endswith((".new", ".old", "journal.json"))] == []


def _apply(machine: Sandbox, model: str, prefix: tuple[str, ...] = ()) -> Result:
    flags = ("--scope", "user", "--model", model, "--yes", "--json")
    return machine.run("apply", *flags, key=CANARY_KEY, prefix=prefix)


def _serial(machine: Sandbox) -> int:
    serial: int = json.loads(machine.state_file.read_bytes())["serial"]
    return serial


def _mine(data: bytes) -> bytes:
    """Return a config with an edit of its user's."""
    assert b'"DeepInfra"' in data
    return data.replace(b'"DeepInfra"', f'"{MINE}"'.encode())


def _ends_well(machine: Sandbox) -> bool:
    """Say whether the next apply succeeds with the edit kept."""
    done = _apply(machine, QWEN)
    assert (done.exit_code, done.codes) == (0, [])
    assert MINE in machine.user_config.read_text()
    assert read(machine.user_config)["model"] == ref(QWEN)
    assert machine.run("status", "--fast").exit_code == 0
    return True


@contextmanager
def _held(machine: Sandbox, moment: str) -> Iterator[Future[Result]]:
    """Have an apply of another model wait at a launch of MiMoCode during the block, and then go on."""
    script, reached, go = held_open(machine)
    wrap_mimo(machine, script, when=moment)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(_apply, machine, QWEN)
        try:
            wait_until(reached.exists, "the run")
            yield run
        finally:
            go.touch()
    wait_until_quiet(machine)
    unwrap_mimo(machine)


# Somebody saves


@pytest.mark.parametrize("manner", ["by rename", "in place"])
def test_a_save_between_the_last_look_and_the_rename_is_kept(machine: Sandbox, manner: str) -> None:
    """The run stops, and the newer content stands where it was saved."""
    serial = _serial(machine)
    before = set(machine.mimo_config_folder.iterdir())

    def about_to_rename() -> bool:
        return set(machine.mimo_config_folder.iterdir()) != before and stand_still(machine)

    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(_apply, machine, QWEN, SLOW_RENAMES)
        wait_until(about_to_rename, "the rename of the config")
        newer = _mine(machine.user_config.read_bytes())
        if manner == "by rename":
            save_by_rename(machine.user_config, newer)
        else:
            machine.user_config.write_bytes(newer)
    refused(run.result(), *UNDONE)
    assert machine.user_config.read_bytes() == newer
    assert _serial(machine) == serial
    assert _ends_well(machine)


@pytest.mark.parametrize("moment", [CONFIG, MODELS])
def test_a_save_into_a_file_that_was_opened_before_is_kept(machine: Sandbox, moment: str) -> None:
    """A program that opened the config before the run replaced it, and saves then, has its edit kept."""
    serial = _serial(machine)
    with machine.user_config.open("r+b") as stream:
        newer = _mine(stream.read())
        with _held(machine, moment) as run:
            stream.seek(0)
            stream.truncate()
            stream.write(newer)
            stream.flush()
    refused(run.result(), *UNDONE)
    assert machine.user_config.read_bytes() == newer
    assert _serial(machine) == serial
    assert _ends_well(machine)


@pytest.mark.parametrize("moment", [CONFIG, MODELS])
@pytest.mark.parametrize("manner", ["by rename", "in place"])
def test_a_save_on_top_of_ours_is_kept(machine: Sandbox, moment: str, manner: str) -> None:
    """Whether the run goes on or is undone, the edit stays; and what is reported is so."""
    serial = _serial(machine)
    with _held(machine, moment) as run:
        newer = _mine(machine.user_config.read_bytes())
        assert ref(QWEN).encode() in newer, "it stands on top of ours"
        if manner == "by rename":
            save_by_rename(machine.user_config, newer)
        else:
            machine.user_config.write_bytes(newer)
    result = run.result()
    assert machine.user_config.read_bytes() == newer
    if result.exit_code == 0:
        assert _serial(machine) == serial + 1
        assert machine.run("status", "--fast").exit_code == 0
    else:
        refused(result, "rollback_incomplete")
        assert _serial(machine) == serial
    assert _ends_well(machine)


@pytest.mark.parametrize("moment", [CONFIG, MODELS])
def test_a_save_that_takes_ours_out_again_is_no_success(machine: Sandbox, moment: str) -> None:
    """A program that saves what it had read before the run undoes it: that stays, and is told."""
    serial = _serial(machine)
    newer = _mine(machine.user_config.read_bytes())
    with _held(machine, moment) as run:
        save_by_rename(machine.user_config, newer)
    refused(run.result(), *UNDONE)
    assert machine.user_config.read_bytes() == newer
    assert _serial(machine) == serial
    assert _ends_well(machine)


# Somebody waits


def test_whoever_waits_in_vain_is_told_who_is_at_work(machine: Sandbox) -> None:
    """The lock is not to be had: the blocker names the process and the time since when."""
    with _held(machine, CONFIG):
        holders = openers(machine.own_folder / "lock")  # a child that is about to be a `mimo` among them
        store = Store(machine.own_folder)
        with pytest.raises(Stop) as stopped, locked(LocalFiles(), store, "a test", patience=0.2):
            pytest.fail("two held the lock")
    (blocker,) = stopped.value.blockers
    assert blocker.code == "locked"
    assert any(f"process {holder} since 20" in blocker.message for holder in holders)
    assert blocker.remedy


def test_a_second_run_waits_for_the_first_and_plans_anew(machine: Sandbox) -> None:
    """Both end well, one after the other, and the second one's choice stands."""
    serial = _serial(machine)
    with ThreadPoolExecutor(1) as pool:
        with _held(machine, CONFIG) as first:
            second = pool.submit(_apply, machine, KIMI)
            wait_until(lambda: len(openers(machine.own_folder / "lock")) == 2, "the second run")
            assert not second.done()
            assert _serial(machine) == serial
        results = [first.result(), second.result()]
    assert [(one.exit_code, one.codes) for one in results] == [(0, []), (0, [])]
    assert read(machine.user_config)["model"] == ref(KIMI)
    assert _serial(machine) == serial + 2
    assert machine.run("status", "--fast").exit_code == 0


# Somebody interrupts

SIGNALS: Final = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
Arguments = tuple[str, ...]


@contextmanager
def _interrupted(
    machine: Sandbox, number: signal.Signals, ready: Callable[[int], object]
) -> Iterator[Result]:
    """Start an apply in the project, interrupt it once something is so of it, and return how it ended."""
    arguments: Arguments = ("apply", "--scope", "project", "--model", QWEN, "--yes", "--json")
    process = machine.start(*arguments, cwd=machine.project, env={"GONKAGATE_API_KEY": CANARY_KEY})
    wait_until(lambda: ready(process.pid), "the run")
    os.kill(process.pid, number)
    stdout, stderr = process.communicate(timeout=60)
    report = read_report(stdout.decode(), stderr.decode())
    result = Result(arguments, process.returncode, stdout.decode(), stderr.decode(), report)
    machine.results.append(result)
    yield result


@SIGNALS
@pytest.mark.parametrize("moment", [CONFIG, MODELS])
def test_a_run_that_is_interrupted_during_the_verification_is_undone(
    machine: Sandbox, number: signal.Signals, moment: str
) -> None:
    """Exit code 130; a set-up that stood before stands again, and nothing keeps running."""
    machine.resolved(machine.project)
    before = users_files(machine)
    script, reached, _ = held_open(machine)
    wrap_mimo(machine, script, when=moment)
    with _interrupted(machine, number, lambda _: reached.exists()) as result:
        assert (result.exit_code, result.codes) == (130, ["interrupted"])
    wait_until_quiet(machine)
    unwrap_mimo(machine)
    assert left_alone(machine, before)
    assert machine.run("status", "--fast").exit_code == 0


@SIGNALS
def test_a_run_that_is_interrupted_while_it_waits_changes_nothing(
    machine: Sandbox, number: signal.Signals
) -> None:
    """Exit code 130, and the run that it waited for ends well."""
    machine.resolved(machine.project)
    lock = machine.own_folder / "lock"
    with (
        _held(machine, CONFIG) as first,
        _interrupted(machine, number, lambda process: process in openers(lock)) as result,
    ):
        assert (result.exit_code, result.codes) == (130, ["interrupted"])
    assert (first.result().exit_code, first.result().codes) == (0, [])
    assert read(machine.user_config)["model"] == ref(QWEN)
    assert not machine.project_config.exists()
    assert machine.run("status", "--fast").exit_code == 0
