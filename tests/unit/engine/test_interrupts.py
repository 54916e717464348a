"""Interrupts: at once where nothing is written, held back where something is, dropped behind the commit."""

import shutil
from pathlib import Path

import pytest

from reconciler.engine.files import LocalFiles
from reconciler.engine.interrupts import Interrupts
from reconciler.engine.transaction import perform
from tests.support.files import RecordingDisk, quick
from tests.unit.engine.runs import Machine, first_run, nothing_to_verify


def test_an_interrupt_comes_through_at_once() -> None:
    """Where nothing is being written there is nothing to wait for."""
    with pytest.raises(KeyboardInterrupt):
        Interrupts().signalled()


def test_an_interrupt_is_noted_while_something_is_written() -> None:
    """It comes through at the next look between two steps, once."""
    desk = Interrupts()
    with desk.held():
        desk.signalled()
        desk.signalled()
        with pytest.raises(KeyboardInterrupt):
            desk.check()
        desk.check()


def test_without_an_interrupt_a_look_is_nothing() -> None:
    """Looking raises nothing of its own."""
    desk = Interrupts()
    desk.check()
    with desk.held():
        desk.check()


def test_what_is_held_lasts_as_long_as_the_block() -> None:
    """Behind it, interrupts come through at once again, also when the block ended by an error."""
    desk = Interrupts()
    with pytest.raises(OSError, match="full"), desk.held():
        raise OSError("full")
    with pytest.raises(KeyboardInterrupt):
        desk.signalled()


def test_a_block_in_a_block_does_not_end_the_holding() -> None:
    """The outermost block counts."""
    desk = Interrupts()
    with desk.held():
        with desk.held():
            pass
        desk.signalled()
        with pytest.raises(KeyboardInterrupt):
            desk.check()


def test_an_interrupt_comes_through_while_somebody_else_is_waited_for() -> None:
    """MiMoCode may take a minute; and behind the waiting interrupts are held again."""
    desk = Interrupts()
    with desk.held():
        with pytest.raises(KeyboardInterrupt), desk.allowed():
            desk.signalled()
        desk.signalled()
        with pytest.raises(KeyboardInterrupt):
            desk.check()


def test_an_interrupt_that_was_noted_comes_before_the_waiting() -> None:
    """Nobody waits a minute for an answer that nobody wants any more."""
    desk = Interrupts()
    waited = []
    with desk.held():
        desk.signalled()
        with pytest.raises(KeyboardInterrupt), desk.allowed():
            waited.append(1)
    assert waited == []


def test_behind_the_commit_an_interrupt_stops_nothing() -> None:
    """Neither one that comes then, nor one that was noted before, nor one behind the block."""
    desk = Interrupts()
    with desk.held():
        desk.signalled()
        desk.settle()
        desk.signalled()
        desk.check()
    desk.signalled()
    desk.check()


def test_behind_the_commit_waiting_can_still_be_cut_short() -> None:
    """The look at this shell can be skipped: what is done is done all the same."""
    desk = Interrupts()
    with desk.held():
        desk.settle()
    with pytest.raises(KeyboardInterrupt), desk.allowed():
        desk.signalled()


def test_an_interrupt_at_any_call_leaves_everything_old_or_everything_new(tmp_path: Path) -> None:
    """Up to the last look the run is undone, whole; from then on it ends as if nothing had been pressed."""
    calls = RecordingDisk()
    machine = machine_at(tmp_path)
    old = machine.picture()
    perform(LocalFiles(calls), machine.store, first_run(machine), nothing_to_verify)
    new = machine.picture()
    last = calls.calls.index(("open_new", ".install-state.json.t1.new"))
    for at, call in enumerate(calls.calls):
        machine = machine_at(tmp_path)
        was_interrupted = interrupted(machine, at)
        assert was_interrupted == (at < last), call
        assert machine.picture() == (old if was_interrupted else new), call


def machine_at(root: Path) -> Machine:
    """Give a machine on which nothing was done yet, always at the same place."""
    shutil.rmtree(root)
    root.mkdir()
    machine = Machine(root)
    machine.prepare()
    return machine


def interrupted(machine: Machine, at: int) -> bool:
    """Make a run, and press Ctrl-C at one of its calls; tell whether it ended as interrupted."""
    desk, disk = Interrupts(), RecordingDisk()

    def look() -> None:
        if len(disk.calls) == at:
            desk.signalled()

    disk.look = look
    try:
        perform(LocalFiles(disk), machine.store, first_run(machine), nothing_to_verify, desk)
    except KeyboardInterrupt:
        return True
    return False


def test_an_interrupt_of_the_verification_is_undone_at_once(tmp_path: Path) -> None:
    """It is not held until MiMoCode has answered."""
    machine = machine_at(tmp_path)
    old = machine.picture()
    desk = Interrupts()

    def verify() -> None:
        desk.signalled()
        raise AssertionError("it went on")

    with pytest.raises(KeyboardInterrupt):
        perform(quick(), machine.store, first_run(machine), verify, desk)
    assert machine.picture() == old
