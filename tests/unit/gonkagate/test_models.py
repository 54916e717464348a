"""Choosing a model: in the catalog, or refused with what was perhaps meant."""

import pytest

from reconciler.engine.problems import Stop
from reconciler.gonkagate import models
from reconciler.gonkagate.catalog import Catalog, Model
from reconciler.gonkagate.models import LEDGER, is_validated

CATALOG = Catalog(
    tuple(
        Model(identity, identity)
        for identity in (
            "moonshotai/kimi-k2.6",
            "moonshotai/kimi-k2",
            "deepseek/deepseek-v3",
            "qwen/qwen3-coder",
        )
    )
)


def refusal(model: str) -> str:
    """Give the message about a model that is not there."""
    with pytest.raises(Stop) as caught:
        models.require(CATALOG, model, "model")
    (blocker,) = caught.value.blockers
    assert blocker.code == "model_not_in_catalog"
    assert "--model" in blocker.remedy
    return blocker.message


@pytest.mark.parametrize("identity", CATALOG.ids)
def test_a_model_of_the_catalog_is_taken(identity: str) -> None:
    """The full id, exactly."""
    assert models.require(CATALOG, identity, "model") == identity


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("kimi-k2.6", "moonshotai/kimi-k2.6"),
        ("moonshotai/kimi-k2.5", "moonshotai/kimi-k2.6"),
        ("Moonshotai/Kimi-K2.6", "moonshotai/kimi-k2.6"),
        ("DEEPSEEK-V3", "deepseek/deepseek-v3"),
        ("coder", "qwen/qwen3-coder"),
    ],
)
def test_near_matches_are_named(given: str, meant: str) -> None:
    """A typo, another case or the mere tail of an id leads to what was meant; it is never taken silently."""
    assert meant in refusal(given)
    assert "did you mean" in refusal(given)


@pytest.mark.parametrize("given", ["zzzzzz", "", "0" * 5000])
def test_without_a_near_match_the_count_is_told(given: str) -> None:
    """Where nothing is near the message says how many there are."""
    assert "4 models" in refusal(given)


def test_no_more_than_three_are_named() -> None:
    """A hint is a hint and not the catalog."""
    catalog = Catalog(tuple(Model(f"vendor/model-{number}", "x") for number in range(50)))
    with pytest.raises(Stop) as caught:
        models.require(catalog, "vendor/model", "small model")
    message = caught.value.blockers[0].message
    assert message.count(" or ") == 2
    assert "small model" in message


def test_what_was_typed_cannot_act_on_the_terminal() -> None:
    """Control characters of a wrong name are spelled out."""
    message = refusal("\x1b[31mkimi\n\u202e")
    assert message.isprintable()
    assert message.isascii()


def test_the_ledger_has_what_was_run_and_nothing_else() -> None:
    """One model was tried through a whole workflow; every entry has a date and a source."""
    assert [entry.model for entry in LEDGER] == ["moonshotai/kimi-k2.6"]
    assert all(entry.date and entry.source and entry.against for entry in LEDGER)
    assert is_validated("moonshotai/kimi-k2.6")
    assert not is_validated("moonshotai/kimi-k2")
    assert not is_validated("gonkagate/moonshotai/kimi-k2.6")
