"""How the documents become a site: `just docs` builds it, and any doubt of the builder's ends that."""

import tomllib
from pathlib import Path

from reconciler.version import __version__

_PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]

project = _PROJECT["name"]
author = "the authors of mimo-code-setup"
release = version = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
nitpicky = True

# The anchors that GitHub gives headings, so that a link works in both places.
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"{project} {release}"
html_show_copyright = False
html_copy_source = False
