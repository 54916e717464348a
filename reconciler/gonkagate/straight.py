"""The straight way to the gateway: by httpcore, which is what httpx speaks HTTP with.

Where no proxy is named, or one that is only a tunnel, the rest of httpx would be imported for nothing.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import httpcore

from reconciler.gonkagate.reach import NotReachedError, not_reached, trusted
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.gonkagate.proxies import Address
    from reconciler.gonkagate.reach import Answer, Limits

_FAILURES: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
)


@contextlib.contextmanager
def ask(url: str, headers: Mapping[str, str], limits: Limits, proxy: Address | None) -> Iterator[Answer]:
    """Ask for an address. Raises `NotReachedError`, also while the answer is read."""
    times = {"connect": limits.connect, "read": limits.read, "write": limits.read, "pool": limits.read}
    given, how = list(headers.items()), {"timeout": times}
    try:
        with (
            _connections(proxy) as connections,
            connections.stream("GET", url, headers=given, extensions=how) as response,
        ):
            yield _Answer(response)
    except _FAILURES as error:
        raise not_reached(error) from None
    except UnicodeError as error:  # the name of a proxy that is none
        raise NotReachedError(type(error).__name__, passing=False) from None


def _connections(proxy: Address | None) -> httpcore.ConnectionPool:
    if proxy is None:
        return httpcore.ConnectionPool(ssl_context=trusted())
    return httpcore.HTTPProxy("http://{}:{}".format(*proxy), ssl_context=trusted())


@frozen
class _Answer:
    """An answer of httpcore."""

    response: httpcore.Response

    @property
    def status(self) -> int:
        return self.response.status

    def header(self, name: str) -> str | None:
        values = [value for given, value in self.response.headers if given.lower() == name.encode()]
        return b", ".join(values).decode("latin-1") or None

    def pieces(self) -> Iterator[bytes]:
        return self.response.iter_stream()
