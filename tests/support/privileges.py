"""Running a command as somebody whom permission bits bind, root's tests included.

Root passes over permission bits by two capabilities. A process that drops both from its bounding set before
it starts another program is bound by the bits like everybody else, and still owns its files.
"""

import ctypes
import os
import sys
from typing import Final

_PR_CAPBSET_DROP: Final = 24
_CAP_DAC_OVERRIDE: Final = 1
_CAP_DAC_READ_SEARCH: Final = 2


def bound_by_permissions() -> tuple[str, ...]:
    """Return what to put in front of a command line."""
    return (sys.executable, "-I", __file__)


def main() -> None:
    """Give up passing over permission bits, and become the command that follows."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            if libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "a capability cannot be dropped")
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - the command line of a test


if __name__ == "__main__":
    main()
