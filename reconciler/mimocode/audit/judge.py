"""From what was seen to findings: pure functions, one for each probe.

A probe holds, or it was seen not to, or it could not be told because MiMoCode did not get that far. What was
seen is told in few words; the made-up key is never among them.
"""

from __future__ import annotations

import json
import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from reconciler.engine.values import ABSENT, key_text, look_up, same
from reconciler.mimocode import habits, model_list
from reconciler.mimocode.audit import layer_ranks
from reconciler.mimocode.audit.bench import Observation, Silence
from reconciler.mimocode.audit.experiments import (
    OTHER_KEY,
    SEEN,
    USER,
    USER_FILES,
    WORK,
    XDG,
    Subject,
)
from reconciler.mimocode.audit.probes import PROBES, Finding
from reconciler.mimocode.expectations import parse_resolved
from reconciler.mimocode.facts import LITTER
from reconciler.mimocode.launcher import Output
from reconciler.mimocode.semver import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reconciler.engine.values import Json
    from reconciler.mimocode.audit.probes import Probe

_SHOWN: Final = 160
_MASK: Final = "(the made-up key)"
_TOLD_BY: Final = 12
"""By how many characters the made-up key is told, also where it is cut off."""
_FOLDERS: Final = ("data", "config", "state", "cache")
_MARKS: Final = (f"{WORK}/.git/info/exclude", f"{WORK}/.git/mimocode-project-id")
_LINE: Final = re.compile(r"([^ ]+)( — window .*)?")
_CACHE_KEY: Final = re.compile(rb'"prompt_?cache_?key"', re.IGNORECASE)


@frozen
class Told:
    """What one observation says of a probe."""

    held: bool | None
    seen: str = ""


HOLDS: Final = Told(held=True)


@frozen
class Case:
    """One experiment's observation, and what it was about."""

    subject: Subject
    seen: Observation = field(repr=False)

    def answer(self, number: int = 0) -> Output | None:
        """Return what a launch printed; None where it printed nothing in time."""
        found = self.seen.answers[number] if number < len(self.seen.answers) else None
        return found if isinstance(found, Output) else None

    def config(self) -> Mapping[str, Json] | None:
        """Return the configuration that was printed, also where something else was printed around it."""
        output = self.answer()
        return None if output is None else parse_resolved(output) or _inner_object(output)

    def silence(self, number: int = 0) -> Told:
        """Say why nothing can be told of a launch."""
        found = self.seen.answers[number] if number < len(self.seen.answers) else None
        if isinstance(found, Silence):
            return Told(None, found.why)
        return Told(None, "no answer that could be read" if found is None else _ending(found))

    def changed(self) -> tuple[str, ...]:
        """Name the files that were there before and are others now."""
        before, after = self.seen.before, self.seen.after
        return tuple(name for name in before if after.get(name) != before[name])

    def new(self, folder: str) -> tuple[str, ...]:
        """Name the files below a folder that were not there before."""
        inside = (name for name in self.seen.after if name.startswith(f"{folder}/"))
        return tuple(name for name in inside if name not in self.seen.before)


def findings(
    subject: Subject, seen: Mapping[str, Observation], probes: Iterable[Probe] = PROBES
) -> tuple[Finding, ...]:
    """Judge probes by what was seen. The same observations give the same findings."""
    return tuple(_finding(probe, subject, seen.get(probe.rests_on)) for probe in probes)


def _finding(probe: Probe, subject: Subject, seen: Observation | None) -> Finding:
    if seen is None:
        return Finding(probe, None, "it was not tried")
    told = JUDGES[probe.id](Case(subject, seen))
    masked = re.sub(re.escape(subject.secret[:_TOLD_BY]) + r"[\w-]*", _MASK, told.seen)
    words = " ".join(masked.replace(seen.root, "…").split())
    shown = words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
    return Finding(probe, told.held, shown, round(seen.seconds, 1))


def _inner_object(output: Output) -> Mapping[str, Json] | None:
    """Read the object in an answer that is more than one: what it says can be told all the same."""
    text = output.stdout.decode(errors="replace")
    try:
        found, _ = json.JSONDecoder().raw_decode(text, text.index("{"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _ending(output: Output) -> str:
    """Say how a launch ended, with the beginning of what it printed."""
    printed = (output.stdout.strip() or output.stderr.strip())[: 4 * _SHOWN].decode(errors="replace")
    return f"exit code {output.exit_code}" + (f", printed: {printed}" if printed else ", printed nothing")


def _held(*, so: bool, otherwise: str) -> Told:
    return HOLDS if so else Told(held=False, seen=otherwise)


# Version and paths


def _version_text(case: Case) -> Told:
    output = case.answer()
    if output is None:
        return case.silence()
    text = output.stdout.decode(errors="replace")
    right = output.exit_code == 0 and text.count("\n") <= 1 and parse(text.strip()) is not None
    return Told(right, text.strip() if right else _ending(output))


def _paths(output: Output | None) -> dict[str, PurePath]:
    """Read the lines of `mimo debug paths`."""
    text = "" if output is None or output.exit_code else output.stdout.decode(errors="replace")
    rows = (line.partition(" ") for line in text.split("\n"))
    return {name: PurePath(path.strip()) for name, _, path in rows if path.strip()}


def _paths_form(case: Case) -> Told:
    output = case.answer(1)
    if output is None:
        return case.silence(1)
    found = _paths(output)
    right = all(name in found and found[name].is_absolute() for name in ("home", *_FOLDERS))
    return _held(so=right, otherwise=_ending(output))


def _paths_are(case: Case, number: int, expected: Mapping[str, str]) -> Told:
    found = _paths(case.answer(number))
    if not found.keys() >= set(_FOLDERS):
        return case.silence(number)
    other = [name for name in _FOLDERS if found[name] != PurePath(case.seen.root, expected[name])]
    return _held(so=not other, otherwise=", ".join(f"{name} is {found[name]}" for name in other))


def _paths_default(case: Case) -> Told:
    base = {"data": ".local/share", "config": ".config", "state": ".local/state", "cache": ".cache"}
    return _paths_are(case, 1, {name: f"home/{folder}/mimocode" for name, folder in base.items()})


def _paths_xdg(case: Case) -> Told:
    return _paths_are(case, 0, {name.lower(): f"xdg-{name.lower()}/mimocode" for name in XDG})


def _paths_own_home(case: Case) -> Told:
    return _paths_are(case, 0, {name: f"own/{name}" for name in _FOLDERS})


def _quiet_questions(case: Case) -> Told:
    for number, judge in enumerate((_version_text, _paths_form)):
        if judge(case).held is not True:
            return case.silence(number)
    touched = [*case.changed(), *_beside_litter(case.new(WORK)), *_beside_litter(case.new(USER))]
    return _held(so=not touched, otherwise="written: " + ", ".join(touched))


# The entry, as it is resolved


def _config_json(case: Case) -> Told:
    output = case.answer()
    if output is None:
        return case.silence()
    return _held(so=parse_resolved(output) is not None, otherwise=_ending(output))


def _entry_resolved(case: Case) -> Told:
    config = case.config()
    if config is None:
        return case.silence()
    wrong = [
        f"{key_text(key)} is {_spelled(look_up(dict(config), key))}"
        for key, value in case.subject.keys.items()
        if key != case.subject.secret_key and not same(look_up(dict(config), key), value)
    ]
    return _held(so=not wrong, otherwise="; ".join(wrong[:3]))


def _key_file_read(case: Case) -> Told:
    config = case.config()
    if config is None:
        return case.silence()
    found = look_up(dict(config), case.subject.secret_key)
    return _held(so=found == case.subject.secret, otherwise=f"the key is resolved as {_spelled(found)}")


def _user_files_order(case: Case) -> Told:
    config = case.config()
    if config is None:
        return case.silence()
    first, second, third = (f"{USER}/{name}" for name in USER_FILES)
    wrong = layer_ranks.wrong(config, ((first, second), (first, third), (second, third)))
    return _held(so=not wrong, otherwise=wrong)


def _schema_kept(case: Case) -> Told:
    if case.config() is None:
        return case.silence()
    touched = [name for name in case.changed() if name.startswith(f"{USER}/")]
    return _held(so=not touched, otherwise="written: " + ", ".join(touched))


def _spelled(value: Json) -> str:
    return "nothing" if value is ABSENT else json.dumps(value, ensure_ascii=False)


# What is written by itself


def _schema_line(case: Case) -> Told:
    if case.config() is None:
        return case.silence()
    before, after = case.seen.before, case.seen.after
    other = [
        name
        for name in case.changed()
        if not name.startswith(f"{WORK}/.git/")
        and habits.essence(after.get(name, b"")) != habits.essence(before[name])
    ]
    return _held(so=not other, otherwise="changed: " + ", ".join(other))


def _project_marks(case: Case) -> Told:
    if case.config() is None:
        return case.silence()
    new = [name for name in _beside_litter(case.new(WORK)) if name not in _MARKS]
    return _held(so=not new, otherwise="written: " + ", ".join(new))


def _beside_litter(names: Iterable[str]) -> Iterator[str]:
    """Leave out what MiMoCode is known to drop into every folder of configs."""
    known = {name for name, _ in LITTER}
    return (name for name in names if PurePath(name).name not in known)


def _fault_told(case: Case) -> Told:
    output = case.answer()
    if output is None:
        return case.silence()
    if case.config() is not None:
        return Told(held=False, seen="the configuration was printed all the same")
    return _held(so=output.exit_code != 0 and not output.stdout.strip(), otherwise=_ending(output))


# The list of models


def _model_lines(case: Case) -> Told:
    output = case.answer()
    if output is None or output.exit_code:
        return case.silence()
    lines = [line for line in output.stdout.decode(errors="replace").split("\n") if line]
    odd = [line for line in lines if not _LINE.fullmatch(line)]
    listed = model_list.listed(output, case.subject.provider)
    missing = [model for model in case.subject.models if model not in listed]
    if odd or missing or len(lines) != len(case.subject.models):
        return Told(held=False, seen=_ending(output))
    return HOLDS


def _gates_close(case: Case) -> Told:
    output = case.answer()
    if output is None or output.exit_code:
        return case.silence()
    owners = ("open", "white", "black", "shut", "unnamed")
    found = {f"{name}/{model}" for name in owners for model in model_list.listed(output, name)}
    odd = sorted(found ^ SEEN)
    return _held(so=not odd, otherwise="listed or missing: " + ", ".join(odd))


# The layers


def _ranked(probe: str) -> Callable[[Case], Told]:
    def judge(case: Case) -> Told:
        config = case.config()
        if config is None:
            return case.silence()
        wrong = layer_ranks.judged(probe, config)
        return _held(so=not wrong, otherwise=wrong)

    return judge


# The wire


def _on_the_wire(judge: Callable[[Case], Told]) -> Callable[[Case], Told]:
    """Let a probe be judged only where a request came."""

    def judged(case: Case) -> Told:
        return judge(case) if case.seen.requests else case.silence()

    return judged


def _bodies(case: Case) -> list[dict[str, Json]]:
    found = []
    for request in case.seen.requests:
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            body = None
        found.append(body if isinstance(body, dict) else {})
    return found


def _wire_request(case: Case) -> Told:
    asked = case.seen.requests
    if not asked and case.answer() is None:
        return case.silence()
    streams = any(body.get("stream") is True for body in _bodies(case))
    right = bool(asked) and streams and all(one.path == "/v1/chat/completions" for one in asked)
    told = [f"{one.method} {one.path}" for one in (*asked, *case.seen.refused)]
    return _held(so=right, otherwise="asked: " + (", ".join(dict.fromkeys(told)) or "nothing"))


def _authorized(case: Case, keys: tuple[str, ...]) -> bool:
    return all(one.header("authorization") in [f"Bearer {key}" for key in keys] for one in case.seen.requests)


def _wire_bearer(case: Case) -> Told:
    right = _authorized(case, (case.subject.secret, OTHER_KEY))
    return _held(so=right, otherwise="a request without a key in that header")


def _wire_key_source(case: Case) -> Told:
    other = any(one.holds(OTHER_KEY) for one in case.seen.requests)
    return _held(so=not other, otherwise="the key of MiMoCode's own store was sent")


def _wire_model(case: Case) -> Told:
    named = {str(body.get("model")) for body in _bodies(case)}
    return _held(so=named <= set(case.subject.models), otherwise="named: " + ", ".join(sorted(named)))


def _wire_no_cache_key(case: Case) -> Told:
    found = [match[0] for one in case.seen.requests for match in [_CACHE_KEY.search(one.body)] if match]
    return _held(so=not found, otherwise="sent: " + ", ".join(sorted({one.decode() for one in found})))


def _key_stays(case: Case) -> Told:
    elsewhere = [one.path for one in case.seen.refused if one.holds(case.subject.secret)]
    places = [*case.seen.leaks, *elsewhere]
    return _held(so=not places, otherwise="the key is in: " + ", ".join(places))


JUDGES: Final[Mapping[str, Callable[[Case], Told]]] = {
    "version_text": _version_text,
    "paths_form": _paths_form,
    "paths_default": _paths_default,
    "paths_xdg": _paths_xdg,
    "paths_own_home": _paths_own_home,
    "quiet_questions": _quiet_questions,
    "config_json": _config_json,
    "entry_resolved": _entry_resolved,
    "key_file_read": _key_file_read,
    "user_files_order": _user_files_order,
    "schema_kept": _schema_kept,
    "schema_line": _schema_line,
    "project_marks": _project_marks,
    "fault_told": _fault_told,
    "model_lines": _model_lines,
    "gates_close": _gates_close,
    "wire_request": _wire_request,
    "wire_bearer": _on_the_wire(_wire_bearer),
    "wire_key_source": _on_the_wire(_wire_key_source),
    "wire_model": _on_the_wire(_wire_model),
    "wire_no_cache_key": _on_the_wire(_wire_no_cache_key),
    "key_stays": _on_the_wire(_key_stays),
    **{name: _ranked(name) for name in layer_ranks.RULES},
}
"""One judge for each probe."""
