"""Every changing call of every command fails, once or from then on, with every error a disk can give."""

import errno
import os
from pathlib import Path

import pytest

from reconciler.engine.problems import Stop
from tests.support.files import FaultingDisk, QuickDisk
from tests.support.lives import REFUSED, SCENES, USER_CONFIG, Scene, Stage, ids, picture
from tests.support.switches import count, everything

ERRORS = {
    name: getattr(errno, name)
    for name in ("ENOSPC", "EIO", "EACCES", "EROFS", "EDQUOT", "EMFILE", "EINTR", "EXDEV", "EPERM")
}
USUAL = ("ENOSPC", "EPERM")
"""One that stays, and one that a file system gives as well that does not offer a call."""
CHOSEN = list(ERRORS) if everything() else USUAL
TOLD = {"write_failed", "rollback_incomplete", REFUSED}


def ending(stage: Stage, disk: FaultingDisk) -> set[str]:
    """Let the act run into a fault; return the codes it ends with, none where it went well."""
    stage.reset()
    try:
        stage.act(disk)
    except Stop as failure:
        told = failure.blockers
    else:
        told = ()
    assert all(blocker.message and blocker.remedy for blocker in told)
    return {str(blocker.code) for blocker in told}


@pytest.mark.parametrize("error", CHOSEN)
@pytest.mark.parametrize("scene", SCENES, ids=ids)
def test_an_error_at_any_call_is_undone_or_overcome(scene: Scene, error: str, tmp_path: Path) -> None:
    """A run that ends well is all new; one that does not is all old at its end, and says why."""
    stage, at = Stage(tmp_path, scene), 0
    while True:
        disk = FaultingDisk(at=at, look=stage.look, error=ERRORS[error])
        codes = ending(stage, disk)
        if len(disk.calls) <= at:
            break  # it ended before it came to the fault
        if codes:
            assert codes == {"write_failed"}, (at, codes)
            assert picture(stage.root) == stage.old, disk.calls[at]
        else:
            stage.recover(QuickDisk())  # what could not be tidied is tidied by the next run
            assert picture(stage.root) == stage.new, disk.calls[at]
        at += 1
    assert picture(stage.root) == stage.new
    count(f"errors once, {error}", scene.name, at)


@pytest.mark.parametrize("error", CHOSEN if everything() else ["ENOSPC"])
@pytest.mark.parametrize("scene", SCENES, ids=ids)
def test_a_disk_that_stays_broken_is_told_and_mended_later(scene: Scene, error: str, tmp_path: Path) -> None:
    """When undoing fails as well the user learns it; on a whole disk the next run puts everything right."""
    stage, at = Stage(tmp_path, scene), 0
    while True:
        disk = FaultingDisk(at=at, lasts=True, look=stage.look, error=ERRORS[error])
        codes = ending(stage, disk)
        if len(disk.calls) <= at:
            break
        assert codes <= TOLD, (at, codes)
        stage.look()
        stage.recover(QuickDisk())
        assert picture(stage.root) in (stage.old, stage.new), disk.calls[at]
        if not codes:
            assert picture(stage.root) == stage.new, disk.calls[at]
        stage.act(QuickDisk())
        assert picture(stage.root) == stage.new, disk.calls[at]
        at += 1
    count(f"errors for good, {error}", scene.name, at)


class Grudging(QuickDisk):
    """A disk on which no file can be given to anybody."""

    def give_owner(self, descriptor: int, owner: tuple[int, int]) -> None:
        """Refuse."""
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), f"{descriptor} to {owner}")


def test_an_owner_that_cannot_be_given_undoes_the_run(tmp_path: Path) -> None:
    """A config of another group stays one: rather nothing is done than that it changes hands."""
    stage = Stage(tmp_path, SCENES[0])
    stage.reset()
    config, group = stage.root / USER_CONFIG, os.getegid() + 1
    os.chown(config, -1, group)
    with pytest.raises(Stop) as caught:
        stage.act(Grudging())
    assert [str(blocker.code) for blocker in caught.value.blockers] == ["write_failed"]
    assert picture(stage.root) == stage.old
    assert config.stat().st_gid == group
    stage.act(QuickDisk())
    assert picture(stage.root) == stage.new
    assert config.stat().st_gid == group
