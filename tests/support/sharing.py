"""How tests are shared out among workers."""

from functools import cache
from typing import Final

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from tests.support.target import REPOSITORY

TOGETHER: Final = ('scope="module"', "machines: Machines")
"""What tells a module whose tests look at things together: fixtures that live as long as the module."""


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """One by one, but together what looks at the same thing, so that it is brought about once; that first."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if _look_together(module) else nodeid


@cache
def _look_together(module: str) -> bool:
    text = (REPOSITORY / module).read_text()
    return any(sign in text for sign in TOGETHER)
