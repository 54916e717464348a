"""What came of asking MiMoCode, or of judging without asking: values, told to people and programs alike."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from reconciler.records import frozen

if TYPE_CHECKING:
    from reconciler.engine.problems import Blocker, Warning_


class Verdict(enum.StrEnum):
    """How one check ended."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


@frozen
class Result:
    """What the checks found."""

    provenance: Verdict
    """Whether the key comes from our binding in the user's config, by our model of the layers."""
    durable: Verdict
    models: Verdict
    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[Warning_, ...] = ()


@frozen
class Session:
    """What this shell sees."""

    verdict: Verdict
    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[Warning_, ...] = ()
