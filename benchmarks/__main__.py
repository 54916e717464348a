"""Measure everything that is promised, and write it into docs/performance.md: `just bench`.

Needs the real `mimo`, and a machine that has nothing else to do. Ends with 1 where a promise is not kept.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.figures import judged
from benchmarks.page import Circumstances, filled, tables
from benchmarks.place import ROOT
from benchmarks.promises import PROMISES
from benchmarks.rounds import Rounds
from fixtures.gateway import Gateway

PAGE: Final = ROOT / "docs" / "performance.md"
ROUNDS: Final = 7
_LARGEST: Final = 10


def main() -> int:
    """Measure, tell, write; 1 if a promise is not kept."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Gateway("sixty") as gateway:
        rounds = Rounds(Path(folder), options.mimo.resolve(), gateway)
        for number in range(1, options.rounds + 1):
            print(f"round {number} of {options.rounds}", file=sys.stderr, flush=True)
            rounds.round()
        verdicts = judged(PROMISES, rounds.series)
        text = tables(rounds.series, verdicts, _circumstances(options))
        print(text)
        if options.write:
            PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")
        if options.profile:
            print("The ten largest entries of a first apply, by their own time:")
            rounds.place.fresh()
            rounds.place.profile().sort_stats("tottime").print_stats(_LARGEST)
    return int(not all(one.kept for one in verdicts))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--mimo", type=Path, required=True, help="the real mimo")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how many rounds (default: {ROUNDS})")
    parser.add_argument("--profile", action="store_true", help="show where a first apply spends its own time")
    parser.add_argument("--no-write", dest="write", action="store_false", help="leave the page as it is")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("at least one round is needed")
    return options


def _circumstances(options: argparse.Namespace) -> Circumstances:
    with tempfile.TemporaryFile() as out:  # not through a pipe, which it leaves before it is drained
        subprocess.run([str(options.mimo), "--version"], stdout=out, stdin=subprocess.DEVNULL, check=True)
        out.seek(0)
        version = out.read().decode().strip()
    return Circumstances(
        time.strftime("%Y-%m-%d", time.gmtime()),
        platform.python_version(),
        version,
        len(os.sched_getaffinity(0)),
        options.rounds,
    )


if __name__ == "__main__":
    sys.exit(main())
