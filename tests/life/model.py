"""What a machine should look like, by simple rules: written beside the program and not out of it.

A config is known by two things: the text that its owner would have if we had never come, with his later
edits made in it too, and the values that stand there now. Where an edit of his makes the text alone too
hard to foretell (he took out a key of ours, say), the values and the comments are what must be right.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Final

from attrs import define, field, frozen

from reconciler import jsonc

Key = tuple[str, ...]
Leaves = dict[Key, object]
Edit = Callable[[str], str]

GONE: Final = "(no such key)"
SCHEMA, MODEL, SMALL = ("$schema",), ("model",), ("small_model",)
SCHEMA_URL: Final = "https://mimo.xiaomi.com/mimocode/config.json"
OTHER_SCHEMA: Final = "https://opencode.ai/config.json"
US: Final = ("provider", "gonkagate")
API_KEY: Final = (*US, "options", "apiKey")


@frozen
class Listed:
    """One model of a catalog."""

    id: str
    name: str
    context: int
    output: int


def provider(models: tuple[Listed, ...]) -> Leaves:
    """Give what our provider's entry should hold."""
    leaves: Leaves = {
        (*US, "npm"): "@ai-sdk/openai-compatible",
        (*US, "name"): "GonkaGate",
        (*US, "options", "baseURL"): "https://api.gonkagate.com/v1",
        API_KEY: "{file:~/.gonkagate/mimo-code/api-key}",
        (*US, "options", "setCacheKey"): False,
    }
    for one in models:
        leaves[*US, "models", one.id, "name"] = one.name
        leaves[*US, "models", one.id, "limit", "context"] = one.context
        leaves[*US, "models", one.id, "limit", "output"] = one.output
    return leaves


def activation(model: str, small: str) -> Leaves:
    """Give the two keys that make us the default."""
    return {MODEL: f"gonkagate/{model}", SMALL: f"gonkagate/{small}"}


def leaves_of(text: str) -> Leaves:
    """Give every value of a config; objects without any are passed over."""
    return dict(_leaves(jsonc.parse(text.encode()).value, ()))


def _leaves(tree: object, path: Key) -> Iterator[tuple[Key, object]]:
    if not isinstance(tree, dict):
        yield path, tree
        return
    for key, value in tree.items():
        yield from _leaves(value, (*path, key))


def _value_of(key: Key) -> re.Pattern[str]:
    """Find a key's value, a string, where it stands first in a text."""
    return re.compile(rf'("{re.escape(key[-1])}"\s*:\s*)"[^"]*"')


@define
class Config:
    """One config as it should be."""

    text: str | None
    """As it would be without us; None where there would be no file."""
    mode: int
    leaves: Leaves = field(factory=dict)
    """What stands there now."""
    notes: set[str] = field(factory=set)
    """The comments that its owner made since."""
    priors: Leaves = field(factory=dict)
    """The keys that are ours, with what stood there before."""
    applied: Leaves = field(factory=dict)
    exact: bool = True
    """Whether `text` is what will be there, to the byte, once nothing is ours any more."""

    @property
    def held(self) -> bool:
        """Whether anything in it is ours."""
        return bool(self.priors)

    def apply(self, wanted: Leaves) -> None:
        """Want these keys, and none of ours that is not among them."""
        for key, value in self._with_schema(wanted).items():
            if key not in self.priors:
                found = self.leaves.get(key, GONE)
                self.priors[key] = GONE if key == API_KEY and found == value else found
            self.leaves[key] = self.applied[key] = value
        for key in [key for key in self.priors if key not in self._with_schema(wanted)]:
            self._let_go(key)

    def _with_schema(self, wanted: Leaves) -> Leaves:
        found = self.leaves.get(SCHEMA, GONE)
        if not wanted or (found not in (GONE, OTHER_SCHEMA, "") and found != self.applied.get(SCHEMA)):
            return wanted
        return {SCHEMA: SCHEMA_URL, **wanted}

    def _let_go(self, key: Key) -> None:
        prior, applied = self.priors.pop(key), self.applied.pop(key)
        found = self.leaves.get(key, GONE)
        if found == GONE:
            return
        points_elsewhere = key in (MODEL, SMALL) and not str(found).startswith("gonkagate/")
        if found != applied and (key == SCHEMA or points_elsewhere):
            self._keep(key, prior, found)
        elif prior != GONE:
            self.leaves[key] = prior
        else:
            del self.leaves[key]
            if key[-2:-1] == ("limit",):
                for other in [one for one in self.leaves if one[: len(key) - 1] == key[:-1]]:
                    del self.leaves[other]

    def _keep(self, key: Key, prior: object, found: object) -> None:
        """Let him have what he put in the place of ours."""
        if self.text is None or prior == GONE or not _value_of(key).search(self.text):
            self.exact = False
            return
        self.text = _value_of(key).sub(lambda match: match[1] + json.dumps(found), self.text, count=1)

    def edit(self, before: str, edit: Edit, *, of_ours: bool = False) -> str:
        """Let the owner edit what stands there; returns what he leaves. `of_ours` touches a key of ours."""
        after = edit(before)
        self.leaves = leaves_of(after)
        if not self.held:
            self.text = after
        elif not of_ours:
            # The comma behind his first key would part it from ours, and go with them.
            fits = self.text is not None and jsonc.parse(self.text.encode()).value != {}
            edited = edit(self.text) if self.text is not None and fits else None
            self.exact = self.exact and edited is not None and edited != self.text
            self.text = self.text if edited is None else edited
        return after

    def vanish(self) -> None:
        """Let the owner remove the file."""
        self.text, self.leaves, self.notes = None, {}, set()
        self.exact = not self.held

    def settle(self, now: str | None) -> None:
        """Begin anew, where nothing is ours any more and what is there was found right."""
        self.text, self.exact = now, True
        self.leaves = {} if now is None else leaves_of(now)
        self.applied.clear()

    def check(self, now: str | None, mode: int | None) -> None:
        """Assert that what stands there is what should."""
        if now is None:
            assert (self.leaves, self.notes) == ({}, set()), "a file of somebody's is gone"
            assert self.text is None or not self.exact
            return
        assert leaves_of(now) == self.leaves
        assert all(note in now for note in self.notes), "a comment is gone"
        assert mode == self.mode
        if self.held:
            self._check_his_part(now)
        elif self.exact:
            assert now == self.text, f"{now!r} is not what its owner would have, {self.text!r}"
        assert self.text is not None or self.leaves or self.notes, "a file of ours was left behind"

    def _check_his_part(self, now: str) -> None:
        """No byte of his is missing but those of a value whose place we took."""
        if self.text is None or not self.exact:
            return
        his = self.text
        for key, prior in self.priors.items():
            if prior != GONE and len(_value_of(key).findall(his)) != 1:
                return  # which of them is it?
            if prior != GONE:
                his = _value_of(key).sub(r"\1", his)
        rest = iter(now)
        missing = next((at for at, char in enumerate(his) if char not in rest), None)
        assert missing is None, f"lost from here on: {his[missing:]!r}"
