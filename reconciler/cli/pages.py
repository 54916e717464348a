"""What `help` tells: commands, and the entries of docs/blockers.md, which is the one place where they stand.

The page comes with the program. A name that is nearly right is answered with those that come near.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.commands.report import HELP, Outcome, Report, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PAGE: Final = "blockers.md"
_ENTRY: Final = re.compile(r"^### (?P<code>\w+)\n+(?P<text>.*?)(?=^#{2,3} |\Z)", re.MULTILINE | re.DOTALL)
_MEANING: Final = re.compile(r"\*\*Means:\*\*\s+((?:`[^`]*`|[^`.;:]|[.;:](?!\s))*)")
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")


class UnknownTopicError(LookupError):
    """There is no such code and no such command; its text says what comes near."""


def blockers() -> dict[str, Topic]:
    """Return the entry of each code, in the order of the page."""
    found = (match.groups() for match in _ENTRY.finditer(_page()))
    return {code: Topic(code, "blocker", _summary(text), text.strip()) for code, text in found}


def _page() -> str:
    installed = resources.files("reconciler") / "help_data" / _PAGE
    if installed.is_file():
        return installed.read_text("utf-8")
    return (Path(__file__).parents[2] / "docs" / _PAGE).read_text("utf-8")


def _summary(text: str) -> str:
    """Return the first thing that is said of what a code means, on one line and without its links."""
    meaning = _MEANING.search(text)
    said = text if meaning is None else meaning[1]
    return _LINK.sub(r"\1", " ".join(said.split()))


def told(names: Sequence[str], commands: Mapping[str, Topic]) -> Report:
    """Return the report that tells of some codes and commands, or of all where none is named.

    Raises `UnknownTopicError` for a name that is neither.
    """
    known = {**commands, **blockers()}
    topics = tuple(_each(names, known)) if names else tuple(known.values())
    return Report(HELP, Outcome.NO_CHANGES, topics=topics, whole=bool(names))


def _each(names: Sequence[str], known: Mapping[str, Topic]) -> Iterator[Topic]:
    """Look names up; the words of one command may stand apart (`backups list`)."""
    left = list(names)
    while left:
        words = 2 if len(left) > 1 and " ".join(left[:2]) in known else 1
        name, left = " ".join(left[:words]), left[words:]
        if name not in known:
            raise UnknownTopicError(_unknown(name, known))
        yield known[name]


def _unknown(name: str, known: Mapping[str, Topic]) -> str:
    near = get_close_matches(name.lower().replace("-", "_"), known, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"there is no code and no command {name!r}{hint}"
