"""What is said when somebody is asked, the same for a terminal with a cursor and for one without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.cli.text import home_relative
from reconciler.commands.world import Answer, Stage
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.cli.ability import Signs
    from reconciler.commands.asking import ScopeQuestion

KEY: Final = "GonkaGate API key (not shown while you type): "
SCOPE: Final = "Where should GonkaGate's model become the default?"
CHANGES: Final = "Make these changes? [y/N]"
Y_OR_N: Final = "Please type y or n."
_ANSWERS: Final = {"y": Answer.YES, "yes": Answer.YES, "": Answer.NO, "n": Answer.NO, "no": Answer.NO}


def yes_or_no(typed: str) -> Answer | None:
    """Read an answer; no is the default."""
    return _ANSWERS.get(typed.strip().lower())


def numbered(stage: Stage) -> str:
    """Return the number of a stage of the guided set-up."""
    stages = list(Stage)
    return f"{stages.index(stage) + 1}/{len(stages)}"


def about_key(typed: str, fault: Callable[[str], str | None]) -> str:
    """Say how long a key is and whether its form is right, and nothing else of it."""
    if not typed:
        return "nothing typed yet"
    wrong = fault(typed)
    length = f"{len(typed)} {'character' if len(typed) == 1 else 'characters'}"
    return f"{length}, the form is right" if wrong is None else f"{length}: {said(wrong)}"


def said(wrong: str) -> str:
    """Make a sentence of what is wrong with a key."""
    return f"what you typed {wrong}"


@frozen
class ScopeChoice:
    """One scope: its name, where it counts, and what would be written where."""

    name: str
    counts: str
    written: str


def scopes(question: ScopeQuestion, home: str, signs: Signs) -> tuple[ScopeChoice, ScopeChoice]:
    """Tell what each scope means in this folder."""
    root, file, user = (
        signs.spell(home_relative(str(path), home))
        for path in (question.project.root, question.project.config, question.user_config)
    )
    in_git = "the git work tree" if question.project.in_git else "the folder"
    return (
        ScopeChoice("user", "everywhere you work", f"writes the model into {user}"),
        ScopeChoice(
            "project",
            f"in {in_git} {root} alone",
            f"writes the model into {file} (no key in it: it can be committed)",
        ),
    )
