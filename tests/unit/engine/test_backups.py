"""Records of transactions and copies of contents: written, read back, and let go beyond the limit."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve

from reconciler.engine.backups import (
    FORMAT,
    LIMIT,
    Record,
    Recorded,
    make_folders,
    record_path,
    records,
    superfluous,
)
from reconciler.engine.files import ReadOnlyFiles, fingerprint
from reconciler.engine.journal import keyed_name
from reconciler.engine.problems import Stop, stop
from reconciler.engine.store import PROJECTS, Store
from reconciler.engine.transaction import perform
from tests.support.files import quick
from tests.unit.engine.runs import (
    KEY,
    OTHER_KEY,
    PROJECT,
    RUNS,
    SALT,
    USER_AFTER,
    USER_BEFORE,
    Machine,
    nothing_to_verify,
    rotation,
    work,
    write,
)

FILES: Final = ReadOnlyFiles()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give a store with an empty folder of backups."""
    made = Store(tmp_path / ".us")
    (made.project_backups).mkdir(parents=True)
    return made


def name(content: str, file: str = "mimocode.jsonc") -> str:
    """Name a copy of a content."""
    return f"{fingerprint(content.encode())}-{file}"


def put(store: Store, where: str) -> Path:
    """Put a file into the backups."""
    path = store.backups / where
    path.write_bytes(b"x")
    return path


def record(number: int, *copies: str | None, role: str = "user_config") -> Record:
    """Make a record; the higher its number, the younger it is."""
    files = tuple(Recorded(role, f"/home/ada/{copy}", 0o600, copy, None) for copy in copies)
    at = f"2026-11-{1 + number // 24:02}T{number % 24:02}:00:00Z"
    return Record(FORMAT, f"t{number:03}", at, "apply", "salt", files)


def kept(store: Store, *known: Record) -> None:
    """Put records into the backups."""
    for one in known:
        record_path(store, one.transaction).write_bytes(one.to_bytes())


# Records


def test_a_record_is_read_back_as_it_was_written(store: Store) -> None:
    """Every field of it: files that were there, that were not, and of which no copy was to be kept."""
    files = (
        Recorded("user_config", "/home/ada/ä/mimocode.jsonc", 0o640, name("a"), "0" * 64),
        Recorded("project_config", "/p/.mimocode/mimocode.json", None, None, "1" * 64),
        Recorded("key_file", "/home/ada/api-key", 0o600, None, None),
    )
    written = Record(FORMAT, "0f3a", "2026-11-22T00:00:00Z", "uninstall", "s", files)
    kept(store, written)
    assert records(FILES, store) == (written,)


def test_the_youngest_record_comes_first(store: Store) -> None:
    """By the time of the run; of two in one second, always the same one."""
    twins = [evolve(record(3), transaction=transaction) for transaction in ("ta", "tb")]
    kept(store, record(2), *twins, record(1))
    assert [one.transaction for one in records(FILES, store)] == ["tb", "ta", "t002", "t001"]


def test_without_a_folder_there_are_no_records(tmp_path: Path) -> None:
    """A machine that never met us has none, and looking makes nothing."""
    assert records(FILES, Store(tmp_path / "nothing")) == ()
    assert list(tmp_path.iterdir()) == []


STRANGE: Final[dict[str, Callable[[Path], object]]] = {
    "not JSON": lambda path: path.write_bytes(b"{ half"),
    "not UTF-8": lambda path: path.write_bytes(b"\xff\xfe"),
    "empty": lambda path: path.write_bytes(b""),
    "another shape": lambda path: path.write_bytes(b'{"format": 1, "mine": true}'),
    "a list": lambda path: path.write_bytes(b"[1]"),
    "a newer format": lambda path: path.write_bytes(evolve(record(9), format=FORMAT + 1).to_bytes()),
    "a folder": lambda path: path.mkdir(),
    "a link that leads nowhere": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("what", STRANGE)
def test_what_is_not_a_record_of_ours_is_passed_over(store: Store, what: str) -> None:
    """It hides no other record, and is nothing to be removed."""
    kept(store, record(1))
    STRANGE[what](store.backups / "abc.json")
    assert [one.transaction for one in records(FILES, store)] == ["t001"]
    assert superfluous(FILES, store, set(), limit=2) == ()


@pytest.mark.parametrize("file", ["Notes.json", "a b.json", "t001.json.bak", ".t009.json", "t-9.json"])
def test_a_record_has_a_name_of_ours(store: Store, file: str) -> None:
    """A file of another name is somebody's, whatever it holds."""
    (store.backups / file).write_bytes(record(9).to_bytes())
    assert records(FILES, store) == ()
    assert superfluous(FILES, store, set(), limit=1) == ()


# What goes


def test_records_beyond_the_limit_go_with_their_copies(store: Store) -> None:
    """The oldest, and as many that the one about to be written still has room."""
    known = [record(number, name(str(number))) for number in range(5)]
    kept(store, *known)
    copies = [put(store, name(str(number))) for number in range(5)]
    going = superfluous(FILES, store, set(), limit=4)
    assert set(going) == {
        record_path(store, "t000"),
        record_path(store, "t001"),
        copies[0],
        copies[1],
    }


def test_within_the_limit_nothing_goes(store: Store) -> None:
    """All of the last runs are remembered, the coming one included."""
    known = [record(number, name(str(number))) for number in range(LIMIT - 1)]
    kept(store, *known)
    for number in range(LIMIT - 1):
        put(store, name(str(number)))
    assert superfluous(FILES, store, set()) == ()
    kept(store, record(LIMIT))
    assert superfluous(FILES, store, set()) == (record_path(store, "t000"), store.backups / name("0"))


def test_a_copy_that_a_younger_record_names_stays(store: Store) -> None:
    """Equal contents have one copy: it goes with the last record of it."""
    kept(store, record(0, name("same")), record(1, name("same")), record(2, name("other")))
    copy, other = put(store, name("same")), put(store, name("other"))
    assert superfluous(FILES, store, set(), limit=3) == (record_path(store, "t000"),)
    assert set(superfluous(FILES, store, set(), limit=2)) == {
        *(record_path(store, one) for one in ("t000", "t001")),
        copy,
    }
    assert other not in superfluous(FILES, store, set(), limit=2)


def test_a_copy_that_a_prior_refers_to_stays(store: Store) -> None:
    """Uninstall gives it back, however long ago it was taken."""
    kept(store, record(0, name("prior"), name("loose")), record(1))
    prior, loose = put(store, name("prior")), put(store, name("loose"))
    going = superfluous(FILES, store, {prior}, limit=1)
    assert loose in going
    assert prior not in going


def test_another_installer_s_state_stays(store: Store) -> None:
    """It is nowhere else; its record may go, and takes nothing with it later on either."""
    copy = name("theirs", "install-state.json")
    kept(store, record(0, copy, role="state"), record(1))
    put(store, copy)
    going = superfluous(FILES, store, set(), limit=1)
    assert set(going) == {record_path(store, "t000"), record_path(store, "t001")}
    for path in going:
        path.unlink()
    assert superfluous(FILES, store, set(), limit=1) == ()


def test_keys_beyond_the_limit_go(store: Store) -> None:
    """An old key is kept as long as its run is remembered, and no longer."""
    kept(store, record(0, "api-key-t000", role="key_file"), record(1, "api-key-t001", role="key_file"))
    old, young = put(store, "api-key-t000"), put(store, "api-key-t001")
    going = superfluous(FILES, store, set(), limit=2)
    assert old in going
    assert young not in going


def test_copies_that_no_record_names_go(store: Store) -> None:
    """What an earlier release left, or a run that could not tidy up, does not stay for ever."""
    loose = [put(store, name("a")), put(store, f"{store.project_backups.name}/{name('b', 'mimocode.json')}")]
    assert set(superfluous(FILES, store, set())) == set(loose)


@pytest.mark.parametrize(
    "file",
    [
        "notes.txt",
        "mimocode.jsonc",
        "api-key",
        "api-key-",
        "api-key-T1",
        "my-api-key-t000",
        f"{'g' * 64}-mimocode.jsonc",
        f"{'a' * 63}-mimocode.jsonc",
        "a" * 64,
        f"{'a' * 64}-",
        f"{PROJECTS}/notes.txt",
    ],
)
def test_a_file_of_another_name_is_never_touched(store: Store, file: str) -> None:
    """The folder is ours, and what somebody put into it is his."""
    put(store, file)
    kept(store, *(record(number) for number in range(3)))
    assert store.backups / file not in superfluous(FILES, store, set(), limit=1)


# What a transaction writes


def life(machine: Machine) -> list[Record]:
    """Lead a whole life; return its records, the oldest first."""
    machine.prepare()
    for build in RUNS["leaving"]:
        perform(quick(), machine.store, build(machine), nothing_to_verify)
    return list(reversed(records(FILES, machine.store)))


def test_each_transaction_leaves_its_record(tmp_path: Path) -> None:
    """It names what was replaced, created and removed, as it was and with a name of what it became."""
    machine = Machine(tmp_path)
    known = {one.transaction: one for one in life(machine)}
    assert sorted(known) == ["t1", "t2", "t3"]
    assert {one.command for one in known.values()} == {"test"}
    first = {one.role: one for one in known["t1"].files}
    assert list(first) == ["key_file", "user_config", "project_config"]
    assert first["key_file"].mode is None
    assert first["user_config"] == Recorded(
        "user_config",
        str(machine.user),
        0o640,
        f"{fingerprint(USER_BEFORE)}-mimocode.jsonc",
        keyed_name(SALT, USER_AFTER),
    )
    assert first["project_config"].after == keyed_name(SALT, PROJECT)
    assert [(one.role, one.after) for one in known["t3"].files if one.after is None] == [
        ("project_config", None),
        ("key_file", None),
    ]


def test_a_record_tells_no_secret_and_is_its_owner_s_alone(tmp_path: Path) -> None:
    """Contents are named by keyed hashes; a key's copy by its run."""
    machine = Machine(tmp_path)
    for one in life(machine):
        path = record_path(machine.store, one.transaction)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert KEY not in path.read_bytes()
        assert OTHER_KEY not in path.read_bytes()
        assert fingerprint(KEY).encode() not in path.read_bytes()


def test_an_undone_transaction_has_no_record(tmp_path: Path) -> None:
    """What did not happen is nothing to go back from."""
    machine = Machine(tmp_path)
    machine.prepare()
    perform(quick(), machine.store, RUNS["first run"][0](machine), nothing_to_verify)

    def verify() -> None:
        raise stop("x", "no", "no", source="x")

    with pytest.raises(Stop):
        perform(quick(), machine.store, rotation(machine), verify)
    assert [one.transaction for one in records(FILES, machine.store)] == ["t1"]


def test_a_transaction_of_the_state_alone_has_no_record(tmp_path: Path) -> None:
    """No file of the user's was replaced, so there is nothing to go back to."""
    machine = Machine(tmp_path)
    machine.prepare()
    perform(quick(), machine.store, work(machine, "t1"), nothing_to_verify)
    assert records(FILES, machine.store) == ()
    assert not machine.store.backups.exists()


def test_another_installer_s_state_is_recorded(tmp_path: Path) -> None:
    """Its copy is one of the record's files; our own state is superseded without one."""
    machine = Machine(tmp_path)
    machine.prepare()
    machine.store.state.write_bytes(b'{"serial": 0, "theirs": true}')
    todo = work(machine, "t1", write(machine, "user_config", machine.user, USER_AFTER))
    copy = machine.store.backups / f"{fingerprint(machine.store.state.read_bytes())}-install-state.json"
    perform(quick(), machine.store, evolve(todo, state_backup=copy), nothing_to_verify)
    (known,) = records(FILES, machine.store)
    assert [one.role for one in known.files] == ["user_config", "state"]
    assert known.files[1].backup == copy.name
    assert copy.read_bytes() == b'{"serial": 0, "theirs": true}'


def test_folders_of_backups_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    """Each of them, from the store downwards, and none twice."""
    store = Store(tmp_path / ".us")
    store.folder.mkdir(mode=0o700)
    for _ in range(2):
        make_folders(quick(), store, store.project_backups)
    made = (store.backups, store.project_backups)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in made] == [0o700, 0o700]
