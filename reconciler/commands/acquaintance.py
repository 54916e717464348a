"""Meeting MiMoCode: who it is, how old, and where it keeps its things; asked, or known from the last set-up.

What an unchanged program said in an unchanged environment it would say again, so it is not started for that.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from attrs import field

from reconciler.commands.tasks import Task
from reconciler.mimocode import identity, launcher, paths, reliance, versions
from reconciler.mimocode.launcher import Launcher
from reconciler.mimocode.semver import parse
from reconciler.mimocode.trust import recognised, release_audits
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from reconciler.commands.memory import Memory
    from reconciler.commands.world import World
    from reconciler.mimocode.identity import Identity
    from reconciler.mimocode.launcher import Output
    from reconciler.mimocode.paths import Paths
    from reconciler.mimocode.semver import Version
    from reconciler.mimocode.trust import LocalAudit, ReleaseAudit, Trust


@frozen
class Met:
    """MiMoCode as it was met."""

    launcher: Launcher
    identity: Identity
    """Who it was before it was started first."""
    version: Version
    trust: Trust
    paths: Paths
    confirmation: Callable[[], Output] | None = None
    """Where the paths are those that its contents are known for: waits for what it says of them itself."""


@frozen
class Meeting:
    """The first launches of a run: who `mimo` is and where it keeps its things."""

    world: World
    home: Path
    launcher: Launcher
    secrets: tuple[str, ...] = field(repr=False)
    audits: tuple[LocalAudit, ...] = ()
    """Which `mimo` were audited on this machine."""
    confirming: bool = field(default=True, kw_only=True)
    """Whether it is to confirm its paths, which a success needs and a preview does not."""
    releases: tuple[ReleaseAudit, ...] = field(factory=release_audits, kw_only=True)
    """Which contents are known for which version."""

    def held(self, memory: Memory | None, *, anew: bool = False) -> Met:
        """Meet `mimo`: from memory if that is still true, else by its contents, else by asking it.

        `anew` asks it in any case. Raises `Stop`.
        """
        who = identity.of(self.launcher.executable)
        known = None if anew or memory is None else self._known_version(who, memory)
        said = self._beside() if known is None and self.confirming else None
        if known is None and not anew:
            known = self._recognised(who)
            self.launcher.hurries = known is not None
        if known is not None:
            confirmation = None if said is None else said.result
            return Met(self.launcher, who, known, self._trusted(known), self._rules, confirmation)
        said = said or self._beside()
        trust = self._trusted(version := self._version())
        return Met(self.launcher, who, version, trust, paths.read(said.result()))

    def _trusted(self, version: Version) -> Trust:
        return versions.require_audited(version, self.audits, self._found)

    @property
    def _found(self) -> tuple[Path, ...]:
        return launcher.everywhere(self.world.environment)

    @property
    def _rules(self) -> Paths:
        return paths.expected(self.world.environment, self.home)

    def _known_version(self, who: Identity, memory: Memory) -> Version | None:
        """Return the version of the last set-up where the program and its places are the same ones.

        An answer is remembered only where MiMoCode keeps its things by the rules that are known. Where its
        database is gone, it has not been in use as it was then, so it is asked.
        """
        answer = next((one for one in memory.verified if one.at == memory.last_durable_setup_at), None)
        if answer is None or not self._rules.database.exists():
            return None
        environment = launcher.durable(self.world.environment, self.secrets)
        mimo = reliance.whose(who, self.launcher.executable)
        now = {mimo, *reliance.places(environment, memory.key.salt)}
        kinds = (reliance.MIMO, reliance.VARIABLE)
        then = {one for one in answer.inputs if one.kind in kinds}
        return parse(memory.mimo_version) if now == then else None

    def _recognised(self, who: Identity) -> Version | None:
        """Return the version that these contents were released as, where its places are plain to tell."""
        audit = recognised(who, self.releases) if self._rules.absolute else None
        return None if audit is None else parse(audit.version)

    def _beside(self) -> Task[Output]:
        """Have it say where it keeps its things, beside everything else.

        Another launch may make the database meanwhile, which two must not: this one keeps its own in memory.
        """
        return Task(partial(self._run, *paths.QUESTION, own=True))

    def _version(self) -> Version:
        return versions.read(self._run("--version"), self._found)

    def _run(self, *arguments: str, own: bool = False) -> Output:
        environment = launcher.durable(self.world.environment, self.secrets)
        if own and not self._rules.database.exists():
            environment = launcher.apart(environment)
        return self.launcher.run(arguments, environment=environment, folder=self.home)


def meet(
    world: World,
    home: Path,
    memory: Memory,
    secrets: tuple[str, ...],
    *,
    anew: bool,
) -> Met:
    """Find `mimo` and get to know it; `anew` by asking it, whatever is known. Raises `Stop`."""
    starter = Launcher(launcher.find(world.environment))
    try:
        with world.told("asking MiMoCode for its version and paths"):
            return Meeting(world, home, starter, secrets, memory.audits).held(memory, anew=anew)
    except BaseException:
        starter.stop_all()
        raise
