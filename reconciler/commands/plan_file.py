"""The file that a saved plan stands in: read strictly, written whole, put over nothing but an older plan.

It may lie anywhere but where this program or MiMoCode would take it for something else.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.commands.saved import FORMAT, KIND, SavedPlan
from reconciler.engine import edges
from reconciler.engine.files import Kind
from reconciler.engine.problems import Code, Place, reason, remedy_for, stop
from reconciler.engine.store import FILE_MODE
from reconciler.mimocode.facts import LAYER_NAMES

if TYPE_CHECKING:
    from reconciler.commands.survey import Survey
    from reconciler.commands.world import World
    from reconciler.engine.files import FileSystem
    from reconciler.engine.problems import Stop

UNREADABLE: Final = "plan_unreadable"
IN_THE_WAY: Final = "plan_file_in_the_way"
SOURCE: Final = "plan"
_LARGEST: Final = 128 * 1024 * 1024
"""No plan is larger: a catalog has a limit of its own."""
_MADE_AT_RANDOM: Final = re.compile(r"[0-9a-f]{16}([0-9a-f]{16})?")
_MOST: Final = 300
_SAVE_ANEW: Final = "save the plan once more with `mimo-code-setup plan --out FILE`"


def read_plan(files: FileSystem, path: Path) -> SavedPlan:
    """Read a saved plan. Raises `Stop` with plan_unreadable."""
    try:
        saved = edges.load(SavedPlan, _of_this_format(path, _parsed(files, path)))
    except edges.UnreadableError as error:
        raise _unreadable(path, str(error)) from None
    strange = [name for name in (saved.transaction, saved.salt) if not _MADE_AT_RANDOM.fullmatch(name)]
    if strange or not Path(saved.folder).is_absolute():
        raise _unreadable(path, "its salt, its transaction or its folder is not one that this program writes")
    return saved


def _parsed(files: FileSystem, path: Path) -> object:
    """Parse what stands at a path. Raises UnreadableError."""
    try:
        if files.is_link(path):
            raise edges.UnreadableError("it is a link, not the file itself")
        kind = files.kind(path)
        if kind is Kind.ABSENT:
            raise edges.UnreadableError("there is no such file")
        if kind is not Kind.FILE:
            raise edges.UnreadableError("it is no plain file")
        if path.stat().st_size > _LARGEST:
            raise edges.UnreadableError("it is far larger than any plan")
        snapshot = files.read(path)
    except OSError as error:
        raise edges.UnreadableError(reason(error)) from None
    return edges.parse_json(b"" if snapshot is None else snapshot.data)


def _is_plan(whole: object) -> bool:
    return isinstance(whole, dict) and whole.get("kind") == KIND


def _of_this_format(path: Path, whole: object) -> object:
    """Hand back what is a plan of the format that we know. Raises UnreadableError or `Stop`."""
    if not _is_plan(whole) or not isinstance(whole, dict):
        raise edges.UnreadableError("it is no plan that this program saved")
    version = whole.get("format")
    if type(version) is int and version > FORMAT:
        what = f"a newer version of this program saved it (plan format {version})"
        raise _unreadable(path, what, "update this program")
    if version != FORMAT:
        raise edges.UnreadableError(f"format is {version!r}")
    return whole


def _unreadable(path: Path, why: str, remedy: str = _SAVE_ANEW) -> Stop:
    why = why if len(why) <= _MOST else f"{why[:_MOST]}…"
    return stop(
        UNREADABLE,
        f"this saved plan cannot be read: {why}",
        remedy,
        source=SOURCE,
        place=Place(file=str(path)),
    )


def write_plan(world: World, path: Path, saved: SavedPlan, survey: Survey) -> None:
    """Put a plan on the disk, whole, durable and for its owner alone.

    Raises `Stop` with plan_file_in_the_way where something else stands there or would be taken for
    something else, write_failed where the disk refuses.
    """
    files = world.files
    temporary = path.with_name(f".{world.token()}.new")
    try:
        older = _older(files, path, survey)
        try:
            files.create(temporary, edges.to_bytes(saved), FILE_MODE)
            if older:
                files.replace(temporary, path)
            else:
                files.place(temporary, path)
            files.flush_folder(path.parent)
        finally:
            with contextlib.suppress(OSError):
                files.remove(temporary)
    except FileExistsError:
        raise _in_the_way(path, "something came to stand there just now") from None
    except OSError as error:
        raise stop(
            Code.WRITE_FAILED,
            f"the plan could not be saved: {reason(error)}",
            remedy_for(error),
            source=SOURCE,
            place=Place(file=str(path)),
        ) from None


def _older(files: FileSystem, path: Path, survey: Survey) -> bool:
    """Tell whether an older plan stands there. Raises `Stop` where the place is not one for a plan."""
    real = files.real_path(path)
    if real.is_relative_to(files.real_path(survey.ground.store.folder)):
        raise _in_the_way(path, "this folder is the program's own, and it would take the file for its own")
    if real.name in LAYER_NAMES or real.parent == files.real_path(survey.met.paths.config):
        raise _in_the_way(path, "MiMoCode would read this file as a part of its configuration")
    if files.is_link(path):
        raise _in_the_way(path, "a link stands there")
    kind = files.kind(path)
    if kind is Kind.ABSENT:
        return False
    try:
        ours = kind is Kind.FILE and _is_plan(_parsed(files, path))
    except edges.UnreadableError:
        ours = False
    if not ours:
        raise _in_the_way(path, "something stands there that is no saved plan")
    return True


def _in_the_way(path: Path, what: str) -> Stop:
    return stop(
        IN_THE_WAY,
        f"the plan was not saved: {what}",
        "give --out another file name",
        source=SOURCE,
        place=Place(file=str(path)),
    )
