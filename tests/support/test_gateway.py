"""The loopback gateway is the gateway as a client sees it, and nothing else is to be reached through it."""

import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fixtures.canary import CANARY_KEY, CANARY_KEY_2
from fixtures.gateway import ANSWER_TEXT, CATALOGS, Answer, Gateway, HangUpError, Request, load_catalog
from tests.support.target import REPOSITORY

MODELS = "https://api.gonkagate.com/v1/models"
CHAT = "https://api.gonkagate.com/v1/chat/completions"
BEARER = {"Authorization": f"Bearer {CANARY_KEY}"}


@pytest.fixture
def client(gateway: Gateway) -> Iterator[httpx.Client]:
    """Make a client that goes through the gateway and trusts it."""
    trusted = ssl.create_default_context(cafile=gateway.ca_file)
    with httpx.Client(proxy=gateway.proxy_url, verify=trusted, trust_env=False, timeout=10) as made:
        yield made


def test_an_accepted_key_gets_the_catalog_as_it_was_recorded(client: httpx.Client) -> None:
    """An accepted key gets the catalog as it was recorded."""
    assert client.get(MODELS, headers=BEARER).content == load_catalog("small")


def test_any_other_key_gets_an_error_in_the_usual_form(client: httpx.Client, gateway: Gateway) -> None:
    """Any other key gets an error in the usual form."""
    assert client.get(MODELS).status_code == 401
    gateway.accepted_keys = {CANARY_KEY_2}
    refused = client.get(MODELS, headers=BEARER)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")


def test_requests_are_recorded_in_order_with_all_that_came(client: httpx.Client, gateway: Gateway) -> None:
    """Requests are recorded in order with all that came."""
    client.get(f"{MODELS}?limit=1", headers=BEARER)
    client.post(CHAT, headers=BEARER, json={"model": "a/b"})
    listing, chat = gateway.requests
    assert (listing.method, listing.host, listing.path) == ("GET", "api.gonkagate.com", "/v1/models?limit=1")
    assert (chat.method, chat.bearer, chat.json()) == ("POST", CANARY_KEY, {"model": "a/b"})
    assert gateway.asked("GET", "/v1/models") == [listing]


def test_another_host_is_refused_and_noted(client: httpx.Client, gateway: Gateway) -> None:
    """Another host is refused and noted."""
    with pytest.raises(httpx.ProxyError, match="403"):
        client.get("https://models.dev/api.json")
    assert client.get("http://example.com:8080/x").status_code == 403
    assert gateway.other_hosts == ["models.dev", "example.com"]
    assert gateway.requests == []


def test_a_chat_is_answered_whole_or_in_pieces(client: httpx.Client) -> None:
    """A chat is answered whole or in pieces."""
    whole = client.post(CHAT, headers=BEARER, json={"model": "a/b"}).json()
    assert whole["choices"][0]["message"]["content"] == ANSWER_TEXT
    lines = client.post(CHAT, headers=BEARER, json={"model": "a/b", "stream": True}).text.split("\n\n")
    pieces = [json.loads(line.removeprefix("data: ")) for line in lines if line and "[DONE]" not in line]
    texts = [choice["delta"].get("content", "") for piece in pieces for choice in piece["choices"]]
    assert "".join(texts) == ANSWER_TEXT


@pytest.mark.parametrize("name", ["promptCacheKey", "prompt_cache_key"])
def test_a_cache_key_is_refused(client: httpx.Client, name: str) -> None:
    """A cache key is refused."""
    assert client.post(CHAT, headers=BEARER, json={"model": "a/b", name: "x"}).status_code == 400


def test_answers_can_be_replaced_by_values(client: httpx.Client, gateway: Gateway) -> None:
    """Answers can be replaced by values."""
    gateway.models_answer = (503, {"Retry-After": "1"}, b"later")
    answer = client.get(MODELS, headers=BEARER)
    assert (answer.status_code, answer.headers["retry-after"], answer.text) == (503, "1", "later")
    gateway.reset()
    assert client.get(MODELS, headers=BEARER).status_code == 200


def test_answers_can_be_replaced_by_functions(client: httpx.Client, gateway: Gateway) -> None:
    """Answers can be replaced by functions."""

    def echo(request: Request) -> Answer:
        return 200, {}, [request.path.encode(), b"", b"!"]

    gateway.models_answer = echo
    assert client.get(MODELS).text == "/v1/models!"


def test_connections_can_be_cut(client: httpx.Client, gateway: Gateway) -> None:
    """Connections can be cut."""

    def cut(_: Request) -> Answer:
        raise HangUpError

    gateway.models_answer = cut
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(MODELS)
    gateway.models_answer = (200, {"Content-Length": "100"}, b"too little")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(MODELS)


def test_closing_does_not_wait_for_what_hangs() -> None:
    """Closing does not wait for what hangs."""
    started = time.monotonic()
    with Gateway() as gateway:
        gateway.delay = 60
        trusted = ssl.create_default_context(cafile=gateway.ca_file)
        with (
            httpx.Client(proxy=gateway.proxy_url, verify=trusted, trust_env=False, timeout=0.2) as client,
            pytest.raises(httpx.ReadTimeout),
        ):
            client.get(MODELS)
    assert time.monotonic() - started < 20


def test_it_runs_by_hand_and_ends_when_interrupted() -> None:
    """It runs by hand and ends when interrupted."""
    command = [sys.executable, "-m", "fixtures.gateway", "--catalog", "demo"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        exports = [next(served.stdout) for _ in range(5)]
        variables = dict(line.strip().removeprefix("export ").split("=", 1) for line in exports)
        trusted = ssl.create_default_context(cafile=Path(variables["SSL_CERT_FILE"]))
        key = {"Authorization": f"Bearer {variables['GONKAGATE_API_KEY']}"}
        answer = httpx.get(MODELS, headers=key, proxy=variables["HTTPS_PROXY"], verify=trusted, timeout=10)
        os.kill(served.pid, signal.SIGINT)
        assert served.wait(20) == 0
    assert answer.content == load_catalog("demo")


@pytest.mark.parametrize("catalog", sorted(path.stem for path in CATALOGS.glob("*.json")))
def test_recorded_catalogs_have_the_published_form(catalog: str) -> None:
    """Recorded catalogs have the published form."""
    listing = json.loads(load_catalog(catalog))
    ids = [model["id"] for model in listing["data"]]
    assert listing["object"] == "list"
    assert ids[0] == "moonshotai/kimi-k2.6"
    assert len(set(ids)) == len(ids)
    assert all({"id", "object", "created", "owned_by"} <= model.keys() for model in listing["data"])


def test_the_long_catalog_is_long() -> None:
    """The long catalog is long."""
    assert len(json.loads(load_catalog("sixty"))["data"]) == 60
