"""What a terminal can do is read from its variables."""

from collections.abc import Mapping

import pytest

from reconciler.cli.ability import ASCII, UNICODE, moves_cursor, signs, speaks_unicode


@pytest.mark.parametrize(
    ("environment", "platform", "can"),
    [
        ({"TERM": "xterm-256color"}, "linux", True),
        ({"TERM": "dumb"}, "linux", False),
        ({"TERM": "DUMB"}, "linux", False),
        ({"TERM": "unknown"}, "linux", False),
        ({"TERM": ""}, "linux", False),
        ({}, "linux", False),
        ({}, "win32", True),
    ],
)
def test_a_dumb_terminal_is_known(environment: Mapping[str, str], platform: str, *, can: bool) -> None:
    """So is one of which nothing is known; Windows' own has no such variable."""
    assert moves_cursor(environment, platform) is can


@pytest.mark.parametrize(
    ("environment", "platform", "can"),
    [
        ({"LANG": "en_US.UTF-8"}, "linux", True),
        ({"LANG": "C.utf8"}, "linux", True),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "C"}, "linux", False),
        ({"LANG": "C", "LC_CTYPE": "de_DE.UTF-8"}, "linux", True),
        ({"LANG": "en_US.UTF-8", "LC_ALL": ""}, "linux", True),
        ({"LANG": "en_US.ISO-8859-1"}, "linux", False),
        ({}, "linux", False),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_the_locale_decides_over_the_signs(
    environment: Mapping[str, str], platform: str, *, can: bool
) -> None:
    """The first of LC_ALL, LC_CTYPE and LANG that is set counts."""
    assert speaks_unicode(environment, platform) is can
    assert signs(environment, platform) is (UNICODE if can else ASCII)


def test_text_from_outside_is_spelled_for_the_locale() -> None:
    """Harmless in both, and ASCII alone where there is nothing else."""
    assert UNICODE.spell("通义 \u202e\x1b[2J") == "通义 \\u202e\\x1b[2J"
    assert ASCII.spell("é通") == "\\xe9\\u901a"
    assert all(sign.isascii() for sign in (ASCII.pointer, ASCII.current, ASCII.validated, ASCII.cut))
    assert all(sign.isascii() for sign in (ASCII.between, ASCII.keys, ASCII.begin))
