"""What both ways to the gateway share: how long they wait, whom they trust, how they answer and fail.

The straight way speaks with the gateway itself or through a plain proxy. The way round knows every other kind
of proxy, and takes longer to be imported.
"""

from __future__ import annotations

import os
import socket
import ssl
from typing import TYPE_CHECKING, Final, Protocol

from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator


@frozen
class Limits:
    """How long to wait, in seconds. `total` holds for everything, retries and waiting included."""

    connect: float = 10.0
    read: float = 20.0
    total: float = 45.0


class Answer(Protocol):
    """What came back: its status, its headers by name, and its body piece by piece, as packed as it came."""

    @property
    def status(self) -> int:
        """Give the number that HTTP has for how it went."""

    def header(self, name: str) -> str | None:
        """Give the value of a header, whose name is asked for in small letters."""

    def pieces(self) -> Iterator[bytes]:
        """Give the body. Raises `NotReachedError` where it ends too early."""


@frozen
class NotReachedError(Exception):
    """There was no answer, or none that is sound; `passing` where the same request may well get one."""

    reason: str
    passing: bool


_WORDS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (ssl.SSLCertVerificationError, "its certificate is not trusted"),
    (ssl.SSLError, "what answers speaks no sound TLS"),
    (socket.gaierror, "the name is not found"),
    (TimeoutError, "no answer in time"),
    (ConnectionRefusedError, "nobody listens there"),
    (ConnectionError, "the connection was cut"),
)
"""What lies at the bottom of a failure, as people say it; the first that fits."""
_PROXY, _NO_HTTP = "ProxyError", "RemoteProtocolError"
"""The names that both libraries have for these failures; neither is imported to tell of them."""


def not_reached(error: BaseException) -> NotReachedError:
    """Say why a connection failed, in words of our own: nothing of what the other side sent."""
    name = type(error).__name__
    if name == _PROXY:
        return NotReachedError("the proxy opens no connection", passing=False)
    seen: BaseException | None = error
    while seen is not None:
        for kind, words in _WORDS:
            if isinstance(seen, kind):
                return NotReachedError(words, passing=kind is not ssl.SSLCertVerificationError)
        seen = seen.__cause__ or seen.__context__
    return NotReachedError("what answers speaks no sound HTTP" if name == _NO_HTTP else name, passing=True)


def trusted() -> ssl.SSLContext:
    """Make the TLS that trusts the authorities of `SSL_CERT_FILE` or `SSL_CERT_DIR`, else those of Mozilla.

    Raises `NotReachedError` where what is named there cannot be used.
    """
    file, folder = os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None
    if file is None and folder is None:
        import certifi  # noqa: PLC0415 - where nothing else is named

        file = certifi.where()
    try:
        context = ssl.create_default_context(cafile=file, capath=None if file else folder)
    except (OSError, ValueError) as error:
        raise NotReachedError(f"TLS cannot be set up here, {type(error).__name__}", passing=False) from None
    context.set_alpn_protocols(["http/1.1"])
    return context
