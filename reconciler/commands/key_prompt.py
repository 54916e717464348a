"""Asking a person for the key, until its form is right and the gateway takes it.

Imported only where there is no key, or one that does not do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.commands.asking import KeyQuestion
from reconciler.commands.key_intake import Accepted, count, is_about_the_key
from reconciler.commands.world import Stage
from reconciler.engine.problems import Stop
from reconciler.gonkagate import key as keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.commands.world import World
    from reconciler.gonkagate.catalog import Catalog
    from reconciler.gonkagate.key import Key

_NOBODY: Final = "no key was given and nobody can be asked for one here"
_COPY: Final = "copy the key once more from your GonkaGate account"


def ask_key(world: World, fetch: Callable[[Key], Catalog], why: Stop | None) -> Accepted:
    """Ask for a key until the gateway takes one. `why` tells what is wrong with the one that is stored.

    Raises `Stop` where nobody can be asked.
    """
    complaint = None if why is None else _instead(why)
    while True:
        typed = world.dialogue.ask_key(KeyQuestion(keys.fault, complaint), back=False)
        if typed is None:
            raise why or keys.missing(_NOBODY)
        key = keys.parse(typed, "the prompt")
        world.progress.reached(Stage.KEY, f"{len(typed)} characters, the form is right")
        try:
            with world.told("asking GonkaGate for its models"):
                catalog = fetch(key)
                world.progress.reached(Stage.CATALOG, count(catalog))
        except Stop as refused:
            if not is_about_the_key(refused):
                raise
            complaint = f"{refused.blockers[0].message}: {_COPY}"
        else:
            return Accepted(key, catalog)


def _instead(why: Stop) -> str:
    return f"the stored key does not do: {why.blockers[0].message}; type the one that is to take its place"
