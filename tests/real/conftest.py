"""How the tests with the real MiMoCode are shared out."""

import pytest

from tests.support.sharing import Sharing


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Sharing:
    """Share tests out one by one, but live through a life, of many launches, on one worker alone."""
    return Sharing(config, log)
