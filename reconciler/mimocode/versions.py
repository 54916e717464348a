"""Which MiMoCode this is, and whether anybody checked that it behaves as we rely on.

The table of release audits is data; a version outside of it is refused, since MiMoCode changes every
few days and a set-up that only looks right is worse than none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attrs import frozen

from reconciler.engine.problems import stop
from reconciler.mimocode.facts import COMMAND, Code

if TYPE_CHECKING:
    from reconciler.mimocode.launcher import Output

_SEMANTIC: Final = re.compile(rb"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_TEXT_LIMIT: Final = 64


@frozen
class Version:
    """A semantic version. Ordered as the specification says: a pre-release comes before its release."""

    text: str
    release: tuple[int, int, int]
    pre_release: str = ""

    def sort_key(self) -> tuple[object, ...]:
        """Return what to compare by."""
        parts = tuple(
            (0, int(part), "") if part.isdigit() else (1, 0, part) for part in self.pre_release.split(".")
        )
        return (self.release, 0 if self.pre_release else 1, parts)


@frozen
class Audit:
    """A version that was checked against what we rely on, and when."""

    version: str
    date: str
    how: str


RELEASE_AUDITS: Final = (
    Audit("0.1.0", "2026-06-11", "recorded; the binary can no longer be obtained"),
    Audit("0.1.15", "2026-11-22", "run"),
)
OLDEST: Final = "0.1.0"


def parse(text: str) -> Version | None:
    """Read a semantic version; None when it is none."""
    match = _SEMANTIC.fullmatch(text.encode(errors="replace"))
    if match is None or len(text) > _TEXT_LIMIT:
        return None
    major, minor, patch = (int(match[number]) for number in (1, 2, 3))
    return Version(text, (major, minor, patch), (match[4] or b"").decode())


def read(output: Output) -> Version:
    """Read what `mimo --version` printed. Raises `Stop`."""
    version = parse(output.stdout.decode(errors="replace").strip())
    if version is not None and output.exit_code == 0:
        return version
    if output.exit_code != 0:
        raise stop(
            Code.MIMO_NOT_WORKING,
            f"`mimo --version` ended with exit code {output.exit_code}",
            "see that it works in your shell, then run again",
            source=COMMAND,
        )
    raise stop(
        Code.MIMO_VERSION_UNREADABLE,
        "`mimo --version` printed something that is not a version",
        "see that the `mimo` on your PATH is MiMoCode, then run again",
        source=COMMAND,
    )


def require_audited(version: Version) -> Audit:
    """Return the audit that covers a version. Raises `Stop` when it is too old or nobody audited it."""
    for audit in RELEASE_AUDITS:
        if audit.version == version.text:
            return audit
    oldest = parse(OLDEST)
    known = ", ".join(audit.version for audit in RELEASE_AUDITS)
    if oldest is not None and version.sort_key() < oldest.sort_key():
        raise stop(
            Code.MIMO_VERSION_TOO_OLD,
            f"MiMoCode {version.text} is older than {OLDEST}, the oldest version this program knows",
            "update MiMoCode, then run again",
            source=COMMAND,
        )
    raise stop(
        Code.MIMO_VERSION_NOT_AUDITED,
        f"nobody has audited MiMoCode {version.text} yet; audited are {known}",
        "install an audited version, or a newer mimo-code-setup whose release notes list yours; how a "
        "version is audited stands in docs/compatibility.md",
        source=COMMAND,
    )
