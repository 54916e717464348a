"""What was typed, before the parser sees it: flags that stand in front, questions for help, values left out.

Whoever asks for JSON gets it however the rest is wrong, so this must be known before anything is parsed. What
stands behind `--` is a word like any other.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COMMANDS: Final = (
    *("plan", "apply", "status", "uninstall", "explain", "audit", "backups", "demo", "completion", "help"),
)
GROUPS: Final = {"backups": ("list", "restore")}
WITH_VALUE: Final = ("--scope", "--model", "--small-model", "--cwd", "--out")
"""The flags that take the next word as their value."""
_EVERYWHERE: Final = ("--json", "--no-color", "--verbose")
_HELP: Final = ("--help", "-h")
_KEY_FLAG: Final = re.compile(r"--?(gonkagate[-_]?)?(api[-_]?key|key)(=.*)?", re.IGNORECASE | re.DOTALL)


def hoisted(given: list[str]) -> list[str]:
    """Let the flags that every command has stand in front of the command as well."""
    front = list(itertools.takewhile(_EVERYWHERE.__contains__, given))
    rest = given[len(front) :]
    if not rest or rest[0] not in COMMANDS:
        return given
    words = 2 if rest[1:2] and rest[1] in GROUPS.get(rest[0], ()) else 1
    return [*rest[:words], *front, *rest[words:]]


def flags(given: Sequence[str]) -> list[str]:
    """Return what can be flags."""
    return list(itertools.takewhile(lambda word: word != "--", given))


def asks_for_json(given: Sequence[str]) -> bool:
    """Say whether the ending is to be told as JSON."""
    return "--json" in flags(given)


def names_a_key_flag(given: Sequence[str]) -> bool:
    """Say whether there is a flag that would carry the key."""
    return any(_KEY_FLAG.fullmatch(word) for word in given)


def without_value(given: Sequence[str]) -> str | None:
    """Return the first flag whose value was left out, so that it would swallow the flag behind it."""
    for flag, value in itertools.pairwise(flags(given)):
        if flag in WITH_VALUE and value.startswith("-") and value != "-":
            return flag
    return None


def as_a_question(given: Sequence[str]) -> list[str] | None:
    """Spell `COMMAND --help --json` as `help COMMAND --json`; None where it is not that."""
    if not asks_for_json(given) or not any(word in _HELP for word in flags(given)):
        return None
    return ["help", *named(given), "--json"]


def command(given: Sequence[str]) -> str:
    """Name the command that was meant, as reports do."""
    words = named(given) or ["setup"]
    if len(words) == 1 and words[0] in GROUPS:
        words.append(GROUPS[words[0]][0])
    return " ".join(words)


def named(given: Sequence[str]) -> list[str]:
    """Return the words that name a command, none where there is none."""
    words = list(_words(given))
    for place, word in enumerate(words):
        if word in COMMANDS:
            return [word, *(one for one in words[place + 1 :][:1] if one in GROUPS.get(word, ()))]
    return []


def _words(given: Sequence[str]) -> Iterator[str]:
    """Yield what is neither a flag nor a flag's value."""
    for before, word in itertools.pairwise(["", *flags(given)]):
        if before not in WITH_VALUE and not word.startswith("-"):
            yield word
