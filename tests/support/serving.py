"""A server of the tests for as long as a block lasts, on a thread of its own."""

import socketserver
import threading
from typing import Generic, Self, TypeVar

Server = TypeVar("Server", bound=socketserver.BaseServer)


class Serving(Generic[Server]):
    """A context manager over a server that somebody makes: serving inside of the block, closed behind it."""

    server: Server

    def made(self) -> Server:
        """Make the server, which listens from then on."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.server = self.made()
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()
