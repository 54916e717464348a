"""Carries experiments out: makes their folders, starts MiMoCode there, and notes what it said and wrote.

Everything lies below one temporary folder of ours, which goes at the end. The environment is made from
nothing but PATH and the language, and every connection is led to the loopback.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler.engine.problems import Stop
from reconciler.mimocode import launcher
from reconciler.mimocode.audit.cases import Observation, Silence
from reconciler.mimocode.audit.contest import USER, WORK
from reconciler.mimocode.audit.experiments import GIT, ROOT, experiments
from reconciler.mimocode.audit.wire import Wire
from reconciler.mimocode.facts import MANAGED_VARIABLE
from reconciler.records import define

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.mimocode.audit.experiments import Experiment, Subject
    from reconciler.mimocode.launcher import Launcher, Output

AT_ONCE: Final = 2
TIME_LIMIT: Final = 40.0
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "COMSPEC", "PATHEXT")
_LARGEST: Final = 256 * 1024
"""Files of this size are read to be compared; larger ones are MiMoCode's own, and searched for the key."""


@define
class Bench:
    """One audit's place of work."""

    starter: Launcher
    environment: Mapping[str, str] = field(repr=False)
    subject: Subject
    tell: Callable[[int, int], None]
    """Is told how many of how many experiments are done."""

    def observe(self, chosen: frozenset[str] | None = None) -> dict[str, Observation]:
        """Carry out all experiments, or those chosen, two at a time."""
        folder = Path(tempfile.mkdtemp(prefix="mimo-code-setup-audit-")).resolve()
        try:
            with Wire() as wire:
                todo = [
                    one
                    for one in experiments(self.subject, wire.address)
                    if chosen is None or one.name in chosen
                ]
                return self._side_by_side(folder, wire, todo)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _side_by_side(self, folder: Path, wire: Wire, todo: list[Experiment]) -> dict[str, Observation]:
        found: dict[str, Observation] = {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                waiting = {pool.submit(self._carry_out, folder / one.name, wire, one): one for one in todo}
                self.tell(0, len(todo))
                for number, done in enumerate(as_completed(waiting), 1):
                    found[waiting[done].name] = done.result()
                    self.tell(number, len(todo))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.starter.stop_all()  # before the pool waits for what it still runs
                raise
        return found

    def _carry_out(self, root: Path, wire: Wire, one: Experiment) -> Observation:
        _lay(root, one)
        variables = self._variables(root, wire, one)
        before, began = _contents(root), time.monotonic()
        answers = tuple(self._ask(arguments, variables, root / one.folder) for arguments in one.launches)
        seconds = time.monotonic() - began
        given = {name for name in before if self.subject.secret.encode() in before[name]}
        is_wire = one.name == "wire"
        return Observation(
            str(root),
            answers,
            before,
            _contents(root),
            seconds,
            tuple(name for name in _holding(root, self.subject.secret) if name not in given),
            tuple(wire.requests) if is_wire else (),
            tuple(wire.refused) if is_wire else (),
        )

    def _ask(
        self, arguments: tuple[str, ...], variables: Mapping[str, str], folder: Path
    ) -> Output | Silence:
        try:
            return self.starter.run(arguments, environment=variables, folder=folder)
        except Stop as ending:
            return Silence("; ".join(blocker.message for blocker in ending.blockers))

    def _variables(self, root: Path, wire: Wire, one: Experiment) -> dict[str, str]:
        """Make the environment of a launch from nothing."""
        home = str(root / "home")
        made = {name: self.environment[name] for name in _PASSED_ON if name in self.environment}
        made |= {"HOME": home, "USERPROFILE": home, "TMPDIR": str(root / "tmp"), **wire.variables()}
        made |= {MANAGED_VARIABLE: str(root / "managed")}
        own = {name: value.replace(ROOT, str(root)) for name, value in one.variables.items()}
        return {**launcher.durable(made, ()), MANAGED_VARIABLE: made[MANAGED_VARIABLE], **own}


def _lay(root: Path, one: Experiment) -> None:
    """Make the folders and files of an experiment, its work folder the root of a git work tree."""
    marks = {f"{WORK}/.git/{GIT[0]}": GIT[1]}
    for folder in (USER, f"{WORK}/.git/objects", f"{WORK}/.git/refs", one.folder, "tmp", "managed"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name, text in {**marks, **one.files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def _contents(root: Path) -> dict[str, bytes]:
    """Read the files of a folder, large ones as nothing."""
    return {path.relative_to(root).as_posix(): _content(path, _LARGEST) for path in _files(root)}


def _holding(root: Path, secret: str) -> list[str]:
    """Name the files that hold a text."""
    mark = secret.encode()
    return [path.relative_to(root).as_posix() for path in _files(root) if mark in _content(path)]


def _files(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.is_file()]


def _content(path: Path, limit: int | None = None) -> bytes:
    """Read a file; nothing where it is larger, or gone by now: something of MiMoCode's may be at work."""
    try:
        return b"" if limit is not None and path.stat().st_size > limit else path.read_bytes()
    except OSError:
        return b""
