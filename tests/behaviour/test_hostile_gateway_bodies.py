"""A hostile gateway's bodies: sizes, packings and spellings; bounded memory, and no half of a catalog."""

import json
import zlib
from collections.abc import Mapping

import pytest

from fixtures.gateway import Answer
from tests.support.documents import KIMI
from tests.support.hostile import (
    EMPTY_BLOCK,
    GOOD,
    GZIP,
    GZIP_HEAD,
    JSON,
    MEGABYTE,
    bomb,
    endlessly,
    packed,
    stopped,
    succeeded,
)
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.standin  # every run ends before mimo has a part in it, or is like any other set-up

LARGEST = 16 * MEGABYTE
RAW = -zlib.MAX_WBITS
ZLIB = zlib.MAX_WBITS


def _coded(coding: str) -> dict[str, str]:
    return {**JSON, "Content-Encoding": coding}


def _padded(size: int) -> bytes:
    return GOOD + b" " * (size - len(GOOD))


TOO_LARGE: dict[str, Answer] = {
    "a byte too many": (200, JSON, _padded(LARGEST + 1)),
    "endless": endlessly(b" " * 65536, body=JSON),
    "endless and without chunks": endlessly(b" " * 65536, head=b"HTTP/1.1 200 OK\r\n\r\n"),
    "endless behind a catalog": endlessly(b"\n" * 65536, head=GOOD, body=JSON),
    "a gigabyte announced and sent": endlessly(b"[" * 65536, body={**JSON, "Content-Length": str(2**30)}),
    "gzip of a byte too many": (200, GZIP, packed(_padded(LARGEST + 1))),
    "gzip of 64 MB": (200, GZIP, bomb(64)),
    "gzip of 4 GB": (200, GZIP, bomb(4096)),
    "gzip of 4 GB in one piece": (200, {**GZIP, "Content-Length": "4096000"}, bomb(4096)),
    "deflate of 4 GB": (200, _coded("deflate"), bomb(4096, ZLIB)),
    "gzip without an end": endlessly(bomb(64, RAW), head=GZIP_HEAD, body=GZIP),
    "gzip of 4 GB by its other name": (200, _coded("x-gzip"), bomb(4096)),
}


@pytest.mark.parametrize("answer", TOO_LARGE.values(), ids=TOO_LARGE)
def test_more_than_16_megabytes_is_too_large(machine: Sandbox, answer: Answer) -> None:
    """Sent or unpacked, announced or not: it is given up at the limit, and memory stays small."""
    machine.gateway.models_answer = answer
    assert "16 MB" in stopped(machine, "catalog_too_large")["message"]


def _field(value: bytes) -> bytes:
    return b'{"data": [{"id": "a/b", "more": ' + value + b"}]}"


MUCH = LARGEST - 100
SWOLLEN = {
    "lists": _field(b"[" + b",".join([b"[]"] * (MUCH // 3)) + b"]"),
    "objects": _field(b"[" + b",".join([b"{}"] * (MUCH // 3)) + b"]"),
    "entries": b'{"data": [' + b",".join([b"{}"] * (MUCH // 3)) + b"]}",
    "numbers": _field(b"[" + b",".join([b"999"] * (MUCH // 4)) + b"]"),
    "fractions": _field(b"[" + b",".join([b"0.1"] * (MUCH // 4)) + b"]"),
    "texts": _field(b"[" + b",".join([b'"ab"'] * (MUCH // 5)) + b"]"),
    "names": _field(b"{" + b",".join(b'"%x":0' % number for number in range(1_500_000)) + b"}"),
}


@pytest.mark.parametrize("body", SWOLLEN.values(), ids=SWOLLEN)
def test_a_text_that_swells_in_memory_is_too_large(machine: Sandbox, body: bytes) -> None:
    """Three bytes of JSON can take a hundred of memory: what has too many parts is not read at all."""
    assert len(body) <= LARGEST
    machine.gateway.catalog = body
    stopped(machine, "catalog_too_large")


FULL = {
    "16 MB of blanks": _padded(LARGEST),
    "one text of 16 MB": GOOD[:-1] + b', "more": "' + b"a" * (MUCH - len(GOOD)) + b'"}',
    "one wide text of 16 MB": GOOD[:-1] + b', "more": "\xf0\x9f\x98\x80' + b"a" * (MUCH - len(GOOD)) + b'"}',
    "one escaped text of 16 MB": GOOD[:-1] + b', "more": "' + rb"\u0416" * (MUCH // 6 - 50) + b'"}',
    "900,000 names": GOOD[:-1]
    + b', "more": {'
    + b",".join(b'"%07x":0' % number for number in range(900_000))
    + b"}}",
    "450,000 objects": GOOD[:-1] + b', "more": [' + b",".join([b"{}"] * 450_000) + b"]}",
}


@pytest.mark.parametrize("body", FULL.values(), ids=FULL)
def test_what_just_fits_is_read_with_little_memory(machine: Sandbox, body: bytes) -> None:
    """The largest answers that are taken need no more memory than the bound of every run."""
    assert len(body) <= LARGEST
    machine.gateway.catalog = body
    succeeded(machine)


PACKED: dict[str, Answer] = {
    "gzip": (200, GZIP, packed(GOOD)),
    "x-gzip": (200, _coded("x-gzip"), packed(GOOD)),
    "deflate": (200, _coded("deflate"), packed(GOOD, ZLIB)),
    "gzip of 16 MB": (200, GZIP, packed(_padded(LARGEST))),
    "gzip byte by byte": (200, GZIP, [bytes([byte]) for byte in packed(GOOD)]),
    "gzip with empty blocks": (200, GZIP, GZIP_HEAD + EMPTY_BLOCK * 1000 + packed(GOOD)[10:]),
    "gzip with something behind": (200, GZIP, packed(GOOD) + b"\x00" * 100_000),
    "identity": (200, _coded("identity"), GOOD),
    "in capitals": (200, _coded("GZIP"), packed(GOOD)),
}


@pytest.mark.parametrize("answer", PACKED.values(), ids=PACKED)
def test_a_packed_catalog_is_unpacked(machine: Sandbox, answer: Answer) -> None:
    """A proxy may pack what we did not ask to have packed."""
    machine.gateway.models_answer = answer
    succeeded(machine)


NOT_UNPACKED: dict[str, tuple[Mapping[str, str], bytes]] = {
    "gzip that is none": (GZIP, GOOD),
    "deflate that is none": (_coded("deflate"), GOOD),
    "gzip of nothing": (GZIP, b""),
    "half a gzip": (GZIP, packed(GOOD)[: len(packed(GOOD)) // 2]),
    "gzip without its sum": (GZIP, packed(GOOD)[:-8]),
    "gzip with a wrong sum": (GZIP, packed(GOOD)[:-8] + b"\x00" * 8),
    "gzip with a bit turned": (GZIP, packed(GOOD)[:20] + bytes([packed(GOOD)[20] ^ 16]) + packed(GOOD)[21:]),
    "gzip in gzip, announced once": (GZIP, packed(packed(GOOD))),
    "gzip in gzip, announced twice": (_coded("gzip, gzip"), packed(packed(GOOD))),
    "4 GB in gzip in gzip": (_coded("gzip, gzip"), packed(bomb(4096))),
    "fifty times gzip": (_coded(", ".join(["gzip"] * 50)), packed(GOOD)),
    "gzip not announced": (JSON, packed(GOOD)),
    "a preset dictionary": (_coded("deflate"), b"\x78\xbb\x00\x00\x00\x01" + packed(GOOD, RAW)),
    "br": (_coded("br"), b"\x8b\x02\x80{}\x03"),
    "zstd": (_coded("zstd"), b"\x28\xb5\x2f\xfd\x04\x00\x11\x00\x00{}"),
    "a coding nobody knows": (_coded("\x1b[31mevil"), GOOD),
}


@pytest.mark.parametrize(("headers", "body"), NOT_UNPACKED.values(), ids=NOT_UNPACKED)
def test_what_cannot_be_unpacked_is_malformed(
    machine: Sandbox, headers: Mapping[str, str], body: bytes
) -> None:
    """Broken, cut off, packed twice, or packed in a way that was not asked for."""
    machine.gateway.models_answer = (200, headers, body)
    stopped(machine, "catalog_malformed")


def _length(number: int) -> dict[str, str]:
    return {**JSON, "Content-Length": str(number)}


LATIN = json.dumps({"data": [{"id": KIMI, "name": "Kimí"}]}, ensure_ascii=False).encode("latin-1")
DEEP = b"[" * 100_000 + b"]" * 100_000
DEEP_OBJECTS = b'{"a":' * 100_000 + b"0" + b"}" * 100_000
NOT_JSON: dict[str, Answer] = {
    "nothing": (200, JSON, b""),
    "blanks": (200, JSON, b" \n"),
    "a page": (200, {"Content-Type": "text/html"}, b"<html>Sign in</html>"),
    "half": (200, JSON, GOOD[: len(GOOD) // 2]),
    "cut by its length": (200, _length(len(GOOD) - 1), GOOD),
    "a length of 0": (200, _length(0), GOOD),
    "two catalogs": (200, JSON, GOOD + GOOD),
    "something behind it": (200, JSON, GOOD + b"x"),
    "a null before it": (200, JSON, b"\x00" + GOOD),
    "a comment": (200, JSON, b"/* a */" + GOOD),
    "a comma too many": (200, JSON, GOOD[:-2] + b",]}"),
    "quotes of the wrong kind": (200, JSON, GOOD.replace(b'"', b"'")),
    "events": (200, {"Content-Type": "text/event-stream"}, b"data: " + GOOD + b"\n\n"),
    "Latin-1": (200, {"Content-Type": "application/json; charset=latin-1"}, LATIN),
    "UTF-7": (200, JSON, GOOD.decode().encode("utf-7").replace(b"{", b"+AHs-")),
    "a cut character": (200, JSON, _field(b'"\xf0\x9f\x98"')),
    "a character spelled too long": (200, JSON, _field(b'"\xc0\xaf"')),
    "a number of 5,000 digits": (200, JSON, _field(b"9" * 5000)),
    "a number of 15 MB": (200, JSON, _field(b"9" * 15 * MEGABYTE)),
    "100,000 lists deep": (200, JSON, DEEP),
    "100,000 objects deep": (200, JSON, DEEP_OBJECTS),
    "lists in a field that is ignored": (200, JSON, _field(DEEP)),
    "objects in a field that is ignored": (200, JSON, _field(DEEP_OBJECTS)),
    "lists beside the data": (200, JSON, GOOD[:-1] + b', "more": ' + DEEP + b"}"),
    "lists without an end": (200, JSON, b"[" * 900_000),
    "an escape that is none": (200, JSON, _field(rb'"\x1b"')),
    "a control character in a text": (200, JSON, _field(b'"\x1b[31m"')),
}


@pytest.mark.parametrize("answer", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_no_json_is_malformed(machine: Sandbox, answer: Answer) -> None:
    """Cut, mixed with something else, in another encoding, or too deep to be read: none of it is used."""
    machine.gateway.models_answer = answer
    stopped(machine, "catalog_malformed")


ODD_JSON = {
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "UTF-16 without a mark": GOOD.decode().encode("utf-16-be"),
    "UTF-32": GOOD.decode().encode("utf-32"),
    "all escaped": GOOD.replace(b"id", rb"\u0069\u0064"),
    "NaN in a field that is ignored": GOOD[:-1] + b', "more": [NaN, Infinity, -Infinity]}',
    "a number beyond all numbers": GOOD[:-1] + b', "more": 1e999999}',
    "a name twice, the first one no list": b'{"data": 5, ' + GOOD[1:],
    "a name of objects' own": GOOD[:-1] + b', "__proto__": {"data": []}}',
}


@pytest.mark.parametrize("body", ODD_JSON.values(), ids=ODD_JSON)
def test_odd_json_is_read(machine: Sandbox, body: bytes) -> None:
    """What any reader of JSON agrees upon is taken, however odd it is."""
    machine.gateway.catalog = body
    succeeded(machine)
