"""Apply and uninstall as if nothing had been: the same bytes and mode, whatever the config looks like.

The commands are those of the command line, `mimo` and the gateway apart. `BYTES_RUNS=5000` tries so many
configs, other ones each time, instead of the 300 of every day.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import define
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from reconciler import jsonc
from reconciler.commands.report import Outcome
from reconciler.commands.request import Selection, UninstallOptions
from reconciler.commands.uninstall import uninstall
from reconciler.engine.problems import Stop
from reconciler.gonkagate.catalog import Catalog, Model
from tests.support import lives
from tests.support.files import QuickDisk
from tests.unit.commands.surveyed import CATALOG
from tests.unit.jsonc.jsonc_documents import KEYS, gaps, objects

RUNS: Final = os.environ.get("BYTES_RUNS")
many = settings(
    max_examples=int(RUNS or "300"),
    deadline=None,
    derandomize=RUNS is None,
    suppress_health_check=list(HealthCheck),
)
OURS: Final = ("model", "small_model", "$schema", "provider", "gonkagate", "models", "options", "npm")
LATER: Final = Catalog((Model("b/second", "Second", 1, 1), Model("z/last", "Last")))
PLACES: Final = {
    "mimocode.jsonc": lives.FOR_USER,
    "mimocode.json": lives.FOR_USER,
    "config.json": lives.FOR_PROJECT,
    "project": lives.FOR_PROJECT,
}
"""Which file the user has, and the scope that is set up."""
MODES: Final = (0o600, 0o640, 0o644, 0o664, 0o444)


@st.composite
def configs(draw: st.DrawFn) -> bytes:
    """Give a config in any style, its keys perhaps those that are ours."""
    eol = draw(st.sampled_from(["\n", "\r\n"]))
    names = draw(st.lists(st.sampled_from(OURS), unique=True, max_size=4))
    root = draw(objects(eol, draw(st.integers(1, 3)), 0, [*KEYS, *names]))
    before, behind = draw(gaps(eol, 0)), draw(st.sampled_from(["", eol, f" // end{eol}", "/* end */"]))
    mark = draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"]))
    return mark + (before + root + behind).encode()


@define
class Home:
    """A home with one config in it."""

    root: Path
    kind: str

    @property
    def config(self) -> Path:
        """Where the config lies."""
        if self.kind == "project":
            return self.root / lives.PROJECT_CONFIG
        return (self.root / lives.USER_CONFIG).with_name(self.kind)

    def put(self, data: bytes, mode: int) -> None:
        """Put the config down."""
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_bytes(data)
        self.config.chmod(mode)

    def apply(self, catalog: Catalog, selection: Selection) -> None:
        """Set up, or pass over a config in which a value is in the way."""
        try:
            lives.apply(selection, catalog)(lives.world_on(self.root, QuickDisk()))
        except Stop as stop:
            in_the_way = {blocker.code for blocker in stop.blockers} == {"config_value_in_the_way"}
        else:
            return
        assert in_the_way
        reject()

    def leave(self) -> None:
        """Uninstall."""
        report = uninstall(lives.world_on(self.root, QuickDisk()), UninstallOptions(yes=True))
        assert report.outcome is Outcome.REMOVED

    def found(self) -> tuple[bytes, int]:
        """Give the config's bytes and mode."""
        return self.config.read_bytes(), self.config.stat().st_mode & 0o7777


@contextmanager
def home(kind: str) -> Iterator[Home]:
    """Make a home for one example."""
    root = Path(tempfile.mkdtemp(prefix="bytes-"))
    try:
        yield Home(root, kind)
    finally:
        shutil.rmtree(root)


kinds, modes = st.sampled_from(sorted(PLACES)), st.sampled_from(MODES)


@many
@given(configs(), kinds, modes)
def test_apply_and_uninstall_give_the_same_bytes_and_mode(data: bytes, kind: str, mode: int) -> None:
    """Nothing in between: as if nothing had been."""
    with home(kind) as here:
        here.put(data, mode)
        here.apply(CATALOG, PLACES[kind])
        here.leave()
        assert here.found() == (data, mode)


@many
@given(configs(), kinds, modes)
def test_so_they_do_after_updates_and_scope_moves(data: bytes, kind: str, mode: int) -> None:
    """Another catalog, the other scope and back again in between: as if nothing had been."""
    with home(kind) as here:
        here.put(data, mode)
        for catalog, selection in (
            (CATALOG, PLACES[kind]),
            (LATER, PLACES[kind]),
            (LATER, lives.FOR_PROJECT),
            (CATALOG, lives.FOR_USER),
        ):
            here.apply(catalog, Selection(selection.scope, model=catalog.ids[0], small_model=catalog.ids[-1]))
        here.leave()
        assert here.found() == (data, mode)


@define
class Edit:
    """An edit of the user's: in what he would have without us it is the same one."""

    at: str
    text: bytes

    def made(self, data: bytes) -> bytes:
        """Make it."""
        tree = jsonc.parse(data)
        root = tree.node(())
        assert root is not None
        if self.at == "first":
            return data[: root.start + 1] + self.text + data[root.start + 1 :]
        if self.at == "end":
            return data + self.text
        node = tree.node((self.at,))
        assert node is not None
        return data[: node.start] + self.text + data[node.end :]


@st.composite
def edits(draw: st.DrawFn, data: bytes) -> Edit:
    """Give an edit of a document: a comment, a key of his own, another value for one of his keys."""
    tree = jsonc.parse(data).value
    assert isinstance(tree, dict)
    assume(tree)
    own = [key for key, value in tree.items() if key in KEYS and not isinstance(value, dict | list)]
    where = draw(st.sampled_from(["first", "end", *own]))
    texts = {"first": [b" /* note */", b' "mine": [1],', b" // note\n"], "end": [b"\n// the end\n", b" "]}
    return Edit(where, draw(st.sampled_from(texts.get(where, [b"1234", b'"changed"', b"[ ]"]))))


@many
@given(configs(), kinds, modes, st.data())
def test_edits_in_between_are_all_that_differs(
    data: bytes, kind: str, mode: int, draw: st.DataObject
) -> None:
    """What the user edits while we are there is in his file afterwards, and nothing else is another."""
    made = [draw.draw(edits(data))]
    made += [edit for edit in [draw.draw(edits(data))] if edit.at != made[0].at]
    with home(kind) as here:
        here.put(data, mode)
        here.apply(CATALOG, PLACES[kind])
        expected = data
        for edit in made:
            expected = edit.made(expected)
            here.config.write_bytes(edit.made(here.config.read_bytes()))
        here.leave()
        assert here.found() == (expected, mode)
