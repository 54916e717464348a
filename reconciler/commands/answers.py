"""MiMoCode's answers as we remember them: what each depended on, and whether it still stands.

An answer is remembered only by a run that was verified, in the very commit of that run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.commands.ground import PROJECT_ROLE
from reconciler.commands.memory import Verified, root_name
from reconciler.mimocode import identity, projects, reliance
from reconciler.mimocode.reliance import KEY_FILE, Input
from reconciler.records import frozen

if TYPE_CHECKING:
    from reconciler.commands.acquaintance import Met
    from reconciler.commands.memory import KeyMemory, Memory
    from reconciler.commands.road import SetupPlan
    from reconciler.engine.claims import Holding
    from reconciler.mimocode.expectations import Expectations
    from reconciler.mimocode.outlook import Outlook
    from reconciler.mimocode.paths import Paths
    from reconciler.mimocode.reliance import Scene


@frozen
class Standing:
    """Whether the answer that is remembered stands: since when, resting on what, or what has changed."""

    answer: Verified | None
    changed: tuple[Input, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether MiMoCode need not be asked."""
        return self.answer is not None and not self.changed


def remembered(
    plan: SetupPlan, met: Met, key: KeyMemory, now: str, holdings: tuple[Holding, ...], rules: Paths
) -> tuple[Verified, ...]:
    """Return the answers to be remembered with a plan: its own, and earlier ones that still stand.

    Where MiMoCode keeps its things elsewhere than by the rules, its own answer is not remembered: later
    runs would have to ask where to look.
    """
    scene, memory = plan.foreseen.scene, plan.remembered.memory
    if scene is None:
        return ()
    own = Verified(root_name(scene.project), now, _inputs(scene, _mimo(met), key))
    held = (Path(one.path) for one in holdings if one.role == PROJECT_ROLE)
    roots = {root_name(None), *(root_name(projects.root_of(path)) for path in held)}
    earlier = () if memory is None or memory.key != key else memory.verified
    kept = [one for one in earlier if one.root in roots - {own.root} and _agree(one, own)]
    return (*kept, *((own,) if scene.settled and met.paths == rules else ()))


def standing(
    outlook: Outlook, expected: Expectations, project: Path | None, command: Path, memory: Memory
) -> Standing:
    """Compare what the remembered answer depended on with what is there now."""
    answer = memory.verified_at(project)
    if answer is None:
        return Standing(None)
    scene = reliance.scene(outlook, expected, project)
    if not scene.settled:
        return Standing(None)
    mimo = reliance.whose(identity.of(command), command)
    return Standing(answer, reliance.changed(answer.inputs, _inputs(scene, mimo, memory.key)))


def _mimo(met: Met) -> Input:
    return reliance.whose(met.identity, met.launcher.executable)


def _inputs(scene: Scene, mimo: Input, key: KeyMemory) -> tuple[Input, ...]:
    """Name all that an answer depends on. That the key file holds the key is looked at apart."""
    stored = () if scene.secret_file is None else (Input(KEY_FILE, str(scene.secret_file), key.fingerprint),)
    return (mimo, *scene.inputs(key.salt), *stored)


def _agree(earlier: Verified, own: Verified) -> bool:
    """Whether two answers saw the same in whatever both depend on; else the earlier one is out of date."""
    known = {(one.kind, one.name): one.fingerprint for one in own.inputs}
    return all(known.get((one.kind, one.name), one.fingerprint) == one.fingerprint for one in earlier.inputs)
