"""Whether a saved plan still is what would be done: compared part by part with one that was made anew.

What differs is named, with its file and key where it has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.commands.ground import KEY_ROLE
from reconciler.commands.saved import basis_of
from reconciler.engine.backups import record_path
from reconciler.engine.files import Kind
from reconciler.engine.problems import Blocker, Code, Place, Stop
from reconciler.engine.values import key_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.commands.plan import Planned
    from reconciler.commands.saved import Basis, Row, SavedPlan, Seen, Where
    from reconciler.engine.files import FileSystem
    from reconciler.engine.values import KeyPath

SOURCE: Final = "plan"
AGAIN: Final = "save a new plan with `mimo-code-setup plan --out FILE`, look at it, and apply that one"
_SAME_KEY: Final = (
    "hand in the key that the plan was made with (--api-key-stdin, or the variable GONKAGATE_API_KEY), "
    "or save a new plan"
)


def refuse_moved(files: FileSystem, saved: SavedPlan, planned: Planned) -> None:
    """Raise `Stop` with plan_stale unless a saved plan is what would be done, and was not done before."""
    record = record_path(planned.survey.ground.store, saved.transaction)
    found = _carried_out(record) if files.kind(record) is Kind.FILE else moved(saved, planned)
    if found is not None:
        raise Stop((found,))


def moved(saved: SavedPlan, planned: Planned) -> Blocker | None:
    """Return what keeps a saved plan from being carried out; None where everything is as it was.

    A pure function of both.
    """
    then, now = saved.basis, basis_of(planned, saved.salt)
    if then == now:
        return None
    if now.state is not None and now.state.transaction == saved.transaction:
        return _carried_out(planned.survey.ground.store.state)
    return next(_differences(then, now, planned))


def _carried_out(where: Path) -> Blocker:
    return stale("this plan was carried out already, and a plan works once", Place(file=str(where)))


def stale(message: str, place: Place | None = None, remedy: str = AGAIN) -> Blocker:
    """Make the blocker for a plan that does not hold any more."""
    return Blocker(Code.PLAN_STALE, message, remedy, SOURCE, place)


def _differences(then: Basis, now: Basis, planned: Planned) -> Iterator[Blocker]:
    """Tell what differs, causes before consequences."""
    if then.where != now.where:
        yield elsewhere(then.where, now.where)
    yield from _state(then, now, planned)
    yield from _mimo(then, now)
    yield from _files(then, now, planned)
    if then.key != now.key:
        yield stale("the plan was made with another key than the present one", remedy=_SAME_KEY)
    yield from _changes(then, now)
    yield stale("what would be done is no longer what the plan says")


def elsewhere(old: Where, new: Where) -> Blocker:
    """Make the blocker for a plan that is for another place."""
    if old.home != new.home:
        return stale(f"the plan was made for another home than this one: {old.home}", Place(file=new.home))
    if old.project != new.project:
        message = (
            f"the plan was made for the project {old.project}, and its folder belongs to another one now"
        )
        return stale(message, Place(file=new.project))
    message = "this folder was a git work tree when the plan was saved, or was none, and that has changed"
    return stale(message, Place(file=new.project))


def _state(then: Basis, now: Basis, planned: Planned) -> Iterator[Blocker]:
    place = Place(file=str(planned.survey.ground.store.state))
    old, new = then.state, now.state
    if old == new:
        return
    if old is None:
        yield stale("something was set up since the plan was saved", place)
    elif new is None:
        yield stale("what was set up when the plan was saved is no longer recorded", place)
    elif old.lineage != new.lineage:
        yield stale("the plan was made from the record of another set-up", place)
    elif old.serial < new.serial:
        yield stale("another run changed the set-up since the plan was saved", place)
    else:
        yield stale("the record of the set-up is not the one that the plan was made from", place)


def _mimo(then: Basis, now: Basis) -> Iterator[Blocker]:
    old, new = then.mimo, now.mimo
    if old.version != new.version:
        yield stale(f"the plan was made for MiMoCode {old.version}, and {new.version} is there now")
    if old.executable != new.executable:
        message = f"the plan was made for {old.executable}, and another `mimo` is found now"
        yield stale(message, Place(file=new.executable))
    if old.config != new.config:
        yield stale(f"MiMoCode has its configuration in another folder now; it was {old.config}")


def _files(then: Basis, now: Basis, planned: Planned) -> Iterator[Blocker]:
    before = {one.path: one for one in then.files}
    for one in now.files:
        what = _what_happened(before.pop(one.path, None), one)
        if what is not None:
            yield _about_file(what, one, then, now, planned)
    for gone in before:
        yield stale("the plan was made from this file, which has no part in it any more", Place(file=gone))


def _what_happened(old: Seen | None, new: Seen) -> str | None:
    if old is None:
        return "this file had no part in the plan, and would have one now"
    if old.content != new.content:
        if new.content is None:
            return "this file is gone since the plan was saved"
        verb = "came to be" if old.content is None else "was changed"
        return f"{'the stored key' if new.role == KEY_ROLE else 'this file'} {verb} since the plan was saved"
    if old.real != new.real:
        return f"this name led to {old.real} when the plan was saved, and leads to {new.real} now"
    if old.mode is not None and new.mode is not None and old.mode != new.mode:
        return f"this file had mode {old.mode:04o} when the plan was saved, and has {new.mode:04o} now"
    return None


def _about_file(what: str, one: Seen, then: Basis, now: Basis, planned: Planned) -> Blocker:
    """Name the key as well, where it is one that the plan is about."""
    keys = [row.key for row in _unlike(then, now) if row.file == one.path and row.key is not None]
    if not keys:
        return stale(what, Place(file=one.path))
    more = "" if len(keys) == 1 else f" and {len(keys) - 1} more"
    return stale(f"{what}: {key_text(keys[0])}{more}", _place(one.path, keys[0], planned))


def _place(path: str, key: KeyPath, planned: Planned) -> Place:
    found = (one.document.place(key) for one in planned.plan.documents if str(one.document.path) == path)
    return next(found, Place(file=path))


def _changes(then: Basis, now: Basis) -> Iterator[Blocker]:
    """Tell of changes that are others although nothing on the disk is: they come from the catalog."""
    unlike = _unlike(then, now)
    if unlike:
        what = key_text(unlike[0].key) if unlike[0].key is not None else unlike[0].resource
        more = "" if len(unlike) == 1 else f" and {len(unlike) - 1} more"
        message = f"GonkaGate's catalog is another one than the plan was made from: {what}{more}"
        yield stale(message, Place(file=unlike[0].file))
    for old, new in zip(then.files, now.files, strict=False):
        if old.planned != new.planned:
            message = "other content would be written into this file: GonkaGate's catalog is another one now"
            yield stale(message, Place(file=new.path))


def _unlike(then: Basis, now: Basis) -> list[Row]:
    """Return one row for each file and key of which the two plans say different things."""
    old, new = ({(row.file, row.key): row for row in one.changes} for one in (then, now))
    return [
        row for name, row in {**old, **new}.items() if name not in old or name not in new or old[name] != row
    ]
