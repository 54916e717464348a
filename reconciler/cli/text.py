"""Text for a terminal, made harmless.

Whatever came from outside is shown so that it cannot act on the terminal, and anything shaped like a
key is masked.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from reconciler.engine import platform
from reconciler.engine.changes import SENSITIVE
from reconciler.engine.values import ABSENT

if TYPE_CHECKING:
    from reconciler.engine.values import Json

_KEY_SHAPE: Final = re.compile(r"gp-[A-Za-z0-9_-]{6,}")
_LONG: Final = 60


def redact(text: str) -> str:
    """Mask everything that looks like a GonkaGate key. The last step before any output."""
    return _KEY_SHAPE.sub(SENSITIVE, text)


def printable(text: str) -> str:
    """Spell control characters, direction overrides and lone surrogates as escapes."""
    if text.isprintable():
        return text
    return "".join(char if _harmless(char) else char.encode("unicode_escape").decode() for char in text)


def _harmless(char: str) -> bool:
    return char == " " or unicodedata.category(char)[0] not in "CZ" or char.isprintable()


def value(what: Json) -> str:
    """Spell a configuration value on one line, shortened where it is long."""
    if what is ABSENT:
        return "(nothing)"
    if what == SENSITIVE:
        return SENSITIVE
    return shortened(printable(json.dumps(what, ensure_ascii=False)), _LONG)


def shortened(text: str, width: int) -> str:
    """Cut a text that takes more than so many columns; a letter of some scripts takes two, an accent none."""
    if text.isascii():
        return text if len(text) <= width else text[: width - 1] + "…"
    from rich.cells import cell_len  # noqa: PLC0415 - most texts are ASCII

    end = len(text)
    while cell_len(text[:end]) > (width if end == len(text) else width - 1):
        end -= 1
    return text if end == len(text) else text[:end] + "…"


def home_folder() -> str:
    """Return the home folder as this process is told it; empty where it is told none."""
    return os.environ.get(platform.home_variable(), "")


def home_relative(path: str, home: str, separators: str = platform.separators()) -> str:
    """Shorten a path below the home folder to `~/…`, as people write it."""
    front = home.rstrip(separators)
    inside = bool(home) and path.startswith(front) and path[len(front) : len(front) + 1] in (*separators,)
    return printable("~" + path[len(front) :] if inside else path)


def with_home_relative(sentence: str, home: str, separators: str = platform.separators()) -> str:
    """Shorten the paths below the home folder that stand in a sentence as words of their own."""
    front = home.rstrip(separators)
    if not front:
        return sentence
    return re.sub(rf"(?<![^\s(]){re.escape(front)}(?=[{re.escape(separators)}])", "~", sentence)
