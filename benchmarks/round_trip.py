"""One network round trip: the least that asking the gateway takes, as `python round_trip.py` measures it.

A tunnel through the proxy, the handshake of TLS and one request for the models, read to its end, by hand and
on a connection of its own. Prints the seconds; starting Python and importing its libraries are not in them.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from urllib.parse import urlsplit

HOST = "api.gonkagate.com"


def ask(proxy: str, authority: str, key: str) -> bytes:
    """Return the whole answer, headers and all."""
    context = ssl.create_default_context(cafile=authority)
    where = urlsplit(proxy)
    with socket.create_connection((where.hostname or "", where.port or 0)) as plain:
        plain.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode())
        if b" 200 " not in plain.recv(4096).partition(b"\r\n")[0]:
            raise SystemExit("the proxy opens no tunnel")
        with context.wrap_socket(plain, server_hostname=HOST) as tunnel:
            head = (
                f"GET /v1/models HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {key}\r\nConnection: close"
            )
            tunnel.sendall(f"{head}\r\n\r\n".encode())
            return b"".join(iter(lambda: tunnel.recv(65536), b""))


def main() -> None:
    """Ask once, and tell how long it took."""
    proxy, authority = os.environ["HTTPS_PROXY"], os.environ["SSL_CERT_FILE"]
    key = os.environ["GONKAGATE_API_KEY"]
    began = time.perf_counter()
    answer = ask(proxy, authority, key)
    took = time.perf_counter() - began
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise SystemExit("the gateway refuses")
    print(took)


if __name__ == "__main__":
    main()
