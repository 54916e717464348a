"""Asking the gateway for its catalog: over HTTPS, with limits of time and size, and a few tries.

The key goes into one header of one request to one fixed address, and nowhere else. No redirect is
followed. What comes back is somebody else's, so it is bounded before it is unpacked or kept.
"""

from __future__ import annotations

import os
import threading
import time
import zlib
from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler.gonkagate.facts import CATALOG_URL, Code
from reconciler.gonkagate.proxies import straight_way
from reconciler.gonkagate.reach import Limits, NotReachedError
from reconciler.gonkagate.refusals import malformed, refused, too_large, unreachable
from reconciler.records import frozen
from reconciler.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from reconciler.engine.problems import Stop
    from reconciler.gonkagate.key import Key
    from reconciler.gonkagate.reach import Answer

SIZE_LIMIT: Final = 16 * 1024 * 1024
TRIES: Final = 3
LONGEST_WAIT: Final = 10.0
_FIRST_WAIT: Final = 0.3
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
"""Answers after which the same request may well succeed."""


@frozen
class _Again(Exception):  # noqa: N818 - a failed try that may be repeated, not an error of its own
    """A try that failed and may be repeated; `after` seconds if the gateway said when."""

    ending: Stop
    after: float | None = None


def fetch(key: Key, limits: Limits | None = None, wait: Callable[[float], object] = time.sleep) -> bytes:
    """Ask the gateway for its models and return the answer's body, unpacked.

    Standard proxy and certificate variables apply. Raises `Stop` with api_key_rejected,
    catalog_unreachable, catalog_too_large or catalog_malformed; whatever the gateway does, not later
    than the limits say.
    """
    run = _Fetch(key, limits or Limits(), wait)
    outcome: list[bytes | BaseException] = []

    def work() -> None:
        try:
            outcome.append(run.with_retries())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            outcome.append(error)

    # A gateway that drips its headers is inside of every single limit for ever: left to itself.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(run.limits.total)
    if not outcome:
        raise unreachable(f"the catalog did not arrive within {run.limits.total:.0f} seconds")
    (answer,) = outcome
    if isinstance(answer, BaseException):
        raise answer
    return answer


@frozen
class _Fetch:
    """One fetch with its tries."""

    key: Key
    limits: Limits
    wait: Callable[[float], object]
    started: float = field(factory=time.monotonic)

    def with_retries(self) -> bytes:
        for number in range(TRIES):
            try:
                return self._once()
            except _Again as failed:
                pause = failed.after
                if pause is None:
                    import random  # noqa: PLC0415 - only where a try failed

                    pause = _FIRST_WAIT * 3**number * random.uniform(0.5, 1.5)  # noqa: S311 - jitter is no secret
                left = self.limits.total - (time.monotonic() - self.started)
                if number == TRIES - 1 or pause > min(LONGEST_WAIT, left):
                    raise failed.ending from None
                self.wait(pause)
        raise AssertionError  # the last try returns or raises

    def _once(self) -> bytes:
        headers = {
            "Authorization": f"Bearer {self.key.reveal()}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"mimo-code-setup/{__version__}",
        }
        try:
            with self._asked(headers) as answer:
                _judge_status(answer)
                return _bounded(_unpacked(answer))
        except NotReachedError as failed:
            ending = unreachable(f"the gateway cannot be reached ({failed.reason})")
            if failed.passing:
                raise _Again(ending) from None
            raise ending from None

    def _asked(self, headers: Mapping[str, str]) -> AbstractContextManager[Answer]:
        way = straight_way(os.environ)
        if way is None:
            from reconciler.gonkagate import roundabout  # noqa: PLC0415 - slow to import, and seldom needed

            return roundabout.ask(CATALOG_URL, headers, self.limits)
        from reconciler.gonkagate import straight  # noqa: PLC0415 - where the gateway is asked

        return straight.ask(CATALOG_URL, headers, self.limits, way.proxy)


def _unpacked(answer: Answer) -> Iterator[bytes]:
    """Give the body piece by piece, each no larger than the limit, however small it came."""
    coding = (answer.header("content-encoding") or "identity").strip().lower()
    if coding in ("", "identity"):
        yield from answer.pieces()
        return
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise malformed("is packed in a way that was not asked for")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        for packed in answer.pieces():
            rest = packed
            while rest:
                yield unpacker.decompress(rest, SIZE_LIMIT)
                rest = unpacker.unconsumed_tail
            if unpacker.eof:  # whatever comes behind the end is not waited for
                return
        yield unpacker.flush()
    except zlib.error:
        raise malformed("is packed and cannot be unpacked") from None
    if not unpacker.eof:
        raise malformed("is packed and ends too early")


def _bounded(pieces: Iterable[bytes]) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > SIZE_LIMIT:
            raise too_large(f"the catalog is larger than {SIZE_LIMIT // 1024 // 1024} MB")
    return bytes(body)


def _judge_status(answer: Answer) -> None:
    status = answer.status
    if status in (401, 403):
        raise refused(
            Code.API_KEY_REJECTED,
            f"the gateway refuses the key (HTTP {status})",
            "check the key in your GonkaGate account; give another one with --api-key-stdin",
            source="key",
        )
    if status == 402:  # noqa: PLR2004 - HTTP's own number
        raise unreachable("the gateway asks for payment (HTTP 402): the account has no balance")
    if status in range(300, 400):
        raise unreachable(f"the gateway answered with a redirect (HTTP {status}), which is not followed")
    if status in _PASSING:
        said = "says that it was asked too often" if status == 429 else "has a problem of its own"  # noqa: PLR2004
        ending = unreachable(f"the gateway {said} (HTTP {status})")
        raise _Again(ending, _retry_after(answer.header("retry-after")))
    if status != 200:  # noqa: PLR2004 - HTTP's own number
        raise unreachable(f"the gateway answered with HTTP {status}")


def _retry_after(text: str | None) -> float | None:
    """Read a number of seconds; a date or anything else is not taken."""
    if text is None or not text.strip().isascii() or not text.strip().isdecimal():
        return None
    return float(text.strip()[:10])
