"""Help as people read it: each entry whole where it was asked for, else every name with a line of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from reconciler.cli.styled import Line
from reconciler.commands.report import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BOLD: Final = re.compile(r"\*\*([^*]+)\*\*")
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_PARAGRAPHS: Final = re.compile(r"\n\s*\n|\n(?=\*\*)")
_COLUMNS: Final = 78
"""As `--help` does on a terminal of 80 columns."""
_HEADINGS: Final = {
    "command": "Commands (`mimo-code-setup help COMMAND`):",
    "blocker": "Blockers, the reasons to stop (`mimo-code-setup help CODE`):",
}


def commands_below(context: Any, *above: str) -> Iterator[tuple[str, Topic]]:  # noqa: ANN401 - of the parser that typer brings along
    """Yield every command below one, by the words that name it, with its help."""
    for name, command in getattr(context.command, "commands", {}).items():
        here = type(context)(command, parent=context, info_name=name, terminal_width=_COLUMNS)
        words = " ".join((*above, name))
        summary = (command.help or "").partition(". ")[0].rstrip(".")
        yield words, Topic(words, "command", " ".join(summary.split()), command.get_help(here))
        yield from commands_below(here, *above, name)


def entries(topics: Sequence[Topic]) -> Iterator[Line]:
    """Tell each topic whole."""
    for number, topic in enumerate(topics):
        if number:
            yield Line("")
        if topic.kind == "command":
            yield from (Line(line) for line in topic.text.splitlines())
            continue
        yield Line(topic.name, style="bold")
        for paragraph in _PARAGRAPHS.split(topic.text):
            yield Line("")
            yield _styled(" ".join(paragraph.split()))


def index(topics: Sequence[Topic]) -> Iterator[Line]:
    """Tell each topic by its name and what it is, on one line; a narrow terminal cuts it."""
    width = max(len(topic.name) for topic in topics)
    for kind, heading in _HEADINGS.items():
        yield Line(heading, style="bold")
        for topic in topics:
            if topic.kind == kind:
                yield Line(f"  {topic.name:{width}}  {topic.summary}", whole=True)
        if kind != topics[-1].kind:
            yield Line("")


def _styled(paragraph: str) -> Line:
    """Put what the page marks as bold in bold; a link leaves its words."""
    line = Line()
    for number, piece in enumerate(_BOLD.split(_LINK.sub(r"\1", paragraph))):
        line.append(piece, style="bold" if number % 2 else "")
    return line
