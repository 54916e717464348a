"""What is made of observations: findings by values alone, whatever a MiMoCode may print."""

import json
import random
from typing import Any, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.commands.audit import made_up
from reconciler.mimocode.audit.cases import Observation, Silence
from reconciler.mimocode.audit.experiments import experiments, tree
from reconciler.mimocode.audit.judge import findings
from reconciler.mimocode.audit.probes import PROBES, Feature, Finding, failing, resting_on, switched_off
from reconciler.mimocode.audit.wire import Request
from reconciler.mimocode.launcher import Output

SUBJECT: Final = made_up("0123456789abcdef")
ALL: Final = {one.name: one for one in experiments(SUBJECT, "http://127.0.0.1:1")}


def seen(name: str, *answers: Output | Silence, **more: Any) -> dict[str, Observation]:  # noqa: ANN401 - any field
    """Give what one experiment might have given."""
    given_ = {file: text.encode() for file, text in ALL[name].files.items()}
    whole: dict[str, Any] = {"before": given_, "after": given_, "seconds": 2.04, **more}
    return {name: Observation("/t/x", answers, **whole)}


def told(found: dict[str, Observation]) -> dict[str, Finding]:
    """Judge the probes that rest on it."""
    return {one.probe.id: one for one in findings(SUBJECT, found, resting_on(frozenset(found)))}


def printed(value: object, exit_code: int = 0) -> Output:
    """Give what a launch printed."""
    return Output(exit_code, (value if isinstance(value, str) else json.dumps(value)).encode(), b"")


def test_few_launches_prove_all_of_it() -> None:
    """Launches are what an audit waits for: a dozen of some seconds, two at a time, is within a minute."""
    assert sum(len(one.launches) for one in ALL.values()) <= 12


def test_every_probe_shows_in_an_experiment_that_there_is() -> None:
    """And no experiment is carried out for nothing."""
    assert {probe.rests_on for probe in PROBES} == set(ALL)


def test_an_experiment_that_was_not_carried_out_tells_nothing() -> None:
    """Nothing holds by default."""
    assert {one.held for one in findings(SUBJECT, {})} == {None}


@pytest.mark.parametrize("name", ALL)
def test_silence_is_no_proof(name: str) -> None:
    """Where MiMoCode was killed for its silence nothing holds, and the reason is what was seen."""
    found = told(seen(name, *[Silence("no answer within 40 seconds")] * 2))
    assert {one.held for one in found.values()} <= {None, False}
    assert all(one.seen for one in found.values())
    assert all(one.seconds == 2.0 for one in found.values())


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("output", [Output(0, b"", b""), Output(1, b"}{", b"x"), Output(-9, b"\xff", b"")])
def test_nonsense_is_no_proof(name: str, output: Output) -> None:
    """Nothing holds."""
    assert {one.held for one in told(seen(name, output, output)).values()} <= {None, False}


def test_the_entry_must_come_out_key_by_key() -> None:
    """What differs is named with what was found."""
    config = tree({**SUBJECT.keys, SUBJECT.secret_key: SUBJECT.secret})
    assert told(seen("entry", printed(config)))["entry_resolved"].held is True
    config["model"] = "acme/other"
    found = told(seen("entry", printed(config)))["entry_resolved"]
    assert (found.held, found.seen) == (False, 'model is "acme/other"')


def test_the_made_up_key_is_never_told() -> None:
    """Neither whole nor cut off."""
    for text in (SUBJECT.secret, SUBJECT.secret[:30], SUBJECT.secret + "-and-more"):
        found = told(seen("quiet", printed(f"0.2.0 {text}"), printed("")))["version_text"]
        assert found.held is False
        assert "0123456789" not in found.seen
        assert "(the made-up key)" in found.seen


def test_what_was_seen_is_short_and_on_one_line() -> None:
    """However much was printed."""
    found = told(seen("quiet", printed("line\n" * 1000, 1), printed("")))["version_text"]
    assert len(found.seen) == 160
    assert "\n" not in found.seen


def wired(*requests: Request, **more: Any) -> dict[str, Finding]:  # noqa: ANN401 - any field
    """Judge what was sent."""
    return told(seen("wire", printed("pong"), requests=requests, **more))


def prompt(**more: Any) -> Request:  # noqa: ANN401 - any member of a body
    """Give a request as it should be."""
    body = {"model": SUBJECT.models[0], "stream": True, **more}
    headers = (("authorization", f"Bearer {SUBJECT.secret}"),)
    return Request("POST", "/v1/chat/completions", headers, json.dumps(body).encode())


def test_a_request_as_it_should_be_lets_the_whole_wire_hold() -> None:
    """The other probes each fail for a reason of their own."""
    assert {one.held for one in wired(prompt()).values()} == {True}
    assert not wired(prompt(), prompt(prompt_cache_key="x"))["wire_no_cache_key"].held
    assert not wired(prompt(), prompt(model="short"))["wire_model"].held
    assert not wired(attrs.evolve(prompt(), headers=()))["wire_bearer"].held
    assert not wired(prompt(stream=False))["wire_request"].held
    assert not wired(prompt(), leaks=("home/log",))["key_stays"].held
    assert not wired(prompt(), refused=(attrs.evolve(prompt(), method="GET"),))["key_stays"].held


def test_without_a_request_only_that_is_told() -> None:
    """The other probes of the wire cannot be."""
    found = wired()
    assert found.pop("wire_request").held is False
    assert {one.held for one in found.values()} == {None}


def test_features_are_off_where_an_optional_probe_does_not_hold_or_was_not_told() -> None:
    """A required one that fails keeps the whole from being relied on instead."""
    good = tuple(Finding(probe, held=True, seen="") for probe in PROBES)
    assert (failing(good), switched_off(good)) == ((), ())
    for held in (False, None):
        for number, one in enumerate(good):
            found = (*good[:number], attrs.evolve(one, held=held), *good[number + 1 :])
            off = () if one.probe.required else (Feature.FORESIGHT, Feature.EXPLAIN)
            assert switched_off(found) == off
            assert [bad.probe.id for bad in failing(found)] == ([one.probe.id] if one.probe.required else [])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(ALL)), VALUES, st.binary(max_size=40), st.integers(0, 10**6))
def test_whatever_is_printed_something_is_told(name: str, value: object, rubbish: bytes, seed: int) -> None:
    """Any JSON in the place of any part of a right answer, or any bytes at all."""
    config: Any = tree({**SUBJECT.keys, SUBJECT.secret_key: SUBJECT.secret})
    chance = random.Random(seed)  # noqa: S311 - inputs for a test
    here = config
    while isinstance(here, dict) and here:
        key = chance.choice(list(here))
        if not isinstance(here[key], dict) or chance.random() < 0.3:
            here[key] = value
            break
        here = here[key]
    request = Request("POST", "/v1/chat/completions", (), json.dumps(value).encode())
    for output in (printed(config), printed(value), Output(0, rubbish, b"")):
        found = findings(SUBJECT, seen(name, output, output, requests=(request,)), PROBES)
        assert all(len(one.seen) <= 160 for one in found)


def test_the_experiments_are_data_that_leads_nowhere_else() -> None:
    """No file lies outside of the folder, and something is asked in each."""
    for one in ALL.values():
        assert not any(name.startswith(("/", "..")) for name in one.files)
        assert one.launches


def test_a_subject_hides_its_key() -> None:
    """No traceback shows it, nor the texts that hold it."""
    assert SUBJECT.secret not in repr(SUBJECT)
    assert all(SUBJECT.secret not in repr(one) for one in ALL.values())
