"""Standard output and standard error when they are closed, full, or read by nobody any more."""

from __future__ import annotations

import codecs
import io
import os
import sys
import threading
from typing import TYPE_CHECKING, Final

from reconciler.cli.exit_codes import STOPPED

if TYPE_CHECKING:
    from typing import TextIO

_IN_ASCII: Final = "mimo_code_setup.in_ascii"
_PUNCTUATION: Final = {"\u2026": "...", "\u2014": "-", "\u2192": "->"}


def hide_details() -> None:
    """Tell of a fault that nothing caught by its kind alone: its message and its values could hold a key."""
    sys.excepthook = lambda kind, _, __: _last_words(kind)
    threading.excepthook = lambda fault: _last_words(fault.exc_type)
    sys.unraisablehook = lambda fault: _last_words(fault.exc_type)


def _last_words(kind: type[BaseException] | None) -> None:
    name = "an error" if kind is None else kind.__name__
    complain(f"internal_error: a fault of this program: {name}; please report it with the command you gave")


def open_all() -> None:
    """Let everything be said, whatever the streams can take.

    What is said on a closed standard error (the shell's `2>&-`) goes nowhere. Characters that a stream's
    encoding does not have are spelled in ASCII.
    """
    codecs.register_error(_IN_ASCII, _in_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_IN_ASCII)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - lives as long as we do


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_ascii(error.object[error.start : error.end]), error.end


def in_ascii(text: str) -> str:
    """Spell text in ASCII: our own punctuation by what comes near, everything else by its number."""
    plain = "".join(_PUNCTUATION.get(char, char) for char in text)
    return plain.encode("ascii", "backslashreplace").decode()


def complain(text: str) -> None:
    """Say something on standard error, if it can be said there."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)


def settle(code: int) -> int:
    """Write out what still waits; return the exit code. A success that could not be told is none."""
    if sys.stdout is None:  # the shell's `>&-`
        complain("what was to be shown could not be written: standard output is closed")
        return code or STOPPED
    try:
        sys.stdout.flush()
    except OSError as error:
        _silence(sys.stdout)
        complain(f"what was to be shown could not be written: {error.strerror}")
        code = code or STOPPED
    try:
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)
    return code


def _silence(stream: TextIO) -> None:
    """Point a stream's descriptor elsewhere, so that the interpreter's own last flush finds no fault."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
