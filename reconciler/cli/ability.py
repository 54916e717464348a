"""What the terminal can do: whether its cursor can be moved, and whether its locale has more than ASCII.

It goes by the variables that say so; nothing is asked of the terminal, since one that cannot answer would
show the question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.cli.streams import in_ascii
from reconciler.cli.text import printable, redact
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

_CANNOT: Final = ("", "dumb", "unknown")
_LOCALE: Final = ("LC_ALL", "LC_CTYPE", "LANG")


def moves_cursor(environment: Mapping[str, str], platform: str) -> bool:
    """Whether what was printed can be printed over. Windows' own terminal can, and has no such variable."""
    return platform == "win32" or environment.get("TERM", "").lower() not in _CANNOT


def speaks_unicode(environment: Mapping[str, str], platform: str) -> bool:
    """Whether the locale can spell more than ASCII: the first of its variables that is set decides."""
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "")
    return platform in ("win32", "darwin") or "utf" in locale.lower()


@frozen
class Signs:
    """The signs that questions are made of, and how somebody else's text is spelled beside them."""

    pointer: str
    current: str
    validated: str
    cut: str
    between: str
    keys: str
    begin: str
    ascii: bool

    def spell(self, text: str) -> str:
        """Spell a text from outside so that it can neither act on the terminal nor be garbled by it."""
        harmless = redact(printable(text))
        return in_ascii(harmless) if self.ascii else harmless


UNICODE: Final = Signs("▸", "●", "✓", "…", " · ", "↑ ↓", "… ", ascii=False)
ASCII: Final = Signs(">", "*", "+", "...", " - ", "up, down", "... ", ascii=True)


def signs(environment: Mapping[str, str], platform: str) -> Signs:
    """Choose the signs that a terminal can show."""
    return UNICODE if speaks_unicode(environment, platform) else ASCII
