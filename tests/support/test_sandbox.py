"""Sandboxes are closed, and what they are searched for is found."""

import os
from pathlib import Path

import pytest

from fixtures.canary import CANARY_KEY, CANARY_KEY_2, CANARY_MARK
from fixtures.gateway import Request
from tests.conftest import MakeSandbox
from tests.support.sandbox import Result, Sandbox, make_git_by_hand
from tests.support.snapshots import differences, same_content, snapshot, untouched


@pytest.fixture
def box(make_sandbox: MakeSandbox) -> Sandbox:
    """Make a sandbox with the stand-in."""
    return make_sandbox("box", "standin")


def test_keys_of_the_tests_have_the_form_of_keys() -> None:
    """Keys of the tests have the form of keys."""
    for key in (CANARY_KEY, CANARY_KEY_2):
        assert key.startswith("gp-")
        assert CANARY_MARK in key
        assert key.removeprefix("gp-").replace("-", "").replace("_", "").isalnum()
        assert len(key) <= 512


def test_the_environment_holds_nothing_of_the_machine_s_own(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment holds nothing of the machine's own."""
    monkeypatch.setenv("MIMOCODE_CONFIG", "/somewhere")
    monkeypatch.setenv("GONKAGATE_API_KEY", "gp-mine")
    environment = box.environment(TMPDIR=None, EXTRA="x")
    assert {"MIMOCODE_CONFIG", "GONKAGATE_API_KEY", "TMPDIR"}.isdisjoint(environment)
    assert environment["HOME"] == str(box.home)
    assert environment["EXTRA"] == "x"
    assert environment["PATH"].split(os.pathsep)[0] == str(box.bin)


def test_only_the_key_file_and_its_backups_may_hold_the_key(box: Sandbox) -> None:
    """Only the key file and its backups may hold the key."""
    for allowed in (box.key_file, box.backups / "old"):
        allowed.parent.mkdir(parents=True, exist_ok=True)
        allowed.write_text(CANARY_KEY)
    assert box.leaks() == []
    box.state_file.write_text(f'{{"key": "{CANARY_KEY}"}}')
    box.results.append(Result(("plan",), 0, "", f"said {CANARY_KEY_2}", None))
    assert box.leaks() == ["home/.gonkagate/mimo-code/install-state.json", "output of plan"]
    box.state_file.unlink()
    box.results.clear()


def test_a_test_may_name_a_place_where_it_put_the_key_itself(box: Sandbox) -> None:
    """A test may name a place where it put the key itself."""
    given = box.root / "given.txt"
    given.write_text(CANARY_KEY)
    box.key_holders.append(given)
    assert box.leaks() == []


@pytest.mark.parametrize(
    ("host", "path", "headers", "body", "found"),
    [
        ("api.gonkagate.com", "/v1/models", (("Authorization", f"Bearer {CANARY_KEY}"),), b"", False),
        ("api.gonkagate.com", f"/v1/models?key={CANARY_KEY}", (), b"", True),
        ("api.gonkagate.com", "/v1/models", (("X-Key", CANARY_KEY),), b"", True),
        ("api.gonkagate.com", "/v1/models", (), CANARY_KEY.encode(), True),
    ],
)
def test_a_request_with_the_key_in_the_wrong_place_is_a_leak(
    box: Sandbox, host: str, path: str, headers: tuple[tuple[str, str], ...], body: bytes, *, found: bool
) -> None:
    """Only one header may hold it."""
    box.gateway.requests.append(Request("GET", host, path, headers, body))
    assert bool(box.leaks()) is found
    box.gateway.requests.clear()


def test_a_project_by_hand_is_a_project_too(box: Sandbox) -> None:
    """A project by hand is a project too."""
    made = box.root / "by-hand"
    make_git_by_hand(made)
    (made / "sub").mkdir()
    (box.root / "mimocode.json").write_text('{"$schema": "k", "model": "above/git"}')
    (made / "mimocode.json").write_text('{"$schema": "k", "small_model": "at/root"}')
    resolved = box.resolved(made / "sub")
    assert (resolved.get("model"), resolved["small_model"]) == (None, "at/root")


def test_a_snapshot_tells_content_from_having_been_written(tmp_path: Path) -> None:
    """A snapshot tells content from having been written."""
    file = tmp_path / "a"
    file.write_text("one")
    before = snapshot(tmp_path)
    os.utime(file, ns=(1, 1))
    assert same_content(before, snapshot(tmp_path))
    with pytest.raises(AssertionError, match="mtime_ns"):
        untouched(before, snapshot(tmp_path))


def test_a_snapshot_names_all_that_changed(tmp_path: Path) -> None:
    """A snapshot names all that changed."""
    for name in ("content", "mode", "gone"):
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to("content")
    before = snapshot(tmp_path)
    (tmp_path / "content").write_text("y")
    (tmp_path / "mode").chmod(0o600)
    (tmp_path / "gone").unlink()
    (tmp_path / "new").mkdir()
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("mode")
    found = differences(before, snapshot(tmp_path))
    assert [line.split(":")[0] for line in found] == ["content", "gone", "link", "mode", "new"]


def test_a_snapshot_leaves_out_what_it_is_told_to(tmp_path: Path) -> None:
    """A snapshot leaves out what it is told to."""
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "a").write_text("x")
    assert dict(snapshot(tmp_path, ignore=["log"])) == {}
    assert dict(snapshot(tmp_path / "nothing")) == {}
