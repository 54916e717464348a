"""Who is there: whether somebody can be asked, and whether somebody watches.

Where nobody is, nothing of what asks and tells is imported.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from reconciler.commands.world import Nobody, Silent
from reconciler.engine import platform

if TYPE_CHECKING:
    from reconciler.cli.output import Manner
    from reconciler.commands.world import Dialogue, Progress


def somebody_there() -> bool:
    """Whether a person can be asked: both ends must be a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()


def dialogue(manner: Manner, *, guided: bool) -> Dialogue:
    """Return the dialogue with whoever is at the terminal; a guided one numbers what it asks."""
    if not somebody_there():
        return Nobody()
    from reconciler.cli.terminal import Terminal  # noqa: PLC0415 - where somebody is

    return Terminal(manner, guided=guided)


def progress(manner: Manner, *, guided: bool) -> Progress:
    """Return the progress that standard error can show: none where nobody watches."""
    if sys.stderr is None or not sys.stderr.isatty():
        return Silent()
    from reconciler.cli.ability import moves_cursor, signs  # noqa: PLC0415 - where somebody watches
    from reconciler.cli.progress import OneLine, Stages  # noqa: PLC0415 - same
    from reconciler.cli.text import home_folder  # noqa: PLC0415 - same

    overwrites = moves_cursor(os.environ, platform.SYSTEM)
    begin = signs(os.environ, platform.SYSTEM).begin
    if guided and somebody_there():
        return Stages(manner, home_folder(), begin, overwrites=overwrites)
    return OneLine(begin, overwrites=overwrites)
