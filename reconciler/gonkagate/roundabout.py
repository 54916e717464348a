"""The way round to the gateway: by httpx, which knows every kind of proxy and where systems name them."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, cast

from reconciler.gonkagate.reach import NotReachedError, not_reached, trusted
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

    import httpx

    from reconciler.gonkagate.reach import Answer, Limits


@contextlib.contextmanager
def _without_its_command() -> Iterator[None]:
    """Keep httpx from importing its own command line, which brings a whole terminal library along.

    That takes as long as everything else of it. What is marked so counts as not installed, and httpx goes on.
    """
    name = "httpx._main"
    hidden = name not in sys.modules
    if hidden:
        sys.modules[name] = cast("ModuleType", None)
    try:
        yield
    finally:
        if hidden:
            del sys.modules[name]


@contextlib.contextmanager
def ask(url: str, headers: Mapping[str, str], limits: Limits) -> Iterator[Answer]:
    """Ask for an address. Raises `NotReachedError`, also while the answer is read."""
    with _without_its_command():
        import httpx  # noqa: PLC0415 - slow to import, and seldom needed

    times = httpx.Timeout(limits.read, connect=limits.connect)
    try:
        with (
            httpx.Client(verify=trusted(), timeout=times, follow_redirects=False) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            yield _Answer(response)
    except httpx.HTTPError as error:
        raise not_reached(error) from None
    except (OSError, ValueError, ImportError, httpx.InvalidURL) as error:
        # What httpx raises for a variable that it cannot use, or a redirect.
        raise NotReachedError(type(error).__name__, passing=False) from None


@frozen
class _Answer:
    """An answer of httpx."""

    response: httpx.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    def header(self, name: str) -> str | None:
        return cast("str | None", self.response.headers.get(name))

    def pieces(self) -> Iterator[bytes]:
        return self.response.iter_raw()
