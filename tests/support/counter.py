"""Runs one command of the program and counts what it does: `python counter.py FOLDER REPORT ARGUMENT…`.

An audit hook of the interpreter sees every import, file, process and connection, whoever asks for it. What is
below FOLDER, the throw-away machine, is noted by path; REPORT gets it all as JSON. The program itself is not
touched: it is started as its own entry point is.
"""

import atexit
import gc
import json
import os
import sys
from typing import Any, Final

WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT
LISTS: Final = ("os.listdir", "os.scandir")
GENERATED: Final = "<attrs generated methods reconciler."


class Counter:
    """What was seen so far."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.before = frozenset(sys.modules)
        self.seen: dict[str, list[str]] = {"reads": [], "writes": [], "lists": [], "starts": []}
        self.connections = 0
        self.compiled = 0

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note one event of the interpreter's."""
        if event == "open":
            flags = arguments[2] or 0
            self._note("writes" if flags & WRITING else "reads", arguments[0])
        elif event in LISTS:
            self._note("lists", arguments[0])
        elif event == "sqlite3.connect":
            self._note("reads", arguments[0])
        elif event == "subprocess.Popen":
            self.seen["starts"].append(" ".join(os.path.basename(word) for word in arguments[1]))  # noqa: PTH119
        elif event == "socket.connect":
            self.connections += 1
        elif event == "compile" and str(arguments[1]).startswith(GENERATED):
            self.compiled += len(arguments[0].splitlines())

    def _note(self, what: str, path: object) -> None:
        """Note a path of the machine's. Numbers are descriptors, whose opening was seen before."""
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        name = os.fsdecode(path).removeprefix("file:").partition("?")[0]
        if name.startswith(self.folder + os.sep):
            self.seen[what].append(name[len(self.folder) + 1 :])

    def report(self) -> dict[str, Any]:
        """Return what was seen until now, and which modules it took."""
        modules = sorted(frozenset(sys.modules) - self.before)
        seen = {what: list(names) for what, names in self.seen.items()}
        return {**seen, "connections": self.connections, "compiled": self.compiled, "modules": modules}


def main() -> None:
    """Run the program as it is started from a shell."""
    folder, report, *arguments = sys.argv[1:]
    counter = Counter(folder)
    seen: dict[str, Any] = {}

    def write() -> None:
        seen["frozen"] = gc.get_freeze_count() > 0
        with open(report, "w", encoding="utf-8") as out:  # noqa: PTH123 - pathlib may be among what is counted
            json.dump(seen, out)

    atexit.register(write)  # comes after whatever the program wants to be done at the end
    sys.argv = ["mimo-code-setup", *arguments]
    sys.addaudithook(counter.hook)
    try:
        from reconciler.cli.main import main as program  # noqa: PLC0415 - what it takes is what is counted

        program()
    finally:
        seen.update(counter.report())


if __name__ == "__main__":
    main()
