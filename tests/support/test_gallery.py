"""The pictures in the documents show what the program says."""

import re
from html import unescape
from xml.etree import ElementTree as ET

import pytest

from fixtures.canary import CANARY_MARK
from tests.support import gallery
from tests.support.target import REPOSITORY

REFERENCE = re.compile(r"!\[[^\]]+\]\((?:docs/)?pictures/(\w+)\.svg\)")


@pytest.mark.parametrize("name", gallery.SCENES)
def test_a_picture_says_what_its_commands_say(name: str) -> None:
    """Played anew, word for word; where this fails, `just docs-pictures` draws it and you look at it."""
    kept = (gallery.FOLDER / f"{name}.svg").read_text("utf-8")
    assert gallery.words(kept) == gallery.words(gallery.draw(name))


@pytest.mark.parametrize("name", gallery.SCENES)
def test_a_picture_can_be_shown_anywhere(name: str) -> None:
    """It is sound XML, fetches nothing from elsewhere, and holds neither a key nor a path of a machine."""
    kept = (gallery.FOLDER / f"{name}.svg").read_text("utf-8")
    assert ET.fromstring(kept).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own file
    drawn = re.sub(r">[^<]*</text>", "></text>", kept)  # what is merely said may name an address
    assert re.findall(r"https?://[^\"]+", drawn) == ["http://www.w3.org/2000/svg"]
    assert CANARY_MARK not in kept
    # Every path in it begins at the home, and is shown so.
    assert re.findall(r"(?<![~\w./])/\w+", " ".join(gallery.words(kept))) == []


def test_each_picture_is_shown_and_each_that_is_shown_is_drawn() -> None:
    """In some document, with words for those who cannot see it."""
    pages = (REPOSITORY / "README.md", *(REPOSITORY / "docs").glob("*.md"))
    shown = {name for path in pages for name in REFERENCE.findall(path.read_text("utf-8"))}
    assert shown == set(gallery.SCENES) == {path.stem for path in gallery.FOLDER.iterdir()}


def test_the_picture_of_explain_has_the_layers_in_mimocodes_order() -> None:
    """Seven of them, the one that decides marked."""
    said = [unescape(word).replace("\xa0", " ").strip() for word in gallery.words(gallery.draw("explain"))]
    places = [word for word in said if re.fullmatch(r"variable \w+|~\S+:\d+:\d+", word)]
    assert [place.partition(":")[0] for place in places] == [
        "variable MIMOCODE_CONFIG_CONTENT",
        "~/.mimocode/mimocode.json",
        "~/work/shop/.mimocode/mimocode.json",
        "~/work/shop/api/mimocode.json",
        "~/work/shop/mimocode.json",
        "~/trial.json",
        "~/.config/mimocode/mimocode.jsonc",
    ]
    assert said.index("decides") == said.index("variable MIMOCODE_CONFIG_CONTENT") + 1
