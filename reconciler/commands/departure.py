"""What an uninstall would do: a plan with an empty desire, for everything that can be reached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from reconciler import jsonc
from reconciler.commands import whereabouts
from reconciler.commands.ground import KEY_ROLE, PROJECT_ROLE, USER_ROLE
from reconciler.commands.health import check
from reconciler.commands.memory import recall
from reconciler.commands.recollection import recalled
from reconciler.commands.references import still_refers
from reconciler.commands.road import SetupPlan
from reconciler.commands.rules import rules
from reconciler.engine.changes import SENSITIVE, Change
from reconciler.engine.compare import Action
from reconciler.engine.documents import read_document
from reconciler.engine.plan import plan_document
from reconciler.engine.problems import Place, Stop, Warning_
from reconciler.engine.values import ABSENT, key_text, look_up
from reconciler.gonkagate import entry
from reconciler.gonkagate.key import read_stored
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.commands.evidence import Finding
    from reconciler.commands.ground import Ground
    from reconciler.commands.memory import Remembered
    from reconciler.commands.report import ProjectHealth
    from reconciler.commands.request import UninstallOptions
    from reconciler.engine.claims import Holding
    from reconciler.engine.files import FileSystem
    from reconciler.engine.plan import DocumentPlan
    from reconciler.engine.store import Store
    from reconciler.gonkagate.key import StoredKey


@frozen
class Departure:
    """What is taken out, how, and what to tell of it."""

    leaving: tuple[Holding, ...]
    projects: tuple[ProjectHealth, ...]
    """Every project that is taken out, and every one that is out of reach."""
    plan: SetupPlan
    warnings: tuple[Warning_, ...]


def depart(
    environment: Mapping[str, str], files: FileSystem, ground: Ground, options: UninstallOptions
) -> Departure | None:
    """Plan with an empty desire; None where nothing of ours can be reached."""
    remembered, lost = recalled(environment, files, ground)
    if remembered.damage and remembered.file.snapshot is None:
        raise Stop(remembered.damage)  # what cannot be read at all may be as it should be
    held = _held(files, remembered, ground)
    leaving = _leaving(files, held, ground, options)
    if not leaving and (not remembered.damage or options.this_project):
        return None
    kept = tuple(one for one in held if one not in leaving)
    stored = read_stored(files, ground.key_path)
    gone = [one for one in leaving if whereabouts.is_gone(files, one)]
    documents = tuple(leave(files, ground.store, one) for one in leaving if one not in gone)
    change, warning = None, None
    if not options.keep_key and not any(one.role == USER_ROLE for one in kept):
        change, warning = _key_change(files, documents, stored, lost)
    rows = tuple(map(whereabouts.gone_change, gone))
    plan = SetupPlan(ground, remembered, documents, kept, stored, None, change, rows, leaving=True)
    if lost is not None:  # what is kept cannot be recorded: its facts are not known
        plan = evolve(plan, kept=(), record_changes=lost.record_changes)
    away = [one for one in kept if whereabouts.is_out_of_reach(files, one)]
    concerned = [one for one in (*leaving, *away) if one.role == PROJECT_ROLE]
    found = tuple(check(files, ground.store, one).project for one in concerned)
    told = () if warning is None else (warning,)
    foreign = _foreign(plan) if lost is None else (*lost.loss, *lost.unproved)
    return Departure(leaving, found, plan, (*told, *foreign, *map(_still_recorded, away)))


def out_of_reach(files: FileSystem, ground: Ground) -> tuple[Warning_, ...]:
    """Tell of what stays recorded where nothing can be reached."""
    held = _held(files, recall(files, ground.store), ground)
    return tuple(_still_recorded(one) for one in held if whereabouts.is_out_of_reach(files, one))


def _held(files: FileSystem, remembered: Remembered, ground: Ground) -> tuple[Holding, ...]:
    state = remembered.file.state
    return () if state is None else whereabouts.with_moved(files, state, ground.project.config)


def _leaving(
    files: FileSystem, held: tuple[Holding, ...], ground: Ground, options: UninstallOptions
) -> tuple[Holding, ...]:
    """Choose what is taken out: this project, or everything that can be reached."""
    if options.this_project:
        here = (PROJECT_ROLE, str(ground.project.config))
        return tuple(one for one in held if (one.role, one.path) == here)
    return tuple(one for one in held if not whereabouts.is_out_of_reach(files, one))


def leave(files: FileSystem, store: Store, held: Holding) -> DocumentPlan:
    """Plan one document with an empty desire. Raises `Stop` where it cannot be read."""
    document = read_document(files, held.role, Path(held.path))
    return plan_document(document, {}, held, rules(files, store, document, held))


def _key_change(
    files: FileSystem, documents: tuple[DocumentPlan, ...], stored: StoredKey, lost: Finding | None
) -> tuple[Change | None, Warning_ | None]:
    """Plan the key file's removal, unless somebody still refers to it: MiMoCode would not start then."""
    if stored.snapshot is None:
        return None, None
    if lost is not None and stored.key is None:
        message = "this file holds no key of GonkaGate's form, so it is not provably ours and is left"
        return None, Warning_(message, Place(str(stored.path)))
    planned = {one.document.real: one.content() for one in documents}
    folders = {one.document.path.parent for one in documents if one.document.role == USER_ROLE}
    folders |= frozenset() if lost is None else lost.folders
    left = still_refers(files, planned, folders)
    if left is not None:
        message = "this file still refers to the key file, so the key file stays: MiMoCode would not start"
        return None, Warning_(message, left)
    gone = "no longer wanted"
    return Change(Action.DELETE, KEY_ROLE, str(stored.path), None, SENSITIVE, ABSENT, gone), None


def _still_recorded(held: Holding) -> Warning_:
    what = "what was set up there stays, and stays recorded: mount it and uninstall again"
    return whereabouts.not_mounted(held, what)


def _foreign(plan: SetupPlan) -> Iterator[Warning_]:
    """Name what stays under our provider, being the user's own."""
    for one in plan.documents:
        content = one.content()
        rest = None if content is None else look_up(jsonc.parse(content).value, entry.ROOT)
        keys = [(*entry.ROOT, name) for name in rest] if isinstance(rest, dict) else []
        if keys:
            names = ", ".join(key_text(key) for key in keys)
            yield Warning_(f"this stays, since it is not ours: {names}", one.document.place(keys[0]))
