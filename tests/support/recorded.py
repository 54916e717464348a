"""A command of the program on a disk that records: for comparing what it records with what a tracer sees.

Started as a process of its own; prints the calls as JSON, each with the name of what it is about.
"""

import argparse
import json
import os
from pathlib import Path

from reconciler.commands.apply import apply
from reconciler.commands.backups import restore
from reconciler.commands.request import RestoreOptions, Selection, UninstallOptions
from reconciler.commands.uninstall import uninstall
from reconciler.commands.world import World
from reconciler.engine.files import LocalFiles
from tests.support.files import RecordingDisk


def main() -> None:
    """Run the command that was given, as the command line would."""
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="+")
    for flag in ("--yes", "--json"):
        parser.add_argument(flag, action="store_true")
    for flag in ("--scope", "--model"):
        parser.add_argument(flag)
    given = parser.parse_args()
    disk = RecordingDisk(waits=True)
    here = World(dict(os.environ), Path.cwd(), LocalFiles(disk))
    if given.words == ["apply"]:
        report = apply(here, Selection(given.scope, given.model), yes=given.yes)
    elif given.words == ["uninstall"]:
        report = uninstall(here, UninstallOptions(yes=given.yes))
    elif given.words[:2] == ["backups", "restore"]:
        report = restore(here, given.words[2], RestoreOptions(yes=given.yes))
    else:
        parser.error(f"unknown command: {given.words}")
    assert report.ok, report
    print(json.dumps(disk.calls))  # noqa: T201 - it is asked for them


if __name__ == "__main__":
    main()
