"""Where the value of a key comes from: MiMoCode's layers one above the other, and what of them is ours.

Pure functions of layers and claims. What is handed out is spelled as the layers spell it, and masked.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve, field

from reconciler.commands.report import Explanation, LayerValue
from reconciler.engine.values import ABSENT, Absent, look_up, same
from reconciler.mimocode.merging import decides, resolved, stack
from reconciler.mimocode.secrecy import masked
from reconciler.mimocode.substitution import SUBSTITUTED
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from reconciler.engine.claims import Holding
    from reconciler.engine.values import Json, KeyPath
    from reconciler.mimocode.layers import Layer


@frozen(eq=False)
class Stack:
    """All layers of one environment and folder, the strongest first."""

    layers: tuple[Layer, ...]

    @cached_property
    def _resolved(self) -> dict[str, Json]:
        return resolved(self.layers)

    @cached_property
    def _spelled(self) -> dict[str, Json]:
        """What would come of the layers as they are spelled: it may be shown wherever they may be."""
        return resolved(tuple(evolve(layer, filled=None) for layer in self.layers))

    def value(self, key: KeyPath) -> Json | Absent:
        """Return what MiMoCode resolves for a key. It may be a secret: compare it."""
        return look_up(self._resolved, key)

    def shown(self, key: KeyPath) -> Json | Absent:
        """Return what may be shown of that."""
        value, first = self.value(key), decides(self.layers, key)
        if first is None or isinstance(value, Absent):
            return ABSENT
        if same(first.value(key), value):
            return masked(key, first.shown(key))
        spelled = look_up(self._spelled, key)
        return SUBSTITUTED if isinstance(spelled, Absent) else masked(key, spelled)

    def deciding(self, key: KeyPath) -> tuple[Layer, ...]:
        """Return the layers that the resolved value comes from: one, or several where they are merged."""
        value, first = self.value(key), decides(self.layers, key)
        if first is None or isinstance(value, Absent):
            return ()
        if same(first.value(key), value):
            return (first,)
        said = stack(self.layers, key)
        if isinstance(value, dict):
            return tuple(
                one for one in said if any(decides(self.layers, leaf) is one for leaf in leaves(one, key))
            )
        return said


def leaves(layer: Layer, key: KeyPath) -> Iterator[KeyPath]:
    """Give every key at or below a key at which a layer has anything but an object with members."""
    todo = [(key, layer.value(key))]
    while todo:
        here, value = todo.pop()
        if isinstance(value, dict) and value:
            todo += (((*here, name), inner) for name, inner in value.items())
        elif not isinstance(value, Absent):
            yield here


@frozen
class Share:
    """What we hold in one file, and which of its keys are no longer as we applied them."""

    held: Holding
    drifted: frozenset[KeyPath] = field(factory=frozenset)

    def claims(self, key: KeyPath) -> dict[KeyPath, Json]:
        """Return the applied values at and below a key."""
        depth = len(key)
        return {claim.key: claim.applied for claim in self.held.claims if claim.key[:depth] == key}

    def applied(self, key: KeyPath) -> Json | Absent:
        """Return the applied value of a key, put together where the claims lie below it."""
        claims = self.claims(key)
        if not claims:
            return ABSENT
        if key in claims:
            return masked(key, claims[key])
        tree: dict[str, Json] = {}
        for claimed, value in claims.items():
            here = tree
            for name in claimed[len(key) : -1]:
                inner = here.setdefault(name, {})
                assert isinstance(inner, dict)  # noqa: S101 - no claim lies below another
                here = inner
            here[claimed[-1]] = value
        return masked(key, tree)


def explanation(key: KeyPath, now: Stack, without_us: Stack, shares: Mapping[Path, Share]) -> Explanation:
    """Explain one key. `shares` tells what is ours in which file, those that are no layers here included."""
    deciding = now.deciding(key)
    told = tuple(_told(key, layer, shares, deciding) for layer in stack(now.layers, key))
    ranked = dict.fromkeys((*(layer.file for layer in now.layers if layer.file in shares), *shares))
    mine = [shares[file] for file in ranked if file is not None and shares[file].claims(key)]
    return Explanation(
        key,
        in_force=now.shown(key),
        without_us=without_us.shown(key),
        claimed=bool(mine),
        applied=mine[0].applied(key) if mine else ABSENT,
        layers=told,
    )


def _told(
    key: KeyPath, layer: Layer, shares: Mapping[Path, Share], deciding: tuple[Layer, ...]
) -> LayerValue:
    share = None if layer.file is None else shares.get(layer.file)
    claims = {} if share is None else share.claims(key)
    return LayerValue(
        layer.kind.replace(" ", "_"),
        evolve(layer.place(key), variable=layer.variable if layer.file is None else None),
        masked(key, layer.shown(key)),
        ours=bool(claims),
        decides=any(layer is one for one in deciding),
        named_by=None if layer.file is None else layer.variable,
        drifted=share is not None and not share.drifted.isdisjoint(claims),
    )
