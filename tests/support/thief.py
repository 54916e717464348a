"""A server on the loopback that is no gateway: it notes whatever it is sent, and refuses it."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from fixtures.canary import CANARY_KEY
from tests.support.serving import Serving


class Thief(Serving["_Server"]):
    """The server, as a context manager; ``seen`` is everything that it was sent."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def made(self) -> "_Server":
        """Make the server."""
        return _Server(self.seen)

    @property
    def url(self) -> str:
        """Return where it listens, spelled like a provider's address."""
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    @property
    def has_the_key(self) -> bool:
        """Whether the key was in anything it was sent."""
        return any(CANARY_KEY in one for one in self.seen)


class _Server(ThreadingHTTPServer):
    def __init__(self, seen: list[str]) -> None:
        self.seen = seen
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self.refuse
        raise AttributeError(name)

    def refuse(self) -> None:
        """Note one request, whatever its method."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append(f"{self.path}\n{self.headers}\n{body.decode(errors='replace')}")
        answer = json.dumps({"error": {"message": "thanks", "code": "no"}}).encode()
        self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""
