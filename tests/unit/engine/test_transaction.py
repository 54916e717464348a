"""A transaction: everything or nothing, whatever fails and at whatever moment the process dies.

Every changing call of every run is made to fail once, to fail for good, and to be the last one before the
process is gone; what is left must be all old or all new.
"""

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import evolve

from reconciler.commands.unfinished import recover_first
from reconciler.commands.world import World
from reconciler.engine.files import FileSystem, LocalFiles
from reconciler.engine.journal import read_journal, staging_name, write_journal
from reconciler.engine.problems import Stop, stop
from reconciler.engine.recovery import recover
from reconciler.engine.transaction import perform
from tests.support.files import FaultingDisk, Killed, Kind, QuickDisk, RecordingDisk, quick, tree
from tests.unit.engine.runs import (
    HABITS,
    KEY,
    OTHER_KEY,
    PROJECT,
    RUNS,
    USER_AFTER,
    USER_BEFORE,
    Machine,
    first_run,
    leaving,
    look_at,
    nothing_to_verify,
    rotation,
    write,
)

NAMES = list(RUNS)
Picture = dict[str, tuple[int, bytes] | None]


def at_the_start(root: Path, name: str) -> Machine:
    """Give a machine on which the runs before the one in question are done."""
    machine = Machine(root)
    machine.prepare()
    for build in RUNS[name][:-1]:
        perform(quick(), machine.store, build(machine), nothing_to_verify)
    return machine


KINDS: Final[dict[str, Kind]] = {"exchanging": {}, "linking": {"old": True}, "bare": {"bare": True}}
"""What a file system may offer: exchanging of names, hard links, neither."""
SWAPS: Final = {"exchange", "rename_new", "rename", "link"}
STATE: Final = "install-state.json"


class Bench:
    """One run, its machine at the start kept aside, and how it looks before and after."""

    def __init__(self, root: Path, name: str, kind: str) -> None:
        self.build = RUNS[name][-1]
        self.kind = KINDS[kind]
        self._kept = root / "kept"
        self._at_work = root / "at work"
        machine = at_the_start(self._at_work, name)
        shutil.copytree(self._at_work, self._kept)
        self.old = machine.picture()
        self.old_backups = machine.backups()
        recording = RecordingDisk(look=look_at(machine), **self.kind)
        perform(LocalFiles(recording), machine.store, self.build(machine), nothing_to_verify)
        self.calls = recording.calls
        self.new = machine.picture()
        swaps = [at for at, (call, file) in enumerate(self.calls) if file == STATE and call in SWAPS]
        self.commit = swaps[-1]
        """The call after which the run is committed."""
        self.settled = self.calls.index(("flush_folder", ".us"), self.commit)
        """The last call whose failure is still undone."""

    def faulting(self, machine: Machine, **fault: Any) -> LocalFiles:  # noqa: ANN401 - fields of the disk
        """Give a disk of this kind with a fault, and somebody who looks at the machine before each call."""
        return LocalFiles(FaultingDisk(**fault, **self.kind, look=look_at(machine)))

    def machine(self) -> Machine:
        """Give the machine as it was before the run."""
        shutil.rmtree(self._at_work)
        shutil.copytree(self._kept, self._at_work)
        return Machine(self._at_work)


@pytest.fixture(params=itertools.product(NAMES, KINDS), ids=" ".join)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    """Give each of the runs on each kind of file system."""
    return Bench(tmp_path, *request.param)


def recovered(machine: Machine, files: FileSystem) -> None:
    """Recover as the next run does, before anything else."""
    recover_first(World({}, machine.root, files), machine.store)


def test_a_run_leaves_the_new_and_nothing_else(tmp_path: Path) -> None:
    """After a set-up every file has its content and mode, and no helper of the run remains."""
    machine = at_the_start(tmp_path, "first run")
    backups = perform(quick(), machine.store, first_run(machine), nothing_to_verify)
    picture = machine.picture()
    assert {name for name, what in picture.items() if what} == {
        ".us/install-state.json",
        ".us/key",
        "config/mimocode.jsonc",
        "project/.mimocode/mimocode.json",
    }
    assert picture[".us/key"] == (0o600, KEY)
    assert picture["config/mimocode.jsonc"] == (0o640, USER_AFTER)
    assert [path.read_bytes() for path in backups] == [USER_BEFORE]
    assert backups[0].stat().st_mode & 0o777 == 0o600
    assert backups[0].parent.stat().st_mode & 0o777 == 0o700


def test_the_whole_life_leaves_what_was_there(tmp_path: Path) -> None:
    """After set-up, rotation and leaving, the machine looks as before; only backups of configs remain."""
    machine = at_the_start(tmp_path, "first run")
    before = machine.picture()
    for build in RUNS["leaving"]:
        perform(quick(), machine.store, build(machine), nothing_to_verify)
    assert machine.picture() == before
    assert OTHER_KEY not in b"".join(machine.backups().values())
    assert KEY not in b"".join(machine.backups().values())


def test_the_order_is_the_designs(tmp_path: Path) -> None:
    """The journal, then backups, then file by file, then the state; the journal goes last."""
    machine = at_the_start(tmp_path, "first run")
    recording = RecordingDisk()
    perform(LocalFiles(recording), machine.store, first_run(machine), nothing_to_verify)
    swaps = [name for call, name in recording.calls if call in SWAPS and not name.startswith(".")]
    assert swaps == ["journal.json", "key", "mimocode.jsonc", "mimocode.json", "install-state.json"]
    backup = next(at for at, (call, name) in enumerate(recording.calls) if name.endswith("-mimocode.jsonc"))
    assert (
        recording.calls.index(("rename", "journal.json"))
        < backup
        < recording.calls.index(("rename_new", "key"))
    )
    assert [name for call, name in recording.calls if call == "remove"][-1] == "journal.json"


def test_the_journal_names_every_file_before_it_is_there(tmp_path: Path) -> None:
    """No file of the run comes to exist whose name is not in the journal, or that is a backup."""
    machine = at_the_start(tmp_path, "first run")
    seen: set[str] = set()

    def look() -> None:
        here = set(tree(machine.root, ".us/backups")) - before
        if machine.store.journal.exists():
            text = machine.store.journal.read_text()
            names = here - {".us/journal.json", ".us/journal.new"}
            seen.update(names)
            assert all(str(machine.root / name) in text for name in names)

    before = set(tree(machine.root))
    perform(LocalFiles(RecordingDisk(look=look)), machine.store, first_run(machine), nothing_to_verify)
    assert len(seen) > 6


def test_the_verification_sees_the_new_files_and_the_old_state(tmp_path: Path) -> None:
    """Verifying comes after every config and before the commit."""
    machine = at_the_start(tmp_path, "rotation")
    seen: list[tuple[bytes, int]] = []

    def verify() -> None:
        seen.append((machine.key.read_bytes(), json.loads(machine.store.state.read_bytes())["serial"]))

    perform(quick(), machine.store, rotation(machine), verify)
    assert seen == [(OTHER_KEY, 1)]


def test_a_failed_verification_undoes_everything(bench: Bench) -> None:
    """What MiMoCode does not resolve is rolled back at once, and the reason is handed on."""
    machine = bench.machine()

    def verify() -> None:
        raise stop("overridden_by_layer", "somebody else decides", "look there", source="mimo")

    with pytest.raises(Stop) as caught:
        perform(quick(), machine.store, bench.build(machine), verify)
    assert machine.picture() == bench.old
    assert machine.backups() == bench.old_backups
    assert [blocker.code for blocker in caught.value.blockers] == ["overridden_by_layer"]
    assert caught.value.failed
    assert f"put back: {machine.user}" in caught.value.notes


def test_an_interrupt_undoes_everything(bench: Bench) -> None:
    """Ctrl-C while MiMoCode is asked is undone like any failure, and stays an interrupt."""
    machine = bench.machine()

    def verify() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        perform(quick(), machine.store, bench.build(machine), verify)
    assert machine.picture() == bench.old


def test_undoing_brings_the_very_same_files_back(tmp_path: Path) -> None:
    """Rolling back renames the preserved file: same inode, same times, no new copy."""
    machine = at_the_start(tmp_path, "first run")
    before = machine.user.stat()

    def verify() -> None:
        raise stop("x", "no", "no", source="x")

    with pytest.raises(Stop):
        perform(quick(), machine.store, first_run(machine), verify)
    after = machine.user.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_failure_at_any_call_leaves_everything_old(bench: Bench) -> None:
    """Whichever call fails, the run is undone: nothing new, no helper, no journal. Past the commit: new."""
    for at in range(len(bench.calls)):
        machine = bench.machine()
        files = bench.faulting(machine, at=at, torn=True)
        if at > bench.settled:
            perform(files, machine.store, bench.build(machine), nothing_to_verify)
            recovered(machine, quick())
            assert machine.picture() == bench.new, bench.calls[at]
            continue
        with pytest.raises(Stop) as caught:
            perform(files, machine.store, bench.build(machine), nothing_to_verify)
        assert machine.picture() == bench.old, bench.calls[at]
        assert machine.backups() == bench.old_backups, bench.calls[at]
        assert [blocker.code for blocker in caught.value.blockers] == ["write_failed"]
        assert "No space left" in caught.value.blockers[0].message
        assert caught.value.failed


def test_a_disk_that_stays_broken_is_told_and_mended_later(bench: Bench) -> None:
    """When undoing fails as well the user learns it, and the next run puts everything right."""
    for at in range(len(bench.calls)):
        machine = bench.machine()
        files = bench.faulting(machine, at=at, lasts=True, torn=True)
        try:
            perform(files, machine.store, bench.build(machine), nothing_to_verify)
            expected = bench.new
        except Stop as failure:
            expected = bench.old
            codes = [blocker.code for blocker in failure.blockers]
        else:
            codes = []
        assert codes in ([], ["write_failed", "rollback_incomplete"])
        recovered(machine, LocalFiles(RecordingDisk(look=look_at(machine))))
        assert machine.picture() in (expected, bench.new), bench.calls[at]


def kills(bench: Bench) -> list[tuple[int, bool]]:
    """Give every moment to die: before each call, and in the middle of writing each file."""
    torn = [(at, True) for at, (call, _) in enumerate(bench.calls) if call == "write"]
    return [*((at, False) for at in range(len(bench.calls))), *torn]


def killed(bench: Bench, at: int, *, torn: bool) -> Machine:
    """Give the machine after a run that died at a call."""
    machine = bench.machine()
    with pytest.raises(Killed):
        perform(
            bench.faulting(machine, at=at, dies=True, torn=torn),
            machine.store,
            bench.build(machine),
            nothing_to_verify,
        )
    return machine


def test_a_kill_at_any_call_is_recovered_to_all_old_or_all_new(bench: Bench) -> None:
    """Wherever the process dies, the next run finds its way to one side; recovering again changes nothing."""
    for at, torn in kills(bench):
        machine = killed(bench, at, torn=torn)
        recovered(machine, LocalFiles(RecordingDisk(look=look_at(machine), **bench.kind)))
        assert machine.picture() == (bench.old if at <= bench.commit else bench.new), (bench.calls[at], torn)
        again = RecordingDisk()
        recovered(machine, LocalFiles(again))
        assert again.calls == []


def test_recovery_can_be_killed_and_recovered(bench: Bench) -> None:
    """Recoveries that die one after the other, each a call later, come to the same end as one that lives."""
    for at, torn in kills(bench):
        machine = killed(bench, at, torn=torn)
        deaths = 0
        while True:
            try:
                recovered(machine, bench.faulting(machine, at=deaths, dies=True))
            except Killed:
                deaths += 1
            else:
                break
        assert machine.picture() == (bench.old if at <= bench.commit else bench.new), (
            bench.calls[at],
            deaths,
        )


def test_after_a_kill_the_same_run_can_be_made(bench: Bench) -> None:
    """Recovery leaves nothing in the way: the run succeeds afterwards, with whole backups."""
    for at, torn in kills(bench):
        if at > bench.commit:
            continue
        machine = killed(bench, at, torn=torn)
        recovered(machine, quick())
        machine.store.folder.mkdir(mode=0o700, exist_ok=True)
        perform(quick(), machine.store, bench.build(machine), nothing_to_verify)
        assert machine.picture() == bench.new
        whole = {USER_BEFORE, USER_AFTER, USER_AFTER.replace(b"1", b"2"), PROJECT, KEY, OTHER_KEY}
        copies = {data for name, data in machine.backups().items() if not name.endswith(".json")}
        assert copies <= whole, (bench.calls[at], torn)


def test_a_part_of_a_backup_is_never_taken_for_the_whole(tmp_path: Path) -> None:
    """A backup that an interrupted run left half written is written again, not trusted for its name."""
    machine = at_the_start(tmp_path, "first run")
    todo = first_run(machine)
    backup = todo.writes[1].backup
    assert backup is not None
    backup.parent.mkdir()
    backup.write_bytes(USER_BEFORE[:4])
    perform(quick(), machine.store, todo, nothing_to_verify)
    assert backup.read_bytes() == USER_BEFORE


def test_a_backup_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """The same content is backed up once; a rollback does not take an older run's backup away."""
    machine = at_the_start(tmp_path, "first run")
    todo = first_run(machine)
    backup = todo.writes[1].backup
    assert backup is not None
    backup.parent.mkdir()
    backup.write_bytes(USER_BEFORE)
    inode = backup.stat().st_ino

    def verify() -> None:
        raise stop("x", "no", "no", source="x")

    with pytest.raises(Stop):
        perform(quick(), machine.store, todo, verify)
    assert backup.stat().st_ino == inode


Meddle = Callable[[Machine], object]
MEDDLING: dict[str, tuple[Meddle, str]] = {
    "a config edited": (lambda machine: machine.user.write_bytes(b"{}"), "config_changed_meanwhile"),
    "a config removed": (lambda machine: machine.user.unlink(), "config_changed_meanwhile"),
    "a key file appeared": (
        lambda machine: machine.key.write_bytes(b"x") and None,
        "config_changed_meanwhile",
    ),
    "another run's state": (lambda machine: machine.store.state.write_bytes(b"{}"), "plan_stale"),
}


@pytest.mark.parametrize("what", MEDDLING)
def test_a_stale_plan_is_refused_before_anything(tmp_path: Path, what: str) -> None:
    """What changed since it was read stops the run before its first write, and the newer content stays."""
    machine = at_the_start(tmp_path, "first run")
    todo = first_run(machine)
    meddle, code = MEDDLING[what]
    meddle(machine)
    before = machine.picture()
    recording = RecordingDisk()
    with pytest.raises(Stop) as caught:
        perform(LocalFiles(recording), machine.store, todo, nothing_to_verify)
    assert [blocker.code for blocker in caught.value.blockers] == [code]
    assert recording.calls == []
    assert machine.picture() == before


@pytest.mark.parametrize("moment", [("open_new", "key"), ("rename_new", "key"), ("write", "mimocode.jsonc")])
def test_a_newer_content_is_never_lost(tmp_path: Path, moment: tuple[str, str]) -> None:
    """A file that somebody saves while the run is under way keeps what he saved; the rest is undone."""
    machine = at_the_start(tmp_path, "first run")
    before = machine.picture()
    todo = first_run(machine)
    recording = RecordingDisk()
    saved: list[int] = []

    def look() -> None:
        call, name = moment
        if not saved and any(call == done and name in path for done, path in recording.calls):
            saved.append(machine.user.write_bytes(b'{"newer": 1}'))

    recording.look = look
    with pytest.raises(Stop) as caught:
        perform(LocalFiles(recording), machine.store, todo, nothing_to_verify)
    assert [blocker.code for blocker in caught.value.blockers] == ["config_changed_meanwhile"]
    assert machine.picture() == {**before, "config/mimocode.jsonc": (0o640, b'{"newer": 1}')}


EDITED = USER_AFTER.replace(b"// mine", b"// and mine")


def test_an_edit_of_the_new_content_is_left_and_told(tmp_path: Path) -> None:
    """A config edited between swap and rollback is his; the key file that it refers to stays with it."""
    machine = at_the_start(tmp_path, "first run")

    def verify() -> None:
        machine.user.write_bytes(EDITED)
        raise stop("x", "no", "no", source="x")

    with pytest.raises(Stop) as caught:
        perform(quick(), machine.store, first_run(machine), verify)
    assert machine.user.read_bytes() == EDITED
    assert not machine.refers_to_nothing()
    assert not machine.project.exists()
    codes = [blocker.code for blocker in caught.value.blockers]
    assert codes == ["x", "rollback_incomplete", "rollback_incomplete"]
    places = [blocker.place.file for blocker in caught.value.blockers if blocker.place]
    assert places == [str(machine.user), str(machine.key)]
    assert not any(str(machine.user) in note for note in caught.value.notes)
    assert USER_BEFORE in machine.backups().values()
    assert not machine.store.journal.exists()


def test_an_edit_after_a_kill_is_left_and_told(tmp_path: Path) -> None:
    """The same between a kill and its recovery, whichever call of the recovery is its last."""
    for second in range(100):
        root = tmp_path / str(second)
        machine = at_the_start(root, "first run")

        def verify() -> None:
            raise Killed

        with pytest.raises(Killed):
            perform(LocalFiles(_DeadAtVerification()), machine.store, first_run(machine), verify)
        machine.user.write_bytes(EDITED)
        finished = False
        try:
            recovered(machine, LocalFiles(FaultingDisk(at=second, dies=True)))
        except Killed:
            pass
        except Stop:
            finished = True
        for _ in range(2):
            journal = read_journal(quick(), machine.store)
            if journal is not None:
                left = recover(quick(), machine.store, journal, HABITS)
                assert [blocker.code for blocker in left] == ["rollback_incomplete"] * 2
        assert machine.user.read_bytes() == EDITED
        assert not machine.refers_to_nothing()
        assert not machine.project.exists()
        if finished:
            return
    raise AssertionError


class _DeadAtVerification(RecordingDisk):
    """A disk that is there until the verification, and gone from then on."""

    def about_to(self, call: str, path: Path) -> None:
        """Refuse once every file but the state was swapped."""
        if ("rename_new", "mimocode.json") in self.calls and (call, path.name) != (
            "flush_folder",
            ".mimocode",
        ):
            raise Killed
        super().about_to(call, path)


def test_a_folder_of_ours_goes_with_the_targets_litter(tmp_path: Path) -> None:
    """What MiMoCode drops into every folder of its own does not keep a folder that we made."""
    machine = at_the_start(tmp_path, "first run")
    before = machine.picture()

    def verify() -> None:
        (machine.project.parent / ".gitignore").write_bytes(b"node_modules")
        raise stop("x", "no", "no", source="x")

    with pytest.raises(Stop):
        perform(quick(), machine.store, first_run(machine), verify)
    assert machine.picture() == before


@pytest.mark.parametrize(
    ("name", "data"), [(".gitignore", b"mine"), ("notes", b"node_modules"), ("sub", None)]
)
def test_a_folder_with_anything_of_somebodys_stays(tmp_path: Path, name: str, data: bytes | None) -> None:
    """A file with another content or another name is not litter, and nothing of it is touched."""
    machine = at_the_start(tmp_path, "first run")

    def verify() -> None:
        (machine.project.parent / ".gitignore").write_bytes(b"node_modules")
        path = machine.project.parent / name
        path.mkdir() if data is None else path.write_bytes(data)
        raise stop("x", "no", "no", source="x")

    with pytest.raises(Stop):
        perform(quick(), machine.store, first_run(machine), verify)
    assert (machine.project.parent / name).exists()
    assert (machine.project.parent / ".gitignore").exists()
    assert not machine.project.exists()


def test_the_key_is_in_no_file_that_it_has_no_business_in(bench: Bench) -> None:
    """At every instant the key is in its file, that file's helpers and its backups, owner-only."""
    machine = bench.machine()

    def look() -> None:
        for path in machine.root.rglob("*"):
            if path.is_file() and any(key in path.read_bytes() for key in (KEY, OTHER_KEY)):
                assert path.name in ("key", "api-key-t2") or path.name.startswith(".key.t")
                assert path.stat().st_mode & 0o077 == 0

    perform(LocalFiles(RecordingDisk(look=look)), machine.store, bench.build(machine), nothing_to_verify)
    look()


def test_nothing_of_a_transaction_shows_a_secret(tmp_path: Path) -> None:
    """Printing a write or a whole work tells paths and modes, no contents and no salt."""
    machine = at_the_start(tmp_path, "rotation")
    text = repr(rotation(machine))
    assert "gp-" not in text
    assert "mine" not in text
    assert "sss" not in text


def test_a_staged_journal_alone_is_swept_away(tmp_path: Path) -> None:
    """A run that died before its journal counted has changed nothing; its trace goes with the next run."""
    machine = at_the_start(tmp_path, "first run")
    staging_name(machine.store).write_bytes(b"half a jour")
    recovered(machine, quick())
    assert not staging_name(machine.store).exists()


def test_a_journal_of_a_committed_run_is_only_tidied(tmp_path: Path) -> None:
    """Where the state carries the journal's transaction nothing is undone."""
    machine = at_the_start(tmp_path, "rotation")
    picture = machine.picture()
    journal_of: list[Path] = []

    class Keeping(QuickDisk):
        def remove(self, path: Path) -> None:
            if path == machine.store.journal:
                journal_of.append(path)
                raise OSError("not now")
            super().remove(path)

    perform(LocalFiles(Keeping()), machine.store, rotation(machine), nothing_to_verify)
    assert journal_of
    after = machine.picture()
    recovered(machine, quick())
    assert machine.picture() == {name: what for name, what in after.items() if name != ".us/journal.json"}
    assert machine.picture() != picture


def test_a_state_that_cannot_be_read_proves_no_commit(tmp_path: Path) -> None:
    """With a journal beside a broken state the run is undone, and the state is left as somebody made it."""
    machine = at_the_start(tmp_path, "rotation")
    old = machine.picture()
    with pytest.raises(Killed):
        perform(LocalFiles(_DeadAtState()), machine.store, rotation(machine), nothing_to_verify)
    machine.store.state.write_bytes(b"{ broken")
    journal = read_journal(quick(), machine.store)
    assert journal is not None
    left = recover(quick(), machine.store, journal, HABITS)
    assert [blocker.place.file for blocker in left if blocker.place] == [str(machine.store.state)]
    assert machine.picture() == {**old, ".us/install-state.json": (0o600, b"{ broken")}


class _DeadAtState(RecordingDisk):
    """A disk that is gone when the state is to be swapped in."""

    def about_to(self, call: str, path: Path) -> None:
        """Die from the state's rename on."""
        super().about_to(call, path)
        if ("exchange", "install-state.json") in self.calls:
            raise Killed


def test_leaving_writes_removals_with_a_way_back(tmp_path: Path) -> None:
    """A file that goes is preserved under its journalled name until the commit."""
    machine = at_the_start(tmp_path, "leaving")
    seen: list[bool] = []

    def verify() -> None:
        seen.append((machine.root / ".us" / ".key.t3.old").read_bytes() == OTHER_KEY)
        seen.append(not machine.key.exists())

    perform(quick(), machine.store, leaving(machine), verify)
    assert seen == [True, True]


def test_a_journal_from_before_blocks_nothing_once_it_is_recovered(tmp_path: Path) -> None:
    """Recovering a journal whose files never came to exist is a quiet no-op."""
    machine = at_the_start(tmp_path, "first run")
    before = machine.picture()
    recording = RecordingDisk()
    kept: list[bytes] = []

    def look() -> None:
        if machine.store.journal.exists() and not kept:
            kept.append(machine.store.journal.read_bytes())

    recording.look = look
    perform(LocalFiles(recording), machine.store, first_run(machine), nothing_to_verify)
    fresh = at_the_start(tmp_path / "fresh", "first run")
    text = kept[0].decode().replace(str(machine.root), str(fresh.root))
    fresh.store.journal.write_text(text)
    journal = read_journal(quick(), fresh.store)
    assert journal is not None
    assert recover(quick(), fresh.store, journal, HABITS) == ()
    assert fresh.picture() == before


def test_writing_the_same_bytes_again_is_undone_without_a_trace(tmp_path: Path) -> None:
    """A write whose new content equals the old one is told apart from an edit by nobody, and needs not be."""
    machine = at_the_start(tmp_path, "rotation")
    old = machine.picture()
    todo = evolve(rotation(machine), writes=(write(machine, "key_file", machine.key, KEY),))

    def verify() -> None:
        raise stop("x", "no", "no", source="x")

    with pytest.raises(Stop):
        perform(quick(), machine.store, todo, verify)
    assert machine.picture() == old


def test_a_journal_is_written_by_the_transaction_alone(tmp_path: Path) -> None:
    """Recovery reads and removes journals; it never writes one."""
    machine = at_the_start(tmp_path, "first run")
    recording = RecordingDisk()
    perform(LocalFiles(recording), machine.store, first_run(machine), nothing_to_verify)
    assert recording.calls.count(("rename", machine.store.journal.name)) == 1
    assert write_journal.__module__ == "reconciler.engine.journal"
