"""The lines of `mimo models PROVIDER`: which models MiMoCode offers.

A line is `PROVIDER/ID`, perhaps followed by a remark on its window. Lines are compared whole; a model is
never found as a part of another's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from reconciler.mimocode.launcher import Output

_REMARK: Final = " — window "


def listed(output: Output, provider: str) -> frozenset[str]:
    """Return the ids that MiMoCode lists for a provider; none when it does not know the provider.

    The exit code says nothing here: it is 0 even then.
    """
    prefix = f"{provider}/"
    lines = output.stdout.decode(errors="replace").split("\n")
    return frozenset(
        line.rpartition(_REMARK)[0].removeprefix(prefix) if _REMARK in line else line.removeprefix(prefix)
        for line in lines
        if line.startswith(prefix)
    )
