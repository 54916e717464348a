"""What people read, as it stands on their screens: a file for each scene, to be looked at by a person.

`tests/screens/reports/NAME.txt` holds the scene `NAME` of `tests.support.telling` at three widths, and then
as it goes into a file. After a change that is meant, `SCREENS=write pytest tests/unit/cli/test_screens.py`
writes them anew; look at what changed in them.
"""

import io
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from rich.cells import cell_len
from rich.console import Console

from reconciler.cli.layout import put
from reconciler.cli.render import lines, show
from reconciler.commands.report import Report
from tests.support.gallery import Stage
from tests.support.target import REPOSITORY
from tests.support.telling import MODELS, SCENES

SCREENS: Final = REPOSITORY / "tests" / "screens" / "reports"
WIDTHS: Final = (60, 80, 120)
NARROWEST: Final = 30
COLOURED: Final = ("plan", "plan-another-catalog", "status-drift", "blockers")
ESCAPE: Final = re.compile(r"\x1b\[([0-9;]*)m")
STYLES: Final = {
    "1": "bold",
    "2": "dim",
    "31": "red",
    "32": "green",
    "33": "yellow",
    "36": "cyan",
    "1;31": "bold red",
    "1;32": "bold green",
    "1;33": "bold yellow",
}


@cache
def played(name: str) -> tuple[Report, str]:
    """Play a scene once; return its report and the home that it was played in."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder).resolve() / "stage")
        return SCENES[name](stage), str(stage.home)


def screen(name: str, width: int | None, *, colours: bool = False, verbose: bool = False) -> str:
    """Return what stands on a terminal of that width, or in a file."""
    report, home = played(name)
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=width is not None,
        color_system="standard" if colours else None,
        highlight=False,
        markup=False,
    )
    show(report, console, home=home, verbose=verbose)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def tagged(text: str) -> str:
    """Spell colours as words, so that they can be read."""
    return ESCAPE.sub(lambda found: "</>" if found[1] == "0" else f"<{STYLES[found[1]]}>", text)


def sections(name: str) -> Iterator[str]:
    """Yield everything that belongs into a scene's file."""
    for width in WIDTHS:
        yield f"{f' {width} columns ':=^{width}}\n{screen(name, width)}"
    yield f"{' a file ':=^80}\n{screen(name, None)}"
    if name in COLOURED:
        yield f"{' in colour ':=^80}\n{tagged(screen(name, 80, colours=True))}"


@pytest.mark.parametrize("name", SCENES)
def test_the_screens_are_as_they_were_looked_at(name: str) -> None:
    """What is shown is what the scene's file holds."""
    path = SCREENS / f"{name}.txt"
    found = "\n".join(sections(name))
    if os.environ.get("SCREENS") == "write":
        SCREENS.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text("utf-8")


def test_no_screen_is_kept_of_a_scene_that_is_gone() -> None:
    """Each file has its scene."""
    assert {path.stem for path in SCREENS.iterdir()} == set(SCENES)


@pytest.mark.parametrize("name", SCENES)
def test_nothing_stands_beyond_the_edge(name: str) -> None:
    """No line is wider than the terminal, letters of two columns counted as two."""
    for width in (NARROWEST, 41, *WIDTHS):
        shown = screen(name, width, verbose=name != "plan-400-models").splitlines()
        assert [line for line in shown if cell_len(line) > width] == []


@pytest.mark.parametrize("name", SCENES)
def test_nothing_is_lost_or_torn(name: str) -> None:
    """What stands on a screen is what stands in a file; no word is torn that fits on a line."""
    whole = screen(name, None).split()
    for width in WIDTHS:
        narrow = screen(name, width).split()
        assert "".join(narrow) == "".join(whole)
        assert [word for word in whole if word not in narrow and cell_len(word) < width - 12] == []


@pytest.mark.parametrize("name", SCENES)
def test_nothing_acts_on_the_terminal(name: str) -> None:
    """No control character, no override of direction, no half of a letter: also in names made for that."""
    for width in (None, 80):
        shown = screen(name, width, verbose=True)
        assert {char for char in shown if unicodedata.category(char)[0] == "C"} <= {"\n"}


@pytest.mark.parametrize("name", SCENES)
def test_a_stream_without_unicode_takes_all_of_it(name: str) -> None:
    """All is spelled in ASCII before it is measured, so that nothing fails and nothing stands beyond."""
    report, home = played(name)
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    console = Console(file=stream, width=80, force_terminal=True, color_system=None, highlight=False)
    for line in lines(report, home=home, verbose=False):
        put(line, console)
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    shown = stream.buffer.getvalue().decode("ascii")
    assert [line for line in shown.splitlines() if len(line) > 80] == []
    assert len(shown.splitlines()) >= len(screen(name, 200).splitlines())


def test_hundreds_of_models_are_one_line_unless_all_are_to_be_listed() -> None:
    """With --verbose every key of every model has its line."""
    assert len(screen("plan-400-models", 80).splitlines()) < 40
    assert f"+ {MODELS} models" in screen("plan-400-models", 80)
    listed = screen("plan-400-models", None, verbose=True)
    assert sum(".limit.context" in line for line in listed.splitlines()) == MODELS


@pytest.mark.parametrize("name", ["plan", "apply", "uninstall"])
def test_no_key_and_no_value_that_may_be_one_is_shown(name: str) -> None:
    """The binding and the key are told as sensitive."""
    shown = screen(name, 120, verbose=True)
    assert shown.count("(sensitive)") == 2
    assert "{file:" not in shown
