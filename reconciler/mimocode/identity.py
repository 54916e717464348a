"""Who `mimo` is: the files that run when it is started, known by their marks and by their contents.

A `mimo` on PATH is a program, a link to one, npm's shim, or a script that starts one. What a script names is
followed, so that a program that was replaced behind an unchanged script is another `mimo`. What a script
finds by other means (a variable, a search) cannot be followed: such a script stands for itself alone.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.engine.problems import reason, stop
from reconciler.mimocode.facts import COMMAND, Code
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCRIPT: Final = b"#!"
_SCRIPT_ENDINGS: Final = (".cmd", ".bat", ".ps1")
_SCRIPT_LIMIT: Final = 1 << 20
_NAMED: Final = re.compile(r"""[^\s"'`=;|&<>()$%]*[/\\][^\s"'`;|&<>()$%]+""")
_BINARIES: Final = ("mimo", "mimo.exe")
_PACKAGES: Final = "@mimo-ai"
_MODULES: Final = "node_modules"
_DEPTH: Final = 4
_PARTS: Final = 32


@frozen
class Part:
    """One file that runs, and what tells without reading it whether it is still the same."""

    path: Path
    mark: str


@frozen
class Identity:
    """Everything that runs when one `mimo` is started, as far as it can be followed; the command first."""

    parts: tuple[Part, ...]

    @property
    def mark(self) -> str:
        """What changes when any of the files is replaced, written to or touched; no file is read for it."""
        spelled = "\n".join(f"{part.path}\0{part.mark}" for part in self.parts)
        return hashlib.sha256(spelled.encode(errors="surrogateescape")).hexdigest()

    def fingerprint(self) -> str:
        """Return what changes with the contents alone, wherever the files lie. Reads all of them."""
        contents = sorted(_content(part.path) for part in self.parts)
        return hashlib.sha256("\n".join(contents).encode()).hexdigest()


def of(command: Path) -> Identity:
    """Identify a `mimo`. Raises `Stop` with mimo_not_working where one of its files cannot be looked at."""
    try:
        return Identity(tuple(Part(path, _mark(path)) for path in _followed(command)))
    except OSError as error:
        raise stop(
            Code.MIMO_NOT_WORKING,
            f"{command} cannot be looked at: {reason(error)}",
            "see that `mimo --version` works in your shell, then run again",
            source=COMMAND,
        ) from None


def _followed(command: Path) -> tuple[Path, ...]:
    """Return the command and what it starts, each file once, in the order in which they are found."""
    found: dict[Path, None] = {}
    waiting = [(command.resolve(strict=True), 0)]
    while waiting and len(found) < _PARTS:
        path, depth = waiting.pop(0)
        if path in found:
            continue
        found[path] = None
        if depth < _DEPTH and _is_script(path):
            named = (*_installed_beside(path), *_named_in(path))
            waiting += [(one, depth + 1) for one in named]
    return tuple(found)


def _is_script(path: Path) -> bool:
    if path.suffix.lower() in _SCRIPT_ENDINGS:
        return True
    with path.open("rb") as stream:
        return stream.read(len(_SCRIPT)) == _SCRIPT


def _named_in(script: Path) -> Iterator[Path]:
    """Find the files that a script names: by whole paths, or from its own folder or a variable for it."""
    with script.open("rb") as stream:
        text = stream.read(_SCRIPT_LIMIT).decode(errors="replace")
    names = (match[0] for match in _NAMED.finditer(text) if not _is_written_to(text[: match.start()]))
    for name in dict.fromkeys(names):
        inner = name.replace("\\", "/").lstrip("/")
        for path in (Path(name), script.parent / inner, script.parent / inner.partition("/")[2]):
            if path.is_absolute() and _is_file(path):
                yield path.resolve()


def _is_written_to(before: str) -> bool:
    """Whether a name stands behind the sign that sends output into it: a log is nothing that runs."""
    return before.rstrip(" \t\"'").endswith(">")


def _installed_beside(script: Path) -> Iterator[Path]:
    """Find the program of npm's package, which its shim finds by the rules of node's modules."""
    for folder in script.parents:
        for modules in (folder / _MODULES, folder / "lib" / _MODULES):
            packages = modules / _PACKAGES
            if packages.is_dir():
                inner = (one / _MODULES / _PACKAGES for one in sorted(packages.iterdir()))
                for place in (packages, *inner):
                    yield from _programs(place)
                return


def _programs(packages: Path) -> Iterator[Path]:
    if packages.is_dir():
        for package in sorted(packages.iterdir()):
            for path in (package / "bin" / name for name in _BINARIES):
                if _is_file(path):
                    yield path.resolve()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _mark(path: Path) -> str:
    found = path.stat()
    marks = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return ":".join(map(str, marks))


def _content(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
