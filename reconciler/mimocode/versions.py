"""Which MiMoCode this is, and whether anybody checked that it behaves as we rely on.

A version that nobody audited is refused, since MiMoCode changes every few days and a set-up that only looks
right is worse than none. Whoever has such a version can audit it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.engine.problems import Place, stop
from reconciler.mimocode import identity, trust
from reconciler.mimocode.facts import COMMAND, Code
from reconciler.mimocode.semver import parse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reconciler.engine.problems import Stop
    from reconciler.mimocode.launcher import Output
    from reconciler.mimocode.semver import Version
    from reconciler.mimocode.trust import LocalAudit, Trust

OLDEST: Final = "0.1.0"
AUDIT: Final = "mimo-code-setup audit --record"


def read(output: Output, found: tuple[Path, ...] = ()) -> Version:
    """Read what `mimo --version` printed. Raises `Stop`, which names the `mimo` that were found."""
    version = parse(output.stdout.decode(errors="replace").strip())
    if version is not None and output.exit_code == 0:
        return version
    if output.exit_code != 0:
        raise stop(
            Code.MIMO_NOT_WORKING,
            f"`mimo --version` ended with exit code {output.exit_code}",
            f"see that it works in your shell, then run again{_others(found)}",
            source=COMMAND,
            place=_place(found),
        )
    raise stop(
        Code.MIMO_VERSION_UNREADABLE,
        "`mimo --version` printed something that is not a version",
        f"see that the `mimo` on your PATH is MiMoCode, then run again{_others(found)}",
        source=COMMAND,
        place=_place(found),
    )


def require_audited(version: Version, audits: Iterable[LocalAudit], found: tuple[Path, ...]) -> Trust:
    """Return why a version is relied on. Raises `Stop` when it is too old or nobody audited it.

    `audits` are those of this machine; `found` are all `mimo` on the PATH, the first being the one that runs.
    """
    audits = tuple(audits)
    covered = trust.of(version.text, audits, lambda: identity.of(found[0]))
    if covered is not None:
        return covered
    refuse_too_old(version, found)
    raise _not_audited(version, [one for one in audits if one.version == version.text], found)


def refuse_too_old(version: Version, found: tuple[Path, ...]) -> None:
    """Raise `Stop` where a version is older than what this program knows."""
    oldest = parse(OLDEST)
    if oldest is not None and version < oldest:
        raise stop(
            Code.MIMO_VERSION_TOO_OLD,
            f"MiMoCode {version.text} is older than {OLDEST}, the oldest version this program knows",
            f"update MiMoCode, then run again{_others(found)}",
            source=COMMAND,
            place=_place(found),
        )


def _not_audited(version: Version, earlier: list[LocalAudit], found: tuple[Path, ...]) -> Stop:
    known = ", ".join(audit.version for audit in trust.release_audits())
    message = f"nobody has audited MiMoCode {version.text} yet; audited are {known}"
    if earlier:
        message = (
            f"this MiMoCode {version.text} is not the one that was audited on this machine on "
            f"{earlier[0].date}: the program is another one, under the same version"
        )
    return stop(
        Code.MIMO_VERSION_NOT_AUDITED,
        message,
        f"run `{AUDIT}`, which tries in a throw-away home all that is relied on and accepts this MiMoCode "
        f"where it holds; or install an audited version{_others(found)}",
        source=COMMAND,
        place=_place(found),
    )


def _place(found: tuple[Path, ...]) -> Place | None:
    return Place(file=str(found[0])) if found else None


def _others(found: tuple[Path, ...]) -> str:
    """Name the other `mimo` on the PATH: perhaps one of them was meant."""
    if not found[1:]:
        return ""
    names = ", ".join(map(str, found[1:]))
    return f"; also on your PATH, behind the one that runs: {names}"
