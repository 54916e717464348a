"""What MiMoCode must send when it works: one judge for each probe of that."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from reconciler.mimocode.audit.cases import held
from reconciler.mimocode.audit.experiments import OTHER_KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.engine.values import Json
    from reconciler.mimocode.audit.cases import Case, Told

_CACHE_KEY: Final = re.compile(rb'"prompt_?cache_?key"', re.IGNORECASE)


def where_asked(judge: Callable[[Case], Told]) -> Callable[[Case], Told]:
    """Let a probe be judged only where a request came."""

    def judged(case: Case) -> Told:
        return judge(case) if case.seen.requests else case.silence()

    return judged


def _bodies(case: Case) -> list[dict[str, Json]]:
    found = []
    for request in case.seen.requests:
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            body = None
        found.append(body if isinstance(body, dict) else {})
    return found


def wire_request(case: Case) -> Told:
    """Judge method, address and form."""
    asked = case.seen.requests
    if not asked and case.answer() is None:
        return case.silence()
    streams = any(body.get("stream") is True for body in _bodies(case))
    right = bool(asked) and streams and all(one.path == "/v1/chat/completions" for one in asked)
    told = [f"{one.method} {one.path}" for one in (*asked, *case.seen.refused)]
    return held(so=right, otherwise="asked: " + (", ".join(dict.fromkeys(told)) or "nothing"))


def _authorized(case: Case, keys: tuple[str, ...]) -> bool:
    return all(one.header("authorization") in [f"Bearer {key}" for key in keys] for one in case.seen.requests)


def wire_bearer(case: Case) -> Told:
    """Judge the header."""
    right = _authorized(case, (case.subject.secret, OTHER_KEY))
    return held(so=right, otherwise="a request without a key in that header")


def wire_key_source(case: Case) -> Told:
    """Judge which of two keys was sent."""
    other = any(one.holds(OTHER_KEY) for one in case.seen.requests)
    return held(so=not other, otherwise="the key of MiMoCode's own store was sent")


def wire_model(case: Case) -> Told:
    """Judge the model that was named."""
    named = {str(body.get("model")) for body in _bodies(case)}
    return held(so=named <= set(case.subject.models), otherwise="named: " + ", ".join(sorted(named)))


def wire_no_cache_key(case: Case) -> Told:
    """Judge the bodies."""
    found = [match[0] for one in case.seen.requests for match in [_CACHE_KEY.search(one.body)] if match]
    return held(so=not found, otherwise="sent: " + ", ".join(sorted({one.decode() for one in found})))


def key_stays(case: Case) -> Told:
    """Judge where the key got to besides."""
    elsewhere = [one.path for one in case.seen.refused if one.holds(case.subject.secret)]
    places = [*case.seen.leaks, *elsewhere]
    return held(so=not places, otherwise="the key is in: " + ", ".join(places))
