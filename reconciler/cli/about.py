"""`--version --verbose`: what this program is, which MiMoCode it knows, and which is here. Starts nothing.

The classes are what `--version --json` prints, field by field; their schema is made from them.
"""

from __future__ import annotations

import json
import platform
import sys
from typing import TYPE_CHECKING, Literal

from attrs import asdict

from reconciler.cli.text import printable, redact
from reconciler.engine.problems import Stop
from reconciler.mimocode import identity, launcher, trust
from reconciler.records import frozen
from reconciler.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@frozen
class Audited:
    """An audited version of MiMoCode; `held` of so many `probes`, both 0 where it was only recorded."""

    version: str
    date: str
    how: str
    held: int
    probes: int


@frozen
class Mimo:
    """The `mimo` that is the first on the PATH, what it runs, and which others lie behind it."""

    path: str
    runs: tuple[str, ...]
    shadowed: tuple[str, ...]


@frozen
class About:
    """What `--version --json` prints. Within format version 1 fields are only ever added."""

    version: str
    python: str
    audited: tuple[Audited, ...]
    mimo: Mimo | None
    format_version: Literal["1.0"] = "1.0"


def tell(environment: Mapping[str, str], *, as_json: bool) -> None:
    """Print it, as text or as one JSON object."""
    known = about(environment)
    text = json.dumps(asdict(known), indent=2, ensure_ascii=True) if as_json else "\n".join(_lines(known))
    sys.stdout.write(redact(text) + "\n")


def about(environment: Mapping[str, str]) -> About:
    """Return what there is to tell."""
    found = launcher.everywhere(environment)
    audited = (
        Audited(
            version=one.version,
            date=one.date,
            how=one.how,
            held=sum(held is True for held in one.probes.values()),
            probes=len(one.probes),
        )
        for one in trust.release_audits()
    )
    return About(__version__, platform.python_version(), tuple(audited), _mimo(found) if found else None)


def _mimo(found: tuple[Path, ...]) -> Mimo:
    try:
        runs = tuple(str(part.path) for part in identity.of(found[0]).parts)
    except Stop:
        runs = ()
    return Mimo(str(found[0]), runs, tuple(str(one) for one in found[1:]))


def _lines(known: About) -> Iterator[str]:
    yield f"mimo-code-setup {known.version}, Python {known.python}"
    yield "Audited versions of MiMoCode:"
    for one in known.audited:
        held = f", {one.held} of {one.probes} probes held" if one.probes else ""
        yield f"  {one.version:<10} {one.date}  {one.how}{held}"
    if known.mimo is None:
        yield "There is no `mimo` on your PATH."
        return
    yield f"`mimo` on your PATH: {printable(known.mimo.path)}"
    others = [one for one in known.mimo.runs if one != known.mimo.path]
    yield from (f"  which runs {printable(one)}" for one in others)
    yield from (f"  in front of {printable(one)}" for one in known.mimo.shadowed)
