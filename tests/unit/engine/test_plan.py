"""Planning one document: what is told, what is edited, what is remembered, and what leaving gives back."""

import re
from functools import partial

import pytest

from reconciler.engine.changes import SENSITIVE
from reconciler.engine.claims import Claim, Container, Prior
from reconciler.engine.compare import Action
from reconciler.engine.plan import DocumentPlan, plan_document
from reconciler.engine.problems import Stop
from reconciler.engine.values import ABSENT
from tests.unit.engine.planning import (
    PATH,
    ROLE,
    SECRET_KEY,
    Keys,
    content,
    document,
    left_again,
    planned,
    rules,
)

NPM = ("provider", "us", "npm")
MODEL = ("model",)
LIMIT = ("provider", "us", "models", "m", "limit")
CONTEXT, OUTPUT = (*LIMIT, "context"), (*LIMIT, "output")
SCHEMA = ("$schema",)
ALL: Keys = {
    SCHEMA: "https://example/config.json",
    NPM: "@sdk",
    SECRET_KEY: "{file:~/key}",
    ("provider", "us", "options", "setCacheKey"): False,
    ("provider", "us", "models", "m", "name"): "M",
    CONTEXT: 8,
    OUTPUT: 4,
    MODEL: "us/m",
    ("small_model",): "us/m",
}


def steps(plan: DocumentPlan) -> list[tuple[Action, tuple[str, ...] | None]]:
    """Give actions and keys of a plan's changes."""
    return [(change.action, change.key) for change in plan.changes]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, '{\n  "model": "us/m"\n}\n'),
        ("", '{\n  "model": "us/m"\n}\n'),
        ("{}", '{\n  "model": "us/m"\n}'),
        ("{ }\n", '{\n  "model": "us/m"\n}\n'),
        ('{"a":1}', '{"a":1,"model":"us/m"}'),
        ('{ "a": 1 }', '{ "a": 1, "model": "us/m" }'),
        ('{\n\t"a": 1\n}\n', '{\n\t"a": 1,\n\t"model": "us/m"\n}\n'),
        ('{\n  "a": 1, // why\n}\n', '{\n  "a": 1, // why\n  "model": "us/m",\n}\n'),
    ],
)
def test_one_key_is_created_in_the_documents_own_style(before: str | None, after: str) -> None:
    """A missing key is added without disturbing anything, in whatever style the document has."""
    plan = planned(before, {MODEL: "us/m"})
    assert steps(plan) == [(Action.CREATE, MODEL)]
    assert content(plan) == after
    assert plan.writes


def test_a_nested_key_brings_its_parents_along() -> None:
    """Objects on the way to a key are created with it."""
    assert content(planned("{}", {NPM: "@sdk"})) == (
        '{\n  "provider": {\n    "us": {\n      "npm": "@sdk"\n    }\n  }\n}'
    )


def test_what_is_told_has_place_values_and_reason() -> None:
    """A change names resource, file, key, what stood there and what will."""
    (change,) = planned('{"model": "acme/x"}', {MODEL: "us/m"}).changes
    assert (change.resource, change.file, change.key) == (ROLE, str(PATH), MODEL)
    assert (change.before, change.after) == ("acme/x", "us/m")
    assert change.reason
    assert not change.drift


def test_nothing_to_do_is_no_write() -> None:
    """As long as everything is as applied, the plan has no change, no edit and the very same bytes."""
    first = planned("{}", ALL)
    again = planned(first.content(), ALL, first.holding)
    assert (again.changes, again.drift, again.edits) == ((), (), ())
    assert not again.writes
    assert again.content() == first.content()
    assert again.holding == first.holding


def test_adoption_claims_without_writing_and_stays_when_we_leave() -> None:
    """A key that already is as it should be is claimed, not rewritten, and is still there afterwards."""
    text = '{"model": /* mine */ "us/m"}'
    plan = planned(text, {MODEL: "us/m"})
    assert steps(plan) == [(Action.ADOPT, MODEL)]
    assert not plan.writes
    assert plan.holding is not None
    assert plan.holding.claims == (Claim(MODEL, "us/m", Prior("us/m", '"us/m"')),)
    assert left_again(text, {MODEL: "us/m"}) == text.encode()


def test_what_can_only_be_ours_is_adopted_without_a_prior() -> None:
    """A value that only an earlier life of ours can have left is not given back when we leave."""
    text = '{"a": 1, "model": "us/m"}'
    plan = plan_document(document(text), {MODEL: "us/m"}, None, rules(ours_alone=True))
    assert plan.holding is not None
    assert plan.holding.claims == (Claim(MODEL, "us/m"),)
    gone = planned(text, {}, plan.holding)
    assert content(gone) == '{"a": 1}'


def test_a_takeover_keeps_the_users_own_spelling() -> None:
    """The prior is kept as the user had written it, and that spelling comes back."""
    text = '{\n  "model": "acm\\u0065/x", // mine\n}\n'
    plan = planned(text, {MODEL: "us/m"})
    assert plan.holding is not None
    assert plan.holding.claims == (Claim(MODEL, "us/m", Prior("acme/x", '"acm\\u0065/x"')),)
    assert content(plan) == '{\n  "model": "us/m", // mine\n}\n'
    leaving = planned(plan.content(), {}, plan.holding)
    assert steps(leaving) == [(Action.RESTORE, MODEL)]
    assert (leaving.changes[0].before, leaving.changes[0].after) == ("us/m", "acme/x")
    assert content(leaving) == text


def test_the_prior_survives_every_later_update() -> None:
    """However often our value changes, the user gets back what stood there at first."""
    text = '{"model": "acme/x"}'
    desires: list[Keys] = [{MODEL: "us/1"}, {MODEL: "us/2"}, {MODEL: "us/3"}]
    assert left_again(text, *desires) == text.encode()


def _instead(value: str, _: re.Match[str]) -> str:
    return value


def test_a_prior_leaves_with_its_claim_and_is_taken_anew() -> None:
    """Every scope move gives the user's own spelling back; what he chooses then is the next prior."""
    text = '{\n  "model": "acm\\u0065/x", // mine\n}\n'
    held, elsewhere = None, {key: value for key, value in ALL.items() if key != MODEL}
    for spelling in ('"acm\\u0065/x"', '"acm\\u0065/x"', "null", '"acme/\\u007a"'):
        text = re.sub(r'(?<="model": )[^,]*', partial(_instead, spelling), text, count=1)
        here = planned(text, ALL, held)
        assert here.holding is not None
        (prior,) = [claim.prior.text for claim in here.holding.claims if claim.key == MODEL]
        assert prior == spelling
        away = planned(here.content(), elsewhere, here.holding)
        assert away.holding is not None
        assert MODEL not in {claim.key for claim in away.holding.claims}
        text, held = str(content(away)), away.holding
        assert f'"model": {spelling}, // mine' in text
    assert content(planned(text, {}, held)) == '{\n  "model": "acme/\\u007a", // mine\n}\n'


def test_the_prior_survives_drift_and_mending() -> None:
    """A value that somebody put in between is not taken for the prior."""
    first = planned('{"model": "acme/x"}', {MODEL: "us/m"})
    mended = planned('{"model": "other/y"}', {MODEL: "us/m"}, first.holding)
    assert mended.holding == first.holding
    assert content(planned(mended.content(), {}, mended.holding)) == '{"model": "acme/x"}'


def test_drift_says_what_we_set_and_what_stands_there_now() -> None:
    """Drift is told apart from the change that mends it, with applied and present value."""
    first = planned("{}", {NPM: "@sdk"})
    text = str(content(first))
    plan = planned(text.replace("@sdk", "@other"), {NPM: "@sdk"}, first.holding)
    (drift,) = plan.drift
    assert (drift.key, drift.before, drift.after, drift.drift) == (NPM, "@sdk", "@other", True)
    (change,) = plan.changes
    assert (change.action, change.before, change.after) == (Action.UPDATE, "@other", "@sdk")
    assert content(plan) == text


def test_a_removed_key_is_drift_and_comes_back() -> None:
    """A claimed key that somebody took out is told as gone and created again."""
    first = planned('{"a": 1}', {MODEL: "us/m"})
    plan = planned('{"a": 1}', {MODEL: "us/m"}, first.holding)
    assert steps(plan) == [(Action.CREATE, MODEL)]
    assert (plan.drift[0].before, plan.drift[0].after) == ("us/m", ABSENT)


def test_a_released_activation_is_left_alone() -> None:
    """A `model` that the user pointed elsewhere is his: it stays, and our claim on it ends."""
    first = planned('{"model": "acme/x"}', ALL)
    text = str(content(first))
    edited = text.replace('"model": "us/m"', '"model": "other/y"', 1)
    leaving = planned(edited, {}, first.holding, '{"model": "acme/x"}')
    assert (Action.RELEASE, MODEL) in steps(leaving)
    assert content(leaving) == '{"model": "other/y"}'
    assert leaving.holding is None


def test_a_key_that_went_by_itself_is_forgotten() -> None:
    """Where nothing is left of ours, leaving writes nothing and says so."""
    first = planned('{"a": 1}', {MODEL: "us/m"})
    leaving = planned('{"a": 1}', {}, first.holding)
    assert steps(leaving) == [(Action.RELEASE, MODEL)]
    assert not leaving.writes
    assert leaving.holding is None


def test_a_users_own_key_beside_ours_survives_everything() -> None:
    """What we do not claim under our provider is left alone, also when we leave."""
    first = planned("{}", ALL)
    text = str(content(first))
    edited = text.replace('"npm": "@sdk",', '"npm": "@sdk",\n      "timeout": 5,')
    assert "timeout" in edited
    updated = planned(edited, {**ALL, NPM: "@sdk2"}, first.holding)
    assert "timeout" in (content(updated) or "")
    leaving = planned(updated.content(), {}, updated.holding)
    assert leaving.document.tree.value != {}
    assert content(leaving) == '{\n  "provider": {\n    "us": {\n      "timeout": 5\n    }\n  }\n}'


STYLES = {
    "empty file": "",
    "braces": "{}",
    "blank in braces": "{ }",
    "line in braces": "{\n}\n",
    "one line": '{"a":1}',
    "one line, blanks": '{ "a": 1 }\n',
    "one line, trailing comma": '{"a": 1,}',
    "two blanks": '{\n  "a": 1\n}\n',
    "four blanks": '{\n    "a": 1\n}\n',
    "tabs": '{\n\t"a": 1\n}\n',
    "no final newline": '{\n  "a": 1\n}',
    "carriage returns": '{\r\n  "a": 1\r\n}\r\n',
    "byte order mark": '\ufeff{\n  "a": 1\n}\n',
    "trailing comma": '{\n  "a": 1,\n}\n',
    "comment behind the last": '{\n  "a": 1 // why\n}\n',
    "comment behind the last comma": '{\n  "a": 1, // why\n}\n',
    "comment on its own line": '{\n  "a": 1\n  // the end\n}\n',
    "block comment at the end": '{\n  "a": 1 /* why */\n}\n',
    "comments around": '// top\n{\n  "a": 1\n}\n// bottom\n',
    "only a comment inside": "{\n  // nothing yet\n}\n",
    "only a block comment inside": "{ /* nothing yet */ }",
    "empty provider": '{\n  "provider": {}\n}\n',
    "empty provider, blank": '{ "provider": { } }',
    "provider with a comment": '{\n  "provider": {\n    // ours go here\n  }\n}\n',
    "other providers": '{\n  "provider": {\n    "acme": { "npm": "@acme" },\n  },\n}\n',
    "our provider, empty": '{"provider": {"us": {}}}',
    "our provider, his options": '{"provider": {"us": {"options": {"timeout": 5}}}}',
    "our model, his name": '{"provider": {"us": {"models": {"m": {"name": "mine"}}}}}',
    "his limit": '{"provider": {"us": {"models": {"m": {"limit": {"context": 1, "output": 2}}}}}}',
    "his model": '{\n  "model": "acme/x", // why\n  "small_model": "acme/y"\n}\n',
    "his schema": '{"$schema": "./mine.json"}',
    "our very entry": '{"provider": {"us": {"npm": "@sdk"}}, "model": "us/m"}',
    "members out of line": '{ "a": 1,\n      "b":2\n , "c" : 3 }',
}


@pytest.mark.parametrize("style", STYLES)
def test_leaving_gives_the_bytes_back(style: str) -> None:
    """Apply and leave with nothing in between is as if nothing had been, whatever the file looks like."""
    assert left_again(STYLES[style], ALL) == STYLES[style].encode()


@pytest.mark.parametrize("style", STYLES)
def test_leaving_gives_the_bytes_back_after_updates_too(style: str) -> None:
    """A model that comes, changes and goes in between leaves no trace either."""
    more: Keys = {
        **ALL,
        ("provider", "us", "models", "n", "limit", "context"): 1,
        ("provider", "us", "models", "n", "limit", "output"): 1,
        CONTEXT: 16,
    }
    fewer = {key: value for key, value in ALL.items() if "m" not in key}
    assert left_again(STYLES[style], ALL, more, fewer, ALL) == STYLES[style].encode()


@pytest.mark.parametrize("style", STYLES)
def test_only_claimed_keys_differ(style: str) -> None:
    """After applying, everything desired is there and everything else is as it was."""
    plan = planned(STYLES[style], ALL)
    tree = document(plan.content()).tree
    for key, value in ALL.items():
        node = tree.node(key)
        assert node is not None
        assert node.value == value
    assert plan.holding is not None
    assert {claim.key for claim in plan.holding.claims} == set(ALL)
    before = document(STYLES[style]).tree
    assert len(tree.comments) == len(before.comments)


def test_a_file_that_we_created_goes_when_we_leave() -> None:
    """Where there was no file, there is none afterwards."""
    assert left_again(None, ALL) is None


@pytest.mark.parametrize("addition", ['{"a": 1}', "{ /* mine */ }", "// mine\n{}"])
def test_a_file_that_we_created_stays_when_somebody_uses_it(addition: str) -> None:
    """Once the user keeps something of his own in the file, even a comment, it is not ours to remove."""
    first = planned(None, {MODEL: "us/m"})
    assert first.holding is not None
    assert first.holding.created_by_us
    edited = addition.replace("{", '{"model": "us/m", ' if '"a"' in addition else '{"model": "us/m"')
    leaving = planned(edited, {}, first.holding)
    assert not leaving.removes_file
    assert content(leaving) is not None


def test_containers_are_remembered_by_how_they_came() -> None:
    """An object that we created goes when it is empty; one of the user's gets its own spelling back."""
    created = planned('{"a": 1}', {NPM: "@sdk"}).holding
    assert created is not None
    assert created.containers == (Container(("provider",)),)
    filled = planned('{"provider": { }}', {NPM: "@sdk"}).holding
    assert filled is not None
    assert filled.containers == (Container(("provider",), "{ }"),)
    deeper = planned('{"provider": {"acme": {}}}', {NPM: "@sdk"}).holding
    assert deeper is not None
    assert deeper.containers == (Container(("provider", "us")),)


def test_an_emptied_object_of_the_users_stays() -> None:
    """An object that was not empty when we came is not removed when he empties it himself."""
    first = planned('{"provider": {"acme": 1}}', {NPM: "@sdk"})
    leaving = planned('{"provider": {"us": {"npm": "@sdk"}}}', {}, first.holding)
    assert content(leaving) == '{"provider": {}}'


@pytest.mark.parametrize("comment", ["/* keep me */", "// keep me\n"], ids=["block", "line"])
def test_a_comment_inside_an_object_of_ours_is_kept(comment: str) -> None:
    """A comment that somebody wrote into what we created is his, and so is the object around it."""
    first = planned('{"a": 1}', {NPM: "@sdk", ("provider", "us", "name"): "Us"})
    text = f'{{"a": 1, "provider": {{"us": {{"npm": "@sdk", "name": "Us" {comment}}}}}}}'
    leaving = planned(text, {}, first.holding)
    after = content(leaving)
    assert after is not None
    assert comment.strip() in after
    assert "@sdk" not in after
    assert leaving.holding is None


@pytest.mark.parametrize("gone", [None, "{}", '{"a": 1}'], ids=["file", "everything in it", "the object"])
def test_an_object_that_its_owner_took_out_is_given_back_no_more(gone: str | None) -> None:
    """What we make anew in the place of what he removed is ours, and goes with us."""
    first = planned('{"a": 1, "provider": { /* mine */ }}', {NPM: "@sdk"})
    assert first.holding is not None
    assert first.holding.containers == (Container(("provider",), "{ /* mine */ }"),)
    second = planned(gone, {NPM: "@sdk"}, first.holding)
    assert planned(second.content(), {}, second.holding).content() == (
        None if gone is None else gone.encode()
    )


def test_a_comment_in_the_file_does_not_keep_our_objects() -> None:
    """Comments elsewhere are no reason to leave empty objects behind."""
    text = '{\n  // mine\n  "a": 1 /* too */\n}\n'
    assert left_again(text, ALL) == text.encode()


def test_a_limit_goes_as_a_whole() -> None:
    """Half of a `limit` would make the target refuse its configuration, so none of it stays."""
    first = planned('{"provider": {"us": {"models": {"m": {"x": 1}}}}}', {CONTEXT: 8, OUTPUT: 4})
    edited = (
        '{"provider": {"us": {"models": {"m": {"x": 1, "limit": {"context": 8, "output": 4, "input": 2}}}}}}'
    )
    leaving = planned(edited, {}, first.holding)
    assert content(leaving) == '{"provider": {"us": {"models": {"m": {"x": 1}}}}}'


def test_a_sensitive_prior_is_named_and_not_kept() -> None:
    """What stood at the key's place is remembered by the backup that holds it, never by itself."""
    secret = "gp-" + "s" * 30
    text = f'{{"provider": {{"us": {{"options": {{"apiKey": /* mine */ "{secret}"}}}}}}}}'
    plan = planned(text, ALL)
    assert plan.holding is not None
    claim = next(claim for claim in plan.holding.claims if claim.key == SECRET_KEY)
    assert claim.prior == Prior(backup=document(text).fingerprint)
    change = next(change for change in plan.changes if change.key == SECRET_KEY)
    assert (change.before, change.after) == (SENSITIVE, SENSITIVE)
    assert secret not in repr(plan)
    leaving = planned(plan.content(), {}, plan.holding, text)
    assert secret not in repr(leaving)
    assert secret not in repr(leaving.changes)
    assert content(leaving) == text


def test_without_its_backup_a_sensitive_prior_can_only_go() -> None:
    """When the backup is gone the key is removed, and the reason says what is lost."""
    text = '{"provider": {"us": {"options": {"apiKey": "old", "timeout": 5}}}}'
    plan = planned(text, {SECRET_KEY: "{file:~/key}"})
    leaving = planned(plan.content(), {}, plan.holding, None)
    assert steps(leaving) == [(Action.DELETE, SECRET_KEY)]
    assert "backup" in leaving.changes[0].reason
    assert content(leaving) == '{"provider": {"us": {"options": {"timeout": 5}}}}'


def test_sensitive_drift_is_never_shown() -> None:
    """A raw key that somebody put in place of the binding shows neither as change nor as drift."""
    secret = "gp-" + "s" * 30
    first = planned("{}", ALL)
    text = str(content(first))
    plan = planned(text.replace("{file:~/key}", secret), ALL, first.holding)
    assert [(drift.before, drift.after) for drift in plan.drift] == [(SENSITIVE, SENSITIVE)]
    assert secret not in repr(plan)
    gone = planned(text.replace('"apiKey": "{file:~/key}",', ""), ALL, first.holding)
    assert [(drift.before, drift.after) for drift in gone.drift] == [(SENSITIVE, ABSENT)]


@pytest.mark.parametrize(
    ("text", "desired", "line", "column", "words"),
    [
        ('{\n  "provider": []\n}', {NPM: "@sdk"}, 2, 15, ("provider", "not an object")),
        ('{"provider": {\n "us": "x"}}', {NPM: "@sdk"}, 2, 8, ("provider.us", "not an object")),
        ('{"provider": null}', {NPM: "@sdk"}, 1, 14, ("provider", "not an object")),
        ('{"model": "a",\n"model": "b"}', {MODEL: "us/m"}, 2, 10, ("model", "twice")),
        ('{"provider": {},\n "provider": {"a": 1}}', {NPM: "@sdk"}, 2, 14, ("provider", "twice")),
        ('{"provider": {"us": {"npm": 1,\n"npm": 2}}}', {NPM: "@sdk"}, 2, 8, ("provider.us.npm", "twice")),
    ],
)
def test_a_value_in_the_way_blocks_with_its_place(
    text: str, desired: Keys, line: int, column: int, words: tuple[str, str]
) -> None:
    """A parent that is no object, or a key that stands there twice, stops with line and column."""
    with pytest.raises(Stop) as caught:
        planned(text, desired)
    (blocker,) = caught.value.blockers
    assert blocker.code == "config_value_in_the_way"
    assert blocker.place is not None
    assert (blocker.place.file, blocker.place.line, blocker.place.column) == (str(PATH), line, column)
    assert all(word in blocker.message for word in words)
    assert blocker.remedy
    assert not caught.value.failed


def test_a_value_in_the_way_is_never_quoted() -> None:
    """The message names the place and not the value, which may be a secret."""
    with pytest.raises(Stop) as caught:
        planned('{"provider": "gp-secretsecret"}', {NPM: "@sdk"})
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(caught.value)


def test_what_is_twice_elsewhere_does_not_block() -> None:
    """A doubled key that is none of ours is the user's affair."""
    text = '{"a": 1, "a": 2, "b": {"c": 1, "c": 2}}'
    assert left_again(text, ALL) == text.encode()


def test_in_an_unwritten_key_nothing_is_in_the_way() -> None:
    """A doubled key whose last value is already right is read as every reader does."""
    plan = planned('{"model": "x", "model": "us/m"}', {MODEL: "us/m"})
    assert steps(plan) == [(Action.ADOPT, MODEL)]


def test_changes_come_in_the_order_of_the_desire() -> None:
    """Desired keys first, in their order, then the claims that are no longer wanted."""
    first = planned("{}", {MODEL: "us/m", NPM: "@sdk"})
    plan = planned(first.content(), {SCHEMA: "s", NPM: "@new"}, first.holding)
    assert steps(plan) == [(Action.CREATE, SCHEMA), (Action.UPDATE, NPM), (Action.DELETE, MODEL)]


def test_a_holding_lives_as_long_as_a_claim() -> None:
    """Role, path and origin of a document are remembered until its last claim goes."""
    first = planned(None, {MODEL: "us/m", NPM: "@sdk"})
    assert first.holding is not None
    assert (first.holding.role, first.holding.path, first.holding.created_by_us) == (ROLE, str(PATH), True)
    fewer = planned(first.content(), {MODEL: "us/m"}, first.holding)
    assert fewer.holding is not None
    assert fewer.holding.created_by_us
    assert fewer.holding.containers == ()
    assert planned(fewer.content(), {}, fewer.holding).holding is None
