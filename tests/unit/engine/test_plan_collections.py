"""What happens to objects of ours when everything in them changes at once."""

from tests.unit.engine.planning import Keys, content, document, planned


def models(*names: str) -> Keys:
    """Give the keys of a provider with these models."""
    keys: Keys = {("provider", "us", "npm"): "@sdk"}
    for name in names:
        keys |= {
            ("provider", "us", "models", name, "name"): name,
            ("provider", "us", "models", name, "limit", "context"): 0,
            ("provider", "us", "models", name, "limit", "output"): 0,
        }
    return keys


def test_all_models_can_be_replaced_at_once() -> None:
    """When no model of the old list stays, the new ones are there all the same."""
    for text in (None, "{}", '{"provider": {}}', '{"provider": {"us": {"models": {}}}}', '{"a": 1}'):
        first = planned(text, models("a", "b"))
        second = planned(first.content(), models("c"), first.holding)
        tree = document(second.content()).tree
        node = tree.node(("provider", "us", "models"))
        assert node is not None
        assert node.value == {"c": {"name": "c", "limit": {"context": 0, "output": 0}}}
        third = planned(second.content(), {}, second.holding)
        assert content(third) == text


def test_every_claim_can_be_replaced_at_once() -> None:
    """A container of the user's that empties and fills in the same plan stays, and is his afterwards."""
    first = planned("{ }", {("model",): "us/m"})
    second = planned(first.content(), {("small_model",): "us/m"}, first.holding)
    assert document(second.content()).tree.value == {"small_model": "us/m"}
    assert content(planned(second.content(), {}, second.holding)) == "{ }"


def test_a_file_of_ours_outlives_its_first_keys() -> None:
    """A file that we created is not removed while another key of ours takes the last one's place."""
    first = planned(None, {("model",): "us/m"})
    second = planned(first.content(), {("small_model",): "us/m"}, first.holding)
    assert not second.removes_file
    assert document(second.content()).tree.value == {"small_model": "us/m"}


def test_half_of_a_limit_that_is_still_wanted_is_not_torn_out() -> None:
    """A `limit` goes as a whole only when none of it is wanted any more."""
    limit = ("provider", "us", "models", "m", "limit")
    first = planned("{}", {(*limit, "context"): 1, (*limit, "output"): 2})
    second = planned(first.content(), {(*limit, "context"): 1}, first.holding)
    node = document(second.content()).tree.node(limit)
    assert node is not None
    assert node.value == {"context": 1}
