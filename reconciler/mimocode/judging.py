"""Which layer is to blame where a configuration is not as expected, and what to do about it.

One evaluation for two configurations: the one that MiMoCode answers with, and the one that its layers will
come to. Of the first the answer decides, and our model of the layers only finds the name, the line and the
column. Of the second it tells only what a layer says in plain text, and leaves the rest to MiMoCode.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from reconciler.engine.problems import Blocker, Place
from reconciler.engine.values import Absent, key_text, same
from reconciler.mimocode import gates, merging
from reconciler.mimocode.expectations import mismatches, secret_mismatch
from reconciler.mimocode.facts import COMMAND, Code
from reconciler.mimocode.secrecy import masked
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from reconciler.engine.values import Json, KeyPath
    from reconciler.mimocode.expectations import Expectations, Mismatch
    from reconciler.mimocode.gates import Finding
    from reconciler.mimocode.layers import Layer
    from reconciler.mimocode.signs import Sign

_SHOWN: Final = 5
_EXAMINED: Final = 50
_AGAIN: Final = "then run again"


@frozen
class Judgement:
    """What is not as it must be, each with the layer that decides it."""

    blockers: tuple[Blocker, ...] = ()
    key_is_ours: bool = True
    """Whether the key comes from our binding, whatever its value: an equal key from elsewhere is a trap."""
    wrong: bool = False
    """Whether more is wrong than where the key comes from."""
    closed: bool = False
    """Whether a gate keeps the provider or a chosen model out."""
    unsure: bool = False
    """Whether something is decided by what only MiMoCode can judge."""


def judge(
    resolved: Mapping[str, Json],
    expectations: Expectations,
    layers: tuple[Layer, ...],
    *,
    secret_held: bool = True,
    signs: tuple[Sign, ...] = (),
) -> Judgement:
    """Judge MiMoCode's own answer.

    `secret_held` tells whether the key file holds the key, `signs` what speaks for layers out of sight.
    """
    bench = Bench(expectations, layers, signs)
    secret = secret_mismatch(resolved, expectations)
    wrong = (*mismatches(resolved, expectations), *(() if secret is None else (secret,)))
    told = [bench.blocker(one) for one in gates.closed(resolved, expectations)]
    told += bench.blame(wrong, secret_held=secret_held)
    told += [bench.blocker(one) for one in gates.rivals(resolved, expectations)]
    if not bench.key_is_ours and not told:
        return Judgement((bench.foreign_key(),), key_is_ours=False)
    return Judgement(tuple(told), bench.key_is_ours, wrong=bool(told))


def foresee(
    expectations: Expectations, layers: tuple[Layer, ...], *, secret_held: bool = True, listed: bool = True
) -> Judgement:
    """Judge what layers come to, without asking MiMoCode. What cannot be told for sure is no blocker.

    `listed` tells whether every model must be listed, not only those that are chosen.
    """
    bench = Bench(expectations, layers, foreseen=True)
    resolved = merging.resolved(layers)
    wrong = tuple(bench.a_few(mismatches(resolved, expectations)))
    sure = [one for one in wrong if bench.is_sure(one.key) and not bench.is_hidden(one)]
    closed = gates.closed(resolved, expectations)
    found = (*closed, *gates.rivals(resolved, expectations))
    if listed:
        found = (*found, *gates.hidden(resolved, expectations))
    certain = [one for one in found if bench.is_sure(one.key, whatever=one.whatever)]
    told = [*map(bench.blocker, certain), *bench.blame(sure)]
    key_is_sure = bench.is_sure(expectations.secret_key)
    if not secret_held:
        told.append(bench.key_file())
    elif key_is_sure and not bench.key_is_ours:
        told.append(bench.foreign_key())
    return Judgement(
        tuple(told),
        bench.key_is_ours,
        wrong=bool(told),
        closed=any(one in closed for one in certain),
        unsure=len(sure) < len(wrong) or len(certain) < len(found) or not key_is_sure,
    )


def explained(
    findings: Iterable[Finding], expectations: Expectations, layers: tuple[Layer, ...]
) -> tuple[Blocker, ...]:
    """Give findings in MiMoCode's own answer their places."""
    return tuple(map(Bench(expectations, layers).blocker, findings))


@frozen
class Bench:
    """The layers that a configuration comes of, and the words for what is wrong with it."""

    expectations: Expectations
    layers: tuple[Layer, ...]
    signs: tuple[Sign, ...] = ()
    foreseen: bool = False
    """Whether the configuration is what will be, and not what MiMoCode said."""

    def decider(self, key: KeyPath) -> Layer | None:
        """Return the layer that decides a key."""
        return merging.decides(self.layers, key)

    def is_sure(self, key: KeyPath, *, whatever: bool = False) -> bool:
        """Whether our model can tell which layer decides a key, and what it says unless that is all one."""
        for layer in self.layers:
            if layer.parsed is None:
                return False
            if not isinstance(layer.value(key), Absent):
                spelled = whatever and layer.tree is not None and layer.tree.node(key) is not None
                return spelled or self._is_binding(layer, key) or _is_plain(layer, key)
        return True

    def _is_binding(self, layer: Layer, key: KeyPath) -> bool:
        """Whether this is our own reference to the key file, whose content is looked at apart."""
        return key == self.expectations.secret_key and layer.file in self.expectations.ours

    def is_hidden(self, mismatch: Mismatch) -> bool:
        """Whether some layer has a key that does not come out: one above holds no object in its place."""
        return isinstance(mismatch.found, Absent) and bool(merging.stack(self.layers, mismatch.key))

    @property
    def key_is_ours(self) -> bool:
        """Whether the key comes from our binding."""
        source = self.decider(self.expectations.secret_key)
        return source is not None and self._is_binding(source, self.expectations.secret_key)

    def foreign_key(self) -> Blocker:
        """Make the blocker for a key that comes from another layer, whatever its value."""
        key = self.expectations.secret_key
        source, name = self.decider(key), key_text(key)
        uses = "would use" if self.foreseen else "uses"
        if source is None:
            what = f"nothing that can be seen here sets {name}, so the stored key is not what MiMoCode {uses}"
            return self._unexplained(what)
        place = source.place(key)
        what = f"{name} comes from another layer than ours, so the stored key is not what MiMoCode {uses}"
        return _told(Code.OVERRIDDEN_BY_LAYER, what, f"take {name} out of {place}", place)

    def key_file(self) -> Blocker:
        """Make the blocker for a key file that is not there or holds another key."""
        place = Place(file=str(self.expectations.secret_file))
        what = "the key file does not hold the key that was to be stored there"
        return _told(Code.OVERRIDDEN_BY_LAYER, what, "see who else writes this file", place)

    def blocker(self, finding: Finding) -> Blocker:
        """Give a finding the place of the layer that decides it."""
        layer = self.decider(finding.key)
        if layer is None:
            return self._unseen(finding.unseen or finding.code, finding.message, finding.remedy, self.signs)
        return _told(finding.code, finding.message, finding.remedy, layer.place(finding.key))

    def blame(self, wrong: Iterable[Mismatch], *, secret_held: bool = True) -> list[Blocker]:
        """Turn mismatches into blockers that name the layer that decides, a few of each layer."""
        by_layer: dict[tuple[Path | None, str | None] | None, list[Blocker]] = {}
        for mismatch in wrong:
            layer = self._to_blame(mismatch)
            group = by_layer.setdefault(None if layer is None else (layer.file, layer.variable), [])
            if len(group) < _SHOWN:
                group.append(self._blocker(mismatch, layer, secret_held=secret_held))
        return [blocker for group in by_layer.values() for blocker in group]

    def a_few(self, wrong: Iterable[Mismatch]) -> Iterator[Mismatch]:
        """Keep some mismatches of each layer: a file with thousands tells no more than one with a few."""
        counts: dict[int, int] = {}
        for mismatch in wrong:
            layer = id(self.decider(mismatch.key))
            counts[layer] = counts.get(layer, 0) + 1
            if counts[layer] <= _EXAMINED:
                yield mismatch

    def _to_blame(self, mismatch: Mismatch) -> Layer | None:
        layer = self.decider(mismatch.key)
        return None if layer is None or self._says_as_expected(layer, mismatch) else layer

    def _blocker(self, mismatch: Mismatch, layer: Layer | None, *, secret_held: bool) -> Blocker:
        if mismatch.key == self.expectations.secret_key and self.key_is_ours and not secret_held:
            return self.key_file()
        return self._unknown(mismatch) if layer is None else self._known(mismatch, layer)

    def _says_as_expected(self, layer: Layer, mismatch: Mismatch) -> bool:
        """Whether a file of ours holds what it should, so that something unseen must lie above it."""
        if layer.file not in self.expectations.ours:
            return False
        if mismatch.key == self.expectations.secret_key:
            return True
        value = layer.value(mismatch.key)
        return not isinstance(value, Absent) and same(value, mismatch.expected)

    def _known(self, mismatch: Mismatch, layer: Layer) -> Blocker:
        place = layer.place(mismatch.key)
        decides = "would decide" if self.foreseen else "decides"
        what = f"{self._sentence(mismatch, layer)}: a layer above ours {decides} it"
        return _told(Code.OVERRIDDEN_BY_LAYER, what, f"take {key_text(mismatch.key)} out of {place}", place)

    def _unknown(self, mismatch: Mismatch) -> Blocker:
        what = f"{self._sentence(mismatch, None)}, and no file or variable that can be seen here says so"
        return self._unexplained(what)

    def _unexplained(self, message: str) -> Blocker:
        """Make the blocker for what lies above everything in sight."""
        remedy = "look for settings of an account or organisation, or managed preferences"
        above = tuple(one for one in self.signs if one.outranks)
        return self._unseen(Code.OVERRIDDEN_BY_UNKNOWN_LAYER, message, remedy, above)

    def _unseen(self, code: Code, message: str, remedy: str, signs: tuple[Sign, ...]) -> Blocker:
        sentences = "".join(f"; {sign.sentence}" for sign in signs)
        place = signs[0].place if signs else None
        return _told(code, f"{message}{sentences}", remedy, place)

    def _sentence(self, mismatch: Mismatch, layer: Layer | None) -> str:
        name = key_text(mismatch.key)
        resolves = "would resolve" if self.foreseen else "resolves"
        if mismatch.key == self.expectations.secret_key:
            return f"MiMoCode does not resolve {name} to the stored key"
        if isinstance(mismatch.found, Absent):
            return f"MiMoCode {resolves} no {name}"
        found, expected = self._shown(mismatch, layer), json.dumps(mismatch.expected)
        return f"MiMoCode {resolves} {name} to {found}, not to {expected}"

    def _shown(self, mismatch: Mismatch, layer: Layer | None) -> str:
        """Spell a value, unless it may come from a variable or another file: such a value may be a secret."""
        if isinstance(mismatch.found, dict | list):
            return "another object"
        filled = any(one.parsed is None for one in self.layers)
        if layer is not None:
            filled = not _is_plain(layer, mismatch.key)
        return "another value" if filled else json.dumps(masked(mismatch.key, mismatch.found))


def _is_plain(layer: Layer, key: KeyPath) -> bool:
    """Whether a layer's value stands in its text as it counts, with nothing put into it."""
    if not layer.substituted:
        return True
    shown = layer.shown(key)
    return not isinstance(shown, Absent) and same(shown, layer.value(key))


def _told(code: Code, message: str, remedy: str, place: Place | None) -> Blocker:
    return Blocker(code, message, f"{remedy}, {_AGAIN}", COMMAND, place)
