"""Reports for the screens in `tests/screens/reports`: what commands say of homes that were set up for it.

Each scene is played by the real commands with the stand-in, at a fixed time, or is a report made by hand
where the real one takes long or cannot be had. Nothing in it differs from one time to the next.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import attrs

from reconciler.cli.pages import told
from reconciler.commands.apply import apply
from reconciler.commands.backups import list_backups
from reconciler.commands.plan import plan
from reconciler.commands.report import AUDIT, Health, Outcome, ProjectHealth, Report, Target, stopped
from reconciler.commands.request import PROJECT, USER, PlanOptions, Selection, UninstallOptions
from reconciler.commands.status import status
from reconciler.commands.uninstall import uninstall
from reconciler.commands.world import World
from reconciler.engine.changes import Change
from reconciler.engine.compare import Action
from reconciler.engine.problems import Blocker, Place, Stop, Warning_
from reconciler.engine.values import ABSENT
from reconciler.mimocode.audit.probes import PROBES, Finding
from tests.support.documents import KIMI
from tests.support.gallery import CATALOG, Stage, explaining

NOW: Final = datetime(2026, 11, 22, 10, 12, tzinfo=UTC)
MODELS: Final = 400
Scene = Callable[[Stage], Report]


def catalog(numbers: Iterator[int] | range, **more: Mapping[str, Any]) -> bytes:
    """Spell a catalog of the demo's models and numbered ones; `more` changes fields of numbered ones."""
    demo = json.loads(CATALOG.read_bytes())["data"]
    numbered = [
        {
            "id": f"maker-{number % 7}/model-{number:03}-instruct",
            "object": "model",
            "name": f"Model {number:03}",
            "context_length": 131072,
            **more.get(f"n{number}", {}),
        }
        for number in numbers
    ]
    return json.dumps({"object": "list", "data": [*demo, *numbered]}).encode()


def world(stage: Stage, folder: Path | None = None, listed: bytes | None = None) -> World:
    """Give what a command takes, the time and the names that are made at random fixed."""
    numbers = count(1)
    fixed = attrs.evolve(
        stage.world(folder or stage.home), now=lambda: NOW, token=lambda: f"{next(numbers):016x}"
    )
    return fixed if listed is None else attrs.evolve(fixed, fetch=lambda _: listed)


def set_up(stage: Stage, listed: bytes | None = None) -> Path:
    """Set GonkaGate up beside another provider; return the user's config."""
    config = stage.put(".config/mimocode/mimocode.jsonc", model="acme/writer-1", share="disabled")
    done = apply(world(stage, listed=listed), Selection(USER, KIMI), yes=True)
    assert done.ok, done.blockers
    return config


def edit(config: Path, **keys: object) -> None:
    """Change keys of a config by hand, at a known time."""
    config.write_text(json.dumps({**json.loads(config.read_text()), **keys}, indent=2))
    os.utime(config, (NOW.timestamp(), NOW.timestamp()))


def first_plan(stage: Stage) -> Report:
    """Plan on a home with a config of its user's."""
    stage.put(".config/mimocode/mimocode.jsonc", model="acme/writer-1", share="disabled")
    return plan(world(stage), Selection(USER, KIMI), PlanOptions())


def first_plan_of_a_project(stage: Stage) -> Report:
    """Plan in a project, with 400 models in the catalog."""
    listed = catalog(range(MODELS - 5))
    return plan(world(stage, stage.project, listed), Selection(PROJECT, KIMI), PlanOptions())


def first_apply(stage: Stage) -> Report:
    """Set it up."""
    stage.put(".config/mimocode/mimocode.jsonc", model="acme/writer-1", share="disabled")
    return apply(world(stage), Selection(USER, KIMI), yes=True)


def another_catalog(stage: Stage) -> Report:
    """Plan again where of 400 models some came, some went, and some have another name or other limits."""
    set_up(stage, catalog(range(MODELS - 5)))
    changed: dict[str, Any] = {"n20": {"name": "Model 20, renamed"}, "n21": {"context_length": 262144}}
    return plan(
        world(stage, listed=catalog(range(12, MODELS), **changed)), Selection(USER, KIMI), PlanOptions()
    )


def drifted(stage: Stage) -> Report:
    """Look after somebody changed a model, a limit and the default by hand."""
    config = set_up(stage)
    provider = json.loads(config.read_text())["provider"]
    provider["gonkagate"]["options"]["baseURL"] = "https://elsewhere.example/v1"
    del provider["gonkagate"]["models"][KIMI]["limit"]
    edit(config, model="acme/writer-2", provider=provider)
    return status(world(stage), fast=True, refresh=False)


def drift_and_plan(stage: Stage) -> Report:
    """Plan after the same."""
    drifted(stage)
    return plan(world(stage), Selection(USER, KIMI), PlanOptions())


def in_sync(stage: Stage) -> Report:
    """Look where nothing has changed."""
    set_up(stage)
    return status(world(stage), fast=False, refresh=False)


def taking_out(stage: Stage) -> Report:
    """Show what uninstall would take out."""
    set_up(stage)
    return uninstall(
        world(stage), UninstallOptions(yes=False, dry_run=True, this_project=False, keep_key=False)
    )


def explained(stage: Stage) -> Report:
    """Explain a model that seven layers set."""
    *_, shown = explaining(stage)
    return shown.report


def listed_backups(stage: Stage) -> Report:
    """List backups after a set-up and a change of the model."""
    set_up(stage)
    again = attrs.evolve(world(stage), token=lambda: "00000000000000aa")
    assert apply(again, Selection(USER, "minimaxai/minimax-m2.7"), yes=True).ok
    return list_backups(world(stage))


def audited(_: Stage) -> Report:
    """Tell of an audit in which most held, one did not, and one could not be told."""
    seen = {
        3: (False, "~/.config/mimo instead of ~/.config/mimocode"),
        7: (None, "no answer within 60 seconds"),
    }
    probes = tuple(
        Finding(probe, *seen.get(number, (True, "")), seconds=0.25)
        for number, probe in enumerate(PROBES[:10])
    )
    blocker = Blocker(
        "audit_failed",
        "2 things that are relied on do not hold for this MiMoCode, or could not be told",
        "use an audited version of MiMoCode, or send this report to the authors of this program",
        "mimo",
    )
    target = Target("/opt/tools/bin/mimo", "0.2.0", audited=False)
    return Report(AUDIT, Outcome.BLOCKED, target=target, probes=probes, blockers=(blocker,))


def refused(stage: Stage) -> Report:
    """Stop for three reasons at once: in a file, in a variable, and nowhere in particular."""
    config = str(stage.home / ".config/mimocode/mimocode.jsonc")
    return stopped(
        "apply",
        Stop(
            (
                Blocker(
                    "config_unreadable",
                    "MiMoCode could not read this file: a comma is missing between two members of an object",
                    "mend the file at that place, then run again",
                    "config",
                    Place(config, 12, 7),
                ),
                Blocker(
                    "session_override",
                    'MIMOCODE_CONFIG_CONTENT sets model to "acme/today", which counts in this shell alone',
                    "unset MIMOCODE_CONFIG_CONTENT",
                    "session",
                    Place(variable="MIMOCODE_CONFIG_CONTENT"),
                ),
                Blocker(
                    "model_not_in_catalog",
                    "the catalog has no model moonshotai/kimi-k2.5; near it are moonshotai/kimi-k2.6, "
                    "qwen/qwen3-235b-a22b-instruct-2507-fp8",
                    "choose one with --model",
                    "catalog",
                ),
            )
        ),
    )


def undone(stage: Stage) -> Report:
    """Fail after writing: a layer decides otherwise, and what was written is put back."""
    config = str(stage.home / ".config/mimocode/mimocode.jsonc")
    layer = Place(str(stage.project / "mimocode.json"), 4, 12)
    blocker = Blocker(
        "overridden_by_layer",
        'MiMoCode resolves model to "acme/team", which this file sets, instead of '
        '"gonkagate/moonshotai/kimi-k2.6"',
        "take model out of the file, then run again",
        "mimo",
        layer,
    )
    return stopped("apply", Stop((blocker,), failed=True, notes=(f"put back: {config}",)))


def projects(stage: Stage) -> Report:
    """Tell of projects in project scope, of which not all are well; many that are well are counted."""

    def one(name: str, health: Health) -> ProjectHealth:
        root = stage.home / "work" / name
        return ProjectHealth(str(root), str(root / ".mimocode/mimocode.json"), f"gonkagate/{KIMI}", health)

    well = tuple(one(f"service-{number:02}", Health.IN_SYNC) for number in range(14))
    others = tuple(one(f"is-{health.value}", health) for health in Health if health is not Health.IN_SYNC)
    return Report(
        "status",
        Outcome.DRIFTED,
        scope="user",
        model=KIMI,
        model_ref=f"gonkagate/{KIMI}",
        projects=(*well, *others),
        next_command="mimo-code-setup apply",
    )


def helped(_: Stage) -> Report:
    """Tell of a blocker and of a code whose entry has every part."""
    return told(("mimo_not_found", "file_not_replaceable"), {})


HOSTILE: Final = (
    "\x1b[2J\x1b[31mred",
    "\u202egnp.exe",
    "\u2066isolated\u2069",
    "bell\x07 and\rback",
    "two\nlines",
    "模型名稱非常長的一個模型名稱非常長的一個模型名稱非常長的一個",
    "נמל/דגם-גדול-מאוד",
    "نموذج/كبير",
    "e\u0301" + "\u0301" * 12,
    "zero\u200bwidth\ufeff",
    "\ud800lone",
    "a" * 130,
)
"""Names that act on a terminal, that are wide, that run from right to left, or that never end."""


def hostile(stage: Stage) -> Report:
    """Show names, values, places and messages that were made to break what is shown."""
    config = str(stage.home / "конфиг" / "模型\u202e.jsonc")

    def change(action: Action, name: str, before: object, after: object, reason: str) -> Change:
        key = ("provider", "gonkagate", "models", name, "name")
        return Change(action, "user_config", config, key, before, after, reason)

    coming = [change(Action.CREATE, name, ABSENT, name, "new in the catalog") for name in HOSTILE]
    other = Change(Action.UPDATE, "user_config", config, ("model",), HOSTILE[5], HOSTILE[6], HOSTILE[0])
    drift = attrs.evolve(other, drift=True, key=("provider", HOSTILE[1]), before=[HOSTILE[7]], after=[1])
    return Report(
        "plan",
        Outcome.CHANGES,
        scope="user",
        model=HOSTILE[1],
        changes=(other, *coming),
        drift=(drift,),
        warnings=(Warning_(f"the name {HOSTILE[0]} is odd", Place(config, 1, 2)),),
    )


SCENES: Final[dict[str, Scene]] = {
    "plan": first_plan,
    "plan-400-models": first_plan_of_a_project,
    "plan-another-catalog": another_catalog,
    "plan-drift": drift_and_plan,
    "apply": first_apply,
    "status": in_sync,
    "status-drift": drifted,
    "uninstall": taking_out,
    "explain": explained,
    "backups": listed_backups,
    "audit": audited,
    "blockers": refused,
    "hostile": hostile,
    "help": helped,
    "undone": undone,
    "projects": projects,
}
