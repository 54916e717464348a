"""A gateway that means harm: what it can send, and what every run that meets it must be like."""

import datetime as dt
import json
import socket
import ssl
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from typing import Any, Final

import attrs
import trustme

from fixtures.canary import CANARY_KEY, CANARY_MARK
from fixtures.gateway import HOST, Answer, Gateway, HangUpError, Raw, Request, server_side
from tests.support.documents import KIMI, read, ref
from tests.support.pictures import users_files
from tests.support.refusals import refusal, untouched_by
from tests.support.sandbox import Result, Sandbox

MODELS_URL: Final = f"https://{HOST}/v1/models"
APPLY: Final = ("apply", "--scope", "user", "--yes", "--json")
JSON: Final = {"Content-Type": "application/json"}
GZIP: Final = {**JSON, "Content-Encoding": "gzip"}
GOOD: Final = json.dumps({"object": "list", "data": [{"id": KIMI}]}).encode()
MEGABYTE: Final = 1024 * 1024

PEAK_LIMIT: Final = 250 * MEGABYTE
QUICK: Final = 30.0  # seconds, for what needs no more than a few tries on a busy machine
PATIENT: Final = 60.0  # seconds: the 45 of a fetch, and the rest of a run
REMEDIES: Final = {
    "api_key_rejected": "--api-key-stdin",
    "catalog_unreachable": "connection",
    "catalog_malformed": "proxy",
    "catalog_empty": "account",
    "catalog_too_large": "support",
    "catalog_unsafe": "support",
}

# Texts that may get neither into a config nor onto a terminal.
HOSTILE_TEXTS: Final = {
    "a variable": "{env:HOME}",
    "a file": "{file:~/.ssh/id_rsa}",
    "a reference inside": "a/b{env:GONKAGATE_API_KEY}c",
    "an open reference": "a/b{file:",
    "a newline": "a/b\nc",
    "a carriage return": "a/b\rc",
    "a null": "a/b\x00c",
    "a backspace": "a/b\x08\x08c",
    "delete": "a/b\x7fc",
    "a C1 control": "a/b\x9b31mc",
    "a colour": "a/\x1b[31mred",
    "a title": "a/\x1b]0;owned\x07b",
    "a link": "a/\x1b]8;;https://evil.example\x1b\\b",
    "right to left": "a/\u202etxt.b",
    "an isolate": "a/\u2066b\u2069",
    "zero width": "a/b\u200bc",
    "a byte order mark": "\ufeffa/b",
    "a line separator": "a/b\u2028c",
    "a lone surrogate": "a/\ud800b",
    "half a pair": "a/\udc00",
    "not a character": "a/\ufdd0b",
    "private use": "a/\ue000b",
    "10,000 characters": "a/" + "b" * 10_000,
}
# Texts that no id may be, though a name may.
HOSTILE_IDS: Final = {
    **HOSTILE_TEXTS,
    "braces": "a/{b}",
    "a quote": 'a/b"c',
    "an apostrophe": "a/b'c",
    "a backslash": "a\\b",
    "a dollar": "a/$HOME",
    "a backtick": "a/`id`",
    "a parent folder": "../../x",
    "an absolute path": "/etc/passwd",
    "a flag": "--yes",
    "a space before": " a/b",
    "a space behind": "a/b ",
    "a space inside": "a b",
    "a no-break space": "a/b\u00a0c",
    "an empty segment": "a//b",
    "a slash behind": "a/",
    "a percent sign": "a%2f..%2fb",
    "a look-alike": "moonshot\u0430i/kimi-k2.6",
    "wide letters": "\uff41/\uff42",
    "a comment": "a/b/*c*/",
    "201 characters": "a/" + "b" * 199,
}

# Starts a command, waits for it, notes the most memory it and its children had. A process inherits the peak
# of the one that starts it, so this one is small; it ends what does not end by itself.
_WATCH: Final = """
import os, signal, sys
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
signal.alarm(90)
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as note:
    note.write(str(usage.ru_maxrss * 1024))
os._exit(os.waitstatus_to_exitcode(status) & 255)
"""


@attrs.frozen
class Ending:
    """How a run ended: its result, its seconds, and the most memory one of its processes had, in bytes."""

    result: Result
    seconds: float
    peak: int


def attempt(
    machine: Sandbox, *arguments: str, env: Mapping[str, str | None] | None = None, key: str = CANARY_KEY
) -> Ending:
    """Run a command (else a whole set-up); plain HTTP would come to the gateway's proxy as well."""
    note = machine.root / "peak"
    proxy = {"HTTP_PROXY": machine.gateway.proxy_url, "http_proxy": machine.gateway.proxy_url}
    watch = (sys.executable, "-I", "-S", "-c", _WATCH, str(note))
    started = time.monotonic()
    result = machine.run(*(arguments or APPLY), env={**proxy, **(env or {})}, key=key, prefix=watch)
    return Ending(result, time.monotonic() - started, int(note.read_text()))


def stopped(
    machine: Sandbox, code: str, *arguments: str, env: Mapping[str, str | None] | None = None
) -> dict[str, Any]:
    """Run a set-up that must end in one blocker, in time and with nothing written; return the blocker."""
    before = users_files(machine)
    ending = attempt(machine, *arguments, env=env)
    blocker = well_refused(machine, ending, code)
    assert ending.seconds < QUICK
    assert untouched_by(machine, before)
    return blocker


def well_refused(machine: Sandbox, ending: Ending, code: str) -> dict[str, Any]:
    """Return the one blocker of a run, after checking all that a hostile answer must not bring about."""
    blocker = refusal(ending.result, code)
    assert ending.result.codes == [code]
    assert blocker["location"] == {"file": MODELS_URL, "line": None, "column": None}
    assert REMEDIES[code] in blocker["remedy"]
    assert blocker["message"].isprintable()
    assert len(blocker["message"]) < 300
    assert_discreet(machine, ending)
    return blocker


def succeeded(machine: Sandbox, *, within: float = QUICK) -> dict[str, Any]:
    """Run a set-up that must succeed, discreetly; return the user config's value."""
    ending = attempt(machine)
    assert ending.result.exit_code == 0, ending.result.stdout + ending.result.stderr
    assert ending.seconds < within
    assert_discreet(machine, ending)
    config = read(machine.user_config)
    assert config["model"] == ref(KIMI)
    return config


def assert_discreet(machine: Sandbox, ending: Ending) -> None:
    """Hold a run against what is true of every run, however it ends: memory, terminal, key."""
    shown = ending.result.stdout + ending.result.stderr
    assert ending.peak < PEAK_LIMIT, f"{ending.peak / MEGABYTE:.0f} MB"
    assert all(char.isprintable() or char == "\n" for char in shown)
    assert CANARY_MARK not in shown
    assert "Traceback" not in shown
    assert_key_went_to_nobody_else(machine.gateway)


def assert_key_went_to_nobody_else(gateway: Gateway) -> None:
    """No other host was asked for, the proxy saw no key, and the gateway was asked for its models alone."""
    assert gateway.other_hosts == []
    assert all(CANARY_MARK not in repr(request) for request in gateway.proxied)
    assert {(one.method, one.host, one.path) for one in gateway.requests} <= {("GET", HOST, "/v1/models")}
    assert all(one.header("host") == HOST for one in gateway.requests)


# Answers


def listing(*entries: object) -> bytes:
    """Spell a catalog; lone surrogates and all are escaped."""
    return json.dumps({"object": "list", "data": entries}).encode()


def hang_up(_: Request) -> Answer:
    """Cut the connection without a word."""
    raise HangUpError


def in_turn(*answers: Answer | Callable[[Request], Answer]) -> Callable[[Request], Answer]:
    """Give one answer after the other; the last one for good."""
    left = list(answers)

    def answer(request: Request) -> Answer:
        now = left.pop(0) if len(left) > 1 else left[0]
        return now(request) if callable(now) else now

    return answer


def endlessly(piece: bytes, *, head: bytes = b"", body: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401
    """Make an answer without an end: a raw one, or one with headers whose body is chunked."""

    def answer(_: Request) -> Answer:
        return Raw(_after(head, repeat(piece))) if body is None else (200, body, _after(head, repeat(piece)))

    return answer


def _after(head: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from pieces


def dripping(gateway: Gateway, piece: bytes, *, head: bytes = b"", seconds: float = 1.0) -> Iterator[bytes]:
    """Yield a head, then a piece now and then, until the gateway closes."""
    yield head
    while True:
        gateway.pause(seconds)
        yield piece


# Packing


def packed(data: bytes, window: int = zlib.MAX_WBITS | 16) -> bytes:
    """Pack as gzip, or as another window size says."""
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    return packer.compress(data) + packer.flush()


def bomb(megabytes: int, window: int = zlib.MAX_WBITS | 16) -> bytes:
    """Return what unpacks to that many megabytes of blanks, made without packing them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    blanks = b" " * MEGABYTE
    head = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(blanks) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * (megabytes - 1) + packer.flush()


EMPTY_BLOCK: Final = b"\x00\x00\x00\xff\xff"
"""A stored block of deflate that holds nothing: any number of them unpack to nothing."""
GZIP_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"


# Certificates and conversations


def another_host(gateway: Gateway) -> ssl.SSLContext:
    """Show a certificate of the right authority for another host."""
    return server_side(gateway.authority.issue_cert("gonkagate.com.evil.example"))


def the_parent_domain(gateway: Gateway) -> ssl.SSLContext:
    """Show a certificate for the domain above, which does not cover the host."""
    return server_side(gateway.authority.issue_cert("gonkagate.com"))


def too_wide_a_wildcard(gateway: Gateway) -> ssl.SSLContext:
    """Show a certificate for a whole top-level domain."""
    return server_side(gateway.authority.issue_cert("*.com"))


def another_authority(_: Gateway) -> ssl.SSLContext:
    """Show a certificate for the right host of an authority that nobody trusts."""
    return server_side(trustme.CA().issue_cert(HOST))


def expired(gateway: Gateway) -> ssl.SSLContext:
    """Show a certificate that was good until yesterday."""
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    return server_side(gateway.authority.issue_cert(HOST, not_before=now - 30 * day, not_after=now - day))


def not_yet_valid(gateway: Gateway) -> ssl.SSLContext:
    """Show a certificate that will be good from tomorrow."""
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    return server_side(gateway.authority.issue_cert(HOST, not_before=now + day, not_after=now + 30 * day))


def saying(words: bytes, heard: list[bytes]) -> Callable[[socket.socket], None]:
    """Answer the first bytes of a TLS handshake with something of our own, and note what was sent to us."""

    def talk(connection: socket.socket) -> None:
        heard.append(connection.recv(65536))
        connection.sendall(words)

    return talk


def cut_inside_a_record(gateway: Gateway, body: bytes) -> Callable[[socket.socket], None]:
    """Answer over real TLS, and cut the connection in the middle of the last record."""

    def talk(connection: socket.socket) -> None:
        arriving, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = gateway.server_tls.wrap_bio(arriving, leaving, server_side=True)

        def turn(step: Callable[[], object]) -> None:
            while True:
                try:
                    step()
                except ssl.SSLWantReadError:
                    connection.sendall(leaving.read())
                    arriving.write(connection.recv(65536))
                else:
                    return

        turn(tls.do_handshake)
        turn(lambda: tls.read(65536))
        tls.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body)
        connection.sendall(leaving.read()[:-20])

    return talk
