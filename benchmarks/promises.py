"""What is measured, by name and unit, and what is promised of it."""

from __future__ import annotations

from typing import Final

from benchmarks.figures import Promise, ratio

FIVE_FRESH: Final = "five launches of MiMoCode one after the other, fresh home"
FIVE_WARM: Final = "the same five launches, home in use"
FIRST: Final = "first `apply`, fresh home"
FIRST_OWN: Final = "of that, own processor time"
UNCHANGED: Final = "`apply` with nothing to change"
STATUS: Final = "`status`"
FAST: Final = "`status --fast`"
PLAN: Final = "`plan` with nothing to change"
HELP: Final = "`--help`"
VERSION: Final = "`--version`"
YARDSTICK: Final = '`python -c "import typer, attrs"`'
ROUND_TRIP: Final = "one round trip to the gateway"
PLAN_SMALL: Final = "`plan`, 1,000 models new, config of 0.1 MB"
PLAN_LARGE: Final = "`plan`, 10,000 models new, config of 1.1 MB"
MEMORY: Final = "the most memory of that"
JSONC: Final = "reading and editing a config: 10,000 models beside 1,000"

UNITS: Final = {MEMORY: "MiB", JSONC: "times"}
"""Everything else is in seconds."""

_MEMORY_LIMIT: Final = 200.0
_GROWTH_LIMIT: Final = 11.0

PROMISES: Final = (
    ratio("first `apply` / five launches in a fresh home", FIRST, FIVE_FRESH, 0.45),
    ratio("`apply` with nothing to change / `import typer, attrs`", UNCHANGED, YARDSTICK, 3.0),
    ratio("`status` / `import typer, attrs`", STATUS, YARDSTICK, 3.0),
    ratio("`--help` / `import typer, attrs`", HELP, YARDSTICK, 1.5),
    ratio("`--version` / `import typer, attrs`", VERSION, YARDSTICK, 1.5),
    Promise(
        "`plan` without its round trip / `import typer, attrs`",
        lambda middle: (middle[PLAN] - middle[ROUND_TRIP]) / middle[YARDSTICK],
        4.0,
    ),
    ratio("`plan` for 10,000 models / for 1,000", PLAN_LARGE, PLAN_SMALL, 12.0),
    Promise("memory of `plan` for 10,000 models", lambda middle: middle[MEMORY], _MEMORY_LIMIT, "MiB"),
    Promise("config of 10,000 models / of 1,000", lambda middle: middle[JSONC], _GROWTH_LIMIT),
)
