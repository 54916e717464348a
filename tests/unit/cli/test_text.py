"""Text for a terminal: nothing from outside acts on it, and nothing shaped like a key gets through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.text import home_relative, printable, redact, value, with_home_relative
from reconciler.engine.changes import SENSITIVE
from reconciler.engine.values import ABSENT


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("é 模型 😀", "é 模型 😀"),
        ("two\nlines", "two\\nlines"),
        ("tab\there", "tab\\there"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("nul\x00", "nul\\x00"),
        ("\u202ereversed", "\\u202ereversed"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("\x9b31m", "\\x9b31m"),
        ("", ""),
    ],
)
def test_what_could_act_on_a_terminal_is_spelled_out(text: str, shown: str) -> None:
    """Control characters, overrides and lone surrogates become escapes; all scripts stay readable."""
    assert printable(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_comes_in_is_printable_when_it_goes_out(text: str) -> None:
    """No text gets through that a terminal would act on or that cannot be encoded."""
    shown = printable(text)
    assert shown.isprintable()
    shown.encode()


@given(st.from_regex(r"gp-[A-Za-z0-9_-]{6,80}", fullmatch=True), st.text(max_size=10), st.text(max_size=10))
def test_no_key_gets_through(key: str, before: str, behind: str) -> None:
    """Wherever something shaped like a key stands, it is masked whole."""
    shown = redact(f"{before}{key} {behind}")
    assert key not in shown
    assert SENSITIVE in shown


@pytest.mark.parametrize(
    "text", ["", "gp-", "starts with gp-", "gp-...", "GP-ABCDEFGH", "egp", "--api-key-stdin"]
)
def test_talk_about_keys_is_not_masked(text: str) -> None:
    """The prefix alone is no key."""
    assert redact(text) == text


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        (ABSENT, "(nothing)"),
        (None, "null"),
        (SENSITIVE, SENSITIVE),
        ("gonkagate/x", '"gonkagate/x"'),
        (False, "false"),
        (3, "3"),
        ({"a": [1]}, '{"a": [1]}'),
        ("é\n", '"é\\n"'),
        ("\x1b[31m", '"\\u001b[31m"'),
        ("\u202e", '"\\u202e"'),
    ],
)
def test_a_value_is_spelled_on_one_line(what: object, shown: str) -> None:
    """As JSON, with what is absent or sensitive in words."""
    assert value(what) == shown


def test_a_long_value_is_cut() -> None:
    """A line stays a line."""
    shown = value("x" * 1000)
    assert len(shown) == 60
    assert shown.endswith("…")


@pytest.mark.parametrize(
    ("path", "home", "shown"),
    [
        ("/home/u/x", "/home/u", "~/x"),
        ("/home/u/x", "/home/u/", "~/x"),
        ("/home/u2/x", "/home/u", "/home/u2/x"),
        ("/home/u", "/home/u", "/home/u"),
        ("/etc/x", "", "/etc/x"),
        ("/home/u/a\nb", "/home/u", "~/a\\nb"),
    ],
)
def test_paths_are_written_as_people_do(path: str, home: str, shown: str) -> None:
    """Below the home with a tilde, elsewhere whole, and printable in any case."""
    assert home_relative(path, home) == shown


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("the plan was saved: /home/me/a.json", "the plan was saved: ~/a.json"),
        ("/home/me/a and /home/me/b", "~/a and ~/b"),
        ("found (/home/me/a)", "found (~/a)"),
        ("/home/me alone", "/home/me alone"),
        ("/home/meadow/a", "/home/meadow/a"),
        ("/mnt/home/me/a", "/mnt/home/me/a"),
        ("'/home/me/a b'", "'/home/me/a b'"),
        ("file:///home/me/a", "file:///home/me/a"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_paths_in_sentences_are_shortened_where_they_are_words(sentence: str, shown: str) -> None:
    """In quotes they stay whole: a shell makes nothing of a `~` there."""
    assert with_home_relative(sentence, "/home/me") == shown
    assert with_home_relative(sentence, "/home/me/") == shown
    assert with_home_relative(sentence, "") == sentence
    assert with_home_relative(sentence, "/") == sentence
