"""What MiMoCode says when it refuses its configuration, reduced to what may be shown.

Its messages can hold the whole configuration with the key substituted into it. Only the path it names
is taken out of them, and only if that is one of the files that we know it reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from reconciler.engine.problems import Blocker, Place
from reconciler.mimocode.facts import COMMAND, Code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.mimocode.launcher import Output
    from reconciler.mimocode.layers import Layer

_SHAPES: Final = (
    (re.compile(rb"Config file at (.+?) is not valid JSON"), "is not valid JSONC"),
    (re.compile(rb"Configuration is invalid at ([^\n:]+): bad file reference"), "refers to a missing file"),
    (re.compile(rb"Configuration is invalid at ([^\n]+)"), "holds something that MiMoCode does not accept"),
)


def explain(output: Output, layers: Iterable[Layer]) -> Blocker:
    """Make a blocker of a launch that gave no configuration, without repeating what it printed."""
    known = {str(layer.file).encode(): layer for layer in layers if layer.file is not None}
    for shape, what in _SHAPES:
        match = shape.search(output.stderr)
        if match is not None and match[1].strip() in known:
            layer = known[match[1].strip()]
            return Blocker(
                Code.RESOLVED_CONFIG_UNREADABLE,
                f"MiMoCode refuses its configuration: this file {what}",
                "run `mimo debug config` in a private terminal to see its message, mend the file, run again",
                COMMAND,
                Place(file=str(layer.file), variable=layer.variable),
            )
    return Blocker(
        Code.RESOLVED_CONFIG_UNREADABLE,
        f"`mimo --pure debug config` gave no configuration (exit code {output.exit_code})",
        "run it in a private terminal to see its message (it can hold your key), then run again",
        COMMAND,
    )
