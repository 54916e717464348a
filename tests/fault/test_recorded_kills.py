"""Every changing call of every command is the last one before the process is gone, half a write too.

The calls are those that the recording disk sees; that a tracer sees the same ones is proved beside.
"""

import shutil
from pathlib import Path

import pytest

from tests.support.files import FaultingDisk, Killed, Kind, RecordingDisk
from tests.support.lives import SCENES, Scene, Stage, ids, picture
from tests.support.switches import count, some

KINDS: dict[str, Kind] = {"exchanging": {}, "linking": {"old": True}, "bare": {"bare": True}}
Point = tuple[int, bool]


def points(stage: Stage, kind: Kind) -> list[Point]:
    """Give every moment to die: before each call, and with half of each write done."""
    stage.reset()
    disk = RecordingDisk(look=stage.look, **kind)
    stage.act(disk)
    stage.look()
    torn = [(at, True) for at, (call, _) in enumerate(disk.calls) if call == "write"]
    return [*((at, False) for at in range(len(disk.calls))), *torn]


def killed(stage: Stage, point: Point, kind: Kind) -> None:
    """Let the act die at a point."""
    at, torn = point
    stage.reset()
    with pytest.raises(Killed):
        stage.act(FaultingDisk(at=at, dies=True, torn=torn, look=stage.look, **kind))
    stage.look()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scene", SCENES, ids=ids)
def test_a_kill_at_any_call_ends_all_old_or_all_new(scene: Scene, kind: str, tmp_path: Path) -> None:
    """The next run finds all old or all new, recovering once more does nothing, and the work goes on."""
    stage, lacks = Stage(tmp_path, scene), KINDS[kind]
    chosen = points(stage, lacks)
    if lacks:  # all of them where names are exchanged; a share elsewhere, and all on demand
        chosen = list(some(chosen, 6))
    count(f"kills in process, {kind}", scene.name, len(chosen))
    for point in chosen:
        killed(stage, point, lacks)
        stage.recover(RecordingDisk(look=stage.look, **lacks))
        assert picture(stage.root) in (stage.old, stage.new), point
        again = RecordingDisk(**lacks)
        stage.recover(again)
        assert again.calls == [], point
        stage.act(RecordingDisk(look=stage.look, **lacks))
        assert picture(stage.root) == stage.new, point


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scene", SCENES, ids=ids)
def test_recovery_that_is_killed_is_recovered(scene: Scene, kind: str, tmp_path: Path) -> None:
    """Wherever the run died and wherever its recovery died, the next recovery comes to the same end."""
    stage, lacks = Stage(tmp_path, scene), KINDS[kind]
    tried = 0
    for point in some(points(stage, lacks), 30 if lacks else 10):
        killed(stage, point, lacks)
        half_way = tmp_path / "half way"
        shutil.copytree(stage.root, half_way, symlinks=True)
        at = 0
        while True:
            shutil.rmtree(stage.root)
            shutil.copytree(half_way, stage.root, symlinks=True)
            try:
                stage.recover(FaultingDisk(at=at, dies=True, torn=True, look=stage.look, **lacks))
            except Killed:
                stage.look()
                stage.recover(RecordingDisk(look=stage.look, **lacks))
                assert picture(stage.root) in (stage.old, stage.new), (point, at)
                at += 1
                continue
            break
        shutil.rmtree(half_way)
        tried += at
    count(f"kills of recovery, {kind}", scene.name, tried)
