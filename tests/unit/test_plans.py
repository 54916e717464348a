"""Plans as files: each folder of `tests/plans` is a config, a desire and what is held, and the plan for it.

    before.jsonc   what stands on the disk; without it there is no file
    desired.json   the keys that should be there; without it everything is taken out
    held.json      what we hold in the file, from earlier runs; without it nothing
    backup.jsonc   what a backup holds, where a prior is kept in one

and what comes of it:

    plan.txt       what people are told, on a terminal of 80 columns
    after.jsonc    the file afterwards; without it there is none, or the plan stops
    holding.json   what is held then

A folder whose name begins with `project` is about a project's config. After a change that is meant,
`PLANS=write pytest tests/unit/test_plans.py` writes the last three anew; look at what changed in them.
"""

import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import evolve, frozen
from rich.console import Console

from reconciler import jsonc
from reconciler.cli.render import show
from reconciler.commands.ground import PROJECT_ROLE, USER_ROLE
from reconciler.commands.report import Outcome, Report, stopped
from reconciler.commands.rules import rules
from reconciler.engine.claims import Claim, Container, Holding, Prior
from reconciler.engine.documents import Document
from reconciler.engine.files import ReadOnlyFiles, Snapshot
from reconciler.engine.plan import DocumentPlan, Rules, plan_document
from reconciler.engine.problems import Stop
from reconciler.engine.store import Store
from reconciler.engine.values import ABSENT, Absent, KeyPath
from tests.support.target import REPOSITORY

PLANS: Final = REPOSITORY / "tests" / "plans"
CASES: Final = sorted(path.name for path in PLANS.iterdir())
HOME: Final = Path("/home/somebody")
USER_CONFIG: Final = HOME / ".config/mimocode/mimocode.jsonc"
PROJECT_CONFIG: Final = HOME / "work/.mimocode/mimocode.json"
WRITTEN: Final = 1795342320 * 10**9
"""When the file on the disk was last written: 2026-11-22, 10:12."""
COLUMNS: Final = 80


@frozen
class Case:
    """One folder."""

    folder: Path

    @property
    def desired(self) -> dict[KeyPath, object]:
        """The keys that should be there."""
        return dict(_leaves(json.loads(self.read("desired.json") or b"{}"), ()))

    @property
    def held(self) -> Holding | None:
        """What is held."""
        text = self.read("held.json")
        return None if text is None else _holding(json.loads(text), self.role, str(self.path))

    @property
    def role(self) -> str:
        """Whose config it is."""
        return PROJECT_ROLE if self.folder.name.startswith("project") else USER_ROLE

    @property
    def path(self) -> Path:
        """Where it lies."""
        return PROJECT_CONFIG if self.role == PROJECT_ROLE else USER_CONFIG

    def read(self, name: str) -> bytes | None:
        """Give the content of one of its files; None where it is not there."""
        path = self.folder / name
        return path.read_bytes() if path.exists() else None

    def document(self, data: bytes | None) -> Document:
        """Give the document that holds these bytes."""
        snapshot = None if data is None else Snapshot(self.path, data, 0o600, (1000, 1000), modified=WRITTEN)
        return Document(self.role, self.path, self.path, snapshot, jsonc.parse(data or b""))

    def plan(self, data: bytes | None, held: Holding | None) -> DocumentPlan:
        """Plan as a set-up does, or as an uninstall where nothing is desired."""
        document = self.document(data)
        return plan_document(document, self.desired, held, self._rules(document, held))

    def _rules(self, document: Document, held: Holding | None) -> Rules:
        backup = self.read("backup.jsonc")
        tree = None if backup is None else jsonc.parse(backup)

        def from_backup(_: str, key: KeyPath) -> tuple[object, str | None]:
            node = None if tree is None else tree.node(key)
            return (ABSENT, None) if tree is None or node is None else (node.value, tree.text(key))

        known = rules(ReadOnlyFiles(), Store(HOME / "own"), document, held, stays=not self.leaves)
        return evolve(known, from_backup=from_backup)

    @property
    def leaves(self) -> bool:
        """Whether everything is taken out."""
        return self.read("desired.json") is None

    def told(self, plan: DocumentPlan | Stop) -> str:
        """Give what people read."""
        command = "uninstall" if self.leaves else "plan"
        if isinstance(plan, Stop):
            report = stopped(command, plan)
        else:
            outcome = Outcome.CHANGES if plan.changes else Outcome.NO_CHANGES
            report = Report(command, outcome, changes=plan.changes, drift=plan.drift)
        screen = io.StringIO()
        console = Console(file=screen, width=COLUMNS, force_terminal=True, color_system=None)
        show(report, console, home=str(HOME), verbose=False)
        return screen.getvalue()

    def outcome(self) -> dict[str, bytes | None]:
        """Give the files that say what comes of it."""
        try:
            plan: DocumentPlan | Stop = self.plan(self.read("before.jsonc"), self.held)
        except Stop as stop:
            plan = stop
        after = None if isinstance(plan, Stop) else plan.content() if plan.writes else plan.document.data
        if isinstance(plan, DocumentPlan) and not plan.writes and not plan.document.exists:
            after = None
        held = None if isinstance(plan, Stop) or plan.holding is None else _spelled(plan.holding)
        return {"plan.txt": self.told(plan).encode(), "after.jsonc": after, "holding.json": held}


def _leaves(tree: object, path: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    if not isinstance(tree, dict):
        yield path, tree
        return
    for key, value in tree.items():
        yield from _leaves(value, (*path, key))


def _holding(what: Mapping[str, Any], role: str, path: str) -> Holding:
    return Holding(
        role,
        path,
        what["created_by_us"],
        containers=tuple(Container(tuple(one["key"]), one.get("text")) for one in what["containers"]),
        claims=tuple(
            Claim(tuple(one["key"]), one["applied"], _prior(one.get("prior"))) for one in what["claims"]
        ),
    )


def _prior(what: Mapping[str, Any] | None) -> Prior:
    if what is None:
        return Prior()
    return Prior(what.get("value", ABSENT), what.get("text"), what.get("backup"))


def _spelled(held: Holding) -> bytes:
    """Spell a holding with one line for each claim."""

    def prior(one: Prior) -> dict[str, Any]:
        if one.backup is not None:
            return {"prior": {"backup": one.backup}}
        return {} if isinstance(one.value, Absent) else {"prior": {"value": one.value, "text": one.text}}

    def text(one: Container) -> dict[str, str]:
        return {} if one.text is None else {"text": one.text}

    containers = [{"key": one.key, **text(one)} for one in held.containers]
    claims = [{"key": one.key, "applied": one.applied, **prior(one.prior)} for one in held.claims]
    parts = [f'"created_by_us": {json.dumps(held.created_by_us)}']
    parts += [
        f'"{name}": [\n{_lines(rows)}]' for name, rows in (("containers", containers), ("claims", claims))
    ]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _lines(rows: list[dict[str, Any]]) -> str:
    return "".join(f"  {json.dumps(row)}{',' if row is not rows[-1] else ''}\n" for row in rows)


@pytest.mark.parametrize("name", CASES)
def test_plan(name: str) -> None:
    """What is told, written and remembered is what the folder says."""
    case = Case(PLANS / name)
    found = case.outcome()
    if os.environ.get("PLANS") == "write":
        for file, data in found.items():
            (case.folder / file).unlink(missing_ok=True)
            if data is not None:
                (case.folder / file).write_bytes(data)
    assert found == {file: case.read(file) for file in found}


@pytest.mark.parametrize("name", CASES)
def test_a_plan_that_is_carried_out_leaves_nothing_to_do(name: str) -> None:
    """With the outcome as the beginning there is no change, no drift and no write."""
    case = Case(PLANS / name)
    outcome = case.outcome()
    if b"config_value_in_the_way" in (outcome["plan.txt"] or b""):
        assert outcome["after.jsonc"] is None
        return
    spelled = outcome["holding.json"]
    held = None if spelled is None else _holding(json.loads(spelled), case.role, str(case.path))
    again = case.plan(outcome["after.jsonc"], held)
    assert (again.changes, again.drift, again.writes, again.holding) == ((), (), False, held)


def test_no_folder_holds_anything_else() -> None:
    """Every file in a folder is one of those named above."""
    known = {"before.jsonc", "desired.json", "held.json", "backup.jsonc"}
    known |= {"plan.txt", "after.jsonc", "holding.json"}
    assert {path.name for path in PLANS.glob("*/*")} <= known
    assert all((PLANS / name / "plan.txt").exists() for name in CASES)
    assert len(CASES) >= 20
