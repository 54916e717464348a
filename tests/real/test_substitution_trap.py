"""MiMoCode reads variables and files into a config wherever a text asks for it: none may get there."""

import json

import pytest

from fixtures.canary import CANARY_KEY
from tests.support.documents import SCHEMA_URL
from tests.support.pictures import users_files
from tests.support.refusals import refusal, untouched_by
from tests.support.sandbox import Sandbox

PRIVATE = "the-users-own-secret"


def traps(machine: Sandbox) -> dict[str, str]:
    """Give ids that would read a variable or a file of the user's, were they written into a config."""
    note = machine.home / "note"
    note.write_text(PRIVATE)
    return {"variable": "{env:MINE}", "file": "{file:~/note}", "inside": "acme/{env:MINE}-large"}


@pytest.mark.parametrize("trap", ["variable", "file", "inside"])
def test_the_trap_works_where_somebody_writes_it_by_hand(real_sandbox: Sandbox, trap: str) -> None:
    """As a model's id and as its name MiMoCode puts the user's own secret into what it resolves."""
    text = traps(real_sandbox)[trap]
    model = {"name": text, "limit": {"context": 0, "output": 0}}
    provider = {"npm": "@ai-sdk/openai-compatible", "name": "X", "options": {}, "models": {text: model}}
    real_sandbox.mimo_config_folder.mkdir(parents=True)
    real_sandbox.user_config.write_text(json.dumps({"$schema": SCHEMA_URL, "provider": {"x": provider}}))
    shown = real_sandbox.run_mimo("--pure", "debug", "config", env={"MINE": PRIVATE})
    assert shown.report is not None
    ((identity, resolved),) = shown.report["provider"]["x"]["models"].items()
    assert PRIVATE in identity
    assert PRIVATE in resolved["name"]


@pytest.mark.parametrize("trap", ["variable", "file", "inside"])
def test_the_same_id_in_a_catalog_stops_the_run(real_sandbox: Sandbox, trap: str) -> None:
    """It is shown escaped; nothing is written, and MiMoCode never gets to see it."""
    text = traps(real_sandbox)[trap]
    real_sandbox.gateway.catalog = {"object": "list", "data": [{"id": "good/one"}, {"id": text}]}
    before = users_files(real_sandbox)
    result = real_sandbox.run(
        "apply", "--scope", "user", "--yes", "--json", key=CANARY_KEY, env={"MINE": PRIVATE}
    )
    blocker = refusal(result, "catalog_unsafe")
    assert text in blocker["message"]
    assert PRIVATE not in result.stdout + result.stderr
    assert untouched_by(real_sandbox, before)
