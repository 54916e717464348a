"""`apply`, and the guided set-up: walk the whole road.

Success is reported only where MiMoCode itself resolves what was written.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import define, evolve, field

from reconciler.commands import answers, describe, work
from reconciler.commands.hindrances import refuse_hindrances
from reconciler.commands.lifecycle import at_work, recover_first
from reconciler.commands.plan import Planned, plan_again, plan_anew, walk, walk_back
from reconciler.commands.report import Outcome, Report, stopped
from reconciler.commands.request import PlanOptions
from reconciler.commands.road import expected_of, project_root
from reconciler.commands.saved import SavedPlan
from reconciler.commands.stale import refuse_moved
from reconciler.commands.survey import stand
from reconciler.commands.world import Answer, Back, Stage, World
from reconciler.engine.documents import read_document
from reconciler.engine.files import content
from reconciler.engine.problems import Blocker, Code, Place, Stop, Warning_, stop
from reconciler.engine.transaction import perform
from reconciler.engine.values import look_up, same
from reconciler.mimocode import reliance
from reconciler.mimocode.audit.probes import Feature
from reconciler.mimocode.outlook import Outlook
from reconciler.mimocode.verification import Asker, Result, Session, Verdict

if TYPE_CHECKING:
    from reconciler.commands.request import Selection
    from reconciler.commands.road import SetupPlan
    from reconciler.engine.files import FileSystem
    from reconciler.mimocode.reliance import Input

NOT_CONFIRMED = "not_confirmed"


def apply(
    world: World,
    selection: Selection,
    *,
    yes: bool,
    guided: bool = False,
    command: str = "apply",
) -> Report:
    """Converge to the selection, or leave everything as it was.

    `yes` carries out without asking; `guided` asks for what the selection leaves open.
    """
    return carry_out(world, selection, PlanOptions(guided=guided, unattended=yes), command, yes=yes)


def carry_out(
    world: World,
    selection: Selection,
    options: PlanOptions,
    command: str,
    *,
    yes: bool,
    saved: SavedPlan | None = None,
) -> Report:
    """Walk the whole road. With a saved plan, what it says is done, or nothing."""
    about = Report(command, Outcome.BLOCKED)
    try:
        recovered = recover_first(world, stand(world).store)
        about = evolve(about, warnings=recovered)
        planned = walk(command, world, world.files, selection, options)
        if saved is not None:
            refuse_moved(world.files, saved, planned)
        while True:
            about = evolve(planned.report, warnings=(*planned.report.warnings, *recovered))
            try:
                about = _agreed(world, planned, about, yes=yes)
            except Back:
                planned = walk_back(world, planned)
            else:
                break
        return _Run(world, planned, about, yes=yes, saved=saved).go(recovered=bool(recovered))
    except Stop as ending:
        return stopped(command, ending, about)


def _agreed(world: World, planned: Planned, about: Report, *, yes: bool) -> Report:
    """Return the report of a plan that may be carried out. Raises `Stop` and `Back`."""
    if not planned.plan.changes:
        return about
    refuse_hindrances(world.files, planned.plan.targets)
    if yes:
        return about
    number = len(planned.plan.changes)
    world.progress.reached(Stage.CHANGES, f"{number} to make, none made yet")
    confirm(world, about, back=planned.may_go_back)
    return evolve(about, confirmed=True)


def confirm(world: World, about: Report, *, back: bool = False) -> None:
    """Raise `Stop` with not_confirmed unless somebody says yes; `Back` where he goes back."""
    answer = world.dialogue.confirm(evolve(about, next_command=None), back=back)
    if answer is Answer.YES:
        return
    message, remedy = "you did not agree", "run again when you want it"
    if answer is Answer.NOBODY_THERE:
        message = "there are changes to make, and no terminal to ask whether to make them"
        remedy = "look at the changes with `mimo-code-setup plan`, then run again with --yes"
    raise Stop((Blocker(NOT_CONFIRMED, f"nothing was changed: {message}", remedy, "confirmation"),))


@define
class _Run:
    """One set-up being carried out: the plan, what is told of it, and what MiMoCode said."""

    world: World
    planned: Planned
    about: Report
    yes: bool = field(kw_only=True)
    saved: SavedPlan | None = field(default=None, kw_only=True)
    _results: list[Result] = field(factory=list, init=False)

    def go(self, *, recovered: bool) -> Report:
        """Write and verify; then look at this shell, which can no longer undo anything."""
        known = None if self.planned.plan.changes else self._known()
        if known is not None:
            return evolve(known, outcome=Outcome.RECOVERED) if recovered and known.ok else known
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

    def _known(self) -> Report | None:
        """Return the report where MiMoCode has confirmed all of this, and would say the same again."""
        survey = self.planned.survey
        memory, expected = survey.remembered.memory, expected_of(self.planned.plan, survey.key)
        if memory is None or not survey.met.trust.carries(Feature.FORESIGHT):
            return None
        outlook = Outlook(self.world.files, self.world.environment, survey.met.paths)
        root = project_root(survey.ground, self.planned.choice)
        found = answers.standing(outlook, expected, root, survey.met.launcher.executable, memory)
        session = self._asker.session_unasked(expected, self.world.folder) if found.holds else None
        if found.answer is None or session is None:
            return None
        if session.blockers and taken_back(self.world.files, self.planned.plan):
            return None  # another run is at work: wait for it, and look again
        about = describe.relying(describe.asked(self.about, self.planned.plan), found.answer, session)
        if session.blockers:
            return evolve(about, outcome=Outcome.SESSION_BLOCKED, blockers=session.blockers)
        return evolve(about, outcome=Outcome.NO_CHANGES, next_command=describe.RUN_IT)

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
        return Asker(met.launcher, self.world.files, self.world.environment, met.paths, by_model=by_model)

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


def taken_back(files: FileSystem, plan: SetupPlan) -> bool:
    """Whether a value of ours no longer stands where this run left it: another run or a person was here."""
    for one in plan.documents:
        claims = () if one.holding is None else one.holding.claims
        try:
            tree = read_document(files, one.document.role, one.document.path).tree
        except Stop:
            return True
        if any(not same(look_up(tree.value, claim.key), claim.applied) for claim in claims):
            return True
    return False


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


def stale() -> Stop:
    """Make the blocker for changes that are not those that somebody agreed to."""
    return stop(
        Code.PLAN_STALE,
        "what would change is no longer what you agreed to: something changed meanwhile",
        "run again and look at the new plan",
        source="plan",
    )
