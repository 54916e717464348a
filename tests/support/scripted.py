"""A person who answers by a script: what is asked is noted, and each answer is used once."""

from collections.abc import Iterable

import attrs

from reconciler.commands.asking import KeyQuestion, ModelQuestion, ScopeQuestion
from reconciler.commands.report import Report
from reconciler.commands.world import Answer, Back

BACK = "back"
Asked = tuple[str, object, bool]


@attrs.define
class Scripted:
    """Answers in order; `BACK` goes back. `asked` holds each question with whether there was a way back."""

    answers: list[str]
    asked: list[Asked] = attrs.field(factory=list)

    def ask_key(self, question: KeyQuestion, *, back: bool) -> str | None:
        """Type a key, right or wrong, as long as its form is not right."""
        while True:
            typed = self._next("key", question.complaint, back=back)
            if question.fault(typed) is None:
                return typed

    def choose_scope(self, question: ScopeQuestion, *, back: bool) -> str:
        """Choose a scope; nothing takes the default."""
        return self._next("scope", question.default, back=back) or question.default

    def choose_model(self, question: ModelQuestion, *, back: bool) -> str:
        """Choose a model; nothing takes the default."""
        return self._next("model", (question.default, question.current, question.complaint), back=back) or (
            question.default
        )

    def confirm(self, report: Report, *, back: bool = False) -> Answer:
        """Say yes or no."""
        return Answer(self._next("confirm", report.model, back=back))

    def _next(self, what: str, about: object, *, back: bool) -> str:
        self.asked.append((what, about, back))
        answer = self.answers.pop(0)
        if answer == BACK:
            raise Back
        return answer


def names(asked: Iterable[Asked]) -> list[str]:
    """Return what was asked, in order."""
    return [what for what, _, _ in asked]
