"""Somebody saves a config while a run is under way: at every changing call, in every way there is.

What he saved stands there at the end. Where that cannot be had there is a gap, and the tables below say call
by call how wide it is: a file system that exchanges names has none for whoever saves by the file's name.
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest
from attrs import define, field, frozen

from reconciler.commands.unfinished import recover_first
from reconciler.commands.world import World
from reconciler.engine.files import LocalFiles
from reconciler.engine.problems import Stop, stop
from reconciler.engine.transaction import perform
from tests.support.files import Call, FaultingDisk, Killed, Kind, RecordingDisk, quick
from tests.unit.engine.runs import RUNS, Machine, nothing_to_verify

KINDS: Final[dict[str, Kind]] = {"exchanging": {}, "linking": {"old": True}, "bare": {"bare": True}}
TRANSACTIONS: Final = {"first run": "t1", "rotation": "t2", "leaving": "t3"}
Verify = Callable[[], None]


@define
class Editor:
    """Somebody who has a file before him, and saves it once with an edit of his own."""

    path: Path
    saved: bytes | None = field(default=None, init=False)

    def open(self) -> None:
        """Look at the file before the run."""

    def save(self) -> None:
        """Save what he sees, with the edit."""
        self.saved = b"// edited\n" + self._seen()
        self._put(self.saved)

    def close(self) -> None:
        """Be done with it."""

    def _seen(self) -> bytes:
        return self.path.read_bytes() if self.path.exists() else b"{}\n"

    def _put(self, data: bytes) -> None:
        raise NotImplementedError


@define
class InPlace(Editor):
    """Writes into the file to which its name leads."""

    def _put(self, data: bytes) -> None:
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_bytes(data)


@define
class ByRenaming(Editor):
    """Writes a file beside it, and renames that over it."""

    def _put(self, data: bytes) -> None:
        self.path.parent.mkdir(exist_ok=True)
        beside = self.path.with_name("#saving#")
        beside.write_bytes(data)
        beside.replace(self.path)


@define
class ByHandle(Editor):
    """Writes into the file that it opened before the run, whatever name that bears by now."""

    _descriptor: int = field(default=-1, init=False)

    def open(self) -> None:
        """Open the file."""
        self._descriptor = os.open(self.path, os.O_RDWR)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _seen(self) -> bytes:
        return os.pread(self._descriptor, 1 << 16, 0)

    def _put(self, data: bytes) -> None:
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, data, 0)


WAYS: Final[dict[str, type[Editor]]] = {"in place": InPlace, "renaming": ByRenaming, "handle": ByHandle}
BY_NAME: Final = ("in place", "renaming")


@frozen
class Bench:
    """One run on one kind of file system, its machine before the run, and the calls that it makes."""

    root: Path
    name: str
    kind: Kind

    def prepare(self) -> None:
        """Put the machine down as it is before the run."""
        machine = Machine(self.root / "kept")
        machine.prepare()
        for build in RUNS[self.name][:-1]:
            perform(quick(), machine.store, build(machine), nothing_to_verify)

    def machine(self) -> Machine:
        """Give the machine as it is before the run, always at the same place."""
        work = self.root / "at work"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(self.root / "kept", work)
        return Machine(work)

    def run(self, machine: Machine, disk: RecordingDisk, verify: Verify) -> list[str]:
        """Make the run; return the codes that it stopped with."""
        try:
            perform(LocalFiles(disk), machine.store, RUNS[self.name][-1](machine), verify)
        except Stop as ending:
            return [blocker.code for blocker in ending.blockers]
        return []

    def calls(self, verify: Verify) -> list[Call]:
        """Give the calls of the run when nobody meddles."""
        disk = RecordingDisk(**self.kind)
        self.run(self.machine(), disk, verify)
        return disk.calls

    def at(self, call: str, name: str) -> Call:
        """Name a call; a helper's name is given without the transaction."""
        for end in (".new", ".old", ".back"):
            if name.endswith(end):
                name = f".{name.removesuffix(end)}.{TRANSACTIONS[self.name]}{end}"
        return (call, name)


def it_does_not() -> None:
    """Find that MiMoCode resolves something else."""
    raise stop("overridden_by_layer", "somebody else decides", "look there", source="mimo")


kinds = pytest.mark.parametrize("kind", KINDS)
ways = pytest.mark.parametrize("way", WAYS)
runs = pytest.mark.parametrize(
    ("run", "kind"), [*((run, "exchanging") for run in RUNS), ("rotation", "linking"), ("rotation", "bare")]
)
endings = pytest.mark.parametrize("verify", [nothing_to_verify, it_does_not], ids=["done", "undone"])


def bench_of(tmp_path: Path, run: str, kind: str) -> Bench:
    """Give a bench, ready for use."""
    bench = Bench(tmp_path, run, KINDS[kind])
    bench.prepare()
    return bench


Target = Callable[[Machine], Path]


def lost_saves(bench: Bench, way: str, target: Target, verify: Verify) -> list[int]:
    """Let an editor save at each call of the run; return the calls at which what he saved was lost."""
    lost = []
    for at in range(len(bench.calls(verify))):
        machine = bench.machine()
        editor = WAYS[way](target(machine))
        editor.open()
        disk = saving_disk(RecordingDisk(**bench.kind), editor, at)
        codes = bench.run(machine, disk, verify)
        lost += [at] if is_lost(machine, editor, disk.calls) else []
        assert "rollback_incomplete" not in codes or editor.path.read_bytes() == editor.saved
    return lost


def saving_disk(disk: RecordingDisk, editor: Editor, at: int) -> RecordingDisk:
    """Let an editor save before call number `at`."""

    def look() -> None:
        if len(disk.calls) == at:
            editor.save()

    disk.look = look
    return disk


def is_lost(machine: Machine, editor: Editor, calls: Sequence[Call]) -> bool:
    """Tell whether what was saved is gone after a recovery; assert what holds at the end in any case."""
    assert editor.saved is not None, "the editor did not save"
    recover_first(World({}, machine.root, quick()), machine.store)
    stands = editor.path.is_file() and editor.path.read_bytes() == editor.saved
    editor.close()
    assert [path.name for path in machine.root.rglob(".*.t*")] == [], calls
    assert not machine.store.journal.exists(), calls
    assert not machine.refers_to_nothing(), calls
    return not stands


def user(machine: Machine) -> Path:
    """Choose the user's config: changed by every run."""
    return machine.user


def project(machine: Machine) -> Path:
    """Choose the project's config: created by the first run, removed by the last."""
    return machine.project


def between(calls: Sequence[Call], first: Call, last: Call | None = None) -> Iterator[int]:
    """Give the numbers of the calls from one to another, both with it, or to the end."""
    begin = calls.index(first)
    yield from range(begin, len(calls) if last is None else calls.index(last, begin) + 1)


def the_way_in(bench: Bench, calls: Sequence[Call], kind: str, way: str) -> Iterator[int]:
    """Give the calls at which a save of a file that is being replaced is lost."""
    over = bench.at("rename", "mimocode.jsonc")
    if kind == "linking" and way == "renaming":
        yield calls.index(over)  # it has a second name already, and not yet the new content
    if kind == "bare":
        copied = bench.at("open_new", "mimocode.jsonc.old")
        yield from between(calls, copied, None if way == "handle" else over)


def the_way_back(bench: Bench, calls: Sequence[Call], kind: str, way: str) -> Iterator[int]:
    """Give the calls at which a save of a file that is being put back is lost."""
    back = bench.at("rename", "mimocode.jsonc.back")
    if kind == "exchanging" or back not in calls:
        return
    if kind == "bare" and way == "handle":
        yield from range(len(calls))  # what he had open was replaced for good
    elif way != "handle":
        yield from between(calls, back, bench.at("rename", "mimocode.jsonc"))


def after_the_last_look(bench: Bench, calls: Sequence[Call], way: str) -> Iterator[int]:
    """Give the calls after which nobody looks any more into a file that was replaced."""
    if way == "handle":
        yield from between(calls, bench.at("open_new", "install-state.json.new"))


@ways
@runs
def test_a_save_while_a_config_is_replaced(tmp_path: Path, run: str, kind: str, way: str) -> None:
    """Whoever saves by the file's name loses nothing where names are exchanged, at none of the calls.

    An open file is looked into until just before the commit. From then on it is a file without a name, as
    after every save by renaming.
    """
    bench = bench_of(tmp_path, run, kind)
    calls = bench.calls(nothing_to_verify)
    expected = {*the_way_in(bench, calls, kind, way), *after_the_last_look(bench, calls, way)}
    lost = lost_saves(bench, way, user, nothing_to_verify)
    assert [calls[at] for at in lost] == [calls[at] for at in sorted(expected)]
    if kind == "exchanging" and way in BY_NAME:
        assert lost == []


@ways
@runs
def test_a_save_while_a_failed_run_is_undone(tmp_path: Path, run: str, kind: str, way: str) -> None:
    """Where names are exchanged nothing is lost at any call, the open file included: it comes back itself."""
    bench = bench_of(tmp_path, run, kind)
    calls = bench.calls(it_does_not)
    on_the_way_back = the_way_back(bench, calls, kind, way) if way != "handle" else ()
    expected = {*the_way_in(bench, calls, kind, way), *on_the_way_back}
    lost = lost_saves(bench, way, user, it_does_not)
    assert [calls[at] for at in lost] == [calls[at] for at in sorted(expected)]
    if kind == "exchanging":
        assert lost == []


@pytest.mark.parametrize("by_name", BY_NAME)
@kinds
@endings
def test_a_save_where_a_config_is_created(tmp_path: Path, kind: str, by_name: str, verify: Verify) -> None:
    """Somebody's file that appears where ours was to be stays; only the barest file system has a gap."""
    bench = bench_of(tmp_path, "first run", kind)
    calls = bench.calls(verify)
    expected = [("rename", "mimocode.json")] if kind == "bare" else []
    assert [calls[at] for at in lost_saves(bench, by_name, project, verify)] == expected


@ways
@kinds
@endings
def test_a_save_while_a_config_is_removed(tmp_path: Path, kind: str, way: str, verify: Verify) -> None:
    """A file is renamed away and looked at, so nothing is lost on the way; coming back replaces nothing."""
    bench = bench_of(tmp_path, "leaving", kind)
    calls = bench.calls(verify)
    expected = set(after_the_last_look(bench, calls, way)) if verify is nothing_to_verify else set()
    if verify is it_does_not and kind == "bare" and way in BY_NAME:
        expected = {calls.index(("rename", "mimocode.json"))}
    assert set(lost_saves(bench, way, project, verify)) == expected


def deaths(bench: Bench, calls: Sequence[Call]) -> list[int]:
    """Give the moments to die at: with the config half swapped, wholly swapped, and all but committed."""
    begun = calls.index(bench.at("exchange", "mimocode.jsonc"))
    swapped = calls.index(("flush_folder", "config"), begun)
    return [*range(begun + 1, swapped + 1), calls.index(bench.at("open_new", "install-state.json.new"))]


def is_lost_in_recovery(bench: Bench, death: int, way: str, at: int) -> bool:
    """Let a run die, and an editor save at one call of its recovery; tell whether his save was lost."""
    machine = bench.machine()
    editor = WAYS[way](machine.user)
    editor.open()
    with pytest.raises(Killed):
        bench.run(machine, FaultingDisk(at=death, dies=True, **bench.kind), nothing_to_verify)
    disk = saving_disk(RecordingDisk(**bench.kind), editor, at)
    with contextlib.suppress(Stop):  # it tells of the edit
        recover_first(World({}, machine.root, LocalFiles(disk)), machine.store)
    return is_lost(machine, editor, disk.calls)


def recovery_calls(bench: Bench, death: int) -> list[Call]:
    """Give the calls of a recovery when nobody meddles."""
    machine = bench.machine()
    with pytest.raises(Killed):
        bench.run(machine, FaultingDisk(at=death, dies=True, **bench.kind), nothing_to_verify)
    disk = RecordingDisk(**bench.kind)
    recover_first(World({}, machine.root, LocalFiles(disk)), machine.store)
    return disk.calls


@ways
@runs
def test_a_save_while_a_killed_run_is_recovered(tmp_path: Path, run: str, kind: str, way: str) -> None:
    """The same as for a failed run: where names are exchanged, nothing is lost at any call of a recovery."""
    bench = bench_of(tmp_path, run, kind)
    for death in deaths(bench, bench.calls(nothing_to_verify)):
        calls = recovery_calls(bench, death)
        lost = [at for at in range(len(calls)) if is_lost_in_recovery(bench, death, way, at)]
        expected = sorted(set(the_way_back(bench, calls, kind, way)))
        if kind == "exchanging":
            assert lost == [], calls
        assert [calls[at] for at in lost] == [calls[at] for at in expected], death
