"""A text that cannot be read is refused with its place and a hint, and nothing of it is quoted."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

from reconciler.jsonc import JsoncError, parse
from reconciler.jsonc.json5_hint import SIZE_LIMIT

# text, line:column, message, hint
FAULTS: Final[list[tuple[str, str, str, str | None]]] = [
    ("[X.5]", "1:2", "expected a value", None),
    (
        "\ufeff ",
        "1:2",
        "the file holds no value, only white space or comments",
        "write {} into it, or leave no byte in it",
    ),
    (
        " \n",
        "2:1",
        "the file holds no value, only white space or comments",
        "write {} into it, or leave no byte in it",
    ),
    (
        "\ufeff",
        "1:1",
        "the file holds no value, only white space or comments",
        "write {} into it, or leave no byte in it",
    ),
    (
        "// x",
        "1:5",
        "the file holds no value, only white space or comments",
        "write {} into it, or leave no byte in it",
    ),
    ('{"a":1', "1:7", "the text ends too early", "what begins at 1:1 is not closed"),
    ('{\n "a": [1, ', "2:11", "the text ends too early", "what begins at 2:7 is not closed"),
    ('{"a":', "1:6", "the text ends too early", "what begins at 1:1 is not closed"),
    ('{"a"', "1:5", "expected a colon behind the key", "what begins at 1:1 is not closed"),
    ("{", "1:2", "the text ends too early", "what begins at 1:1 is not closed"),
    ("{ /* x", "1:3", "a comment is not closed", "close it with */"),
    ("1 /x", "1:3", "a lone slash", "a comment begins with // or /*"),
    ("{/}", "1:2", "a lone slash", "a comment begins with // or /*"),
    ('{"a" 1}', "1:6", "expected a colon behind the key", None),
    ('{"a": 1 "b": 2}', "1:9", "expected a comma or }", None),
    ("[1 2]", "1:4", "expected a comma or ]", None),
    ("[1}", "1:3", "a closing bracket of the wrong kind", None),
    ('{"a":1]', "1:7", "a closing bracket of the wrong kind", None),
    ('{"a":1,]', "1:8", "expected a key in double quotes", None),
    ("{1:2}", "1:2", "expected a key in double quotes", None),
    ("[1,,2]", "1:4", "a comma too many", "take it out"),
    ("{,}", "1:2", "a comma too many", "take it out"),
    ("[}", "1:2", "expected a value", None),
    ("{} {}", "1:4", "something follows the end of the value", None),
    ("{}}", "1:3", "something follows the end of the value", None),
    ("[undefined]", "1:2", "expected a value", None),
    ("[truex]", "1:6", "expected a comma or ]", None),
    ("[01]", "1:3", "a number that begins with 0", "take the 0 out"),
    ("[--1]", "1:2", "expected a value", None),
    ("[1e]", "1:3", "expected a comma or ]", None),
    ('["a\nb"]', "1:2", "a string is not closed on its line", 'close it with "'),
    ('["a\rb"]', "1:2", "a string is not closed on its line", 'close it with "'),
    ('["a', "1:2", "a string is not closed on its line", 'close it with "'),
    ('["\\u12"]', "1:3", "an escape that JSON does not know", "a backslash is written \\\\"),
    ("{a-b:1}", "1:2", "a key without quotes", "put the key in double quotes"),
    ("{'a:1}", "1:2", "a single quote", "put text in double quotes"),
    ("[+]", "1:2", "a plus sign before a number", "take it out"),
    ("[.]", "1:2", "a number without a digit before its point", "write 0 there"),
    ("[0x]", "1:3", "a hexadecimal number", "write it as a decimal number"),
    ("[1.e]", "1:3", "a number that ends with its point", "write a digit there"),
    ("[NaN", "1:2", "a number that JSON does not have", "write a number, or a string"),
    ('["\t', "1:3", "a control character in a string", "write it as an escape, as \\t"),
    ('["\\\n', "1:3", "a backslash at the end of a line", "write \\n instead"),
    (
        "[\u00a0",
        "1:2",
        "white space of a kind that JSON does not know",
        "use spaces, tabs and line ends alone",
    ),
]

JSON5: Final = {
    '{\n"a": {\n  b: 1}}': "unquoted key at 3:3",
    "{é: 1}": "unquoted key at 1:2",
    "{$a: 1}": "unquoted key at 1:2",
    "{'a': 1}": "single-quoted string at 1:2",
    "['a']": "single-quoted string at 1:2",
    "[+1]": "plus sign at 1:2",
    "[.5]": "leading decimal point at 1:2",
    "[-.5]": "leading decimal point at 1:2",
    "[5.]": "trailing decimal point at 1:3",
    "[0x1F]": "hexadecimal number at 1:3",
    "[0X1F]": "hexadecimal number at 1:3",
    "0x1F": "hexadecimal number at 1:2",
    '{"a":5.}': "trailing decimal point at 1:7",
    "[NaN]": "NaN at 1:2",
    "[-Infinity]": "Infinity at 1:2",
    "[+Infinity]": "Infinity at 1:2",
    '["a\tb"]': "control character at 1:4",
    '["a\\\nb"]': "line continuation at 1:4",
    '["a\\\r\nb"]': "line continuation at 1:4",
    '["\\x41"]': "unusual escape at 1:3",
    "[\u00a01]": "unusual white space at 1:2",
    "[1\x0c]": "unusual white space at 1:3",
    '{"a"\u2003:1}': "unusual white space at 1:5",
    "\u3000{}": "unusual white space at 1:1",
    '\ufeff\ufeff{"a":1}': "unusual white space at 1:1",
}


@pytest.mark.parametrize(("text", "place", "message", "hint"), FAULTS)
def test_a_fault_is_named_with_its_place(text: str, place: str, message: str, hint: str | None) -> None:
    """Every case of the table."""
    with pytest.raises(JsoncError) as refused:
        parse(text.encode())
    error = refused.value
    assert (f"{error.line}:{error.column}", error.message, error.hint) == (place, message, hint)
    assert str(error) == f"{place}: {message}" + (f" ({hint})" if hint else "")
    assert error.args == (message, error.line, error.column, error.offset, hint)


@pytest.mark.parametrize("text", JSON5)
def test_a_text_that_is_json5_is_told_so(text: str) -> None:
    """The hint names the construct and its place, which is that of the error."""
    with pytest.raises(JsoncError) as refused:
        parse(text.encode())
    construct = JSON5[text]
    assert refused.value.hint == f"the text is valid JSON5, but MiMoCode reads JSONC: {construct}"
    assert construct.endswith(f" at {refused.value.line}:{refused.value.column}")


def test_the_offset_counts_bytes() -> None:
    """A byte order mark and characters of several bytes count in full."""
    with pytest.raises(JsoncError) as refused:
        parse('\ufeff{\n"é": !}'.encode())
    assert (refused.value.offset, refused.value.line, refused.value.column) == (11, 2, 6)


@pytest.mark.parametrize(
    ("data", "line", "column", "offset"),
    [
        (b"\xff\xfe{\x00}\x00", 1, 1, 0),
        (b'{\n"\xc3\xa9": "\xed\xa0\x80"}', 2, 7, 9),
        (b'"\xc0\xaf"', 1, 2, 1),
    ],
)
def test_invalid_utf8_is_refused_with_its_place(data: bytes, line: int, column: int, offset: int) -> None:
    """MiMoCode would read a replacement character; a file of ours must not change meaning on the way."""
    with pytest.raises(JsoncError, match="not valid UTF-8") as refused:
        parse(data)
    error = refused.value
    assert (error.line, error.column, error.offset) == (line, column, offset)
    assert (error.message, error.hint) == ("the file is not valid UTF-8", "save the file as UTF-8")


def test_a_large_text_is_not_given_to_json5() -> None:
    """It would take seconds; the hint is then the plain remedy."""
    padding = " " * (SIZE_LIMIT - len("{a: 1}"))
    for text, told in (("{a: 1}" + padding, True), ("{a: 1} " + padding, False)):
        with pytest.raises(JsoncError) as refused:
            parse(text.encode())
        assert ("JSON5" in (refused.value.hint or "")) is told


def test_a_text_too_deep_for_json5_is_explained_without_it() -> None:
    """The package recurses; its running out of stack is no crash of ours."""
    with pytest.raises(JsoncError) as refused:
        parse(b"[" * 400 + b"'a'" + b"]" * 400)
    assert refused.value.hint == "put text in double quotes"


def test_json5_is_imported_for_an_error_alone() -> None:
    """Reading a valid text costs no import of it."""
    script = "import sys; from reconciler.jsonc import parse; parse(b'{}'); sys.exit('json5' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize(
    "fault", ["{a SECRET}", '{"SECRET": SECRET}', '{"k": "SECRET\t"}', '["SECRET" "SECRET"]']
)
def test_an_error_quotes_nothing_of_the_text(fault: str) -> None:
    """A file may hold a secret, and an error is shown and logged."""
    with pytest.raises(JsoncError) as refused:
        parse(fault.encode())
    assert "SECRET" not in str(refused.value) + repr(refused.value)
