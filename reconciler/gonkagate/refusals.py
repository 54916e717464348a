"""How the gateway and its catalog are refused: blockers whose place is the catalog's address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.engine.problems import Place, stop
from reconciler.gonkagate.facts import CATALOG_URL, Code

if TYPE_CHECKING:
    from reconciler.engine.problems import Stop

TELL_SUPPORT: Final = "nothing was written; tell GonkaGate's support"
_PLACE: Final = Place(file=CATALOG_URL)


def unreachable(message: str) -> Stop:
    """Make the blocker for a catalog that did not come."""
    remedy = "check your connection (HTTPS_PROXY and SSL_CERT_FILE are honoured), then run again"
    return refused(Code.CATALOG_UNREACHABLE, message, remedy)


def malformed(what: str) -> Stop:
    """Make the blocker for an answer that is no catalog."""
    remedy = "see what stands between you and the gateway (a proxy, a login page), then run again"
    return refused(Code.CATALOG_MALFORMED, f"the gateway's answer {what}", remedy)


def too_large(message: str) -> Stop:
    """Make the blocker for more than is taken."""
    return refused(Code.CATALOG_TOO_LARGE, message, TELL_SUPPORT)


def refused(code: Code, message: str, remedy: str, source: str = "catalog") -> Stop:
    """Make a blocker whose place is the catalog's address."""
    return stop(code, message, remedy, source=source, place=_PLACE)
