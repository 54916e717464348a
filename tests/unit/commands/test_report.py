"""The report: the published format, field by field, and an exit code for every ending."""

import json

import pytest

from reconciler.cli import endings
from reconciler.commands import report
from reconciler.commands.report import (
    Checks,
    Explanation,
    FileNames,
    Health,
    Kept,
    LayerValue,
    Outcome,
    ProjectHealth,
    Reliance,
    Report,
    Target,
    Topic,
    stopped,
)
from reconciler.commands.spelling import as_json
from reconciler.engine.changes import SENSITIVE, Change
from reconciler.engine.compare import Action
from reconciler.engine.problems import Blocker, Place, Stop, Warning_
from reconciler.engine.values import ABSENT
from reconciler.mimocode.audit.probes import Feature, Finding, Probe
from reconciler.mimocode.verdict import Verdict

CHANGE = Change(Action.CREATE, "user_config", "/c", ("provider", "a/b"), ABSENT, {"x": None}, "why")
DRIFT = Change(
    Action.UPDATE, "key_file", "/k", None, SENSITIVE, ABSENT, "gone", drift=True, since="2026-11-22T00:00:00Z"
)
FULL = Report(
    "apply",
    Outcome.SESSION_BLOCKED,
    "user",
    "a/b",
    "gonkagate/a/b",
    "gonkagate/c",
    Target("/bin/mimo", "0.1.15", "release"),
    (CHANGE,),
    (
        Change(
            Action.UPDATE,
            "key_file",
            "/k",
            None,
            SENSITIVE,
            ABSENT,
            "gone",
            drift=True,
            since="2026-11-22T00:00:00Z",
        ),
    ),
    (
        Blocker("one", "m1", "r1", "s1", Place("/f", 3, 7)),
        Blocker("two", "m2", "r2", "s2", Place(variable="V")),
        Blocker("three", "m3", "r3", "s3"),
        Blocker("four", "m4", "r4", "s4", Place()),
    ),
    Checks(Verdict.PASSED, Verdict.FAILED, Verdict.BLOCKED, Verdict.SKIPPED),
    FileNames("/c", "/p", "/k", "/s", ("/b1", "/b2")),
    (Warning_("careful", Place("/w")), Warning_("really")),
    "mimo",
    (Kept("t.1", "2026-11-22T00:00:00Z", "apply", "user_config", "/c", existed=True, restorable=False),),
    (ProjectHealth("/r", "/r/p", "gonkagate/c", Health.GONE),),
    (
        Explanation(
            ("model",),
            "gonkagate/c",
            ABSENT,
            claimed=True,
            applied="gonkagate/c",
            layers=(
                LayerValue(
                    "extra_file",
                    Place("/f", 3, 7),
                    "gonkagate/c",
                    ours=True,
                    decides=True,
                    named_by="V",
                    drifted=True,
                ),
                LayerValue("variable", Place(variable="V"), {"x": None}, ours=False, decides=False),
            ),
        ),
    ),
    (
        Finding(
            Probe("one", "it does", "there", (Feature.KEY, Feature.EXPLAIN)),
            held=None,
            seen="odd",
            seconds=1.5,
        ),
    ),
    ("for people alone",),
    relies_on=Reliance("2026-11-22T00:00:00Z", (("mimo", "/bin/mimo"), ("layer", "/c"))),
    topics=(Topic("locked", "blocker", "short", "long"),),
)


def test_a_full_report_is_the_published_format() -> None:
    """Every field has its place and shape; nothing is there besides."""
    assert as_json(FULL) == {
        "format_version": "1.0",
        "command": "apply",
        "outcome": "session_blocked",
        "ok": False,
        "scope": "user",
        "model": "a/b",
        "model_ref": "gonkagate/a/b",
        "small_model_ref": "gonkagate/c",
        "target": {"cli": "/bin/mimo", "version": "0.1.15", "audited": "release"},
        "changes": [
            {
                "action": "create",
                "resource": "user_config",
                "file": "/c",
                "key": ["provider", "a/b"],
                "before": None,
                "after": {"x": None},
                "reason": "why",
                "since": None,
            }
        ],
        "drift": [
            {
                "action": "update",
                "resource": "key_file",
                "file": "/k",
                "key": None,
                "before": "(sensitive)",
                "after": None,
                "reason": "gone",
                "since": "2026-11-22T00:00:00Z",
            }
        ],
        "blockers": [
            {
                "code": "one",
                "message": "m1",
                "source": "s1",
                "location": {"file": "/f", "line": 3, "column": 7},
                "remedy": "r1",
            },
            {
                "code": "two",
                "message": "m2",
                "source": "s2",
                "location": {"variable": "V"},
                "remedy": "r2",
            },
            {"code": "three", "message": "m3", "source": "s3", "location": None, "remedy": "r3"},
            {"code": "four", "message": "m4", "source": "s4", "location": None, "remedy": "r4"},
        ],
        "verification": {
            "provenance": "passed",
            "durable": "failed",
            "models": "blocked",
            "session": "skipped",
        },
        "files": {
            "user_config": "/c",
            "project_config": "/p",
            "key_file": "/k",
            "state": "/s",
            "backups": ["/b1", "/b2"],
        },
        "warnings": [
            {"message": "careful", "location": {"file": "/w", "line": None, "column": None}},
            {"message": "really", "location": None},
        ],
        "next_command": "mimo",
        "backups": [
            {
                "id": "t.1",
                "at": "2026-11-22T00:00:00Z",
                "command": "apply",
                "resource": "user_config",
                "file": "/c",
                "existed": True,
                "restorable": False,
            }
        ],
        "projects": [{"root": "/r", "file": "/r/p", "model_ref": "gonkagate/c", "health": "gone"}],
        "explanations": [
            {
                "key": ["model"],
                "in_force": "gonkagate/c",
                "without_us": None,
                "claimed": True,
                "applied": "gonkagate/c",
                "layers": [
                    {
                        "kind": "extra_file",
                        "location": {"file": "/f", "line": 3, "column": 7},
                        "value": "gonkagate/c",
                        "ours": True,
                        "decides": True,
                    },
                    {
                        "kind": "variable",
                        "location": {"variable": "V"},
                        "value": {"x": None},
                        "ours": False,
                        "decides": False,
                    },
                ],
            }
        ],
        "relies_on": {
            "verified_at": "2026-11-22T00:00:00Z",
            "inputs": [{"kind": "mimo", "name": "/bin/mimo"}, {"kind": "layer", "name": "/c"}],
        },
        "probes": [
            {
                "id": "one",
                "claim": "it does",
                "required": True,
                "held": None,
                "features": ["key", "explain"],
                "seen": "odd",
                "seconds": 1.5,
            }
        ],
        "topics": [{"name": "locked", "kind": "blocker", "summary": "short", "text": "long"}],
    }


def test_an_empty_report_has_every_field_all_the_same() -> None:
    """A reader finds each field in every report, with nothing in it where there is nothing."""
    empty, full = as_json(Report("status", Outcome.NOT_INSTALLED)), as_json(FULL)
    assert list(empty) == list(full)
    for name, value in full.items():
        if isinstance(value, dict) and name != "relies_on":
            assert list(value) == list(_object(empty[name]))
    assert empty["target"] == {"cli": None, "version": None, "audited": False}
    assert json.loads(json.dumps(empty)) == empty


def _object(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("outcome", Outcome)
def test_what_is_good_ends_well(outcome: Outcome) -> None:
    """A report is ok exactly where the exit code says so."""
    told = Report("x", outcome)
    assert told.ok is (outcome in report.GOOD)
    assert (endings.exit_code(told) == 0) is told.ok


CODES = {
    Outcome.NO_CHANGES: 0,
    Outcome.CHANGES: 0,
    Outcome.APPLIED: 0,
    Outcome.IN_SYNC: 0,
    Outcome.REMOVED: 0,
    Outcome.RECOVERED: 0,
    Outcome.BLOCKED: 1,
    Outcome.FAILED: 1,
    Outcome.DRIFTED: 3,
    Outcome.SESSION_BLOCKED: 4,
    Outcome.NOT_INSTALLED: 5,
}


@pytest.mark.parametrize("outcome", Outcome)
def test_every_ending_has_its_exit_code(outcome: Outcome) -> None:
    """The numbers are an interface, so they are written down twice."""
    assert endings.exit_code(Report("x", outcome)) == CODES[outcome]


def test_special_endings() -> None:
    """Changes are told apart where that was asked for; wrong usage and an interrupt have their own codes."""
    assert endings.exit_code(Report("plan", Outcome.CHANGES), detailed=True) == 2
    assert endings.exit_code(Report("plan", Outcome.NO_CHANGES), detailed=True) == 0
    assert endings.exit_code(Report("plan", Outcome.BLOCKED), detailed=True) == 1
    assert endings.exit_code(Report("x", Outcome.BLOCKED, usage_error=True)) == 64
    assert endings.exit_code(Report("x", Outcome.BLOCKED, interrupted=True)) == 130
    assert endings.exit_code(Report("x", Outcome.BLOCKED, usage_error=True, interrupted=True)) == 130


def test_a_stop_becomes_a_report() -> None:
    """Refused beforehand is blocked, tried and undone is failed; what was known before is kept."""
    blockers = (Blocker("c", "m", "r", "s"),)
    blocked = stopped("plan", Stop(blockers))
    assert (blocked.command, blocked.outcome, blocked.blockers) == ("plan", Outcome.BLOCKED, blockers)
    failed = stopped("apply", Stop(blockers, failed=True, notes=("put back: /c",)), FULL)
    assert failed.outcome is Outcome.FAILED
    assert failed.changes == FULL.changes
    assert failed.notes == ("for people alone", "put back: /c")
    assert failed.next_command is None
