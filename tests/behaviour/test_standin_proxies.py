"""Set-ups behind proxies that take more than a tunnel: the gateway is reached as the variables say."""

import pytest

from fixtures.canary import CANARY_KEY, CANARY_MARK
from fixtures.gateway import HOST
from tests.support.documents import KIMI, read, ref
from tests.support.sandbox import Sandbox
from tests.support.socks import Socks

APPLY = ("apply", "--scope", "user", "--yes")


def variables(proxy: str) -> dict[str, str]:
    """Spell a proxy in both usual ways."""
    return {"HTTPS_PROXY": proxy, "https_proxy": proxy}


@pytest.mark.parametrize("kind", ["socks5", "socks5h"])
def test_a_set_up_through_a_socks_proxy(machine: Sandbox, kind: str) -> None:
    """It is asked for the gateway by its name, once."""
    with Socks(machine.gateway) as socks:
        result = machine.run(*APPLY, env=variables(f"{kind}://{socks.address}"), key=CANARY_KEY)
    assert result.exit_code == 0, result.stderr
    assert read(machine.user_config)["model"] == ref(KIMI)
    assert socks.asked == [(HOST, 443)]


@pytest.mark.parametrize("exceptions", ["localhost,.internal.example", "example.com:443", "10.0.0.0/8"])
def test_exceptions_that_do_not_concern_the_gateway(machine: Sandbox, exceptions: str) -> None:
    """It is reached through the proxy then."""
    result = machine.run(*APPLY, env={"NO_PROXY": exceptions}, key=CANARY_KEY)
    assert result.exit_code == 0, result.stderr
    assert len(machine.gateway.proxied) == 1


def test_a_proxy_that_wants_a_password_gets_it_and_never_the_key(machine: Sandbox) -> None:
    """As it stands in the variable; it is not shown."""
    proxy = machine.gateway.proxy_url.replace("http://", "http://me:my%20word@")
    result = machine.run(*APPLY, "--verbose", env=variables(proxy), key=CANARY_KEY)
    assert result.exit_code == 0, result.stderr
    (asked,) = machine.gateway.proxied
    assert asked.header("proxy-authorization") == "Basic bWU6bXkgd29yZA=="
    assert CANARY_MARK not in repr(asked)
    assert "my%20word" not in result.stdout + result.stderr
