"""What a person at a terminal is asked: guided set-up, the hidden key, a no, a Ctrl-C."""

import pytest

from fixtures.canary import CANARY_KEY, CANARY_MARK
from tests.support.cases import standin_case
from tests.support.documents import KIMI, QWEN, read, ref
from tests.support.pictures import own_files, users_files
from tests.support.refusals import untouched_by
from tests.support.sandbox import Sandbox
from tests.support.terminal import GO_AHEAD, KEY_QUESTION, MODEL_QUESTION, terminal

GIVEN = {"GONKAGATE_API_KEY": CANARY_KEY}
DUMB = {"TERM": "dumb"}
"""A terminal that can only print one line after the other."""


def test_the_guided_set_up_asks_for_what_it_needs(sandbox: Sandbox) -> None:
    """Key, scope, model, then the plan and a question; yes sets up. The key is not echoed."""
    with terminal(sandbox, env=DUMB) as session:
        session.wait_for(KEY_QUESTION)
        session.type(CANARY_KEY)
        session.wait_for(r"Scope \[user\]")
        session.type("")
        session.wait_for(MODEL_QUESTION)
        session.type("2")
        session.wait_for(GO_AHEAD)
        assert f'+ model  "{ref(QWEN)}"' in session.text
        assert own_files(sandbox) == [], "nothing is written before the answer"
        session.type("y")
        assert session.end() == 0
    assert CANARY_MARK not in session.screen
    assert sandbox.key_file.read_text() == CANARY_KEY
    assert read(sandbox.user_config)["model"] == ref(QWEN)
    assert sandbox.run("status", "--fast").exit_code == 0


@pytest.mark.standin
def test_answers_that_are_none_are_asked_for_again(sandbox: Sandbox) -> None:
    """A scope that does not exist, a part of a name that matches nothing, then one that matches."""
    with terminal(sandbox, cwd=sandbox.project, env={**GIVEN, **DUMB}) as session:
        session.wait_for(r"Scope \[project\]")
        session.type("galaxy")
        session.wait_for("Please type user or project")
        session.wait_for("Scope")
        session.type("user")
        session.wait_for(MODEL_QUESTION)
        session.type("no such thing")
        session.wait_for("No model matches")
        session.wait_for(MODEL_QUESTION)
        session.type("qwen")
        session.wait_for(MODEL_QUESTION)
        session.type("1")
        session.wait_for(GO_AHEAD)
        session.type("perhaps")
        session.wait_for(GO_AHEAD)
        session.type("yes")
        assert session.end() == 0
    assert read(sandbox.user_config)["model"] == ref(QWEN)
    assert not sandbox.project_config.exists()


@pytest.mark.parametrize("command", ["apply", standin_case("setup")])
@pytest.mark.parametrize("answer", ["n", standin_case(""), standin_case("no")])
def test_a_no_changes_nothing(sandbox: Sandbox, command: str, answer: str) -> None:
    """The default is no; the exit code is 1."""
    arguments = () if command == "setup" else (command,)
    flags = ("--scope", "user", "--model", KIMI)
    before = users_files(sandbox)
    with terminal(sandbox, *arguments, *flags, env=GIVEN) as session:
        session.wait_for(GO_AHEAD)
        session.type(answer)
        assert session.end() == 1
    assert "not_confirmed" in session.screen
    assert untouched_by(sandbox, before)


@pytest.mark.standin
def test_a_no_to_an_uninstall_changes_nothing(sandbox: Sandbox) -> None:
    """The set-up stays; a yes takes it out."""
    assert sandbox.run("apply", "--scope", "user", "--yes", key=CANARY_KEY).exit_code == 0
    before = users_files(sandbox)
    with terminal(sandbox, "uninstall") as session:
        session.wait_for(GO_AHEAD)
        session.type("n")
        assert session.end() == 1
    assert users_files(sandbox) == before
    with terminal(sandbox, "uninstall") as session:
        session.wait_for(GO_AHEAD)
        session.type("y")
        assert session.end() == 0
    assert sandbox.run("status").exit_code == 5


@pytest.mark.parametrize("question", [GO_AHEAD, standin_case(MODEL_QUESTION), KEY_QUESTION])
def test_ctrl_c_at_a_question_changes_nothing(sandbox: Sandbox, question: str) -> None:
    """Exit code 130, told in a sentence and not in a traceback."""
    before = users_files(sandbox)
    arguments = ("apply",) if question == GO_AHEAD else ("--scope", "user")
    with terminal(
        sandbox, *arguments, env={**DUMB, **({} if question == KEY_QUESTION else GIVEN)}
    ) as session:
        session.wait_for(question)
        session.interrupt()
        assert session.end() == 130
    assert "interrupted" in session.screen
    assert "Traceback" not in session.screen
    assert untouched_by(sandbox, before)


@pytest.mark.standin
def test_a_malformed_key_at_the_prompt_is_asked_for_again(sandbox: Sandbox) -> None:
    """What is wrong with it is said, it is not echoed, and nothing is written if no better one comes."""
    before = users_files(sandbox)
    with terminal(sandbox, env=DUMB) as session:
        session.wait_for(KEY_QUESTION)
        session.type(f"sk-{CANARY_MARK}")
        session.wait_for("19 characters: what you typed does not start with gp-")
        session.wait_for(KEY_QUESTION)
        session.interrupt()
        assert session.end() == 130
    assert CANARY_MARK not in session.screen
    assert untouched_by(sandbox, before)


@pytest.mark.parametrize(
    ("flags", "env"), [((), {"NO_COLOR": "1"}), (("--no-color",), {})], ids=["NO_COLOR", "--no-color"]
)
@pytest.mark.standin
def test_colours_can_be_switched_off(sandbox: Sandbox, flags: tuple[str, ...], env: dict[str, str]) -> None:
    """A terminal gets colours, unless they are declined."""
    with terminal(sandbox, "plan", env=GIVEN) as coloured:
        assert coloured.end() == 0
    assert "\x1b[32m" in coloured.screen
    with terminal(sandbox, "plan", *flags, env={**GIVEN, **env}) as plain:
        assert plain.end() == 0
    assert KIMI in plain.screen
    assert not any(
        f"\x1b[{colour}m" in plain.screen for colour in ("31", "32", "33", "36", "1;32", "1;31", "1;33")
    )


@pytest.mark.standin
def test_a_terminal_on_one_side_alone_is_nobody(sandbox: Sandbox) -> None:
    """With the key piped into --api-key-stdin nobody is asked: --yes is needed."""
    result = sandbox.run("apply", "--api-key-stdin", "--json", stdin=CANARY_KEY)
    assert (result.exit_code, result.codes) == (1, ["not_confirmed"])


@pytest.mark.standin
def test_json_in_a_terminal_asks_on_standard_error(sandbox: Sandbox) -> None:
    """The question and the plan are for the person; the last thing that appears is the object."""
    with terminal(sandbox, "apply", "--scope", "user", "--json", env=GIVEN) as session:
        session.wait_for(GO_AHEAD)
        session.type("y")
        assert session.end() == 0
    assert session.screen.rstrip().endswith("}")
    assert '"outcome": "applied"' in session.screen
