"""Meeting a `mimo` of known contents: what is started for it, and what it must say before it is believed."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve

from reconciler.commands.acquaintance import Meeting, Met
from reconciler.engine.problems import Stop
from reconciler.mimocode import identity, paths
from reconciler.mimocode.launcher import Launcher, Output
from reconciler.mimocode.trust import RELEASE, ReleaseAudit, recognised
from tests.unit.commands import surveyed

NOTHING_MORE: Final[Mapping[str, str]] = {}
HURRIED: Final = " in a hurry"
PLACES: Final = ("home", "data", "config", "state", "cache")
TELLS: Final = """#!/bin/sh
printf '%s %s%s\\n' "${MIMOCODE_DB:-its own}" "$*" "${BUN_JSC_useDFGJIT:+ in a hurry}" >> "$HOME/calls"
case $1 in
  --version) echo 0.1.15 ;;
  debug) printf 'home %s\\ndata %s\\nconfig %s\\nstate %s\\ncache %s\\n' $PLACES ;;
esac
"""


def meeting(
    root: Path, environment: Mapping[str, str] = NOTHING_MORE, *, known: bool = True, confirming: bool = True
) -> Meeting:
    """Give a meeting with a `mimo` that says where its things are; its contents are known or are not."""
    here = surveyed.world(root)
    home = root / "home"
    rules = paths.expected({**here.environment, **environment}, home)
    places = " ".join(str(getattr(rules, name)) for name in PLACES)
    program = root / "mimo"
    program.write_text(TELLS.replace("$PLACES", places))
    program.chmod(0o755)
    table = {"somewhere": identity.of(program).fingerprint()} if known else {}
    releases = (ReleaseAudit("0.1.15", "2026-11-22", "run", table),)
    world = evolve(here, environment={**here.environment, "PATH": os.environ["PATH"], **environment})
    return Meeting(world, home, Launcher(program), (), confirming=confirming, releases=releases)


def said(met: Met) -> Output:
    """Wait for what it says of its paths."""
    assert met.confirmation is not None
    return met.confirmation()


def calls(root: Path) -> list[str]:
    """Return what was started, each with the database it was told to use."""
    return [call.removesuffix(HURRIED) for call in as_told(root)]


def as_told(root: Path) -> list[str]:
    """Return what was started, with the sign of a hurry."""
    log = root / "home" / "calls"
    return sorted(log.read_text().splitlines()) if log.exists() else []


def test_known_contents_are_asked_for_their_paths_alone(tmp_path: Path) -> None:
    """The version and the trust come from the table; the launch beside keeps its database to itself."""
    met = meeting(tmp_path).held(None)
    paths.confirm(met.paths, said(met))
    assert (met.version.text, met.trust.by) == ("0.1.15", RELEASE)
    assert calls(tmp_path) == [":memory: debug paths"]


def test_where_there_is_a_database_it_is_used(tmp_path: Path) -> None:
    """Only a first launch must not meet another one."""
    where = meeting(tmp_path)
    database = paths.expected(where.world.environment, where.home).database
    database.parent.mkdir(parents=True)
    database.write_bytes(b"")
    said(where.held(None))
    assert calls(tmp_path) == ["its own debug paths"]


def test_a_preview_starts_nothing(tmp_path: Path) -> None:
    """Nothing is claimed by it that only MiMoCode can confirm."""
    met = meeting(tmp_path, confirming=False).held(None)
    assert met.confirmation is None
    assert calls(tmp_path) == []


@pytest.mark.parametrize("way", ["unknown", "anew", "relative"])
def test_whoever_is_not_plain_to_tell_is_asked(tmp_path: Path, way: str) -> None:
    """Other contents, a run that asks everybody, places that depend on a folder: the version is asked for."""
    known = way != "unknown"
    places = {"XDG_CACHE_HOME": "relative"} if way == "relative" else {}
    where = meeting(tmp_path, places, known=known)
    try:
        met = where.held(None, anew=way == "anew")
    except Stop:
        assert way == "relative"  # what it then says is no answer
    else:
        assert (met.version.text, met.confirmation) == ("0.1.15", None)
    assert "its own --version" in calls(tmp_path)


def test_other_paths_than_it_is_known_for_stop_the_run(tmp_path: Path) -> None:
    """What was written by rules that do not hold is no success."""
    where = meeting(tmp_path)
    met = where.held(None)
    moved = said(met).stdout.replace(b"/.config/", b"/elsewhere/")
    with pytest.raises(Stop) as stopped:
        paths.confirm(met.paths, Output(0, moved, b""))
    assert [str(one.code) for one in stopped.value.blockers] == ["mimo_not_working"]


def test_one_other_byte_is_another_program(tmp_path: Path) -> None:
    """A table tells contents apart, not names."""
    where = meeting(tmp_path)
    program = where.launcher.executable
    assert recognised(identity.of(program), where.releases) is not None
    program.write_bytes(program.read_bytes() + b"\n")
    assert recognised(identity.of(program), where.releases) is None


def test_only_known_contents_are_told_to_hurry(tmp_path: Path) -> None:
    """Another runtime might not know the word and not start."""
    for known in (True, False):
        where = meeting(tmp_path / str(known), known=known)
        met = where.held(None)
        met.launcher.run(("models",), environment=where.world.environment, folder=where.home)
        (asked,) = (call for call in as_told(tmp_path / str(known)) if "models" in call)
        assert asked.endswith(HURRIED) is known
