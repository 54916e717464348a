"""The guided set-up with the real mimo, as a person at a terminal goes through it."""

from pathlib import Path

import pytest

from fixtures.canary import CANARY_KEY, CANARY_MARK
from tests.support.documents import KIMI, read, ref
from tests.support.pictures import users_files
from tests.support.sandbox import Sandbox, make_git
from tests.support.screens import DOWN, ENTER, ESCAPE, UP, seat

HINT = "Ctrl-C stop"


@pytest.fixture(name="shop")
def _shop(real_sandbox: Sandbox) -> Path:
    """Make a project with a config of its own, which sets another model in a file that ours outranks."""
    folder = real_sandbox.home / "shop"
    folder.mkdir()
    make_git(folder)
    (folder / "mimocode.json").write_text('{"model": "acme/writer-1"}\n')
    return folder


def test_a_newcomer_succeeds_at_a_terminal(real_sandbox: Sandbox, shop: Path) -> None:
    """A wrong key, a look back, a yes: plain mimo then resolves GonkaGate's model in the project."""
    before = users_files(real_sandbox)
    with seat(real_sandbox, cwd=shop, columns=100) as there:
        there.wait_for("1/6  MiMoCode 0.1.15", "GonkaGate API key", HINT)
        there.press("gp-made-up", ENTER)
        there.wait_for("refuses the key", "nothing typed yet", HINT)
        there.press(CANARY_KEY, ENTER)
        there.wait_for(
            "Where should GonkaGate's model become the default?", "~/shop/.mimocode/mimocode.json", HINT
        )
        there.press(ENTER)
        there.wait_for("Which model?", HINT)
        there.press(DOWN, UP, ENTER)
        there.wait_for("Make these changes?", HINT)
        there.press(ESCAPE)
        there.wait_for("Which model?", HINT)
        there.press("kimi", ENTER)
        there.wait_for("Make these changes?", HINT)
        assert users_files(real_sandbox) == before, "nothing is written before the yes"
        there.press("y", ENTER)
        assert there.end() == 0
    assert there.text.splitlines()[-1] == "Next: mimo"
    assert CANARY_MARK.encode() not in there.received
    assert read(shop / ".mimocode" / "mimocode.json")["model"] == ref(KIMI)
    assert real_sandbox.resolved(cwd=shop)["model"] == ref(KIMI)
