"""What is provably ours where no record says so: the state is lost, or cannot be understood.

Provable are keys that nobody else would write, and a key file of our form in its place. Everything else
is left and named with its place.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve

from reconciler.commands import describe
from reconciler.commands.before import before_us, held, known_records
from reconciler.commands.ground import PROJECT_ROLE, STATE_ROLE, USER_ROLE
from reconciler.commands.report import FileNames, Outcome, stopped
from reconciler.engine.changes import Change
from reconciler.engine.compare import Action
from reconciler.engine.documents import read_document
from reconciler.engine.problems import Place, Stop, Warning_
from reconciler.engine.state import SCHEMA_VERSION, State
from reconciler.engine.values import ABSENT, key_text, look_up
from reconciler.gonkagate import entry, traces
from reconciler.gonkagate.exposure import KEY_MARK
from reconciler.mimocode import paths
from reconciler.mimocode.facts import SCHEMA_KEY, SCHEMA_URL, USER_CONFIG_NAMES
from reconciler.records import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.commands.before import Before
    from reconciler.commands.ground import Ground
    from reconciler.commands.memory import Remembered
    from reconciler.commands.report import Report
    from reconciler.engine.documents import Document
    from reconciler.engine.files import FileSystem
    from reconciler.engine.values import Json, KeyPath

RECORD: Final = "(the record of the set-up)"
_SHOWN: Final = 10
"""How many keys of one file are named one by one."""


@frozen
class Finding:
    """What was found where no record tells of a set-up."""

    found: tuple[Warning_, ...]
    """What is provably ours."""
    unproved: tuple[Warning_, ...]
    """What is left, since nothing proves that it is ours."""
    loss: tuple[Warning_, ...]
    """What became of the record, and whether it is known what stood in the files before us."""
    folders: frozenset[Path]
    """Where configs may lie that refer to the key file."""
    record_changes: tuple[Change, ...]
    """What becomes of a state file that cannot be understood."""


@frozen
class _Seen:
    """One config: what in it is ours, and what is known of the time before."""

    document: Document
    keys: dict[KeyPath, Json]
    before: Before | None

    def place(self, key: KeyPath = ()) -> Place:
        """Return where the file has a key's value."""
        return self.document.place(key) if key else Place(str(self.document.path))

    def found(self) -> Warning_:
        """Say what is ours."""
        if entry.API_KEY not in self.keys:
            return Warning_(
                "GonkaGate's model is the default in this project", self.place(next(iter(self.keys)))
            )
        count = len(traces.models(self.keys))
        what = f"GonkaGate's provider stands here, with {count} {'model' if count == 1 else 'models'}"
        return Warning_(f"{what} and the key of our key file", self.place(entry.ROOT))

    def loss(self, backups: Path) -> Warning_:
        """Say what is known of the time before."""
        if self.before is not None:
            return Warning_(f"what stood here before is known from a copy of {self.before.at}", self.place())
        what = "it is not known what stood here before, so our keys go and nothing is given back"
        return Warning_(f"{what}; copies of what files held are in {backups}", self.place())

    def unproved(self) -> Iterator[Warning_]:
        """Name what is left."""
        tree = self.document.tree.value
        left = list(traces.others(tree, self.keys))
        if self.keys and self.before is None and look_up(tree, SCHEMA_KEY) == SCHEMA_URL:
            left.append(SCHEMA_KEY)
        for key in left[:_SHOWN]:
            yield Warning_(f"this is not provably ours and is left: {key_text(key)}", self.place(key))
        if len(left) > _SHOWN:
            yield Warning_(f"so are {len(left) - _SHOWN} more keys in this file", self.place())


def gathered(
    environment: Mapping[str, str], files: FileSystem, ground: Ground, remembered: Remembered
) -> tuple[Remembered, Finding | None]:
    """Let what is provably ours stand for a state that is lost or damaged.

    The finding is None where nothing of ours is to be found. Raises `Stop` where a config that names our key
    file cannot be read.
    """
    folder = paths.expected(environment, ground.home).config
    try:
        seen = _seen(files, ground, folder)
    except Stop as ending:
        raise Stop((*remembered.damage, *ending.blockers)) from None
    ours = [one for one in seen if one.keys]
    if not ours and not remembered.damage:
        return remembered, None
    holdings = tuple(held(files, ground.store, one.document, one.keys, one.before) for one in ours)
    elsewhere = _elsewhere(files, ground)
    finding = Finding(
        tuple(one.found() for one in ours),
        (*(warning for one in seen for warning in one.unproved()), *elsewhere),
        (_lost(ground, remembered), *(one.loss(ground.store.backups) for one in ours)),
        frozenset((folder, *_other_folders(files, ground))),
        _record_changes(ground, remembered),
    )
    state = State(SCHEMA_VERSION, "", 0, "", holdings)
    return evolve(remembered, file=evolve(remembered.file, state=state)), finding


def judged(about: Report, ground: Ground, remembered: Remembered, finding: Finding) -> Report:
    """Tell `status` of a set-up whose record is lost or damaged."""
    documents = () if remembered.file.state is None else remembered.file.state.documents
    by_role = {one.role: one.path for one in reversed(documents)}
    about = evolve(
        about,
        warnings=(*about.warnings, *finding.found, *finding.unproved),
        files=FileNames(
            user_config=by_role.get(USER_ROLE),
            project_config=by_role.get(PROJECT_ROLE),
            key_file=str(ground.key_path),
            state=str(ground.store.state),
        ),
    )
    if remembered.damage:
        return stopped(about.command, Stop(remembered.damage), about)
    file, why = str(ground.store.state), "the set-up is there without its record"
    row = Change(Action.CREATE, STATE_ROLE, file, None, RECORD, ABSENT, why, drift=True)
    return evolve(about, outcome=Outcome.DRIFTED, drift=(row,), next_command=describe.APPLY)


def _seen(files: FileSystem, ground: Ground, folder: Path) -> tuple[_Seen, ...]:
    """Look at the user's configs and at the present project's."""
    user: dict[Path, Document] = {}
    for name in USER_CONFIG_NAMES:
        document = _read(files, USER_ROLE, folder / name)
        if document is not None:
            user.setdefault(document.real, document)
    entries = {real: traces.provider_keys(one.tree.value) for real, one in user.items()}
    known = frozenset(model for keys in entries.values() for model in traces.models(keys))
    found = []
    for real, document in user.items():
        keys = entries[real]
        if keys:
            keys.update(traces.activation_keys(document.tree.value, known))
        found.append((document, keys))
    project = _read(files, PROJECT_ROLE, ground.project.config)
    if project is not None and project.real not in user:
        found.append((project, traces.activation_keys(project.tree.value, known)))
    return tuple(
        _Seen(document, keys, before_us(files, ground.store, document) if keys else None)
        for document, keys in found
    )


def _read(files: FileSystem, role: str, path: Path) -> Document | None:
    """Read a config. One that cannot be read is passed over, unless it names our key file."""
    try:
        document = read_document(files, role, path)
    except Stop:
        try:
            snapshot = files.read(files.real_path(path))
        except OSError:
            return None
        if snapshot is not None and KEY_MARK in snapshot.data:
            raise
        return None
    return document if document.exists else None


def _elsewhere(files: FileSystem, ground: Ground) -> Iterator[Warning_]:
    """Name what cannot be seen from here: other projects, those first that the records tell of."""
    told = False
    for path in _recorded(files, ground, PROJECT_ROLE):
        other = None if path == ground.project.config else _read(files, PROJECT_ROLE, path)
        left = () if other is None else tuple(traces.others(other.tree.value, ()))
        if other is not None and left:
            told = True
            yield Warning_(
                "this is another project's and is left; `uninstall --this-project` in its folder, before "
                f"everything is taken out, looks there: {', '.join(map(key_text, left))}",
                _Seen(other, {}, None).place(left[0]),
            )
    if not told:
        yield Warning_("other projects cannot be found without the record; what is in their files is left")


def _recorded(files: FileSystem, ground: Ground, role: str) -> tuple[Path, ...]:
    """Return the files of one role that the records tell of."""
    known = known_records(files, ground.store)
    return tuple(
        dict.fromkeys(Path(one.path) for record in known for one in record.files if one.role == role)
    )


def _other_folders(files: FileSystem, ground: Ground) -> Iterator[Path]:
    return (path.parent for path in _recorded(files, ground, USER_ROLE))


def _lost(ground: Ground, remembered: Remembered) -> Warning_:
    place, only = Place(str(ground.store.state)), "only what is provably ours is taken out"
    if not remembered.damage:
        return Warning_(f"the record of the set-up is gone, so {only}", place)
    why = "; ".join(blocker.message for blocker in remembered.damage)
    return Warning_(f"{why}; so {only}, and a copy of that file is kept in {ground.store.backups}", place)


def _record_changes(ground: Ground, remembered: Remembered) -> tuple[Change, ...]:
    if not remembered.damage:
        return ()
    why = "cannot be read; a copy is kept"
    return (Change(Action.DELETE, STATE_ROLE, str(ground.store.state), None, RECORD, ABSENT, why),)
