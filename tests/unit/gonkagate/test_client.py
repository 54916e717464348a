"""The catalog client: tries again where that may help, waits and unpacks within bounds, gives up in time."""

import gzip
import zlib
from collections.abc import Iterator

import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import Gateway, HangUpError, Request, load_catalog
from reconciler.engine.problems import Stop
from reconciler.gonkagate.client import LONGEST_WAIT, SIZE_LIMIT, TRIES, fetch
from reconciler.gonkagate.key import Key
from reconciler.gonkagate.reach import Limits
from tests.support.ways import WAYS, lead

KEY = Key(CANARY_KEY)
GOOD = load_catalog("small")
JSON = {"Content-Type": "application/json"}


@pytest.fixture(name="gateway", params=WAYS)
def _gateway(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """Serve on the loopback, and lead this process there, by each of the ways."""
    with Gateway() as served:
        lead(monkeypatch, served, request.param)
        yield served


def waits(
    gateway: Gateway, *answers: int | type[HangUpError], headers: dict[str, str] | None = None
) -> list[float]:
    """Let the gateway give these answers before the good one; return how long was waited."""
    left = list(answers)

    def answer(_: Request) -> tuple[int, dict[str, str], bytes]:
        if not left:
            return 200, JSON, GOOD
        now = left.pop(0)
        if not isinstance(now, int):
            raise now
        return now, {**JSON, **(headers or {})}, b"{}"

    gateway.models_answer = answer
    found: list[float] = []
    assert fetch(KEY, wait=found.append) == GOOD
    return found


def ending(
    gateway: Gateway, status: int, body: bytes, headers: dict[str, str] | None = None
) -> tuple[str, int, list[float]]:
    """Return the code that a fetch ends with, how often it asked, and how long it waited in between."""
    gateway.models_answer = status, {**JSON, **(headers or {})}, body
    found: list[float] = []
    with pytest.raises(Stop) as caught:
        fetch(KEY, wait=found.append)
    (blocker,) = caught.value.blockers
    assert CANARY_KEY not in str(caught.value)
    return str(blocker.code), len(gateway.requests), found


@pytest.mark.parametrize("fault", [429, 500, 502, 503, 504, HangUpError])
def test_a_passing_fault_is_tried_again(gateway: Gateway, fault: int | type[HangUpError]) -> None:
    """Twice at most, after a short wait that differs from run to run."""
    first, second = waits(gateway, fault, fault)
    assert 0.1 < first < 0.5
    assert 0.4 < second < 1.5
    assert len(gateway.requests) == TRIES


@pytest.mark.parametrize(("said", "waited"), [("0", [0.0]), ("7", [7.0]), (" 2 ", [2.0])])
def test_a_gateway_that_says_when_is_asked_then(gateway: Gateway, said: str, waited: list[float]) -> None:
    """Retry-After is honoured."""
    assert waits(gateway, 503, headers={"Retry-After": said}) == waited


@pytest.mark.parametrize("said", ["11", "99999999", "9" * 400])
def test_nobody_waits_for_ever(gateway: Gateway, said: str) -> None:
    """A gateway that wants more patience than there is ends the run."""
    assert ending(gateway, 429, b"{}", {"Retry-After": said}) == ("catalog_unreachable", 1, [])
    assert float(said) > LONGEST_WAIT


@pytest.mark.parametrize("said", ["soon", "-1", "1.5", "Wed, 21 Oct 2015 07:28:00 GMT", ""])
def test_what_is_no_number_of_seconds_is_not_taken(gateway: Gateway, said: str) -> None:
    """The own short wait counts then."""
    (waited,) = waits(gateway, 503, headers={"Retry-After": said})
    assert 0.1 < waited < 0.5


@pytest.mark.parametrize("status", [201, 204, 302, 400, 401, 402, 403, 404, 418])
def test_what_will_not_pass_is_not_tried_again(gateway: Gateway, status: int) -> None:
    """One request, one answer."""
    code, asked, waited = ending(gateway, status, b"", {"Location": "https://elsewhere.invalid/"})
    assert (code, asked, waited) == (
        "api_key_rejected" if status in (401, 403) else "catalog_unreachable",
        1,
        [],
    )
    assert gateway.other_hosts == []


def test_three_failures_are_enough(gateway: Gateway) -> None:
    """Then the run ends, and says what the last answer was."""
    code, asked, waited = ending(gateway, 503, b"{}")
    assert (code, asked, len(waited)) == ("catalog_unreachable", TRIES, TRIES - 1)


def test_a_certificate_that_nobody_vouches_for_is_final(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trying again would not make it better; the key is not sent."""
    monkeypatch.delenv("SSL_CERT_FILE")
    found: list[float] = []
    with pytest.raises(Stop) as caught:
        fetch(KEY, wait=found.append)
    assert [str(blocker.code) for blocker in caught.value.blockers] == ["catalog_unreachable"]
    assert (found, gateway.requests) == ([], [])


def test_the_whole_is_bounded_whatever_the_gateway_does(gateway: Gateway) -> None:
    """The limit for everything holds also where each single step stays within its own."""
    gateway.delay = 5.0
    with pytest.raises(Stop) as caught:
        fetch(KEY, Limits(total=0.2))
    assert "within" in caught.value.blockers[0].message


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_an_answer_that_came_packed_is_unpacked(gateway: Gateway, pack: type) -> None:
    """Also where packing was not asked for."""
    coding = "gzip" if pack is gzip.compress else "deflate"
    gateway.models_answer = 200, {**JSON, "Content-Encoding": coding}, pack(GOOD)
    assert fetch(KEY) == GOOD


@pytest.mark.parametrize(
    ("coding", "body", "code"),
    [
        ("gzip", gzip.compress(b"\0" * (SIZE_LIMIT + 1)), "catalog_too_large"),
        ("gzip", gzip.compress(GOOD)[:-9], "catalog_malformed"),
        ("gzip", GOOD, "catalog_malformed"),
        ("br", GOOD, "catalog_malformed"),
        ("gzip, gzip", gzip.compress(gzip.compress(GOOD)), "catalog_malformed"),
    ],
    ids=["bomb", "cut off", "not packed", "unknown", "twice"],
)
def test_a_packed_answer_that_cannot_be_used_ends_the_run(
    gateway: Gateway, coding: str, body: bytes, code: str
) -> None:
    """Within the limit of size, and told for what it is."""
    assert ending(gateway, 200, body, {"Content-Encoding": coding})[0] == code
