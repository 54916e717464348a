"""Asking MiMoCode itself.

Does it durably resolve what was written, does it list the models, and does this shell see the same?

Session runs in the user's own folder and environment, and only where that can make a difference.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from attrs import field

from reconciler.engine.problems import Blocker, Place, Warning_
from reconciler.mimocode import gates, launcher, marks, model_list, paths, refusals
from reconciler.mimocode.expectations import holds_secret, parse_resolved
from reconciler.mimocode.facts import COMMAND, Code
from reconciler.mimocode.judging import explained, judge
from reconciler.mimocode.outlook import NOT_JUDGED, Outlook, as_session, judged, outranked, session_remedy
from reconciler.mimocode.verdict import Result, Session, Verdict
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from reconciler.engine.files import FileSystem
    from reconciler.mimocode.expectations import Expectations
    from reconciler.mimocode.launcher import Launcher, Output
    from reconciler.mimocode.layers import Layer
    from reconciler.mimocode.outlook import Standpoint
    from reconciler.mimocode.paths import Paths
    from reconciler.mimocode.signs import Sign

CONFIG: Final = ("--pure", "debug", "config")


@frozen
class Asker:
    """Everything needed to ask MiMoCode."""

    launcher: Launcher
    files: FileSystem
    environment: Mapping[str, str] = field(repr=False)
    paths: Paths
    only_looks: bool = field(default=False, kw_only=True)
    """Whether nothing may be written, not even by MiMoCode."""
    by_model: bool = field(default=True, kw_only=True)
    """Whether our model of the layers may be relied on for this MiMoCode."""
    confirmation: Callable[[], Output] | None = field(default=None, kw_only=True)
    """Where MiMoCode has yet to say that these are its paths: waits for what it says."""

    @property
    def _outlook(self) -> Outlook:
        return Outlook(self.files, self.environment, self.paths)

    def durable(self, expectations: Expectations, project: Path | None) -> Result:
        """Ask for the resolved configuration and the model list, side by side, and judge both.

        `project` is the root to ask at in project scope; None asks in a neutral folder.
        """
        stand = self._outlook.everywhere(expectations, project)
        config, models = self._side_by_side(stand, expectations.provider)
        if self.confirmation is not None:
            paths.confirm(self.paths, self.confirmation())
        seen, held = self._outlook.layers(stand), holds_secret(self.files, expectations)
        expectations = self._outlook.with_links(expectations, seen)
        signs = self._outlook.signs(stand)
        return _judge(config, models, expectations, seen, secret_held=held, signs=signs)

    def _side_by_side(self, stand: Standpoint, provider: str) -> tuple[Output, Output]:
        """Ask for the configuration and the models.

        Two first launches would fail each other over making the database. On a home without one there is
        nothing in it that an answer could miss, so one of them keeps its own in memory there.
        """
        fresh = not self.paths.database.exists()
        beside = launcher.apart(stand.environment) if fresh else stand.environment
        asked = ((CONFIG, stand.environment), (("models", provider), beside))
        with ThreadPoolExecutor(len(asked)) as pool:
            try:
                config, models = (
                    pool.submit(self.launcher.run, arguments, environment=environment, folder=stand.folder)
                    for arguments, environment in asked
                )
                return config.result(), models.result()
            except BaseException:
                self.launcher.stop_all()  # before the pool waits for what it still runs
                raise

    def session(self, expectations: Expectations, folder: Path) -> Session:
        """Judge what the user's own folder and environment make of a set-up that is durably right."""
        unasked = self._outlook.unasked(expectations, folder, by_model=self.by_model)
        if unasked is not None:
            return unasked
        stand = self._outlook.here(expectations, folder)
        seen = self._outlook.layers(stand)
        if self._would_write(stand, seen):
            if not self.by_model:
                return NOT_JUDGED
            foreseen = self._outlook.session(expectations, stand, seen)
            return judged(foreseen.blockers, (_NOT_ASKED,))
        output = self.launcher.run(CONFIG, environment=stand.environment, folder=folder)
        resolved = parse_resolved(output)
        if resolved is None:
            return Session(Verdict.BLOCKED, (_session_refusal(output, stand, seen),))
        expectations, signs = self._outlook.with_links(expectations, seen), self._outlook.signs(stand)
        blockers = judge(resolved, expectations, seen, signs=signs).blockers
        verdict = Verdict.BLOCKED if blockers else Verdict.PASSED
        below = outranked(expectations, seen)
        return Session(verdict, tuple(as_session(one, stand.overrides, below) for one in blockers))

    def _would_write(self, stand: Standpoint, seen: tuple[Layer, ...]) -> bool:
        """Whether MiMoCode would change what is the user's when it is asked there."""
        if any(layer.would_be_rewritten for layer in seen):
            return True
        if not self.only_looks:
            return False
        return marks.outstanding(self.files, stand.environment, self.paths, stand.folder) is not None


def _judge(
    config: Output,
    models: Output,
    expectations: Expectations,
    seen: tuple[Layer, ...],
    *,
    secret_held: bool,
    signs: tuple[Sign, ...],
) -> Result:
    resolved = parse_resolved(config)
    if resolved is None:
        refusal = refusals.explain(config, seen)
        return Result(Verdict.SKIPPED, Verdict.FAILED, Verdict.SKIPPED, (refusal,))
    judged = judge(resolved, expectations, seen, secret_held=secret_held, signs=signs)
    listed = model_list.listed(models, expectations.provider)
    missing = [model for model in expectations.models if model not in listed]
    blockers = judged.blockers
    if missing and not blockers:
        known = gates.hidden(resolved, expectations)
        blockers = explained(known, expectations, seen) or (_not_listed(missing, expectations),)
    return Result(
        Verdict.PASSED if judged.key_is_ours else Verdict.FAILED,
        Verdict.FAILED if judged.wrong else Verdict.PASSED,
        Verdict.FAILED if missing else Verdict.PASSED,
        blockers,
    )


def _not_listed(missing: list[str], expectations: Expectations) -> Blocker:
    return Blocker(
        Code.MODELS_NOT_LISTED,
        f"`mimo models {expectations.provider}` does not list {gates.names(missing)}",
        "look for a whitelist, a blacklist or a status of these models in your configuration, then run again",
        COMMAND,
    )


def _session_refusal(output: Output, stand: Standpoint, seen: tuple[Layer, ...]) -> Blocker:
    place = refusals.explain(output, seen).place
    if not stand.overrides:
        what = "in this folder MiMoCode gives no configuration"
        return Blocker(Code.SESSION_OVERRIDE, what, session_remedy(None), COMMAND, place)
    suspect = Place(variable=stand.overrides[0])
    place = place or suspect
    return Blocker(
        Code.SESSION_OVERRIDE,
        f"in this shell MiMoCode gives no configuration while {', '.join(stand.overrides)} is set",
        session_remedy(place if place.variable else suspect),
        COMMAND,
        place,
    )


_NOT_ASKED: Final = Warning_(
    "this shell was judged from the files alone: asking MiMoCode here would make it rewrite one of them"
)
