"""What must be true of a machine on which a run was broken off, and after the next one.

Each function returns what is wrong, one line for each thing; nothing is wrong where it returns no lines.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from fixtures.canary import CANARY_MARK
from tests.fault.machine import BACKUPS, JOURNAL, KEY, OWN, Machine, Picture, Thing, named
from tests.support.pictures import LOCK, MIMO_OWN_FOLDERS
from tests.support.sandbox import Result, Sandbox
from tests.support.scenarios import STATE
from tests.support.snapshots import differences, snapshot

Tree = dict[str, Any]

MARK: Final = CANARY_MARK.encode()
KEY_REFERENCE: Final = b"{file:~/.gonkagate/mimo-code/api-key}"
# What differs between any two runs that do the same; and what is made at random when a state begins.
PASSING: Final = ("transaction", "last_durable_setup_at")
FIRST: Final = ("lineage", "key")
RECORD: Final = re.compile(r"[0-9a-z]+\.json")
RECORDED: Final = ("transaction", "at", "salt")
KEY_COPY: Final = re.compile(r"(?<=api-key-)\w+")


def whole_before_recovery(machine: Machine) -> list[str]:
    """Check the files between the kill and the next command: I1, I4, I9, I10, I11."""
    now = machine.picture()
    helpers = named_by_journal(machine, now)
    return [
        *_old_or_new(machine, now, helpers),
        *_own_folder(machine, now, helpers),
        *_state_is_whole(machine, now),
        *_key_is_nowhere_else(machine.sandbox, helpers),
        *_references_lead_somewhere(now),
    ]


def has_pending_journal(machine: Machine) -> bool:
    """Whether a run is written down that did not end."""
    return (machine.sandbox.root / JOURNAL).exists()


def named_by_journal(machine: Machine, seen: Picture) -> frozenset[str]:
    """Return every path below the sandbox that a pending journal names, whatever for."""
    if JOURNAL not in seen:
        return frozenset()
    root = f"{machine.sandbox.root}/"
    found = _texts(json.loads(seen[JOURNAL].content))
    return frozenset(text.removeprefix(root) for text in found if text.startswith(root))


def status_tells_and_touches_nothing(machine: Machine) -> list[str]:
    """Check that `status --fast` reports the pending journal, and that nothing is written by it."""
    before = _untouched_picture(machine.sandbox)
    result = machine.sandbox.run("status", "--fast", "--json", cwd=machine.scenario.next.cwd(machine.sandbox))
    changed = differences(before, _untouched_picture(machine.sandbox), times=True)
    told = [] if "did not end" in warnings(result) else [f"status does not tell of it: {warnings(result)!r}"]
    return [*told, *(f"status changed {line}" for line in changed)]


def as_if_undisturbed(machine: Machine) -> list[str]:
    """Check the files after the next command: all as the undisturbed run leaves them, and nothing more."""
    now, after = machine.picture(), machine.after
    lines = [f"{name} is gone" for name in named(after) - named(now)]
    lines += [f"{name} is left over" for name in named(now) - named(after)]
    lines += [
        f"{name} is {now[name]}, not {after[name]}"
        for name in named(now) & named(after) - {STATE}
        if now[name] != after[name]
    ]
    kept, expected = Counter(_backups(now)), Counter(_backups(after))
    lines += [f"a backup is missing: {one}" for one in expected - kept]
    lines += [f"a backup is left over: {one}" for one in kept - expected]
    if STATE in now and STATE in after:
        lines += _unlike(_settled(machine, now[STATE]), _settled(machine, after[STATE]))
    return lines + _key_is_nowhere_else(machine.sandbox, frozenset())


def undisturbed(machine: Machine) -> list[str]:
    """Check the undisturbed run itself: its serial, its lineage, and that it changed what it may change."""
    before, after = machine.before, machine.after
    lines = [
        f"{name} was changed"
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name) and not _may_change(machine, name)
    ]
    old, new = _state(before), _state(after)
    if new is not None:
        expected = (old or {"serial": 0})["serial"] + (before[STATE] != after[STATE] if old else 1)
        lines += [] if new["serial"] == expected else [f"the serial is {new['serial']}, not {expected}"]
        lines += [] if old is None or old["lineage"] == new["lineage"] else ["another lineage"]
    return lines


def warnings(result: Result) -> str:
    """Return what a report warns of, as one text."""
    return " ".join(warning["message"] for warning in (result.report or {}).get("warnings", []))


def _old_or_new(machine: Machine, now: Picture, helpers: frozenset[str]) -> Iterator[str]:
    before, after = machine.before, machine.after
    for name in before.keys() | after.keys() | now.keys():
        if _is_own(name):
            continue
        here, old, new = now.get(name), before.get(name), after.get(name)
        if here not in (old, new) and not (old is None and new is None and name in helpers):
            yield f"{name} is {here}, neither {old} nor {new}"
        elif old is not None and old == new and _written(old) == _written(new) != _written(here):
            yield f"{name} was written although it does not change"


def _written(thing: Thing | None) -> int | None:
    """Return when a file was written; a folder's time tells of the names in it only."""
    return None if thing is None or thing.kind == "folder" else thing.written


def _own_folder(machine: Machine, now: Picture, helpers: frozenset[str]) -> Iterator[str]:
    before, after = machine.before, machine.after
    for name, here in now.items():
        if not _is_own(name):
            continue
        if here.mode != ("700" if here.kind == "folder" else "600") or here.kind not in ("file", "folder"):
            yield f"{name} is not its owner's alone: {here}"
        known = name in before or name in after or name in helpers or name in (JOURNAL, LOCK, BACKUPS)
        if not (known or name.startswith((f"{BACKUPS}/", f"{OWN}/journal."))):
            yield f"{name} has no name that anybody knows"
    if now.get(KEY) not in (before.get(KEY), after.get(KEY)):
        yield f"the key file is {now.get(KEY)}, neither {before.get(KEY)} nor {after.get(KEY)}"


def _state_is_whole(machine: Machine, now: Picture) -> Iterator[str]:
    before, after = machine.before, machine.after
    here, old = _state(now), _state(before)
    if here is None:
        if STATE in before and STATE in after:
            yield "the state is gone"
        return
    serial = old["serial"] if old else 0
    if here["serial"] == serial and now[STATE] != before.get(STATE):
        yield "the state changed and its serial did not rise"
    elif here["serial"] not in (serial, serial + 1):
        yield f"the serial is {here['serial']}, it was {serial}"
    elif here["serial"] != serial and STATE in after:
        yield from _unlike(_settled(machine, now[STATE]), _settled(machine, after[STATE]))


def _key_is_nowhere_else(sandbox: Sandbox, helpers: frozenset[str]) -> list[str]:
    found = []
    for path in sorted(sandbox.root.rglob("*")):
        if not path.is_file() or path.is_symlink() or MARK not in path.read_bytes():
            continue
        name = path.relative_to(sandbox.root).as_posix()
        may = name == KEY or name.startswith(f"{BACKUPS}/") or (_is_own(name) and name in helpers)
        mode = path.stat().st_mode & 0o777
        if not may or mode != 0o600:
            found.append(f"the key stands in {name}, mode {mode:o}")
    return found


def _references_lead_somewhere(now: Picture) -> Iterator[str]:
    for name, thing in now.items():
        is_config = name.startswith("home/.config/") and name.endswith((".json", ".jsonc"))
        if is_config and KEY_REFERENCE in thing.content and KEY not in now:
            yield f"{name} refers to a key file that is not there"


def _is_own(name: str) -> bool:
    return name.startswith(f"{OWN}/")


def _may_change(machine: Machine, name: str) -> bool:
    if name == OWN or OWN.startswith(f"{name}/") or _is_own(name) or name in machine.scenario.user_files:
        return True
    if name in named_by_journal(machine, machine.before):
        return True
    # A folder that MiMoCode makes for itself, or that is made for a file, or goes with it.
    made = name in MIMO_OWN_FOLDERS or any(f.startswith(f"{name}/") for f in machine.scenario.user_files)
    return made and (name not in machine.before or name not in machine.after)


def _backups(seen: Picture) -> Iterator[tuple[str, Thing]]:
    """Yield each backup with its folder: copies by their content, records without what is made at random."""
    for name, thing in seen.items():
        if name.startswith(f"{BACKUPS}/"):
            folder, _, last = name.rpartition("/")
            settled = _settled_record(thing.content) if RECORD.fullmatch(last) else thing.content
            yield folder, attrs.evolve(thing, content=settled)


def _settled_record(content: bytes) -> bytes:
    """Return what a record says without what is made at random, salted or passing."""
    try:
        found = json.loads(content)
    except ValueError:
        return content  # a torn one
    for name in RECORDED:
        del found[name]
    for one in found["files"]:
        del one["after"]
        one["backup"] = one["backup"] and KEY_COPY.sub("", one["backup"])
    return json.dumps(found).encode()


def _state(seen: Picture) -> Tree | None:
    if STATE not in seen:
        return None
    found = json.loads(seen[STATE].content)
    assert isinstance(found, dict)
    return found


def _settled(machine: Machine, state: Thing) -> Tree:
    """Return a state without what differs between two runs that do the same, and with its mode."""
    found: Tree = json.loads(state.content)
    for name in (*PASSING, *(() if STATE in machine.before else FIRST)):
        assert name in found
        del found[name]
    del found["catalog"]["fetched_at"]
    for answer in found.get("verified", ()):
        del answer["at"]
        for one in answer["inputs"]:
            del one["fingerprint"]  # keyed with a salt that is made at random
    for held in found["documents"]:
        del held["folder_id"]  # the number of a folder that was made anew
    return {**found, "mode": state.mode}


def _unlike(ours: Mapping[str, object], theirs: Mapping[str, object]) -> list[str]:
    return [
        f"in the state, {name} is {ours.get(name)!r}, not {theirs.get(name)!r}"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]


def _texts(tree: object) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, dict):
        for child in tree.values():
            yield from _texts(child)
    elif isinstance(tree, list):
        for child in tree:
            yield from _texts(child)


def _untouched_picture(sandbox: Sandbox) -> Mapping[str, Any]:
    folders = (sandbox.home, sandbox.project, sandbox.outside, sandbox.temporary)
    return {f"{folder.name}/{name}": one for folder in folders for name, one in snapshot(folder).items()}
