"""Where MiMoCode's configuration is looked at, and what our model says of it there without asking MiMoCode.

Durable is an environment without overrides, in a neutral folder for the user scope and at the project's
root for the project scope. Session is the user's own folder and environment. On a disk that is only planned
it tells what an apply would come to.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve, field

from reconciler.engine import platform
from reconciler.engine.files import Kind
from reconciler.engine.problems import Blocker, Place, Warning_
from reconciler.mimocode import launcher, layers, signs
from reconciler.mimocode.expectations import holds_secret
from reconciler.mimocode.facts import LAYER_NAMES, OVERRIDES, PROJECT_FOLDER, Code
from reconciler.mimocode.judging import foresee
from reconciler.mimocode.verdict import Session, Verdict
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.engine.files import FileSystem
    from reconciler.mimocode.expectations import Expectations
    from reconciler.mimocode.judging import Judgement
    from reconciler.mimocode.layers import Layer
    from reconciler.mimocode.paths import Paths
    from reconciler.mimocode.signs import Sign


@frozen
class Standpoint:
    """One folder with one environment."""

    folder: Path
    environment: Mapping[str, str] = field(repr=False)

    @property
    def overrides(self) -> tuple[str, ...]:
        """The variables here that can change what MiMoCode resolves."""
        return tuple(name for name in OVERRIDES if self.environment.get(name))


@frozen
class Outlook:
    """Everything needed to look."""

    files: FileSystem
    environment: Mapping[str, str] = field(repr=False)
    paths: Paths

    def everywhere(self, expectations: Expectations, project: Path | None) -> Standpoint:
        """Stand where this shell's overrides do not count: at a project's root, or in no project at all."""
        environment = launcher.durable(self.environment, (expectations.secret,))
        return Standpoint(project or self._neutral(), environment)

    def here(self, expectations: Expectations, folder: Path) -> Standpoint:
        """Stand in a folder with all that this shell has, less what holds the key."""
        environment = launcher.without_secrets(self.environment, (expectations.secret,))
        return Standpoint(folder, environment)

    def layers(self, stand: Standpoint) -> tuple[Layer, ...]:
        """Read what MiMoCode reads there, the winner first."""
        return layers.discover(self.files, stand.environment, self.paths, stand.folder)

    def signs(self, stand: Standpoint) -> tuple[Sign, ...]:
        """Look for signs of layers that cannot be read there."""
        return signs.find(self.files, stand.environment, self.paths)

    def with_links(self, expectations: Expectations, seen: tuple[Layer, ...]) -> Expectations:
        """Count a layer that is a link to a file of ours as ours: it holds the same in whatever rank."""
        real = {self.files.real_path(file) for file in expectations.ours}
        linked = (one.file for one in seen if one.file is not None and self.files.real_path(one.file) in real)
        return evolve(expectations, ours=expectations.ours.union(linked))

    def durable(self, expectations: Expectations, project: Path | None) -> Judgement:
        """Judge by our model what will be resolved tomorrow, at a project's root or in no project at all."""
        return self.tomorrow(expectations, self.layers(self.everywhere(expectations, project)))

    def tomorrow(self, expectations: Expectations, seen: tuple[Layer, ...]) -> Judgement:
        """Judge durable layers that were read already; what they cannot explain is left to MiMoCode."""
        held = holds_secret(self.files, expectations)
        judged = foresee(self.with_links(expectations, seen), seen, secret_held=held)
        placed = tuple(one for one in judged.blockers if one.place is not None and str(one.place))
        return evolve(judged, blockers=placed)

    def session(self, expectations: Expectations, stand: Standpoint, seen: tuple[Layer, ...]) -> Judgement:
        """Judge by our model what this shell makes of a set-up that is durably right."""
        judged = foresee(self.with_links(expectations, seen), seen, listed=False)
        below = outranked(expectations, seen)
        told = tuple(as_session(one, stand.overrides, below) for one in judged.blockers)
        return evolve(judged, blockers=told)

    def unasked(self, expectations: Expectations, folder: Path, *, by_model: bool) -> Session | None:
        """Judge this shell from its files and variables; None where only MiMoCode itself can tell.

        `by_model` says whether our model of the layers may be relied on for this MiMoCode.
        """
        stand = self.here(expectations, folder)
        if not by_model:
            return None if stand.overrides else NOT_JUDGED
        foreseen = self.session(expectations, stand, self.layers(stand))
        if stand.overrides or foreseen.unsure:
            return None
        return judged(foreseen.blockers) if foreseen.blockers else Session(Verdict.SKIPPED)

    def _neutral(self) -> Path:
        """Find a folder that belongs to no project: what MiMoCode resolves there, it resolves everywhere."""
        names = map(Path, platform.system_folders())
        folders = (one for one in names if self.files.kind(one) is Kind.FOLDER)
        quiet = (one for one in folders if not any(map(self._is_a_project, (one, *one.parents))))
        return next(quiet, self.paths.home)

    def _is_a_project(self, folder: Path) -> bool:
        marks = (".git", PROJECT_FOLDER, *LAYER_NAMES)
        return any(self.files.kind(folder / mark) is not Kind.ABSENT for mark in marks)


def outranked(expectations: Expectations, seen: tuple[Layer, ...]) -> frozenset[Place]:
    """Return where a project's plain files say what the project's own folder would say above them."""
    plain = [layer for layer in seen if layer.variable is None and _is_plain(layer.file)]
    return frozenset(layer.place(key) for layer in plain for key in expectations.values if len(key) == 1)


def _is_plain(file: Path | None) -> bool:
    return file is not None and file.name in LAYER_NAMES and file.parent.name != PROJECT_FOLDER


def as_session(
    blocker: Blocker, overrides: tuple[str, ...], below: frozenset[Place] = frozenset()
) -> Blocker:
    """Tell a blocker of this shell; what no layer explains, a variable does that takes layers away.

    `below` are places that a project's own folder outranks.
    """
    place = blocker.place
    if place in below:
        return Blocker(
            Code.SESSION_OVERRIDE, f"in this shell: {blocker.message}", _IN_PROJECT, blocker.source, place
        )
    if (place is None or not str(place)) and overrides:
        place = Place(variable=_most_likely(overrides))
    return Blocker(
        Code.SESSION_OVERRIDE,
        f"in this shell: {blocker.message}",
        session_remedy(place),
        blocker.source,
        place,
    )


_IN_PROJECT: Final = (
    "set it up for this project (--scope project), whose own file outranks that one; or take the value out "
    "of that file, or work in another folder"
)


def session_remedy(place: Place | None) -> str:
    """Say what helps against an override of this shell."""
    if place is None or place.variable is None:
        return "work in another folder, or take the value out of that file"
    inside = "it" if place.file is None else str(evolve(place, variable=None))
    return f"unset {place.variable} in this shell, or take the value out of {inside}"


def as_warning(blocker: Blocker) -> Warning_:
    """Tell of a blocker beforehand, where it will not stop anything."""
    return Warning_(f"{blocker.message}; {blocker.remedy}", blocker.place)


def _most_likely(overrides: tuple[str, ...]) -> str:
    taking_away = [name for name in overrides if name.startswith("MIMOCODE_DISABLE_")]
    return (taking_away or list(overrides))[0]


def judged(conflicts: tuple[Blocker, ...], warnings: tuple[Warning_, ...] = ()) -> Session:
    """Tell what our model says of this shell."""
    return Session(Verdict.BLOCKED if conflicts else Verdict.PASSED, conflicts, warnings)


NOT_JUDGED: Final = Session(
    Verdict.SKIPPED,
    (),
    (Warning_("this shell's own overrides were not looked for: with this MiMoCode files do not tell them"),),
)
