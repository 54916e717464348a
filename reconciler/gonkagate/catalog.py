"""The catalog: which models the gateway serves, fetched over HTTPS and checked before anyone uses it.

What comes back is somebody else's text that is to be written into a user's config, where MiMoCode
would replace `{env:…}` and `{file:…}` in it. So ids must match a strict form, and names must be plain.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from typing import TYPE_CHECKING, Final

from attrs import frozen

from reconciler.engine.problems import Place, Warning_, stop
from reconciler.gonkagate.facts import CATALOG_URL, Code

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from reconciler.engine.problems import Stop
    from reconciler.gonkagate.key import Key

SIZE_LIMIT: Final = 16 * 1024 * 1024
COUNT_LIMIT: Final = 20_000
NAME_LIMIT: Final = 200
ID_LIMIT: Final = NAME_LIMIT  # an id stands in for a name that is missing or not plain
LIMIT_CEILING: Final = 2**53 - 1
_CONNECT_LIMIT: Final = 10.0
_READ_LIMIT: Final = 20.0
_TOTAL_LIMIT: Final = 45.0
_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:@+~-]*(?:/[A-Za-z0-9._:@+~-]+)*")
_SOURCE: Final = "catalog"
_PLACE: Final = Place(file=CATALOG_URL)


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


def fetch(key: Key) -> bytes:
    """Ask the gateway for its models and return the answer's body.

    Standard proxy and certificate variables apply; no redirect is followed. Raises `Stop` with
    api_key_rejected, catalog_unreachable, catalog_too_large or catalog_malformed.
    """
    import httpx  # noqa: PLC0415 - slow to import, and most commands never need it

    started = time.monotonic()
    limits = httpx.Timeout(_READ_LIMIT, connect=_CONNECT_LIMIT)
    headers = {"Authorization": f"Bearer {key.reveal()}", "Accept": "application/json"}
    try:
        with (
            httpx.Client(timeout=limits, follow_redirects=False) as client,
            client.stream("GET", CATALOG_URL, headers=headers) as response,
        ):
            _judge_status(response.status_code)
            return _read_bounded(response, started)
    except httpx.HTTPError as error:
        raise _unreachable(f"the gateway cannot be reached ({type(error).__name__})") from None
    except (OSError, ValueError) as error:
        # httpx raises these for a proxy variable or a certificate file that it cannot use.
        raise _unreachable(f"the gateway cannot be reached ({type(error).__name__})") from None


def _read_bounded(response: httpx.Response, started: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > SIZE_LIMIT:
            raise stop(
                Code.CATALOG_TOO_LARGE,
                f"the catalog is larger than {SIZE_LIMIT // 1024 // 1024} MB",
                "nothing was written; tell GonkaGate's support",
                source=_SOURCE,
                place=_PLACE,
            )
        if time.monotonic() - started > _TOTAL_LIMIT:
            raise _unreachable(f"the catalog did not arrive within {_TOTAL_LIMIT:.0f} seconds")
    return bytes(body)


def _judge_status(status: int) -> None:
    if status in (401, 403):
        raise stop(
            Code.API_KEY_REJECTED,
            f"the gateway refuses the key (HTTP {status})",
            "check the key in your GonkaGate account; give another one with --api-key-stdin",
            source="key",
            place=_PLACE,
        )
    if status == 402:  # noqa: PLR2004 - HTTP's own number
        raise _unreachable("the gateway asks for payment (HTTP 402): the account has no balance")
    if status == 429:  # noqa: PLR2004 - HTTP's own number
        raise _unreachable("the gateway says that it was asked too often (HTTP 429)")
    if status in range(300, 400):
        raise _unreachable(f"the gateway answered with a redirect (HTTP {status}), which is not followed")
    if status != 200:  # noqa: PLR2004 - HTTP's own number
        raise _unreachable(f"the gateway answered with HTTP {status}")


def _unreachable(message: str) -> Stop:
    return stop(
        Code.CATALOG_UNREACHABLE,
        message,
        "check your connection (HTTPS_PROXY and SSL_CERT_FILE are honoured), then run again",
        source=_SOURCE,
        place=_PLACE,
    )


def parse(body: bytes, cannot_carry: Callable[[str], bool]) -> Catalog:
    """Check an answer and make a catalog of it.

    `cannot_carry` names harmless ids that the target cannot hold; they are left out with a warning.
    Raises `Stop` with catalog_malformed, catalog_empty, catalog_too_large or catalog_unsafe.
    """
    entries = _entries(body)
    if len(entries) > COUNT_LIMIT:
        raise stop(
            Code.CATALOG_TOO_LARGE,
            f"the catalog lists {len(entries)} models; more than {COUNT_LIMIT} are not taken",
            "nothing was written; tell GonkaGate's support",
            source=_SOURCE,
            place=_PLACE,
        )
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
        raise stop(
            Code.CATALOG_EMPTY,
            "the gateway lists no model that could be used",
            "look into your GonkaGate account, then run again",
            source=_SOURCE,
            place=_PLACE,
        )
    return Catalog(tuple(models.values()), tuple(warnings))


def _entries(body: bytes) -> list[object]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise _malformed("is not JSON") from None
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list):
        raise _malformed('has no list under "data"')
    return data


def _malformed(what: str) -> Stop:
    return stop(
        Code.CATALOG_MALFORMED,
        f"the gateway's answer {what}",
        "nothing was written; if a proxy stands between, see that it hands the answer on unchanged",
        source=_SOURCE,
        place=_PLACE,
    )


def _model(entry: object, number: int, warnings: list[Warning_]) -> Model:
    if not isinstance(entry, dict):
        raise _malformed(f"holds something else than an object at data[{number}]")
    identity = entry.get("id")
    if not isinstance(identity, str) or not identity:
        raise _malformed(f"has no id at data[{number}]")
    if len(identity) > ID_LIMIT or _ID.fullmatch(identity) is None:
        raise stop(
            Code.CATALOG_UNSAFE,
            f"the id at data[{number}] is not safe to write into a config: {identity[:80]!a}",
            "nothing was written; tell GonkaGate's support",
            source=_SOURCE,
            place=_PLACE,
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


def is_plain(text: str) -> bool:
    """Whether a text may stand in a config and on a terminal: printable, short, nothing to substitute."""
    if len(text) > NAME_LIMIT or "{env:" in text or "{file:" in text:
        return False
    return all(unicodedata.category(char)[0] != "C" and char not in "\u2028\u2029" for char in text)
