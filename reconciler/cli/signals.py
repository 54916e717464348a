"""Signals that end a run: each is an interrupt, taken where nothing is being written."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

from reconciler.engine.interrupts import Interrupts

if TYPE_CHECKING:
    from types import FrameType

DESK: Final = Interrupts()
"""The process's interrupts: signals belong to a process, so there is one."""


def listen() -> None:
    """Take SIGINT, SIGTERM and SIGHUP, unless whoever started us has them ignored."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, _signalled)


def _signalled(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal's shape
    DESK.signalled()
