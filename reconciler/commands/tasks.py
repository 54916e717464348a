"""Steps that run side by side: a background task whose result is waited for, or left behind.

A run that is stopped does not wait for what it no longer needs, so the threads are daemons.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_GLANCE: Final = 0.2


class Task(Generic[T]):
    """One function running in the background."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._outcome: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._outcome.append(self._work())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the result
            self._error = error

    def result(self) -> T:
        """Wait for the result; an error of the task is raised here. Ctrl-C is seen while waiting."""
        while self._thread.is_alive():
            self._thread.join(_GLANCE)
        if self._error is not None:
            raise self._error
        return self._outcome[0]
