"""The journal: whole or not there, readable by the next run, and without a secret."""

import json
from pathlib import Path

import pytest

from reconciler.engine.files import LocalFiles
from reconciler.engine.journal import Entry, Journal, keyed_name, read_journal, staging_name, write_journal
from reconciler.engine.problems import Stop
from reconciler.engine.store import Store
from tests.support.files import FaultingDisk, Killed, RecordingDisk, tree

JOURNAL = Journal(
    1,
    "t1",
    "salt",
    "2026-11-22T00:00:00Z",
    (
        Entry(
            "key_file",
            "/k",
            None,
            keyed_name("salt", b"gp-secret"),
            None,
            keyed_name("salt", b"gp-secret"),
            None,
            0o600,
            "/.k.t1.new",
            "/.k.t1.old",
            "/.k.t1.back",
        ),
    ),
    ("/folder",),
    ("/backup",),
    (),
    (),
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give an empty store."""
    return Store(tmp_path)


def test_what_was_written_is_read(store: Store) -> None:
    """A journal survives the disk, owner-only, and leaves no temporary."""
    write_journal(LocalFiles(), store, JOURNAL)
    assert read_journal(LocalFiles(), store) == JOURNAL
    assert store.journal.stat().st_mode & 0o777 == 0o600
    assert list(tree(store.folder)) == ["journal.json"]


def test_no_journal_is_no_run_to_recover(store: Store) -> None:
    """Where nothing was interrupted there is nothing to read."""
    assert read_journal(LocalFiles(), store) is None


def test_a_half_written_journal_is_never_seen(store: Store) -> None:
    """A run that dies while it writes its journal leaves at most the staged name, which the next replaces."""
    steps = RecordingDisk()
    write_journal(LocalFiles(steps), store, JOURNAL)
    store.journal.unlink()
    for at in range(len(steps.calls)):
        with pytest.raises(Killed):
            write_journal(LocalFiles(FaultingDisk(at=at, dies=True, torn=True)), store, JOURNAL)
        assert read_journal(LocalFiles(), store) in (None, JOURNAL)
        assert set(tree(store.folder)) <= {store.journal.name, staging_name(store).name}
        write_journal(LocalFiles(), store, JOURNAL)
        assert list(tree(store.folder)) == ["journal.json"]
        store.journal.unlink()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 1}', b'{"format": "1", "x": 2}'])
def test_a_journal_that_is_not_ours_stops(store: Store, content: bytes) -> None:
    """What cannot be understood is not acted on: the user is told where it is."""
    store.journal.write_bytes(content)
    with pytest.raises(Stop) as caught:
        read_journal(LocalFiles(), store)
    (blocker,) = caught.value.blockers
    assert blocker.code == "state_unreadable"
    assert blocker.place is not None
    assert blocker.place.file == str(store.journal)
    assert store.journal.read_bytes() == content


def test_an_unknown_field_makes_a_journal_somebody_elses(store: Store) -> None:
    """A journal of a newer program is not half understood."""
    write_journal(LocalFiles(), store, JOURNAL)
    whole = json.loads(store.journal.read_bytes())
    store.journal.write_text(json.dumps({**whole, "new": 1}))
    with pytest.raises(Stop):
        read_journal(LocalFiles(), store)


def test_contents_are_named_by_a_hash_that_only_this_journal_can_make() -> None:
    """The same content has another name under another salt, and a missing file has none."""
    assert keyed_name("salt", b"x") != keyed_name("pepper", b"x")
    assert keyed_name("salt", b"x") != keyed_name("salt", b"y")
    assert keyed_name("salt", b"") is not None
    assert keyed_name("salt", None) is None


def test_a_journal_of_a_newer_program_is_left_alone(store: Store) -> None:
    """What a newer version left unfinished is not ours to undo: the user is told to update."""
    store.journal.write_text('{"format": 2, "anything": "else"}')
    with pytest.raises(Stop) as caught:
        read_journal(LocalFiles(), store)
    assert [blocker.code for blocker in caught.value.blockers] == ["state_too_new"]


def test_a_journal_that_is_a_folder_stops(store: Store) -> None:
    """Something else in the journal's place is told with its place."""
    store.journal.mkdir()
    with pytest.raises(Stop) as caught:
        read_journal(LocalFiles(), store)
    assert [blocker.code for blocker in caught.value.blockers] == ["state_unreadable"]


def test_the_journal_holds_no_content(store: Store) -> None:
    """Not even the key's bytes: names and hashes only."""
    write_journal(LocalFiles(), store, JOURNAL)
    assert b"gp-secret" not in store.journal.read_bytes()
