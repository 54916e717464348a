"""The documents build into a site, and the builder doubts nothing; what it would doubt stops it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.target import REPOSITORY

DOCS = REPOSITORY / "docs"


def build(documents: Path, into: Path) -> subprocess.CompletedProcess[str]:
    """Build a site as `just docs` does."""
    strict = ("--builder", "html", "--fail-on-warning", "--nitpicky", "--quiet")
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *strict, "--doctree-dir", str(into / "trees"), documents, into],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    """Every link and every anchor leads somewhere, every page is in the contents, and nothing is fetched."""
    done = build(DOCS, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    pages = {path.relative_to(DOCS).with_suffix(".html") for path in DOCS.rglob("*.md")}
    built = {path.relative_to(tmp_path) for path in tmp_path.rglob("*.html")}
    assert pages <= built
    front = (tmp_path / "index.html").read_text("utf-8")
    assert 'src="http' not in front
    assert 'rel="stylesheet" href="http' not in front


@pytest.mark.parametrize(
    "wrong",
    ["[a](no-such-page.md)", "[a](concepts.md#no-such-heading)", "![a](pictures/no-such-picture.svg)"],
)
def test_a_link_that_leads_nowhere_stops_the_build(tmp_path: Path, wrong: str) -> None:
    """The check above is able to fail, for each kind of link."""
    few = tmp_path / "docs"
    few.mkdir()
    for name in ("conf.py", "concepts.md"):
        shutil.copy(DOCS / name, few)
    (few / "concepts.md").write_text("# Concepts\n")
    (few / "index.md").write_text(f"# Front\n\n{wrong}\n\n```{{toctree}}\nconcepts\n```\n")
    conf = few / "conf.py"
    conf.write_text(conf.read_text().replace("Path(__file__).parents[1]", f"Path({str(REPOSITORY)!r})"))
    done = build(few, tmp_path / "site")
    assert done.returncode != 0
    assert "no-such" in done.stderr
