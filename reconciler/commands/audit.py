"""`audit`: try on this machine all that we rely on in MiMoCode, and remember a `mimo` for which it holds.

Everything happens in a throw-away place with a made-up key: no file of the user's is touched, and nothing but
the loopback is talked to. Only the record of an audit is written, through the same door as everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve

from reconciler.commands import work
from reconciler.commands.describe import BEGIN
from reconciler.commands.ground import stand
from reconciler.commands.lifecycle import at_work
from reconciler.commands.memory import recall
from reconciler.commands.report import AUDIT, Outcome, Report, Target, stopped
from reconciler.commands.unfinished import recover_first
from reconciler.engine.problems import Blocker, Place, Stop, Warning_, reason, remedy_for, stop
from reconciler.engine.problems import Code as EngineCode
from reconciler.engine.transaction import perform
from reconciler.gonkagate import entry
from reconciler.gonkagate.catalog import Catalog, Model
from reconciler.gonkagate.facts import KEY_FOLDER, KEY_NAME
from reconciler.mimocode import identity, launcher, trust, versions
from reconciler.mimocode.audit import bench
from reconciler.mimocode.audit.experiments import Subject
from reconciler.mimocode.audit.judge import findings
from reconciler.mimocode.audit.probes import BREAKS, failing, switched_off
from reconciler.mimocode.facts import COMMAND, Code
from reconciler.mimocode.launcher import Launcher
from reconciler.mimocode.semver import parse
from reconciler.mimocode.trust import LocalAudit
from reconciler.records import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.commands.ground import Ground
    from reconciler.commands.memory import Remembered
    from reconciler.commands.world import World
    from reconciler.mimocode.audit.probes import Finding
    from reconciler.mimocode.identity import Identity
    from reconciler.mimocode.semver import Version

RECORD: Final = f"{BEGIN} audit --record"
_MODELS: Final = Catalog(
    (Model("made/up-1.0", "Made Up", 262_144, 32_768), Model("made/up-2:free", "Made Up Too"))
)
"""A catalog of ids as they occur: with slashes, dots and colons, with limits and without."""


@frozen
class Audited:
    """What an audit came to."""

    found: tuple[Path, ...]
    """Every `mimo` on the PATH; the first is the one that was tried."""
    who: Identity
    findings: tuple[Finding, ...]
    version: Version | None


def audit(world: World, *, record: bool) -> Report:
    """Try everything; with `record` remember it where every required probe holds."""
    about = Report(AUDIT, Outcome.BLOCKED)
    try:
        if record:
            _refuse_what_cannot_be_recorded(world)
        audited = examine(world)
        about = _describe(about, audited)
        _refuse_what_fails(audited)
        if not record:
            then = RECORD if not about.target.audited else f"{BEGIN} plan"
            return evolve(about, outcome=Outcome.NO_CHANGES, next_command=then)
        about = _recorded(world, about, audited)
        return evolve(about, outcome=Outcome.APPLIED, next_command=f"{BEGIN} plan")
    except Stop as ending:
        return stopped(AUDIT, ending, about)


def examine(world: World, chosen: frozenset[str] | None = None) -> Audited:
    """Carry the experiments out, or those chosen, and judge them. Raises `Stop` where there is no `mimo`."""
    starter = Launcher(launcher.find(world.environment), bench.TIME_LIMIT)
    who = identity.of(starter.executable)
    subject = made_up(world.token())

    def tell(done: int, of: int) -> None:
        world.progress.step(f"auditing MiMoCode in a throw-away home: {done} of {of} experiments are done")

    try:
        seen = bench.Bench(starter, world.environment, subject, tell).observe(chosen)
    except OSError as error:
        raise stop(
            EngineCode.WRITE_FAILED,
            f"no throw-away place can be made for an audit: {reason(error)}",
            remedy_for(error),
            source="audit",
        ) from None
    finally:
        world.progress.done()
    found = findings(subject, seen)
    if chosen is not None:
        found = tuple(one for one in found if one.probe.rests_on in chosen)
    return Audited(launcher.everywhere(world.environment), who, found, _version(found))


def made_up(token: str) -> Subject:
    """Make what a set-up writes, with models and a key that stand for nothing."""
    first, second = _MODELS.ids
    return Subject(
        entry.ROOT[1],
        {**entry.provider_keys(_MODELS), **entry.activation_keys(first, second)},
        entry.API_KEY,
        (*entry.ROOT, "options", "baseURL"),
        f"gp-made-up-for-an-audit-{token}",
        "/".join((*KEY_FOLDER, KEY_NAME)),
    )


def _version(found: tuple[Finding, ...]) -> Version | None:
    told = next((one for one in found if one.probe.id == "version_text" and one.held), None)
    return None if told is None else parse(told.seen)


def _describe(about: Report, audited: Audited) -> Report:
    version = None if audited.version is None else audited.version.text
    covered = None if version is None else trust.of_release(version)
    others = tuple(
        Warning_("this `mimo` is on your PATH as well, behind the one that was audited", Place(file=str(one)))
        for one in audited.found[1:]
    )
    off = switched_off(audited.findings)
    left_out = tuple(Warning_(f"with this MiMoCode {BREAKS[feature]}") for feature in off)
    target = Target(str(audited.found[0]), version, False if covered is None else covered.by)
    return evolve(about, target=target, probes=audited.findings, warnings=(*others, *left_out))


def _refuse_what_fails(audited: Audited) -> None:
    """Raise `Stop` unless every required probe holds."""
    failed = failing(audited.findings)
    if not failed:
        return
    names = ", ".join(one.probe.id for one in failed)
    raise Stop(
        (
            Blocker(
                Code.AUDIT_FAILED,
                f"{len(failed)} of the things that are relied on do not hold for this MiMoCode: {names}",
                "use an audited version of MiMoCode; `mimo-code-setup audit --json` is the report to send to "
                "this program's authors, and holds nothing of yours but the path of `mimo`",
                COMMAND,
                Place(file=str(audited.found[0])),
            ),
        )
    )


def _refuse_what_cannot_be_recorded(world: World) -> None:
    """Raise `Stop` before anything is tried where the result could not be written down."""
    ground = stand(world)
    _refuse_another_state(recall(world.files, ground.store), ground)


def _refuse_another_state(remembered: Remembered, ground: Ground) -> None:
    if remembered.file.foreign is not None:
        raise stop(
            EngineCode.STATE_UNREADABLE,
            "the state file of another installer stands in the place of ours",
            "move the file away, then run again; apply finds what that installer set up by itself",
            source="state",
            place=Place(file=str(ground.store.state)),
        )


def _recorded(world: World, about: Report, audited: Audited) -> Report:
    """Write the audit down, unless the program was replaced while it was tried."""
    assert audited.version is not None  # noqa: S101 - a required probe says so
    versions.refuse_too_old(audited.version, audited.found)
    fingerprint = audited.who.fingerprint()
    if identity.of(audited.found[0]).mark != audited.who.mark:
        raise stop(
            Code.AUDIT_FAILED,
            "`mimo` was replaced or updated while it was audited",
            "run again",
            source=COMMAND,
            place=Place(file=str(audited.found[0])),
        )
    off = tuple(feature.value for feature in switched_off(audited.findings))
    date = world.time_text().partition("T")[0]
    told = record(world, LocalAudit(audited.version.text, fingerprint, audited.who.mark, date, off))
    target = about.target
    if not target.audited:
        target = evolve(target, audited=trust.LOCAL)
    about = evolve(about, target=target, files=evolve(about.files, state=str(stand(world).store.state)))
    return evolve(about, warnings=(*about.warnings, *told))


def record(world: World, new: LocalAudit) -> tuple[Warning_, ...]:
    """Remember an audit, with the lock and the journal like every change. Returns what to tell.

    One that is remembered already is not written again.
    """
    ground = stand(world)
    told = recover_first(world, ground.store)
    with at_work(world, ground.store) as late:
        remembered = recall(world.files, ground.store)
        _refuse_another_state(remembered, ground)
        audits = trust.with_audit(remembered.audits, new)
        if audits != remembered.audits:
            todo = work.remember(world, ground, remembered, audits)
            perform(world.files, ground.store, todo, lambda: None, world.interrupts)
    return (*told, *late)
