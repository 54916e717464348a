"""The two ways to the gateway: leading a process to one of them, and seeing to it that no other is taken."""

from typing import Final

import pytest

from fixtures.gateway import Gateway
from reconciler.gonkagate import roundabout, straight

WAYS: Final = ("straight", "roundabout")
AN_EXCEPTION: Final = "elsewhere.invalid"
"""An exception from the proxy that does not concern the gateway, and has to be understood all the same."""


def lead(monkeypatch: pytest.MonkeyPatch, gateway: Gateway, way: str) -> None:
    """Lead this process to a gateway by one of the ways, and close the other."""
    for name, value in gateway.environment().items():
        monkeypatch.setenv(name, value)
    if way == "roundabout":
        monkeypatch.setenv("NO_PROXY", AN_EXCEPTION)
    monkeypatch.setattr(straight if way == "roundabout" else roundabout, "ask", _closed)


def _closed(*_: object) -> None:
    raise AssertionError("this is the other way")
