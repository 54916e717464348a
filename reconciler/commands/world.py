"""Everything a command takes from outside, as one value: the environment, the disk, the clock, people.

Tests and the demo hand in their own; the command line hands in the real ones. Nothing below reads a
clock, a variable or a folder that is not in here.
"""

from __future__ import annotations

import enum
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Protocol

from attrs import field

from reconciler.engine.files import LocalFiles
from reconciler.engine.interrupts import Interrupts
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from reconciler.commands.asking import KeyQuestion, ModelQuestion, ScopeQuestion
    from reconciler.commands.report import Report
    from reconciler.engine.files import FileSystem
    from reconciler.gonkagate.key import Key


class Answer(enum.Enum):
    """What somebody said when asked whether to go on."""

    YES = "yes"
    NO = "no"
    NOBODY_THERE = "nobody there"


class Back(Exception):  # noqa: N818 - nothing went wrong
    """Somebody wants to be asked the question before this one once more."""


class Dialogue(Protocol):
    """Whom to ask. With `back` there is a question before, and `Back` may be raised to return to it."""

    def ask_key(self, question: KeyQuestion, *, back: bool) -> str | None:
        """Prompt for a key of the right form, without echo; None where nobody can be asked."""

    def choose_scope(self, question: ScopeQuestion, *, back: bool) -> str:
        """Ask where the models should become the default."""

    def choose_model(self, question: ModelQuestion, *, back: bool) -> str:
        """Ask which model to use."""

    def confirm(self, report: Report, *, back: bool = False) -> Answer:
        """Show what would change and ask whether to go on."""


class Nobody:
    """The dialogue where nobody can be asked."""

    def ask_key(self, question: KeyQuestion, *, back: bool) -> str | None:  # noqa: ARG002 - the protocol's shape
        """Get no key."""
        return None

    def choose_scope(self, question: ScopeQuestion, *, back: bool) -> str:  # noqa: ARG002 - the protocol's shape
        """Take the default."""
        return question.default

    def choose_model(self, question: ModelQuestion, *, back: bool) -> str:  # noqa: ARG002 - the protocol's shape
        """Take the default."""
        return question.default

    def confirm(self, report: Report, *, back: bool = False) -> Answer:  # noqa: ARG002 - the protocol's shape
        """Tell that there is nobody."""
        return Answer.NOBODY_THERE


class Stage(enum.Enum):
    """What a set-up comes through, in this order."""

    MIMO = "MiMoCode"
    KEY = "API key"
    CATALOG = "Catalog"
    SCOPE = "Scope"
    MODEL = "Model"
    CHANGES = "Changes"


class Progress(Protocol):
    """Whom to tell what is being done."""

    def step(self, what: str) -> None:
        """Say what begins now."""

    def reached(self, stage: Stage, what: str) -> None:
        """Say what came of a stage of the set-up."""

    def done(self, *, well: bool = True) -> None:
        """Say that nothing is under way any more, and whether it went well."""


class Silent:
    """Progress that nobody watches."""

    def step(self, what: str) -> None:
        """Say nothing."""

    def reached(self, stage: Stage, what: str) -> None:
        """Say nothing."""

    def done(self, *, well: bool = True) -> None:
        """Say nothing."""


def _fetch(key: Key) -> bytes:
    from reconciler.gonkagate import client  # noqa: PLC0415 - only commands that fetch need it

    return client.fetch(key)


def _token() -> str:
    import secrets  # noqa: PLC0415 - only where something is written

    return secrets.token_hex(8)


@frozen
class World:
    """What a command takes from outside."""

    environment: Mapping[str, str] = field(repr=False)
    folder: Path
    files: FileSystem = field(factory=LocalFiles)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    token: Callable[[], str] = _token
    fetch: Callable[[Key], bytes] = _fetch
    stdin: IO[bytes] | None = None
    dialogue: Dialogue = field(factory=Nobody)
    progress: Progress = field(factory=Silent)
    interrupts: Interrupts = field(factory=Interrupts)

    def time_text(self) -> str:
        """Return the present time as our files spell it."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Tell the progress of one step."""
        well = False
        try:
            self.progress.step(what)
            yield
            well = True
        finally:
            self.progress.done(well=well)
