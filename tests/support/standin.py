"""Starts the stand-in quickly: from its byte code, and without modules that most launches have no use for.

Tests launch the stand-in thousands of times. As a script it would be compiled at each launch, and much of the
rest of a launch is the reading of modules that it only names. Run as a script itself, with `-I`; what it runs
is `fixtures/mimo_standin.py` as it stands there.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any, Final

FOLDER: Final = __file__.removesuffix("/tests/support/standin.py") + "/fixtures"
SELDOM: Final = (
    *("fnmatch", "shutil", "subprocess", "tomllib", "unicodedata"),  # of the stand-in itself
    *("copy", "inspect", "ipaddress", "platform"),  # of dataclasses, urllib and uuid
)
"""Modules that most launches only name."""


class Seldom(ModuleType):
    """A module that is imported when it is asked for anything.

    The `LazyLoader` of the standard library would not do: to it, an `import` of the name is asking already.
    """

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a module holds anything
        """Become the module."""
        if sys.modules[self.__name__] is self:
            del sys.modules[self.__name__]
        module = import_module(self.__name__)
        self.__dict__.update(module.__dict__)
        return getattr(module, name)


def main() -> int:
    """Run as `mimo`."""
    for name in SELDOM:
        sys.modules.setdefault(name, Seldom(name))
    sys.path.append(FOLDER)
    code: int = import_module("mimo_standin").main()
    return code


if __name__ == "__main__":
    sys.exit(main())
