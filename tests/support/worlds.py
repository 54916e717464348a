"""Small worlds in which the stand-in and the real mimo can be asked the same questions.

A ``Scenario`` is data: files, links, git folders, variables and calls. ``play`` builds it below a folder of
its own, makes the calls, and returns what a caller could see, with the folder's name taken out so that two
worlds compare.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs

from tests.support.sandbox import make_git, run_mimo, system_path
from tests.support.snapshots import snapshot

ROOT: Final = "@ROOT@"
Calls = tuple[tuple[str, ...], ...]

CONFIG: Final = ("--pure", "debug", "config")
MODELS: Final = ("models", "gonkagate")
# Of the resolved configuration: MiMoCode's own agents and commands, the machine's user, notes about origins.
NOT_COMPARED: Final = ("agent", "command", "username", "mcp_origins")
# What both leave behind under a different name or with a content of their own at each run.
VOLATILE: Final = (
    "*/log/*",
    "*/mimocode.db*",
    "*/locks",
    "*/bin",
    "*/models.json",
    "*/.git/[!im]*",
    "*/.git/info/refs",
    "tmp/*",
    "bin",
    "bin/*",
)


@attrs.frozen
class Scenario:
    """A claim about the stand-in, and the world in which it is put to the test.

    ``files`` are given by their path below the world's root, ``None`` for a folder; ``@ROOT@`` in a content,
    a link or a variable is that root. ``git`` names the folders that git is to initialise, ``home`` the home
    folder.
    """

    claim: str
    files: Mapping[str, str | bytes | None] = attrs.field(factory=dict)
    env: Mapping[str, str | None] = attrs.field(factory=dict)
    cwd: str = "project"
    calls: Calls = (CONFIG,)
    git: tuple[str, ...] = ("project",)
    links: Mapping[str, str] = attrs.field(factory=dict)
    script: str = ""
    home: str = "home"


@attrs.frozen
class Call:
    """What one call showed: its code, its answer, its complaint."""

    arguments: tuple[str, ...]
    exit_code: int
    answer: Any
    complaint: str


@attrs.frozen
class Outcome:
    """What a whole scenario showed: its calls, and the files at its end."""

    calls: tuple[Call, ...]
    files: Mapping[str, str]


def play(scenario: Scenario, root: Path, mimo: Path) -> Outcome:
    """Build the scenario below ``root`` and make its calls with that mimo."""
    build(scenario, root)
    (root / "bin").mkdir()
    (root / "bin" / "mimo").symlink_to(mimo)
    (root / "tmp").mkdir()
    env = {
        "HOME": str(root / scenario.home),
        "PATH": f"{root / 'bin'}:{system_path()}",
        "TMPDIR": str(root / "tmp"),
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "MIMOCODE_DISABLE_MODELS_FETCH": "1",
        "MIMOCODE_ENABLE_ANALYSIS": "false",
        **{name: value and value.replace(ROOT, str(root)) for name, value in scenario.env.items()},
    }
    given = {name: value for name, value in env.items() if value is not None}
    where = Path(scenario.cwd) if scenario.cwd.startswith("/") else root / scenario.cwd
    calls = []
    for arguments in scenario.calls:
        result = run_mimo(arguments, where, given)
        answer: object = result.stdout.replace(str(root), ROOT)
        if result.report is not None:
            answer = what_matters(result.report, root)
        calls.append(Call(arguments, result.exit_code, answer, plain(result.stderr, root)))
    return Outcome(tuple(calls), files_of(root))


def build(scenario: Scenario, root: Path) -> None:
    """Make the folders, git work trees, files and links of a scenario."""
    for folder in ("home", "project", "outside"):
        (root / folder).mkdir(parents=True)
    for folder in scenario.git:
        make_git(root / folder)
    for name, content in scenario.files.items():
        path = root / name
        assert root in path.parents, f"{name} lies outside of the world"
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir(exist_ok=True)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content.replace(ROOT, str(root)))
    for name, target in scenario.links.items():
        (root / name).symlink_to(target.replace(ROOT, str(root)))
    if scenario.script:
        git = {
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@b",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@b",
        }
        env = {"PATH": system_path(), "HOME": str(root / "home"), **git}
        shell = shutil.which("sh") or "sh"
        subprocess.run([shell, "-ec", scenario.script], cwd=root, env=env, check=True, capture_output=True)


def what_matters(resolved: dict[str, Any], root: Path) -> dict[str, Any]:
    """Return a resolved configuration without what is MiMoCode's own, and the order of its names."""
    shown = {name: value for name, value in resolved.items() if name not in NOT_COMPARED}
    shown["provider"] = {n: p for n, p in resolved["provider"].items() if n != "mimo"}
    shown["order"] = [name for name in resolved if name != "mcp_origins"]
    shown["order of providers"] = list(resolved["provider"])
    shown["order of models"] = [list(p.get("models", {})) for p in shown["provider"].values()]
    shown["agents' models"] = {n: a["model"] for n, a in resolved["agent"].items() if "model" in a}
    text = json.dumps(shown, ensure_ascii=False).replace(
        json.dumps(str(root), ensure_ascii=False)[1:-1], ROOT
    )
    found: dict[str, Any] = json.loads(text)
    return found


def plain(stderr: str, root: Path) -> str:
    """Return the lasting part of a complaint.

    Taken out are the world's root, the names of log files, places in somebody's code, all but the first of
    several syntax errors (the others depend on how a parser recovers), a library's own words, and the help.
    """
    text = stderr.replace(str(root), ROOT)
    text = re.sub(r"/log/\S+", "/log/FILE", text)
    text = re.sub(r"(--- Errors ---\n[^\n]*\n).*?(?=--- End ---)", r"\1", text, flags=re.DOTALL)
    text = re.sub(r"(JSON Parse error).*", r"\1", text)
    if "Options:" in text:
        return "(help)"
    return "\n".join(line for line in text.split("\n") if not re.match(r"\s+at ", line))


def disagreements(left: Outcome, right: Outcome) -> list[str]:
    """Return what differs between two outcomes of a scenario, one line of text for each thing."""
    found = []
    for ours, theirs in zip(left.calls, right.calls, strict=True):
        name = " ".join(ours.arguments)
        if ours.exit_code != theirs.exit_code:
            found.append(f"{name}: exit code {ours.exit_code}, not {theirs.exit_code}: {theirs.complaint}")
        if ours.complaint != theirs.complaint:
            found.append(f"{name}: complaint {ours.complaint!r}\n  not {theirs.complaint!r}")
        found += [f"{name}: answer {line}" for line in _unlike(ours.answer, theirs.answer)]
    return found + [f"files: {line}" for line in _unlike(left.files, right.files)]


def _unlike(ours: object, theirs: object) -> list[str]:
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        names = dict.fromkeys([*ours, *theirs])
        pairs = [(name, ours.get(name, "nothing"), theirs.get(name, "nothing")) for name in names]
        return [f"{name}: {mine!r}\n  not {other!r}" for name, mine, other in pairs if mine != other]
    return [] if ours == theirs else [f"{ours!r}\n  not {theirs!r}"]


def files_of(root: Path) -> dict[str, str]:
    """Return kind, mode and content of every lasting file of a world; an id made at random shows as such."""
    found = {}
    for name, entry in snapshot(root, ignore=VOLATILE).items():
        content = entry.content.decode(errors="backslashreplace").replace(str(root), ROOT)
        if name.endswith("mimocode-project-id"):
            content = re.sub(r"^[0-9a-f-]{36}$", "(an id)", content)
        found[name] = f"{entry.kind} {entry.mode:o} {(entry.link or '').replace(str(root), ROOT)}\n{content}"
    return found
