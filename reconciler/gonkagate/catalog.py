"""The catalog: which models the gateway serves, checked before anyone uses it.

What comes back is somebody else's text that is to be written into a user's config, where MiMoCode
would replace `{env:…}` and `{file:…}` in it. So ids must match a strict form, and names must be plain.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from reconciler.engine.problems import Warning_
from reconciler.gonkagate.facts import Code
from reconciler.gonkagate.refusals import TELL_SUPPORT, malformed, refused, too_large
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Callable


COUNT_LIMIT: Final = 20_000
PARTS_LIMIT: Final = 1_000_000
"""How many values an answer may have: each takes memory, whatever its text takes."""
WARNINGS_LIMIT: Final = 20
NAME_LIMIT: Final = 200
ID_LIMIT: Final = NAME_LIMIT  # an id stands in for a name that is missing or not plain
LIMIT_CEILING: Final = 2**53 - 1
_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:@+~-]*(?:/(?!\.+(?:/|$))[A-Za-z0-9._:@+~-]+)*")
"""No part of dots alone, which a program that makes a path or an address of an id would walk up by."""


@frozen
class Model:
    """One model of the catalog. A limit is 0 when the catalog publishes none."""

    id: str
    name: str
    context: int = 0
    output: int = 0
    description: str = ""


@frozen
class Catalog:
    """The models in the catalog's order, and what the user should know of those left out."""

    models: tuple[Model, ...]
    warnings: tuple[Warning_, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, in order."""
        return tuple(model.id for model in self.models)


def parse(body: bytes, cannot_carry: Callable[[str], bool]) -> Catalog:
    """Check an answer and make a catalog of it.

    `cannot_carry` names harmless ids that the target cannot hold; they are left out with a warning.
    Raises `Stop` with catalog_malformed, catalog_empty, catalog_too_large or catalog_unsafe.
    """
    entries = _entries(body)
    if len(entries) > COUNT_LIMIT:
        raise too_large(f"the catalog lists {len(entries)} models; more than {COUNT_LIMIT} are not taken")
    models: dict[str, Model] = {}
    warnings: list[Warning_] = []
    for number, entry in enumerate(entries):
        model = _model(entry, number, warnings)
        if cannot_carry(model.id):
            warnings.append(Warning_(f"the model {model.id} is left out: MiMoCode cannot carry its id"))
        elif model.id not in models:
            models[model.id] = model
        else:
            warnings.append(Warning_(f"the catalog lists {model.id} more than once; its first entry counts"))
    if not models:
        raise refused(
            Code.CATALOG_EMPTY,
            "the gateway lists no model that could be used",
            "look into your GonkaGate account, then run again",
        )
    return Catalog(tuple(models.values()), _folded(warnings))


def _folded(warnings: list[Warning_]) -> tuple[Warning_, ...]:
    """Keep a list of thousands of oddities readable."""
    if len(warnings) <= WARNINGS_LIMIT:
        return tuple(warnings)
    rest = len(warnings) - WARNINGS_LIMIT
    return (
        *warnings[:WARNINGS_LIMIT],
        Warning_(f"and {rest} more of the catalog's models are odd like these"),
    )


def _entries(body: bytes) -> list[object]:
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > PARTS_LIMIT:
        raise too_large(f"the catalog has more than {PARTS_LIMIT} parts")
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise malformed("is not JSON") from None
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list):
        raise malformed('has no list under "data"')
    return data


def _model(entry: object, number: int, warnings: list[Warning_]) -> Model:
    if not isinstance(entry, dict):
        raise malformed(f"holds something else than an object at data[{number}]")
    identity = entry.get("id")
    if not isinstance(identity, str) or not identity:
        raise malformed(f"has no id at data[{number}]")
    if not is_id(identity):
        raise refused(
            Code.CATALOG_UNSAFE,
            f"the id at data[{number}] is not safe to write into a config: {identity[:80]!a}",
            TELL_SUPPORT,
        )
    name = entry.get("name")
    if not isinstance(name, str) or not name:
        name = identity
    elif not is_plain(name):
        warnings.append(Warning_(f"the name of {identity} is not plain text; its id is shown instead"))
        name = identity
    description = entry.get("description")
    return Model(
        identity,
        name,
        _limit(entry.get("context_length")),
        _limit(entry.get("max_output_tokens")),
        description if isinstance(description, str) and is_plain(description) else "",
    )


def _limit(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LIMIT_CEILING:
        return 0
    return value


def is_id(text: str) -> bool:
    """Whether a text has the form of a model's id that we take."""
    return len(text) <= ID_LIMIT and _ID.fullmatch(text) is not None


def is_plain(text: str) -> bool:
    """Whether a text may stand in a config and on a terminal: printable, short, nothing to substitute."""
    if len(text) > NAME_LIMIT or "{env:" in text or "{file:" in text:
        return False
    return all(unicodedata.category(char)[0] != "C" and char not in "\u2028\u2029" for char in text)
