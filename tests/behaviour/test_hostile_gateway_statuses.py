"""A hostile gateway's statuses: only 200 is a catalog, no redirect is followed, some are tried again."""

from collections.abc import Mapping

import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import Answer, Raw, error_answer
from tests.support.hostile import GOOD, JSON, endlessly, hang_up, in_turn, stopped, succeeded
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.standin  # every run ends before mimo has a part in it, or is like any other set-up

TRIES = 3


@pytest.mark.parametrize(
    "status",
    [201, 202, 204, 206, 300, 304, 400, 402, 404, 407, 408, 410, 418, 426, 451, 501, 505, 599, 600, 999],
)
def test_a_status_that_will_not_pass_is_told_at_once(machine: Sandbox, status: int) -> None:
    """A good catalog behind any status but 200 is not taken, and nobody asks a second time."""
    machine.gateway.models_answer = (status, JSON, b"" if status in {204, 304} else GOOD)
    blocker = stopped(machine, "catalog_unreachable")
    assert f"HTTP {status}" in blocker["message"]
    assert len(machine.gateway.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_tried_a_few_times(machine: Sandbox, status: int) -> None:
    """Each try brings the key to the gateway alone; the last answer is told."""
    machine.gateway.models_answer = (status, JSON, GOOD)
    blocker = stopped(machine, "catalog_unreachable")
    assert f"HTTP {status}" in blocker["message"]
    assert [request.bearer for request in machine.gateway.requests] == [CANARY_KEY] * TRIES


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Location": "https://evil.example/v1/models"},
        {"Retry-After": "1"},
        {"WWW-Authenticate": 'Basic realm="\x1b[31mevil"'},
        {"Set-Cookie": 'a="; Domain=.com; Max-Age=\xff; expires=yesterday'},
    ],
    ids=["plain", "and leads elsewhere", "and says when", "and asks for a password", "and sets a cookie"],
)
def test_a_refused_key_is_told_as_such(machine: Sandbox, status: int, headers: Mapping[str, str]) -> None:
    """Asking again with a key that is refused would look like guessing: there is one request."""
    machine.gateway.models_answer = (status, headers, b"no")
    blocker = stopped(machine, "api_key_rejected")
    assert f"HTTP {status}" in blocker["message"]
    assert len(machine.gateway.requests) == 1


def test_an_echo_of_the_key_is_not_shown(machine: Sandbox) -> None:
    """A gateway that repeats the key in its refusal gets it into no output."""
    machine.gateway.models_answer = lambda request: error_answer(
        401, f"The key {request.bearer} is wrong.", str(request.bearer)
    )
    stopped(machine, "api_key_rejected")


@pytest.mark.parametrize("status", [401, 404])
def test_the_body_of_a_refusal_is_not_awaited(machine: Sandbox, status: int) -> None:
    """A refusal without an end is a refusal."""
    machine.gateway.models_answer = endlessly(
        b"x" * 65536, head=b"HTTP/1.1 %d No\r\nConnection: close\r\n\r\n" % status
    )
    stopped(machine, "api_key_rejected" if status == 401 else "catalog_unreachable")


LOCATIONS = {
    "another host": "https://evil.example/v1/models",
    "the same host": "/v1/models?again",
    "the same host whole": "https://api.gonkagate.com/v2/models",
    "without TLS": "http://api.gonkagate.com/v1/models",
    "a name before an at sign": "https://api.gonkagate.com@evil.example/v1/models",
    "any scheme": "//evil.example/v1/models",
    "another port": "https://api.gonkagate.com:8443/v1/models",
    "this machine": "http://127.0.0.1:9/",
    "the cloud's own address": "http://169.254.169.254/latest/meta-data/",
    "a file": "file:///etc/passwd",
    "a script": "javascript:alert(1)",
    "no address": "https://[::1/%zz",
    "a broken port": "https://evil.example:99999999/",
    "control characters": "https://evil.example/\x1b[31m",
    "100 kilobytes": "https://evil.example/" + "a" * 50_000,
    "nothing": "",
}


@pytest.mark.parametrize("location", LOCATIONS.values(), ids=LOCATIONS)
def test_no_redirect_is_followed(machine: Sandbox, location: str) -> None:
    """The key would go along: nobody else is asked, not even the gateway at another path."""
    machine.gateway.models_answer = (302, {"Location": location}, b"")
    stopped(machine, "catalog_unreachable")
    assert {request.path for request in machine.gateway.requests} == {"/v1/models"}


@pytest.mark.parametrize("status", [301, 303, 307, 308])
@pytest.mark.parametrize("location", ["https://evil.example/v1/models", "/v1/models?again"])
def test_no_kind_of_redirect_is_followed(machine: Sandbox, status: int, location: str) -> None:
    """Temporary or for good, with or without its method: the message names the status."""
    machine.gateway.models_answer = (status, {"Location": location}, GOOD)
    assert f"redirect (HTTP {status})" in stopped(machine, "catalog_unreachable")["message"]
    assert len(machine.gateway.requests) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Refresh": "0; url=https://evil.example/"},
        {"Location": "https://evil.example/v1/models"},
        {"Content-Location": "https://evil.example/v1/models"},
        {"Alt-Svc": 'h2="evil.example:443"; ma=86400'},
        {"Link": "<https://evil.example/v1/models>; rel=next"},
        {"Set-Cookie": "session=1; Domain=evil.example"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_headers_that_lead_elsewhere_are_not_heeded(machine: Sandbox, headers: Mapping[str, str]) -> None:
    """A good catalog is taken, and nobody else is asked for anything."""
    machine.gateway.models_answer = (200, {**JSON, **headers}, GOOD)
    succeeded(machine)
    assert len(machine.gateway.requests) == 1


WAITS = {
    "0": TRIES,
    "1": TRIES,
    "11": 1,
    "99999999": 1,
    "9" * 400: 1,
    "Wed, 21 Oct 2099 07:28:00 GMT": TRIES,
    "-1": TRIES,
    "1e9": TRIES,
    "nan": TRIES,
    "soon \x1b[31m": TRIES,
    "\u0661": TRIES,
    "": TRIES,
}


@pytest.mark.parametrize(("wait", "tries"), WAITS.items(), ids=[f"{wait[:9]!a}" for wait in WAITS])
@pytest.mark.parametrize("status", [429, 503])
def test_a_gateway_cannot_make_us_wait_long(machine: Sandbox, status: int, wait: str, tries: int) -> None:
    """A wait that is too long ends the run, what is no number of seconds does not count."""
    head = f"HTTP/1.1 {status} Later\r\nRetry-After: {wait}\r\nContent-Length: 0\r\n\r\n"
    machine.gateway.models_answer = Raw(head.encode())
    assert f"HTTP {status}" in stopped(machine, "catalog_unreachable")["message"]
    assert len(machine.gateway.requests) == tries


GARBAGE = Raw(b"\x00\x01\x02 nonsense\r\n\r\n")
SHORT: Answer = (200, {**JSON, "Content-Length": str(len(GOOD))}, GOOD[:-5])
RECOVERIES = {
    "503": (503, {}, b""),
    "503 with a wait of 0": (503, {"Retry-After": "0"}, b""),
    "503 with a wait of 1": (503, {"Retry-After": "1"}, b""),
    "429 with a wait of 1": (429, {"Retry-After": "1"}, b""),
    "500": error_answer(500, "Internal error", "internal"),
    "502": (502, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>"),
    "504": (504, {}, b""),
    "cut": hang_up,
    "cut short": SHORT,
    "nonsense": GARBAGE,
    "a cookie": (503, {"Set-Cookie": "a=b"}, b""),
}


@pytest.mark.parametrize("first", RECOVERIES.values(), ids=RECOVERIES)
def test_an_answer_that_recovers_is_taken(machine: Sandbox, first: Answer) -> None:
    """What fails once and then is well sets up as if nothing had been, after one more request."""
    machine.gateway.models_answer = in_turn(first, (200, JSON, GOOD))
    succeeded(machine)
    assert [request.bearer for request in machine.gateway.requests] == [CANARY_KEY] * 2


def test_different_failures_may_follow_each_other(machine: Sandbox) -> None:
    """A cut, then an error, then the catalog: within the tries, it is a success."""
    machine.gateway.models_answer = in_turn(hang_up, (503, {}, b""), (200, JSON, GOOD))
    succeeded(machine)


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ((401, {}, b""), "api_key_rejected"),
        ((302, {"Location": "https://evil.example/"}, b""), "catalog_unreachable"),
        ((200, JSON, b"{"), "catalog_malformed"),
        ((200, JSON, b'{"data": []}'), "catalog_empty"),
    ],
    ids=["401", "a redirect", "half a catalog", "no model"],
)
def test_what_comes_after_a_failure_is_judged_like_a_first_answer(
    machine: Sandbox, last: Answer, code: str
) -> None:
    """A second try is no way around a check."""
    machine.gateway.models_answer = in_turn((503, {}, b""), last)
    stopped(machine, code)
    assert len(machine.gateway.requests) == 2
