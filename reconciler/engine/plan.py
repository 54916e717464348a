"""From "these keys should have these values" to a plan for one document: pure functions of values.

The plan says what changes and why, which edits bring it about, and what we will hold afterwards. It
holds no secret: a sensitive value is replaced by `SENSITIVE` as soon as a change is made of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias, cast

from attrs import evolve, field

from reconciler import jsonc
from reconciler.engine.changes import SENSITIVE, Change
from reconciler.engine.claims import Claim, Container, Holding, Prior
from reconciler.engine.compare import Action, Row, Verdict, compare
from reconciler.engine.documents import SOURCE
from reconciler.engine.problems import Code, Place, stop
from reconciler.engine.values import ABSENT, Absent, KeyPath, key_text, look_up
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from reconciler.engine.claims import Nature
    from reconciler.engine.documents import Document
    from reconciler.engine.values import Json

Because: TypeAlias = Callable[[KeyPath, Row, "Collection[KeyPath]"], str | None]
"""Says better than a row of the table why a key changes, given all keys desired; None leaves it at that."""


@frozen
class Rules:
    """What the engine must be told about keys, since it knows neither the provider nor the target."""

    nature: Callable[[KeyPath], Nature]
    sensitive: Callable[[KeyPath], bool]
    points_at_us: Callable[[Json], bool]
    indivisible: Callable[[KeyPath], KeyPath | None]
    """The object that cannot stand without this key, if there is one."""
    ours_alone: Callable[[KeyPath, Json], bool]
    """Whether a value that already stands there can only be our own, from an earlier life."""
    from_backup: Callable[[str, KeyPath], tuple[Json | Absent, str | None]]
    """Looks a sensitive prior up in the backup that holds it: the value and its spelling."""
    because: Because = lambda _key, _row, _desired: None


@frozen
class DocumentPlan:
    """Everything that one document needs: told, edited and remembered."""

    document: Document
    changes: tuple[Change, ...]
    drift: tuple[Change, ...]
    edits: tuple[jsonc.Set | jsonc.Remove, ...]
    holding: Holding | None = None
    removes_file: bool = False
    _content: bytes | None = field(default=None, repr=False)

    def content(self) -> bytes | None:
        """Return the document's bytes after the edits; None when the file goes."""
        return self._content

    @property
    def writes(self) -> bool:
        """Whether the file itself changes, not only what we remember of it."""
        return self.removes_file or bool(self.edits)

    @property
    def outcome(self) -> bytes | None:
        """What the file holds once the plan is carried out, written or left as it was read; None for none."""
        if self.writes:
            return self.content()
        return self.document.data if self.document.exists else None


def plan_document(
    document: Document, desired: Mapping[KeyPath, Json], held: Holding | None, rules: Rules
) -> DocumentPlan:
    """Compare every key that is desired or claimed and plan this document.

    Raises `Stop` with config_value_in_the_way where a parent is not an object or a key on the way
    stands there twice, and with internal_error where the result would not be what the plan says.
    """
    return _Planner(document, desired, held, rules).plan()


class _Planner:
    """The working memory of one planning; every value it hands out is frozen."""

    def __init__(
        self, document: Document, desired: Mapping[KeyPath, Json], held: Holding | None, rules: Rules
    ) -> None:
        self.document = document
        self.desired = desired
        self.held = held or Holding(document.role, str(document.path))
        self.rules = rules
        self.claims = {claim.key: claim for claim in self.held.claims}
        self.containers = {one.key: one for one in self.held.containers if self._stands(one.key)}
        self.changes: list[Change] = []
        self.drift: list[Change] = []
        self.edits: dict[KeyPath, jsonc.Set | jsonc.Remove] = {}
        self.values: dict[KeyPath, Json | Absent] = {}
        self.kept: list[Claim] = []
        self.clear: set[KeyPath] = set()  # objects that nothing is wrong with, nor with what they lie in

    def plan(self) -> DocumentPlan:
        for key in self.desired:
            self._one(key)
        for key in self.claims:
            if key not in self.desired:
                self._one(key)
        touched, inhabited = tuple(self.edits), self._inhabited()
        rest = self._widened(inhabited)
        created = self.held.created_by_us and self.document.exists
        gone = created and not self.kept and rest == {} and not self.document.tree.comments
        holding = Holding(
            self.held.role,
            self.held.path,
            self.held.created_by_us or not self.document.exists,
            self.held.created_folders,
            tuple(container for container in self.containers.values() if container.key in inhabited),
            tuple(self.kept),
        )
        after = None if gone else self._edited()
        if self.edits or gone:
            from reconciler.engine.proof import Promise  # noqa: PLC0415 - where something is written

            indivisible = self.rules.indivisible
            Promise(self.document, self.values, touched, self.containers, indivisible).require(after)
        return DocumentPlan(
            self.document,
            tuple(self.changes),
            tuple(self.drift),
            tuple(self.edits.values()),
            holding if self.kept else None,
            removes_file=gone,
            content=after,
        )

    def _widened(self, inhabited: frozenset[KeyPath]) -> Json:
        """Let the edits take along what they leave empty; return the tree that they lead to."""
        if not self.edits:
            return self.document.tree.value
        from reconciler.engine.removals import Removals  # noqa: PLC0415 - where something is written

        removals = Removals(self.document, self.edits, self.containers, self.rules.indivisible)
        self.edits, rest = removals.widened(inhabited)
        return rest

    def _stands(self, key: KeyPath) -> bool:
        """Whether an object is still there: one that somebody took out is remembered no more."""
        return self.document.exists and look_up(self.document.tree.value, key) is not ABSENT

    def _edited(self) -> bytes:
        """Make the edits. Raises `Stop` where the document does not allow one of them."""
        if not self.edits:
            return self.document.data
        try:
            return jsonc.edit(self.document.tree, tuple(self.edits.values())).data
        except jsonc.EditError as error:
            raise stop(
                Code.CONFIG_VALUE_IN_THE_WAY,
                f"{key_text(error.path)} cannot be set: {error.reason}",
                "mend the file at that place, then run again",
                source=SOURCE,
                place=Place(file=str(self.document.path), line=error.line, column=error.column),
            ) from None

    def _one(self, key: KeyPath) -> None:
        claim = self.claims.get(key)
        desired = self.desired.get(key, ABSENT)
        on_disk = look_up(self.document.tree.value, key)
        prior = claim.prior if claim else Prior()
        verdict = compare(
            applied=claim.applied if claim else ABSENT,
            on_disk=on_disk,
            desired=desired,
            prior=prior,
            nature=self.rules.nature(key),
            points_at_us=self.rules.points_at_us,
        )
        if verdict.action is Action.RESTORE:
            verdict, prior = self._recall(key, verdict, prior)
        if verdict.action is Action.RESTORE and self.document.tree.text(key) == prior.text:
            verdict = Verdict(Action.RELEASE, Row.STAYS, drift=verdict.drift)
        if not isinstance(desired, Absent):
            verdict = self._by_origin(key, claim, on_disk, verdict)
            self.kept.append(Claim(key, desired, self._prior(key, claim, on_disk)))
        if verdict.action is None:
            if claim is not None:
                self.values[key] = on_disk
            return
        after = desired
        if verdict.action is Action.RESTORE:
            after = prior.value
        elif verdict.action is Action.RELEASE:
            after = on_disk
        self.values[key] = after
        self._tell(key, verdict, claim, on_disk, after)
        if verdict.writes:
            self._write(key, verdict, desired, prior)

    def _by_origin(
        self, key: KeyPath, claim: Claim | None, on_disk: Json | Absent, verdict: Verdict
    ) -> Verdict:
        """Tell what an earlier life of ours left from what is the user's."""
        if claim is not None or isinstance(on_disk, Absent) or not self.rules.ours_alone(key, on_disk):
            return verdict
        row = Row.OURS_CHANGED if verdict.writes else Row.OURS_AGAIN
        return evolve(verdict, row=row)

    def _recall(self, key: KeyPath, verdict: Verdict, prior: Prior) -> tuple[Verdict, Prior]:
        """Fetch a prior that is kept in a backup; without that backup the key can only go."""
        if prior.backup is None:
            return verdict, prior
        value, text = self.rules.from_backup(prior.backup, key)
        if isinstance(value, Absent):
            return Verdict(Action.DELETE, Row.BACKUP_GONE, drift=verdict.drift, writes=True), prior
        return verdict, Prior(value, text)

    def _prior(self, key: KeyPath, claim: Claim | None, on_disk: Json | Absent) -> Prior:
        if claim is not None:
            return claim.prior
        if isinstance(on_disk, Absent) or self.rules.ours_alone(key, on_disk):
            return Prior()
        if self.rules.sensitive(key):
            return Prior(backup=self.document.fingerprint)
        return Prior(on_disk, self.document.tree.text(key))

    def _tell(
        self,
        key: KeyPath,
        verdict: Verdict,
        claim: Claim | None,
        on_disk: Json | Absent,
        after: Json | Absent,
    ) -> None:
        assert verdict.action is not None  # noqa: S101 - the caller tells of actions only
        reason = self.rules.because(key, verdict.row, self.desired) or verdict.row.value
        change = Change(
            verdict.action,
            self.document.role,
            str(self.document.path),
            key,
            self._shown(key, on_disk),
            self._shown(key, after),
            reason,
            verdict.drift,
        )
        self.changes.append(change)
        if verdict.drift and claim is not None:
            applied, found = self._shown(key, claim.applied), self._shown(key, on_disk)
            self.drift.append(evolve(change, before=applied, after=found, since=self.document.written))

    def _shown(self, key: KeyPath, value: Json | Absent) -> Json | Absent:
        return SENSITIVE if self.rules.sensitive(key) and not isinstance(value, Absent) else value

    def _write(self, key: KeyPath, verdict: Verdict, desired: Json | Absent, prior: Prior) -> None:
        self._refuse_what_is_in_the_way(key)
        if verdict.action is Action.DELETE:
            self.edits[key] = jsonc.Remove(key)
        elif verdict.action is Action.RESTORE:
            self.edits[key] = jsonc.Set(key, _json(prior.value), text=prior.text)
        else:
            self._remember_container(key)
            self.edits[key] = jsonc.Set(key, _json(desired))

    def _refuse_what_is_in_the_way(self, key: KeyPath) -> None:
        tree = self.document.tree
        for length in range(1, len(key) + 1):
            path = key[:length]
            if path in self.clear:
                continue  # thousands of keys share most of their way
            node = tree.node(path)
            if node is None:
                return
            twice = tree.duplicate(path)
            if twice is not None:
                raise self._in_the_way(path, "stands here twice", twice, "remove one of the two")
            if length < len(key) and not isinstance(node.value, dict):
                raise self._in_the_way(path, "is not an object", node, "make it an object or remove it")
            if length < len(key):
                self.clear.add(path)

    def _in_the_way(self, path: KeyPath, what: str, node: jsonc.Node, remedy: str) -> Exception:
        return stop(
            Code.CONFIG_VALUE_IN_THE_WAY,
            f"{key_text(path)} {what}",
            f"{remedy}, then run again",
            source=SOURCE,
            place=Place(file=str(self.document.path), line=node.line, column=node.column),
        )

    def _remember_container(self, key: KeyPath) -> None:
        """Note which object we create, or fill, so that leaving can take it back.

        The topmost is enough: whatever lies below it on the way to our keys is ours as well.
        """
        here: Json | Absent = self.document.tree.value
        for length in range(len(key)):
            parent = key[:length]
            if parent in self.containers:
                return
            if here == {} and self.document.exists:
                self.containers[parent] = Container(parent, self.document.tree.text(parent))
                return
            here = look_up(here, key[length : length + 1])
            if isinstance(here, Absent) and length + 1 < len(key):
                self.containers.setdefault(key[: length + 1], Container(key[: length + 1]))
                return

    def _inhabited(self) -> frozenset[KeyPath]:
        """Return every object that holds a key of ours afterwards."""
        return frozenset(claim.key[:length] for claim in self.kept for length in range(len(claim.key)))


def _json(value: Json | Absent) -> jsonc.Json:
    """Hand a value to the editor, whose type for JSON is the precise one."""
    return cast("jsonc.Json", value)
