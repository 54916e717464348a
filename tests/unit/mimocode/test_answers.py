"""Reading MiMoCode's answers: the model list, its refusals, what it resolves and who is to blame."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from reconciler import jsonc
from reconciler.engine.problems import Blocker, Place
from reconciler.engine.values import ABSENT
from reconciler.mimocode import model_list, refusals
from reconciler.mimocode.expectations import (
    Expectations,
    Mismatch,
    mismatches,
    parse_resolved,
    secret_mismatch,
)
from reconciler.mimocode.facts import leaves_schema_alone
from reconciler.mimocode.judging import Bench, judge
from reconciler.mimocode.launcher import Output
from reconciler.mimocode.layers import Layer
from reconciler.mimocode.signs import MANAGED, REMOTE, Sign
from reconciler.mimocode.substitution import fill

SECRET = "gp-" + "s" * 20
API_KEY = ("provider", "gonkagate", "options", "apiKey")
BASE_URL = ("provider", "gonkagate", "options", "baseURL")
LISTING = """\
acme/kimi
gonkagate/a
gonkagate/b/c — window 262K, compacts at 236K
gonkagate/d — window 262K, budget 100K, compacts at 90K
gonkagate/e — window 1 — window 2K, compacts at 1K
gonkagatex/no
 gonkagate/indented
Gonkagate/case
prefix gonkagate/x
"""


def test_models_are_listed_by_exact_lines() -> None:
    """A remark on the window is no part of an id; a part of a line is no line."""
    found = model_list.listed(Output(0, LISTING.encode(), b""), "gonkagate")
    assert found == {"a", "b/c", "d", "e — window 1"}


def test_a_provider_that_is_not_listed_has_no_models() -> None:
    """The exit code is 0 even then, so it is not asked."""
    assert model_list.listed(Output(0, b"", b"Provider not found: gonkagate"), "gonkagate") == frozenset()
    assert model_list.listed(Output(1, b"gonkagate/a\n", b""), "gonkagate") == {"a"}
    assert model_list.listed(Output(0, b"\xff\xfe\ngonkagate/a", b""), "gonkagate") == {"a"}


def layer(text: str, file: str | None = "/g/mimocode.jsonc", variable: str | None = None) -> Layer:
    """Make a layer of a text."""
    path = None if file is None else Path(file)
    return Layer("user" if path else "variable", path, variable, jsonc.parse(text.encode()))


def refused(stderr: str, *files: str) -> tuple[str, str | None]:
    """Give the whole blocker as text, and the file it names."""
    blocker = refusals.explain(Output(1, b"", stderr.encode()), [layer("{}", file) for file in files])
    assert blocker.code == "resolved_config_unreadable"
    return repr(blocker), None if blocker.place is None else blocker.place.file


INPUT = f'--- JSONC Input ---\n{{"apiKey": "{SECRET}"}},,\n--- Errors ---\n'
REFUSALS = {
    "syntax": f"\x1b[91m\x1b[1mError: \x1b[0mConfig file at /g/a.json is not valid JSON(C): \n{INPUT}",
    "reference": 'Configuration is invalid at /g/a.json: bad file reference: "{file:~/k}" does not exist',
    "schema": f"Configuration is invalid at /g/a.json\n↳ Unrecognized key: {SECRET}",
    "unknown": f"Unexpected error, check log file\n\n{SECRET}",
    "nothing": "",
}


@pytest.mark.parametrize("shape", REFUSALS)
def test_a_refusal_never_repeats_what_mimocode_said(shape: str) -> None:
    """Its message can hold the whole configuration with the key in it; only a known path is taken out."""
    text, file = refused(REFUSALS[shape], "/g/other.json", "/g/a.json")
    assert SECRET not in text
    assert file == (None if shape in ("unknown", "nothing") else "/g/a.json")


@pytest.mark.parametrize("shape", ["syntax", "reference", "schema"])
def test_a_path_that_is_no_layer_of_ours_is_not_named(shape: str) -> None:
    """What looks like a path in a message may be anything, so it must be one that we know."""
    text, file = refused(REFUSALS[shape], "/g/other.json")
    assert file is None
    assert "/g/a.json" not in text
    crafted = REFUSALS[shape].replace("/g/a.json", SECRET)
    assert SECRET not in refused(crafted, "/g/a.json")[0]


def expectations(**more: Any) -> Expectations:  # noqa: ANN401 - fields of a class
    """Expect a small set-up."""
    fields: dict[str, Any] = {
        "provider": "gonkagate",
        "values": {("model",): "gonkagate/a", BASE_URL: "https://api", ("provider", "gonkagate", "n"): 1},
        "secret_key": API_KEY,
        "secret": SECRET,
        "models": ("a", "b"),
        "chosen": ("a", "a"),
        "ours": frozenset({Path("/g/mimocode.jsonc")}),
    }
    return Expectations(**{**fields, **more})


def resolved(**more: object) -> dict[str, Any]:
    """Give an answer in which everything is right, and more."""
    provider = {"options": {"apiKey": SECRET, "baseURL": "https://api"}, "n": 1.0}
    return {"model": "gonkagate/a", "provider": {"gonkagate": provider}, **more}


@pytest.mark.parametrize(
    "output",
    [
        Output(1, b"{}", b""),
        Output(0, b"", b""),
        Output(0, b"{", b""),
        Output(0, b"[]", b""),
        Output(0, b"null", b""),
        Output(0, b"\xff", b""),
        Output(0, b"[" * 100_000, b""),
        Output(0, json.dumps(resolved()).encode()[:-5], b""),
    ],
)
def test_what_is_no_configuration_is_none(output: Output) -> None:
    """A failed launch, a truncated answer, anything but an object."""
    assert parse_resolved(output) is None


def test_a_configuration_is_read() -> None:
    """An exit code of 0 and one JSON object."""
    assert parse_resolved(Output(0, json.dumps(resolved()).encode() + b"\n", b"x")) == resolved()


def test_everything_as_expected_is_no_mismatch() -> None:
    """1 and 1.0 are one number; what is there besides does not matter."""
    assert mismatches(resolved(extra=1), expectations()) == ()


def test_every_difference_is_a_mismatch() -> None:
    """Missing, different and of another kind, each with what was expected and found."""
    answer = resolved(model="acme/x")
    answer["provider"]["gonkagate"] = {"n": True, "options": {"apiKey": SECRET}}
    assert mismatches(answer, expectations()) == (
        Mismatch(("model",), "gonkagate/a", "acme/x"),
        Mismatch(BASE_URL, "https://api", ABSENT),
        Mismatch(("provider", "gonkagate", "n"), 1, True),  # noqa: FBT003 - a JSON value
    )


@pytest.mark.parametrize("held", ["gp-another-secret", "", 3, None, ["x"], "\ud800", "é"])
def test_another_key_is_told_without_telling_it(held: object) -> None:
    """The resolved key is compared and never shown."""
    answer = resolved()
    answer["provider"]["gonkagate"]["options"]["apiKey"] = held
    assert mismatches(answer, expectations()) == ()
    wrong = secret_mismatch(answer, expectations())
    assert wrong is not None
    assert wrong.key == API_KEY
    assert "another-secret" not in repr(wrong)
    assert SECRET not in repr(wrong)
    (blocker,) = blame((wrong,), ())
    assert SECRET not in repr(blocker)
    assert "stored key" in blocker.message


def test_expectations_do_not_show_the_key() -> None:
    """Printing them tells everything else."""
    assert SECRET not in repr(expectations())


def blame(wrong: Iterable[Mismatch], layers: tuple[Layer, ...]) -> list[Blocker]:
    """Say which layer is to blame for what MiMoCode answered."""
    return Bench(expectations(), layers).blame(wrong)


def test_the_layer_that_decides_is_blamed_with_its_place() -> None:
    """The first layer that has the key decides it; file, line and column lead there."""
    above = layer('{\n  "model": "acme/x"\n}', "/p/.mimocode/mimocode.json")
    (blocker,) = blame(
        (Mismatch(("model",), "gonkagate/a", "acme/x"),),
        (above, layer('{"model": "gonkagate/a"}')),
    )
    assert blocker.code == "overridden_by_layer"
    assert str(blocker.place) == "/p/.mimocode/mimocode.json:2:12"
    assert "acme/x" in blocker.message
    assert "gonkagate/a" in blocker.message
    assert "model" in blocker.remedy


def test_a_variable_is_blamed_by_its_name() -> None:
    """A value that a variable holds has no line."""
    above = layer('{"model": "acme/x"}', None, "MIMOCODE_CONFIG_CONTENT")
    (blocker,) = blame((Mismatch(("model",), "gonkagate/a", "acme/x"),), (above,))
    assert str(blocker.place) == "variable MIMOCODE_CONFIG_CONTENT"


def test_our_own_file_is_never_blamed() -> None:
    """Where our file has the last word and yet another value comes out, the cause is out of sight."""
    for layers in ((), (layer('{"model": "gonkagate/a"}'),)):
        (blocker,) = blame((Mismatch(("model",), "gonkagate/a", ABSENT),), layers)
        assert blocker.code == "overridden_by_unknown_layer"
        assert "resolves no model" in blocker.message


def test_one_layer_that_breaks_everything_is_not_told_a_hundred_times() -> None:
    """Blame is bounded a layer, and the first ones are told."""
    wrong = [Mismatch((f"k{number}",), 1, 2) for number in range(100)]
    above = layer(json.dumps({f"k{number}": 2 for number in range(100)}), "/p/mimocode.json")
    assert 0 < len(blame(wrong, (above,))) <= 5
    mixed = blame([*wrong, Mismatch(("z",), 1, ABSENT)], (above,))
    assert {blocker.code for blocker in mixed} == {"overridden_by_layer", "overridden_by_unknown_layer"}


GATES = {
    "nothing": ({}, []),
    "disabled": ({"disabled_providers": ["x", "gonkagate"]}, ["provider_disabled"]),
    "disabled others": ({"disabled_providers": ["x", "gonkagate2"]}, []),
    "enabled": ({"enabled_providers": ["gonkagate"]}, []),
    "not enabled": ({"enabled_providers": []}, ["provider_not_enabled"]),
    "both": (
        {"disabled_providers": ["gonkagate"], "enabled_providers": ["x"]},
        ["provider_disabled", "provider_not_enabled"],
    ),
    "allowed": ({"whitelist": ["a"]}, []),
    "not allowed": ({"whitelist": ["b"]}, ["model_not_allowed"]),
    "nothing allowed": ({"whitelist": []}, ["model_not_allowed"]),
    "forbidden": ({"blacklist": ["a"]}, ["model_blocked"]),
    "another forbidden": ({"blacklist": ["b"]}, []),
    "lists that are none": ({"disabled_providers": "gonkagate", "whitelist": {"b": 1}}, []),
}


@pytest.mark.parametrize("case", GATES)
def test_gates_are_told_by_their_own_codes(case: str) -> None:
    """A list that keeps the provider or the chosen model out is named with its place; each model once."""
    settings, codes = GATES[case]
    assert isinstance(settings, dict)
    inside = {name: value for name, value in settings.items() if name.endswith("list")}
    outside = {name: value for name, value in settings.items() if name not in inside}
    answer = resolved(**outside)
    answer["provider"]["gonkagate"].update(inside)
    above = layer(json.dumps({**outside, "provider": {"gonkagate": inside}}), "/p/mimocode.json")
    ours = layer(json.dumps({"provider": {"gonkagate": {"options": {"apiKey": "{file:~/k}"}}}}))
    blockers = judge(answer, expectations(), (above, ours)).blockers
    assert [blocker.code for blocker in blockers] == codes
    for blocker in blockers:
        assert blocker.place is not None
        assert blocker.place.file == "/p/mimocode.json"
        assert blocker.place.line == 1


FETCHED = Sign(REMOTE, "settings are fetched", Place(file="/d/auth.json"))
PREFERRED = Sign(MANAGED, "there are preferences", Place(file="/Library/x.plist"))
OURS = layer('{"model": "gonkagate/a", "provider": {"gonkagate": {"options": {"apiKey": "{file:~/k}"}}}}')


def test_signs_are_told_where_nothing_else_explains_an_answer() -> None:
    """What is fetched ranks below ours: it can close a gate, and cannot set another model."""
    answer = resolved(model="acme/x", disabled_providers=["gonkagate"])
    signs = (PREFERRED, FETCHED)
    gate, model = judge(answer, expectations(), (OURS,), signs=signs).blockers
    assert (gate.code, model.code) == ("provider_disabled", "overridden_by_unknown_layer")
    assert gate.place == model.place == PREFERRED.place
    assert all(sign.sentence in gate.message for sign in signs)
    assert PREFERRED.sentence in model.message
    assert FETCHED.sentence not in model.message
    gate, model = judge(answer, expectations(), (OURS,)).blockers
    assert (gate.place, model.place) == (None, None)


def test_a_header_that_no_layer_explains_is_told() -> None:
    """It would be sent instead of the key, wherever it comes from."""
    answer = resolved()
    answer["provider"]["gonkagate"]["options"]["headers"] = {"AUTHORIZATION": "Bearer x"}
    (blocker,) = judge(answer, expectations(), (OURS,)).blockers
    assert blocker.code == "overridden_by_unknown_layer"
    assert "Bearer" not in repr(blocker)


def test_a_right_key_from_another_layer_is_a_trap() -> None:
    """It is used until it differs, and the stored one is not."""
    above = layer(
        json.dumps({"provider": {"gonkagate": {"options": {"apiKey": SECRET}}}}), "/p/mimocode.json"
    )
    judged = judge(resolved(), expectations(), (above, OURS))
    (blocker,) = judged.blockers
    assert (blocker.code, judged.key_is_ours, judged.wrong) == ("overridden_by_layer", False, False)
    assert str(blocker.place).startswith("/p/mimocode.json:1:")
    assert SECRET not in repr(blocker)
    (blocker,) = judge(resolved(), expectations(), ()).blockers
    assert blocker.code == "overridden_by_unknown_layer"


def test_another_key_in_the_key_file_is_told_as_such() -> None:
    """The binding is ours, so no layer is to blame."""
    answer = resolved()
    answer["provider"]["gonkagate"]["options"]["apiKey"] = "gp-unit-0002"
    wanted = expectations(secret_file=Path("/k"))
    (blocker,) = judge(answer, wanted, (OURS,), secret_held=False).blockers
    assert str(blocker.place) == "/k"
    (blocker,) = judge(answer, wanted, (OURS,)).blockers
    assert blocker.code == "overridden_by_unknown_layer"


def test_a_value_that_was_filled_in_is_not_shown() -> None:
    """It may be a secret of somebody's; a value beside it that stands there in plain text is shown."""
    data = b'{"model": "{env:M}", "provider": {"gonkagate": {"n": 2}}}'
    filled = fill(data, Path("/p"), Path("/h"), {"M": "acme/hidden"})
    above = Layer("home", Path("/p/mimocode.json"), None, jsonc.parse(data), filled)
    wrong = (
        Mismatch(("model",), "gonkagate/a", "acme/hidden"),
        Mismatch(("provider", "gonkagate", "n"), 1, 2),
    )
    model, number = blame(wrong, (above, OURS))
    assert "hidden" not in repr(model)
    assert str(model.place) == "/p/mimocode.json:1:11"
    assert " to 2, not to 1" in number.message
    address = layer(
        '{"provider": {"gonkagate": {"options": {"baseURL": "https://me:hidden@x"}}}}', "/p/m.json"
    )
    (blocker,) = blame([Mismatch(BASE_URL, "https://api", "https://me:hidden@x")], (address, OURS))
    assert "hidden" not in repr(blocker)
    assert "@x" in blocker.message
    unreadable = Layer("home", Path("/p/mimocode.jsonc"), None, None)
    (blocker,) = blame(wrong[:1], (unreadable, OURS))
    assert "hidden" not in repr(blocker)


@pytest.mark.parametrize(
    ("schema", "alone"),
    [
        (ABSENT, 0),
        (None, 0),
        ("", 0),
        (3, 0),
        ("https://opencode.ai/config.json", 0),
        ("https://mimo.xiaomi.com/mimocode/config.json", 1),
        ("./s.json", 1),
        ("https://opencode.ai/config.json#", 1),
    ],
)
def test_which_schema_keeps_a_file_from_being_rewritten(schema: object, alone: int) -> None:
    """Any text but an empty one and the other program's."""
    assert leaves_schema_alone(schema) is bool(alone)
