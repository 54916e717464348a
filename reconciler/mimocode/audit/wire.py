"""The other end of MiMoCode's connections during an audit: a made-up gateway and a refusing proxy, as one.

It listens on the loopback alone and notes what it was asked. Whatever is not for the made-up gateway is
refused, so that nothing leaves the machine.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final, Self

from attrs import field

from reconciler.records import define, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

CHAT: Final = "/v1/chat/completions"
_HERE: Final = "127.0.0.1"
_LARGEST: Final = 4 * 1024 * 1024
_DELTAS: Final[tuple[dict[str, str], ...]] = ({"role": "assistant", "content": ""}, {"content": "pong"}, {})


@frozen
class Request:
    """One request as it arrived. Header names are in lower case."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """Return a header's value; None where it was not sent."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def is_prompt(self) -> bool:
        """Whether it is for the made-up gateway."""
        return self.method == "POST" and self.path.endswith("/chat/completions")

    def holds(self, secret: str) -> bool:
        """Whether a text stands anywhere in it."""
        mark = secret.encode()
        return mark in repr((self.path, self.headers)).encode() or mark in self.body


@define
class Wire:
    """The server, as a context manager; `requests` are those to the gateway, `refused` all others."""

    requests: list[Request] = field(factory=list, init=False)
    refused: list[Request] = field(factory=list, init=False)
    _server: _Server | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def address(self) -> str:
        """Where it listens."""
        return "" if self._server is None else f"http://{_HERE}:{self._server.server_port}"

    def variables(self) -> dict[str, str]:
        """Return the variables that lead every connection here."""
        proxied = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
        direct = f"{_HERE},localhost"
        spelled = dict.fromkeys(proxied, self.address) | {"NO_PROXY": direct}
        return {**spelled, **{name.lower(): value for name, value in spelled.items()}}


class _Server(ThreadingHTTPServer):
    """The listening socket."""

    daemon_threads = True

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        super().__init__((_HERE, 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass over a connection that broke: MiMoCode is killed where it is too slow."""


class _Handler(BaseHTTPRequestHandler):
    """One connection; every method goes to `converse`."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.converse
        raise AttributeError(name)

    def converse(self) -> None:
        """Answer a prompt as a gateway does, and refuse everything else."""
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        request = Request(self.command, self.path, headers, self.rfile.read(self._length()))
        if not request.is_prompt:
            self._refuse(request)
            return
        self.server.wire.requests.append(request)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.writelines(_stream())
        self.close_connection = True

    def _length(self) -> int:
        length = self.headers.get("Content-Length", "")
        return min(int(length), _LARGEST) if length.isascii() and length.isdigit() else 0

    def _refuse(self, request: Request) -> None:
        self.server.wire.refused.append(request)
        self.close_connection = True
        self.send_response(403, "Nothing leaves this machine")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet: standard error belongs to the command."""


def _stream() -> Iterator[bytes]:
    head = {"id": "audit", "object": "chat.completion.chunk", "created": 0, "model": "audit"}
    for delta in _DELTAS:
        choice = {"index": 0, "delta": delta, "finish_reason": None if delta else "stop"}
        yield b"data: " + json.dumps({**head, "choices": [choice]}).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"
