"""What a person is to be asked, as values: whoever asks needs no other part of the road to do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.gonkagate.catalog import Catalog
    from reconciler.mimocode.projects import Project


@frozen
class KeyQuestion:
    """What to ask for a key with: how its form is judged, and why another one is asked for."""

    fault: Callable[[str], str | None]
    """Says what is wrong with a text that is no key, and nothing of the text."""
    complaint: str | None = None


@frozen
class ScopeQuestion:
    """What to ask for a scope with: the default, and where either choice would write."""

    default: str
    project: Project
    user_config: Path


@frozen
class ModelQuestion:
    """What to ask for a model with: the catalog, the default, and the model of the present set-up."""

    catalog: Catalog
    default: str
    current: str | None = None
    complaint: str | None = None
