"""Asking MiMoCode itself.

Does it durably resolve what was written, does it list the models, and does this shell see the same?

Durable runs in an environment without overrides, in a neutral folder for the user scope and at the
project's root for the project scope. Session runs in the user's own folder and environment, and only
where that can make a difference.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from reconciler.engine import platform
from reconciler.engine.files import FileSystem, Kind
from reconciler.engine.problems import Blocker, Place, Warning_
from reconciler.engine.values import same
from reconciler.mimocode import launcher, layers, model_list, refusals
from reconciler.mimocode.expectations import (
    blame,
    foreign_key,
    gates,
    key_is_ours,
    mismatches,
    parse_resolved,
    rivals,
)
from reconciler.mimocode.facts import COMMAND, LAYER_NAMES, OVERRIDES, PROJECT_FOLDER, Code
from reconciler.mimocode.launcher import Launcher
from reconciler.mimocode.paths import Paths

if TYPE_CHECKING:
    from reconciler.mimocode.expectations import Expectations
    from reconciler.mimocode.launcher import Output
    from reconciler.mimocode.layers import Layer

CONFIG: Final = ("--pure", "debug", "config")
_SHOWN: Final = 5


class Verdict(enum.StrEnum):
    """How one check ended."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


@frozen
class Result:
    """What the checks found."""

    provenance: Verdict
    """Whether the key comes from our binding in the user's config, by our model of the layers."""
    durable: Verdict
    models: Verdict
    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[Warning_, ...] = ()


@frozen
class Session:
    """What this shell sees."""

    verdict: Verdict
    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[Warning_, ...] = ()


@frozen
class Asker:
    """Everything needed to ask MiMoCode."""

    launcher: Launcher
    files: FileSystem
    environment: Mapping[str, str] = field(repr=False)
    paths: Paths

    def durable(self, expectations: Expectations, project: Path | None) -> Result:
        """Ask for the resolved configuration and the model list, side by side, and judge both.

        `project` is the root to ask at in project scope; None asks in a neutral folder.
        """
        environment = launcher.durable(self.environment, (expectations.secret,))
        folder = project or _neutral(self.files, self.paths.home)
        config, models = self._both(environment, folder, expectations.provider)
        seen = layers.discover(self.files, environment, self.paths, folder)
        return _judge(config, models, expectations, seen)

    def _both(self, environment: Mapping[str, str], folder: Path, provider: str) -> tuple[Output, Output]:
        with ThreadPoolExecutor(2) as pool:
            try:
                config = pool.submit(self.launcher.run, CONFIG, environment=environment, folder=folder)
                models = pool.submit(
                    self.launcher.run, ("models", provider), environment=environment, folder=folder
                )
                return config.result(), models.result()
            except BaseException:
                self.launcher.stop_all()  # before the pool waits for what it still runs
                raise

    def session(self, expectations: Expectations, folder: Path) -> Session:
        """Judge what the user's own folder and environment make of a set-up that is durably right."""
        environment = launcher.without_secrets(self.environment, (expectations.secret,))
        seen = layers.discover(self.files, environment, self.paths, folder)
        overrides = tuple(name for name in OVERRIDES if environment.get(name))
        conflicts = _model_conflicts(expectations, seen)
        if not overrides and not conflicts:
            return Session(Verdict.SKIPPED)
        if not overrides or any(layer.would_be_rewritten for layer in seen):
            return _by_model(conflicts, overrides)
        output = self.launcher.run(CONFIG, environment=environment, folder=folder)
        resolved = parse_resolved(output)
        if resolved is None:
            return Session(Verdict.BLOCKED, (_session_refusal(output, seen, overrides),))
        wrong = mismatches(resolved, expectations)
        others = rivals(resolved, expectations, seen)
        blockers = (*gates(resolved, expectations, seen), *blame(wrong, expectations, seen), *others)
        verdict = Verdict.BLOCKED if blockers else Verdict.PASSED
        return Session(verdict, tuple(_as_session(blocker, overrides) for blocker in blockers))


def _neutral(files: FileSystem, home: Path) -> Path:
    """Find a folder that belongs to no project: what MiMoCode resolves there, it resolves everywhere."""
    folders = [Path(name) for name in platform.system_folders() if files.kind(Path(name)) is Kind.FOLDER]
    quiet = (one for one in folders if not any(_is_a_project(files, part) for part in (one, *one.parents)))
    return next(quiet, home)


def _is_a_project(files: FileSystem, folder: Path) -> bool:
    marks = (".git", PROJECT_FOLDER, *LAYER_NAMES)
    return any(files.kind(folder / mark) is not Kind.ABSENT for mark in marks)


def _judge(config: Output, models: Output, expectations: Expectations, seen: tuple[Layer, ...]) -> Result:
    resolved = parse_resolved(config)
    if resolved is None:
        refusal = refusals.explain(config, seen)
        return Result(Verdict.SKIPPED, Verdict.FAILED, Verdict.SKIPPED, (refusal,))
    ours = key_is_ours(expectations, seen)
    closed = gates(resolved, expectations, seen)
    wrong = blame(mismatches(resolved, expectations), expectations, seen)
    wrong = (*wrong, *rivals(resolved, expectations, seen))
    durable = Verdict.FAILED if closed or wrong else Verdict.PASSED
    listed = model_list.listed(models, expectations.provider)
    missing = [model for model in expectations.models if model not in listed]
    blockers = (*closed, *wrong)
    if not ours and not wrong:
        blockers = (*blockers, foreign_key(expectations, seen))
    if missing and not blockers:
        blockers = (_not_listed(missing, expectations),)
    return Result(
        Verdict.PASSED if ours else Verdict.FAILED,
        durable,
        Verdict.FAILED if missing else Verdict.PASSED,
        blockers,
    )


def _not_listed(missing: list[str], expectations: Expectations) -> Blocker:
    names = ", ".join(missing[:_SHOWN]) + (f" and {len(missing) - _SHOWN} more" if missing[_SHOWN:] else "")
    return Blocker(
        Code.MODELS_NOT_LISTED,
        f"`mimo models {expectations.provider}` does not list {names}",
        "look for a whitelist, a blacklist or a status of these models in your configuration, then run again",
        COMMAND,
    )


def _model_conflicts(expectations: Expectations, seen: tuple[Layer, ...]) -> tuple[Blocker, ...]:
    """Find by our model what a layer above ours would change in this folder and environment."""
    found = []
    for key, value in expectations.values.items():
        layer = layers.winner(seen, key)
        if layer is None or layer.file in expectations.ours:
            continue
        if not same(layer.value(key), value):
            place = layer.place(key)
            found.append(
                Blocker(
                    Code.SESSION_OVERRIDE,
                    f"{'.'.join(key)} is decided by {place} for this shell and folder",
                    _session_remedy(place.variable),
                    COMMAND,
                    place,
                )
            )
    return tuple(found)


def _by_model(conflicts: tuple[Blocker, ...], overrides: tuple[str, ...]) -> Session:
    warnings: tuple[Warning_, ...] = ()
    if overrides:
        warnings = (
            Warning_(
                "this shell was judged from the files alone: asking MiMoCode here would make it "
                "rewrite one of them"
            ),
        )
    return Session(Verdict.BLOCKED if conflicts else Verdict.PASSED, conflicts, warnings)


def _session_remedy(variable: str | None) -> str:
    if variable is None:
        return "work in another folder, or take the value out of that file"
    return f"unset {variable} in this shell, or take the value out of it"


def _as_session(blocker: Blocker, overrides: tuple[str, ...]) -> Blocker:
    """Tell a blocker of this shell; what no layer explains, a variable does that takes layers away."""
    place = blocker.place
    if place is None or not str(place):
        place = Place(variable=_most_likely(overrides))
    return Blocker(
        Code.SESSION_OVERRIDE,
        f"in this shell: {blocker.message}",
        _session_remedy(place.variable),
        blocker.source,
        place,
    )


def _most_likely(overrides: tuple[str, ...]) -> str:
    taking_away = [name for name in overrides if name.startswith("MIMOCODE_DISABLE_")]
    return (taking_away or list(overrides))[0]


def _session_refusal(output: Output, seen: tuple[Layer, ...], overrides: tuple[str, ...]) -> Blocker:
    refusal = refusals.explain(output, seen)
    place = refusal.place or Place(variable=overrides[0])
    return Blocker(
        Code.SESSION_OVERRIDE,
        f"in this shell MiMoCode gives no configuration while {', '.join(overrides)} is set",
        _session_remedy(place.variable or overrides[0]),
        COMMAND,
        place,
    )
