"""Which way leads to the gateway: what is plain is taken as it stands, all else is left to who knows."""

import pytest

from reconciler.gonkagate.proxies import Straight, straight_way

NAMES = ("HTTPS_PROXY", "https_proxy", "Https_Proxy")
PLAIN = {
    "http://proxy.example:3128": ("proxy.example", 3128),
    "http://proxy.example:3128/": ("proxy.example", 3128),
    "proxy.example:3128": ("proxy.example", 3128),
    "http://127.0.0.1:1": ("127.0.0.1", 1),
    "http://a:65535": ("a", 65535),
    "http://MY-proxy:8080": ("MY-proxy", 8080),
}
NOT_PLAIN = [
    "http://proxy.example",
    "http://proxy.example:0",
    "http://proxy.example:65536",
    "http://proxy.example:99999",
    "http://proxy.example:080",
    "http://proxy.example:٣",
    "http://proxy.example:3128/path",
    "http://proxy.example:3128?query",
    "http://proxy.example:3128#part",
    "http://user:secret@proxy.example:3128",
    "http://user@proxy.example:3128",
    "https://proxy.example:3128",
    "HTTP://proxy.example:3128",
    "socks5://proxy.example:1080",
    "socks5h://proxy.example:1080",
    "http://[::1]:3128",
    "http://[::1",
    "http://-proxy:3128",
    "http://proxy-:3128",
    "http://proxy .example:3128",
    " http://proxy.example:3128",
    "http://proxy.example:3128\n",
    "http://prōxy.example:3128",
    "http://a%41:3128",
    f"http://{'a' * 300}:3128",
    "3128",
    ":3128",
    "-",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", PLAIN)
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_a_proxy_that_is_plainly_named_is_taken(name: str, value: str, system: str) -> None:
    """In whatever case the variable is spelled; on every system it counts before the system's settings."""
    assert straight_way({name: value, "PATH": "/bin"}, system) == Straight(PLAIN[value])


@pytest.mark.parametrize("value", NOT_PLAIN)
def test_a_proxy_that_takes_more_is_left_to_who_knows(value: str) -> None:
    """Rather than half understood."""
    assert straight_way({"HTTPS_PROXY": value}, "linux") is None


@pytest.mark.parametrize(
    "environment",
    [
        {"NO_PROXY": "localhost"},
        {"no_proxy": "*"},
        {"ALL_PROXY": "http://proxy.example:3128"},
        {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "localhost"},
        {"HTTPS_PROXY": "http://proxy.example:3128", "all_proxy": "http://proxy.example:3128"},
        {"HTTPS_PROXY": "http://proxy.example:3128", "https_proxy": "http://other.example:3128"},
    ],
)
def test_variables_that_must_be_weighed_are_left_to_who_knows(environment: dict[str, str]) -> None:
    """Exceptions, a proxy for everything, and two that contradict each other."""
    assert straight_way(environment, "linux") is None


def test_the_same_proxy_said_twice_is_one() -> None:
    """Many set both spellings."""
    both = {"HTTPS_PROXY": "http://proxy.example:3128", "https_proxy": "http://proxy.example:3128"}
    assert straight_way(both, "linux") == Straight(("proxy.example", 3128))


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"HTTPS_PROXY": "", "NO_PROXY": ""},
        {"HTTP_PROXY": "http://proxy.example:3128", "FTP_PROXY": "x", "MY_HTTPS_PROXY": "y"},
    ],
)
def test_without_a_proxy_it_is_the_system_that_may_name_one(environment: dict[str, str]) -> None:
    """What is empty, or for other addresses, does not count; Linux has no settings beside the variables."""
    assert straight_way(environment, "linux") == Straight()
    assert straight_way(environment, "darwin") is None
    assert straight_way(environment, "win32") is None
