"""The user's home as MiMoCode will see it, checked before anything is started.

With HOME unset MiMoCode uses and writes another home; with a relative MIMOCODE_HOME it cannot even
print its version. Both stop the run here.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.engine import platform
from reconciler.engine.problems import Place, stop
from reconciler.mimocode.facts import HOME_VARIABLE, Code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.engine.problems import Stop

_ABSOLUTE_OR_UNSET = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", HOME_VARIABLE)


def usable_home(environment: Mapping[str, str]) -> Path:
    """Return the home folder. Raises `Stop` with home_unusable."""
    variable = platform.home_variable()
    value = environment.get(variable, "")
    if not value:
        raise _unusable(variable, "is not set", "set it to your home folder")
    if not os.path.isabs(value):  # noqa: PTH117 - the variable's text is judged, not a path object
        raise _unusable(variable, "is not an absolute path", "set it to your home folder")
    if not os.path.isdir(value):  # noqa: PTH112 - same
        raise _unusable(variable, "does not name a folder", "set it to your home folder")
    for name in _ABSOLUTE_OR_UNSET:
        other = environment.get(name, "")
        if other and not os.path.isabs(other):  # noqa: PTH117 - same
            raise _unusable(name, "is not an absolute path", "make it absolute or unset it")
    return Path(value)


def _unusable(variable: str, what: str, remedy: str) -> Stop:
    return stop(
        Code.HOME_UNUSABLE,
        f"the variable {variable} {what}, so it is unclear whose files would be changed",
        f"{remedy}, then run again",
        source="environment",
        place=Place(variable=variable),
    )
