"""Who `mimo` is: what is followed, and what makes it another one."""

import os
from pathlib import Path

import pytest

from reconciler.engine.problems import Stop
from reconciler.mimocode.identity import of

PROGRAM = b"\x7fELF program"


def put(path: Path, content: bytes | str) -> Path:
    """Write a file that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(0o755)
    return path


def files(command: Path) -> list[Path]:
    """Return what counts as this `mimo`."""
    return [part.path for part in of(command).parts]


def test_a_program_stands_for_itself(tmp_path: Path) -> None:
    """Nothing in a binary is followed, whatever paths its bytes hold."""
    other = put(tmp_path / "other", PROGRAM)
    command = put(tmp_path / "mimo", PROGRAM + f" {other} ".encode())
    assert files(command) == [command]


def test_links_are_followed(tmp_path: Path) -> None:
    """A link's target counts, and a link that leads elsewhere is another mimo."""
    first, second = put(tmp_path / "a" / "mimo", PROGRAM), put(tmp_path / "b" / "mimo", PROGRAM)
    command = tmp_path / "mimo"
    command.symlink_to(first)
    before = of(command)
    command.unlink()
    command.symlink_to(second)
    assert [part.path for part in before.parts] == [first]
    assert of(command).mark != before.mark
    assert of(command).fingerprint() == before.fingerprint()  # the same contents, elsewhere


SCRIPTS = {
    "by a whole path": '#!/bin/sh\nexec "{folder}/real/mimo" "$@"\n',
    "without quotes": "#!/bin/sh\nexec {folder}/real/mimo $@\n",
    "from its own folder": '#!/bin/sh\nexec "$(dirname "$0")/real/mimo" "$@"\n',
    "after a variable": '#!/bin/sh\nexec "$here/real/mimo" "$@"\n',
    "from node": "#!/usr/bin/env node\nspawn(path.join(__dirname, './real/mimo'))\n",
    "after an equals sign": "#!/bin/sh\nMIMO={folder}/real/mimo\nexec $MIMO\n",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_a_script_names_is_followed(tmp_path: Path, name: str) -> None:
    """Replacing the program behind a script that stays the same makes another mimo."""
    real = put(tmp_path / "real" / "mimo", PROGRAM)
    command = put(tmp_path / "mimo", SCRIPTS[name].format(folder=tmp_path))
    before = of(command)
    assert before.parts[0].path == command
    assert real in files(command)
    content = before.fingerprint()
    put(real, PROGRAM + b" 2")
    assert of(command).mark != before.mark
    assert of(command).fingerprint() != content


def test_what_a_script_writes_to_is_not_followed(tmp_path: Path) -> None:
    """A wrapper that keeps a log is the same at every launch."""
    real, log = put(tmp_path / "real", PROGRAM), put(tmp_path / "log", "")
    command = put(tmp_path / "mimo", f'#!/bin/sh\necho "$*" >> "{log}"\nexec {real} "$@" 2>{log}\n')
    assert files(command) == [command, real]


def test_scripts_that_name_each_other_end(tmp_path: Path) -> None:
    """A ring of scripts is walked once."""
    one, two = tmp_path / "one", tmp_path / "two"
    put(one, f"#!/bin/sh\nexec {two}\n")
    put(two, f"#!/bin/sh\nexec {one}\n")
    assert files(one) == [one, two]


@pytest.mark.parametrize("nested", [False, True])
def test_npm_s_shim_is_followed_to_its_program(tmp_path: Path, nested: bool) -> None:  # noqa: FBT001
    """A script is put on PATH by npm, and the program into a package beside it or below it."""
    modules = tmp_path / "lib" / "node_modules"
    shim = put(modules / "@mimo-ai" / "cli" / "bin" / "mimo", "#!/usr/bin/env node\nrequire('x')\n")
    beside = modules / "@mimo-ai" / "cli" / "node_modules" if nested else modules
    real = put(beside / "@mimo-ai" / "mimocode-linux-x64" / "bin" / "mimo", PROGRAM)
    command = tmp_path / "bin" / "mimo"
    command.parent.mkdir()
    command.symlink_to(shim)
    assert set(files(command)) >= {shim, real}


def test_a_shim_of_windows_is_followed(tmp_path: Path) -> None:
    """A `.cmd` has no first line to tell it by; its backslashes are read where they can be."""
    real = put(tmp_path / "node_modules" / "@mimo-ai" / "mimocode-windows-x64" / "bin" / "mimo.exe", b"MZ")
    command = put(tmp_path / "mimo.cmd", '@"%~dp0\\node_modules\\@mimo-ai\\cli\\bin\\mimo" %*\r\n')
    assert files(command) == [command, real]


def test_a_touch_changes_the_mark_and_not_the_fingerprint(tmp_path: Path) -> None:
    """The mark is cautious, the fingerprint is exact."""
    command = put(tmp_path / "mimo", PROGRAM)
    before, content = of(command).mark, of(command).fingerprint()
    os.utime(command, ns=(1, 1))
    assert of(command).mark != before
    assert of(command).fingerprint() == content


def test_a_file_that_cannot_be_looked_at_stops(tmp_path: Path) -> None:
    """A dangling link is no mimo."""
    (tmp_path / "mimo").symlink_to(tmp_path / "gone")
    with pytest.raises(Stop, match="cannot be looked at"):
        of(tmp_path / "mimo")


def test_a_script_full_of_names_is_no_burden(tmp_path: Path) -> None:
    """Names that are no files are nothing; the number of files is bounded."""
    for number in range(100):
        put(tmp_path / f"f{number}", PROGRAM)
    named = "\n".join(f"{tmp_path}/f{number} /no/such/{number}" for number in range(100))
    command = put(tmp_path / "mimo", f"#!/bin/sh\n{named}\n")
    assert len(files(command)) == 32
