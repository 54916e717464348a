"""What an answer of MiMoCode depends on, each thing with a keyed fingerprint of what it was.

While nothing of it has changed, the answer stands and MiMoCode need not be started to give it again. What
comes from elsewhere (an organisation, an address) can change at any time, so no answer is relied on there.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.engine.files import content
from reconciler.mimocode import signs, substitution
from reconciler.mimocode.habits import essence
from reconciler.mimocode.layers import Layer
from reconciler.mimocode.outlook import Standpoint
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.engine.files import FileSystem
    from reconciler.mimocode.expectations import Expectations
    from reconciler.mimocode.identity import Identity
    from reconciler.mimocode.outlook import Outlook
    from reconciler.mimocode.substitution import Reference

MIMO: Final = "mimo"
FOLDER: Final = "folder"
VARIABLE: Final = "variable"
LAYER: Final = "layer"
KEY_FILE: Final = "key_file"
MODEL_LIST: Final = "model_list"
_PLACES: Final = (
    "HOME",
    "MIMOCODE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
)
_CACHED: Final = "models.json"


@frozen
class Input:
    """One thing that MiMoCode's answer depends on. The fingerprint tells nothing without its salt."""

    kind: str
    name: str
    fingerprint: str


@frozen
class Scene:
    """Everything that MiMoCode's answer depends on but MiMoCode itself, as it is or as it will be."""

    project: Path | None
    """The root that MiMoCode is asked at in project scope."""
    stand: Standpoint
    layers: tuple[Layer, ...]
    model_list: tuple[Path, bytes]
    """MiMoCode's own list of models, where it can add to ours."""
    secret_file: Path | None
    settled: bool = True
    """Whether all of it lies on this machine and could be looked into."""

    def inputs(self, salt: str) -> tuple[Input, ...]:
        """Name everything with its fingerprint, in MiMoCode's order."""
        return tuple(self._inputs(_Pen(salt)))

    def _inputs(self, pen: _Pen) -> Iterator[Input]:
        yield Input(FOLDER, str(self.stand.folder), "")
        yield from places(self.stand.environment, pen.salt)
        for layer in self.layers:
            yield Input(LAYER, str(layer.file or layer.variable), pen.of(*self._parts(layer)))
        path, data = self.model_list
        yield Input(MODEL_LIST, str(path), pen.of(data) if data else "")

    def _parts(self, layer: Layer) -> Iterator[bytes]:
        """Give what decides of a layer: its kind, its text, and whatever is put into that."""
        yield layer.kind.encode()
        if layer.filled is None:
            yield b"" if layer.tree is None else essence(layer.tree.data)
            return
        yield essence(layer.filled.source.encode(errors="surrogatepass"))
        for reference in layer.filled.references:
            yield self._put_in(reference)

    def _put_in(self, reference: Reference) -> bytes:
        if reference.file is None:
            value = self.stand.environment.get(reference.name, "")
        elif reference.file == self.secret_file:
            value = ""  # looked at apart: a plan may be about to write it
        else:
            value = substitution.content(reference.file) or ""
        return f"{reference.name}\0{value}".encode(errors="surrogatepass")


@frozen
class _Pen:
    """Makes fingerprints that are worth nothing without the salt."""

    salt: str

    def of(self, *parts: bytes) -> str:
        whole = hashlib.blake2b(key=self.salt.encode()[: hashlib.blake2b.MAX_KEY_SIZE], digest_size=16)
        for part in parts:
            whole.update(len(part).to_bytes(8, "big"))
            whole.update(part)
        return whole.hexdigest()


def scene(outlook: Outlook, expectations: Expectations, project: Path | None) -> Scene:
    """Look at what MiMoCode's durable answer depends on, on the outlook's disk."""
    stand = outlook.everywhere(expectations, project)
    seen = outlook.layers(stand)
    listed = outlook.paths.cache / _CACHED
    unseen = signs.find(outlook.files, stand.environment, outlook.paths)
    readable = all(_is_settled(layer, expectations.secret_file) for layer in seen)
    return Scene(
        project,
        stand,
        seen,
        (listed, _about(outlook.files, listed, expectations.provider)),
        expectations.secret_file,
        settled=readable and not unseen,
    )


def places(environment: Mapping[str, str], salt: str) -> Iterator[Input]:
    """Name the variables that say where MiMoCode keeps its things."""
    for name in _PLACES:
        value = environment.get(name, "")
        if value:
            yield Input(VARIABLE, name, _Pen(salt).of(value.encode(errors="surrogateescape")))


def whose(identity: Identity, command: Path) -> Input:
    """Name MiMoCode itself."""
    return Input(MIMO, str(command), identity.mark)


def changed(then: tuple[Input, ...], now: tuple[Input, ...]) -> tuple[Input, ...]:
    """Return what is not as it was: what is new or another now, else what is gone, else what moved."""
    new = tuple(one for one in now if one not in then)
    gone = tuple(one for one in then if one not in now)
    return new or gone or (() if then == now else now)


def _is_settled(layer: Layer, secret_file: Path | None) -> bool:
    if layer.filled is None:
        return layer.tree is not None
    others = (one for one in layer.filled.references if one.file != secret_file)
    return layer.parsed is not None and not any(one.unseen or one.missing for one in others)


def _about(files: FileSystem, listed: Path, provider: str) -> bytes:
    """Return the list if it has something of the provider: else it decides nothing, however it changes."""
    try:
        data = content(files.read(listed)) or b""
    except OSError:
        return b""
    return data if f'"{provider}"'.encode() in data else b""
