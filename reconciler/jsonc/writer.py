"""Values written as JSON text in a given style. It knows nothing of documents, and recurses into nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from reconciler.jsonc.values import Raw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.jsonc.document import Json
    from reconciler.jsonc.style import Style

_QUOTE: Final = json.JSONEncoder(ensure_ascii=False).encode
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def write_string(text: str) -> bytes:
    """Write text as UTF-8, escaping only what must be: quotes, backslashes, controls, lone surrogates."""
    quoted = _QUOTE(text)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted).encode()


def write_value(value: Json | Raw, style: Style, indent: bytes | None) -> bytes:
    """Write a value; `indent` is that of the line it starts on, None writes all on one line."""
    out: list[bytes] = []
    # Containers that are open: their entries, closing bracket and the indent of their line.
    stack: list[tuple[Iterator[tuple[bytes, Json | Raw]], bytes, bytes | None]] = []
    lead: bytes = b""
    todo: Json | Raw = value
    while True:
        out.append(lead)
        if isinstance(todo, dict | list) and todo:
            mark, close = (b"{", b"}") if isinstance(todo, dict) else (b"[", b"]")
            out.append(mark)
            outer = stack[-1][2] if stack else None
            inner = None if indent is None else (indent if outer is None else outer) + (style.unit)
            stack.append((_entries(todo, style), close, inner))
            first = True
        else:
            out.append(_scalar(todo))
            first = False
        while stack:
            entries, close, inner = stack[-1]
            entry = next(entries, None)
            if entry is None:
                stack.pop()
                out.append(_closing(style, close, inner))
                continue
            start = _opening(style, close, inner) if first else _between(style, inner)
            lead, todo = start + entry[0], entry[1]
            break
        else:
            return b"".join(out)


def _entries(value: object, style: Style) -> Iterator[tuple[bytes, Json | Raw]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield write_string(key) + style.colon, child
    elif isinstance(value, list):
        for child in value:
            yield b"", child


def _opening(style: Style, close: bytes, inner: bytes | None) -> bytes:
    if inner is not None:
        return style.eol + inner
    return style.pad if close == b"}" else b""


def _between(style: Style, inner: bytes | None) -> bytes:
    return b"," + (style.gap if inner is None else style.eol + inner)


def _closing(style: Style, close: bytes, inner: bytes | None) -> bytes:
    if inner is None:
        return (style.pad if close == b"}" else b"") + close
    return (b"," if style.trailing else b"") + style.eol + inner.removesuffix(style.unit) + close


def _scalar(value: object) -> bytes:
    if isinstance(value, Raw):
        return value.text.encode()
    if isinstance(value, str):
        return write_string(value)
    return json.dumps(value, allow_nan=False).encode()
