"""What the recording disk sees is what the system sees: kills by the one stand for kills by the other."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.support.sandbox import TIME_LIMIT, Sandbox
from tests.support.scenarios import FURTHER, USUAL, Scenario
from tests.support.strace import LAYOUTS, STDOUT, read_changes
from tests.support.target import REPOSITORY

SYSTEM: Final = {
    "make_folder": "mkdir",
    "open_new": "openat",
    "open_lock": "openat",
    "truncate": "ftruncate",
    "give_owner": "fchown",
    "give_mode": "fchmod",
    "give_attribute": "fsetxattr",
    "drop_attribute": "fremovexattr",
    "give_times": "utimensat",
    "write": "write",
    "flush": "fsync",
    "link": "linkat",
    "rename": "rename",
    "rename_new": "renameat2",
    "exchange": "renameat2",
    "set_mode": "chmod",
    "remove": "unlink",
    "remove_folder": "rmdir",
    "flush_folder": "fsync",
}
"""How the system calls what the recording disk sees."""


def traced(machine: Sandbox, scenario: Scenario) -> tuple[list[str], list[str]]:
    """Run a command on a recording disk under the tracer; return what either saw, made comparable."""
    log = machine.root.parent / "trace"
    command = scenario.command
    extra = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(REPOSITORY), "GONKAGATE_API_KEY": command.key}
    calls = ",".join(f"?{name}" for name in LAYOUTS)
    done = subprocess.run(
        [
            *("strace", "--decode-fds=path", "-s", "0", "--signal=none", "-o", str(log), f"--trace={calls}"),
            *(sys.executable, "-P", "-m", "tests.support.recorded", *command.words(machine)),
        ],
        cwd=command.cwd(machine),
        env=machine.environment(**{**command.env, **extra}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    recorded = [f"{SYSTEM[call]} {_comparable(name)}" for call, name in json.loads(done.stdout)]
    seen = read_changes(log.read_text().splitlines(), machine.root)
    return recorded, [
        f"{call.name} {_comparable(Path(call.places[-1]).name)}" for call in seen if call.places != (STDOUT,)
    ]


def _comparable(name: str) -> str:
    return re.sub(r"[0-9a-f]{16,}|\(random\)", "*", name)


@pytest.mark.parametrize("scenario", [*USUAL, *FURTHER], ids=lambda scenario: scenario.name)
def test_the_recording_and_the_tracer_see_the_same_calls(sandbox: Sandbox, scenario: Scenario) -> None:
    """The same ones, on the same files, in the same order."""
    scenario.prepare(sandbox)
    recorded, seen = traced(sandbox, scenario)
    assert recorded == seen


def test_every_call_of_the_disk_has_its_name_in_the_system() -> None:
    """No changing call of the program is unknown to this comparison."""
    source = (REPOSITORY / "reconciler" / "engine" / "disk.py").read_text()
    assert set(re.findall(r"    def (\w+)\(self", source)) == set(SYSTEM)


def test_nothing_but_the_disk_changes_files() -> None:
    """No other module of the program opens a file for writing, renames, removes or makes one.

    Those that do without it keep to a throw-away place of their own (the demo, the audit's bench), to a
    stream, to the device that swallows everything, or to a call that only the system at hand has.
    """
    calls = (
        r"os\.(open|write|rename|replace|unlink|remove|mkdir|makedirs|rmdir|link|symlink|chmod|chown|truncate)\("
        r"|\.(write_text|write_bytes|touch|unlink|rmdir|mkdir|symlink_to|hardlink_to|chmod)\(|shutil\.|tempfile"
    )
    allowed = {"disk.py", "platform.py", "launcher.py", "demo.py", "streams.py", "files.py", "bench.py"}
    allowed |= {"completion.py"}
    found = {
        path.name
        for path in (REPOSITORY / "reconciler").rglob("*.py")
        if re.search(calls, path.read_text()) and path.name not in allowed
    }
    assert found == set()
