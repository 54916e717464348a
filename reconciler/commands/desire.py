"""The second station: what should be true, as a pure function of what was asked, seen and remembered.

Each of scope, model and small model comes from an explicit flag, else from what is recorded or already
selected for this folder, else from the default. A rerun without flags never moves or changes any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.commands.ground import PROJECT_ROLE, USER_ROLE
from reconciler.commands.request import PROJECT, USER, Scope
from reconciler.engine.values import Absent, look_up, same
from reconciler.gonkagate import entry, models
from reconciler.mimocode.facts import SCHEMA_KEY, SCHEMA_URL, leaves_schema_alone
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.commands.request import Selection
    from reconciler.commands.survey import Survey
    from reconciler.engine.claims import Holding
    from reconciler.engine.documents import Document
    from reconciler.engine.state import State
    from reconciler.engine.values import Json, KeyPath
    from reconciler.gonkagate.catalog import Catalog
    from reconciler.mimocode.projects import Project

_PREDECESSOR_MODEL: Final = "selectedModelKey"


@frozen
class Choice:
    """The selection, with nothing left open."""

    scope: Scope
    model: str
    small_model: str


@frozen
class Known:
    """What is recorded or already selected, as far as it bears on a choice."""

    state: State | None
    foreign: Mapping[str, Json]
    user: Document
    project_document: Document
    project: Project

    @property
    def user_holding(self) -> Holding | None:
        """What we hold in the user's config."""
        return self.state.holding(USER_ROLE, str(self.user.path)) if self.state else None

    @property
    def project_holding(self) -> Holding | None:
        """What we hold in this folder's project file."""
        path = str(self.project_document.path)
        return self.state.holding(PROJECT_ROLE, path) if self.state else None

    def recorded_scope(self) -> Scope | None:
        """Return the scope this folder was set up with, or already stands in."""
        earlier = self.foreign.get("scope") if self.state is None else None
        signs: tuple[tuple[bool, Scope], ...] = (
            (_holds_activation(self.project_holding), PROJECT),
            (_holds_activation(self.user_holding), USER),
            (earlier == PROJECT and self.project.in_git, PROJECT),
            (earlier == USER, USER),
            (_on_disk(self.project_document, entry.MODEL) is not None, PROJECT),
            (_on_disk(self.user, entry.MODEL) is not None, USER),
        )
        return next((scope for seen, scope in signs if seen), None)

    def recorded_model(self, key: KeyPath, scope: Scope, catalog: Catalog) -> str | None:
        """Return the model recorded for a scope, else for the other one, else found on the disk.

        What is recorded counts even when the catalog no longer has it: that is to be told, not papered
        over. What merely stands on the disk counts only if the catalog has it.
        """
        places = [(self.user, self.user_holding), (self.project_document, self.project_holding)]
        if scope == PROJECT:
            places.reverse()
        for _, holding in places:
            applied = _applied(holding, key)
            if applied is not None:
                return applied
        for document, _ in places:
            found = _on_disk(document, key)
            if found is not None and found in catalog.ids:
                return found
        earlier = self.foreign.get(_PREDECESSOR_MODEL)
        return earlier if isinstance(earlier, str) and earlier in catalog.ids else None


def known(survey: Survey) -> Known:
    """Take out of a survey what bears on a choice."""
    return Known(
        survey.remembered.file.state,
        survey.remembered.file.foreign or {},
        survey.user,
        survey.project,
        survey.ground.project,
    )


def default_scope(project: Project) -> Scope:
    """Return the scope where nothing is recorded: project inside a git work tree, user elsewhere."""
    return PROJECT if project.in_git else USER


def choose_scope(selection: Selection, what: Known) -> Scope:
    """Choose the scope."""
    return selection.scope or what.recorded_scope() or default_scope(what.project)


def choose(selection: Selection, what: Known, catalog: Catalog) -> Choice:
    """Choose everything. Raises `Stop` with model_not_in_catalog."""
    scope = choose_scope(selection, what)
    recorded = what.recorded_model(entry.MODEL, scope, catalog)
    model = (recorded or catalog.ids[0]) if selection.model is None else selection.model
    small = selection.small_model
    if small is None:
        small = what.recorded_model(entry.SMALL_MODEL, scope, catalog) or model
    return Choice(
        scope,
        models.require(catalog, _bare(model, catalog), "model"),
        models.require(catalog, _bare(small, catalog), "small model"),
    )


def _bare(model: str, catalog: Catalog) -> str:
    """Accept a reference where an id is meant: people copy what MiMoCode shows."""
    return model if model in catalog.ids else entry.model_of(model) or model


def user_keys(
    choice: Choice, catalog: Catalog, document: Document, held: Holding | None
) -> dict[KeyPath, Json]:
    """Return every key that the user's config should have."""
    keys = {**_schema_key(document, held), **entry.provider_keys(catalog)}
    if choice.scope == USER:
        keys.update(entry.activation_keys(choice.model, choice.small_model))
    return keys


def project_keys(choice: Choice, document: Document, held: Holding | None) -> dict[KeyPath, Json]:
    """Return every key that the project's config should have: nothing in user scope."""
    if choice.scope != PROJECT:
        return {}
    return {
        **_schema_key(document, held),
        **entry.activation_keys(choice.model, choice.small_model),
    }


def _schema_key(document: Document, held: Holding | None) -> dict[KeyPath, Json]:
    """Claim `$schema` where MiMoCode would otherwise rewrite the file, carelessly, as soon as it runs."""
    found = look_up(document.tree.value, SCHEMA_KEY)
    applied = (
        next((claim.applied for claim in held.claims if claim.key == SCHEMA_KEY), None) if held else None
    )
    if not isinstance(found, Absent) and leaves_schema_alone(found):
        return {SCHEMA_KEY: applied} if applied is not None and same(found, applied) else {}
    return {SCHEMA_KEY: SCHEMA_URL}


def _holds_activation(held: Holding | None) -> bool:
    return _applied(held, entry.MODEL) is not None


def _applied(held: Holding | None, key: KeyPath) -> str | None:
    if held is None:
        return None
    return next((entry.model_of(claim.applied) for claim in held.claims if claim.key == key), None)


def _on_disk(document: Document, key: KeyPath) -> str | None:
    found = look_up(document.tree.value, key)
    return None if isinstance(found, Absent) else entry.model_of(found)
