"""Audits a MiMoCode for a release: the same audit as anybody's, written into the table that comes with us.

``python -m tests.support.release_audit --mimo PATH`` runs it, puts the version into the table and writes the
page of docs anew; without ``--mimo`` it writes the page alone. The page is a function of the table and of the
text around it, so that a test can tell whether it is current.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import attrs

from reconciler.commands.audit import Audited, examine
from reconciler.commands.world import World
from reconciler.engine import edges
from reconciler.mimocode.audit.probes import PROBES, failing
from reconciler.mimocode.semver import parse
from reconciler.mimocode.trust import TABLE, ReleaseAudit
from tests.support.target import REPOSITORY

AUDITS: Final = REPOSITORY / "reconciler" / "mimocode" / TABLE
PAGE: Final = REPOSITORY / "docs" / "compatibility.md"
BEGIN: Final = "<!-- What follows comes from the table of audits: `just audit-release` writes it. -->"
END: Final = "<!-- Up to here. -->"
RUN: Final = "run: every probe of this program's own audit, and its test suite, with this very MiMoCode"
_WORDS: Final[Mapping[bool | None, str]] = {True: "held", False: "did not hold", None: "not told"}


def read() -> tuple[ReleaseAudit, ...]:
    """Read the table."""
    return edges.load(tuple[ReleaseAudit, ...], json.loads(AUDITS.read_bytes()))


def entry(audited: Audited, date: str) -> ReleaseAudit:
    """Make a row of the table."""
    assert audited.version is not None
    where = f"{platform.system()}-{platform.machine()}".lower()
    probes = {one.probe.id: one.held for one in audited.findings}
    return ReleaseAudit(audited.version.text, date, RUN, {where: audited.who.fingerprint()}, probes)


def with_entry(table: Sequence[ReleaseAudit], new: ReleaseAudit) -> tuple[ReleaseAudit, ...]:
    """Put a row into its place; the day of the first audit stays, and what is known of other platforms."""
    old = next((one for one in table if one.version == new.version), None)
    if old is not None:
        new = attrs.evolve(new, date=old.date, fingerprints={**old.fingerprints, **new.fingerprints})
    rows = {one.version: one for one in table} | {new.version: new}
    return tuple(sorted(rows.values(), key=_order))


def _order(row: ReleaseAudit) -> tuple[object, ...]:
    version = parse(row.version)
    assert version is not None
    return version.sort_key()


def to_bytes(table: Sequence[ReleaseAudit]) -> bytes:
    """Spell the table."""
    return (json.dumps([edges.dump(one) for one in table], indent=1) + "\n").encode()


def page(text: str, table: Sequence[ReleaseAudit]) -> str:
    """Return the page with what comes from the table; the text around it stays."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return "".join((before, BEGIN, "\n\n", "\n".join(_rows(table)), "\n\n", END, after))


def _rows(table: Sequence[ReleaseAudit]) -> list[str]:
    ran = [one for one in table if one.probes]
    lines = ["| MiMoCode | Date | How |", "| --- | --- | --- |"]
    lines += [f"| {one.version} | {one.date} | {one.how} |" for one in table]
    lines += ["", "What was tried, and what came of it:", ""]
    lines += [
        "| Probe | Claim | " + " | ".join(one.version for one in ran) + " |",
        "| --- | --- |" + " --- |" * len(ran),
    ]
    for probe in PROBES:
        claim = probe.claim if probe.required else f"{probe.claim} (optional)"
        results = [_WORDS[one.probes[probe.id]] if probe.id in one.probes else "not tried" for one in ran]
        lines.append(f"| `{probe.id}` | {claim} | " + " | ".join(results) + " |")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.release_audit", description=main.__doc__)
    parser.add_argument("--mimo", type=Path, help="the MiMoCode to audit")
    mimo: Path | None = parser.parse_args(arguments).mimo
    if mimo is not None:
        AUDITS.write_bytes(to_bytes(with_entry(read(), _audit(mimo))))
    PAGE.write_text(page(PAGE.read_text("utf-8"), read()), "utf-8")
    return 0


def _audit(mimo: Path) -> ReleaseAudit:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "mimo").symlink_to(mimo.resolve())
        variables = {**os.environ, "PATH": os.pathsep.join((folder, os.environ.get("PATH", "")))}
        audited = examine(World(variables, Path(folder)))
    for one in audited.findings:
        print(f"{one.probe.id}: {_WORDS[one.held]} {one.seen}", file=sys.stderr)  # noqa: T201
    if failing(audited.findings):
        raise SystemExit("not every required probe holds, so nothing was written")
    return entry(audited, datetime.now(UTC).date().isoformat())


if __name__ == "__main__":
    sys.exit(main())
