"""What was asked for: the selection and the options of each verb, already parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from reconciler.records import frozen

if TYPE_CHECKING:
    from pathlib import Path

Scope: TypeAlias = Literal["user", "project"]
USER: Final = "user"
PROJECT: Final = "project"


@frozen
class Selection:
    """What should be set up, as far as it was said; None means: as recorded, else the default."""

    scope: Scope | None = None
    model: str | None = None
    small_model: str | None = None


@frozen
class PlanOptions:
    """How to plan."""

    offline: bool = False
    guided: bool = False
    """Whether to ask for what was not said, where somebody can be asked."""
    unattended: bool = False
    """Whether nobody is asked for another key where the stored one does not do: --yes."""
    out: Path | None = None
    """The file that the plan is saved in, absolute or from the folder of the run."""


@frozen
class UninstallOptions:
    """How to leave."""

    yes: bool = False
    dry_run: bool = False
    this_project: bool = False
    keep_key: bool = False


@frozen
class RestoreOptions:
    """How to bring back what a file held before."""

    yes: bool = False
    dry_run: bool = False
    discard_edits: bool = False
    """Whether a file goes back although it was edited since, and no copy of that content is kept."""
