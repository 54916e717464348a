"""What is wrong with a text, told to people: the message, the place, a hint. It never decides the verdict.

It names what it finds (a comma, an unquoted key) and quotes nothing else of the text.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

import attrs

from reconciler.jsonc.errors import JsoncError
from reconciler.jsonc.grammar import STRING, TRIVIA
from reconciler.jsonc.json5_hint import is_json5
from reconciler.jsonc.lines import Lines
from reconciler.records import frozen

Expected: TypeAlias = Literal["value", "key", "member", "element", "end", "nesting"]
"""What the parser looked for: `member` and `element` stand for a comma or the bracket that closes."""

_SOUND_STRING: Final = re.compile(
    rb'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+'
)
_ODD_SPACE: Final = re.compile(
    rb"[\x0b\x0c]|\xc2\xa0|\xef\xbb\xbf|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe3\x80\x80"
)
_NAME: Final = re.compile(rb"[A-Za-z_$\\\x80-\xff]")


@frozen
class Fault:
    """A finding: the message; the JSON5 word for it if JSON5 allows it; what to do about it."""

    message: str
    offset: int
    construct: str | None = None
    remedy: str | None = None


def explain(
    data: bytes, offset: int, expected: Expected, *, opened: int | None = None, limit: int | None = None
) -> JsoncError:
    """Make the error for a text whose reading stopped at an offset where something else was expected.

    `opened` is where the container begins that was being read, `limit` the nesting limit it went beyond.
    """
    lines = Lines.of(data)
    if expected == "nesting":
        fault = Fault(f"nested deeper than {limit} levels", offset)
    else:
        fault = _fault(data, offset, expected)
    if fault.offset >= len(data) and opened is not None:
        place = "{}:{}".format(*lines.place(opened))
        fault = attrs.evolve(fault, remedy=f"what begins at {place} is not closed")
    line, column = lines.place(fault.offset)
    hint = fault.remedy
    if fault.construct and is_json5(data):
        hint = f"the text is valid JSON5, but MiMoCode reads JSONC: {fault.construct} at {line}:{column}"
    return JsoncError(fault.message, line=line, column=column, offset=fault.offset, hint=hint)


def _fault(data: bytes, at: int, expected: Expected) -> Fault:
    if at >= len(data):
        return _early_end(data, at, expected)
    trivia = _no_trivia(data, at)
    if trivia is not None:
        return trivia
    if expected in ("value", "key"):
        return _not_begun(data, at, expected)
    return _not_ended(data, at, expected)


def _early_end(data: bytes, at: int, expected: Expected) -> Fault:
    if expected == "value" and TRIVIA.fullmatch(data.removeprefix(b"\xef\xbb\xbf")):
        message = "the file holds no value, only white space or comments"
        return Fault(message, at, remedy="write {} into it, or leave no byte in it")
    return Fault("the text ends too early", at)


def _no_trivia(data: bytes, at: int) -> Fault | None:
    """Explain why what begins here is no comment or white space, if it was meant to be."""
    if data.startswith(b"/*", at):
        return Fault("a comment is not closed", at, remedy="close it with */")
    if data.startswith(b"/", at):
        return Fault("a lone slash", at, remedy="a comment begins with // or /*")
    if _ODD_SPACE.match(data, at):
        message = "white space of a kind that JSON does not know"
        return Fault(message, at, "unusual white space", "use spaces, tabs and line ends alone")
    return None


def _not_begun(data: bytes, at: int, expected: Expected) -> Fault:
    """Explain why no value, or no key, begins here."""
    rest = data[at : at + 16]
    if rest.startswith(b'"'):
        return _string(data, at)
    if rest.startswith(b"'"):
        return Fault("a single quote", at, "single-quoted string", "put text in double quotes")
    if rest.startswith(b","):
        return Fault("a comma too many", at, remedy="take it out")
    if expected == "value":
        return _no_number(rest, at)
    if _NAME.match(rest):
        return Fault("a key without quotes", at, "unquoted key", "put the key in double quotes")
    return Fault("expected a key in double quotes", at)


def _no_number(rest: bytes, at: int) -> Fault:
    """Explain why no number begins here, if it looks like one."""
    bare = rest.lstrip(b"+-")
    for word in ("NaN", "Infinity"):
        if bare.startswith(word.encode()):
            return Fault("a number that JSON does not have", at, word, "write a number, or a string")
    if rest.startswith(b"+"):
        return Fault("a plus sign before a number", at, "plus sign", "take it out")
    if bare.startswith(b"."):
        return Fault(
            "a number without a digit before its point", at, "leading decimal point", "write 0 there"
        )
    return Fault("expected a value", at)


def _string(data: bytes, at: int) -> Fault:
    """Explain a string that is broken, or a key without a colon."""
    whole = STRING.match(data, at)
    if whole is not None:
        space = TRIVIA.match(data, whole.end())
        colon = space.end() if space else whole.end()
        return _no_trivia(data, colon) or Fault("expected a colon behind the key", colon)
    sound = _SOUND_STRING.match(data, at)
    stop = sound.end() if sound else at
    rest = data[stop : stop + 2]
    if rest[:1] in (b"", b"\r", b"\n"):
        return Fault("a string is not closed on its line", at, remedy='close it with "')
    if rest[:1] != b"\\":
        return Fault(
            "a control character in a string", stop, "control character", "write it as an escape, as \\t"
        )
    if rest[1:] in (b"\r", b"\n"):
        return Fault("a backslash at the end of a line", stop, "line continuation", "write \\n instead")
    return Fault("an escape that JSON does not know", stop, "unusual escape", "a backslash is written \\\\")


def _not_ended(data: bytes, at: int, expected: Expected) -> Fault:
    """Explain why a value is followed by something that cannot stand there."""
    rest = data[at : at + 1]
    if data[at - 1 : at].isdigit():
        if rest == b".":
            return Fault(
                "a number that ends with its point", at, "trailing decimal point", "write a digit there"
            )
        if rest in (b"x", b"X"):
            return Fault("a hexadecimal number", at, "hexadecimal number", "write it as a decimal number")
        if rest.isdigit():
            return Fault("a number that begins with 0", at, remedy="take the 0 out")
    if expected == "end":
        return Fault("something follows the end of the value", at)
    if rest in (b"}", b"]"):
        return Fault("a closing bracket of the wrong kind", at)
    close = "}" if expected == "member" else "]"
    return Fault(f"expected a comma or {close}", at)
