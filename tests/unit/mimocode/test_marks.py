"""What MiMoCode would leave behind where it is asked is known beforehand."""

import subprocess
from pathlib import Path

import pytest

from reconciler.engine.files import ReadOnlyFiles
from reconciler.mimocode import marks
from reconciler.mimocode.paths import expected

FILES = ReadOnlyFiles()


@pytest.fixture(name="project")
def _project(tmp_path: Path) -> Path:
    """Make a repository with a folder of MiMoCode's and one below, and a home beside it."""
    project = tmp_path.resolve() / "project"
    for folder in (project / "below", project / ".mimocode", project.parent / "home"):
        folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", project], check=True)
    return project


def first(project: Path, folder: Path | None = None, /, **environment: str) -> str | None:
    """Name the first file that would be written, by its path beside home and project."""
    paths = expected({}, project.parent / "home")
    found = marks.outstanding(FILES, environment, paths, folder or project / "below")
    return None if found is None else str(found.relative_to(project.parent))


def leave(path: Path, text: str) -> None:
    """Write a mark."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_each_mark_is_outstanding_until_it_is_there(project: Path) -> None:
    """The line in git's excludes, the id, a list in each folder of MiMoCode's; then nothing is written."""
    excludes = "project/.git/info/exclude"
    assert first(project) == excludes
    leave(project.parent / excludes, "mine\n\n.mimocode-project-id\n")
    for name in ("project/.git/mimocode-project-id", "project/.mimocode/.gitignore"):
        assert first(project) == name
        leave(project.parent / name, "1")
    assert first(project) is None


def test_an_empty_id_is_written_again(project: Path) -> None:
    """So is one of blanks; an empty list in a folder stays."""
    leave(project / ".git/info/exclude", ".mimocode-project-id")
    leave(project / ".git/mimocode-project-id", " \n")
    leave(project / ".mimocode/.gitignore", "")
    assert first(project) == "project/.git/mimocode-project-id"


@pytest.mark.parametrize(
    "environment", [{"MIMOCODE_DISABLE_GIT": "1", "MIMOCODE_DISABLE_PROJECT_CONFIG": "1"}, {"PATH": "/no"}]
)
def test_without_git_nothing_is_written_into_it(project: Path, environment: dict[str, str]) -> None:
    """Neither where a variable says so nor where there is no such command."""
    leave(project / ".mimocode/.gitignore", "")
    assert first(project, **environment) is None


def test_what_git_does_not_know_as_a_repository_is_left_alone(project: Path) -> None:
    """Nothing is written into a folder that is only called so; nor into the home's."""
    leave(project / ".mimocode/.gitignore", "")
    (project / ".git" / "HEAD").unlink()
    assert first(project) is None
    home = project.parent / "home"
    subprocess.run(["git", "init", "-q", home], check=True)
    assert first(project, home) is None


def test_a_linked_work_tree_is_marked_in_the_git_folder_of_the_main_one(project: Path) -> None:
    """There both of them find the marks."""
    git = ["git", "-C", str(project), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    linked = project.parent / "linked"
    subprocess.run([*git, "worktree", "add", "-q", linked], check=True)
    assert first(project, linked) == "project/.git/info/exclude"
    leave(project / ".git/info/exclude", ".mimocode-project-id")
    leave(project / ".git/mimocode-project-id", "1")
    assert first(project, linked) is None


def test_every_folder_that_is_read_gets_its_list(project: Path) -> None:
    """The home's own, MiMoCode's, and one that a variable names; none is made for that."""
    outside = project.parent / "outside"
    outside.mkdir()
    assert first(project, outside) is None
    for name in ("home/.config/mimocode", "home/.mimocode", "outside/named"):
        (project.parent / name).mkdir(parents=True)
        assert first(project, outside, MIMOCODE_CONFIG_DIR="named") == f"{name}/.gitignore"
        leave(project.parent / name / ".gitignore", "")
