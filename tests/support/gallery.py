"""The pictures in the documents: each is a scene that the real commands play in a throw-away home.

A scene sets its stage, runs commands there with the stand-in for MiMoCode, and gives their reports; they are
printed as on a terminal, by the program's own renderer, and kept as a drawing. Nothing in it differs from one
time to the next. A new picture is one more function in `SCENES`; `just docs-pictures` draws them all.
"""

import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import attrs
from attrs import evolve
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI

from fixtures.canary import CANARY_KEY
from reconciler.cli.render import show
from reconciler.commands.apply import apply
from reconciler.commands.explain import explain
from reconciler.commands.report import Report
from reconciler.commands.request import PROJECT, USER, Selection
from reconciler.commands.status import status
from reconciler.commands.world import World
from tests.support.documents import KIMI, MODEL, SCHEMA_URL
from tests.support.sandbox import install_mimo, make_git, system_path
from tests.support.target import REPOSITORY

FOLDER: Final = REPOSITORY / "docs" / "pictures"
CATALOG: Final = REPOSITORY / "fixtures" / "catalogs" / "demo.json"
COLUMNS: Final = 96
A_DAY: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
DRAWING: Final = """\
<svg class="terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: sans-serif; font-size: 18px; font-weight: bold; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""Without the typeface that would be fetched from elsewhere: a document shows what lies beside it."""
SHOWN_TEXT: Final = re.compile(r"<text [^>]*>([^<]*)</text>")


@attrs.frozen
class Shown:
    """One command as it was typed, and what it reported."""

    typed: str
    report: Report


@attrs.frozen
class Stage:
    """A throw-away home with a project in it, and a stand-in for MiMoCode on the PATH."""

    root: Path

    def __attrs_post_init__(self) -> None:
        for folder in (self.bin, self.home / "tmp", self.project / "api"):
            folder.mkdir(parents=True)
        make_git(self.project)
        install_mimo(self.bin, "standin")

    @property
    def bin(self) -> Path:
        """The folder with the stand-in."""
        return self.root / "bin"

    @property
    def home(self) -> Path:
        """The home, which is shown as ~."""
        return self.root / "home"

    @property
    def project(self) -> Path:
        """The root of a git work tree."""
        return self.home / "work" / "shop"

    def world(self, folder: Path, shell: Mapping[str, str] | None = None) -> World:
        """Give what a command takes from outside; the catalog is a recorded one."""
        environment = {
            "HOME": str(self.home),
            "PATH": f"{self.bin}{os.pathsep}{system_path()}",
            "TMPDIR": str(self.home / "tmp"),
            "GONKAGATE_API_KEY": CANARY_KEY,
            **(shell or {}),
        }
        return World(environment, folder, fetch=lambda _: CATALOG.read_bytes())

    def put(self, name: str, **keys: object) -> Path:
        """Write a config below the home, which MiMoCode leaves as it is."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"$schema": SCHEMA_URL, **keys}, indent=2) + "\n")
        return path


Scene = Callable[[Stage], Iterator[Shown]]


def explaining(stage: Stage) -> Iterator[Shown]:
    """Explain a model that seven layers set, in a project that was set up before somebody meddled."""
    stage.put(".config/mimocode/mimocode.jsonc", model="acme/writer-1")
    applied = apply(stage.world(stage.project), Selection(PROJECT, KIMI), yes=True)
    assert applied.ok, applied.blockers
    stage.put(".mimocode/mimocode.json", username="ada", model="acme/at-home")
    stage.put("work/shop/mimocode.json", model="acme/team")
    stage.put("work/shop/api/mimocode.json", instructions=["API.md"], model="acme/small")
    named = stage.put("trial.json", model="acme/trial")
    shell = {"MIMOCODE_CONFIG_CONTENT": '{"model": "acme/today"}', "MIMOCODE_CONFIG": str(named)}
    yield Shown("mimo-code-setup explain model", explain(stage.world(stage.project / "api", shell), (MODEL,)))


def setting_up(stage: Stage) -> Iterator[Shown]:
    """Set up and look again, where somebody has a model of his own already; outside of any project."""
    stage.put(".config/mimocode/mimocode.jsonc", model="acme/writer-1")
    world = evolve(stage.world(stage.home), now=lambda: A_DAY)
    applied = apply(world, Selection(USER), yes=True)
    assert applied.ok, applied.blockers
    yield Shown("mimo-code-setup apply --scope user --yes", applied)
    yield Shown("mimo-code-setup status", status(world, fast=False))


SCENES: Final[dict[str, Scene]] = {"setup": setting_up, "explain": explaining}


def draw(name: str) -> str:
    """Play a scene and return its picture."""
    console = Console(
        file=io.StringIO(),
        record=True,
        width=COLUMNS,
        force_terminal=True,
        color_system="standard",
        highlight=False,
        markup=False,
    )
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder).resolve() / "stage")
        for number, shown in enumerate(SCENES[name](stage)):
            if number:
                console.print()
            console.print(f"$ {shown.typed}", style="bold")
            show(shown.report, console, home=str(stage.home), verbose=False)
    drawn = console.export_svg(
        title="mimo-code-setup", theme=DIMMED_MONOKAI, code_format=DRAWING, unique_id=name
    )
    assert folder not in drawn
    return drawn


def words(drawn: str) -> list[str]:
    """Return the texts in a picture, which is all that is said in it."""
    return SHOWN_TEXT.findall(drawn)


def main() -> None:
    """Draw every picture anew."""
    FOLDER.mkdir(exist_ok=True)
    for name in SCENES:
        (FOLDER / f"{name}.svg").write_text(draw(name), encoding="utf-8")


if __name__ == "__main__":
    main()
