"""Which MiMoCode somebody checked: the release audits, which come with the program, and this machine's.

A release audit covers a version wherever it runs. An audit of this machine covers the very files that were
run in it: they are known by their marks, and by their contents where the marks have changed.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler.engine import edges
from reconciler.engine.soundness import is_hash
from reconciler.mimocode.audit.probes import CAN_BE_OFF
from reconciler.mimocode.semver import parse
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from reconciler.mimocode.audit.probes import Feature
    from reconciler.mimocode.identity import Identity

RELEASE: Final = "release"
LOCAL: Final = "local"
TABLE: Final = "audits.json"
MOST: Final = 10
"""How many audits of this machine are remembered, the newest first."""


@frozen
class ReleaseAudit:
    """A version that was checked before this program was published."""

    version: str
    date: str
    how: str
    fingerprints: dict[str, str] = field(factory=dict)
    """The contents of its program by platform, where it was run."""
    probes: dict[str, bool | None] = field(factory=dict)
    """What came of each probe, where it was run; None for one that could not be told."""


@frozen
class LocalAudit:
    """A `mimo` that was checked on this machine. `off` are the features that it cannot carry."""

    version: str
    fingerprint: str
    mark: str
    date: str
    off: tuple[str, ...] = ()


@frozen
class Trust:
    """Why a MiMoCode is relied on."""

    version: str
    by: str = RELEASE
    date: str = ""
    off: tuple[str, ...] = ()

    def carries(self, feature: Feature) -> bool:
        """Whether a feature has something to stand on."""
        return feature.value not in self.off

    @property
    def told(self) -> str | None:
        """Say where the trust comes from, where that is worth saying."""
        return f"audited on this machine on {self.date}" if self.by == LOCAL else None


@functools.cache
def release_audits() -> tuple[ReleaseAudit, ...]:
    """Read the table that comes with the program, the oldest first."""
    data = Path(__file__).with_name(TABLE).read_bytes()
    return edges.load(tuple[ReleaseAudit, ...], edges.parse_json(data))


def of_release(version: str) -> Trust | None:
    """Return the trust that comes with the program; None where there is none."""
    found = next((one for one in release_audits() if one.version == version), None)
    return None if found is None else Trust(version, RELEASE, found.date)


def recognised(who: Identity, releases: Iterable[ReleaseAudit]) -> ReleaseAudit | None:
    """Return the release audit of these very contents, so that a `mimo` is known without being started."""
    fingerprint = who.fingerprint()
    return next((one for one in releases if fingerprint in one.fingerprints.values()), None)


def of_this_machine(version: str, audits: Iterable[LocalAudit], who: Callable[[], Identity]) -> Trust | None:
    """Return the trust of an audit that was made here of these very files; None where there is none.

    `who` is asked only where the version was audited.
    """
    found = [one for one in audits if one.version == version]
    known = known_again(found, who()) if found else None
    return None if known is None else Trust(version, LOCAL, known.date, known.off)


def of(version: str, audits: Iterable[LocalAudit], who: Callable[[], Identity]) -> Trust | None:
    """Return why a MiMoCode is relied on: a release audit first, else one of this machine; None without."""
    return of_release(version) or of_this_machine(version, audits, who)


def known_again(audits: Iterable[LocalAudit], who: Identity) -> LocalAudit | None:
    """Return the audit that was made of these very files. Contents are read only where no mark is known."""
    audits = tuple(audits)
    known = next((one for one in audits if one.mark == who.mark), None)
    if known is not None or not audits:
        return known
    fingerprint = who.fingerprint()
    return next((one for one in audits if one.fingerprint == fingerprint), None)


def with_audit(audits: tuple[LocalAudit, ...], new: LocalAudit) -> tuple[LocalAudit, ...]:
    """Add an audit; an earlier one of the same program is superseded."""
    name = (new.version, new.fingerprint)
    others = (one for one in audits if (one.version, one.fingerprint) != name)
    return (new, *others)[:MOST]


def unsound(audits: object) -> Iterator[str]:
    """Tell every fault of the audits in a state besides their form, each with its place."""
    if not isinstance(audits, list):
        return
    names: set[tuple[str, str]] = set()
    for number, audit in enumerate(audits):
        place = f"audits[{number}]"
        if not isinstance(audit, dict):
            continue
        version, fingerprint = audit.get("version"), audit.get("fingerprint")
        if isinstance(version, str) and parse(version) is None:
            yield f"{place}.version is no version"
        for name in ("fingerprint", "mark"):
            if isinstance(audit.get(name), str) and not is_hash(audit[name]):
                yield f"{place}.{name} is no hash"
        off = audit.get("off")
        strange = [one for one in off if one not in CAN_BE_OFF] if isinstance(off, list) else []
        yield from (f"{place}.off holds {one!r}, which is no feature" for one in strange)
        if isinstance(version, str) and isinstance(fingerprint, str):
            if (version, fingerprint) in names:
                yield f"{place} is of the same program as another"
            names.add((version, fingerprint))
