"""Where a run gets its key from without asking anybody: handed in, or stored.

Of a stored one that does not do it is told why, so that a person can be asked for another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, field

from reconciler.commands.world import Stage
from reconciler.engine.problems import Stop
from reconciler.gonkagate import facts
from reconciler.gonkagate import key as keys
from reconciler.records import define, frozen

if TYPE_CHECKING:
    from reconciler.commands.tasks import Task
    from reconciler.commands.world import World
    from reconciler.gonkagate.catalog import Catalog
    from reconciler.gonkagate.key import Key, StoredKey


@frozen
class Accepted:
    """A key that the gateway took, and the catalog that it gave for it."""

    key: Key
    catalog: Catalog


@define
class Given:
    """The key that is there without asking anybody, if there is one; `why` tells why it cannot be used."""

    key: Key | None
    source: str = ""
    may_be_replaced: bool = False
    """Whether a person may be asked for another one in its place."""
    why: Stop | None = field(default=None)

    def tried(self, world: World, answer: Task[Catalog] | None) -> Accepted | None:
        """Wait for the catalog. None where a person has to be asked for another key; raises `Stop`."""
        if self.key is None or answer is None:
            return None
        try:
            catalog = answer.result()
        except Stop as refused:
            if not is_about_the_key(refused):
                raise
            if not self.may_be_replaced:
                raise self._with_its_source(refused) from None
            self.why = refused
            return None
        world.progress.reached(Stage.KEY, self.source)
        world.progress.reached(Stage.CATALOG, count(catalog))
        return Accepted(self.key, catalog)

    def _with_its_source(self, refused: Stop) -> Stop:
        """Say where a refused key came from, since it would come from there again."""
        if facts.KEY_VARIABLE not in self.source:
            return refused
        name = facts.KEY_VARIABLE
        remedy = f"put a valid key into the variable {name}, or unset it: a terminal asks for one then"
        return Stop(tuple(evolve(blocker, remedy=remedy) for blocker in refused.blockers))


def given_key(world: World, stored: StoredKey, *, unattended: bool = False) -> Given:
    """Take the key from where nobody need be asked. Raises `Stop` for one that was handed in and is none.

    `unattended` runs stop at a stored one that does not do, and ask nobody for another.
    """
    if world.stdin is not None or world.environment.get(facts.KEY_VARIABLE):
        key = keys.intake(stream=world.stdin, environment=world.environment, stored=stored, ask=lambda: None)
        source = f"the variable {facts.KEY_VARIABLE}" if world.stdin is None else "standard input"
        return Given(key, f"from {source}")
    if stored.snapshot is None:
        return Given(None)
    try:
        key = keys.intake(stream=None, environment={}, stored=stored, ask=lambda: None)
    except Stop as malformed:
        if unattended:
            raise
        return Given(None, why=malformed)
    return Given(key, "the stored one", may_be_replaced=not unattended)


def is_about_the_key(ending: Stop) -> bool:
    """Whether the gateway refused the key, so that another one would help."""
    return any(blocker.code == facts.Code.API_KEY_REJECTED for blocker in ending.blockers)


def count(catalog: Catalog) -> str:
    """Say what an answer of the gateway's shows."""
    number = len(catalog.models)
    return f"the key is accepted; {number} {'model' if number == 1 else 'models'}"
