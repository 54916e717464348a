"""What every report says alike: the target that was met, the files concerned, the selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import evolve

from reconciler.commands.report import Checks, FileNames, Outcome, Reliance, Report, Target
from reconciler.commands.request import PROJECT
from reconciler.gonkagate import entry
from reconciler.mimocode.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.commands.acquaintance import Met
    from reconciler.commands.desire import Choice
    from reconciler.commands.memory import Verified
    from reconciler.commands.road import SetupPlan
    from reconciler.commands.survey import Survey
    from reconciler.mimocode.trust import Trust
    from reconciler.mimocode.verdict import Result, Session

RUN_IT: Final = "mimo"
BEGIN: Final = "mimo-code-setup"
APPLY: Final = f"{BEGIN} apply"
UNINSTALL: Final = f"{BEGIN} uninstall"
PLAN: Final = f"{BEGIN} plan"
STATUS: Final = f"{BEGIN} status"
BACKUPS: Final = f"{BEGIN} backups list"


def target(met: Met) -> Target:
    """Describe the MiMoCode that was met."""
    return trusted(met.launcher.executable, met.trust)


def trusted(command: Path, trust: Trust) -> Target:
    """Describe a MiMoCode by why it is relied on."""
    return Target(str(command), trust.version, trust.by, trust.told)


def planned(command: str, survey: Survey, choice: Choice, plan: SetupPlan) -> Report:
    """Describe a plan that was not carried out."""
    return Report(
        command,
        Outcome.CHANGES if plan.changes else Outcome.NO_CHANGES,
        scope=choice.scope,
        model=choice.model,
        model_ref=entry.reference(choice.model),
        small_model_ref=entry.reference(choice.small_model),
        target=target(survey.met),
        changes=plan.changes,
        drift=plan.drift,
        files=FileNames(
            user_config=str(survey.user.path),
            project_config=str(survey.project.path) if choice.scope == PROJECT else None,
            key_file=str(survey.ground.key_path),
            state=str(survey.ground.store.state),
        ),
        warnings=(
            *survey.catalog.warnings,
            *plan.warnings,
            *plan.foreseen.always,
            *plan.foreseen.in_this_shell,
        ),
    )


def checked(report: Report, result: Result, session: Session | None) -> Report:
    """Add what the checks found."""
    checks = Checks(result.provenance, result.durable, result.models)
    if session is not None:
        checks = evolve(checks, session=session.verdict)
    more = () if session is None else session.warnings
    return evolve(report, verification=checks, warnings=(*report.warnings, *result.warnings, *more))


def relying(report: Report, answer: Verified, session: Session) -> Report:
    """Tell what MiMoCode answered when it was asked last, and what that depends on."""
    inputs = tuple((one.kind, one.name) for one in answer.inputs)
    return evolve(
        report,
        verification=Checks(Verdict.PASSED, Verdict.PASSED, Verdict.PASSED, session.verdict),
        relies_on=Reliance(answer.at, inputs),
    )


def asked(report: Report, plan: SetupPlan) -> Report:
    """Leave out what was foreseen of this shell: MiMoCode itself has been asked about it."""
    left = tuple(one for one in report.warnings if one not in plan.foreseen.in_this_shell)
    return evolve(report, warnings=left)


def with_backups(report: Report, backups: tuple[Path, ...]) -> Report:
    """Name the backups that were made."""
    return evolve(report, files=evolve(report.files, backups=tuple(str(path) for path in backups)))
