"""A hostile gateway's patience: whatever keeps a run waiting, it ends at the time limit, with little memory.

Waiting takes next to no processor, so all cases wait side by side, each with a gateway of its own; each test
looks at one of them.
"""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Final

import attrs
import pytest

from fixtures.gateway import Answer, Gateway, Raw, Request
from tests.support.documents import CONFIGS
from tests.support.hostile import (
    EMPTY_BLOCK,
    GOOD,
    GZIP,
    GZIP_HEAD,
    JSON,
    PATIENT,
    Ending,
    attempt,
    dripping,
    hang_up,
    in_turn,
    well_refused,
)
from tests.support.pictures import users_files
from tests.support.refusals import untouched_by
from tests.support.sandbox import Sandbox
from tests.support.snapshots import Snapshot

pytestmark = pytest.mark.standin  # every run ends before mimo has a part in it

HEAD: Final = b"HTTP/1.1 200 OK\r\n"
Arrange = Callable[[Gateway], None]


def _silence(gateway: Gateway) -> None:
    gateway.delay = 600


def _silent_handshake(gateway: Gateway) -> None:
    gateway.conversation = lambda _: gateway.pause(600)


def _dripping_handshake(gateway: Gateway) -> None:
    def drip(connection: socket.socket) -> None:
        for piece in dripping(gateway, b"\x00", head=b"\x16\x03\x03\x3f\xff\x02"):
            connection.sendall(piece)

    gateway.conversation = drip


def _silent_proxy(gateway: Gateway) -> None:
    gateway.connect_answer = lambda _: Raw(dripping(gateway, b"", seconds=600))


def _dripping_proxy(gateway: Gateway) -> None:
    gateway.connect_answer = lambda _: Raw(dripping(gateway, b"a", head=b"HTTP/1.1 200 "))


def _raw(gateway: Gateway, head: bytes, piece: bytes, seconds: float = 1.0) -> None:
    gateway.models_answer = lambda _: Raw(dripping(gateway, piece, head=head, seconds=seconds))


def _body(gateway: Gateway, headers: dict[str, str], head: bytes, piece: bytes, seconds: float = 1.0) -> None:
    gateway.models_answer = lambda _: (200, headers, dripping(gateway, piece, head=head, seconds=seconds))


def _waits(gateway: Gateway) -> None:
    gateway.models_answer = (503, {"Retry-After": "10"}, b"")


def _cut_then_silence(gateway: Gateway) -> None:
    def silence(_: Request) -> Answer:
        gateway.pause(600)
        return 200, JSON, GOOD

    gateway.models_answer = in_turn(hang_up, hang_up, silence)


LENGTH: Final = {**JSON, "Content-Length": "5000"}
DUST: Final = b"2\r\n  \r\n" * 10_000
CHUNKED: Final = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
WAITING: Final[dict[str, Arrange]] = {
    "silence": _silence,
    "silence after the headers": partial(_body, headers=LENGTH, head=b"", piece=b"", seconds=600),
    "silence in the handshake": _silent_handshake,
    "silence of the proxy": _silent_proxy,
    "silence after two cuts": _cut_then_silence,
    "a handshake in drops": _dripping_handshake,
    "a proxy's answer in drops": _dripping_proxy,
    "a status in drops": partial(_raw, head=b"", piece=b"H"),
    "a header in drops": partial(_raw, head=HEAD + b"X-Long: ", piece=b"a"),
    "headers in drops": partial(_raw, head=HEAD, piece=b"X-More: a\r\n"),
    "hints without an end": partial(_raw, head=b"", piece=b"HTTP/1.1 103 Hints\r\n\r\n" * 20, seconds=0.1),
    "a body in drops": partial(_body, headers=LENGTH, head=b"", piece=b" "),
    "chunks in drops": partial(_body, headers=JSON, head=b"", piece=b" "),
    "drops behind a catalog": partial(_body, headers=JSON, head=GOOD, piece=b" "),
    "gzip that unpacks to nothing": partial(
        _body, headers=GZIP, head=GZIP_HEAD, piece=EMPTY_BLOCK * 100, seconds=0.1
    ),
    "chunks as fine as dust": partial(_raw, head=CHUNKED, piece=DUST, seconds=0),
    "waits of 10 seconds": _waits,
}
TEST: Final = "test_a_gateway_that_keeps_us_waiting_is_given_up"


@attrs.frozen
class Waited:
    """One run that was kept waiting, with the picture of its machine from before."""

    machine: Sandbox
    before: Snapshot
    ending: Ending


def _kept_waiting(machine: Sandbox) -> Waited:
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_bytes((CONFIGS / "comments.jsonc").read_bytes())
    before = users_files(machine)
    return Waited(machine, before, attempt(machine))


@pytest.fixture(name="waited", scope="module")
def _waited(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Waited]]]:
    """Start every case that is looked at in this run, each with a gateway of its own."""
    looked_at = {item.name for item in request.session.items}
    cases = [name for name in WAITING if f"{TEST}[{name}]" in looked_at]
    made: list[Sandbox] = []

    def begin(arrange: Arrange, folder: str) -> Waited:
        with Gateway() as gateway:
            arrange(gateway)
            made.append(Sandbox(tmp_path_factory.mktemp(folder) / "machine", "standin", gateway))
            return _kept_waiting(made[-1])

    with ThreadPoolExecutor(len(WAITING)) as runs:
        yield {
            name: runs.submit(begin, WAITING[name], f"waiting{number}") for number, name in enumerate(cases)
        }
    assert [leak for machine in made for leak in machine.leaks()] == []


@pytest.mark.parametrize("name", WAITING)
def test_a_gateway_that_keeps_us_waiting_is_given_up(waited: dict[str, Future[Waited]], name: str) -> None:
    """It ends within the limit of 45 seconds and what a run takes otherwise, and nothing was written."""
    one = waited[name].result()
    well_refused(one.machine, one.ending, "catalog_unreachable")
    assert one.ending.seconds < PATIENT
    assert untouched_by(one.machine, one.before)
