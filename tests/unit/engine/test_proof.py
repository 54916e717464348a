"""A plan that would not do what it says is found out before anything is written."""

from collections.abc import Mapping

import pytest
from attrs import evolve

from reconciler.engine.claims import Claim, Container, Holding
from reconciler.engine.plan import plan_document
from reconciler.engine.problems import Stop
from reconciler.engine.proof import Promise
from reconciler.engine.values import ABSENT, KeyPath
from tests.unit.engine.planning import PATH, ROLE, SECRET_KEY, document, indivisible, rules

NPM = ("provider", "us", "npm")
MODEL = ("model",)
CONTEXT = ("provider", "us", "models", "m", "limit", "context")
BEFORE = '{"model": "acme/x", "mine": [1, {"a": null}], "provider": {"acme": {"k": 1}, "own": {}}}'
OURS: dict[KeyPath, object] = {MODEL: "us/m", NPM: "@sdk"}
GOOD = (
    '{"model": "us/m", "mine": [1, {"a": null}], '
    '"provider": {"acme": {"k": 1}, "own": {}, "us": {"npm": "@sdk"}}}'
)


def promise(
    before: str | None = BEFORE,
    values: Mapping[KeyPath, object] = OURS,
    containers: tuple[Container, ...] = (Container(("provider", "us")),),
) -> Promise:
    """Make the promise to bring about these values."""
    ours = {one.key: one for one in containers}
    return Promise(document(before), values, tuple(values), ours, indivisible)


def broken(made: Promise, after: str | None) -> str:
    """Give what is said of bytes that do not keep a promise."""
    with pytest.raises(Stop) as caught:
        made.require(None if after is None else after.encode())
    (blocker,) = caught.value.blockers
    assert blocker.code == "internal_error"
    assert blocker.place is not None
    assert blocker.place.file == str(PATH)
    return blocker.message


def test_what_is_kept_passes() -> None:
    """All values there and everything else as before: also with other spacing, order and comments."""
    promise().require(GOOD.encode())
    promise().require(GOOD.replace("{", "{ // mine\n").encode())


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('"us/m"', '"us/n"', "model would not have"),
        ('"us/m"', "null", "model would not have"),
        ('"npm": "@sdk"', "", "provider.us.npm would not have"),
        ('"k": 1', '"k": 2', "something besides"),
        ('"k": 1', "", "something besides"),
        ('"mine": [1, {"a": null}], ', "", "something besides"),
        ('{"a": null}', '{"a": 0}', "something besides"),
        ('[1, {"a": null}]', '[{"a": null}, 1]', "something besides"),
        ('"own": {}, ', "", "something besides"),
        ('"own": {}', '"own": []', "something besides"),
        ('"npm": "@sdk"', '"npm": "@sdk", "more": 1', "something besides"),
        ('{"model"', '{"new": {}, "model"', "something besides"),
        ('{"model"', '["model"', "not JSONC"),
    ],
)
def test_what_is_not_kept_is_said(was: str, becomes: str, said: str) -> None:
    """A wrong value, a missing one, and anything else that would change."""
    after = GOOD.replace(was, becomes, 1)
    assert after != GOOD
    assert said in broken(promise(), after)


def test_values_are_never_quoted() -> None:
    """The message names the key alone: a value may be a secret."""
    message = broken(promise(values={SECRET_KEY: "gp-unit-0001"}), "{}")
    assert "gp-unit" not in message
    assert "provider.us.options.apiKey" in message


LEFT: dict[KeyPath, object] = {MODEL: "acme/x", NPM: ABSENT}
HELD = '{"model": "us/m", "provider": {"us": {"npm": "@sdk"}}}'


def test_an_object_of_ours_may_go_and_one_of_the_users_may_not() -> None:
    """What came with us goes with us; an object that was there before stays, empty or not."""
    leaving = promise(HELD, LEFT, (Container(("provider",)),))
    leaving.require(b'{"model": "acme/x"}')
    his = promise(HELD, LEFT)
    his.require(b'{"model": "acme/x", "provider": {}}')
    assert "provider would go along" in broken(his, '{"model": "acme/x"}')
    filled = promise(HELD, LEFT, (Container(("provider",), "{ }"),))
    filled.require(b'{"model": "acme/x", "provider": { }}')
    assert "provider would go along" in broken(filled, '{"model": "acme/x"}')


def test_an_object_that_cannot_stand_without_a_key_may_go_with_it() -> None:
    """A `limit` goes as a whole, also with what the user added to it; his model beside it stays."""
    text = '{"provider": {"us": {"models": {"m": {"mine": 1, "limit": {"context": 8, "input": 2}}}}}}'
    leaving = promise(text, {CONTEXT: ABSENT}, ())
    leaving.require(b'{"provider": {"us": {"models": {"m": {"mine": 1}}}}}')
    assert "something besides" in broken(leaving, '{"provider": {"us": {"models": {"m": {}}}}}')


def test_a_file_goes_only_when_nothing_is_left_in_it() -> None:
    """Bytes that are none are an empty config."""
    promise('{"model": "us/m"}', {MODEL: ABSENT}, ()).require(None)
    assert "something besides" in broken(promise('{"model": "us/m", "a": 1}', {MODEL: ABSENT}), None)


def test_a_plan_that_takes_too_much_is_never_handed_out() -> None:
    """Planning holds its own result to its word: here a rule lets go of what is none of ours."""
    answers = iter([("mine",), None])
    lying = evolve(rules(), indivisible=lambda _key: next(answers))
    held = Holding(ROLE, str(PATH), claims=(Claim(MODEL, "us/m"),))
    with pytest.raises(Stop) as caught:
        plan_document(document('{"mine": {"a": 1}, "model": "us/m"}'), {}, held, lying)
    assert [blocker.code for blocker in caught.value.blockers] == ["internal_error"]
