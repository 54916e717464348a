"""`demo`: the whole road in a throw-away home, with the very commands that a real run uses.

Only three things are not real: the home, the catalog (a recorded one, so that no network is needed) and
the key (made up). MiMoCode is the real one where an audited one is on PATH, else a stand-in that comes
with the program. Everything happens in one temporary folder, which is removed at the end.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from reconciler.commands.apply import apply
from reconciler.commands.plan import plan
from reconciler.commands.report import Outcome, Report, Target
from reconciler.commands.request import USER, PlanOptions, Selection, UninstallOptions
from reconciler.commands.status import status
from reconciler.commands.uninstall import uninstall
from reconciler.commands.world import World
from reconciler.engine import platform
from reconciler.engine.problems import Blocker, Stop
from reconciler.gonkagate.facts import KEY_VARIABLE
from reconciler.mimocode import launcher, versions
from reconciler.mimocode.facts import COMMAND
from reconciler.mimocode.launcher import Launcher
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

USERS_CONFIG: Final = """\
{
  // My own settings. Please leave them alone.
  "$schema": "https://mimo.xiaomi.com/mimocode/config.json",
  "model": "acme/writer-1", // the one I like
  "provider": {
    "acme": {
      "npm": "@ai-sdk/openai-compatible",
      "options": { "baseURL": "https://models.acme.example/v1" },
      "models": { "writer-1": { "name": "Writer" } },
    },
  },
}
"""
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "COMSPEC", "PATHEXT")


class Narrator(Protocol):
    """Tells the story to whoever watches."""

    def chapter(self, title: str) -> None:
        """Begin a chapter."""

    def say(self, text: str) -> None:
        """Say a sentence."""

    def show(self, report: Report, home: Path) -> None:
        """Show what a command reported."""


@frozen
class _Stage:
    """The throw-away place of the demo."""

    root: Path
    world: World
    config: Path
    mimo: str

    @property
    def home(self) -> Path:
        return self.root / "home"


def demo(environment: Mapping[str, str], narrator: Narrator) -> Report:
    """Play the demo. The report is good only if the user's file ends byte for byte as it began."""
    folder = Path(tempfile.mkdtemp(prefix="mimo-code-setup-demo-")).resolve()
    try:
        stage = _set_the_stage(environment, folder)
        fault = _play(stage, narrator)
    finally:
        shutil.rmtree(folder)
    target = Target(stage.mimo, None, False)  # noqa: FBT003 - the field's own spelling of "not audited"
    if fault is None:
        narrator.say("The demo's folder is removed. Nothing outside of it was touched.")
        return Report("demo", Outcome.NO_CHANGES, target=target, next_command="mimo-code-setup")
    blocker = Blocker(
        "internal_error", f"the demo did not go as it should: {fault}", "please report it", "demo"
    )
    return Report("demo", Outcome.FAILED, target=target, blockers=(blocker,))


def _set_the_stage(environment: Mapping[str, str], folder: Path) -> _Stage:
    home, project, bin_folder, temporary = (folder / name for name in ("home", "home/work", "bin", "tmp"))
    config = home / ".config" / "mimocode" / "mimocode.jsonc"
    for needed in (project, bin_folder, temporary, config.parent):
        needed.mkdir(parents=True)
    config.write_bytes(USERS_CONFIG.encode())
    inner = {name: environment[name] for name in _PASSED_ON if name in environment}
    inner |= {"HOME": str(home), "USERPROFILE": str(home), "TMPDIR": str(temporary)}
    real = _audited_mimo(inner, home)
    mimo = f"the real MiMoCode {real}" if real else "a stand-in for MiMoCode that comes with this program"
    if not real:
        _install_standin(bin_folder)
        inner["PATH"] = os.pathsep.join((str(bin_folder), inner.get("PATH", os.defpath)))
    inner[KEY_VARIABLE] = f"gp-demo-{secrets.token_hex(8)}"
    catalog = _data("catalog.json", "catalogs/demo.json")
    world = World(inner, project, fetch=lambda _: catalog)
    return _Stage(folder, world, config, mimo)


def _audited_mimo(environment: Mapping[str, str], home: Path) -> str | None:
    """Return the version of the `mimo` on PATH if it is one that was audited."""
    try:
        starter = Launcher(launcher.find(environment))
        clean = launcher.durable(environment, ())
        version = versions.read(starter.run(("--version",), environment=clean, folder=home))
        versions.require_audited(version, (), (starter.executable,))
    except Stop:
        return None
    return version.text


def _install_standin(folder: Path) -> None:
    script = folder / "mimo_standin.py"
    script.write_bytes(_data("mimo_standin.py", "mimo_standin.py"))
    if platform.WINDOWS:
        (folder / f"{COMMAND}.cmd").write_text(f'@"{sys.executable}" "{script}" %*\r\n')
        return
    shim = folder / COMMAND
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(script))} "$@"\n')
    shim.chmod(0o700)


def _data(packaged: str, in_checkout: str) -> bytes:
    """Read what the demo needs: from the installed package, or from the checkout it runs in."""
    installed = resources.files("reconciler") / "demo_data" / packaged
    if installed.is_file():
        return installed.read_bytes()
    return (Path(__file__).parents[2] / "fixtures" / in_checkout).read_bytes()


def _play(stage: _Stage, narrator: Narrator) -> str | None:
    """Play every scene; return what went wrong, if anything did."""
    before = stage.config.read_bytes()
    narrator.say(f"A throw-away home, a made-up key, a recorded catalog, and {stage.mimo}.")
    narrator.say("Its owner has a configuration already, with comments, another provider and another model:")
    narrator.say("\n" + before.decode())
    selection = Selection(scope=USER)

    def scene(title: str, what: str, report: Report, expected: Outcome) -> str | None:
        narrator.chapter(title)
        narrator.say(what)
        narrator.show(report, stage.home)
        return None if report.outcome is expected else f"{title} ended as {report.outcome.value}"

    faults = [
        scene(
            "plan",
            "What would change? Nothing is written yet.",
            plan(stage.world, selection, PlanOptions()),
            Outcome.CHANGES,
        ),
        scene(
            "apply",
            "Make it so. MiMoCode itself is asked whether it worked.",
            apply(stage.world, selection, yes=True),
            Outcome.APPLIED,
        ),
        scene("status", "Is it still so?", status(stage.world, fast=False), Outcome.IN_SYNC),
    ]
    _meddle(stage, narrator)
    faults += [
        scene("status", "What did that do?", status(stage.world, fast=False), Outcome.DRIFTED),
        scene("apply", "Mend it.", apply(stage.world, Selection(), yes=True), Outcome.APPLIED),
        scene(
            "uninstall",
            "Take everything out again.",
            uninstall(stage.world, UninstallOptions(yes=True)),
            Outcome.REMOVED,
        ),
    ]
    after = stage.config.read_bytes()
    same = after == before
    narrator.chapter("the user's file")
    verdict = "byte for byte what it was" if same else "NOT what it was"
    narrator.say(f"{len(before)} bytes before, {len(after)} bytes after: it is {verdict}.")
    return next((fault for fault in faults if fault), None if same else "the user's file is another one")


def _meddle(stage: _Stage, narrator: Narrator) -> None:
    """Change one of our keys by hand, as somebody's script or a merge might."""
    narrator.chapter("a change by hand")
    narrator.say('Somebody sets "setCacheKey" to true in the configuration.')
    text = stage.config.read_bytes()
    stage.config.write_bytes(text.replace(b'"setCacheKey": false', b'"setCacheKey": true'))
