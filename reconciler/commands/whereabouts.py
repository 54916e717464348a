"""Where the projects are that we hold something in: there, gone, moved, or on a disk that is not mounted.

A folder that is not there proves nothing by itself. What is recorded of it is given up only where the disk
that it was on is there without it.
"""

from __future__ import annotations

import enum
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from reconciler.commands.ground import PROJECT_ROLE
from reconciler.engine import platform
from reconciler.engine.changes import Change
from reconciler.engine.compare import Action
from reconciler.engine.documents import read_document
from reconciler.engine.files import Kind
from reconciler.engine.problems import Place, Stop, Warning_
from reconciler.engine.values import ABSENT, Absent, look_up, same
from reconciler.gonkagate import entry
from reconciler.mimocode import projects

if TYPE_CHECKING:
    from reconciler.engine.claims import Holding
    from reconciler.engine.documents import Document
    from reconciler.engine.files import FileSystem
    from reconciler.engine.state import State


class Whereabouts(enum.Enum):
    """Where a project is."""

    HERE = "here"
    GONE = "gone"
    NOT_MOUNTED = "not mounted"


def find(files: FileSystem, held: Holding) -> Whereabouts:
    """Tell where a project is that we hold something in."""
    config = Path(held.path)
    root = projects.root_of(config)
    try:
        if files.kind(config) is not Kind.ABSENT:
            return Whereabouts.HERE
        here = files.kind(root) is Kind.FOLDER
    except OSError:
        return Whereabouts.HERE  # what cannot be looked into is there; reading it will tell
    volume = Path(root.anchor) if held.volume is None else Path(held.volume)
    if not platform.is_mount(volume):
        return Whereabouts.NOT_MOUNTED
    return Whereabouts.HERE if here else Whereabouts.GONE


def is_gone(files: FileSystem, held: Holding) -> bool:
    """Whether it lay in a project that is gone for good."""
    return held.role == PROJECT_ROLE and find(files, held) is Whereabouts.GONE


def is_out_of_reach(files: FileSystem, held: Holding) -> bool:
    """Whether it lies in a project whose disk is not there."""
    return held.role == PROJECT_ROLE and find(files, held) is Whereabouts.NOT_MOUNTED


def not_mounted(held: Holding, what: str) -> Warning_:
    """Tell of a project whose disk is not there."""
    root = projects.root_of(Path(held.path))
    return Warning_(f"the disk of the project {root} is not there, so {what}", Place(file=held.path))


def gone_change(held: Holding) -> Change:
    """Make the one row for a project that is gone: there is nothing left to take out of it."""
    model = next((claim.applied for claim in held.claims if claim.key == entry.MODEL), ABSENT)
    why = "the project's folder is gone"
    return Change(Action.RELEASE, held.role, held.path, None, model, ABSENT, why, drift=True)


def marked(held: Holding) -> Holding:
    """Note where a project is, so that it can be told later whether it is gone, moved or not mounted."""
    if held.role != PROJECT_ROLE:
        return held
    root = projects.root_of(Path(held.path))
    return evolve(held, volume=str(platform.mount_of(root)), folder_id=platform.folder_id(root))


def moved(files: FileSystem, state: State | None, document: Document) -> Holding | None:
    """Find what we held in this project where it was before it was moved here.

    That is a project that is gone from a disk which is there, whose folder had this folder's own number,
    and whose every key stands here as it was applied there. A copy has a number of its own.
    """
    here = platform.folder_id(projects.root_of(document.path))
    if state is None or here is None:
        return None
    volume = str(platform.mount_of(document.path))
    for held in state.held_as(PROJECT_ROLE):
        known = (held.folder_id, held.volume) == (here, volume)
        if known and _as_applied(document, held) and find(files, held) is Whereabouts.GONE:
            return held
    return None


def with_moved(files: FileSystem, state: State, config: Path) -> tuple[Holding, ...]:
    """Return everything that we hold, with a project that was moved to this place at this place."""
    if state.holding(PROJECT_ROLE, str(config)) is not None:
        return state.documents
    if not any(find(files, one) is Whereabouts.GONE for one in state.held_as(PROJECT_ROLE)):
        return state.documents
    try:
        found = moved(files, state, read_document(files, PROJECT_ROLE, config))
    except Stop:
        return state.documents  # nothing of ours can be made out in it
    return tuple(relocated(one, config) if one is found else one for one in state.documents)


def relocated(held: Holding, config: Path) -> Holding:
    """Return what we hold in a project, at the place to which it was moved."""
    before, now = projects.root_of(Path(held.path)), projects.root_of(config)
    made = (Path(folder) for folder in held.created_folders)
    folders = (now / one.relative_to(before) if one.is_relative_to(before) else one for one in made)
    return evolve(held, path=str(config), created_folders=tuple(str(folder) for folder in folders))


def _as_applied(document: Document, held: Holding) -> bool:
    found = [(look_up(document.tree.value, claim.key), claim.applied) for claim in held.claims]
    return all(not isinstance(value, Absent) and same(value, applied) for value, applied in found)
