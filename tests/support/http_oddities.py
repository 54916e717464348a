"""What a gateway or a proxy may say that is no sound HTTP, or sound and odd: byte for byte, head and all."""

from typing import Final

from tests.support.hostile import GOOD


def head(*lines: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    """Spell the head of an answer."""
    return b"\r\n".join([status, *lines, b"", b""])


LENGTH: Final = b"Content-Length: %d" % len(GOOD)
NO_HTTP: Final = {
    "nothing": b"",
    "half a status line": b"HTTP/1.1 2",
    "HTTP/0.9": GOOD,
    "HTTP/0.9 with a page": b"<html>" + b"x" * 100_000,
    "HTTP/2": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x80",
    "an upgrade": head(b"Upgrade: h2c", status=b"HTTP/1.1 101 Switching"),
    "ICY": head(LENGTH, status=b"ICY 200 OK") + GOOD,
    "no number": head(LENGTH, status=b"HTTP/1.1 OK 200") + GOOD,
    "a status of 4 digits": head(LENGTH, status=b"HTTP/1.1 2000 OK") + GOOD,
    "a negative status": head(LENGTH, status=b"HTTP/1.1 -20 OK") + GOOD,
    "status 0": head(LENGTH, status=b"HTTP/1.1 000 OK") + GOOD,
    "two lengths": head(LENGTH, b"Content-Length: 5") + GOOD,
    "a negative length": head(b"Content-Length: -1") + GOOD,
    "a length of words": head(b"Content-Length: many") + GOOD,
    "a length of 400 digits": head(b"Content-Length: " + b"9" * 400) + GOOD,
    "a length that is too long": head(b"Content-Length: 5000") + GOOD,
    "a length of petabytes": head(b"Content-Length: 9007199254740993") + GOOD,
    "a coding nobody knows": head(b"Transfer-Encoding: gzip, chunked") + GOOD,
    "a chunk without a length": head(b"Transfer-Encoding: chunked") + b"zz\r\n" + GOOD,
    "a negative chunk": head(b"Transfer-Encoding: chunked") + b"-5\r\n" + GOOD,
    "a chunk of 2^80": head(b"Transfer-Encoding: chunked") + b"f" * 20 + b"\r\n" + GOOD,
    "chunks without an end": head(b"Transfer-Encoding: chunked") + b"%x\r\n%s\r\n" % (len(GOOD), GOOD),
    "a header of 1 MB": head(b"X-Long: " + b"a" * 1_000_000, LENGTH) + GOOD,
    "a header name of 1 MB": head(b"X" * 1_000_000 + b": a", LENGTH) + GOOD,
    "50,000 headers": head(*(b"X-%d: a" % number for number in range(50_000)), LENGTH) + GOOD,
    "a header without a name": head(b": a", LENGTH) + GOOD,
    "a header without a colon": head(b"nonsense", LENGTH) + GOOD,
    "a null in a header": head(b"X-Null: a\x00b", LENGTH) + GOOD,
}


ENDLESS: Final = {
    "one header": (head()[:-2] + b"X-Long: ", b"a" * 65536),
    "headers": (head()[:-2], b"X-More: a\r\n" * 5000),
    "a status line": (b"HTTP/1.1 200 ", b"OK" * 30_000),
    "trailers": (head(b"Transfer-Encoding: chunked") + b"0\r\n", b"X-More: a\r\n" * 5000),
    "a chunk's length": (head(b"Transfer-Encoding: chunked"), b"0" * 65536),
    "a chunk's extension": (head(b"Transfer-Encoding: chunked") + b"5;", b"a" * 65536),
}


SOUND: Final = {
    "HTTP/7": head(LENGTH, status=b"HTTP/7.1 200 OK") + GOOD,
    "HTTP/1.0": head(status=b"HTTP/1.0 200 OK") + GOOD,
    "without a reason": head(LENGTH, status=b"HTTP/1.1 200") + GOOD,
    "until the end": head(b"Connection: close") + GOOD,
    "after early hints": head(b"Link: </evil>", status=b"HTTP/1.1 103 Hints") + head(LENGTH) + GOOD,
    "in chunks of one": head(b"Transfer-Encoding: chunked")
    + b"".join(b"1\r\n%c\r\n" % byte for byte in GOOD)
    + b"0\r\n\r\n",
    "with a second answer behind it": head(LENGTH) + GOOD + head(LENGTH) + b"{" * len(GOOD),
    "with 500 headers": head(*(b"X-%d: a" % number for number in range(500)), LENGTH) + GOOD,
    "with colours in a header": head(b"X-Colour: \x1b[31mred", LENGTH) + GOOD,
    "with bytes of no text in a header": head(b"X-Bytes: \xff\xfe\x80", LENGTH) + GOOD,
}


PROXIES: Final = {
    "403": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
    "407": b'HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm="\x1b[31m"\r\nContent-Length: 0\r\n\r\n',
    "500": b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\nOops",
    "502": b"HTTP/1.1 502 Bad gateway\r\nContent-Length: 0\r\n\r\n",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n",
    "401": b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n",
    "garbage": b"\x05\x00nonsense\r\n\r\n",
    "a page": b"<html>Sign in to the network</html>",
    "a reason of 1 MB": b"HTTP/1.1 403 " + b"no \x1b[31m" * 125_000 + b"\r\n\r\n",
    "a reason in colours": b"HTTP/1.1 403 \x1b[31mno\r\nContent-Length: 0\r\n\r\n",
    "nothing": b"",
}
