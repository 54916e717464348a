"""Experiments as they are carried out: their place, their variables, and a MiMoCode that is silent."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.commands.audit import made_up
from reconciler.mimocode.audit.bench import Bench
from reconciler.mimocode.audit.cases import Observation, Silence
from reconciler.mimocode.audit.judge import findings
from reconciler.mimocode.audit.probes import resting_on
from reconciler.mimocode.launcher import Launcher, Output

SUBJECT = made_up("0123456789abcdef")
SHELL = {
    "PATH": os.environ["PATH"],
    "LANG": "C.UTF-8",
    "HOME": "/home/ada",
    "MINE": "of the shell",
    "XDG_DATA_HOME": "/mine",
    "MIMOCODE_CONFIG": "/mine",
    "HTTPS_PROXY": "http://mine.example",
    "GONKAGATE_API_KEY": "gp-mine",
}

Observe = Callable[..., Observation]


@pytest.fixture(name="observe")
def _observe(tmp_path: Path) -> Observe:
    """Carry one experiment out with a script as `mimo`."""

    def observe(script: str, experiment: str = "xdg", time_limit: float = 20.0) -> Observation:
        command = tmp_path / "mimo"
        command.write_text(f"#!/bin/sh\n{script}\n")
        command.chmod(0o755)
        told: list[tuple[int, int]] = []
        bench = Bench(Launcher(command, time_limit), SHELL, SUBJECT, lambda *done: told.append(done))
        found = bench.observe(frozenset({experiment}))
        assert told == [(0, 1), (1, 1)]
        assert not Path(found[experiment].root).exists()
        return found[experiment]

    return observe


def test_of_the_shells_variables_only_the_path_and_the_language_are_passed_on(observe: Observe) -> None:
    """Everything else that a launch has was made for it: a home, and proxies on the loopback."""
    seen = observe("env")
    (answer,) = seen.answers
    assert isinstance(answer, Output)
    found = dict(line.split("=", 1) for line in answer.stdout.decode().splitlines())
    assert {found[name] for name in ("PATH", "LANG")} == {SHELL["PATH"], SHELL["LANG"]}
    assert "MINE" not in found
    assert "GONKAGATE_API_KEY" not in found
    assert "MIMOCODE_CONFIG" not in found
    assert found["HOME"] == f"{seen.root}/home"
    assert found["XDG_DATA_HOME"] == f"{seen.root}/xdg-data"
    assert found["MIMOCODE_TEST_MANAGED_CONFIG_DIR"] == f"{seen.root}/managed"
    assert found["HTTPS_PROXY"] == found["http_proxy"]
    assert found["HTTPS_PROXY"].startswith("http://127.0.0.1:")
    assert found["MIMOCODE_ENABLE_ANALYSIS"] == "false"


def test_every_folder_that_mimo_is_started_in_is_a_work_tree(observe: Observe) -> None:
    """So that it looks for nothing above."""
    (answer,) = observe("ls -a; cat .git/HEAD").answers
    assert isinstance(answer, Output)
    assert answer.stdout == b".\n..\n.git\nref: refs/heads/main\n"


def test_a_mimo_that_is_silent_is_killed_and_tells_nothing(observe: Observe) -> None:
    """The reason stands in what was seen."""
    seen = observe("sleep 60", time_limit=0.2)
    (answer,) = seen.answers
    assert isinstance(answer, Silence)
    (found,) = findings(SUBJECT, {"xdg": seen}, resting_on(frozenset({"xdg"})))
    assert found.held is None
    assert "gave no answer" in found.seen


def test_a_mimo_that_cannot_be_started_tells_nothing(observe: Observe) -> None:
    """Nor is it an error of ours."""
    seen = observe("", time_limit=0.2)
    assert isinstance(seen.answers[0], Output)
    command = Path("/no/such/mimo")
    bench = Bench(Launcher(command), SHELL, SUBJECT, lambda *_: None)
    (answer,) = bench.observe(frozenset({"xdg"}))["xdg"].answers
    assert isinstance(answer, Silence)


def test_files_that_are_written_are_noted_and_the_key_is_found_in_them(observe: Observe) -> None:
    """Also in one that is too large to be compared."""
    script = (
        'cp "$HOME/.gonkagate/mimo-code/api-key" copy; echo more >> "$HOME/.config/mimocode/mimocode.jsonc"; '
        '(head -c 400000 /dev/zero; cat copy) > "$HOME/large"'
    )
    seen = observe(script, "list")
    assert seen.leaks == ("home/large", "work/copy")
    assert seen.after["home/large"] == b""
    config = "home/.config/mimocode/mimocode.jsonc"
    assert seen.after[config] == seen.before[config] + b"more\n"


def test_what_goes_to_another_address_is_refused_and_noted(observe: Observe) -> None:
    """A prompt to the made-up gateway is answered."""
    talk = (
        "import json, os, urllib.request as u\n"
        "config = json.load(open(os.environ['HOME'] + '/.config/mimocode/mimocode.jsonc'))\n"
        "base = config['provider']['gonkagate']['options']['baseURL']\n"
        "print(u.urlopen(u.Request(base + '/chat/completions', b'{}')).read().decode())\n"
        "for url in ('http://models.example/x', 'https://models.example/y'):\n"
        "    try: u.urlopen(url)\n"
        "    except OSError as error: print('refused', error)\n"
    )
    seen = observe(f'exec python3 -c "{talk}"', "wire")
    (answer,) = seen.answers
    assert isinstance(answer, Output)
    assert b"data: [DONE]" in answer.stdout
    assert answer.stdout.count(b"refused") == 2
    assert [one.path for one in seen.requests] == ["/v1/chat/completions"]
    assert [(one.method, one.path) for one in seen.refused] == [
        ("GET", "http://models.example/x"),
        ("CONNECT", "models.example:443"),
    ]
