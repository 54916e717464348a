"""Where a value comes from, as people read it: the layers in their order, the one that decides marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.cli.styled import Line
from reconciler.cli.text import home_relative, printable, value
from reconciler.engine.documents import SOURCE
from reconciler.engine.values import key_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.commands.report import Explanation, LayerValue, Report

_KINDS: Final = {
    "managed": "managed",
    "home": "home",
    "project_folder": "project",
    "project": "project",
    "user": "user config",
}


def explanations(report: Report, home: str) -> Iterator[Line]:
    """Show each key with its layers, two lines for each: where it is said, and what."""
    if any(blocker.source == SOURCE for blocker in report.blockers):
        yield Line("MiMoCode would not start here. What its other layers say:")
        yield Line("")
    for one in report.explanations:
        yield from _explanation(one, home)
        yield Line("")


def _explanation(one: Explanation, home: str) -> Iterator[Line]:
    yield Line.of((printable(key_text(one.key)), "bold"), f"  {value(one.in_force)}")
    for layer in one.layers:
        yield from _layer(one, layer, home)
    if one.claimed:
        yield Line(f"  without us: {value(one.without_us)}", style="dim")


def _layer(one: Explanation, layer: LayerValue, home: str) -> Iterator[Line]:
    style = "bold green" if layer.decides else ""
    place = Line.of("  ", (home_relative(str(layer.place), home), style))
    if layer.decides:
        place.append("  decides", style=style)
    about = f"named by {layer.named_by}" if layer.named_by is not None else _KINDS.get(layer.kind)
    if about is not None:
        place.append(f"  ({about})", style="dim")
    yield place
    said = Line(f"    {value(layer.value)}")
    if layer.drifted:
        said.append(f"  (ours, drifted: {value(one.applied)} was applied)", style="yellow")
    elif layer.ours:
        said.append("  (ours, as applied)", style="cyan")
    yield said
