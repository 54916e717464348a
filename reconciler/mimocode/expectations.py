"""What must be true of what MiMoCode resolves.

Expectations are values; holding a configuration against them is a function of both. Whether it is
MiMoCode's own answer or what its layers will come to makes no difference here.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

from attrs import field

from reconciler.engine.files import content
from reconciler.engine.values import ABSENT, Absent, look_up, same
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.engine.files import FileSystem
    from reconciler.engine.values import Json, KeyPath
    from reconciler.mimocode.launcher import Output


@frozen
class Expectations:
    """Everything one set-up promises: keys with their values, one secret key, models to be listed."""

    provider: str
    values: Mapping[KeyPath, Json]
    secret_key: KeyPath
    secret: str = field(repr=False)
    models: tuple[str, ...]
    chosen: tuple[str, ...]
    """The models that the user works with; gates on them are blockers of their own."""
    ours: frozenset[Path]
    """The files that we edit: a value there is never blamed."""
    secret_file: Path | None = None
    """The file that our config takes the secret from."""

    @property
    def entry(self) -> KeyPath:
        """The provider's own object."""
        return ("provider", self.provider)


@frozen
class Mismatch:
    """A key that MiMoCode resolves to something else. `found` is never a secret."""

    key: KeyPath
    expected: Json
    found: Json | Absent


def parse_resolved(output: Output) -> Mapping[str, Json] | None:
    """Read what `mimo --pure debug config` printed; None when it is not a configuration."""
    if output.exit_code != 0:
        return None
    try:
        resolved = json.loads(output.stdout)
    except (ValueError, RecursionError):
        return None
    return resolved if isinstance(resolved, dict) else None


def mismatches(resolved: Mapping[str, Json], expectations: Expectations) -> tuple[Mismatch, ...]:
    """Compare a configuration with what is expected of it, key by key; the secret apart."""
    tree: Json = dict(resolved)
    return tuple(
        Mismatch(key, value, found)
        for key, value in expectations.values.items()
        if isinstance(found := look_up(tree, key), Absent) or not same(found, value)
    )


def secret_mismatch(resolved: Mapping[str, Json], expectations: Expectations) -> Mismatch | None:
    """Compare the secret that MiMoCode resolves with the stored one, and tell nothing of it."""
    held = look_up(dict(resolved), expectations.secret_key)
    if isinstance(held, str) and _is_secret(held, expectations.secret):
        return None
    what = ABSENT if isinstance(held, Absent) else "(another key)"
    return Mismatch(expectations.secret_key, "(the stored key)", what)


def holds_secret(files: FileSystem, expectations: Expectations) -> bool:
    """Whether the file that our config takes the secret from is there and holds it."""
    if expectations.secret_file is None:
        return True
    try:
        data = content(files.read(expectations.secret_file))
    except OSError:
        return False
    return data is not None and _is_secret(data.decode(errors="replace").strip(), expectations.secret)


def _is_secret(held: str, secret: str) -> bool:
    return hmac.compare_digest(held.encode(errors="surrogatepass"), secret.encode())
