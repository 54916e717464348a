"""`--version --verbose`: what this program is, which MiMoCode it knows, and which is here. Starts nothing."""

from __future__ import annotations

import json
import platform
import sys
from typing import TYPE_CHECKING, Any

from reconciler.cli.text import printable, redact
from reconciler.engine.problems import Stop
from reconciler.mimocode import identity, launcher, trust
from reconciler.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def tell(environment: Mapping[str, str], *, as_json: bool) -> None:
    """Print it, as text or as one JSON object."""
    known = about(environment)
    text = json.dumps(known, indent=2, ensure_ascii=True) if as_json else "\n".join(_lines(known))
    sys.stdout.write(redact(text) + "\n")


def about(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what there is to tell."""
    found = launcher.everywhere(environment)
    return {
        "version": __version__,
        "python": platform.python_version(),
        "audited": [
            {
                "version": one.version,
                "date": one.date,
                "how": one.how,
                "held": sum(held is True for held in one.probes.values()),
                "probes": len(one.probes),
            }
            for one in trust.release_audits()
        ],
        "mimo": _mimo(found) if found else None,
    }


def _mimo(found: tuple[Path, ...]) -> dict[str, Any]:
    try:
        runs = [str(part.path) for part in identity.of(found[0]).parts]
    except Stop:
        runs = []
    return {"path": str(found[0]), "runs": runs, "shadowed": [str(one) for one in found[1:]]}


def _lines(known: Mapping[str, Any]) -> Iterator[str]:
    yield f"mimo-code-setup {known['version']}, Python {known['python']}"
    yield "Audited versions of MiMoCode:"
    for one in known["audited"]:
        held = f", {one['held']} of {one['probes']} probes held" if one["probes"] else ""
        yield f"  {one['version']:<10} {one['date']}  {one['how']}{held}"
    mimo = known["mimo"]
    if mimo is None:
        yield "There is no `mimo` on your PATH."
        return
    yield f"`mimo` on your PATH: {printable(mimo['path'])}"
    others = [one for one in mimo["runs"] if one != mimo["path"]]
    yield from (f"  which runs {printable(one)}" for one in others)
    yield from (f"  in front of {printable(one)}" for one in mimo["shadowed"])
