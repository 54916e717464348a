"""Whether a text that is not JSONC is JSON5: the one use of the `json5` package, to explain an error with.

The package is imported only when there is an error to explain, and only small texts are given to it: it needs
about a second for 100 KB.
"""

from __future__ import annotations

from typing import Final

SIZE_LIMIT: Final = 32 * 1024
"""Bytes; a configuration written by hand is far smaller."""


def is_json5(data: bytes) -> bool:
    """Tell whether UTF-8 text is valid JSON5; False also for a text too large or too deep to find out."""
    if len(data) > SIZE_LIMIT:
        return False
    import json5  # noqa: PLC0415 - slow to import, and hardly ever needed

    try:
        json5.loads(data.decode())
    except (ValueError, RecursionError):
        return False
    return True
