"""Choosing a model: near matches for a name that is not in the catalog, and what was proved of which.

A catalog entry proves that the gateway lists a model. That a model works through a whole MiMoCode
session was tried by GonkaGate itself for the few in the ledger.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from reconciler.engine.problems import stop
from reconciler.gonkagate.facts import Code
from reconciler.records import frozen

if TYPE_CHECKING:
    from reconciler.gonkagate.catalog import Catalog

_NEAR: Final = 3


@frozen
class Validation:
    """One model that was run through a whole workflow against the real gateway."""

    model: str
    date: str
    against: str
    source: str


LEDGER: Final = (Validation("moonshotai/kimi-k2.6", "2026-06-11", "MiMoCode 0.1.0", "GonkaGate"),)


def is_validated(model: str) -> bool:
    """Whether a model stands in the ledger."""
    return any(entry.model == model for entry in LEDGER)


def require(catalog: Catalog, model: str, what: str) -> str:
    """Return a model that is in the catalog. Raises `Stop` with model_not_in_catalog and near matches."""
    if model in catalog.ids:
        return model
    near = difflib.get_close_matches(model, catalog.ids, n=_NEAR, cutoff=0.4)
    tail = model.rpartition("/")[2].lower()
    near += [known for known in catalog.ids if tail and tail in known.lower() and known not in near][:_NEAR]
    hint = f"did you mean {' or '.join(near[:_NEAR])}?" if near else f"it lists {len(catalog.ids)} models"
    raise stop(
        Code.MODEL_NOT_IN_CATALOG,
        f"the catalog has no {what} {ascii(model)[1:-1]}; {hint}",
        "choose one of the catalog with --model and --small-model",
        source="catalog",
    )
