"""What an experiment gave, as a value, and what it says of a probe.

A probe holds, or it was seen not to, or it could not be told because MiMoCode did not get that far.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler.mimocode.expectations import parse_resolved
from reconciler.mimocode.launcher import Output
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.engine.values import Json
    from reconciler.mimocode.audit.experiments import Subject
    from reconciler.mimocode.audit.wire import Request

_QUOTED: Final = 640
"""How many bytes of an answer are quoted at most, before they are made fit to be shown."""


@frozen
class Silence:
    """A launch that gave nothing to judge, and why."""

    why: str


@frozen
class Observation:
    """What one experiment gave. File names are relative to its folder, `root`."""

    root: str
    answers: tuple[Output | Silence, ...]
    before: Mapping[str, bytes] = field(repr=False)
    after: Mapping[str, bytes] = field(repr=False)
    """Larger files are in it with nothing."""
    seconds: float
    leaks: tuple[str, ...] = ()
    """The files that hold the key and were not given it by us."""
    requests: tuple[Request, ...] = ()
    refused: tuple[Request, ...] = ()


@frozen
class Told:
    """What one observation says of a probe."""

    held: bool | None
    seen: str = ""


HOLDS: Final = Told(held=True)


@frozen
class Case:
    """One experiment's observation, and what it was about."""

    subject: Subject
    seen: Observation = field(repr=False)

    def answer(self, number: int = 0) -> Output | None:
        """Return what a launch printed; None where it printed nothing in time."""
        found = self.seen.answers[number] if number < len(self.seen.answers) else None
        return found if isinstance(found, Output) else None

    def config(self) -> Mapping[str, Json] | None:
        """Return the configuration that was printed, also where something else was printed around it."""
        output = self.answer()
        return None if output is None else parse_resolved(output) or _inner_object(output)

    def silence(self, number: int = 0) -> Told:
        """Say why nothing can be told of a launch."""
        found = self.seen.answers[number] if number < len(self.seen.answers) else None
        if isinstance(found, Silence):
            return Told(None, found.why)
        return Told(None, "no answer that could be read" if found is None else ending(found))

    def changed(self) -> tuple[str, ...]:
        """Name the files that were there before and are others now."""
        before, after = self.seen.before, self.seen.after
        return tuple(name for name in before if after.get(name) != before[name])

    def new(self, folder: str) -> tuple[str, ...]:
        """Name the files below a folder that were not there before."""
        inside = (name for name in self.seen.after if name.startswith(f"{folder}/"))
        return tuple(name for name in inside if name not in self.seen.before)


def _inner_object(output: Output) -> Mapping[str, Json] | None:
    """Read the object in an answer that is more than one: what it says can be told all the same."""
    text = output.stdout.decode(errors="replace")
    try:
        found, _ = json.JSONDecoder().raw_decode(text, text.index("{"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def ending(output: Output) -> str:
    """Say how a launch ended, with the beginning of what it printed."""
    printed = (output.stdout.strip() or output.stderr.strip())[:_QUOTED].decode(errors="replace")
    return f"exit code {output.exit_code}" + (f", printed: {printed}" if printed else ", printed nothing")


def held(*, so: bool, otherwise: str) -> Told:
    """Tell that a probe holds, or what was seen instead."""
    return HOLDS if so else Told(held=False, seen=otherwise)
