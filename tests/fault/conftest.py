"""How the fault suite is shared out."""

import pytest

from tests.support.sharing import Sharing


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Sharing:
    """Share tests out one by one."""
    return Sharing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the kills by the tracer: in the end no worker is to wait for one of those long tests."""
    items.sort(key=lambda item: item.path.name != "test_strace_kills.py")
