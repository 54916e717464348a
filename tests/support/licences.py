"""Under which licences the dependencies stand: all that an installation brings along, by its own metadata.

A package says it in one of three places, the newest first: an SPDX expression, a classifier, a line of free
text. What is spelled in a way that nobody has looked at yet counts as unknown.
"""

import importlib.metadata
import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.target import REPOSITORY

ALLOWED: Final = {
    "MIT": "asks for its notice to be kept, which each package carries",
    "MIT-0": "asks for nothing",
    "BSD-2-Clause": "as MIT",
    "BSD-3-Clause": "as MIT; and not to use the authors' names",
    "ISC": "as MIT",
    "Apache-2.0": "our own",
    "PSF-2.0": "Python's own, which whoever runs this has accepted",
    "CC0-1.0": "asks for nothing",
    "MPL-2.0": "binds whoever changes the package's own files, and nobody here does",
}
"""What may come along, and why each is no burden for whoever installs or passes on the program."""
OF_TOOLS: Final = {
    "LGPL-3.0-only": "binds whoever hands the package on, and a tool of the tests is handed to nobody",
    "LGPL-3.0-or-later": "the same",
}
"""What may come along with the tools alone."""
SPELLED: Final = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "BSD 2-Clause License": "BSD-2-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "Python Software Foundation License": "PSF-2.0",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
}
"""Spellings of older metadata, and what they mean."""

_OPERATOR: Final = re.compile(r"\s+OR\s+")
_ENDS: Final = re.compile(r"^License :: (?:OSI Approved :: )?")


def project() -> dict[str, Any]:
    """Return what pyproject.toml says."""
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))


def closure(requirements: Iterable[str]) -> dict[str, Distribution]:
    """Return every package that these requirements bring along here, by its name."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(one), "") for one in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        found[name] = importlib.metadata.distribution(name)
        inner = [Requirement(one) for one in found[name].requires or ()]
        for wanted in {"", *requirement.extras}:
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                waiting += [(one, wanted) for one in inner]
    return found


def choices(package: Distribution) -> set[str]:
    """Return the licences one of which a package can be used under; empty where nothing is known."""
    return next((found for found in map(set, _told(package)) if found), set())


def is_allowed(package: Distribution, *, of_tools: bool = False) -> bool:
    """Whether a package can be used under a licence that may come along. What binds to two is refused."""
    return bool(choices(package) & (ALLOWED | (OF_TOOLS if of_tools else {})).keys())


def _told(package: Distribution) -> Iterator[Iterable[str]]:
    told = package.metadata
    yield filter(None, _OPERATOR.split(_line(package, "License-Expression")))
    classifiers = told.get_all("Classifier") or []
    names = [_ENDS.sub("", one) for one in classifiers if one.startswith("License ::")]
    yield [SPELLED[name] for name in names if name in SPELLED]
    free = _line(package, "License")
    yield [SPELLED.get(free, free)] if free in (*SPELLED, *ALLOWED) else []


def _line(package: Distribution, name: str) -> str:
    found: str = (package.metadata.get_all(name) or [""])[0]
    return found
