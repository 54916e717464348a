"""The two ways to the gateway: whatever comes back, both take it for the same and say the same."""

import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import certifi
import pytest

from fixtures.canary import CANARY_KEY
from fixtures.gateway import HOST, Gateway, Raw
from reconciler.engine.problems import Stop
from reconciler.gonkagate import reach
from reconciler.gonkagate.client import fetch
from reconciler.gonkagate.key import Key
from reconciler.gonkagate.reach import Limits
from reconciler.version import __version__
from tests.support import hostile
from tests.support.hostile import GOOD, endlessly
from tests.support.http_oddities import ENDLESS, NO_HTTP, PROXIES, SOUND
from tests.support.socks import Socks, tunnel
from tests.support.ways import WAYS, lead

KEY = Key(CANARY_KEY)
NOT_REACHED = "catalog_unreachable: the gateway cannot be reached ("
CERTIFICATES = [hostile.another_host, hostile.another_authority, hostile.expired]


@pytest.fixture(name="gateway")
def _gateway() -> Iterator[Gateway]:
    with Gateway() as served:
        yield served


def told(gateway: Gateway, way: str, limits: Limits | None = None) -> tuple[str, int]:
    """Fetch by a way: what came, or what was said, and how often the proxy was asked."""
    gateway.proxied.clear()
    with pytest.MonkeyPatch.context() as surroundings:
        lead(surroundings, gateway, way)
        try:
            said = fetch(KEY, limits, wait=lambda _: None).decode()
        except Stop as ending:
            (blocker,) = ending.blockers
            said = f"{blocker.code}: {blocker.message}"
    return said, len(gateway.proxied)


def same_by_both(gateway: Gateway) -> str:
    """Fetch by both ways, which must come to the same; return what that is."""
    straight, roundabout = (told(gateway, way) for way in WAYS)
    assert straight == roundabout
    return straight[0]


@pytest.mark.parametrize("answer", [*NO_HTTP.values()], ids=[*NO_HTTP])
def test_what_is_no_sound_http_is_none_by_both(gateway: Gateway, answer: bytes) -> None:
    """Said in words of our own."""
    gateway.models_answer = Raw(answer)
    assert same_by_both(gateway).startswith(NOT_REACHED)


@pytest.mark.parametrize(("head", "piece"), ENDLESS.values(), ids=ENDLESS)
def test_what_has_no_end_is_given_up_by_both(gateway: Gateway, head: bytes, piece: bytes) -> None:
    """By its size."""
    gateway.models_answer = endlessly(piece, head=head)
    assert same_by_both(gateway).startswith(NOT_REACHED)


@pytest.mark.parametrize("answer", SOUND.values(), ids=SOUND)
def test_what_is_odd_and_sound_is_taken_by_both(gateway: Gateway, answer: bytes) -> None:
    """The same bytes arrive."""
    gateway.models_answer = Raw(answer)
    assert same_by_both(gateway) == GOOD.decode()


@pytest.mark.parametrize("answer", PROXIES.values(), ids=PROXIES)
def test_a_proxy_that_opens_no_tunnel_is_told_by_both(gateway: Gateway, answer: bytes) -> None:
    """Nothing of what it says is repeated."""
    gateway.connect_answer = Raw(answer)
    said = same_by_both(gateway)
    assert said.startswith(NOT_REACHED)
    assert said.isprintable()
    assert gateway.requests == []


@pytest.mark.parametrize("certificate", CERTIFICATES, ids=lambda made: made.__name__)
def test_a_certificate_is_trusted_by_neither(
    gateway: Gateway, certificate: Callable[[Gateway], ssl.SSLContext]
) -> None:
    """It is told that this is why, and not tried again."""
    gateway.tls = certificate(gateway)
    assert "its certificate is not trusted" in same_by_both(gateway)
    assert len(gateway.proxied) == 1
    assert gateway.requests == []


def test_what_is_no_tls_is_told_by_both(gateway: Gateway) -> None:
    """In words that name the layer."""
    gateway.conversation = hostile.saying(b"HTTP/1.1 200 OK\r\n\r\n", [])
    assert "no sound TLS" in same_by_both(gateway)


@pytest.mark.parametrize("way", WAYS)
def test_who_does_not_answer_is_told_so(gateway: Gateway, way: str) -> None:
    """By the limit of a single step."""
    gateway.delay = 5.0
    assert "no answer in time" in told(gateway, way, Limits(read=0.1))[0]


@pytest.mark.parametrize("way", WAYS)
def test_where_nobody_listens_it_is_told_so(
    gateway: Gateway, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The port is held, so nobody else can listen there."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        monkeypatch.setattr(gateway, "proxy_url", "http://{}:{}".format(*held.getsockname()))
        assert "nobody listens there" in told(gateway, way)[0]


@pytest.mark.parametrize("way", WAYS)
def test_a_name_that_is_not_known_is_told_so(
    gateway: Gateway, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No name server is asked for it: it is no name."""
    monkeypatch.setattr(gateway, "proxy_url", "http://nobody.invalid:3128")

    def no_name(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", no_name)
    assert "the name is not found" in told(gateway, way)[0]


@pytest.mark.parametrize("way", WAYS)
def test_names_that_are_none_end_the_run(gateway: Gateway, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty part, for which Python has no bytes."""
    monkeypatch.setattr(gateway, "proxy_url", "http://a..b:3128")
    said, asked = told(gateway, way)
    assert said.startswith(NOT_REACHED)
    assert asked == 0


def test_both_ask_for_the_same(gateway: Gateway) -> None:
    """One request, with the key and the name of the program, and with nothing that one way alone says."""
    gateway.catalog = GOOD
    assert same_by_both(gateway) == GOOD.decode()
    straight, roundabout = gateway.requests
    for request in (straight, roundabout):
        assert (request.method, request.host, request.path) == ("GET", HOST, "/v1/models")
        assert request.bearer == CANARY_KEY
        assert request.header("user-agent") == f"mimo-code-setup/{__version__}"
        assert request.header("accept-encoding") == "identity"
        assert request.header("accept") == "application/json"
    assert dict(straight.headers).keys() <= dict(roundabout.headers).keys() | {"connection"}


def test_without_a_proxy_the_gateway_itself_is_asked(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its own name and port, which lead to the loopback here."""
    gateway.catalog = GOOD
    asked: list[tuple[str, int]] = []
    connect = socket.create_connection

    def led(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        asked.append(address)
        return tunnel(connect, gateway)

    monkeypatch.setattr(socket, "create_connection", led)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(gateway.ca_file))
    assert fetch(KEY) == GOOD
    assert asked == [(HOST, 443)]
    assert [request.bearer for request in gateway.requests] == [CANARY_KEY]


@pytest.mark.parametrize("kind", ["socks5", "socks5h"])
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_socks_proxy_leads_to_the_gateway(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, kind: str, name: str
) -> None:
    """It is asked for the gateway by its name; the key goes through it unread."""
    gateway.catalog = GOOD
    with Socks(gateway) as socks:
        monkeypatch.setenv("SSL_CERT_FILE", str(gateway.ca_file))
        monkeypatch.setenv(name, f"{kind}://{socks.address}")
        assert fetch(KEY) == GOOD
    assert socks.asked == [(HOST, 443)]
    assert [request.bearer for request in gateway.requests] == [CANARY_KEY]


def test_what_the_straight_way_does_not_need_is_not_imported(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is the command line of httpx, by the way round."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "httpx"]:
        monkeypatch.delitem(sys.modules, name)
    told(gateway, "straight")
    assert "httpx" not in sys.modules
    told(gateway, "roundabout")
    assert "httpx" in sys.modules
    assert "httpx._main" not in sys.modules


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("said", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_cannot_be_read_are_told(
    gateway: Gateway, way: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody is asked then; a folder that is not there holds no authority."""
    missing = str(tmp_path / "missing")
    environment = {**gateway.environment(), said: missing}
    if said == "SSL_CERT_DIR":
        del environment["SSL_CERT_FILE"]
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setattr(gateway, "environment", lambda: environment)
    assert "the gateway cannot be reached (" in told(gateway, way)[0]
    assert gateway.requests == []


def test_without_variables_the_usual_authorities_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that Mozilla trusts, and no others."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    usual = ssl.create_default_context(cafile=certifi.where())
    trusted = reach.trusted()
    assert trusted.get_ca_certs(binary_form=True) == usual.get_ca_certs(binary_form=True)
    assert trusted.verify_mode is ssl.CERT_REQUIRED
    assert trusted.check_hostname


def test_a_folder_of_authorities_is_handed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Python itself looks into it, where no file is named."""
    given: list[dict[str, object]] = []

    def context(**how: object) -> ssl.SSLContext:
        given.append(how)
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    monkeypatch.setattr(ssl, "create_default_context", context)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    reach.trusted()
    assert given == [{"cafile": None, "capath": str(tmp_path)}]
