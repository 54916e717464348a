"""What a person is asked before there is a plan: key, scope, model, in this order, with a way back.

A question that a flag answers is not asked. The answers are a selection like one made of flags, so that
nothing behind this module knows where it came from.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from attrs import evolve, field

from reconciler.commands import desire
from reconciler.commands.asking import ModelQuestion, ScopeQuestion
from reconciler.commands.request import PROJECT, USER, Selection
from reconciler.commands.survey import look_with_another_key
from reconciler.commands.world import Back, Stage
from reconciler.gonkagate import entry
from reconciler.records import frozen

if TYPE_CHECKING:
    from reconciler.commands.request import Scope
    from reconciler.commands.survey import Survey
    from reconciler.commands.world import World


class Question(enum.Enum):
    """The questions, in the order in which they are asked."""

    KEY = "key"
    SCOPE = "scope"
    MODEL = "model"


@frozen
class Interview:
    """What was asked for by flags, what was answered so far, and what is known of the world."""

    flags: Selection
    survey: Survey
    guided: bool
    answers: Selection = field(factory=Selection)

    @property
    def asked(self) -> tuple[Question, ...]:
        """The questions that a person is asked in this run."""
        open_ones = (
            (Question.KEY, self.survey.key_was_typed),
            (Question.SCOPE, self.guided and self.flags.scope is None),
            (Question.MODEL, self.guided and self.flags.model is None),
        )
        return tuple(question for question, is_open in open_ones if is_open)

    @property
    def selection(self) -> Selection:
        """What is to be set up: what flags say, else what was answered."""
        return Selection(
            self.flags.scope or self.answers.scope,
            self.answers.model if self.flags.model is None else self.flags.model,
            self.answers.small_model if self.flags.small_model is None else self.flags.small_model,
        )


def begin(world: World, interview: Interview) -> Interview:
    """Ask everything but the key, which the survey needed already."""
    if Question.SCOPE not in interview.asked:
        _tell_scope(world, interview)
    interview = _conduct(world, interview, 1 if Question.KEY in interview.asked else 0)
    if Question.MODEL not in interview.asked:
        known, catalog = desire.known(interview.survey), interview.survey.catalog
        world.progress.reached(Stage.MODEL, desire.choose(interview.selection, known, catalog).model)
    return interview


def _tell_scope(world: World, interview: Interview) -> None:
    known = desire.known(interview.survey)
    scope = desire.choose_scope(interview.selection, known)
    where = f"{known.project.root} alone" if scope == PROJECT else "everywhere"
    world.progress.reached(Stage.SCOPE, f"{scope}: {where}")


def ask_last_again(world: World, interview: Interview) -> Interview:
    """Come back from the question after the last of these."""
    return _conduct(world, interview, len(interview.asked) - 1)


def _conduct(world: World, interview: Interview, at: int) -> Interview:
    while at < len(interview.asked):
        try:
            interview = _ASK[interview.asked[at]](world, interview, back=at > 0)
            at += 1
        except Back:
            at = max(at - 1, 0)
    return interview


def _ask_key(world: World, interview: Interview, *, back: bool) -> Interview:  # noqa: ARG001 - always the first
    return evolve(interview, survey=look_with_another_key(world, interview.survey))


def _ask_scope(world: World, interview: Interview, *, back: bool) -> Interview:
    survey = interview.survey
    default = interview.answers.scope or desire.choose_scope(interview.flags, desire.known(survey))
    question = ScopeQuestion(default, survey.ground.project, survey.user.path)
    chosen = world.dialogue.choose_scope(question, back=back)
    scope: Scope = PROJECT if chosen == PROJECT else USER
    answered = evolve(interview, answers=evolve(interview.answers, scope=scope))
    _tell_scope(world, answered)
    return answered


def _ask_model(world: World, interview: Interview, *, back: bool) -> Interview:
    """Ask for the model; a small model that the catalog no longer has follows it."""
    known, ids = desire.known(interview.survey), interview.survey.catalog.ids
    scope = desire.choose_scope(interview.selection, known)
    recorded, small = (
        known.recorded_model(key, scope, interview.survey.catalog) for key in (entry.MODEL, entry.SMALL_MODEL)
    )
    model = world.dialogue.choose_model(_which_model(interview, recorded), back=back)
    world.progress.reached(Stage.MODEL, model)
    follows = small is not None and small not in ids
    answers = evolve(interview.answers, model=model, small_model=model if follows else None)
    return evolve(interview, answers=answers)


def _which_model(interview: Interview, recorded: str | None) -> ModelQuestion:
    catalog, known = interview.survey.catalog, (interview.answers.model, recorded)
    default = next((one for one in known if one in catalog.ids), None) or catalog.ids[0]
    if recorded is None or recorded in catalog.ids:
        return ModelQuestion(catalog, default, recorded)
    gone = f"the catalog no longer has {recorded}, which is set up here"
    return ModelQuestion(catalog, default, complaint=gone)


_ASK = {Question.KEY: _ask_key, Question.SCOPE: _ask_scope, Question.MODEL: _ask_model}
