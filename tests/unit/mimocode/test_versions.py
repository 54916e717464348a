"""Versions: read, ordered as the specification says, and let in only when somebody audited them."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.engine.problems import Stop
from reconciler.mimocode.launcher import Output
from reconciler.mimocode.semver import Version, parse
from reconciler.mimocode.trust import release_audits
from reconciler.mimocode.versions import OLDEST, read, require_audited

# The specification's own example, and what surrounds it.
IN_ORDER = [
    "0.0.9",
    "0.1.0-alpha",
    "0.1.0",
    "0.1.2",
    "0.1.15",
    "0.2.0",
    "1.0.0-1",
    "1.0.0-2",
    "1.0.0-11",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "2.0.0",
    "10.0.0",
]


def version(text: str) -> Version:
    """Read a version that is one."""
    found = parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize(("lower", "higher"), list(itertools.pairwise(IN_ORDER)))
def test_versions_are_ordered_as_the_specification_says(lower: str, higher: str) -> None:
    """Numbers count as numbers, a pre-release comes before its release, more parts come after fewer."""
    assert version(lower).sort_key() < version(higher).sort_key()


@given(st.sampled_from(IN_ORDER), st.sampled_from(IN_ORDER))
def test_the_order_is_one_line(one: str, other: str) -> None:
    """Any two versions stand in exactly one relation."""
    expected = IN_ORDER.index(one) < IN_ORDER.index(other)
    assert (version(one).sort_key() < version(other).sort_key()) == expected


def test_build_metadata_does_not_count_in_the_order() -> None:
    """What stands behind a plus is remembered in the text alone."""
    assert version("1.2.3+x").sort_key() == version("1.2.3").sort_key()
    assert version("1.2.3+x").text == "1.2.3+x"
    assert version("1.2.3-rc.1+x").pre_release == "rc.1"


FOUND = (Path("/bin/mimo"), Path("/other/mimo"))

GARBAGE = [
    "",
    "1",
    "1.2",
    "v0.1.15",
    "0.1.15 ",
    " 0.1.15",
    "0.1.15\nmore",
    "0.1.x",
    "0.1.15-",
    "0.1.15+",
    "mimo 0.1.15",
    "0.1.15.1",
    "0.01.15",
    "00.1.15",
    "1.0.0-01",
    "1.0.0-a..b",
    "1.0.0-a_b",
    "1.0.0+a..b",
    "-1.0.0",
    "\u0660.\u0661.\u0661\u0665",
    "0.1.15\x00",
    "9" * 100 + ".0.0",
]


@pytest.mark.parametrize("text", GARBAGE)
def test_garbage_is_no_version(text: str) -> None:
    """Anything but a whole semantic version is none."""
    assert parse(text) is None


@given(st.text(max_size=20))
def test_no_text_crashes(text: str) -> None:
    """Every text is a version or none."""
    found = parse(text)
    assert found is None or found.text == text


def output(stdout: bytes, exit_code: int = 0) -> Output:
    """Give what a launch gave."""
    return Output(exit_code, stdout, b"gp-secret")


@pytest.mark.parametrize(
    "text", ["1.0.0-0a", "1.0.0--", "1.0.0-0", "1.0.0-a.0.b-1", "1.0.0+01.a-", "10.20.30"]
)
def test_what_the_specification_allows_is_a_version(text: str) -> None:
    """A leading zero is allowed in a word and behind the plus."""
    assert version(text).text == text


def test_versions_are_compared_by_order_and_not_by_text() -> None:
    """What follows a plus does not count."""
    assert version("0.9.0") < version("0.10.0")
    assert version("1.0.0-rc.2") < version("1.0.0-rc.10") < version("1.0.0")
    assert not version("1.0.0+b") < version("1.0.0+a")
    assert version("1.0.1") > version("1.0.0+z")


def test_what_is_no_version_is_told_with_the_mimo_that_printed_it() -> None:
    """Perhaps another one on the PATH was meant."""
    with pytest.raises(Stop) as caught:
        read(output(b"hello"), FOUND)
    (blocker,) = caught.value.blockers
    assert blocker.place is not None
    assert blocker.place.file == "/bin/mimo"
    assert "/other/mimo" in blocker.remedy


def test_what_mimo_prints_is_read() -> None:
    """A line with the version, whatever white space is around it."""
    assert read(output(b"0.1.15\n")).text == "0.1.15"
    assert read(output(b"0.1.15\r\n")).release == (0, 1, 15)


@pytest.mark.parametrize(
    ("stdout", "exit_code", "code"),
    [
        (b"", 0, "mimo_version_unreadable"),
        (b"Usage: something else\n", 0, "mimo_version_unreadable"),
        (b"\xff\xfe", 0, "mimo_version_unreadable"),
        (b"0.1.15\n0.1.15\n", 0, "mimo_version_unreadable"),
        (b"", 1, "mimo_not_working"),
        (b"0.1.15\n", 1, "mimo_not_working"),
        (b"0.1.15\n", -9, "mimo_not_working"),
    ],
)
def test_anything_else_stops(stdout: bytes, exit_code: int, code: str) -> None:
    """A program that fails, or says something else, is not MiMoCode as we know it."""
    with pytest.raises(Stop) as caught:
        read(output(stdout, exit_code))
    (blocker,) = caught.value.blockers
    assert blocker.code == code
    assert "gp-secret" not in repr(caught.value)


@pytest.mark.parametrize("text", ["0.1.0", "0.1.15"])
def test_an_audited_version_is_let_in(text: str) -> None:
    """Each release audit covers exactly its version."""
    assert require_audited(version(text), (), FOUND).version == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0.0.9", "mimo_version_too_old"),
        ("0.1.0-rc.1", "mimo_version_too_old"),
        ("0.0.99", "mimo_version_too_old"),
        ("0.1.1", "mimo_version_not_audited"),
        ("0.1.14", "mimo_version_not_audited"),
        ("0.1.15-rc.1", "mimo_version_not_audited"),
        ("0.1.15+build", "mimo_version_not_audited"),
        ("0.1.16", "mimo_version_not_audited"),
        ("0.1.150", "mimo_version_not_audited"),
        ("1.0.0", "mimo_version_not_audited"),
    ],
)
def test_every_other_version_is_refused(text: str, code: str) -> None:
    """Too old or not audited; the message names the version and the remedy says what to do."""
    with pytest.raises(Stop) as caught:
        require_audited(version(text), (), FOUND)
    (blocker,) = caught.value.blockers
    assert blocker.code == code
    assert text in blocker.message
    assert blocker.remedy
    if code == "mimo_version_not_audited":
        assert all(audit.version in blocker.message for audit in release_audits())


def test_the_audits_are_the_contracts() -> None:
    """Which versions were audited when is a promise, so it is written down twice."""
    assert {audit.version: audit.date for audit in release_audits()} == {
        "0.1.0": "2026-06-11",
        "0.1.15": "2026-11-22",
    }
    assert OLDEST == "0.1.0"
