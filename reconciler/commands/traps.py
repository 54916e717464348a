"""What a repository can do to get at the key: files of a project that MiMoCode reads where it is started.

Whoever clones a repository did not write its files. One that gives the key away, or sends it elsewhere,
stops a run; code that MiMoCode would start is told of.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler.engine.files import content
from reconciler.engine.problems import Blocker, Place, Warning_
from reconciler.engine.values import key_text
from reconciler.gonkagate import exposure
from reconciler.gonkagate.facts import KEY_NAME, KEY_VARIABLE
from reconciler.mimocode import layers, repository, substitution
from reconciler.mimocode.facts import USER_CONFIG_NAMES
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from reconciler.engine.files import FileSystem
    from reconciler.mimocode.paths import Paths
    from reconciler.mimocode.substitution import Filled

KEY_IN_PROJECT: Final = "key_in_project_config"
REDIRECTED: Final = "project_redirects_key"
_MOST: Final = 5
_GIVEN_AWAY: Final = "such a file can be committed, and can come from somebody else"
_ENVIRON: Final = "/environ"


@frozen
class Traps:
    """What was found, in the order of MiMoCode's layers."""

    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[Warning_, ...] = ()


@frozen
class Hunt:
    """Where to look and what to look for."""

    files: FileSystem
    environment: Mapping[str, str] = field(repr=False)
    durable: Mapping[str, str] = field(repr=False)
    where: Paths
    own: Path
    """The folder of the key."""
    key: str | None = field(repr=False)

    def traps(self, *folders: Path) -> Traps:
        """Look at everything that MiMoCode reads of a project when it is started in one of these folders."""
        found: dict[tuple[str, Place | None], Blocker] = {}
        told: dict[Place | None, Warning_] = {}
        for folder in dict.fromkeys(folder.resolve() for folder in folders):
            for one in self._traps(folder):
                if isinstance(one, Blocker):
                    found.setdefault((one.code, one.place), one)
                else:
                    told.setdefault(one.place, one)
        return Traps(tuple(found.values()), tuple(told.values()))

    def _traps(self, folder: Path) -> Iterator[Blocker | Warning_]:
        upwards = layers.walk(self.durable, folder, self.where.home)
        for layer in layers.discover(self.files, self.durable, self.where, folder):
            if layer.file is not None and layer.kind.startswith("project") and not self._is_users(layer.file):
                yield from self._in_config(layer.file, upwards)
        for here in upwards:
            if here != self.where.home:
                yield from self._beside(here)
        imported = folder / repository.IMPORTED
        if folder != self.where.home and imported.is_file():
            yield _code(Place(file=str(imported)), "servers")

    def _is_users(self, file: Path) -> bool:
        """Whether a file is the user's own config, which a link in the project leads to."""
        own = {os.path.realpath(self.where.config / name) for name in USER_CONFIG_NAMES}
        return os.path.realpath(file) in own

    def _in_config(self, file: Path, upwards: tuple[Path, ...]) -> Iterator[Blocker | Warning_]:
        data = None if self._is_ours(file) else self._read(file)
        if data is None:
            return
        filled = substitution.fill(data, file.parent, self.where.home, self.environment)

        def place(offset: int) -> Place:
            return Place(str(file), *filled.position(offset))

        yield from _first(_given(what, place(offset)) for offset, what in sorted(self._told(filled, upwards)))
        config = None if filled.tree is None else filled.tree.value
        for key in exposure.detours(config):
            yield _redirected(key_text(key), place(filled.offset_of(key)))
        code = repository.started(config)
        if code is not None:
            yield _code(place(filled.offset_of(code)), key_text(code))

    def _told(self, filled: Filled, upwards: tuple[Path, ...]) -> Iterator[tuple[int, str]]:
        """Tell where a text gives the key away, and how."""
        yield from self._in_text(filled)
        if filled.tree is None:
            return
        config = filled.tree.value
        for key in exposure.sources(config):
            yield filled.offset_of(key), f"says by {key_text(key)} where a key comes from"
        for key, text in exposure.texts(config):
            what = exposure.named(text)
            if what is not None:
                yield filled.offset_of(key), f"names {what}"
        for pattern in repository.instructed(config, upwards, self.where.home):
            if self._is_ours(pattern) or repository.covers(pattern, self.own / KEY_NAME):
                yield filled.offset_of(repository.INSTRUCTIONS), "puts GonkaGate's key into every prompt"

    def _in_text(self, filled: Filled) -> Iterator[tuple[int, str]]:
        for one in filled.references:
            if one.file is None and one.name == KEY_VARIABLE:
                yield one.offset, f"refers to {KEY_VARIABLE}"
            if one.file is not None and (self._is_ours(one.file) or _is_environment(one.file)):
                yield one.offset, "refers to a file of GonkaGate's key"
            elif one.unseen:
                yield one.offset, "refers to a file that is too large to be looked into"
        if self.key and self.key in filled.source:
            yield filled.source.index(self.key), "holds the key itself"
        elif self.key and self.key in filled.text:
            yield filled.offset(filled.text.index(self.key)), "makes MiMoCode put the key here"

    def _beside(self, folder: Path) -> Iterator[Blocker | Warning_]:
        for file in (*repository.configs(folder), *repository.guides(folder)):
            if self._is_ours(file):
                yield _given("is the key file itself, through a link", Place(file=str(file)))
        for file in repository.texts(folder):
            if self._is_ours(file):
                yield _given("is the key file itself, through a link", Place(file=str(file)))
                continue
            for number, line in enumerate((substitution.content(file) or "").splitlines(), 1):
                if exposure.named(line) or (self.key is not None and self.key in line):
                    yield _given("names or holds GonkaGate's key", Place(str(file), number, 1))
                    break
        for file in repository.code_files(folder):
            yield _code(Place(file=str(file)), file.name)

    def _read(self, file: Path) -> bytes | None:
        try:
            snapshot = self.files.read(file)
        except OSError:
            return None
        return content(snapshot)

    def _is_ours(self, file: Path) -> bool:
        """Whether a path leads to the key file or its folder, by whatever name."""
        own = {_plain(self.own), _plain(os.path.realpath(self.own))}
        spelled = (_plain(os.path.normpath(file)), _plain(os.path.realpath(file)))
        if any(one == folder or one.startswith(f"{folder}/") for one in spelled for folder in own):
            return True
        try:
            return file.samefile(self.own / KEY_NAME)
        except (OSError, ValueError):
            return False


def _plain(path: str | Path) -> str:
    return str(path).replace("\\", "/").casefold()


def _is_environment(file: Path) -> bool:
    """Whether Linux shows the variables of a process there."""
    spelled = os.path.realpath(file)
    return spelled.startswith("/proc/") and spelled.endswith(_ENVIRON)


def _first(blockers: Iterable[Blocker]) -> Iterable[Blocker]:
    """Keep one blocker of each place, and not too many."""
    by_place = {blocker.place: blocker for blocker in reversed(list(blockers))}
    return list(reversed(by_place.values()))[:_MOST]


def _given(what: str, place: Place) -> Blocker:
    return Blocker(
        KEY_IN_PROJECT,
        f"this project file {what}; {_GIVEN_AWAY}",
        "take it out of the file (the key belongs into your user configuration), then run again; "
        "until then do not start `mimo` here",
        "config",
        place,
    )


def _redirected(name: str, place: Place) -> Blocker:
    return Blocker(
        REDIRECTED,
        f"this project file sets {name}: MiMoCode would send your key elsewhere, or hand it to other code",
        "take it out of the file, then run again; until then do not start `mimo` here",
        "config",
        place,
    )


def _code(place: Place, name: str) -> Warning_:
    return Warning_(
        f"MiMoCode starts code of this project ({name}), which can read your key like any program "
        "that you start: look at it before you run `mimo` here",
        place,
    )
