"""One set-up being carried out: written, proved by MiMoCode itself, recorded or undone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve, field

from reconciler.commands import describe, work
from reconciler.commands.consent import stale
from reconciler.commands.hindrances import refuse_hindrances
from reconciler.commands.lifecycle import at_work
from reconciler.commands.plan import plan_again, plan_anew
from reconciler.commands.report import Outcome, stopped
from reconciler.commands.road import expected_of, project_root
from reconciler.commands.stale import refuse_moved
from reconciler.commands.unchanged import taken_back
from reconciler.engine.files import content
from reconciler.engine.problems import Blocker, Code, Place, Stop, Warning_
from reconciler.engine.transaction import perform
from reconciler.mimocode import reliance
from reconciler.mimocode.audit.probes import Feature
from reconciler.mimocode.outlook import Outlook
from reconciler.mimocode.verdict import Session, Verdict
from reconciler.mimocode.verification import Asker
from reconciler.records import define

if TYPE_CHECKING:
    from reconciler.commands.plan import Planned
    from reconciler.commands.report import Report
    from reconciler.commands.road import SetupPlan
    from reconciler.commands.saved import SavedPlan
    from reconciler.commands.world import World
    from reconciler.engine.files import FileSystem
    from reconciler.mimocode.reliance import Input
    from reconciler.mimocode.verdict import Result


@define
class Run:
    """One set-up being carried out: the plan, what is told of it, and what MiMoCode said."""

    world: World
    planned: Planned
    about: Report
    yes: bool = field(kw_only=True)
    saved: SavedPlan | None = field(default=None, kw_only=True)
    _results: list[Result] = field(factory=list, init=False)

    def go(self, *, recovered: bool) -> Report:
        """Write and verify; then look at this shell, which can no longer undo anything."""
        try:
            recovered |= self._write() if self.planned.plan.changes else self._prove()
        except Stop as ending:
            checked = describe.checked(self.about, self._results[-1], None) if self._results else self.about
            return stopped(self.about.command, ending, checked)
        session = self._session()
        about = describe.asked(self.about, self.planned.plan)
        done = describe.checked(about, self._results[-1], session)
        outcome = Outcome.RECOVERED if recovered else Outcome.NO_CHANGES
        if self.planned.plan.changes:
            outcome = Outcome.APPLIED
        if session.blockers:
            return evolve(done, outcome=Outcome.SESSION_BLOCKED, blockers=session.blockers)
        return evolve(done, outcome=outcome, next_command=describe.RUN_IT)

    def _prove(self) -> bool:
        """Verify what is there, without the lock; where somebody was at work, wait and look again."""
        try:
            self._verify()
        except Stop as ending:
            meanwhile = any(one.code == Code.CONFIG_CHANGED_MEANWHILE for one in ending.blockers)
            if not meanwhile and plan_again(self.world, self.planned) is self.planned:
                raise
            return self._write()
        return False

    def _write(self) -> bool:
        """Hold the lock and do the work; tell whether an earlier run had to be brought to its end."""
        store = self.planned.survey.ground.store
        with at_work(self.world, store) as late:
            self.about = evolve(self.about, warnings=(*self.about.warnings, *late))
            self._bring_up_to_date()
            if not self.planned.plan.changes:
                self._verify()
                return bool(late)
            identity = None if self.saved is None else self.saved.transaction
            todo = work.set_up(self.world, self.planned.plan, self.planned.survey, identity)
            backups = perform(self.world.files, store, todo, self._verify, self.world.interrupts)
        self.about = describe.with_backups(self.about, backups)
        return bool(late)

    def _bring_up_to_date(self) -> None:
        """Plan anew where another run was faster; what nobody agreed to is not carried out."""
        if self.saved is not None:
            self.planned = plan_anew(self.world, self.planned)
            refuse_moved(self.world.files, self.saved, self.planned)
            return
        fresh = plan_again(self.world, self.planned)
        if fresh is self.planned:
            return
        if not self.yes and fresh.plan.changes != self.planned.plan.changes:
            raise stale()
        refuse_hindrances(self.world.files, fresh.plan.targets)
        self.about = evolve(fresh.report, warnings=self.about.warnings, confirmed=self.about.confirmed)
        self.planned = fresh

    def _verify(self) -> None:
        survey, planned = self.planned.survey, self.planned
        root = project_root(survey.ground, planned.choice)
        with self.world.told("asking MiMoCode what it resolves now"):
            self._results.append(self._asker.durable(expected_of(planned.plan, survey.key), root))
        if self._results[-1].blockers:
            raise Stop(changed_since(self.world.files, planned.plan) or self._results[-1].blockers)
        self._require_the_scene()

    def _require_the_scene(self) -> None:
        """Raise `Stop` where the answer is to be remembered for other layers than MiMoCode has read."""
        survey, then = self.planned.survey, self.planned.plan.foreseen.scene
        if then is None or not self.planned.plan.changes:
            return
        outlook = Outlook(self.world.files, self.world.environment, survey.met.paths)
        now = reliance.scene(outlook, expected_of(self.planned.plan, survey.key), then.project)
        moved = reliance.changed(then.inputs(""), now.inputs(""))
        if moved:
            raise Stop((_read_meanwhile(moved[0]),))

    @property
    def _asker(self) -> Asker:
        met = self.planned.survey.met
        by_model = met.trust.carries(Feature.FORESIGHT)
        return Asker(
            met.launcher,
            self.world.files,
            self.world.environment,
            met.paths,
            by_model=by_model,
            confirmation=met.confirmation,
        )

    def _session(self) -> Session:
        """Look at this shell. What goes wrong here is this shell's: the set-up stays.

        The lock is free again. What was taken back meanwhile is no override of this shell.
        """
        session = self._looked_around()
        if session.blockers and taken_back(self.world.files, self.planned.plan):
            return Session(Verdict.SKIPPED, (), (_TAKEN_BACK,))
        return session

    def _looked_around(self) -> Session:
        expected = expected_of(self.planned.plan, self.planned.survey.key)
        with self.world.told("looking at this shell's own overrides"):
            try:
                with self.world.interrupts.allowed():
                    return self._asker.session(expected, self.world.folder)
            except Stop as ending:
                return Session(Verdict.BLOCKED, ending.blockers, (_IN_PLACE,))
            except KeyboardInterrupt:
                return Session(Verdict.SKIPPED, (), (_IN_PLACE, _NOT_LOOKED))


def changed_since(files: FileSystem, plan: SetupPlan) -> tuple[Blocker, ...]:
    """Tell of files that do not hold what MiMoCode was to be asked about."""
    return tuple(
        Blocker(
            Code.CONFIG_CHANGED_MEANWHILE,
            "this file was changed by somebody else while MiMoCode was asked about it",
            "run again",
            one.document.role,
            Place(file=str(one.document.path)),
        )
        for one in plan.documents
        if content(files.read(one.document.real)) != one.outcome
    )


_IN_PLACE: Final = Warning_("the set-up itself is in place and was verified")


_TAKEN_BACK: Final = Warning_(
    "the set-up was verified and recorded, and changed again by somebody else before this shell's own "
    "overrides were looked at; `mimo-code-setup status` tells what stands there now"
)


_NOT_LOOKED: Final = Warning_("you stopped the run before this shell's own overrides were looked at")


def _read_meanwhile(moved: Input) -> Blocker:
    is_file = moved.kind == reliance.LAYER and Path(moved.name).is_absolute()
    place = Place(file=moved.name) if is_file else None
    what = "what MiMoCode reads was changed by somebody else while it was asked"
    return Blocker(Code.CONFIG_CHANGED_MEANWHILE, what, "run again", "mimo", place)
