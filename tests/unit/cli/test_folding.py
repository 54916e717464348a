"""What is told of very many things: a few of them, and how many there are."""

import io
from typing import Final

import pytest
from rich.console import Console

from reconciler.cli.render import show
from reconciler.commands.ground import PROJECT_ROLE, USER_ROLE
from reconciler.commands.report import Outcome, Report
from reconciler.engine.changes import Change
from reconciler.engine.compare import Action
from reconciler.engine.values import ABSENT, KeyPath

MODEL: Final = ("provider", "gonkagate", "models", "a/b", "name")


def change(role: str, file: str, key: KeyPath) -> Change:
    """Make the end of one key."""
    return Change(Action.DELETE, role, file, key, "old", ABSENT, "no longer wanted")


def told(changes: tuple[Change, ...], *, verbose: bool) -> str:
    """Give what people read of changes."""
    screen = io.StringIO()
    report = Report("uninstall", Outcome.CHANGES, changes=changes)
    show(report, Console(file=screen, width=80), home="/home/somebody", verbose=verbose)
    return screen.getvalue()


def projects(number: int) -> tuple[Change, ...]:
    """Make changes in the user's config and in the configs of so many projects."""
    of_user = change(USER_ROLE, "/home/somebody/.config/mimocode/mimocode.jsonc", ("model",))
    files = (f"/work/{at:03}/.mimocode/mimocode.json" for at in range(number))
    return (of_user, *(change(PROJECT_ROLE, file, ("model",)) for file in files))


@pytest.mark.parametrize(("number", "shown", "hidden"), [(11, 11, None), (12, 10, 2), (200, 10, 190)])
def test_of_many_projects_a_few_are_shown_and_the_others_counted(
    number: int, shown: int, hidden: int | None
) -> None:
    """One more than a few is shown as well; the sum counts all of them."""
    text = told(projects(number), verbose=False)
    assert text.count("/.mimocode/mimocode.json\n") == shown
    assert (f"the configs of {hidden} more projects" in text) == (hidden is not None)
    assert f"{number + 1} changes: {number + 1} to delete." in text


def test_all_projects_are_shown_to_whoever_asks_for_all() -> None:
    """With `--verbose` nothing is counted instead."""
    text = told(projects(200), verbose=True)
    assert text.count("/.mimocode/mimocode.json\n") == 200
    assert "more projects" not in text


def test_ten_thousand_models_take_one_line() -> None:
    """However many there are, three are named."""
    file = "/home/somebody/.config/mimocode/mimocode.jsonc"
    changes = tuple(change(USER_ROLE, file, (*MODEL[:3], f"a/{at}", "name")) for at in range(10_000))
    assert len(told(changes, verbose=False).splitlines()) < 8
    assert "and 9997 more" in told(changes, verbose=False)
