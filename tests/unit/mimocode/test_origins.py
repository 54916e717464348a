"""Replaced stretches of a text: every character of the result knows where it comes from."""

import re

from hypothesis import given
from hypothesis import strategies as st

from reconciler.mimocode.origins import Origins, replaced

PIECES = st.lists(st.sampled_from(["a", "bc", "<1>", "<22>", "<>", "(3)", "\n"]), max_size=12).map("".join)
OUTER = re.compile(r"<([^>]*)>")
INNER = re.compile(r"\(([^)]*)\)")


def one_by_one(pattern: re.Pattern[str], text: str, origins: list[int], new: str) -> tuple[str, list[int]]:
    """Do the same with a number for each character."""
    made, come_from, done = "", [], 0
    for found in pattern.finditer(text):
        made += text[done : found.start()] + new
        come_from += origins[done : found.start()] + [origins[found.start()]] * len(new)
        done = found.end()
    return made + text[done:], come_from + origins[done:]


@given(PIECES, st.sampled_from(["", "x", "(y)", "()("]), st.sampled_from(["", "z", "long"]))
def test_stretches_say_the_same_as_single_characters(text: str, first: str, second: str) -> None:
    """After two replacements, one in the result of the other, as in the plain way to do it."""
    told: list[int] = []

    def new(_found: re.Match[str], offset: int) -> str:
        told.append(offset)
        return second

    once, origins = replaced(OUTER, text, Origins(), lambda _found, _offset: first)
    twice, origins = replaced(INNER, once, origins, new)
    plain, numbers = one_by_one(OUTER, text, list(range(len(text))), first)
    assert told == [numbers[found.start()] for found in INNER.finditer(plain)]
    plain, numbers = one_by_one(INNER, plain, numbers, second)
    assert twice == plain
    assert [origins.of(index) for index in range(len(twice))] == numbers


def test_a_long_text_costs_its_replacements_alone() -> None:
    """A megabyte with one replacement is three stretches."""
    text, origins = replaced(OUTER, "a" * 10**6 + "<x>" + "b", Origins(), lambda _found, _offset: "new")
    assert len(text) == 10**6 + 4
    assert len(origins.stretches) == 3
    assert origins.of(10**6 + 3) == 10**6 + 3
