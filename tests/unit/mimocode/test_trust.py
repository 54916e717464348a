"""Trust: which MiMoCode is relied on, by release or by an audit of this machine, and when no longer."""

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from reconciler.engine.problems import Stop
from reconciler.mimocode import identity, trust
from reconciler.mimocode.audit.probes import CAN_BE_OFF, PROBES, Feature
from reconciler.mimocode.identity import Identity
from reconciler.mimocode.semver import parse
from reconciler.mimocode.trust import LocalAudit, Trust, release_audits
from reconciler.mimocode.versions import require_audited

DATE = "2026-11-23"


@pytest.fixture(name="command")
def _command(tmp_path: Path) -> Path:
    """Put a `mimo` that is a program of its own."""
    path = tmp_path / "mimo"
    path.write_bytes(b"\x7fELF")
    return path


def audited(command: Path, version: str = "0.2.0", *off: str) -> LocalAudit:
    """Give an audit of a `mimo` as it is now."""
    who = identity.of(command)
    return LocalAudit(version, who.fingerprint(), who.mark, DATE, off)


def of(command: Path, *audits: LocalAudit, version: str = "0.2.0") -> Trust | None:
    """Ask for the trust in a `mimo` that calls itself so."""
    return trust.of_this_machine(version, audits, lambda: identity.of(command))


def test_the_very_program_is_known_by_its_mark_and_no_content_is_read(command: Path) -> None:
    """An unreadable program is known all the same."""
    audit = attrs.evolve(audited(command), fingerprint="0" * 64)
    assert of(command, audit) == Trust("0.2.0", "local", DATE)


def test_a_program_that_was_only_touched_is_known_by_its_contents(command: Path) -> None:
    """A copy elsewhere as well."""
    audit = audited(command)
    command.touch()
    assert identity.of(command).mark != audit.mark
    assert of(command, audit) == Trust("0.2.0", "local", DATE)


def test_another_program_under_the_same_version_is_not_covered(command: Path) -> None:
    """Nor is the same program under another version."""
    audit = audited(command)
    assert of(command, audit, version="0.2.1") is None
    command.write_bytes(b"\x7fELF 2")
    assert of(command, audit) is None


def test_a_mimo_is_looked_at_only_where_its_version_was_audited() -> None:
    """Most runs never look."""

    def nobody() -> Identity:
        raise AssertionError

    assert trust.of_this_machine("0.2.0", (), nobody) is None
    assert trust.of_this_machine("0.2.0", (LocalAudit("0.2.1", "", "", DATE),), nobody) is None


def test_a_release_audit_needs_no_look_and_says_nothing_of_it() -> None:
    """It is a matter of course."""
    found = trust.of_release("0.1.15")
    assert found is not None
    assert (found.by, found.told, found.off) == ("release", None, ())
    assert trust.of_release("0.1.16") is None


def test_what_an_audit_left_out_is_not_carried(command: Path) -> None:
    """Everything else is."""
    found = of(command, audited(command, "0.2.0", "explain"))
    assert found is not None
    assert found.told == f"audited on this machine on {DATE}"
    assert [feature for feature in Feature if not found.carries(feature)] == [Feature.EXPLAIN]


def test_the_blocker_says_which_mimo_was_asked_and_which_others_there_are(command: Path) -> None:
    """With the command that mends it, and with the reason where there was an audit."""
    version = parse("0.2.0")
    assert version is not None
    others = (command, Path("/usr/bin/mimo"))
    with pytest.raises(Stop) as caught:
        require_audited(version, (), others)
    (blocker,) = caught.value.blockers
    assert blocker.place is not None
    assert blocker.place.file == str(command)
    assert "`mimo-code-setup audit --record`" in blocker.remedy
    assert "behind the one that runs: /usr/bin/mimo" in blocker.remedy
    with pytest.raises(Stop) as caught:
        require_audited(
            version, (attrs.evolve(audited(command), mark="0" * 64, fingerprint="1" * 64),), others
        )
    assert DATE in caught.value.blockers[0].message


def test_an_audit_takes_the_place_of_an_earlier_one_of_the_same_program() -> None:
    """The newest stands first, and not more than ten are kept."""
    one = LocalAudit("0.2.0", "a" * 64, "b" * 64, "2026-11-01")
    again = attrs.evolve(one, date=DATE, mark="c" * 64)
    other = attrs.evolve(one, fingerprint="d" * 64)
    assert trust.with_audit((other, one), again) == (again, other)
    many = tuple(attrs.evolve(one, version=f"0.3.{number}") for number in range(20))
    assert trust.with_audit(many, again) == (again, *many[:9])


GOOD = {"version": "0.2.0", "fingerprint": "a" * 64, "mark": "b" * 64, "date": DATE, "off": ["explain"]}


@pytest.mark.parametrize(
    ("audits", "fault"),
    [
        ([{**GOOD, "version": "new"}], "audits[0].version is no version"),
        ([{**GOOD, "fingerprint": "a"}], "audits[0].fingerprint is no hash"),
        ([{**GOOD, "mark": "B" * 64}], "audits[0].mark is no hash"),
        ([{**GOOD, "off": ["verification"]}], "audits[0].off holds 'verification', which is no feature"),
        ([{**GOOD, "off": [["explain"]]}], "audits[0].off holds ['explain'], which is no feature"),
        ([GOOD, GOOD], "audits[1] is of the same program as another"),
    ],
)
def test_a_record_that_cannot_be_true_is_a_fault(audits: list[Any], fault: str) -> None:
    """Each is told with its place."""
    assert list(trust.unsound(audits)) == [fault]


@pytest.mark.parametrize("audits", [None, [], [GOOD], {}, [1], [{}], [{"version": 1, "off": 2}]])
def test_what_is_malformed_is_left_to_whoever_judges_the_form(audits: Any) -> None:  # noqa: ANN401 - any JSON
    """A good one has no fault."""
    assert list(trust.unsound(audits)) == []


def test_the_table_of_releases_is_in_order_and_of_probes_that_exist() -> None:
    """Every required probe of a version that was run held."""
    table = release_audits()
    orders = [version.sort_key() for audit in table if (version := parse(audit.version)) is not None]
    assert orders == sorted(orders)
    assert len(orders) == len(table)
    required = {probe.id for probe in PROBES if probe.required}
    for audit in (one for one in table if one.probes):
        assert {name for name, held in audit.probes.items() if held} >= required
        assert audit.fingerprints


def test_what_can_be_off_is_what_serves_to_foresee() -> None:
    """Whatever a success or a file of the user's depends on is required."""
    assert set(CAN_BE_OFF) == {Feature.FORESIGHT, Feature.EXPLAIN}
    for probe in PROBES:
        assert probe.required != (set(probe.features) <= set(CAN_BE_OFF))


def test_the_page_of_versions_is_what_the_table_gives() -> None:
    """It is written by `python -m tests.support.release_audit`."""
    from tests.support import release_audit  # noqa: PLC0415 - brings the whole program along

    text = release_audit.PAGE.read_text("utf-8")
    assert release_audit.page(text, release_audit.read()) == text
    assert release_audit.to_bytes(release_audit.read()) == release_audit.AUDITS.read_bytes()
    assert json.loads(release_audit.AUDITS.read_bytes())
