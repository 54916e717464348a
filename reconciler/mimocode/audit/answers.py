"""What MiMoCode must print and write when it is asked something: one judge for each probe of that."""

from __future__ import annotations

import json
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from reconciler.engine.values import ABSENT, key_text, look_up, same
from reconciler.mimocode import habits, model_list
from reconciler.mimocode.audit import contest
from reconciler.mimocode.audit.cases import HOLDS, Told, ending, held
from reconciler.mimocode.audit.contest import USER, WORK
from reconciler.mimocode.audit.experiments import SEEN, USER_FILES, XDG
from reconciler.mimocode.expectations import parse_resolved
from reconciler.mimocode.facts import LITTER
from reconciler.mimocode.semver import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.engine.values import Json
    from reconciler.mimocode.audit.cases import Case
    from reconciler.mimocode.launcher import Output

_FOLDERS: Final = ("data", "config", "state", "cache")
_MARKS: Final = (f"{WORK}/.git/info/exclude", f"{WORK}/.git/mimocode-project-id")
_LINE: Final = re.compile(r"([^ ]+)( — window .*)?")


# Version and paths


def version_text(case: Case) -> Told:
    """Judge what `mimo --version` printed."""
    output = case.answer()
    if output is None:
        return case.silence()
    text = output.stdout.decode(errors="replace")
    right = output.exit_code == 0 and text.count("\n") <= 1 and parse(text.strip()) is not None
    return Told(right, text.strip() if right else ending(output))


def _paths(output: Output | None) -> dict[str, PurePath]:
    """Read the lines of `mimo debug paths`."""
    text = "" if output is None or output.exit_code else output.stdout.decode(errors="replace")
    rows = (line.partition(" ") for line in text.split("\n"))
    return {name: PurePath(path.strip()) for name, _, path in rows if path.strip()}


def paths_form(case: Case) -> Told:
    """Judge the lines of `mimo debug paths`."""
    output = case.answer(1)
    if output is None:
        return case.silence(1)
    found = _paths(output)
    right = all(name in found and found[name].is_absolute() for name in ("home", *_FOLDERS))
    return held(so=right, otherwise=ending(output))


def _paths_are(case: Case, number: int, expected: Mapping[str, str]) -> Told:
    found = _paths(case.answer(number))
    if not found.keys() >= set(_FOLDERS):
        return case.silence(number)
    other = [name for name in _FOLDERS if found[name] != PurePath(case.seen.root, expected[name])]
    return held(so=not other, otherwise=", ".join(f"{name} is {found[name]}" for name in other))


def paths_default(case: Case) -> Told:
    """Judge the folders of a home without variables."""
    base = {"data": ".local/share", "config": ".config", "state": ".local/state", "cache": ".cache"}
    return _paths_are(case, 1, {name: f"home/{folder}/mimocode" for name, folder in base.items()})


def paths_xdg(case: Case) -> Told:
    """Judge the folders that the XDG variables name."""
    return _paths_are(case, 0, {name.lower(): f"xdg-{name.lower()}/mimocode" for name in XDG})


def paths_own_home(case: Case) -> Told:
    """Judge the folders below MIMOCODE_HOME."""
    return _paths_are(case, 0, {name: f"own/{name}" for name in _FOLDERS})


def quiet_questions(case: Case) -> Told:
    """Judge what the two harmless questions wrote."""
    for number in (0, 1):
        output = case.answer(number)
        if output is None or output.exit_code or not output.stdout.strip():
            return case.silence(number)
    touched = [*case.changed(), *_beside_litter(case.new(WORK)), *_beside_litter(case.new(USER))]
    return held(so=not touched, otherwise="written: " + ", ".join(touched))


# The entry, as it is resolved


def config_json(case: Case) -> Told:
    """Judge the form of the configuration."""
    output = case.answer()
    if output is None:
        return case.silence()
    return held(so=parse_resolved(output) is not None, otherwise=ending(output))


def entry_resolved(case: Case) -> Told:
    """Judge every key but the secret one."""
    config = case.config()
    if config is None:
        return case.silence()
    wrong = [
        f"{key_text(key)} is {_spelled(look_up(dict(config), key))}"
        for key, value in case.subject.keys.items()
        if key != case.subject.secret_key and not same(look_up(dict(config), key), value)
    ]
    return held(so=not wrong, otherwise="; ".join(wrong[:3]))


def key_file_read(case: Case) -> Told:
    """Judge the secret key."""
    config = case.config()
    if config is None:
        return case.silence()
    found = look_up(dict(config), case.subject.secret_key)
    return held(so=found == case.subject.secret, otherwise=f"the key is resolved as {_spelled(found)}")


def user_files_order(case: Case) -> Told:
    """Judge which of the three files won."""
    config = case.config()
    if config is None:
        return case.silence()
    first, second, third = (f"{USER}/{name}" for name in USER_FILES)
    wrong = contest.wrong(config, ((first, second), (first, third), (second, third)))
    return held(so=not wrong, otherwise=wrong)


def schema_kept(case: Case) -> Told:
    """Judge what became of files with a `$schema`."""
    if case.config() is None:
        return case.silence()
    touched = [name for name in case.changed() if name.startswith(f"{USER}/")]
    return held(so=not touched, otherwise="written: " + ", ".join(touched))


def _spelled(value: Json) -> str:
    return "nothing" if value is ABSENT else json.dumps(value, ensure_ascii=False)


# What is written by itself


def schema_line(case: Case) -> Told:
    """Judge what became of files without one."""
    if case.config() is None:
        return case.silence()
    before, after = case.seen.before, case.seen.after
    other = [
        name
        for name in case.changed()
        if not name.startswith(f"{WORK}/.git/")
        and habits.essence(after.get(name, b"")) != habits.essence(before[name])
    ]
    return held(so=not other, otherwise="changed: " + ", ".join(other))


def project_marks(case: Case) -> Told:
    """Judge which files are new in a project."""
    if case.config() is None:
        return case.silence()
    new = [name for name in _beside_litter(case.new(WORK)) if name not in _MARKS]
    return held(so=not new, otherwise="written: " + ", ".join(new))


def _beside_litter(names: Iterable[str]) -> Iterator[str]:
    """Leave out what MiMoCode is known to drop into every folder of configs."""
    known = {name for name, _ in LITTER}
    return (name for name in names if PurePath(name).name not in known)


def fault_told(case: Case) -> Told:
    """Judge what is printed while a config is faulty."""
    output = case.answer()
    if output is None:
        return case.silence()
    if case.config() is not None:
        return Told(held=False, seen="the configuration was printed all the same")
    return held(so=output.exit_code != 0 and not output.stdout.strip(), otherwise=ending(output))


# The list of models


def model_lines(case: Case) -> Told:
    """Judge the lines of `mimo models PROVIDER`."""
    output = case.answer()
    if output is None or output.exit_code:
        return case.silence()
    lines = [line for line in output.stdout.decode(errors="replace").split("\n") if line]
    odd = [line for line in lines if not _LINE.fullmatch(line)]
    listed = model_list.listed(output, case.subject.provider)
    missing = [model for model in case.subject.models if model not in listed]
    if odd or missing or len(lines) != len(case.subject.models):
        return Told(held=False, seen=ending(output))
    return HOLDS


def gates_close(case: Case) -> Told:
    """Judge which models are listed at all."""
    output = case.answer()
    if output is None or output.exit_code:
        return case.silence()
    owners = ("open", "white", "black", "shut", "unnamed")
    found = {f"{name}/{model}" for name in owners for model in model_list.listed(output, name)}
    odd = sorted(found ^ SEEN)
    return held(so=not odd, otherwise="listed or missing: " + ", ".join(odd))
