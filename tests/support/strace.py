"""Watching a command's system calls with strace, and killing it at one of them.

Only calls that change something are looked at: those about files below the sandbox and about standard output.
A change of anything else is an error at once. A killed call has no effect: strace delivers the signal before
the kernel begins with it.
"""

import json
import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

import attrs

from tests.support.printed import look_at
from tests.support.sandbox import TIME_LIMIT, Result, Sandbox, program

STDOUT: Final = "standard output"
OLDEST: Final = "(the oldest backup)"

# Where a changing call names what it changes: f a descriptor, p a path, d the folder of the next path.
LAYOUTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(["open", "creat", "mkdir", "mknod", "rmdir", "unlink", "truncate"], "p"),
    **dict.fromkeys(["chmod", "chown", "lchown", "utime", "utimes"], "p"),
    **dict.fromkeys(["setxattr", "lsetxattr", "removexattr", "lremovexattr"], "p"),
    **dict.fromkeys(["openat", "openat2", "mkdirat", "mknodat", "unlinkat"], "dp"),
    **dict.fromkeys(["fchmodat", "fchmodat2", "fchownat", "utimensat", "futimesat"], "dp"),
    **dict.fromkeys(["write", "writev", "pwrite64", "pwritev", "pwritev2", "sendfile", "fallocate"], "f"),
    **dict.fromkeys(["ftruncate", "fsync", "fdatasync", "sync_file_range", "fchmod", "fchown"], "f"),
    **dict.fromkeys(["fsetxattr", "fremovexattr"], "f"),
    **dict.fromkeys(["copy_file_range", "splice"], "--f"),
    **dict.fromkeys(["rename", "link"], "pp"),
    **dict.fromkeys(["renameat", "renameat2", "linkat"], "dpdp"),
    "symlink": "-p",
    "symlinkat": "-dp",
}
# What tells a process from a thread, and ours from what we start.
FAMILY: Final = ("clone", "clone3", "fork", "vfork", "execve", "execveat")

_OPENING: Final = frozenset(["open", "openat", "openat2"])
_FOR_WRITING: Final = re.compile(r"\bO_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b")
_LINE: Final = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)")
_ARGUMENT: Final = re.compile(
    r'\s*(?:"(?P<path>[^"\\]*)"(?:\.\.\.)?|(?P<fd>-?\w+)<(?P<open>[^>]*)>|[^,"]*)\s*,?'
)
_RANDOM: Final = (
    (re.compile(r"[0-9a-f]{16,}"), "(random)"),
    (re.compile(r"(?<=/mimo-code-setup-)\w{8}\b"), "(random)"),
)


@attrs.frozen
class Command:
    """One command as a user would give it: arguments, the sandbox's folder, the key's variable, the rest."""

    arguments: tuple[str, ...]
    folder: Literal["outside", "project"] = "outside"
    key: str | None = None
    stdin: str | None = None
    env: Mapping[str, str] = attrs.field(factory=dict)

    def words(self, sandbox: Sandbox) -> tuple[str, ...]:
        """Return the arguments; ``OLDEST`` stands for the transaction of the oldest backup there is."""
        return tuple(
            word.replace(OLDEST, _oldest(sandbox)) if OLDEST in word else word for word in self.arguments
        )

    def cwd(self, sandbox: Sandbox) -> Path:
        """Return the folder in which it is given."""
        return sandbox.project if self.folder == "project" else sandbox.outside

    def run(self, sandbox: Sandbox, prefix: tuple[str, ...] = ()) -> Result:
        """Run it to its end."""
        cwd = self.cwd(sandbox)
        return sandbox.run(
            *self.words(sandbox), cwd=cwd, stdin=self.stdin, env=self.env, key=self.key, prefix=prefix
        )


@attrs.frozen
class Call:
    """A changing system call: its name, the how-manieth of that name it is, and what it changes.

    ``places`` are paths below the sandbox, with what is made at random written as such, or ``STDOUT``.
    """

    name: str
    number: int
    places: tuple[str, ...]

    @property
    def text(self) -> str:
        """The call without its number, the same in every run."""
        return f"{self.name}({', '.join(self.places)})"


@attrs.frozen
class Ending:
    """What became of a traced run."""

    calls: tuple[Call, ...]
    exit_code: int
    stdout: str
    stderr: str


def _oldest(sandbox: Sandbox) -> str:
    texts = [path.read_bytes() for path in sandbox.backups.glob("*.json")]
    records = [json.loads(text) for text in texts if text]  # one that a killed run began may be empty
    oldest: str = min(records, key=lambda record: record["at"])["transaction"]
    return oldest


def record(sandbox: Sandbox, command: Command) -> Ending:
    """Run a command to its end; return the changing calls of its main thread, in their order."""
    return _traced(sandbox, command)


def kill(sandbox: Sandbox, command: Command, recorded: Sequence[Call], at: int) -> Ending:
    """Run a command that dies by SIGKILL at the beginning of the recorded call number ``at`` (from 0).

    Raises ``AssertionError`` unless it made the same calls as when it was recorded, and died at that one.
    """
    call = recorded[at]
    ending = _traced(sandbox, command, f"--inject={call.name}:signal=KILL:when={call.number}")
    assert ending.exit_code == -signal.SIGKILL, f"not killed at {call.text}: exit code {ending.exit_code}"
    expected, found = [c.text for c in recorded[: at + 1]], [c.text for c in ending.calls]
    assert found == expected, "killed elsewhere:\n" + "\n".join([*found, "instead of", *expected])
    assert ending.calls[-1].number == call.number
    return ending


def _traced(sandbox: Sandbox, command: Command, *options: str) -> Ending:
    log = sandbox.root.parent / f"{sandbox.root.name}.strace"
    done = _strace(sandbox, command, "-o", str(log), f"--trace={_set(LAYOUTS)}", *options)
    calls = tuple(read_changes(log.read_text().splitlines(), sandbox.root))
    return Ending(calls, done.returncode, done.stdout.decode(), done.stderr.decode())


def _strace(sandbox: Sandbox, command: Command, *options: str) -> subprocess.CompletedProcess[bytes]:
    extra = {**command.env, "PYTHONDONTWRITEBYTECODE": "1"}
    if command.key is not None:
        extra["GONKAGATE_API_KEY"] = command.key
    # No content is recorded (-s 0), no signal is told, descriptors are shown with what they lead to.
    quiet = ("--decode-fds=path", "-s", "0", "--signal=none")
    done = subprocess.run(
        ["strace", *quiet, *options, *program(*command.words(sandbox))],
        cwd=command.cwd(sandbox),
        env=sandbox.environment(**extra),
        input=(command.stdin or "").encode(),
        capture_output=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    if done.returncode >= 0:  # one that was killed may have been at it
        look_at(command.words(sandbox), done.stdout.decode(), done.stderr.decode())
    return done


def _set(names: Iterable[str]) -> str:
    """Spell a set of calls; those that this machine's processor does not have are left out by strace."""
    return ",".join(f"?{name}" for name in names)


def read_changes(lines: Iterable[str], root: Path) -> Iterator[Call]:
    """Read strace's lines; yield the calls that change something below ``root``, or standard output."""
    counts: Counter[str] = Counter()
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            continue
        name = found["name"]
        counts[name] += 1
        places = tuple(_within(root, place, line) for place in _places(name, found["arguments"]))
        if places:
            yield Call(name, counts[name], places)


def _places(name: str, arguments: str) -> list[str]:
    """Return what a call changes, by its absolute path; nothing where it changes no file."""
    if name in _OPENING and not _FOR_WRITING.search(arguments):
        return []
    found, folder = [], ""
    for kind, argument in zip(LAYOUTS[name], _ARGUMENT.finditer(arguments), strict=False):
        if kind == "d":
            folder = argument["open"] or ""
        elif argument["path"] is not None and kind == "p":
            found.append(os.path.join(folder, argument["path"]))  # noqa: PTH118 - text of a log, not a path yet
        elif kind == "p":
            found.append(folder)  # no path at all: the descriptor itself
        elif kind == "f":
            found.append(STDOUT if argument["fd"] == "1" else argument["open"] or "")
    return [place for place in found if place == STDOUT or _is_file(place)]


def _is_file(place: str) -> bool:
    """Tell files from pipes, sockets, devices and anonymous memory."""
    return place.startswith("/") and not place.startswith(("/dev/", "/memfd:"))


def _within(root: Path, place: str, line: str) -> str:
    if place == STDOUT:
        return place
    assert place.startswith(f"{root}/"), f"something outside of the machine is changed: {line}"
    name = place.removeprefix(f"{root}/")
    for pattern, instead in _RANDOM:
        name = pattern.sub(instead, name)
    return name


# A command with all of its threads, without what it starts


def changes_of_all_threads(sandbox: Sandbox, command: Command) -> tuple[int, list[str]]:
    """Run a command; return its exit code and the changing calls of all its threads, as strace shows them.

    Programs that it starts are left out from their start on, and so is what these start. Standard output does
    not count.
    """
    folder = sandbox.root.parent / f"{sandbox.root.name}.strace.d"
    folder.mkdir()
    calls = _set([*LAYOUTS, *FAMILY])
    done = _strace(sandbox, command, "-ff", "--seccomp-bpf", "-o", str(folder / "thread"), f"--trace={calls}")
    logs = {int(log.suffix[1:]): log.read_text().splitlines() for log in folder.iterdir()}
    for log in folder.iterdir():
        log.unlink()
    folder.rmdir()
    return done.returncode, [line for lines in _own(logs).values() for line in lines if _changes_a_file(line)]


def _own(logs: Mapping[int, list[str]]) -> dict[int, list[str]]:
    """Return the lines of our own threads, and of forks of ours until they become another program."""
    started = {child: parent for parent, lines in logs.items() for child in _started(lines)}
    first = next(thread for thread in logs if thread not in started)
    own = {}
    for thread, lines in logs.items():
        if _descends_from_another_program(thread, first, started, logs):
            continue
        begin = 1 if thread == first else 0  # the first one begins by becoming us
        end = next(
            (n for n, line in enumerate(lines) if n >= begin and line.startswith("execve")), len(lines)
        )
        own[thread] = lines[:end]
    return own


def _started(lines: Iterable[str]) -> Iterator[int]:
    for line in lines:
        found = re.match(r"(?:clone3?|v?fork)\(.* = (\d+)", line)
        if found is not None:
            yield int(found[1])


def _descends_from_another_program(
    thread: int, first: int, started: Mapping[int, int], logs: Mapping[int, list[str]]
) -> bool:
    parent = started.get(thread, first)
    if parent == first:
        return False
    if any(line.startswith("execve") for line in logs[parent]):
        return True
    return _descends_from_another_program(parent, first, started, logs)


def _changes_a_file(line: str) -> bool:
    found = _LINE.match(line)
    if found is None or found["name"] not in LAYOUTS:
        return False
    return any(place != STDOUT for place in _places(found["name"], found["arguments"]))
