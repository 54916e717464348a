"""What is handed out: a wheel with the program alone, and a source archive that builds the same wheel."""

import ast
import importlib.metadata
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support import licences
from tests.support.packages import build
from tests.support.target import REPOSITORY

STAYS: Final = {".editorconfig", ".gitattributes"}
"""What of the repository serves whoever works in it with git, and nobody who unpacks an archive of it."""
STAYS_BELOW: Final = (".github/",)
COPIED: Final = {
    "reconciler/help_data/blockers.md": "docs/blockers.md",
    "reconciler/demo_data/mimo_standin.py": "fixtures/mimo_standin.py",
    "reconciler/demo_data/catalog.json": "fixtures/catalogs/demo.json",
}


@attrs.frozen
class Packages:
    """Both archives, and a wheel that was built of the unpacked source archive."""

    wheel: Path
    source: Path
    again: Path


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Build everything once."""
    root = tmp_path_factory.mktemp("packages")
    source = build("sdist", root / "source")
    with tarfile.open(source) as archive:
        # Pythons that know the filter warn without it; the first ones of 3.11 do not know it yet.
        safely: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(root / "unpacked", **safely)  # noqa: S202 - an archive of our own
    (unpacked,) = (root / "unpacked").iterdir()
    wheel, again = build("wheel", root / "wheel"), build("wheel", root / "again", unpacked)
    return Packages(wheel, source, again)


def tracked(*below: str) -> set[str]:
    """Name the files of the repository, those that are about to be added as well."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *below]
    listed = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    return {name for name in listed.split("\0") if name and (REPOSITORY / name).exists()}


def contents(wheel: Path) -> dict[str, bytes]:
    """Return the files of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def about(wheel: Path) -> Message:
    """Return what a wheel says of itself."""
    (name,) = (name for name in contents(wheel) if name.endswith(".dist-info/METADATA"))
    return BytesParser().parsebytes(contents(wheel)[name])


def test_the_wheel_holds_the_program_and_nothing_else(packages: Packages) -> None:
    """Every file of the package, what demo and help need, the licence and the metadata."""
    found = contents(packages.wheel)
    information = {name for name in found if ".dist-info/" in name}
    assert set(found) - information == tracked("reconciler") | COPIED.keys()
    assert {name.partition("/")[2] for name in information} == {
        *("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    }


def test_each_file_of_the_wheel_is_the_repository_s_own(packages: Packages) -> None:
    """Byte for byte, what it copies too."""
    for name, held in contents(packages.wheel).items():
        if ".dist-info/" not in name:
            assert held == (REPOSITORY / COPIED.get(name, name)).read_bytes(), name


def test_the_source_archive_holds_what_the_repository_holds(packages: Packages) -> None:
    """All that builds, tests and explains the program, and nothing that git does not know."""
    with tarfile.open(packages.source) as archive:
        found = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    expected = {name for name in tracked() - STAYS if not name.startswith(STAYS_BELOW)}
    assert found - {"PKG-INFO"} == expected


def test_the_source_archive_builds_the_same_wheel(packages: Packages) -> None:
    """Whoever builds it himself gets every byte that is handed out."""
    assert contents(packages.again) == contents(packages.wheel)


def test_the_wheel_runs_wherever_python_does(packages: Packages) -> None:
    """It is bound to no system and no processor, and says from which Python on."""
    told = about(packages.wheel)
    assert packages.wheel.name.endswith("-py3-none-any.whl")
    assert told["Requires-Python"] == licences.project()["project"]["requires-python"]
    assert told["License-Expression"] == "Apache-2.0"


def test_every_import_of_the_program_is_declared() -> None:
    """Nothing is relied on because something else brings it along, and nothing is declared for nothing."""
    providers = importlib.metadata.packages_distributions()
    imported = {
        canonicalize_name(name)
        for path in (REPOSITORY / "reconciler").rglob("*.py")
        for module in imports(ast.parse(path.read_bytes()))
        if module not in sys.stdlib_module_names and module != "reconciler"
        for name in providers[module]
    }
    declared = {
        canonicalize_name(Requirement(one).name) for one in licences.project()["project"]["dependencies"]
    }
    assert imported == declared


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield the top module of every import, also of those inside of functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


# Licences


@pytest.mark.parametrize("group", ["program", "tools"])
def test_every_dependency_has_a_licence_that_is_allowed(group: str) -> None:
    """Everything that the program brings along, and, a little less strictly, what it is made with."""
    told = licences.project()
    wanted = told["project"]["dependencies"] if group == "program" else told["dependency-groups"]["dev"]
    found = licences.closure(wanted)
    assert len(found) > 12
    refused = {
        name: sorted(licences.choices(one))
        for name, one in found.items()
        if not licences.is_allowed(one, of_tools=group == "tools")
    }
    assert refused == {}


def test_nothing_is_allowed_that_nobody_needs() -> None:
    """A licence stands in the list because a package has it, so that no list grows without a reason."""
    told = licences.project()
    wanted = [*told["project"]["dependencies"], *told["dependency-groups"]["dev"]]
    in_use = {name for one in licences.closure(wanted).values() for name in licences.choices(one)}
    assert licences.ALLOWED.keys() - in_use == set()


class Made(Distribution):
    """A package of the test's own, which is nothing but its metadata."""

    def __init__(self, text: str) -> None:
        self._text = text

    def read_text(self, filename: str) -> str | None:
        """Return the metadata."""
        return self._text if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        """Find no file: there is none."""
        raise FileNotFoundError(path)


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("License-Expression: MIT", True),
        ("License-Expression: GPL-3.0-only OR MIT", True),
        ("License-Expression: GPL-3.0-only", False),
        ("License-Expression: MIT AND GPL-3.0-only", False),
        ("Classifier: License :: OSI Approved :: MIT License", True),
        ("Classifier: License :: OSI Approved :: GNU Affero General Public License v3", False),
        ("License: BSD-3-Clause", True),
        ("License: do what you like", False),
        ("Summary: says nothing", False),
    ],
)
def test_a_licence_that_nobody_looked_at_is_refused(line: str, *, allowed: bool) -> None:
    """Also one that is not told, or that binds to another beside an allowed one."""
    assert licences.is_allowed(Made(f"Metadata-Version: 2.4\nName: made\n{line}\n")) is allowed


def test_what_tools_may_have_the_program_may_not() -> None:
    """A tool of the tests is handed to nobody; a dependency of the program is installed with it."""
    made = Made("Metadata-Version: 2.4\nName: made\nLicense-Expression: LGPL-3.0-only\n")
    assert (licences.is_allowed(made), licences.is_allowed(made, of_tools=True)) == (False, True)
