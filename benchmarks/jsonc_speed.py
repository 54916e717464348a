"""How long reading and editing a large document takes: `python -m benchmarks.jsonc_speed`.

A document of 10,000 models with comments (1.1 MB) is read and edited in one pass of 100 edits. Beside
it stand `json.loads` (in C) on the same data without comments, and the `json5` package on a tenth of it.
The growth is that from 1,000 to 10,000 models: 10 would be exactly linear, 11 is the most let pass.

All times are the process's own, without the kernel's: a large document needs fresh memory for each round, a
small one does not, and how long the kernel takes to hand out pages says nothing about ours being linear.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import TYPE_CHECKING, Final

import json5

from reconciler.jsonc import NESTING_LIMIT, Set, edit
from reconciler.jsonc.parser import parse_within

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.jsonc import Document

MODELS: Final = 10_000
EDITS: Final = 100
GROWTH_LIMIT: Final = 11.0


def document(models: int, *, comments: bool = True) -> bytes:
    """Make a configuration with so many models, with or without a comment for each."""
    rows = []
    for number in range(models):
        note = f"    // model {number:05} /* priced */\n" if comments else ""
        limit = f'"limit": {{"context": {number}, "output": 8192}}'
        rows.append(f'{note}    "m/{number:05}": {{"name": "Model {number}", {limit}}}')
    return ('{\n  "models": {\n' + ",\n".join(rows) + "\n  }\n}\n").encode()


def read(data: bytes) -> Document:
    """Read a document anew: `parse` would hand out the tree of the last time."""
    return parse_within(data, NESTING_LIMIT)


def read_and_edit(data: bytes, models: int) -> None:
    """Read a document and make 100 edits of three kinds in one pass."""
    doc = read(data)
    edits = []
    for number in range(EDITS):
        key = f"m/{number * (models // EDITS):05}"
        kind = number % 3
        if kind == 0:
            edits.append(Set(("models", key, "limit", "context"), -number - 1))
        elif kind == 1:
            edits.append(Set(("models", key, "new"), {"a": number}))
        else:
            edits.append(Set(("models", f"new/{number}"), {"name": key}))
    made = edit(doc, edits)
    if len(made.spans) < EDITS - EDITS // 3:
        raise SystemExit("the edits were not made")


def best(action: Callable[[], object], rounds: int) -> float:
    """Give the shortest time of some rounds in seconds: the one with the least noise."""
    times = []
    for _ in range(rounds):
        start = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        action()
        times.append(resource.getrusage(resource.RUSAGE_SELF).ru_utime - start)
    return min(times)


def grown(large: bytes, small: bytes, rounds: int = 8) -> float:
    """Give how many times as long the large document takes, from sums over rounds that take turns.

    A sum is less noisy than a shortest time where the clock is coarse against the small document's.
    """
    long = short = 0.0
    for _ in range(rounds):
        long += best(lambda: read_and_edit(large, MODELS), 1)
        for _ in range(10):
            short += best(lambda: read_and_edit(small, MODELS // 10), 1)
    return 10 * long / short


def main() -> int:
    """Print the times and ratios, or the growth alone; 1 if that is more than the limit."""
    large, small = document(MODELS), document(MODELS // 10)
    if sys.argv[1:] == ["--growth"]:
        print(grown(large, small, rounds=2))
        return 0
    bare = document(MODELS, comments=False)
    ours = best(lambda: read_and_edit(large, MODELS), 12)
    reading = best(lambda: read(large), 5)
    tenth = best(lambda: read_and_edit(small, MODELS // 10), 40)
    standard = best(lambda: json.loads(bare), 5)
    slow = best(lambda: json5.loads(small.decode()), 1)
    growth = grown(large, small)
    print(f"document                         {len(large) / 1e6:8.2f} MB, {MODELS} models, {EDITS} edits")
    print(f"read and edit                    {ours * 1e3:8.1f} ms, of which reading {reading * 1e3:.1f}")
    print(
        f"json.loads without comments      {standard * 1e3:8.1f} ms: ours takes {ours / standard:.1f} times"
    )
    print(f"json5.loads of a tenth           {slow * 1e3:8.1f} ms: {slow / tenth:.1f} times as long as ours")
    print(f"growth from {MODELS // 10} to {MODELS}        {growth:8.1f} times")
    return int(growth > GROWTH_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
