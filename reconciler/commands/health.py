"""How what we hold is found: each document compared with what was applied, each project placed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.commands import whereabouts
from reconciler.commands.ground import PROJECT_ROLE
from reconciler.commands.report import Health, ProjectHealth
from reconciler.commands.rules import rules
from reconciler.commands.whereabouts import Whereabouts
from reconciler.engine.documents import read_document
from reconciler.engine.plan import plan_document
from reconciler.engine.problems import Stop, Warning_
from reconciler.gonkagate import entry
from reconciler.mimocode import projects
from reconciler.records import frozen

if TYPE_CHECKING:
    from reconciler.engine.changes import Change
    from reconciler.engine.claims import Holding
    from reconciler.engine.files import FileSystem
    from reconciler.engine.store import Store
    from reconciler.engine.values import Json, KeyPath


@frozen
class Checkup:
    """What was found of one holding."""

    held: Holding
    health: Health
    drift: tuple[Change, ...] = ()
    problem: Stop | None = None

    @property
    def project(self) -> ProjectHealth:
        """Return what is told of a project."""
        path = Path(self.held.path)
        return ProjectHealth(str(projects.root_of(path)), str(path), _model(self.held), self.health)

    @property
    def warnings(self) -> tuple[Warning_, ...]:
        """Return what to tell of a project that is not the present one."""
        if self.health is Health.NOT_MOUNTED:
            return (whereabouts.not_mounted(self.held, "what was set up there is not looked at"),)
        return () if self.problem is None else tuple(_told(self.problem))


def check(files: FileSystem, store: Store, held: Holding) -> Checkup:
    """Compare every claim in one document with what stands there."""
    if held.role == PROJECT_ROLE:
        where = whereabouts.find(files, held)
        if where is Whereabouts.NOT_MOUNTED:
            return Checkup(held, Health.NOT_MOUNTED)
        if where is Whereabouts.GONE:
            return Checkup(held, Health.GONE, (whereabouts.gone_change(held),))
    try:
        document = read_document(files, held.role, Path(held.path))
        applied: dict[KeyPath, Json] = {claim.key: claim.applied for claim in held.claims}
        drift = plan_document(document, applied, held, rules(files, store, document, held)).drift
    except Stop as ending:
        return Checkup(held, Health.UNREADABLE, problem=ending)
    return Checkup(held, Health.DRIFTED if drift else Health.IN_SYNC, drift)


def _model(held: Holding) -> str | None:
    found = next((claim.applied for claim in held.claims if claim.key == entry.MODEL), None)
    return found if isinstance(found, str) else None


def _told(ending: Stop) -> list[Warning_]:
    return [Warning_(f"in another project: {one.message}", one.place) for one in ending.blockers]
