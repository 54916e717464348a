"""The workflow for three systems cannot be run here; that it is one, and names what is there, can be seen."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.support.licences import project
from tests.support.target import REPOSITORY

WORKFLOW: Final = REPOSITORY / ".github" / "workflows" / "test.yml"
TEXT: Final = WORKFLOW.read_text("utf-8")


def is_valid(file: Path) -> bool:
    """Hold a workflow against GitHub's published schema, which comes with the checker."""
    checker = shutil.which("check-jsonschema")
    assert checker is not None
    command = [checker, "--quiet", "--builtin-schema", "vendor.github-workflows", str(file)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def test_it_has_the_form_of_a_workflow(tmp_path: Path) -> None:
    """By GitHub's schema, which finds a misspelled key as well."""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(TEXT.replace("runs-on:", "runs_on:"))
    assert (is_valid(WORKFLOW), is_valid(wrong)) == (True, False)


def test_its_recipes_and_tests_are_there() -> None:
    """Every recipe of `just` that it starts, and every path of a test."""
    recipes = {name for line in re.findall(r"just (.+)", TEXT) for name in line.split()}
    justfile = (REPOSITORY / "justfile").read_text("utf-8")
    assert recipes >= {"lint", "test-fast"}
    assert [name for name in recipes if not re.search(rf"^{name}:", justfile, re.MULTILINE)] == []
    named = re.findall(r"tests/[\w/.]+", TEXT)
    assert named
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


def test_it_runs_on_three_systems_with_the_oldest_python_too() -> None:
    """The one that pyproject.toml promises."""
    assert set(re.findall(r"\b(ubuntu|macos|windows)-latest", TEXT)) == {"ubuntu", "macos", "windows"}
    oldest = project()["project"]["requires-python"].removeprefix(">=")
    assert all(f'"{oldest}"' in line for line in re.findall(r"python: \[(.+)\]", TEXT))
