"""A set-up whose record is lost or damaged: `status` finds it, `apply` adopts it, `uninstall` removes it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from fixtures.canary import CANARY_KEY, CANARY_MARK
from tests.conftest import MakeSandbox
from tests.support.cases import sampled, standin_case
from tests.support.documents import CONFIGS, KIMI, config_names, find, place, read, ref
from tests.support.pictures import left_alone, own_files, users_files
from tests.support.privileges import bound_by_permissions
from tests.support.refusals import refusal
from tests.support.sandbox import Result, Sandbox

APPLY: Final = ("apply", "--scope", "user", "--yes", "--json")
PROJECT: Final = ("apply", "--scope", "project", "--yes", "--json")
LEAVE: Final = ("uninstall", "--yes", "--json")
BINDING: Final = ("provider", "gonkagate", "options", "apiKey")


def _set_up(
    machine: Sandbox, name: str | None = "starter.jsonc", *command: str, cwd: Path | None = None
) -> Path:
    """Set up on top of a sample config, or of none; return the config."""
    config = machine.mimo_config_folder / f"mimocode{Path(name or '.jsonc').suffix or '.jsonc'}"
    if name is not None:
        config.parent.mkdir(parents=True)
        config.write_bytes((CONFIGS / name).read_bytes())
    done = machine.run(*(command or APPLY), key=CANARY_KEY, cwd=cwd)
    assert done.exit_code == 0, done.stdout
    return config


def _report(result: Result) -> dict[str, Any]:
    assert result.report is not None, result.stderr
    return result.report


def _told(result: Result) -> str:
    return "\n".join(one["message"] for one in _report(result)["warnings"])


def _nothing_left(machine: Sandbox) -> bool:
    """Return True when only backups are left of ours, without the key; else raise."""
    kept = (".gonkagate", ".gonkagate/mimo-code")
    rest = [one for one in own_files(machine) if one not in kept and "/backups" not in one]
    assert rest == []
    assert [one for one in own_files(machine) if "api-key" in one] == []
    assert machine.run(*LEAVE).codes == ["nothing_installed"]
    assert machine.run("status").exit_code == 5
    return True


# Lost


@pytest.mark.parametrize("name", sampled(config_names(), ["no_schema.jsonc"]))
def test_his_bytes_come_back_without_the_record(make_sandbox: MakeSandbox, name: str) -> None:
    """The copies tell what stood there before; comments, spelling and a model of his own are back."""
    machine = make_sandbox()
    config = _set_up(machine, name)
    machine.state_file.unlink()
    result = machine.run(*LEAVE)
    assert (result.exit_code, _report(result)["outcome"]) == (0, "removed"), result.stdout
    assert config.read_bytes() == (CONFIGS / name).read_bytes()
    assert _nothing_left(machine)


@pytest.mark.parametrize(
    "name", ["bom.jsonc", "one_line.json", "starter.jsonc", "tabs.jsonc", "trailing_commas.jsonc"]
)
@pytest.mark.standin
def test_his_bytes_come_back_without_record_and_copies(make_sandbox: MakeSandbox, name: str) -> None:
    """Wherever we had put nothing in the place of something."""
    machine = make_sandbox()
    config = _set_up(machine, name)
    machine.state_file.unlink()
    shutil.rmtree(machine.backups)
    result = machine.run(*LEAVE)
    assert result.exit_code == 0, result.stdout
    assert config.read_bytes() == (CONFIGS / name).read_bytes()
    assert "not known what stood here before" in _told(result)
    assert str(machine.backups) in _told(result)
    assert _nothing_left(machine)


@pytest.mark.standin
def test_what_cannot_be_given_back_is_said(make_sandbox: MakeSandbox) -> None:
    """Without copies the user's own model is not invented; his comments stay."""
    machine = make_sandbox()
    config = _set_up(machine, "comments.jsonc")
    machine.state_file.unlink()
    shutil.rmtree(machine.backups)
    result = machine.run(*LEAVE)
    assert result.exit_code == 0, result.stdout
    assert "model" not in read(config)
    assert b"// runs on the big machine" in config.read_bytes()
    assert {"action": "delete", "key": ["model"]}.items() <= next(
        row for row in _report(result)["changes"] if row["key"] == ["model"]
    ).items()


def test_a_project_set_up_goes_without_the_record(make_sandbox: MakeSandbox) -> None:
    """The project's file and its folder go as they came, and so does the user's entry."""
    machine = make_sandbox()
    _set_up(machine, None, *PROJECT, cwd=machine.project)
    machine.state_file.unlink()
    foretold = machine.run("uninstall", "--dry-run", "--json", cwd=machine.project)
    result = machine.run(*LEAVE, cwd=machine.project)
    assert result.exit_code == 0, result.stdout
    assert _report(result)["changes"] == _report(foretold)["changes"]
    assert not machine.user_config.exists()
    assert not machine.project_config.parent.exists()
    assert _nothing_left(machine)


@pytest.mark.standin
def test_one_project_can_leave_without_the_record(make_sandbox: MakeSandbox) -> None:
    """Its activation goes; provider, key and other projects stay, and no record is made up."""
    machine = make_sandbox()
    other = machine.root / "other"
    (other / ".git").mkdir(parents=True)
    _set_up(machine, None, *PROJECT, cwd=machine.project)
    assert machine.run(*PROJECT, cwd=other).exit_code == 0
    machine.state_file.unlink()
    result = machine.run("uninstall", "--this-project", "--yes", "--json", cwd=machine.project)
    assert result.exit_code == 0, result.stdout
    assert not machine.project_config.exists()
    assert not machine.state_file.exists()
    assert machine.key_file.exists()
    assert find(read(machine.user_config), BINDING)
    assert read(other / ".mimocode" / "mimocode.json")["model"] == ref(KIMI)
    assert machine.run("uninstall", "--this-project", "--yes", cwd=machine.project).exit_code == 5
    last = machine.run(*LEAVE)
    assert last.exit_code == 0, last.stdout
    warned = [one for one in _report(last)["warnings"] if "another project" in one["message"]]
    assert [one["location"] for one in warned] == [place(other / ".mimocode" / "mimocode.json", ("model",))]
    assert read(other / ".mimocode" / "mimocode.json")["model"] == ref(KIMI)


@pytest.mark.standin
def test_what_is_not_provably_ours_is_left_and_named(make_sandbox: MakeSandbox) -> None:
    """A timeout and a model of his own under our provider, and a model that refers to one of his."""
    machine = make_sandbox()
    config = _set_up(machine, "starter.jsonc")
    text = config.read_text().replace(
        '"setCacheKey": false', '"setCacheKey": false,\n        "timeout": 90000'
    )
    text = text.replace(f'"small_model": "{ref(KIMI)}"', '"small_model": "gonkagate/mine"')
    config.write_text(text.replace('"models": {', '"models": {\n        "mine": { "name": "Mine" },', 1))
    keys = [("small_model",), (*BINDING[:3], "timeout"), (*BINDING[:2], "models", "mine")]
    places = [place(config, key) for key in keys]
    machine.state_file.unlink()
    result = machine.run(*LEAVE)
    assert result.exit_code == 0, result.stdout
    left = [one for one in _report(result)["warnings"] if "not provably ours" in one["message"]]
    assert [one["location"] for one in left] == places
    assert {name: value for name, value in read(config).items() if name != "$schema"} == {
        "small_model": "gonkagate/mine",
        "provider": {"gonkagate": {"options": {"timeout": 90000}, "models": {"mine": {"name": "Mine"}}}},
    }
    assert _nothing_left(machine)


@pytest.mark.standin
def test_the_key_stays_while_another_config_refers_to_it(make_sandbox: MakeSandbox) -> None:
    """Also without the record: MiMoCode would not start."""
    machine = make_sandbox()
    _set_up(machine)
    own = machine.mimo_config_folder / "config.json"
    own.write_text(
        '{"$schema": "./s.json", "provider": {"mine": {"options":'
        ' {"apiKey": "{file:~/.gonkagate/mimo-code/api-key}"}}}}'
    )
    machine.state_file.unlink()
    result = machine.run(*LEAVE)
    assert result.exit_code == 0, result.stdout
    assert machine.key_file.exists()
    assert str(own) in [(one["location"] or {}).get("file") for one in _report(result)["warnings"]]


@pytest.mark.standin
def test_a_file_in_the_key_s_place_that_holds_no_key_is_left(make_sandbox: MakeSandbox) -> None:
    """It could be anything; its content is not shown."""
    machine = make_sandbox()
    _set_up(machine)
    machine.state_file.unlink()
    machine.key_file.write_text("my own notes\n")
    result = machine.run(*LEAVE)
    assert result.exit_code == 0, result.stdout
    assert machine.key_file.read_text() == "my own notes\n"
    assert "no key of GonkaGate's form" in _told(result)


@pytest.mark.standin
def test_the_key_can_be_kept_without_the_record(make_sandbox: MakeSandbox) -> None:
    """It serves the next apply; alone it is no set-up."""
    machine = make_sandbox()
    _set_up(machine)
    machine.state_file.unlink()
    assert machine.run("uninstall", "--yes", "--keep-key").exit_code == 0
    assert machine.key_file.read_text() == CANARY_KEY
    assert machine.run("status").exit_code == 5


@pytest.mark.standin
def test_without_an_answer_nothing_is_taken_out(make_sandbox: MakeSandbox) -> None:
    """It is asked about like any uninstall; the dry run touches nothing."""
    machine = make_sandbox()
    _set_up(machine)
    machine.state_file.unlink()
    before = users_files(machine)
    refusal(machine.run("uninstall", "--json"), "not_confirmed")
    assert machine.run("uninstall", "--dry-run").exit_code == 0
    assert left_alone(machine, before)


@pytest.mark.standin
def test_status_finds_a_set_up_without_its_record(make_sandbox: MakeSandbox) -> None:
    """It is drift: one row for the record, what stands there, and what mends it. No `mimo` is started."""
    machine = make_sandbox()
    config = _set_up(machine)
    machine.state_file.unlink()
    before, calls = users_files(machine), machine.calls()
    result = machine.run("status", "--json")
    report = _report(result)
    assert (result.exit_code, report["outcome"], report["next_command"]) == (
        3,
        "drifted",
        "mimo-code-setup apply",
    )
    assert report["drift"] == [
        {
            "action": "create",
            "resource": "state",
            "file": str(machine.state_file),
            "key": None,
            "before": "(the record of the set-up)",
            "after": None,
            "reason": "the set-up is there without its record",
            "since": None,
        }
    ]
    assert report["warnings"][0]["location"] == place(config, BINDING[:2])
    assert "with 4 models" in report["warnings"][0]["message"]
    people = machine.run("status")
    assert "the record" in people.stdout
    assert "records it again" in people.stdout
    assert left_alone(machine, before)
    assert machine.calls() == calls


def test_apply_adopts_a_set_up_without_its_record(make_sandbox: MakeSandbox) -> None:
    """What `status` advises works: no config is written, and everything is in sync again."""
    machine = make_sandbox()
    config = _set_up(machine)
    machine.state_file.unlink()
    before = config.read_bytes()
    result = machine.run("apply", "--yes", "--json")
    assert result.exit_code == 0, result.stdout
    assert config.read_bytes() == before
    assert machine.run("status").exit_code == 0
    assert machine.run(*LEAVE).exit_code == 0
    assert config.read_bytes() == (CONFIGS / "starter.jsonc").read_bytes()
    assert machine.run_mimo("--pure", "debug", "config").exit_code == 0


@pytest.mark.standin
def test_a_machine_without_evidence_is_not_set_up(make_sandbox: MakeSandbox) -> None:
    """A GonkaGate entry of the user's own making is none of ours, in any folder."""
    machine = make_sandbox()
    machine.mimo_config_folder.mkdir(parents=True)
    machine.user_config.write_text(
        '{"model": "gonkagate/x", "provider": {"gonkagate": {"options": {"apiKey": "{env:MINE}"}}}}'
    )
    before = users_files(machine)
    assert machine.run("status", "--json").exit_code == 5
    assert machine.run(*LEAVE).codes == ["nothing_installed"]
    assert left_alone(machine, before)


# Damaged


def _cut_off(data: bytes) -> bytes:
    return data[: len(data) // 2]


def _wrong_types(data: bytes) -> bytes:
    whole = json.loads(data)
    whole["documents"][0]["claims"][0]["key"] = "model"
    return json.dumps({**whole, "serial": "1", "key": []}).encode()


def _empty(_: bytes) -> bytes:
    return b""


def _binary(data: bytes) -> bytes:
    return bytes(range(256)) + data


def _of_another_kind(_: bytes) -> bytes:
    return b'{"name": "left-pad", "version": "1.3.0"}\n'


DAMAGES: Final = (_cut_off, _wrong_types, _empty, _binary, _of_another_kind)


@pytest.mark.parametrize(
    "damage",
    [one if one is _wrong_types else standin_case(one, id=one.__name__) for one in DAMAGES],
)
def test_a_damaged_record_hinders_nobody_from_leaving(
    make_sandbox: MakeSandbox, damage: Callable[[bytes], bytes]
) -> None:
    """`uninstall` takes out what is provably ours, names the faults, and keeps a copy of the damaged file."""
    machine = make_sandbox()
    config = _set_up(machine, "comments.jsonc")
    damaged = damage(machine.state_file.read_bytes())
    machine.state_file.write_bytes(damaged)
    before = users_files(machine)
    foretold = machine.run("uninstall", "--dry-run", "--json")
    assert foretold.exit_code == 0, foretold.stdout
    assert left_alone(machine, before)
    result = machine.run(*LEAVE)
    assert result.exit_code == 0, result.stdout
    assert _report(result)["changes"] == _report(foretold)["changes"]
    assert _report(result)["changes"][-1]["resource"] == "state"
    assert "the state file cannot be read: " in _told(result)
    assert config.read_bytes() == (CONFIGS / "comments.jsonc").read_bytes()
    assert [path.read_bytes() for path in machine.backups.glob("*-install-state.json")] == [damaged]
    assert _nothing_left(machine)


@pytest.mark.standin
def test_every_fault_of_a_damaged_record_is_named(make_sandbox: MakeSandbox) -> None:
    """With its place, whichever part of the program the field belongs to."""
    machine = make_sandbox()
    _set_up(machine)
    machine.state_file.write_bytes(_wrong_types(machine.state_file.read_bytes()))
    for result in (machine.run("status", "--json"), machine.run("apply", "--yes", "--json")):
        message = refusal(result, "state_unreadable")["message"]
        for fault in (
            "serial: expected int",
            "documents[0].claims[0].key: expected",
            "key: expected an object",
        ):
            assert fault in message


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.standin
def test_status_of_a_damaged_record_says_what_is_there_all_the_same(
    make_sandbox: MakeSandbox, damage: Callable[[bytes], bytes]
) -> None:
    """It stops, since it cannot compare; what is provably ours is named with its place."""
    machine = make_sandbox()
    config = _set_up(machine)
    machine.state_file.write_bytes(damage(machine.state_file.read_bytes()))
    before = users_files(machine)
    result = machine.run("status", "--json")
    assert refusal(result, "state_unreadable")["location"]["file"] == str(machine.state_file)
    assert place(config, BINDING[:2]) in [one["location"] for one in _report(result)["warnings"]]
    assert left_alone(machine, before)


def test_the_remedy_of_apply_works(make_sandbox: MakeSandbox) -> None:
    """It stops before anything; with the file moved away it adopts, and everything is in sync."""
    machine = make_sandbox()
    config = _set_up(machine)
    machine.state_file.write_bytes(_cut_off(machine.state_file.read_bytes()))
    before = users_files(machine)
    blocker = refusal(machine.run("apply", "--yes", "--json"), "state_unreadable")
    assert "move the file away and run apply" in blocker["remedy"]
    assert left_alone(machine, before)
    content = config.read_bytes()
    machine.state_file.rename(machine.home / "moved away")
    result = machine.run("apply", "--yes", "--json")
    assert result.exit_code == 0, result.stdout
    assert config.read_bytes() == content
    assert machine.run("status").exit_code == 0


@pytest.mark.standin
def test_a_damaged_record_alone_goes(make_sandbox: MakeSandbox) -> None:
    """Where nothing else is left of a set-up, the file itself is what is taken out."""
    machine = make_sandbox()
    machine.own_folder.mkdir(parents=True, mode=0o700)
    machine.state_file.write_text("{")
    result = machine.run(*LEAVE)
    assert result.exit_code == 0, result.stdout
    assert [row["resource"] for row in _report(result)["changes"]] == ["state"]
    assert [path.read_text() for path in machine.backups.glob("*-install-state.json")] == ["{"]
    assert _nothing_left(machine)


@pytest.mark.standin
def test_a_record_that_may_not_be_read_is_left(make_sandbox: MakeSandbox) -> None:
    """It may be as it should be: nothing is done without it, and it serves as soon as it can be read."""
    machine = make_sandbox()
    config = _set_up(machine)
    machine.state_file.chmod(0)
    before = users_files(machine)
    for command in (("status",), ("apply", "--yes"), ("uninstall", "--yes")):
        result = machine.run(*command, "--json", prefix=bound_by_permissions())
        assert "make it readable" in refusal(result, "state_unreadable")["remedy"]
    assert left_alone(machine, before)
    machine.state_file.chmod(0o600)
    assert machine.run(*LEAVE, prefix=bound_by_permissions()).exit_code == 0
    assert config.read_bytes() == (CONFIGS / "starter.jsonc").read_bytes()


@pytest.mark.standin
def test_a_record_from_the_future_is_left_to_its_program(make_sandbox: MakeSandbox) -> None:
    """Whatever is provably ours beside it."""
    machine = make_sandbox()
    _set_up(machine)
    whole = json.loads(machine.state_file.read_bytes())
    machine.state_file.write_text(json.dumps({**whole, "schema_version": 3, "more": {}}))
    before = users_files(machine)
    for command in (("status",), ("apply", "--yes"), ("uninstall", "--yes"), ("uninstall", "--dry-run")):
        result = machine.run(*command, "--json")
        refusal(result, "state_too_new")
        assert _report(result)["warnings"] == []
    assert left_alone(machine, before)


# Earlier ones


@pytest.mark.standin
def test_a_record_of_version_1_serves_and_is_written_anew_with_the_next_change(
    make_sandbox: MakeSandbox,
) -> None:
    """Reading brings it to today's version in memory; a run that changes nothing leaves the file alone."""
    machine = make_sandbox()
    config = _set_up(machine)
    whole = json.loads(machine.state_file.read_bytes())
    for held in whole["documents"]:
        del held["volume"], held["folder_id"]
    machine.state_file.write_text(json.dumps({**whole, "schema_version": 1}, indent=1) + "\n")
    before = users_files(machine)
    assert machine.run("status", "--fast").exit_code == 0
    assert machine.run("plan").exit_code == 0
    assert machine.run("apply", "--yes").exit_code == 0
    assert left_alone(machine, before)
    config.write_text(config.read_text().replace('"GonkaGate"', '"Mine"'))
    assert machine.run("apply", "--yes").exit_code == 0
    after = json.loads(machine.state_file.read_bytes())
    assert (after["schema_version"], after["serial"], after["lineage"]) == (2, 2, whole["lineage"])
    assert machine.run(*LEAVE).exit_code == 0
    assert config.read_bytes() == (CONFIGS / "starter.jsonc").read_bytes()


@pytest.mark.standin
def test_the_record_of_the_npm_installer_is_apply_s_to_take_over(make_sandbox: MakeSandbox) -> None:
    """`status` says so, `uninstall` leaves its set-up alone, `apply` keeps a copy and takes over."""
    machine = make_sandbox()
    config = _set_up(machine)
    theirs = {
        "globalConfigTarget": str(config),
        "installerVersion": "1.0.0",
        "scope": "user",
        "selectedModelKey": "kimi",
    }
    machine.state_file.write_text(json.dumps(theirs))
    before = users_files(machine)
    status = machine.run("status", "--json")
    assert (status.exit_code, "apply takes its set-up over" in _told(status)) == (5, True)
    assert machine.run(*LEAVE).codes == ["nothing_installed"]
    assert left_alone(machine, before)
    assert machine.run("apply", "--yes").exit_code == 0
    assert [json.loads(path.read_bytes()) for path in machine.backups.glob("*-install-state.json")] == [
        theirs
    ]
    assert machine.run(*LEAVE).exit_code == 0
    assert CANARY_MARK not in config.read_text()
    assert find(read(config), BINDING[:1]) is None
