"""The API key: its form, and where it may come from.

The key is wrapped as soon as it is read: `Key` shows nothing of itself when printed, logged or put
into an exception. Only `reveal` hands out the text, to the key file, the request header and the
comparison with what MiMoCode resolves.
"""

from __future__ import annotations

import hmac
import re
from typing import IO, TYPE_CHECKING, Final

from attrs import field

from reconciler.engine import platform
from reconciler.engine.files import Kind
from reconciler.engine.journal import keyed_name
from reconciler.engine.problems import Place, reason, stop
from reconciler.engine.store import FILE_MODE
from reconciler.gonkagate.facts import KEY_VARIABLE, Code
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from reconciler.engine.files import FileSystem, Snapshot
    from reconciler.engine.problems import Stop

PREFIX: Final = "gp-"
LENGTH_LIMIT: Final = 512
_FORM: Final = re.compile(r"gp-[A-Za-z0-9_-]+")
_INPUT_LIMIT: Final = 4096
_OTHERS_WRITE: Final = 0o022


@frozen
class Key:
    """An API key of valid form."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Return the raw key. Whoever calls this keeps it out of every output."""
        return self._text

    def equals(self, other: Key | None) -> bool:
        """Compare without telling by the time it takes."""
        return other is not None and hmac.compare_digest(self._text.encode(), other.reveal().encode())

    def fingerprint(self, salt: str) -> str:
        """Name the key by a hash that is worth nothing without its salt."""
        return keyed_name(salt, self._text.encode()) or ""

    def __str__(self) -> str:
        return "(sensitive)"


@frozen
class StoredKey:
    """The key file as it was read."""

    path: Path
    snapshot: Snapshot | None
    key: Key | None


def parse(text: str, source: str, place: Place | None = None) -> Key:
    """Check a key's form. Raises `Stop` with api_key_malformed, saying what is wrong, never the key."""
    wrong = fault(text)
    if wrong is None:
        return Key(text)
    raise stop(
        Code.API_KEY_MALFORMED,
        f"the key from {source} {wrong}",
        "copy the key once more from your GonkaGate account, then run again",
        source="key",
        place=place,
    )


def fault(text: str) -> str | None:
    """Say what is wrong with a text that is no key, and nothing of the text itself; None for a key."""
    if not text.startswith(PREFIX):
        return f"does not start with {PREFIX}"
    if text == PREFIX:
        return f"has nothing after {PREFIX}"
    if len(text) > LENGTH_LIMIT:
        return f"is longer than {LENGTH_LIMIT} characters"
    if text.strip() != text:
        return "has white space around it"
    if _FORM.fullmatch(text) is None:
        return f"holds something else than letters, digits, _ and - after {PREFIX}"
    return None


def read_stored(files: FileSystem, path: Path) -> StoredKey:
    """Read the key file, if there is one.

    Raises `Stop` with key_file_unsafe when it is no plain file, belongs to somebody else, or lies where
    others could put another one in its place.
    """
    try:
        if files.is_link(path) or files.kind(path) not in (Kind.ABSENT, Kind.FILE):
            raise _unsafe(path, "the key file is not a plain file", "move it away")
        _refuse_strangers(files, path)
        snapshot = files.read(path)
    except OSError as error:
        raise _unsafe(
            path, f"the key file cannot be read: {reason(error)}", "see to its permissions"
        ) from None
    if snapshot is None:
        return StoredKey(path, None, None)
    text = snapshot.data.decode(errors="replace").strip()
    return StoredKey(path, snapshot, Key(text) if fault(text) is None else None)


def _refuse_strangers(files: FileSystem, path: Path) -> None:
    """Refuse what somebody else than the home's owner has, or could exchange.

    Our own folder may be too open: that is repaired. The one above it is not ours to change.
    """
    home = files.standing(path.parents[2])
    if platform.WINDOWS or home is None:
        return
    trusted = {platform.user(), home.owner}
    for place in (path.parents[1], path.parent, path):
        found = files.standing(place)
        if found is not None and found.owner not in trusted:
            raise _unsafe(
                place,
                "the key would be in somebody else's hands: this is another user's",
                "make it yours (chown)",
            )
    above = files.standing(path.parents[1])
    if above is not None and above.mode & _OTHERS_WRITE:
        raise _unsafe(
            path.parents[1],
            f"others can write in this folder (mode {above.mode:04o}) and could exchange what lies in it",
            "take the right from them (chmod go-w)",
        )


def is_too_open(mode: int) -> bool:
    """Whether others than the owner may touch a file of this mode. Windows has no such bits."""
    return not platform.WINDOWS and bool(mode & ~FILE_MODE)


def _unsafe(path: Path, what: str, remedy: str) -> Stop:
    return stop(
        Code.KEY_FILE_UNSAFE,
        what,
        f"{remedy}, then run again",
        source="key",
        place=Place(file=str(path)),
    )


def from_stream(stream: IO[bytes]) -> Key:
    """Read a key from standard input: bounded, one trailing newline tolerated."""
    data = stream.read(_INPUT_LIMIT + 1)
    if len(data) > _INPUT_LIMIT:
        raise stop(
            Code.API_KEY_MALFORMED,
            "standard input holds far more than a key",
            "pipe the key alone into --api-key-stdin",
            source="key",
        )
    text = data.decode(errors="replace")
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise missing("standard input was empty")
    return parse(text, "standard input")


def intake(
    *,
    stream: IO[bytes] | None,
    environment: Mapping[str, str],
    stored: StoredKey,
    ask: Callable[[], str | None],
) -> Key:
    """Take the key from the first source that has one: stdin, variable, key file, prompt.

    `stream` is standard input when --api-key-stdin was given. `ask` prompts; it returns None where
    nobody can be asked. Raises `Stop` with api_key_missing or api_key_malformed.
    """
    if stream is not None:
        return from_stream(stream)
    given = environment.get(KEY_VARIABLE, "")
    if given:
        return parse(given, f"the variable {KEY_VARIABLE}", Place(variable=KEY_VARIABLE))
    if stored.key is not None:
        return stored.key
    if stored.snapshot is not None:
        text = stored.snapshot.data.decode(errors="replace").strip()
        return parse(text, "the key file", Place(file=str(stored.path)))
    typed = ask()
    if typed is None:
        raise missing("no key was given and nobody can be asked for one here")
    return parse(typed.strip(), "the prompt")


def missing(why: str) -> Stop:
    """Make the blocker for a key that is not there."""
    return stop(
        Code.API_KEY_MISSING,
        why,
        f"pipe it into --api-key-stdin, or set the variable {KEY_VARIABLE}, or run in a terminal",
        source="key",
    )
