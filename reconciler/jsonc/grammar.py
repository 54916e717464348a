"""The grammar of JSONC as regular expressions over bytes: what a token is, and nothing about what it means.

It is the language that jsonc-parser 3.3.1 accepts with `allowTrailingComma`: JSON, both kinds of comment, one
comma before a closing bracket. White space is space, tab, LF and CR alone. Every repetition is possessive, so
no input makes an expression go back over what it has read.
"""

from __future__ import annotations

import re
from typing import Final

BOM: Final = b"\xef\xbb\xbf"

_SPACE = rb"[ \t\r\n]"
_COMMENT = rb"//[^\r\n]*+|/\*(?s:.*?)\*/"
_TRIVIA = rb"(?:" + _SPACE + rb"++|" + _COMMENT + rb")*+"
_STRING = rb'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
_NUMBER = rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+"

TRIVIA: Final = re.compile(_TRIVIA)
"""White space and comments; matches always, perhaps nothing."""

KEY: Final = re.compile(rb"(" + _STRING + rb")" + _TRIVIA + rb":" + _TRIVIA)
"""A key (group 1), its colon, and what stands between them and the value."""

VALUE: Final = re.compile(
    rb"(?:(?P<string>" + _STRING + rb")|(?P<open>[{\[])|(?P<number>" + _NUMBER + rb")"
    rb"|(?P<word>true|false|null))" + _TRIVIA,
)
"""A scalar, or the bracket that opens a container, with the trivia behind it."""

SEPARATOR: Final = re.compile(rb"([,}\]])" + _TRIVIA)
"""What may follow a value inside a container."""

PIECE: Final = re.compile(rb"(?P<space>" + _SPACE + rb"++)|(?P<comment>" + _COMMENT + rb")|(?P<comma>,)")
"""The parts of the gaps between members."""

COMMENT_OR_STRING: Final = re.compile(rb"(?P<comment>" + _COMMENT + rb")|" + _STRING)
"""Walks over a valid text from comment to comment, over strings, as they may look like one."""

STRING: Final = re.compile(_STRING)
NUMBER: Final = re.compile(_NUMBER)
LINE_BREAK: Final = re.compile(rb"\r\n|\r|\n")
