"""Runs a command of the program and leaves what its own process took: `inside.py CPU|PROFILE FILE ARGUMENT…`.

CPU leaves the seconds of processor time of this process alone, without what it starts; PROFILE leaves a
profile of them, in which waiting counts for nothing.
"""

from __future__ import annotations

import cProfile
import resource
import sys
import time
from pathlib import Path


def main() -> None:
    """Run the program as it is started from a shell."""
    what, file, *arguments = sys.argv[1:]
    sys.argv = ["mimo-code-setup", *arguments]
    profile = cProfile.Profile(time.process_time) if what == "PROFILE" else None
    if profile is not None:
        profile.enable()
    try:
        from reconciler.cli.main import main as program  # noqa: PLC0415 - its imports are part of what it takes

        program()
    finally:
        if profile is not None:
            profile.disable()
            profile.dump_stats(file)
        else:
            used = resource.getrusage(resource.RUSAGE_SELF)
            Path(file).write_text(str(used.ru_utime + used.ru_stime), encoding="ascii")


if __name__ == "__main__":
    main()
