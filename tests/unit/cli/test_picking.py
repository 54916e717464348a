"""The list of models: found by anything that is told of them, in columns that no name can break."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from reconciler.cli.ability import ASCII, UNICODE, Signs
from reconciler.cli.cells import fit, wrapped
from reconciler.cli.picking import Picker, in_thousands, rows_of
from reconciler.commands.asking import ModelQuestion
from reconciler.gonkagate.catalog import Catalog, Model

KIMI = "moonshotai/kimi-k2.6"
MODELS = (
    Model(KIMI, "Kimi K2.6", 262_144, 0, "Writes code."),
    Model("qwen/qwen3", "通义千问 大型语言模型", 131_072, 0, "擅长中文。"),
    Model("arabic/model", "نموذج اللغة 9", 4096, 0, "from right to left"),
    Model("plain/plain", "plain/plain"),
)
# What a catalog lets through as a name: nothing that is control or format.
NAMES = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=60)


def _picker(models: tuple[Model, ...] = MODELS, signs: Signs = UNICODE, default: str = "") -> Picker:
    return Picker(rows_of(ModelQuestion(Catalog(models), default, KIMI), signs), signs, default=default)


def _texts(picker: Picker, width: int, height: int = 24) -> list[str]:
    return ["".join(text for _, text in line) for line in picker.lines(width, height)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", [model.id for model in MODELS]),
        ("KIMI", [KIMI]),
        ("通义", ["qwen/qwen3"]),
        ("262144", [KIMI]),
        ("131k", ["qwen/qwen3"]),
        ("writes code", [KIMI]),
        ("code moonshot", [KIMI]),
        ("plain", ["plain/plain"]),
        ("kimi qwen", []),
        ("\uff4b\uff49mi", [KIMI]),
        ("  ", [model.id for model in MODELS]),
    ],
)
def test_a_search_finds_by_every_field(typed: str, found: list[str]) -> None:
    """Every word must stand in the id, the name, the context length or the description, in any case."""
    picker = _picker()
    picker.search(typed)
    assert [row.id for row in picker.found] == found


def test_the_pointer_stays_in_the_list_and_returns_to_the_default() -> None:
    """It stops at both ends; a search points at the first that is found, none at the default again."""
    picker = _picker(default="qwen/qwen3")

    def pointed() -> str | None:
        return None if picker.pointed is None else picker.pointed.id

    assert pointed() == "qwen/qwen3"
    picker.move(-7)
    assert pointed() == KIMI
    picker.move(99)
    assert pointed() == "plain/plain"
    picker.search("arabic")
    assert pointed() == "arabic/model"
    picker.search("nothing such")
    picker.move(1)
    assert pointed() is None
    picker.search("")
    assert pointed() == "qwen/qwen3"


@given(st.lists(NAMES, min_size=1, max_size=12), st.integers(30, 160), st.integers(5, 60), st.booleans())
def test_no_name_breaks_the_table(names: list[str], width: int, height: int, ascii_only: bool) -> None:  # noqa: FBT001
    """No line is wider than the screen, there are as many for any search, contexts stand in one column."""
    signs = ASCII if ascii_only else UNICODE
    models = tuple(Model(f"vendor/{n}", name or "x", 8192, 0, name) for n, name in enumerate(names))
    picker = _picker(models, signs)
    texts = _texts(picker, width, height)
    assert all(cell_len(text) <= width for text in texts)
    rows = [text for text in texts if "vendor/" in text]
    assert rows
    assert {cell_len(row[: row.index("8k") + 2]) for row in rows} == {
        cell_len(texts[0][: texts[0].index("xt") + 2])
    }
    picker.search("no such thing at all")
    assert len(_texts(picker, width, height)) == len(texts)
    assert not ascii_only or all(text.isascii() for text in texts)


def test_nothing_stands_behind_what_runs_to_the_left() -> None:
    """Of such a row the description stands below the table alone."""
    texts = _texts(_picker(), 120)
    assert texts[0].endswith("Description")
    assert next(text for text in texts if "qwen3" in text).endswith("擅长中文。")
    assert not any("arabic" in text and "from right" in text for text in texts)


def test_the_present_and_the_validated_model_are_marked() -> None:
    """With a legend of the marks that occur."""
    texts = _texts(_picker(), 80)
    assert next(text for text in texts if KIMI in text).startswith("▸ ●✓ moonshotai")
    assert texts[-1].strip() == "● set up now   ✓ tried in MiMoCode by GonkaGate"
    assert _texts(_picker(MODELS[1:2]), 80)[-1].strip() == ""


@pytest.mark.parametrize(
    ("context", "spelled"),
    [
        (0, ""),
        (512, "512"),
        (4096, "4k"),
        (131_072, "131k"),
        (1_000_000, "1M"),
        (1_048_576, "1M"),
        (2_500_000, "2.5M"),
    ],
)
def test_a_context_length_is_spelled_as_people_compare_them(context: int, spelled: str) -> None:
    """In thousands and millions; nothing where none is published."""
    assert in_thousands(context) == spelled


@given(NAMES, st.integers(1, 40))
def test_a_text_fills_its_cells_exactly(text: str, cells: int) -> None:
    """Cut or filled; a wide character at the edge leaves a blank."""
    assert cell_len(fit(text, cells, "…")) == cells


@given(NAMES, st.integers(2, 40))
def test_a_sentence_is_broken_to_its_cells(text: str, cells: int) -> None:
    """No line is wider."""
    assert all(cell_len(line) <= cells for line in wrapped(text, cells))
