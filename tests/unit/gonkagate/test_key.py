"""The key: its form, where it comes from, and that nothing of it ever shows."""

import io
import logging
import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine.files import ReadOnlyFiles, Standing
from reconciler.engine.problems import Place, Stop
from reconciler.gonkagate import key as keys
from reconciler.gonkagate.key import Key, StoredKey, intake, read_stored

GOOD = "gp-AbC_123-xyz"
OTHER = "gp-other-0000"
BODY = "SeCrEtBoDy"
FILES = ReadOnlyFiles()
NOTHING_STORED = StoredKey(Path("/k"), None, None)


def nobody() -> None:
    """Be asked in vain."""


@pytest.mark.parametrize("text", [GOOD, "gp-1", "gp--", "gp-_", "gp-" + "x" * 509])
def test_a_key_of_valid_form_is_taken_as_it_is(text: str) -> None:
    """The prefix and then letters, digits, underscore and hyphen, up to the limit."""
    assert keys.parse(text, "here").reveal() == text


MALFORMED = {
    "": "does not start",
    "gp": "does not start",
    f"sk-{BODY}": "does not start",
    f"GP-{BODY}": "does not start",
    f" gp-{BODY}": "does not start",
    f"\ufeffgp-{BODY}": "does not start",
    f"'gp-{BODY}'": "does not start",
    "gp-": "nothing after",
    f"gp-{BODY}\n": "white space",
    f"gp-{BODY} ": "white space",
    f"gp-{BODY} x": "something else",
    f"gp-{BODY}\nx": "something else",
    f"gp-{BODY}\x00": "something else",
    f"gp-{BODY}é": "something else",
    f"gp-{BODY}٣": "something else",
    f"gp-{BODY}.": "something else",
    f"gp-{BODY}'": "something else",
    f"gp-{BODY}\u200b": "something else",
    f"gp-{BODY}\ud800": "something else",
    "gp-" + BODY * 60: "longer than 512",
}


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_key_is_refused_and_never_repeated(text: str) -> None:
    """The message says what is wrong; message, representation and traceback hold nothing of the key."""
    with pytest.raises(Stop) as caught:
        keys.parse(text, "the variable X", Place(variable="X"))
    (blocker,) = caught.value.blockers
    assert blocker.code == "api_key_malformed"
    assert MALFORMED[text] in blocker.message
    assert "the variable X" in blocker.message
    assert blocker.place == Place(variable="X")
    told = "".join(traceback.format_exception(caught.value))
    for spelled in (str(caught.value), repr(caught.value), repr(blocker), told):
        assert BODY not in spelled


@given(st.text(max_size=20))
def test_whatever_is_given_ends_in_a_key_or_a_blocker(text: str) -> None:
    """There is no input that crashes, and what is accepted is accepted unchanged."""
    try:
        key = keys.parse(f"gp-{text}", "here")
    except Stop:
        return
    assert key.reveal() == f"gp-{text}"
    assert key.reveal().isascii()


@pytest.mark.parametrize(
    "spell", [str, repr, "{}".format, "{!r}".format, lambda key: f"{[key]}{ ({'k': key}) }"]
)
def test_a_key_shows_nothing_of_itself(spell: Callable[[Key], str]) -> None:
    """However it is printed, alone or inside of something."""
    assert GOOD[3:] not in spell(Key(GOOD))


def test_a_key_in_a_log_or_an_exception_shows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A key that gets into a log line or a traceback by accident is still not told."""
    key = Key(GOOD)
    logging.getLogger("any").warning("the key is %s, %r", key, key)
    assert GOOD not in caplog.text
    assert GOOD not in "".join(traceback.format_exception(ValueError(key)))


def test_keys_are_compared_by_their_text() -> None:
    """Equal texts are equal keys, and no key is nothing."""
    assert Key(GOOD).equals(Key(GOOD))
    assert not Key(GOOD).equals(Key(OTHER))
    assert not Key(GOOD).equals(None)


def test_a_fingerprint_needs_its_salt() -> None:
    """The name of a key is another one under another salt, and holds nothing of the key."""
    assert Key(GOOD).fingerprint("a") == Key(GOOD).fingerprint("a")
    assert Key(GOOD).fingerprint("a") != Key(GOOD).fingerprint("b")
    assert Key(GOOD).fingerprint("a") != Key(OTHER).fingerprint("a")
    assert len(Key(GOOD).fingerprint("a")) == 64


def stored(tmp_path: Path, content: bytes, mode: int = 0o600) -> StoredKey:
    """Put a key file down and read it."""
    path = tmp_path / "api-key"
    path.write_bytes(content)
    path.chmod(mode)
    return read_stored(FILES, path)


@pytest.mark.parametrize("content", [GOOD, f"{GOOD}\n", f"{GOOD}\r\n", f"  {GOOD}\n\n"])
def test_a_stored_key_is_read(tmp_path: Path, content: str) -> None:
    """White space around it is no part of it, as MiMoCode reads it too."""
    found = stored(tmp_path, content.encode())
    assert found.key is not None
    assert found.key.reveal() == GOOD
    assert found.snapshot is not None
    assert GOOD not in repr(found)


@pytest.mark.parametrize("content", [b"", b"\n", b"sk-x", b"gp-a b", b"\xff\xfe", b"gp-a\ngp-b\n"])
def test_a_key_file_with_something_else_has_no_key(tmp_path: Path, content: bytes) -> None:
    """What is in the file is kept for comparison, but it is no key."""
    found = stored(tmp_path, content)
    assert found.key is None
    assert found.snapshot is not None


def test_no_key_file_is_no_key(tmp_path: Path) -> None:
    """Before the first set-up there is nothing."""
    assert read_stored(FILES, tmp_path / "api-key") == StoredKey(tmp_path / "api-key", None, None)


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777, 0o1777])
def test_a_folder_in_which_others_write_is_no_place_for_a_key(tmp_path: Path, mode: int) -> None:
    """Whoever can write in the folder above ours could put another one in its place."""
    folder = tmp_path / ".gonkagate" / "mimo-code"
    folder.mkdir(parents=True)
    folder.parent.chmod(mode)
    with pytest.raises(Stop) as caught:
        read_stored(FILES, folder / "api-key")
    (blocker,) = caught.value.blockers
    assert blocker.code == "key_file_unsafe"
    assert blocker.place == Place(file=str(folder.parent))
    folder.parent.chmod(0o755)
    folder.chmod(mode)  # ours, and repaired by the next apply
    assert read_stored(FILES, folder / "api-key").key is None


class SomebodyElses(ReadOnlyFiles):
    """A disk on which one file or folder belongs to somebody else."""

    def __init__(self, whose: Path) -> None:
        self.whose = whose

    def standing(self, path: Path) -> Standing | None:
        """Tell whose it is."""
        found = super().standing(path)
        return evolve(found, owner=found.owner + 1) if found is not None and path == self.whose else found


@pytest.mark.parametrize(
    "which", ["home/.gonkagate/mimo-code/api-key", "home/.gonkagate/mimo-code", "home/.gonkagate"]
)
def test_a_key_in_somebody_elses_hands_is_unsafe(tmp_path: Path, which: str) -> None:
    """The file, our folder and the one above it must be the user's own."""
    path = tmp_path / "home/.gonkagate/mimo-code/api-key"
    path.parent.mkdir(parents=True)
    path.write_text(GOOD)
    with pytest.raises(Stop) as caught:
        read_stored(SomebodyElses(tmp_path / which), path)
    (blocker,) = caught.value.blockers
    assert (blocker.code, blocker.place) == ("key_file_unsafe", Place(file=str(tmp_path / which)))
    assert read_stored(FILES, path).key == Key(GOOD)


def test_a_key_file_that_is_no_plain_file_is_unsafe(tmp_path: Path) -> None:
    """A link, a folder, a pipe in the key file's place: the run stops there."""
    (tmp_path / "real").write_text(GOOD)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "dangling", "folder", "pipe"):
        with pytest.raises(Stop) as caught:
            read_stored(FILES, tmp_path / name)
        (blocker,) = caught.value.blockers
        assert blocker.code == "key_file_unsafe"
        assert blocker.place == Place(file=str(tmp_path / name))


@pytest.mark.parametrize(
    ("stream", "variable", "file", "typed", "expected"),
    [
        ("gp-1\n", "gp-2", "gp-3", "gp-4", "gp-1"),
        (None, "gp-2", "gp-3", "gp-4", "gp-2"),
        (None, "", "gp-3", "gp-4", "gp-3"),
        (None, None, "gp-3", "gp-4", "gp-3"),
        (None, None, None, "gp-4", "gp-4"),
        (None, None, None, " gp-4 ", "gp-4"),
        ("gp-1", None, None, None, "gp-1"),
        ("gp-1\r\n", None, None, None, "gp-1"),
    ],
)
def test_the_first_source_that_has_a_key_wins(
    tmp_path: Path,
    stream: str | None,
    variable: str | None,
    file: str | None,
    typed: str | None,
    expected: str,
) -> None:
    """Standard input, then the variable, then the stored file, then the prompt."""
    found = NOTHING_STORED if file is None else stored(tmp_path, file.encode())
    key = intake(
        stream=None if stream is None else io.BytesIO(stream.encode()),
        environment={} if variable is None else {"GONKAGATE_API_KEY": variable},
        stored=found,
        ask=lambda: typed,
    )
    assert key.reveal() == expected


@pytest.mark.parametrize(
    ("stream", "variable", "file", "typed", "code", "source"),
    [
        (b"", "gp-2", "gp-3", "gp-4", "api_key_missing", "standard input"),
        (b"\n", "gp-2", None, None, "api_key_missing", "standard input"),
        (b"nope", "gp-2", "gp-3", "gp-4", "api_key_malformed", "standard input"),
        (b"gp-1\n\n", None, None, None, "api_key_malformed", "standard input"),
        (b"gp-1\ngp-2\n", None, None, None, "api_key_malformed", "standard input"),
        (b"\xff\xfe", None, None, None, "api_key_malformed", "standard input"),
        (b"gp-" + b"x" * 5000, None, None, None, "api_key_malformed", "standard input"),
        (None, "nope", "gp-3", "gp-4", "api_key_malformed", "GONKAGATE_API_KEY"),
        (None, " ", "gp-3", "gp-4", "api_key_malformed", "GONKAGATE_API_KEY"),
        (None, None, "nope", "gp-4", "api_key_malformed", "the key file"),
        (None, None, "", "gp-4", "api_key_malformed", "the key file"),
        (None, None, None, "nope", "api_key_malformed", "the prompt"),
        (None, None, None, "", "api_key_malformed", "the prompt"),
        (None, None, None, None, "api_key_missing", "nobody"),
    ],
)
def test_a_source_that_was_used_is_not_passed_over(  # noqa: PLR0913, PLR0917 - one argument a source
    tmp_path: Path,
    stream: bytes | None,
    variable: str | None,
    file: str | None,
    typed: str | None,
    code: str,
    source: str,
) -> None:
    """A wrong key in one place is told for that place; the next one is not tried behind the user's back."""
    with pytest.raises(Stop) as caught:
        intake(
            stream=None if stream is None else io.BytesIO(stream),
            environment={} if variable is None else {"GONKAGATE_API_KEY": variable},
            stored=NOTHING_STORED if file is None else stored(tmp_path, file.encode()),
            ask=lambda: typed,
        )
    (blocker,) = caught.value.blockers
    assert blocker.code == code
    assert source in blocker.message
    assert blocker.remedy


def test_nobody_is_asked_while_there_is_another_source(tmp_path: Path) -> None:
    """The prompt is the last resort."""

    def ask() -> str:
        raise AssertionError

    intake(stream=io.BytesIO(b"gp-1"), environment={}, stored=NOTHING_STORED, ask=ask)
    intake(stream=None, environment={"GONKAGATE_API_KEY": "gp-1"}, stored=NOTHING_STORED, ask=ask)
    intake(stream=None, environment={}, stored=stored(tmp_path, b"gp-1"), ask=ask)


def test_standard_input_is_read_no_further_than_a_key_can_be() -> None:
    """An endless stream is not swallowed."""
    stream = io.BytesIO(b"x" * 1_000_000)
    with pytest.raises(Stop, match="far more than a key"):
        intake(stream=stream, environment={}, stored=NOTHING_STORED, ask=nobody)
    assert stream.tell() < 10_000


@pytest.mark.parametrize(
    ("mode", "open_to_others"), [(0o600, 0), (0o400, 0), (0o640, 1), (0o604, 1), (0o666, 1), (0o700, 1)]
)
def test_a_mode_that_lets_others_in_is_seen(mode: int, open_to_others: int) -> None:
    """Owner-only is read and write for the owner, or less."""
    assert keys.is_too_open(mode) is bool(open_to_others)
