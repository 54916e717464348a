"""Reading agrees with jsonc-parser 3.3.1, the parser MiMoCode uses, but for the differences listed here.

The generated texts are 5,000; JSONC_FUZZ=200000 makes them as many as one likes.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

import pytest

from fixtures.jsonc.canonical import canonical
from fixtures.jsonc.generator import documents
from fixtures.jsonc.oracle import start_oracle
from fixtures.jsonc.record_verdicts import (
    BOM,
    CORPUS,
    CORPUS_VERDICTS,
    COUNT,
    GENERATED_VERDICTS,
    SEED,
    corpus_verdicts,
    generated_verdicts,
    line,
)
from reconciler.jsonc import JsoncError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.jsonc.oracle import Oracle

FUZZ: Final = int(os.environ.get("JSONC_FUZZ", "0"))
BATCH: Final = 500

RECORDED: Final[dict[str, str | None]] = json.loads(CORPUS_VERDICTS.read_text(encoding="utf-8"))

# Where we differ, and why.
REFUSED_BY_US: Final = (  # invalid UTF-8, which MiMoCode reads with replacement characters
    "i_string_UTF-8_invalid_sequence.json",
    "i_string_UTF8_surrogate_U+D800.json",
    "i_string_invalid_utf-8.json",
    "i_string_iso_latin_1.json",
    "i_string_lone_utf8_continuation_byte.json",
    "i_string_not_in_unicode_range.json",
    "i_string_overlong_sequence_2_bytes.json",
    "i_string_overlong_sequence_6_bytes.json",
    "i_string_overlong_sequence_6_bytes_null.json",
    "i_string_truncated-utf-8.json",
    "n_object_lone_continuation_byte_in_key_and_trailing_comma.json",
)
READ_BY_US: Final = {
    "i_structure_UTF-8_BOM_empty_object.json": "MiMoCode takes the byte order mark off before it parses",
    "n_structure_no_data.json": "MiMoCode reads a file of no bytes as {} and parses nothing",
}


def ours(text: bytes) -> str | None:
    """Give what we read in canonical notation, None where we refuse it."""
    try:
        return canonical(parse(text).value)
    except JsoncError:
        return None


def listed_refusal(text: bytes) -> bool:
    """Tell whether we refuse a text for one of the two reasons that are ours alone."""
    try:
        parse(text)
    except JsoncError as error:
        return error.message in ("the file is not valid UTF-8", "nested deeper than 512 levels")
    return False


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle | None]:
    """Start the parser once; None where Node is not to be had."""
    started = start_oracle()
    if started is None:
        yield None
        return
    with started:
        yield started


def test_the_corpus_is_whole() -> None:
    """Each of its 318 texts has a recorded verdict."""
    assert len(RECORDED) == 318
    assert {path.name for path in CORPUS.iterdir()} == set(RECORDED)


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_a_corpus_text_reads_as_recorded_from_the_oracle(name: str) -> None:
    """Same verdict, same value, but for the differences listed above."""
    text = (CORPUS / name).read_bytes()
    recorded, read = RECORDED[name], ours(text)
    if name in REFUSED_BY_US:
        assert read is None
        assert recorded is not None
        assert listed_refusal(text)
    elif name in READ_BY_US:
        assert read == '["o"]'
        assert recorded is None
    else:
        assert read == recorded


def test_the_recorded_corpus_is_what_the_oracle_says(oracle: Oracle | None) -> None:
    """Where Node is, the table is proved; where it is not, the table stands in."""
    assert oracle is None or corpus_verdicts(oracle) == RECORDED


def test_the_oracle_is_no_strict_parser() -> None:
    """It accepts seven texts that a strict parser refuses, and refuses four that one may take or leave."""
    accepted = [name for name, verdict in RECORDED.items() if name.startswith("n_") and verdict]
    refused = [name for name, verdict in RECORDED.items() if name.startswith("i_") and not verdict]
    assert (len(accepted), len(refused)) == (7, 4)
    assert all(verdict for name, verdict in RECORDED.items() if name.startswith("y_"))


def test_the_recorded_generated_verdicts_are_what_the_oracle_says(oracle: Oracle | None) -> None:
    """Where Node is, these recordings are proved as well."""
    recorded = GENERATED_VERDICTS.read_text(encoding="utf-8").splitlines()
    assert len(recorded) == COUNT
    assert oracle is None or generated_verdicts(oracle, list(documents(SEED, COUNT))) == recorded


def test_generated_texts_read_as_recorded_from_the_oracle() -> None:
    """Same verdict, same value for 5,000 texts, about half of them damaged, without Node."""
    recorded = GENERATED_VERDICTS.read_text(encoding="utf-8").splitlines()
    accepted = 0
    for text, verdict in zip(documents(SEED, COUNT), recorded, strict=True):
        if text.removeprefix(BOM) and not listed_refusal(text):
            assert line(text, ours(text)) == verdict, text
            accepted += not verdict.endswith("refused")
    assert COUNT * 0.4 < accepted < COUNT * 0.8


def test_generated_texts_read_as_the_oracle_reads_them(oracle: Oracle | None) -> None:
    """Same verdict, same value for as many texts as one likes."""
    if oracle is None:
        return  # the recordings above stand in
    fresh = documents(SEED + FUZZ, FUZZ) if FUZZ else documents(SEED, COUNT)
    batch: list[bytes] = []
    compared = 0
    for text in fresh:
        batch.append(text)
        if len(batch) == BATCH:
            compared += compare(oracle, batch)
            batch = []
    compared += compare(oracle, batch)
    assert compared > (FUZZ or COUNT) * 0.9


def compare(oracle: Oracle, texts: list[bytes]) -> int:
    """Compare a batch with the oracle; give how many were not listed refusals."""
    compared = 0
    answers = oracle.verdicts([text.removeprefix(BOM) for text in texts])
    for text, answer in zip(texts, answers, strict=True):
        if text.removeprefix(BOM) and not listed_refusal(text):
            assert ours(text) == answer, text
            compared += 1
    return compared
