"""Large inputs: no recursion, and no step that is taken once more for every member or line there is."""

from __future__ import annotations

import contextlib
import gc
import time
from typing import TYPE_CHECKING

import pytest

from reconciler.jsonc import EditError, JsoncError, Remove, Set, edit, parse

if TYPE_CHECKING:
    from reconciler.jsonc import Edit

COUNT = 30_000


def seconds(start: float) -> float:
    """Give the processor time since a start, for limits far above what linear work takes."""
    return time.process_time() - start


def test_thirty_thousand_edits_in_one_pass() -> None:
    """New members, replaced and removed ones, each in its object: far less than the minutes of a square."""
    rows = "\n".join(f'  "k{number}": {{"a": 1, "b": 2}}, // note' for number in range(COUNT))
    doc = parse(f"{{\n{rows}\n}}\n".encode())
    edits: list[Edit] = []
    for number in range(0, COUNT, 3):
        edits += [
            Set((f"k{number}", "a"), 2),
            Remove((f"k{number + 1}",)),
            Set((f"new{number}", "x"), number),
        ]
    start = time.process_time()
    made = edit(doc, edits)
    assert seconds(start) < 15
    value = parse(made.data).value
    assert isinstance(value, dict)
    assert len(value) == COUNT
    assert len(parse(made.data).comments) == COUNT
    back = edit(parse(made.data), [Remove((f"new{number}",)) for number in range(0, COUNT, 3)])
    assert back.data == edit(doc, edits[0::3] + edits[1::3]).data


def test_many_edits_on_one_line() -> None:
    """A minified document has one endless line, which is not searched from its start for each edit."""
    doc = parse(b"{" + b",".join(b'"k%d":{"a":1}' % number for number in range(COUNT // 3)) + b"}")
    start = time.process_time()
    made = edit(doc, [Set((f"k{number}", "b"), {"c": number}) for number in range(COUNT // 3)])
    assert seconds(start) < 15
    parse(made.data)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b"[[],", b'{"a":[', b"[{},"])
def test_a_million_openings_are_refused_at_once(opening: bytes) -> None:
    """The nesting limit is met long before the end, and no stack is used up."""
    start = time.process_time()
    with pytest.raises(JsoncError):
        parse(opening * 1_000_000)
    assert seconds(start) < 10


@pytest.mark.parametrize(
    "text",
    [
        b"/*" * 500_000,
        b"/**/" * 250_000,
        b"//\n" * 300_000,
        b'"' + b"\\n" * 500_000,
        b"1" * 1_000_000,
        b" " * 10**6,
    ],
)
def test_long_runs_take_linear_time(text: bytes) -> None:
    """No expression goes back over what it has read."""
    start = time.process_time()
    with contextlib.suppress(JsoncError):
        parse(text)
    assert seconds(start) < 10


@pytest.mark.parametrize("text", [b"{}", b"{"])
def test_reading_leaves_the_garbage_collector_as_it_was(text: bytes) -> None:
    """It is paused while a text is read, and goes on afterwards if it was on."""
    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        try:
            parse(text)
        except JsoncError:
            assert text == b"{"
        finally:
            now = gc.isenabled()
            gc.enable()
        assert now is enabled


@pytest.mark.parametrize("edits", [[Set(("a",), 1)], [Set(("a", "b"), 1)]])
def test_editing_leaves_the_garbage_collector_as_it_was(edits: list[Set]) -> None:
    """It is paused while a document is edited, and goes on afterwards if it was on, also after a refusal."""
    doc = parse(b'{"a": 0}')
    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        try:
            edit(doc, edits)
        except EditError:
            assert len(edits[0].path) == 2
        finally:
            now = gc.isenabled()
            gc.enable()
        assert now is enabled
