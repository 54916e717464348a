"""Set up GonkaGate as a provider of MiMoCode, declaratively: plan, apply, status, uninstall.

The public Python face. Every verb takes a `World` (what it may read and touch) and returns a `Report`;
none of them prints, prompts or exits.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from reconciler.version import __version__

if TYPE_CHECKING:
    from reconciler.commands.apply import apply
    from reconciler.commands.plan import plan
    from reconciler.commands.report import Outcome, Report
    from reconciler.commands.request import PlanOptions, Selection, UninstallOptions
    from reconciler.commands.status import status
    from reconciler.commands.uninstall import uninstall
    from reconciler.commands.world import World

__all__ = [
    "Outcome",
    "PlanOptions",
    "Report",
    "Selection",
    "UninstallOptions",
    "World",
    "__version__",
    "apply",
    "plan",
    "status",
    "uninstall",
]

_HOMES = {
    "Outcome": "report",
    "PlanOptions": "request",
    "Report": "report",
    "Selection": "request",
    "UninstallOptions": "request",
    "World": "world",
    "apply": "apply",
    "plan": "plan",
    "status": "status",
    "uninstall": "uninstall",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that the command line starts fast."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"reconciler.commands.{_HOMES[name]}"), name)
