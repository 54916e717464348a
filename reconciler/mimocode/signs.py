"""Signs of layers that cannot be read from here: what they say is known to MiMoCode alone.

A sign tells that there may be such a layer and where that is to be seen. It never proves one, and nothing of
a credential is told but the host that it is for.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from reconciler.engine import platform
from reconciler.engine.files import Kind, content
from reconciler.engine.problems import Place
from reconciler.engine.values import look_up
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.engine.files import FileSystem
    from reconciler.engine.values import Json
    from reconciler.mimocode.paths import Paths

MANAGED: Final = "managed preferences"
ORGANISATION: Final = "organisation settings"
REMOTE: Final = "remote settings"
_PREFERENCES: Final = "ai.opencode.managed.plist"
_AUTH_VARIABLE: Final = "MIMOCODE_AUTH_CONTENT"
_FETCHED: Final = "wellknown"
_PREFERRED: Final = "who manages this machine has set preferences for MiMoCode, which rank above everything"
_LOGGED_IN: Final = (
    "MiMoCode is logged in to an organisation whose settings it fetches at every start; they rank above all "
    "but those of who manages this machine"
)
_IN_FORCE: Final = (
    "SELECT 1 FROM account_state JOIN account ON account.id = account_state.active_account_id"
    " WHERE account_state.active_org_id <> ''"
)
_FETCHES: Final = (
    "a stored credential makes MiMoCode fetch settings from {} at every start; they rank below your own "
    "files, and it does not start while that address does not answer"
)


@frozen
class Sign:
    """Something that speaks for a layer: which kind of layer, what was seen, and where."""

    kind: str
    sentence: str
    place: Place

    @property
    def outranks(self) -> bool:
        """Whether such a layer ranks above whatever a user can write."""
        return self.kind in (MANAGED, ORGANISATION)


def find(
    files: FileSystem,
    environment: Mapping[str, str],
    paths: Paths,
    preferences: tuple[str, ...] = platform.managed_preferences(),
) -> tuple[Sign, ...]:
    """Look for signs, the highest layer's first. `preferences` are folders of the system's own."""
    managed = _managed(files, environment, preferences)
    return (*managed, *_account(files, paths), *_remote(files, environment, paths))


def lent(files: FileSystem, environment: Mapping[str, str], paths: Paths) -> dict[str, str]:
    """Return variables that such credentials bring along, known in every layer. They are secret."""
    _, entries = _credentials(files, environment, paths)
    found = [(look_up(entry, ("key",)), look_up(entry, ("token",))) for entry in entries.values()]
    return {key: value for key, value in found if isinstance(key, str) and isinstance(value, str)}


def _managed(
    files: FileSystem, environment: Mapping[str, str], preferences: tuple[str, ...]
) -> Iterator[Sign]:
    """Find preferences that whoever runs the machine has set. Never run: Linux has none."""
    user = environment.get("USER", "")
    for folder in preferences:
        for path in dict.fromkeys((Path(folder, user, _PREFERENCES), Path(folder, _PREFERENCES))):
            with contextlib.suppress(OSError):
                if files.kind(path) is not Kind.ABSENT:
                    yield Sign(MANAGED, _PREFERRED, Place(file=str(path)))


def _account(files: FileSystem, paths: Paths) -> Iterator[Sign]:
    """See in the database whether an organisation is chosen, in a way that writes nothing beside it."""
    import sqlite3  # noqa: PLC0415 - most commands never need it

    with contextlib.suppress(OSError, ValueError, sqlite3.Error):
        if files.kind(paths.database) is not Kind.FILE:
            return
        address = f"{paths.database.as_uri()}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            chosen = database.execute(_IN_FORCE).fetchone()
        if chosen is not None:
            yield Sign(ORGANISATION, _LOGGED_IN, Place(file=str(paths.database)))


def _remote(files: FileSystem, environment: Mapping[str, str], paths: Paths) -> Iterator[Sign]:
    """Find credentials that make MiMoCode fetch settings."""
    place, entries = _credentials(files, environment, paths)
    for name in entries:
        yield Sign(REMOTE, _FETCHES.format(_host(name)), place)


def _credentials(
    files: FileSystem, environment: Mapping[str, str], paths: Paths
) -> tuple[Place, dict[str, Json]]:
    """Find them in the store, or in the variable that stands in for it."""
    place, found = Place(variable=_AUTH_VARIABLE), _json(environment.get(_AUTH_VARIABLE, ""))
    if found is None:
        place, found = Place(file=str(paths.auth)), _json(_read(files, paths.auth))
    entries = found.items() if isinstance(found, dict) else ()
    return place, {name: entry for name, entry in entries if look_up(entry, ("type",)) == _FETCHED}


def _read(files: FileSystem, path: Path) -> bytes:
    try:
        return content(files.read(path)) or b""
    except OSError:
        return b""


def _json(text: bytes | str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _host(address: str) -> str:
    """Take the host out of an address, which can hold a password as well."""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        host = None
    return host if host and host.isprintable() else "an address"
