"""The power goes out after any call: whatever reached the disk, the next run makes it all old or all new.

By the model of tests/support/power.py. And every flush is needed: with any one of them taken out there is an
image that is neither.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.files import QuickDisk, tree
from tests.support.lives import OWN, SCENES, Scene, Stage, ids, picture
from tests.support.power import Change, Image, Outage, PoweredDisk
from tests.support.switches import count


class Film:
    """One scene with all that its calls did, ready to be replayed."""

    def __init__(self, root: Path, scene: Scene) -> None:
        self.stage = Stage(root, scene)
        self.stage.reset()
        self.disk = PoweredDisk(root=self.stage.root)
        self.first = dict(self.disk.first), dict(self.disk.contents)
        self.stage.act(self.disk)
        self.copies = self._copies()
        self.judged: dict[tuple[Image, bool], str] = {}

    def _copies(self) -> dict[str, object]:
        return dict(tree(self.stage.root / OWN / "backups"))

    def images(self, changes: list[Change]) -> Iterator[tuple[Image, bool]]:
        """Give each image once, with whether the program had already reported success."""
        entries, contents = self.first
        outage = Outage(self.stage.root, dict(entries), dict(contents))
        seen: set[tuple[Image, bool]] = set()
        for number, change in enumerate(changes):
            outage.see(change)
            ended = number == len(changes) - 1
            for image in outage.images():
                if (image, ended) not in seen:
                    seen.add((image, ended))
                    yield image, ended

    def fault(self, image: Image, *, ended: bool) -> str:
        """Put an image on the disk and let the next run begin; return what is wrong, if anything is."""
        if (image, ended) not in self.judged:
            self.judged[image, ended] = self._judge(image, ended=ended)
        return self.judged[image, ended]

    def _judge(self, image: Image, *, ended: bool) -> str:
        image.put(self.stage.root)
        try:
            self.stage.look()
            self.stage.recover(QuickDisk())
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is what is asked for
            return f"{type(error).__name__}: {error}"
        now = picture(self.stage.root)
        if now == self.stage.new:
            undone = self.stage.new == self.stage.old
            return (
                "" if undone or self._copies() == self.copies else "a copy of what was replaced is not whole"
            )
        if ended:
            return "success was reported, and it is not all new"
        return "" if now == self.stage.old else "it is neither all old nor all new"


@pytest.mark.parametrize("scene", SCENES, ids=ids)
def test_whatever_reached_the_disk_is_recovered(scene: Scene, tmp_path: Path) -> None:
    """Every image after every call; after success every image is all new."""
    film = Film(tmp_path, scene)
    tried = 0
    for image, ended in film.images(film.disk.changes):
        tried += 1
        fault = film.fault(image, ended=ended)
        assert not fault, (fault, [str(path) for path, _ in image.things])
    count("power losses", scene.name, tried)


SITES = (
    "lifecycle._make: folder",
    "backups.make_folders: folder",
    "transaction._keep: file",
    "transaction._keep: folder",
    "journal.write_journal: file",
    "journal.write_journal: folder",
    "transaction.swap: file",
    "transaction.swap: folder",
    "recovery._exchange: folder",
    "recovery._remove_helpers: folder",
    "recovery._remove_folder: folder",
    "recovery.tidy: folder",
)
"""Where the program waits for the disk."""


def flushes(film: Film) -> dict[str, list[int]]:
    """Give the flushes of a film by who asked for them."""
    found: dict[str, list[int]] = {}
    for at, change in enumerate(film.disk.changes):
        if change.site is not None:
            found.setdefault(change.site, []).append(at)
    return found


def is_needed(film: Film, at: int) -> bool:
    """Whether some image is broken when one flush is left out."""
    without = [*film.disk.changes[:at], *film.disk.changes[at + 1 :]]
    return any(film.fault(image, ended=ended) for image, ended in film.images(without))


@pytest.mark.parametrize("scene", SCENES, ids=ids)
def test_every_flush_is_known_here(scene: Scene, tmp_path: Path) -> None:
    """No wait for the disk escapes the question whether it is needed."""
    found = flushes(Film(tmp_path, scene))
    assert set(found) <= set(SITES)
    count("flushes", scene.name, sum(map(len, found.values())))


@pytest.mark.parametrize("site", SITES)
def test_no_flush_is_there_for_nothing(site: str, tmp_path: Path) -> None:
    """A disk that leaves out one of these flushes can be caught by the power in a broken state."""
    for number, scene in enumerate(SCENES):
        film = Film(tmp_path / str(number), scene)
        if any(is_needed(film, at) for at in flushes(film).get(site, ())):
            return
    raise AssertionError(f"{site} can go")
