"""Fail closed at the catalog: whatever the gateway answers, nothing is written but for a usable catalog."""

import json
from typing import Any

import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import Answer, HangUpError, Request, error_answer
from tests.support.cases import standin_case
from tests.support.documents import KIMI, read, ref
from tests.support.pictures import users_files
from tests.support.refusals import refusal, untouched_by
from tests.support.sandbox import Sandbox

APPLY = ("apply", "--scope", "user", "--yes", "--json")
JSON = {"Content-Type": "application/json"}


def _hang_up(_: Request) -> Answer:
    raise HangUpError


def _cut_short(_: Request) -> Answer:
    return 200, {**JSON, "Content-Length": "5000"}, b'{"object": "list", "data": ['


def _elsewhere(_: Request) -> Answer:
    return 302, {"Location": "https://example.com/v1/models"}, b""


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (error_answer(500, "Internal error", "internal"), "500"),
        standin_case(error_answer(402, "Payment required", "no_balance"), "402"),
        standin_case(error_answer(429, "Too many requests", "rate_limited"), "429"),
        standin_case(error_answer(404, "Not found", "unknown_url"), "404"),
        standin_case((503, {}, b""), "503"),
        standin_case(_elsewhere, "302"),
        standin_case(_hang_up, "reached"),
        standin_case(_cut_short, "reached"),
    ],
    ids=["500", "402", "429", "404", "503", "redirect", "hang-up", "cut short"],
)
def test_an_unreachable_catalog_stops_the_run(machine: Sandbox, answer: Any, says: str) -> None:  # noqa: ANN401
    """Every answer but 200 counts as no catalog, and is told by its status."""
    machine.gateway.models_answer = answer
    before = users_files(machine)
    blocker = refusal(machine.run(*APPLY, key=CANARY_KEY), "catalog_unreachable")
    assert says in blocker["message"]
    assert untouched_by(machine, before)
    assert machine.gateway.other_hosts == []


@pytest.mark.parametrize(
    "environment",
    [
        {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"},
        standin_case({"HTTPS_PROXY": "nonsense://", "https_proxy": "nonsense://"}),
        standin_case({"SSL_CERT_FILE": None}),
        standin_case({"SSL_CERT_FILE": "/nonexistent.pem"}),
    ],
    ids=["nobody listens", "not a proxy", "a certificate nobody vouches for", "no such certificate file"],
)
def test_a_gateway_that_cannot_be_reached_stops_the_run(
    machine: Sandbox, environment: dict[str, str | None]
) -> None:
    """No connection, no proxy, no trust: the remedy names the variables that matter."""
    before = users_files(machine)
    blocker = refusal(machine.run(*APPLY, key=CANARY_KEY, env=environment), "catalog_unreachable")
    assert "HTTPS_PROXY" in blocker["remedy"]
    assert untouched_by(machine, before)


def _listing(*ids: object) -> bytes:
    return json.dumps({"object": "list", "data": [{"id": one} for one in ids]}).encode()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        standin_case(b"<html>Sign in to the network</html>", "catalog_malformed"),
        standin_case(b"", "catalog_malformed"),
        standin_case(b"\xff\xfe{}", "catalog_malformed"),
        standin_case(b"[" * 100_000, "catalog_malformed"),
        standin_case(b"[]", "catalog_malformed"),
        standin_case(b'{"data": {}}', "catalog_malformed"),
        standin_case(b'{"data": ["moonshotai/kimi-k2.6"]}', "catalog_malformed"),
        standin_case(b'{"data": [{"name": "no id"}]}', "catalog_malformed"),
        standin_case(_listing(5), "catalog_malformed"),
        standin_case(_listing(""), "catalog_malformed"),
        (b'{"object": "list", "data": []}', "catalog_empty"),
        standin_case(_listing("constructor", "toString", "__proto__"), "catalog_empty"),
        standin_case(b" " * (17 * 1024 * 1024), "catalog_too_large"),
        standin_case(_listing(*(f"a/m{number}" for number in range(20_001))), "catalog_too_large"),
        standin_case(_listing("a/b", "{env:HOME}"), "catalog_unsafe"),
        standin_case(_listing("a/{file:~/.ssh/id_rsa}"), "catalog_unsafe"),
        standin_case(_listing("a/b\nc/d"), "catalog_unsafe"),
        standin_case(_listing("a/\x1b[31mred"), "catalog_unsafe"),
        standin_case(_listing("a/\u202etxt"), "catalog_unsafe"),
        standin_case(_listing(" a/b"), "catalog_unsafe"),
        standin_case(_listing("a/" + "b" * 300), "catalog_unsafe"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:24]),
)
def test_a_catalog_that_cannot_be_used_stops_the_run(machine: Sandbox, body: bytes, code: str) -> None:
    """Malformed, empty, too large, unsafe to write: each has its code, and its text is never shown raw."""
    machine.gateway.catalog = body
    before = users_files(machine)
    result = machine.run(*APPLY, key=CANARY_KEY)
    blocker = refusal(result, code)
    assert blocker["message"].isprintable()
    assert untouched_by(machine, before)
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize("flag", ["--model", standin_case("--small-model")])
@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("moonshotai/kimi-k2", KIMI),
        standin_case("kimi-k2.6", KIMI),
        standin_case("MOONSHOTAI/KIMI-K2.6", KIMI),
        standin_case("gonkagate/moonshotai/kimi-k2.7", KIMI),
    ],
)
def test_a_model_that_is_not_in_the_catalog_is_refused_with_near_matches(
    machine: Sandbox, flag: str, asked: str, near: str
) -> None:
    """The id is never guessed; what it could have been is named."""
    before = users_files(machine)
    blocker = refusal(machine.run(*APPLY, flag, asked, key=CANARY_KEY), "model_not_in_catalog")
    assert near in blocker["message"]
    assert untouched_by(machine, before)


@pytest.mark.standin
def test_a_model_that_is_like_none_is_refused_as_well(machine: Sandbox) -> None:
    """Without near matches the message says how many there are; control characters are not repeated."""
    result = machine.run(*APPLY, "--model", "\x1b[31mzzzz", key=CANARY_KEY)
    blocker = refusal(result, "model_not_in_catalog")
    assert "4 models" in blocker["message"]
    assert "\x1b" not in result.stdout


@pytest.mark.standin
def test_a_model_that_mimo_cannot_carry_is_left_out_and_told(machine: Sandbox) -> None:
    """The others are set up; a doubtful name gives way to the id; what was doubled counts once."""
    data = [
        {"id": "constructor"},
        {"id": KIMI, "name": "Kimi {env:HOME}", "context_length": -5},
        {"id": KIMI, "name": "again"},
        {"id": "a/b", "name": "Plain", "context_length": 8192, "max_output_tokens": 1024},
    ]
    machine.gateway.catalog = {"object": "list", "data": data}
    result = machine.run(*APPLY, key=CANARY_KEY)
    assert result.exit_code == 0, result.stdout
    config = read(machine.user_config)
    assert config["model"] == ref(KIMI)
    assert config["provider"]["gonkagate"]["models"] == {
        KIMI: {"name": KIMI, "limit": {"context": 0, "output": 0}},
        "a/b": {"name": "Plain", "limit": {"context": 8192, "output": 1024}},
    }
    assert result.report is not None
    told = " ".join(warning["message"] for warning in result.report["warnings"])
    assert "constructor" in told
    assert "more than once" in told
    assert "{env:HOME}" not in told
