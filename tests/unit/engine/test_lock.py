"""One run at a time: held, told, waited for, lost with its holder, and noticed when it was removed."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from reconciler.engine import platform
from reconciler.engine.files import LocalFiles
from reconciler.engine.lock import locked
from reconciler.engine.problems import Stop
from reconciler.engine.store import Store

FILES = LocalFiles()
HOLD = """
import sys, os
from pathlib import Path
from reconciler.engine.files import LocalFiles
from reconciler.engine.lock import locked
from reconciler.engine.store import Store
with locked(LocalFiles(), Store(Path(sys.argv[1])), "the other one"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give an empty store."""
    return Store(tmp_path)


def test_the_lock_names_its_holder(store: Store) -> None:
    """While it is held, the file says by whom; it is owner-only."""
    with locked(FILES, store, "process 7 since noon"):
        assert store.lock.read_text() == "process 7 since noon\n"
        assert store.lock.stat().st_mode & 0o777 == 0o600


def test_the_holders_line_is_replaced_whole(store: Store) -> None:
    """A shorter name leaves nothing of the longer one before it."""
    with locked(FILES, store, "a very long name indeed"):
        pass
    with locked(FILES, store, "short"):
        assert store.lock.read_text() == "short\n"


def test_a_lock_is_free_again_afterwards(store: Store) -> None:
    """The end of the block frees it, also the end by an error."""
    with pytest.raises(ZeroDivisionError), locked(FILES, store, "one"):
        raise ZeroDivisionError
    with locked(FILES, store, "two", patience=0):
        pass


def test_a_second_holder_is_refused_and_told_of_the_first(store: Store) -> None:
    """Whoever cannot have the lock in time learns who has it, and nothing was changed."""
    with locked(FILES, store, "process 7 since noon"):
        with pytest.raises(Stop) as caught, locked(FILES, store, "me", patience=0):
            raise AssertionError
        assert store.lock.read_text() == "process 7 since noon\n"
    (blocker,) = caught.value.blockers
    assert blocker.code == "locked"
    assert "process 7 since noon" in blocker.message
    assert blocker.place is not None
    assert blocker.place.file == str(store.lock)


def test_a_holder_without_a_name_is_another_run(store: Store) -> None:
    """A lock whose line is not written yet still gives a sentence."""
    descriptor = os.open(store.lock, platform.O_LOCK, 0o600)
    assert platform.try_lock(descriptor)
    with pytest.raises(Stop) as caught, locked(FILES, store, "me", patience=0):
        raise AssertionError
    os.close(descriptor)
    assert "another run" in caught.value.blockers[0].message


def test_the_lock_holds_between_processes_and_dies_with_its_holder(store: Store) -> None:
    """Another process is kept out as long as the holder lives; a killed holder leaves nothing stuck."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(store.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Stop) as caught, locked(FILES, store, "me", patience=0):
            raise AssertionError
        assert "the other one" in caught.value.blockers[0].message
        holder.kill()
        holder.wait()
    with locked(FILES, store, "me", patience=10):
        assert store.lock.read_text() == "me\n"


def test_a_waiter_gets_the_lock_when_it_is_freed(store: Store) -> None:
    """Patience is enough: the second one comes in behind the first."""
    order: list[str] = []
    waiting = threading.Event()

    def second() -> None:
        waiting.set()
        with locked(FILES, store, "second", patience=30):
            order.append("second")

    thread = threading.Thread(target=second)
    with locked(FILES, store, "first"):
        thread.start()
        waiting.wait()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_removed_lock_file_is_noticed(store: Store) -> None:
    """Whoever waited for a file that its holder then removed starts over with the file that is there."""
    entered = threading.Event()
    seen: list[bool] = []

    def waiter() -> None:
        with locked(FILES, store, "waiter", patience=30):
            seen.append(store.lock.read_text() == "waiter\n")
            entered.set()

    with locked(FILES, store, "last of all"):
        thread = threading.Thread(target=waiter)
        thread.start()
        assert not entered.wait(0.2)
        store.lock.unlink()
    assert entered.wait(30)
    thread.join()
    assert seen == [True]


def test_without_its_folder_there_is_no_lock(store: Store) -> None:
    """A store that somebody took away is a blocker and no crash."""
    store.folder.rmdir()
    with pytest.raises(Stop) as caught, locked(FILES, store, "me"):
        raise AssertionError
    assert caught.value.blockers[0].code == "write_failed"


def test_a_lock_that_is_a_folder_is_told(store: Store) -> None:
    """Something else in the lock's place stops the run with its place."""
    store.lock.mkdir()
    with pytest.raises(Stop) as caught, locked(FILES, store, "me"):
        raise AssertionError
    (blocker,) = caught.value.blockers
    assert blocker.place is not None
    assert blocker.place.file == str(store.lock)
