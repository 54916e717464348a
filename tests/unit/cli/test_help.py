"""Help: the page about blockers is its one source, and it is told whole, whatever the page says."""

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from reconciler.cli.help import entries, index
from reconciler.cli.pages import UnknownTopicError, blockers, told
from reconciler.cli.render import lines, show
from reconciler.commands.report import Topic
from tests.support.target import REPOSITORY

PAGE = (REPOSITORY / "docs" / "blockers.md").read_text("utf-8")
CODES = re.findall(r"^### (\w+)$", PAGE, re.MULTILINE)
COMMANDS = {
    name: Topic(name, "command", f"Do {name}", f"Usage: {name}\n\n  Do it.")
    for name in ("plan", "backups", "backups list")
}
WORD = re.compile(r"\w+")


def test_every_code_of_the_page_is_there_in_its_order() -> None:
    """None is lost on the way, and none is made up."""
    assert list(blockers()) == CODES
    assert len(CODES) > 50


@pytest.mark.parametrize("code", CODES)
def test_an_entry_is_told_whole(code: str) -> None:
    """Every word of the page is told, but where a link leads; no mark of Markdown is left over."""
    text = blockers()[code].text
    shown = "\n".join(line.plain for line in entries([blockers()[code]]))
    words = WORD.findall(re.sub(r"\]\([^)]*\)", "]", text))
    assert WORD.findall(shown) == [code, *words]
    assert "**" not in shown
    assert "](" not in shown
    assert not re.search(r"^(#|[-*|] |\d+\. |```|    )", text, re.MULTILINE), "it is paragraphs alone"


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_a_line_of_its_own(code: str) -> None:
    """A clause that can be read alone: not empty, not cut within a quotation, without a link."""
    summary = blockers()[code].summary
    assert len(summary) > 10
    assert "\n" not in summary
    assert "](" not in summary
    assert summary.count("`") % 2 == 0
    assert summary.count("(") == summary.count(")")
    assert not summary.endswith((".", ",", ":"))


def test_without_a_name_all_are_told_with_one_line_each() -> None:
    """Commands first, then codes."""
    report = told((), COMMANDS)
    shown = [line.plain for line in lines(report, home="/h", verbose=False)]
    assert [line.split()[0] for line in shown if line.startswith("  ")] == [
        *("plan", "backups", "backups", *CODES)
    ]
    assert shown == [line.plain for line in index(report.topics)]


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", "…"), ("ascii", "...")])
def test_a_narrow_terminal_cuts_the_lines_of_the_list(encoding: str, mark: str) -> None:
    """Each code has one line, no wider than the terminal, and what was cut is marked in what it can show."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=stream, width=60, force_terminal=True, color_system=None, highlight=False)
    show(told((), {}), console, home="/h", verbose=False)
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    shown = stream.buffer.getvalue().decode(encoding).splitlines()
    assert [line for line in shown if cell_len(line) > 60] == []
    assert [line.split()[0] for line in shown if line.startswith("  ")] == CODES
    assert sum(line.endswith(mark) for line in shown) > 20


def test_with_verbose_all_are_told_whole() -> None:
    """That is the page."""
    report = told((), {})
    shown = " ".join(line.plain for line in lines(report, home="/h", verbose=True))
    assert WORD.findall(shown) == [
        word
        for one in blockers().values()
        for word in (one.name, *WORD.findall(re.sub(r"\]\([^)]*\)", "]", one.text)))
    ]


def test_several_can_be_asked_for_and_words_of_one_command_belong_together() -> None:
    """As in `help locked backups list plan`."""
    report = told(("locked", "backups", "list", "plan", "backups"), COMMANDS)
    assert [topic.name for topic in report.topics] == ["locked", "backups list", "plan", "backups"]
    assert report.ok


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("mimo_not_fond", "mimo_not_found"),
        ("LOCKED", "locked"),
        ("plan-stale", "plan_stale"),
        ("pln", "plan"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_what_comes_near(name: str, near: str) -> None:
    """An unknown name is refused, with what may have been meant."""
    with pytest.raises(UnknownTopicError, match=f"(?s)did you mean.*{near}"):
        told((name,), COMMANDS)


def test_a_name_that_is_nothing_like_any_is_refused_without_a_guess() -> None:
    """No guess is better than a wild one."""
    with pytest.raises(UnknownTopicError, match=r"no code and no command 'xyzzy'$"):
        told(("xyzzy",), COMMANDS)
