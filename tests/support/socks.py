"""A SOCKS 5 proxy on the loopback: leads to the gateway whatever it is asked for, and notes what that was."""

import socket
import socketserver
import threading
from collections.abc import Callable
from typing import Final

from fixtures.gateway import HOST, Gateway
from tests.support.serving import Serving

_NO_PASSWORD: Final = b"\x05\x00"
_GRANTED: Final = b"\x05\x00\x00\x01" + bytes(6)
_CONNECT: Final = b"\x05\x01\x00"
_A_NAME: Final = 3


class Socks(Serving["_Server"]):
    """The server, as a context manager; ``asked`` names the hosts and ports that it was asked for."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.asked: list[tuple[str, int]] = []

    def made(self) -> "_Server":
        """Make the server."""
        return _Server(self)

    @property
    def address(self) -> str:
        """Return where it listens."""
        return "{}:{}".format(*self.server.server_address)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, socks: Socks) -> None:
        self.socks = socks
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(socketserver.StreamRequestHandler):
    """One connection: the greeting, the request, and then whatever both sides send."""

    rbufsize = 0  # what follows the request belongs to the tunnel
    server: _Server

    def handle(self) -> None:
        _, methods = self.rfile.read(2)
        self.rfile.read(methods)
        self.wfile.write(_NO_PASSWORD)
        assert self.rfile.read(3) == _CONNECT
        (kind,) = self.rfile.read(1)
        assert kind == _A_NAME
        (length,) = self.rfile.read(1)
        host, port = self.rfile.read(length).decode(), int.from_bytes(self.rfile.read(2))
        self.server.socks.asked.append((host, port))
        with tunnel(socket.create_connection, self.server.socks.gateway) as onward:
            self.wfile.write(_GRANTED)
            back = threading.Thread(target=_pump, args=(onward, self.connection), daemon=True)
            back.start()
            _pump(self.connection, onward)
            back.join()


def tunnel(connect: Callable[[tuple[str, int]], socket.socket], gateway: Gateway) -> socket.socket:
    """Open a connection that leads to the gateway through its own proxy, without TLS as yet."""
    host, _, port = gateway.proxy_url.removeprefix("http://").partition(":")
    onward = connect((host, int(port)))
    onward.sendall(b"CONNECT %s:443 HTTP/1.1\r\nHost: %s\r\n\r\n" % (HOST.encode(), HOST.encode()))
    while onward.recv(65536)[-4:] != b"\r\n\r\n":
        pass
    return onward


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Hand on what comes, and the end of it."""
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # the other side is gone
        pass
