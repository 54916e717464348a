"""The guided set-up at a terminal: what a person sees, types and may take back, screen by screen.

The screens stand in ``tests/screens/guided``. They show the stand-in, whose version and paths never change;
``tests/real/test_guided.py`` goes the same way with the real mimo.
"""

import json
import re
import signal
from pathlib import Path
from typing import Any, Final

import pytest

from fixtures.canary import CANARY_KEY, CANARY_KEY_2, CANARY_MARK
from tests.support.documents import KIMI, QWEN, read, ref
from tests.support.pictures import users_files
from tests.support.refusals import untouched_by
from tests.support.sandbox import Sandbox, make_git_by_hand
from tests.support.screens import (
    BACKSPACE,
    CTRL_C,
    CTRL_D,
    DOWN,
    ENTER,
    ESCAPE,
    PAGE_DOWN,
    UP,
    Album,
    Seat,
    seat,
)

GIVEN: Final = {"GONKAGATE_API_KEY": CANARY_KEY}
KEY: Final = "GonkaGate API key"
SCOPE: Final = "Where should GonkaGate's model become the default?"
MODEL: Final = "Which model?"
CHANGES: Final = "Make these changes? [y/N]"
HINT: Final = "Ctrl-C stop"
"""The end of what is drawn for a question."""
STYLE: Final = re.compile(rb"\x1b\[([\d;]*)m")
COLOURS: Final = frozenset(str(tens + digit) for tens in (30, 40, 90, 100) for digit in range(9))
BIDI: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(name="shop")
def _shop(sandbox: Sandbox) -> Path:
    """Make a project below the home, so that no screen shows where the test runs."""
    folder = sandbox.home / "shop"
    folder.mkdir()
    make_git_by_hand(folder)
    return folder


def _many(count: int = 400) -> dict[str, Any]:
    """Make a catalog of hundreds, with names that are wide, run from right to left, or mean harm."""
    odd = {
        7: {"name": "通义千问 大型语言模型", "description": "擅长中文的模型 支持很长的上下文。"},
        8: {"name": "نموذج اللغة العربية 8", "description": "نموذج لغوي كبير مفتوح المصدر."},
        9: {"name": "מודל שפה 9", "description": "sees \u202enothing"},
        10: {"name": "e\u0301te\u0301 10", "description": "combining marks"},
        11: {"name": "harmful\x1b[2J", "description": "clears the screen \x1b[2J"},
    }
    data = [
        {
            "id": f"vendor-{number % 9}/model-{number:03}",
            "name": f"Model {number}",
            "context_length": 4096 * (1 + number % 32),
            "description": "Good at poems." if number == 321 else "A model like many others.",
            **odd.get(number, {}),
        }
        for number in range(1, count + 1)
    ]
    return {"object": "list", "data": data}


@pytest.mark.parametrize("columns", [60, 120])
def test_the_guided_set_up_from_end_to_end(sandbox: Sandbox, shop: Path, columns: int) -> None:
    """Six stages with their time; nothing is written before the yes; the last line is what to run."""
    before, album = users_files(sandbox), Album(f"guided-{columns}")
    with seat(sandbox, cwd=shop, columns=columns) as there:
        there.wait_for(KEY, HINT)
        assert album.shows("the key", there)
        there.press(CANARY_KEY)
        assert album.shows("the key, typed and not shown", there)
        there.press(ENTER)
        assert album.shows("the scope", there)
        there.press(ENTER)
        assert album.shows("the model", there)
        there.press(DOWN, ENTER)
        assert album.shows("the plan and the question", there)
        assert users_files(sandbox) == before
        there.press("y", ENTER)
        assert there.end() == 0
        assert album.shows("the end", there)
    assert there.text.splitlines()[-1] == "Next: mimo"
    assert CANARY_MARK.encode() not in there.received
    assert read(shop / ".mimocode" / "mimocode.json")["model"] == ref(QWEN)
    assert sandbox.run("status", "--fast", cwd=shop).exit_code == 0


def test_without_a_cursor_the_same_is_asked_line_by_line(sandbox: Sandbox, shop: Path) -> None:
    """TERM=dumb: not one command to the terminal, and the way back is a sign to type."""
    with seat(sandbox, cwd=shop, rows=120, env={"TERM": "dumb"}) as there:
        there.wait_for(KEY)
        there.press("hunter2\n")
        there.wait_for("does not start with gp-.\n2/6  GonkaGate API key")
        there.press(f"{CANARY_KEY}\n")
        there.wait_for("Scope [project]")
        there.press("user\n")
        there.wait_for("Model: number")
        there.press("<\n")
        there.wait_for("Scope [user] (< goes back)")
        there.press("\n")
        there.wait_for("everywhere\n5/6", f"part of it [{KIMI}]")
        there.press("minimax\n")
        there.wait_for("1 match")
        there.press("1\n")
        there.wait_for(CHANGES)
        there.press("y\n")
        assert there.end() == 0
        assert Album("dumb").shows("all of it", there)
    assert b"\x1b" not in there.received
    assert sandbox.run("status", "--fast", cwd=shop).exit_code == 0


@pytest.mark.parametrize(("flags", "env"), [((), {"NO_COLOR": "1"}), (("--no-color",), {}), ((), {})])
def test_colours_can_be_declined(
    sandbox: Sandbox, shop: Path, flags: tuple[str, ...], env: dict[str, str]
) -> None:
    """NO_COLOR and --no-color leave the same screens, without one colour; else there are some."""
    album = Album("guided-120", is_kept_by_another=True)
    with seat(sandbox, *flags, cwd=shop, columns=120, env=env) as there:
        there.wait_for(KEY, HINT)
        there.press(CANARY_KEY, ENTER)
        there.wait_for(SCOPE, HINT)
        there.press(ENTER)
        there.wait_for(MODEL, HINT)
        there.press(DOWN, ENTER)
        assert album.shows("the plan and the question", there)
        there.press("y", ENTER)
        assert there.end() == 0
    styles = [set(found.decode().split(";")) for found in STYLE.findall(there.received)]
    assert any(style & COLOURS for style in styles) is not bool(flags or env)


def test_a_locale_of_ascii_alone_is_spoken_to_in_ascii(sandbox: Sandbox, shop: Path) -> None:
    """LC_ALL=C: signs, and names from the catalog, are spelled in ASCII."""
    sandbox.gateway.catalog = _many(12)
    album = Album("ascii")
    with seat(sandbox, cwd=shop, env={**GIVEN, "LC_ALL": "C"}) as there:
        there.wait_for(SCOPE, HINT)
        assert album.shows("the scope", there)
        there.press(ENTER)
        there.wait_for(MODEL, HINT)
        there.press("007")
        assert album.shows("a model with a Chinese name", there)
        there.press(ENTER)
        there.wait_for(CHANGES, HINT)
        there.press(CTRL_C)
        assert there.end() == 130
    assert there.received.isascii()


@pytest.mark.parametrize("columns", [60, 120])
def test_hundreds_of_models_are_searched_as_one_types(sandbox: Sandbox, shop: Path, columns: int) -> None:
    """By id, name, context length and description; wide and right-to-left names keep to their column."""
    sandbox.gateway.catalog = _many()
    album = Album(f"search-{columns}")
    with seat(sandbox, "--scope", "user", cwd=shop, columns=columns, env=GIVEN) as there:
        there.wait_for(MODEL, HINT)
        assert album.shows("all of them", there)
        there.press(PAGE_DOWN)
        assert album.shows("a page further down", there)
        there.press("poems")
        assert album.shows("by the description", there)
        there.press(BACKSPACE * 5, "vendor-3 131k")
        assert album.shows("by id and context", there)
        there.press(BACKSPACE * 13, "no such model")
        assert album.shows("nothing found", there)
        there.press(ENTER, BACKSPACE * 13, "العربية")
        assert album.shows("a name from right to left", there)
        there.press(BACKSPACE * 7, "通义")
        assert album.shows("a wide name", there)
        there.press(BACKSPACE * 2, "model-03", DOWN, DOWN, UP, ENTER)
        there.wait_for(CHANGES, HINT)
        there.press("y", ENTER)
        assert there.end() == 0
    assert not BIDI.search(there.received.decode())
    assert b"\x1b[2J" not in there.received
    assert read(sandbox.user_config)["model"] == ref("vendor-4/model-031")


def test_every_question_can_be_returned_to(sandbox: Sandbox, shop: Path) -> None:
    """From the plan back to the model, the scope and the key; what is answered last counts."""
    album = Album("back")
    with seat(sandbox, cwd=shop, columns=100) as there:
        there.wait_for(KEY, HINT)
        there.press(ESCAPE)  # nothing is before the first question
        there.press(CANARY_KEY, ENTER)
        there.wait_for(SCOPE, HINT)
        there.press(ENTER)
        there.wait_for(MODEL, HINT)
        there.press(DOWN, ENTER)
        there.wait_for(CHANGES, HINT)
        there.press(ESCAPE)
        there.wait_for(MODEL, HINT)
        there.press(ESCAPE)
        there.wait_for(SCOPE, HINT)
        there.press(ESCAPE)
        there.wait_for(KEY, HINT)
        there.press(CANARY_KEY_2, ENTER)
        there.wait_for(SCOPE, HINT)
        there.press("u", ENTER)
        there.wait_for(MODEL, HINT)
        assert album.shows("the model once more, as it was answered", there)
        there.press(UP, ENTER)
        there.wait_for(CHANGES, HINT)
        there.press("y", ENTER)
        assert there.end() == 0
    assert sandbox.key_file.read_text() == CANARY_KEY_2
    assert read(sandbox.user_config)["model"] == ref(KIMI)
    assert not (shop / ".mimocode").exists()


QUESTIONS: Final = (KEY, SCOPE, MODEL, CHANGES)


def _come_to(there: Seat, question: str) -> None:
    for at, answer in ((KEY, CANARY_KEY + ENTER), (SCOPE, ENTER), (MODEL, ENTER), (CHANGES, "")):
        there.wait_for(at, HINT)
        if at == question:
            return
        there.press(answer)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["ctrl-c", "ctrl-d"])
def test_stopping_at_a_question_leaves_nothing(sandbox: Sandbox, question: str, key: str) -> None:
    """Exit code 130, a sentence, every file as it was, and a terminal that shows what is typed again."""
    before = users_files(sandbox)
    with seat(sandbox) as there:
        _come_to(there, question)
        there.press(key)
        assert there.end() == 130
    assert "nothing is left half done" in " ".join(there.text.split())
    assert "Traceback" not in there.text
    assert there.echoes
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize("question", [KEY, CHANGES])
def test_the_end_of_input_without_a_cursor_leaves_nothing(sandbox: Sandbox, question: str) -> None:
    """Ctrl-D on an empty line, where the key is read without echo and where a line is read."""
    before = users_files(sandbox)
    with seat(sandbox, env={"TERM": "dumb"}) as there:
        for at in (KEY, "Scope [user]", "Model: number", CHANGES):
            there.wait_for(at)
            if at == question:
                break
            there.press(f"{CANARY_KEY}\n" if at == KEY else "\n")
        there.press(CTRL_D)
        assert there.end() == 130
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_a_signal_at_a_question_leaves_nothing(sandbox: Sandbox, number: signal.Signals) -> None:
    """It ends like Ctrl-C, and the terminal is put back as it was found."""
    before = users_files(sandbox)
    with seat(sandbox, env=GIVEN) as there:
        there.wait_for(SCOPE, HINT)
        assert not there.child.getecho(), "the question reads keys by itself"
        there.child.kill(number)
        there.wait_for("interrupted")
        assert there.end() == 130
    assert "What to do: run again" in there.text
    assert there.echoes
    assert b"\x1b[?25h" in there.received.rpartition(b"\x1b[?25l")[2], "the cursor is shown again"
    assert untouched_by(sandbox, before)


def test_a_key_that_is_pasted_too_early_is_taken_and_not_shown(sandbox: Sandbox) -> None:
    """While MiMoCode is still asked; afterwards the terminal shows again what is typed."""
    with seat(sandbox, env={"MIMO_STANDIN_HANG": "version:1"}) as there:
        there.wait_for("asking MiMoCode")
        there.press(CANARY_KEY, ENTER)
        there.wait_for(SCOPE, HINT)
        there.press(CTRL_C)
        assert there.end() == 130
    assert CANARY_MARK.encode() not in there.received
    assert there.echoes


def test_stopping_while_mimo_is_asked_leaves_nothing(sandbox: Sandbox) -> None:
    """Neither a file nor a terminal that shows nothing."""
    before = users_files(sandbox)
    with seat(sandbox, env={"MIMO_STANDIN_HANG": "version:30"}) as there:
        there.wait_for("asking MiMoCode")
        there.press(CTRL_C)
        assert there.end() == 130
    assert there.echoes
    assert untouched_by(sandbox, before)


# The three mistakes of a newcomer


def test_without_mimo_one_is_told_how_to_get_it(sandbox: Sandbox, shop: Path) -> None:
    """Before anything is asked, and nothing is written."""
    (sandbox.bin / "mimo").unlink()
    before = users_files(sandbox)
    with seat(sandbox, cwd=shop) as there:
        assert there.end() == 1
        assert Album("mistake-no-mimo").shows("no mimo on PATH", there)
    assert untouched_by(sandbox, before)


def test_a_wrong_key_can_be_typed_again(sandbox: Sandbox, shop: Path) -> None:
    """A malformed one is told by its form, a refused one by the gateway's answer; the right one goes on."""
    album = Album("mistake-wrong-key")
    with seat(sandbox, cwd=shop) as there:
        there.wait_for(KEY, HINT)
        there.press("sk-or-v1-0123", ENTER)
        assert album.shows("of another form", there)
        there.press(f"{CANARY_KEY} {CANARY_KEY}", ENTER)
        assert album.shows("pasted twice", there)
        there.press("gp-made-up", ENTER)
        assert album.shows("refused by the gateway", there)
        there.press(CANARY_KEY, ENTER)
        assert album.shows("the right one", there)
        there.press(CTRL_C)
        assert there.end() == 130
    assert b"made-up" not in there.received


def test_a_repository_that_overrides_is_told_with_its_place(sandbox: Sandbox, shop: Path) -> None:
    """Its mimocode.json is named with line and column; project scope, which is offered, outranks it."""
    album, theirs = Album("mistake-overriding-repository"), shop / "mimocode.json"
    theirs.write_text('{\n  "model": "acme/writer-1"\n}\n')
    for scope, code in (("user", 4), ("project", 0)):
        with seat(sandbox, cwd=shop, env=GIVEN) as there:
            there.wait_for(SCOPE, HINT)
            there.press(scope[0], ENTER)
            there.wait_for(MODEL, HINT)
            there.press(ENTER)
            there.wait_for(CHANGES, HINT)
            assert album.shows(f"{scope} scope, the plan", there)
            there.press("y", ENTER)
            assert there.end() == code
            assert album.shows(f"{scope} scope, the end", there)


# A key or a model of yesterday


def test_a_stored_key_that_is_refused_is_replaced(sandbox: Sandbox, shop: Path) -> None:
    """Nobody has to know of a flag to get on: another key is asked for, and it is a change of the plan."""
    assert sandbox.run("apply", "--scope", "user", "--yes", key=CANARY_KEY).exit_code == 0
    sandbox.gateway.accepted_keys = {CANARY_KEY_2}
    with seat(sandbox, cwd=shop) as there:
        there.wait_for(KEY, HINT)
        assert Album("refused-stored-key").shows("the key", there)
        there.press(CANARY_KEY_2, ENTER)
        there.wait_for(SCOPE, HINT)
        there.press(ENTER)
        there.wait_for(MODEL, HINT)
        there.press(ENTER)
        there.wait_for(CHANGES, HINT)
        there.press("y", ENTER)
        assert there.end() == 0
    assert sandbox.key_file.read_text() == CANARY_KEY_2


def test_with_yes_a_refused_key_stops_the_run(sandbox: Sandbox, shop: Path) -> None:
    """Also at a terminal: nobody is asked for another one."""
    assert sandbox.run("apply", "--scope", "user", "--yes", key=CANARY_KEY).exit_code == 0
    sandbox.gateway.accepted_keys = {CANARY_KEY_2}
    with seat(sandbox, "apply", "--yes", cwd=shop) as there:
        assert there.end() == 1
    assert "api_key_rejected" in there.text


def test_a_model_that_is_gone_is_chosen_anew(sandbox: Sandbox, shop: Path) -> None:
    """The one that was set up is named as gone; the small model that went with it follows."""
    assert sandbox.run("apply", "--scope", "user", "--yes", key=CANARY_KEY).exit_code == 0
    body = {"data": [{"id": "acme/one", "context_length": 1_000_000}, {"id": "acme/two"}]}
    sandbox.gateway.catalog = json.dumps(body).encode()
    with seat(sandbox, cwd=shop) as there:
        there.wait_for(SCOPE, HINT)
        there.press(ENTER)
        there.wait_for(MODEL, HINT)
        assert Album("model-gone").shows("the model", there)
        there.press("two", ENTER)
        there.wait_for(CHANGES, HINT)
        there.press("y", ENTER)
        assert there.end() == 0
    assert read(sandbox.user_config)["model"] == read(sandbox.user_config)["small_model"] == ref("acme/two")


def test_apply_asks_the_same_way(sandbox: Sandbox, shop: Path) -> None:
    """Key and question alone, without numbers; from the question the way leads back to the key."""
    with seat(sandbox, "apply", cwd=shop) as there:
        there.wait_for(KEY, HINT)
        there.press(CANARY_KEY, ENTER)
        there.wait_for(CHANGES, "Esc back")
        there.press(ESCAPE)
        there.wait_for("nothing typed yet", HINT)
        there.press(CANARY_KEY_2, ENTER)
        there.wait_for(CHANGES, "Esc back")
        there.press("y", ENTER)
        assert there.end() == 0
        assert Album("apply").shows("the end", there)
    assert sandbox.key_file.read_text() == CANARY_KEY_2


def test_a_no_changes_nothing(sandbox: Sandbox, shop: Path) -> None:
    """What is neither yes nor no is asked again; Enter alone is a no."""
    before = users_files(sandbox)
    with seat(sandbox, "apply", cwd=shop, env=GIVEN) as there:
        there.wait_for(CHANGES, HINT)
        there.press("perhaps", ENTER)
        there.wait_for("Please type y or n.")
        there.press(ENTER)
        assert there.end() == 1
    assert "not_confirmed" in there.text
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize("arguments", ["--help", "status", "plan --scope user"])
def test_what_asks_nothing_does_not_wait_for_what_asks(sandbox: Sandbox, arguments: str) -> None:
    """The library for prompts is not even imported at a terminal, until there is a question."""
    profiled = {**GIVEN, "PYTHONPROFILEIMPORTTIME": "1"}
    with seat(sandbox, *arguments.split(), env=profiled) as there:
        there.end()
    assert b"reconciler.cli.app" in there.received
    assert b"prompt_toolkit" not in there.received
