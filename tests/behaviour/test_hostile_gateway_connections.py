"""A hostile gateway's connections: what is no trusted TLS and no sound HTTP, and proxies that refuse."""

import socket
import ssl
from collections.abc import Callable, Iterator

import pytest

from fixtures.canary import CANARY_MARK
from fixtures.gateway import Gateway, Raw
from tests.support import hostile
from tests.support.hostile import GOOD, endlessly, stopped, succeeded
from tests.support.http_oddities import ENDLESS, NO_HTTP, PROXIES, SOUND
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.standin  # every run ends before mimo has a part in it, or is like any other set-up


@pytest.mark.parametrize(
    "certificate",
    [
        hostile.another_host,
        hostile.the_parent_domain,
        hostile.too_wide_a_wildcard,
        hostile.another_authority,
        hostile.expired,
        hostile.not_yet_valid,
    ],
    ids=lambda made: made.__name__,
)
def test_a_certificate_that_cannot_be_trusted_gets_no_key(
    machine: Sandbox, certificate: Callable[[Gateway], ssl.SSLContext]
) -> None:
    """The run ends at once, before a request is sent: the key has gone to nobody."""
    machine.gateway.tls = certificate(machine.gateway)
    assert "reached" in stopped(machine, "catalog_unreachable")["message"]
    assert machine.gateway.requests == []
    assert len(machine.gateway.proxied) == 1


WORDS = {
    "plain HTTP": b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(GOOD), GOOD),
    "a plain redirect": b"HTTP/1.1 302 Found\r\nLocation: http://api.gonkagate.com/\r\n\r\n",
    "a plain refusal": b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.9\r\n",
    "an alert": b"\x15\x03\x03\x00\x02\x02\x28",
    "half a record": b"\x16\x03\x03\x40\x00\x02",
    "a record that is too long": b"\x16\x03\x03\xff\xff" + b"\x00" * 65535,
    "an old TLS": b"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01" + b"\x00" * 32 + b"\x00\x00\x2f\x00",
    "zeros": b"\x00" * 1000,
    "nothing": b"",
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_what_is_no_tls_gets_no_key(machine: Sandbox, words: bytes) -> None:
    """Whatever answers the handshake, it is told nothing but the handshake."""
    heard: list[bytes] = []
    machine.gateway.conversation = hostile.saying(words, heard)
    assert "reached" in stopped(machine, "catalog_unreachable")["message"]
    assert heard
    assert all(CANARY_MARK.encode() not in one and b"GET " not in one for one in heard)


def test_a_connection_cut_inside_of_a_record_gives_no_catalog(machine: Sandbox) -> None:
    """The end of the stream is no end of the answer, though all that is missing is within one record."""
    machine.gateway.conversation = hostile.cut_inside_a_record(machine.gateway, GOOD)
    stopped(machine, "catalog_unreachable")


@pytest.mark.parametrize("answer", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_sound_http_is_no_catalog(machine: Sandbox, answer: bytes) -> None:
    """A good catalog in a broken envelope is not taken."""
    machine.gateway.models_answer = Raw(answer)
    assert "reached" in stopped(machine, "catalog_unreachable")["message"]


@pytest.mark.parametrize(("head", "piece"), ENDLESS.values(), ids=ENDLESS)
def test_an_envelope_without_an_end_is_given_up(machine: Sandbox, head: bytes, piece: bytes) -> None:
    """It is given up by its size, long before the time limit, and takes no memory."""
    machine.gateway.models_answer = endlessly(piece, head=head)
    stopped(machine, "catalog_unreachable")


@pytest.mark.parametrize("answer", SOUND.values(), ids=SOUND)
def test_an_unusual_envelope_is_opened(machine: Sandbox, answer: bytes) -> None:
    """What is sound HTTP, however odd, sets up as any other answer does."""
    machine.gateway.models_answer = Raw(answer)
    succeeded(machine)


@pytest.mark.parametrize("answer", PROXIES.values(), ids=PROXIES)
def test_a_proxy_that_opens_no_tunnel_is_told_and_gets_no_key(machine: Sandbox, answer: bytes) -> None:
    """Its refusal is not the gateway's: a 401 of a proxy says nothing about the key."""
    machine.gateway.connect_answer = Raw(answer)
    blocker = stopped(machine, "catalog_unreachable")
    assert "HTTPS_PROXY" in blocker["remedy"]
    assert machine.gateway.requests == []


@pytest.fixture(name="nobody")
def _nobody() -> Iterator[str]:
    """Give an address at which nobody listens; the port stays ours, so nobody else can take it."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{reserved.getsockname()[1]}"


@pytest.mark.parametrize("spelling", ["http://{}", "https://{}", "{}", "http://user:secret@{}"])
def test_a_proxy_that_is_down_is_told(machine: Sandbox, nobody: str, spelling: str) -> None:
    """No way around the proxy is tried; what its address holds is not repeated."""
    proxy = spelling.format(nobody)
    blocker = stopped(machine, "catalog_unreachable", env={"HTTPS_PROXY": proxy, "https_proxy": proxy})
    assert "HTTPS_PROXY" in blocker["remedy"]
    assert "secret" not in str(blocker)
    assert machine.gateway.proxied == []


UNUSABLE: dict[str, dict[str, str | None]] = {
    "SOCKS": {"HTTPS_PROXY": "socks5://127.0.0.1:9"},
    "SOCKS with names": {"HTTPS_PROXY": "socks5h://127.0.0.1:9"},
    "SOCKS for all": {"HTTPS_PROXY": None, "ALL_PROXY": "socks5://127.0.0.1:9"},
    "a protocol nobody knows": {"HTTPS_PROXY": "ftp://127.0.0.1:9"},
    "a port of words": {"HTTPS_PROXY": "http://proxy.example:port"},
    "a port that is too high": {"HTTPS_PROXY": "http://127.0.0.1:99999"},
    "two ports": {"HTTPS_PROXY": "127.0.0.1:9:9"},
    "half an address": {"HTTPS_PROXY": "http://[::1"},
    "a control character": {"HTTPS_PROXY": "http://a\x1b[31mb"},
    "a name of 300 letters": {"HTTPS_PROXY": f"http://{'a' * 300}.example"},
    "70,000 letters": {"HTTPS_PROXY": f"http://{'a' * 70_000}"},
    "an exception that is none": {"NO_PROXY": "a:b:c"},
    "an exception of half an address": {"NO_PROXY": "[::"},
    "a folder of certificates for a file": {"SSL_CERT_FILE": "/"},
    "a file without certificates": {"SSL_CERT_FILE": "/dev/null"},
    "a log for keys that cannot be": {"SSLKEYLOGFILE": "/"},
}


@pytest.mark.parametrize("variables", UNUSABLE.values(), ids=UNUSABLE)
def test_a_variable_that_cannot_be_used_is_told(machine: Sandbox, variables: dict[str, str | None]) -> None:
    """It is the surroundings that are wrong and not the program; nobody gets a request."""
    env = {**variables, **({"https_proxy": variables["HTTPS_PROXY"]} if "HTTPS_PROXY" in variables else {})}
    blocker = stopped(machine, "catalog_unreachable", env=env)
    assert "HTTPS_PROXY" in blocker["remedy"]
    assert machine.gateway.requests == []
