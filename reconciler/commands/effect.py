"""What comes of what is recorded: MiMoCode's answer, the one it gave last, or our model of its layers.

MiMoCode is asked unless nothing that its last answer depended on has changed, and never where asking would
make it write: its `$schema` into a file that lacks one, or its own marks beside.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve

from reconciler.commands import answers, describe
from reconciler.commands.ground import PROJECT_ROLE, check_auth
from reconciler.commands.report import Outcome
from reconciler.commands.rules import expectations
from reconciler.engine.problems import Place, Warning_
from reconciler.mimocode import identity, launcher, marks, paths, trust
from reconciler.mimocode.audit.probes import Feature
from reconciler.mimocode.outlook import Outlook
from reconciler.records import frozen

if TYPE_CHECKING:
    from reconciler.commands.acquaintance import Met
    from reconciler.commands.answers import Standing
    from reconciler.commands.ground import Ground
    from reconciler.commands.memory import Memory
    from reconciler.commands.report import Report
    from reconciler.commands.world import World
    from reconciler.engine.claims import Holding
    from reconciler.engine.files import FileSystem
    from reconciler.engine.problems import Blocker
    from reconciler.gonkagate.key import Key
    from reconciler.mimocode.expectations import Expectations
    from reconciler.mimocode.layers import Layer
    from reconciler.mimocode.outlook import Standpoint
    from reconciler.mimocode.trust import Trust
    from reconciler.mimocode.verdict import Session

_SHOWN: Final = 3


@frozen
class Effect:
    """One set-up whose effect is looked at: what we hold here, the key, and the record."""

    world: World
    files: FileSystem
    ground: Ground
    memory: Memory
    here: tuple[Holding, ...]
    key: Key

    def of(self, about: Report, *, refresh: bool) -> Report:
        """Add to a report what MiMoCode makes of it. `refresh` does not rely on an earlier answer."""
        if refresh:
            return self._asked(about, anew=True)
        command = launcher.find(self.world.environment)
        where = paths.expected(self.world.environment, self.ground.home)
        outlook = Outlook(self.files, self.world.environment, where)
        found = answers.standing(outlook, self._expected, self._root, command, self.memory)
        relied = self._trust(command)
        if found.holds and relied is not None and relied.carries(Feature.FORESIGHT):
            check_auth(self.files, where)
            session = outlook.unasked(self._expected, self.world.folder, by_model=True)
            if session is not None:
                return self._relying(evolve(about, target=describe.trusted(command, relied)), found, session)
        return self._asked(evolve(about, notes=(*about.notes, *_why(found))), anew=False)

    def _trust(self, command: Path) -> Trust | None:
        """Return why the `mimo` of the last set-up is relied on; nothing where it is no longer."""
        return trust.of(self.memory.mimo_version, self.memory.audits, lambda: identity.of(command))

    def _relying(self, about: Report, found: Standing, session: Session) -> Report:
        """Tell what MiMoCode answered when it was asked last."""
        assert found.answer is not None  # noqa: S101 - it holds
        return _in_this_shell(describe.relying(about, found.answer, session), session)

    def _asked(self, about: Report, *, anew: bool) -> Report:
        """Ask MiMoCode, where asking changes nothing of the user's; else judge by our model alone."""
        from reconciler.commands.acquaintance import meet  # noqa: PLC0415 - only where somebody is asked

        met = meet(self.world, self.ground.home, self.memory, (self.key.reveal(),), anew=anew)
        try:
            return self._answered(about, met)
        finally:
            met.launcher.stop_all()  # what was asked beside, where nothing came to need it

    def _answered(self, about: Report, met: Met) -> Report:
        from reconciler.mimocode.verification import Asker  # noqa: PLC0415 - only where somebody is asked

        foreseeing = met.trust.carries(Feature.FORESIGHT)
        about = evolve(about, target=describe.target(met))
        outlook = Outlook(self.files, self.world.environment, met.paths)
        stand = outlook.everywhere(self._expected, self._root)
        seen = outlook.layers(stand)
        written = _would_write(outlook, stand, seen)
        if written is not None:
            about = evolve(about, warnings=(*about.warnings, written))
            if not foreseeing:
                return about
            judged = outlook.tomorrow(self._expected, seen)
            return _blocked(about, judged.blockers) if judged.blockers else about
        asker = Asker(
            met.launcher,
            self.files,
            self.world.environment,
            met.paths,
            only_looks=True,
            by_model=foreseeing,
            confirmation=met.confirmation,
        )
        with self.world.told("asking MiMoCode what it resolves"):
            result = asker.durable(self._expected, self._root)
            session = asker.session(self._expected, self.world.folder) if not result.blockers else None
        about = describe.checked(about, result, session)
        if result.blockers:
            return _blocked(about, result.blockers)
        return about if session is None else _in_this_shell(about, session)

    @property
    def _root(self) -> Path | None:
        in_project = any(held.role == PROJECT_ROLE for held in self.here)
        return self.ground.project.root if in_project else None

    @property
    def _expected(self) -> Expectations:
        values = [(claim.key, claim.applied) for held in self.here for claim in held.claims]
        ours = (Path(held.path) for held in self.here)
        return expectations(values, self.key, ours, self.ground.key_path)


def _would_write(outlook: Outlook, stand: Standpoint, seen: tuple[Layer, ...]) -> Warning_ | None:
    """Tell why MiMoCode is not asked: a file that it would write into."""
    for layer in seen:
        if layer.would_be_rewritten:
            return _not_asked("its $schema into this file", layer.place())
    mark = marks.outstanding(outlook.files, stand.environment, outlook.paths, stand.folder)
    return None if mark is None else _not_asked("this file of its own", Place(file=str(mark)))


def _not_asked(what: str, place: Place) -> Warning_:
    return Warning_(
        f"MiMoCode was not asked, since it would write {what}; "
        "what is recorded was compared with the files alone",
        place,
    )


def _blocked(about: Report, blockers: tuple[Blocker, ...]) -> Report:
    return evolve(about, outcome=Outcome.BLOCKED, blockers=blockers, next_command=None)


def _in_this_shell(about: Report, session: Session) -> Report:
    if not session.blockers:
        return about
    return evolve(about, outcome=Outcome.SESSION_BLOCKED, blockers=session.blockers, next_command=None)


def _why(found: Standing) -> tuple[str, ...]:
    """Tell why MiMoCode is asked although it has answered before."""
    if not found.changed:
        return ()
    names = ", ".join(dict.fromkeys(one.name for one in found.changed[:_SHOWN]))
    return (f"MiMoCode is asked anew: not as it was when it was asked last: {names}",)
