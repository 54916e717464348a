"""A report spelled as the published format: from our own classes to those of `published.py`, and to JSON.

Nothing is decided here, and nothing is left out but what `published.py` has no field for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from attrs import asdict

from reconciler.commands import published
from reconciler.engine.values import ABSENT

if TYPE_CHECKING:
    from reconciler.commands import report as ours
    from reconciler.engine.changes import Change
    from reconciler.engine.problems import Blocker, Place, Warning_
    from reconciler.engine.values import Json
    from reconciler.mimocode.audit.probes import Finding

FORMAT_VERSION: Final = "1.0"


def as_json(report: ours.Report) -> dict[str, Any]:
    """Spell a report as the published format, in values that `json` writes as they are."""
    return asdict(spelled(report), value_serializer=lambda _, __, value: _list(value))


def _list(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    return list(value) if isinstance(value, tuple) else value


def spelled(report: ours.Report) -> published.Report:
    """Return what a report publishes."""
    return published.Report(
        format_version=FORMAT_VERSION,
        command=cast("published.Command", report.command),
        outcome=report.outcome,
        ok=report.ok,
        scope=cast("published.Scope | None", report.scope),
        model=report.model,
        model_ref=report.model_ref,
        small_model_ref=report.small_model_ref,
        target=_target(report.target),
        changes=tuple(_change(change) for change in report.changes),
        drift=tuple(_change(change) for change in report.drift),
        blockers=tuple(_blocker(blocker) for blocker in report.blockers),
        verification=_checks(report.verification),
        files=_files(report.files),
        warnings=tuple(_warning(warning) for warning in report.warnings),
        next_command=report.next_command,
        backups=tuple(_backup(kept) for kept in report.backups),
        projects=tuple(_project(one) for one in report.projects),
        explanations=tuple(_explanation(one) for one in report.explanations),
        relies_on=None if report.relies_on is None else _reliance(report.relies_on),
        probes=tuple(_probe(one) for one in report.probes),
        topics=tuple(_topic(one) for one in report.topics),
    )


def _target(met: ours.Target) -> published.Target:
    return published.Target(met.cli, met.version, cast("Any", met.audited))


def _checks(found: ours.Checks) -> published.Checks:
    return published.Checks(found.provenance, found.durable, found.models, found.session)


def _files(names: ours.FileNames) -> published.Files:
    return published.Files(
        names.user_config, names.project_config, names.key_file, names.state, names.backups
    )


def _backup(kept: ours.Kept) -> published.Backup:
    return published.Backup(
        id=kept.id,
        at=kept.at,
        command=cast("Any", kept.command),
        resource=cast("published.Resource", kept.resource),
        file=kept.file,
        existed=kept.existed,
        restorable=kept.restorable,
    )


def _project(one: ours.ProjectHealth) -> published.Project:
    return published.Project(one.root, one.file, one.model_ref, one.health)


def _reliance(found: ours.Reliance) -> published.Reliance:
    inputs = (published.Input(cast("published.InputKind", kind), name) for kind, name in found.inputs)
    return published.Reliance(found.verified_at, tuple(inputs))


def _change(change: Change) -> published.Change:
    return published.Change(
        action=change.action,
        resource=cast("published.Resource", change.resource),
        file=change.file,
        key=change.key,
        before=_value(change.before),
        after=_value(change.after),
        reason=change.reason,
        since=change.since,
    )


def _explanation(one: ours.Explanation) -> published.Explanation:
    return published.Explanation(
        key=one.key,
        in_force=_value(one.in_force),
        without_us=_value(one.without_us),
        claimed=one.claimed,
        applied=_value(one.applied),
        layers=tuple(_layer(layer) for layer in one.layers),
    )


def _layer(layer: ours.LayerValue) -> published.Layer:
    return published.Layer(
        kind=cast("published.LayerKind", layer.kind),
        location=_place(layer.place),
        value=layer.value,
        ours=layer.ours,
        decides=layer.decides,
    )


def _probe(one: Finding) -> published.Probe:
    return published.Probe(
        id=one.probe.id,
        claim=one.probe.claim,
        required=one.probe.required,
        held=one.held,
        features=one.probe.features,
        seen=one.seen,
        seconds=one.seconds,
    )


def _topic(one: ours.Topic) -> published.Topic:
    return published.Topic(one.name, one.kind, one.summary, one.text)


def _value(value: Json) -> Json:
    return None if value is ABSENT else value


def _blocker(blocker: Blocker) -> published.Blocker:
    return published.Blocker(
        code=str(blocker.code),
        message=blocker.message,
        source=blocker.source,
        location=_place(blocker.place),
        remedy=blocker.remedy,
    )


def _place(place: Place | None) -> published.Location:
    if place is None or (place.file is None and place.variable is None):
        return None
    if place.variable is not None:
        return published.InVariable(place.variable)
    assert place.file is not None  # noqa: S101 - a place is a variable or a file, and both were looked at
    return published.InFile(place.file, place.line, place.column)


def _warning(warning: Warning_) -> published.Warning_:
    return published.Warning_(warning.message, _place(warning.place))
