"""Fail closed at the user's own files: unreadable, in our way, or waiting to be imported.

File, line and column are named, and nothing is written.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.canary import CANARY_KEY
from tests.support.cases import standin_case
from tests.support.documents import SCHEMA_URL
from tests.support.pictures import left_alone, users_files
from tests.support.privileges import bound_by_permissions
from tests.support.refusals import refusal, untouched_by
from tests.support.sandbox import Sandbox

APPLY = ("apply", "--scope", "user", "--yes", "--json")

UNREADABLE = {
    "missing comma": (b'{\n  "model": "a/b"\n  "share": "auto"\n}\n', 3, 3),
    "single quotes": (b"{\n  'model': 'a/b'\n}\n", 2, 3),
    "bare key": (b'{\n  "share": "auto",\n  model: "a/b"\n}\n', 3, 3),
    "open brace": (b'{\n  "share": "auto",\n', 3, 1),
    "two roots": (b"{}\n{}\n", 2, 1),
    "open comment": (b'{ "share": "auto" } /* never\n', 1, 21),
    "a comment alone": (b"// nothing yet\n", 2, 1),
    "not a number": (b'{\n  "x": NaN\n}\n', 2, 8),
}


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        pytest.param(*case, id=name, marks=() if name == "missing comma" else pytest.mark.standin)
        for name, case in UNREADABLE.items()
    ],
)
def test_a_config_that_mimo_cannot_read_is_named_to_the_column(
    sandbox: Sandbox, content: bytes, line: int, column: int
) -> None:
    """It is the user's to mend; not a byte of it changes."""
    config = _put(sandbox.user_config, content)
    before = users_files(sandbox)
    blocker = refusal(sandbox.run(*APPLY, key=CANARY_KEY), "config_unreadable")
    assert blocker["location"] == {"file": str(config), "line": line, "column": column}
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize("content", [b"[]", b'"text"', b"null", b"17"])
@pytest.mark.standin
def test_a_config_that_is_not_an_object_is_refused(sandbox: Sandbox, content: bytes) -> None:
    """There is no key to be had in it."""
    config = _put(sandbox.user_config, content)
    before = users_files(sandbox)
    blocker = refusal(sandbox.run(*APPLY, key=CANARY_KEY), "config_not_an_object")
    assert blocker["location"]["file"] == str(config)
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize(
    ("content", "line", "column", "names"),
    [
        ('{\n  "provider": []\n}', 2, 15, "provider"),
        standin_case('{\n  "provider": {\n    "gonkagate": "mine"\n  }\n}', 3, 18, "provider.gonkagate"),
        standin_case(
            '{ "provider": { "gonkagate": { "options": 5 } } }', 1, 43, "provider.gonkagate.options"
        ),
        standin_case('{ "provider": { "gonkagate": { "models": [] } } }', 1, 42, "provider.gonkagate.models"),
        standin_case('{\n  "provider": {},\n  "provider": {}\n}', 3, 15, "provider"),
        standin_case('{\n  "model": "a/b",\n  "model": "c/d"\n}', 3, 12, "model"),
    ],
)
def test_a_value_in_the_way_is_not_replaced(
    sandbox: Sandbox, content: str, line: int, column: int, names: str
) -> None:
    """A parent that is no object, or a key that stands there twice, is for the user to decide."""
    config = _put(sandbox.user_config, content.encode())
    before = users_files(sandbox)
    blocker = refusal(sandbox.run(*APPLY, key=CANARY_KEY), "config_value_in_the_way")
    assert names in blocker["message"]
    assert blocker["location"] == {"file": str(config), "line": line, "column": column}
    assert untouched_by(sandbox, before)


def _folder(path: Path) -> None:
    path.mkdir(parents=True)


def _pipe(path: Path) -> None:
    path.parent.mkdir(parents=True)
    os.mkfifo(path)


def _closed(path: Path) -> None:
    _put(path, b"{}").chmod(0)


@pytest.mark.parametrize(
    "make", [_folder, _pipe, _closed], ids=["a folder", "a pipe", "a file closed to its user"]
)
@pytest.mark.standin
def test_a_config_that_is_no_readable_file_is_refused(sandbox: Sandbox, make: Callable[[Path], None]) -> None:
    """It is neither waited for nor replaced."""
    make(sandbox.user_config)
    result = sandbox.run(*APPLY, key=CANARY_KEY, prefix=bound_by_permissions())
    blocker = refusal(result, "config_unreadable")
    assert blocker["location"]["file"] == str(sandbox.user_config)
    assert not (sandbox.home / ".gonkagate").exists()


def test_a_broken_project_file_is_named_as_well(sandbox: Sandbox) -> None:
    """In project scope the project's file is one of those that must be readable."""
    config = _put(sandbox.project_config, b'{\n  "model": }\n')
    before = users_files(sandbox)
    result = sandbox.run("apply", "--yes", "--json", cwd=sandbox.project, key=CANARY_KEY)
    blocker = refusal(result, "config_unreadable")
    assert blocker["location"] == {"file": str(config), "line": 2, "column": 12}
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize("layer", ["home/.config/mimocode/config.json", "home/.mimocode/mimocode.json"])
@pytest.mark.standin
def test_a_broken_layer_beside_ours_stops_the_run_before_it_writes(sandbox: Sandbox, layer: str) -> None:
    """MiMoCode would refuse to start, whatever we write: file, line and column are named."""
    _put(sandbox.user_config, f'{{"$schema": "{SCHEMA_URL}"}}\n'.encode())
    broken = _put(sandbox.root / layer, b'{\n  "share": oops\n}\n')
    before = users_files(sandbox)
    blocker = refusal(sandbox.run(*APPLY, key=CANARY_KEY), "config_unreadable")
    assert blocker["location"] == {"file": str(broken), "line": 2, "column": 12}
    assert untouched_by(sandbox, before)


def test_what_mimo_refuses_though_it_can_be_parsed_is_undone(sandbox: Sandbox) -> None:
    """A top-level key that MiMoCode does not know stops it: the file is named, and everything put back."""
    config = _put(sandbox.user_config, f'{{"$schema": "{SCHEMA_URL}", "unheard_of": 1}}\n'.encode())
    before = users_files(sandbox)
    result = sandbox.run(*APPLY, key=CANARY_KEY)
    blocker = refusal(result, "resolved_config_unreadable", outcome="failed")
    assert blocker["location"]["file"] == str(config)
    assert untouched_by(sandbox, before)


def test_an_old_toml_file_waits_to_be_imported_first(sandbox: Sandbox) -> None:
    """MiMoCode would import it over what we write, and delete it: its user is asked to run `mimo` once."""
    old = _put(sandbox.mimo_config_folder / "config", b'model = "a/b"\n')
    before = users_files(sandbox)
    blocker = refusal(sandbox.run(*APPLY, key=CANARY_KEY), "config_unreadable")
    assert blocker["location"]["file"] == str(old)
    assert "run `mimo` once" in blocker["remedy"]
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize(
    "content", [b"", standin_case(b"null"), standin_case(b'{"a": 1} // b'), standin_case(b"{")]
)
def test_a_credential_file_that_stops_mimo_stops_us(sandbox: Sandbox, content: bytes) -> None:
    """It is MiMoCode's own: named, never mended."""
    auth = _put(sandbox.home / ".local" / "share" / "mimocode" / "auth.json", content)
    before = users_files(sandbox)
    blocker = refusal(sandbox.run(*APPLY, key=CANARY_KEY), "mimo_auth_unreadable")
    assert blocker["location"]["file"] == str(auth)
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize(
    "content",
    [
        '{\n  "provider": { "gonkagate": { "options": { "apiKey": "BINDING" } } }\n}',
        standin_case('{\n  "provider": { "gonkagate": { "options": { "apiKey": "{env:KEY}" } } }\n}'),
        standin_case('{\n  "provider": { "x": { "options": { "apiKey": "BINDING" } } }\n}'),
    ],
)
@pytest.mark.parametrize("name", [".mimocode/mimocode.json", standin_case("mimocode.jsonc")])
def test_a_key_binding_in_a_project_file_stops_the_run(sandbox: Sandbox, content: str, name: str) -> None:
    """Such a file can be committed: ours never gets it, and one that has it already is named."""
    text = content.replace("BINDING", "{file:~/.gonkagate/mimo-code/api-key}")
    text = text.replace("{\n", f'{{\n  "$schema": "{SCHEMA_URL}",\n', 1)
    config = _put(sandbox.project / name, text.encode())
    before = users_files(sandbox)
    result = sandbox.run("apply", "--yes", "--json", cwd=sandbox.project, key=CANARY_KEY)
    blocker = refusal(result, "key_in_project_config")
    assert blocker["location"]["file"] == str(config)
    assert untouched_by(sandbox, before)


@pytest.mark.standin
def test_a_key_in_clear_in_a_project_file_stops_the_run_and_is_not_shown(sandbox: Sandbox) -> None:
    """Nor is it repeated."""
    config = _put(sandbox.project / "mimocode.json", f'{{"$schema": "s", "share": "{CANARY_KEY}"}}'.encode())
    sandbox.key_holders.append(config)
    result = sandbox.run("apply", "--yes", "--json", cwd=sandbox.project, key=CANARY_KEY)
    refusal(result, "key_in_project_config")


@pytest.mark.parametrize(
    ("command", "content", "code"),
    [
        *(
            (command, content, "state_unreadable")
            for command in ("apply", "status")
            for content in (b"{", b'{"schema_version": "one"}', b"[]")
        ),
        *(
            (command, b'{"schema_version": 99}', "state_too_new")
            for command in ("apply", "status", "uninstall")
        ),
    ],
)
@pytest.mark.standin
def test_a_state_that_cannot_be_read_is_kept_as_it_is(
    sandbox: Sandbox, command: str, content: bytes, code: str
) -> None:
    """No command guesses what it may have said, and what a newer program wrote stops `uninstall` too."""
    _put(sandbox.state_file, content)
    sandbox.own_folder.chmod(0o700)
    before = users_files(sandbox)
    flags = () if command == "status" else ("--yes",)
    blocker = refusal(sandbox.run(command, *flags, "--json", key=CANARY_KEY), code)
    assert blocker["location"]["file"] == str(sandbox.state_file)
    assert left_alone(sandbox, before)


def _put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
