"""`audit`: what is relied on is tried in a throw-away home, recorded on demand, and the gate goes by it."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from fixtures.canary import CANARY_KEY
from reconciler.mimocode import identity
from reconciler.version import __version__
from tests.behaviour.conftest import Machines
from tests.support.documents import KIMI, MODEL, read, ref
from tests.support.mutations import MUTATIONS, NEWER, OF_A_NEWER_VERSION, install
from tests.support.pictures import left_alone, users_files
from tests.support.refusals import refusal
from tests.support.sandbox import Result, Sandbox
from tests.support.snapshots import Snapshot, snapshot, untouched

RECORD: Final = ("audit", "--record", "--json")
USER: Final = ("--scope", "user", "--json")
HERE: Final = "audited on this machine on "


@attrs.frozen
class Looked:
    """One machine that was audited, as people and as programs see it, and pictures around it."""

    machine: Sandbox
    result: Result
    report: dict[str, Any]
    before: Snapshot
    after: Snapshot


@pytest.fixture(scope="module")
def looked(machines: Machines) -> Looked:
    """Audit the stand-in on a machine with a config, a project, an override and a key in its shell."""
    machine = machines("looked")
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_text('{"model": "acme/mine"}')
    before = snapshot(machine.root)
    env = {"MIMOCODE_CONFIG_CONTENT": "{"}
    result = machine.run("audit", "--json", cwd=machine.project, key=CANARY_KEY, env=env)
    assert result.report is not None
    return Looked(machine, result, result.report, before, snapshot(machine.root))


def test_for_a_mimo_as_it_is_known_everything_holds(looked: Looked) -> None:
    """Exit code 0; each probe with its claim, what rests on it and its time."""
    assert looked.result.exit_code == 0, looked.result.stdout
    assert (looked.report["outcome"], looked.report["ok"]) == ("no_changes", True)
    assert [one["id"] for one in looked.report["probes"] if one["held"] is not True] == []
    assert len(looked.report["probes"]) == len(MUTATIONS)
    assert all(one["seconds"] >= 0 and one["features"] and one["claim"] for one in looked.report["probes"])
    assert looked.report["target"] == {
        "cli": str(looked.machine.bin / "mimo"),
        "version": "0.1.15",
        "audited": "release",
    }


def test_nothing_of_the_machine_is_touched(looked: Looked) -> None:
    """No file is new, gone, changed or written again, also not below TMPDIR."""
    assert untouched(looked.before, looked.after)
    assert list(looked.machine.temporary.iterdir()) == []


def test_mimo_gets_none_of_the_shells_variables(looked: Looked) -> None:
    """The stand-in's own log is named by a variable, as the gateway is: neither was reached."""
    assert looked.machine.calls() == []
    assert looked.machine.gateway.requests == []
    assert looked.machine.gateway.proxied == []


def test_the_made_up_key_is_told_to_nobody(looked: Looked) -> None:
    """It stands for nothing, and is not shown all the same."""
    assert "made-up-for-an-audit" not in looked.result.stdout + looked.result.stderr


# The gate


def _newer(machine: Sandbox, *mutations: str) -> Path:
    """Put a MiMoCode that nobody audited on the machine."""
    more = tuple(piece for name in mutations for piece in MUTATIONS[name])
    return install(machine.bin, (*OF_A_NEWER_VERSION, *more))


def test_a_version_that_nobody_audited_is_blocked_and_told_the_command(sandbox: Sandbox) -> None:
    """Exit code 1, the path of the `mimo`, and what to run; nothing is written."""
    command = _newer(sandbox)
    before = users_files(sandbox)
    blocker = refusal(sandbox.run("plan", *USER, key=CANARY_KEY), "mimo_version_not_audited")
    assert NEWER in blocker["message"]
    assert "`mimo-code-setup audit --record`" in blocker["remedy"]
    assert blocker["location"] == {"file": str(command), "line": None, "column": None}
    assert left_alone(sandbox, before)


@attrs.frozen
class Accepted:
    """A machine on which a newer MiMoCode was audited and recorded."""

    machine: Sandbox
    recorded: Result


@pytest.fixture(name="accepted")
def _accepted(sandbox: Sandbox) -> Accepted:
    """Record an audit of a newer version."""
    _newer(sandbox)
    result = sandbox.run(*RECORD)
    assert result.exit_code == 0, result.stdout
    return Accepted(sandbox, result)


def _state(machine: Sandbox) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(machine.state_file.read_bytes())
    return found


def test_a_recorded_audit_lets_that_mimo_in_and_everybody_says_so(accepted: Accepted) -> None:
    """`plan`, `apply` and `status` say when it was audited here; in JSON it is `local`."""
    machine = accepted.machine
    assert (accepted.recorded.report or {})["target"]["audited"] == "local"
    (audit,) = _state(machine)["audits"]
    plan = machine.run("plan", "--scope", "user", key=CANARY_KEY)
    assert plan.exit_code == 0
    assert f"MiMoCode {NEWER} ({HERE}{audit['date']})" in plan.stdout
    applied = machine.run("apply", *USER, "--yes", key=CANARY_KEY)
    assert applied.exit_code == 0, applied.stdout
    assert (applied.report or {})["target"] == {
        "cli": str(machine.bin / "mimo"),
        "version": NEWER,
        "audited": "local",
    }
    assert _state(machine)["audits"] == [audit]
    status = machine.run("status")
    assert status.exit_code == 0, status.stdout
    assert HERE in status.stdout
    assert machine.run("uninstall", "--yes").exit_code == 0
    assert not machine.state_file.exists()


def test_an_audit_alone_is_no_set_up(accepted: Accepted) -> None:
    """`status` and `uninstall` find nothing installed and leave it; the same audit is not written again."""
    machine = accepted.machine
    before = machine.state_file.read_bytes()
    assert machine.run("status", "--json").exit_code == 5
    assert machine.run("uninstall", "--yes", "--json").exit_code == 5
    assert machine.state_file.read_bytes() == before
    assert machine.run(*RECORD).exit_code == 0
    assert machine.state_file.read_bytes() == before


def test_a_changed_program_under_the_same_version_is_blocked_again(accepted: Accepted) -> None:
    """What lies behind the command counts; a program that was only touched is still the audited one."""
    machine = accepted.machine
    program = machine.bin / "mimo-program.py"
    os.utime(program)
    assert machine.run("plan", *USER, key=CANARY_KEY).exit_code == 0
    program.write_text(program.read_text() + "# another build\n")
    blocker = refusal(machine.run("plan", *USER, key=CANARY_KEY), "mimo_version_not_audited")
    assert "the program is another one" in blocker["message"]
    assert machine.run(*RECORD).exit_code == 0
    assert machine.run("plan", *USER, key=CANARY_KEY).exit_code == 0


def test_a_newer_version_still_is_not_covered(accepted: Accepted) -> None:
    """An audit is of one version."""
    install(accepted.machine.bin, (('VERSION: Final = "0.1.15"', 'VERSION: Final = "0.2.1"'),))
    blocker = refusal(accepted.machine.run("plan", *USER, key=CANARY_KEY), "mimo_version_not_audited")
    assert "0.2.1" in blocker["message"]


# What does not hold


def test_where_something_required_fails_nothing_is_recorded(sandbox: Sandbox) -> None:
    """Exit code 1, the probe by name, what was seen and what breaks; the home stays as it was."""
    _newer(sandbox, "wire_bearer")
    before = users_files(sandbox)
    result = sandbox.run(*RECORD)
    blocker = refusal(result, "audit_failed")
    assert "wire_bearer" in blocker["message"]
    assert [one["id"] for one in (result.report or {})["probes"] if not one["held"]] == ["wire_bearer"]
    assert left_alone(sandbox, before)


def test_where_a_rank_is_another_nothing_is_foreseen_or_explained(sandbox: Sandbox) -> None:
    """It is accepted without that: `plan` does not refuse for a layer above ours, and says so."""
    above = sandbox.home / ".mimocode" / "mimocode.json"
    above.parent.mkdir(parents=True)
    above.write_text('{"$schema": "./kept.json", "model": "acme/above"}')
    refusal(sandbox.run("plan", *USER, key=CANARY_KEY), "overridden_by_layer")
    _newer(sandbox, "layers_bare")
    recorded = sandbox.run(*RECORD)
    assert recorded.exit_code == 0, recorded.stdout
    assert _state(sandbox)["audits"][0]["off"] == ["foresight", "explain"]
    plan = sandbox.run("plan", *USER, key=CANARY_KEY)
    assert plan.exit_code == 0, plan.stdout
    assert "not foreseen" in json.dumps((plan.report or {})["warnings"])
    blocker = refusal(sandbox.run("explain", "--json"), "layers_not_known")
    assert NEWER in blocker["message"]
    # MiMoCode itself still decides, and what it does not resolve is undone.
    before = users_files(sandbox)
    refusal(sandbox.run("apply", *USER, "--yes", key=CANARY_KEY), "overridden_by_layer", outcome="failed")
    assert users_files(sandbox).keys() == before.keys()
    above.unlink()
    applied = sandbox.run("apply", *USER, "--yes", key=CANARY_KEY)
    assert applied.exit_code == 0, applied.stdout
    assert "were not looked for" in json.dumps((applied.report or {})["warnings"])
    assert read(sandbox.user_config)[MODEL[0]] == ref(KIMI)
    # Nor is `status` told by files what MiMoCode may not be asked about.
    above.write_text('{"model": "acme/above"}')
    status = sandbox.run("status", "--json")
    assert status.exit_code == 0, status.stdout
    assert "MiMoCode was not asked" in json.dumps((status.report or {})["warnings"])


RUBBISH: Final = "#!/bin/sh\nprintf 'rub\\033[31mbish\\377'\nexit 3\n"


def test_a_mimo_that_prints_rubbish_is_told_and_shown_escaped(sandbox: Sandbox) -> None:
    """No probe holds, and nothing of it acts on the terminal."""
    (sandbox.bin / "mimo").write_text(RUBBISH)
    result = sandbox.run("audit")
    assert result.exit_code == 1
    assert "rub\\x1b[31mbish" in result.stdout
    assert "\x1b" not in result.stdout
    assert "Traceback" not in result.stdout + result.stderr
    assert f"\n0 of {len(MUTATIONS)} held, " in result.stdout


def test_where_there_is_no_mimo_that_is_said(sandbox: Sandbox) -> None:
    """As for every other command."""
    (sandbox.bin / "mimo").unlink()
    refusal(sandbox.run("audit", "--json"), "mimo_not_found")


def test_an_interrupt_ends_it_and_leaves_nothing(sandbox: Sandbox) -> None:
    """Ctrl-C kills what runs, and the throw-away folder goes."""
    (sandbox.bin / "mimo").write_text('#!/bin/sh\ntouch "$TMPDIR/started"\nexec sleep 60\n')
    process = sandbox.start("audit", "--json")
    until = time.monotonic() + 30
    while not list(sandbox.temporary.glob("*/*/tmp/started")) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=30)
    assert (process.returncode, json.loads(shown)["blockers"][0]["code"]) == (130, "interrupted")
    assert list(sandbox.temporary.iterdir()) == []


def test_without_a_place_for_it_that_is_said(sandbox: Sandbox) -> None:
    """A folder for temporary files that cannot be written is no fault of the program."""
    before = users_files(sandbox)
    limited = ("sh", "-c", 'ulimit -f 0; trap "" XFSZ; exec "$@"', "sh")
    result = sandbox.run("audit", prefix=limited)
    assert (result.exit_code, "write_failed" in result.stdout) == (1, True), result.stdout
    assert left_alone(sandbox, before)


# Several on the PATH


def test_of_several_on_the_path_it_is_said_which_one_was_meant(sandbox: Sandbox) -> None:
    """The first is audited; the audit and a blocker about versions name the others."""
    first = _newer(sandbox)
    other = install(sandbox.root / "elsewhere")
    both = {"PATH": os.pathsep.join((str(first.parent), str(other.parent), *_system()))}
    blocker = refusal(sandbox.run("plan", *USER, key=CANARY_KEY, env=both), "mimo_version_not_audited")
    assert str(other) in blocker["remedy"]
    result = sandbox.run("audit", "--json", env=both)
    assert result.report is not None
    assert result.report["target"]["cli"] == str(first)
    assert str(other) in [one["location"]["file"] for one in result.report["warnings"]]
    told = sandbox.run("--version", "--verbose", env=both)
    assert f"`mimo` on your PATH: {first}" in told.stdout
    assert f"in front of {other}" in told.stdout
    assert "0.1.15 " in told.stdout


def _system() -> list[str]:
    return [folder for folder in os.environ["PATH"].split(os.pathsep) if not (Path(folder) / "mimo").exists()]


def test_versions_as_json_are_one_object(sandbox: Sandbox) -> None:
    """The audited ones, and the `mimo` on the PATH with what it runs; none is started."""
    shown, _ = sandbox.start("--version", "--json").communicate(timeout=60)
    found = json.loads(shown)
    assert found["version"] == __version__
    assert [one["version"] for one in found["audited"]] == ["0.1.0", "0.1.15"]
    assert found["mimo"]["path"] == str(sandbox.bin / "mimo")
    assert found["mimo"]["runs"] == [str(part.path) for part in identity.of(sandbox.bin / "mimo").parts]
    assert sandbox.calls() == []


# In front of other things


def test_a_lost_record_is_found_out_also_where_an_audit_was_recorded_since(sandbox: Sandbox) -> None:
    """A state with audits alone tells of no set-up, so what is provably ours stands for the record."""
    sandbox.mimo_config_folder.mkdir(parents=True)
    sandbox.user_config.write_text('{"$schema": "./kept.json"}')
    assert sandbox.run("apply", *USER, "--yes", key=CANARY_KEY).exit_code == 0
    sandbox.state_file.unlink()
    assert sandbox.run(*RECORD).exit_code == 0
    assert sandbox.run("status", "--json").exit_code == 3
    assert sandbox.run("uninstall", "--yes", "--json").exit_code == 0
    assert json.loads(sandbox.user_config.read_text()) == {"$schema": "./kept.json"}
    assert not sandbox.state_file.exists()
    assert not sandbox.key_file.exists()


def test_an_audit_keeps_what_is_set_up(sandbox: Sandbox) -> None:
    """The record of the set-up stays as it was, but for its serial and the audit."""
    assert sandbox.run("apply", *USER, "--yes", key=CANARY_KEY).exit_code == 0
    before = _state(sandbox)
    assert sandbox.run(*RECORD).exit_code == 0
    after = _state(sandbox)
    changed = ("serial", "transaction", "audits")
    assert {name: after[name] for name in after if name not in changed} == {
        name: before[name] for name in before if name not in changed
    }
    assert (after["serial"], len(after["audits"])) == (before["serial"] + 1, 1)
    assert sandbox.run("status", "--json").exit_code == 0


def test_in_front_of_another_installers_state_nothing_is_recorded(sandbox: Sandbox) -> None:
    """It is refused before anything is tried."""
    sandbox.own_folder.mkdir(parents=True)
    earlier = {"globalConfigTarget": "x", "scope": "user", "selectedModelKey": "m", "installerVersion": "1"}
    sandbox.state_file.write_text(json.dumps(earlier))
    before = users_files(sandbox)
    refusal(sandbox.run(*RECORD), "state_unreadable")
    assert left_alone(sandbox, before)
