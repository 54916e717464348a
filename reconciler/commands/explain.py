"""`explain`: which of MiMoCode's layers decides a key, what lies beneath it, and what of it is ours.

It judges by our model of the layers, in the present folder and shell. Nothing is written, and neither
MiMoCode nor the gateway is asked.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve

from reconciler.commands import describe
from reconciler.commands.departure import leave
from reconciler.commands.ground import USER_ROLE, stand
from reconciler.commands.health import check
from reconciler.commands.recollection import recalled
from reconciler.commands.report import EXPLAIN, Outcome, Report, stopped
from reconciler.commands.stacks import Share, Stack, explanation
from reconciler.commands.unfinished import pending
from reconciler.commands.unreadable import unreadable
from reconciler.commands.whereabouts import with_moved
from reconciler.engine.files import Kind, ReadOnlyFiles
from reconciler.engine.foresight import Planned
from reconciler.engine.problems import Blocker, Place, Stop, Warning_
from reconciler.engine.values import Absent, key_text, same
from reconciler.gonkagate import entry
from reconciler.mimocode import identity, launcher, layers, paths, signs, trust
from reconciler.mimocode.audit.probes import Feature
from reconciler.mimocode.facts import COMMAND, LEGACY_CONFIG_NAME, OVERRIDES, Code
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.commands.ground import Ground
    from reconciler.commands.memory import Remembered
    from reconciler.commands.world import World
    from reconciler.engine.claims import Holding
    from reconciler.engine.files import FileSystem
    from reconciler.engine.values import Json, KeyPath
    from reconciler.mimocode.layers import Layer
    from reconciler.mimocode.paths import Paths

KEYS: Final[tuple[KeyPath, ...]] = (
    entry.MODEL,
    entry.SMALL_MODEL,
    (*entry.ROOT, "npm"),
    (*entry.ROOT, "name"),
    (*entry.ROOT, "options", "baseURL"),
    entry.API_KEY,
    (*entry.ROOT, "options", "setCacheKey"),
)
"""What is explained where no key is named."""
_SHOWN: Final = 60


def explain(world: World, keys: tuple[KeyPath, ...]) -> Report:
    """Explain keys, or else the most important ones. What cannot be read blocks; the rest is told."""
    about = Report(EXPLAIN, Outcome.BLOCKED)
    try:
        view = _View(world, ReadOnlyFiles(), stand(world))
        about = evolve(about, warnings=(*pending(view.files, view.ground.store), *view.unseen()))
    except Stop as ending:
        return stopped(EXPLAIN, ending, about)
    here = view.layers(world.environment)
    blockers = unreadable(view.files, world.environment, here)
    held: list[Holding] = []
    try:
        remembered, lost = recalled(world.environment, view.files, view.ground)
        blockers += _not_known(world, remembered)
        held = [one for one in view.documents(remembered) if view.counts(one, here)]
        blockers += remembered.damage
        about = evolve(about, warnings=(*about.warnings, *(() if lost is None else view.lost())))
    except Stop as ending:
        blockers = tuple(dict.fromkeys((*blockers, *ending.blockers)))
    about = evolve(about, blockers=blockers)
    if any(one.code == Code.LAYERS_NOT_KNOWN for one in blockers):
        return about
    return _explained(view, about, here, held, keys or KEYS)


def _not_known(world: World, remembered: Remembered) -> tuple[Blocker, ...]:
    """Refuse where an audit found that this very MiMoCode works otherwise; it is known by its files."""
    concerned = [one for one in remembered.audits if Feature.EXPLAIN in one.off]
    found = launcher.everywhere(world.environment) if concerned else ()
    known = trust.known_again(concerned, identity.of(found[0])) if found else None
    if known is None:
        return ()
    return (
        Blocker(
            Code.LAYERS_NOT_KNOWN,
            f"the layers of MiMoCode {known.version} do not work as this program knows them: an audit found "
            f"that on this machine on {known.date}, so nothing is explained",
            "`mimo-code-setup audit` shows what differs; use an audited version of MiMoCode",
            COMMAND,
            Place(file=str(found[0])),
        ),
    )


def _explained(
    view: _View, about: Report, here: tuple[Layer, ...], held: list[Holding], keys: tuple[KeyPath, ...]
) -> Report:
    left, untold = view.without(held)
    now, without_us = Stack(here), Stack(view.layers(view.world.environment, left))
    durable = Stack(view.layers(launcher.durable(view.world.environment, ())))
    shares = {Path(one.path): view.share(one) for one in held}
    about = evolve(
        about,
        outcome=Outcome.BLOCKED if about.blockers else Outcome.NO_CHANGES,
        explanations=tuple(explanation(key, now, without_us, shares) for key in keys),
        warnings=(
            *about.warnings,
            *untold,
            *(warning for key in keys for warning in _missing(key, now, shares)),
            *(warning for key in keys for warning in _elsewhere(key, now, durable, view.world.environment)),
        ),
    )
    drifted = any(layer.drifted for one in about.explanations for layer in one.layers)
    return evolve(about, next_command=describe.STATUS if drifted else None)


@frozen
class _View:
    """What is looked at: a world, its disk, its home."""

    world: World
    files: FileSystem
    ground: Ground

    @property
    def where(self) -> Paths:
        """MiMoCode's folders, by its rules."""
        return paths.expected(self.world.environment, self.ground.home)

    def layers(self, environment: Mapping[str, str], files: FileSystem | None = None) -> tuple[Layer, ...]:
        """Read the layers of an environment in the present folder."""
        return layers.discover(files or self.files, environment, self.where, self.world.folder)

    def unseen(self) -> Iterator[Warning_]:
        """Tell of what MiMoCode may know besides: layers that cannot be read from here."""
        for sign in signs.find(self.files, self.world.environment, self.where):
            yield Warning_(sign.sentence, sign.place)
        file = self.where.config / LEGACY_CONFIG_NAME
        with contextlib.suppress(OSError):  # its folder cannot be looked into, and the layers there tell so
            if self.files.kind(file) is Kind.FILE:
                what = "MiMoCode imports this file at its next start; it is not looked at here"
                yield Warning_(what, Place(str(file)))

    def documents(self, remembered: Remembered) -> tuple[Holding, ...]:
        """Return what we hold, by the record or else by what is provably ours."""
        state = remembered.file.state
        return () if state is None else with_moved(self.files, state, self.ground.project.config)

    def lost(self) -> tuple[Warning_, ...]:
        """Tell by what it is known what is ours where no record says so."""
        what = "there is no record of the set-up that can be read; what is provably ours counts as ours"
        return (Warning_(what, Place(str(self.ground.store.state))),)

    def counts(self, held: Holding, here: tuple[Layer, ...]) -> bool:
        """Whether what we hold in a file bears on the present folder."""
        own = held.role == USER_ROLE or held.path == str(self.ground.project.config)
        return own or any(layer.file == Path(held.path) for layer in here)

    def share(self, held: Holding) -> Share:
        """Compare what we hold in a file with what stands there."""
        rows = check(self.files, self.ground.store, held).drift
        return Share(held, frozenset(row.key for row in rows if row.key is not None))

    def without(self, held: list[Holding]) -> tuple[FileSystem, tuple[Warning_, ...]]:
        """Return the disk as it would be if we left, and what is not known of that."""
        contents: dict[Path, bytes | None] = {}
        told: list[Warning_] = []
        for one in held:
            try:
                plan = leave(self.files, self.ground.store, one)
                if plan.document.exists:
                    contents[plan.document.real] = plan.content()
            except Stop as ending:
                why = "what it would be without us is not known as long as this is so"
                told += (Warning_(f"{why}: {found.message}", found.place) for found in ending.blockers)
        return Planned.over(self.files, contents), tuple(told)


def _missing(key: KeyPath, now: Stack, shares: Mapping[Path, Share]) -> Iterator[Warning_]:
    """Tell of a key of ours that was taken out, or stands in a file that MiMoCode does not read here."""
    for file, share in shares.items():
        if key not in share.claims(key):
            continue
        layer = next((one for one in now.layers if one.file == file), None)
        if layer is None:
            yield Warning_(f"{key_text(key)} is set in this file, which is not read here", Place(str(file)))
        elif layer.readable and isinstance(layer.value(key), Absent):
            yield Warning_(f"{key_text(key)} was set here and was taken out since", Place(str(file)))


def _elsewhere(
    key: KeyPath, now: Stack, durable: Stack, environment: Mapping[str, str]
) -> tuple[Warning_, ...]:
    """Tell where another shell would see another value."""
    here, there = now.value(key), durable.value(key)
    if isinstance(here, Absent) and isinstance(there, Absent):
        return ()
    if not isinstance(here, Absent) and not isinstance(there, Absent) and same(here, there):
        return ()
    names = " or ".join(name for name in OVERRIDES if environment.get(name))
    deciding = durable.deciding(key)
    place = deciding[0].place(key) if deciding else None
    what = f"{key_text(key)} would be {_spelled(durable.shown(key))}"
    return (Warning_(f"in a shell without {names}, {what}", place),)


def _spelled(value: Json | Absent) -> str:
    if isinstance(value, Absent):
        return "set nowhere"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
