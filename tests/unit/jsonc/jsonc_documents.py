"""Hypothesis strategies: whole JSONC documents with everything that may stand in them."""

from __future__ import annotations

import json
from typing import Final

from hypothesis import strategies as st

KEYS: Final = ["a", "b", "c", "", "d e", "é", "😀", "1", "x/y.z", "//", "toString", 'q"\\']
FRESH: Final = ["new", "нов", "new\nline", "\ud800", "/* */", "n" * 80]

scalars = st.one_of(
    st.sampled_from(
        ["0", "-0", "1", "1.50", "1e400", "-12E+3", "true", "false", "null", '"\\ud83d\\ude00"', '"\\ud800"']
    ),
    st.sampled_from(['""', '"x // y"', '"/* z"', '"\\u0041\\n"', '"' + "long" * 60 + '"', '"é\u2028"']),
)


def spelled(key: str) -> st.SearchStrategy[str]:
    """Give spellings of a key: plain, and with every character escaped."""
    escaped = "".join(f"\\u{unit:04x}" for unit in _units(key))
    return st.sampled_from(
        [json.dumps(key, ensure_ascii=False), json.dumps(key, ensure_ascii=False), f'"{escaped}"']
    )


def _units(text: str) -> list[int]:
    raw = text.encode("utf-16-be", "surrogatepass")
    return [raw[at] << 8 | raw[at + 1] for at in range(0, len(raw), 2)]


@st.composite
def gaps(draw: st.DrawFn, eol: str, lines: int) -> str:
    """Give what may stand between tokens; `lines` is the usual indent, -1 for one-line documents."""
    parts = draw(
        st.lists(
            st.sampled_from([" ", "\t", "/**/", "/* c */", "/* \n */", "//", "// c", "/*//*/", eol]),
            max_size=3,
        )
    )
    rare = "".join(part + eol if part.startswith("//") else part for part in parts)
    usual = " " if lines < 0 else eol + "  " * lines
    return draw(st.sampled_from(["", "", " ", usual, usual, usual + "// note" + eol, rare, rare]))


@st.composite
def objects(draw: st.DrawFn, eol: str, depth: int, lines: int, keys: list[str]) -> str:
    """Give an object, its keys single but for `__proto__`."""
    inner = lines + 1 if lines >= 0 and draw(st.booleans()) else -1
    parts: list[str] = []
    for key in draw(st.lists(st.sampled_from(keys), unique=True, max_size=4)):
        name = draw(spelled(key))
        value = draw(values(eol, depth - 1, inner, keys))
        before, behind = draw(gaps(eol, inner)), draw(st.sampled_from(["", "", " ", "/*k*/", eol]))
        parts.append(f"{before}{name}{draw(st.sampled_from(['', '', ' ', '/*k*/']))}:{behind or ' '}{value}")
        parts[-1] += draw(st.sampled_from(["", "", "", " ", " /* v */", f" // v{eol}"]))
    body = ",".join(parts)
    comma = draw(st.sampled_from(["", "", ",", " ,"])) if parts else ""
    return "{" + body + comma + draw(gaps(eol, lines)) + "}"


def values(eol: str, depth: int, lines: int, keys: list[str]) -> st.SearchStrategy[str]:
    """Give any value."""
    if depth <= 0:
        return scalars
    arrays = st.lists(st.deferred(lambda: values(eol, depth - 1, -1, keys)), max_size=3).map(
        lambda parts: "[" + ", ".join(parts) + "]",
    )
    return st.one_of(scalars, arrays, objects(eol, depth, lines, keys), objects(eol, depth, lines, keys))


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Give the bytes of a document whose root is an object and whose keys are single."""
    eol = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    keys = [*KEYS, *(["__proto__"] if draw(st.booleans()) else [])]
    root = draw(objects(eol, draw(st.integers(1, 3)), 0, keys))
    before, behind = draw(gaps(eol, 0)), draw(st.sampled_from(["", eol, eol, f" // end{eol}", "/* end */"]))
    bom = draw(st.sampled_from([b"", b"", b"", b"\xef\xbb\xbf"]))
    return bom + (before + root + behind).encode()


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53), 2**53),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
        st.sampled_from(["\ud800", "\U0001f600", "\u2028", "x" * 200]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([*KEYS, *FRESH]), inner, max_size=3),
    ),
    max_leaves=8,
)
