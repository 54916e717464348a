"""Layers made at random, always such as MiMoCode accepts, to compare what comes of them with our model.

A ``World`` is what one process of MiMoCode shares: a home with its files, variables, and folders in which it
is asked. Every text holds a ``$schema`` that MiMoCode leaves alone, so that asking changes nothing.
"""

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from tests.support.sandbox import make_git_by_hand

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG_FOLDER: Final = Path(".config/mimocode")
USER_NAMES: Final = ("mimocode.jsonc", "mimocode.json", "config.json")
NAMES: Final = ("mimocode.jsonc", "mimocode.json")
VARIABLES: Final = {
    "PLAIN": "from a variable",
    "ODD": "ünï ✓ \u2028 $& {x}",
    "EMPTY": "",
    "NUMBER": "4096",
    "POINTER": "{file:~/part}",
    "NAME": "name",
}
PARTS: Final = {
    "part": "\ufeff from a file\u00a0\r\n",
    "odd-part": 'quote " back \\ tab\t two\nlines {env:PLAIN} }',
    "empty-part": " \n",
}
MODELS: Final = ("m/one", "m/two", "m/{env:NAME}", "10", "2")
PROVIDERS: Final = ("gonkagate", "acme", "other")
GIT_KINDS: Final = (*(["work tree"] * 4), "linked", "broken", "empty")
KEPT: Final = ("./kept.json", "{env:PLAIN}")


@attrs.frozen
class World:
    """A home, the variables of a shell, and the folders that MiMoCode is asked in."""

    seed: int
    root: Path
    home: str
    """As the variable spells it."""
    variables: dict[str, str]
    folders: tuple[Path, ...]

    @property
    def temporary(self) -> Path:
        """What ``TMPDIR`` says."""
        return self.root / "tmp"


@attrs.define
class Writer:
    """Writes one world; everything that it decides comes from its random numbers."""

    chance: random.Random
    root: Path
    count: int = 0

    def likely(self, probability: float) -> bool:
        """Decide."""
        return self.chance.random() < probability

    # Values

    def text(self) -> str:
        """Give a text that no other layer has, mostly; some come from elsewhere."""
        self.count += 1
        token = self.chance.choice(
            [
                *("{env:PLAIN}", "{env:ODD}", "{env:EMPTY}", "{env:MISSING}", "{env:POINTER}", "{env:}"),
                *(
                    "{file:~/part}",
                    "{file:~/odd-part}",
                    "{file:part}",
                    "{file:./odd-part}",
                    "{file:{env:HOME}/part}",
                ),
            ]
        )
        return self.chance.choice([f"t{self.count}"] * 6 + [token, f"a {token} b", f'ü\u2028"\\{self.count}'])

    def model(self) -> str:
        """Give the name of a model for ``model`` and its like."""
        return "" if self.likely(0.1) else f"{self.chance.choice(PROVIDERS)}/{self.text()}"

    def limit(self) -> dict[str, Any]:
        """Give both numbers, perhaps a third."""
        numbers = [0, 1, 262144, 1e6, -5, 0.5]
        names = ["context", "output", *(["input"] if self.likely(0.2) else [])]
        return {name: self.chance.choice(numbers) for name in names}

    def anything(self, depth: int = 2) -> Any:  # noqa: ANN401 - any JSON
        """Give what an unknown option may hold."""
        if depth and self.likely(0.5):
            return {key: self.anything(depth - 1) for key in self.some(("a", "b", "c"), 0.5)}
        return self.chance.choice([None, True, False, 7, [], [1, {"a": 2}], {}, self.text()])

    def some(self, names: tuple[str, ...], probability: float) -> list[str]:
        """Choose some of several, in any order."""
        chosen = [name for name in names if self.likely(probability)]
        self.chance.shuffle(chosen)
        return chosen

    def entry(self) -> dict[str, Any]:
        """Give a fragment of the provider."""
        makers: dict[str, Callable[[], Any]] = {
            "npm": self.text,
            "name": self.text,
            "whitelist": lambda: self.some(MODELS, 0.4),
            "blacklist": lambda: self.some(MODELS, 0.3),
            "options": self.options,
            "models": lambda: {name: self.one_model() for name in self.some(MODELS, 0.5)},
        }
        return {name: makers[name]() for name in self.some(tuple(makers), 0.4)}

    def options(self) -> dict[str, Any]:
        """Give some options, known and unknown."""
        makers: dict[str, Callable[[], Any]] = {
            "apiKey": self.text,
            "baseURL": self.text,
            "setCacheKey": lambda: self.likely(0.5),
            "custom": self.anything,
            "headers": lambda: {name: self.text() for name in self.some(("X-A", "X-B"), 0.6)},
        }
        return {name: makers[name]() for name in self.some(tuple(makers), 0.5)}

    def one_model(self) -> dict[str, Any]:
        """Give a fragment of a model."""
        made: dict[str, Any] = {}
        if self.likely(0.6):
            made["name"] = self.text()
        if self.likely(0.6):
            made["limit"] = self.limit()
        return made

    def layer(self) -> dict[str, Any]:
        """Give the value of one layer."""
        makers: dict[str, Callable[[], Any]] = {
            "model": self.model,
            "small_model": self.model,
            "enabled_providers": lambda: self.some(PROVIDERS, 0.6),
            "disabled_providers": lambda: self.some(PROVIDERS, 0.3),
            "instructions": lambda: self.some(("one.md", "two.md", "three.md"), 0.6),
            "provider": lambda: {name: self.entry() for name in self.some(PROVIDERS[:2], 0.8)},
        }
        chosen = {name: makers[name]() for name in self.some(tuple(makers), 0.45)}
        place = self.chance.randrange(len(chosen) + 1)
        items = list(chosen.items())
        return dict([*items[:place], ("$schema", self.chance.choice(KEPT)), *items[place:]])

    # Texts

    def config(self) -> str:
        """Give the text of a layer."""
        text = self.spelled(self.layer(), "")
        if self.likely(0.2):
            text = f"// {{file:no such file}} {{env:PLAIN}}\n{text}"
        if self.likely(0.2):
            text = f"{text} /* {{env:ODD}} {{file:~/part}} */\n"
        return text.replace("\n", "\r\n") if self.likely(0.2) else text

    def spelled(self, value: Any, indent: str) -> str:  # noqa: ANN401 - any JSON
        """Spell a value, with comments, commas too many, keys twice, and numbers from a variable."""
        if isinstance(value, int) and not isinstance(value, bool) and self.likely(0.1):
            return "{env:NUMBER}"
        if not isinstance(value, dict):
            return json.dumps(value, ensure_ascii=self.likely(0.2))
        deeper = indent + self.chance.choice(["  ", "\t"])
        rows: list[str] = []
        for key, inner in value.items():
            if self.likely(0.08):
                rows.append(f"{json.dumps(key)}: {self.hidden()}")
            comment = self.chance.choice(["", "", "", "/* c */ ", f"// why\n{deeper}"])
            rows.append(f"{comment}{json.dumps(key)}: {self.spelled(inner, deeper)}")
        end = "," if rows and self.likely(0.2) else ""
        return "{\n" + ",\n".join(deeper + row for row in rows) + f"{end}\n{indent}}}" if rows else "{}"

    def hidden(self) -> str:
        """Give what nobody sees, for the first of two keys of one name."""
        self.count += 1
        return json.dumps(self.chance.choice([f"hidden {self.count}", {f"hidden {self.count}": None}, None]))

    # Files

    def put(self, path: Path) -> None:
        """Write a config, and beside it the files that it may refer to."""
        path.parent.mkdir(parents=True, exist_ok=True)
        put_parts(path.parent)
        text = "" if self.likely(0.05) else self.config()
        path.write_text(("\ufeff" if self.likely(0.1) else "") + text, newline="")

    def maybe(self, folder: Path, names: tuple[str, ...], probability: float) -> None:
        """Write some configs of a folder."""
        for name in self.some(names, probability):
            self.put(folder / name)


def put_parts(folder: Path) -> None:
    """Write the files that a text in this folder may refer to."""
    for name, content in PARTS.items():
        (folder / name).write_text(content, newline="")


def make(seed: int, root: Path, folders: int) -> World:
    """Make a world below a root, with so many folders to ask in."""
    writer = Writer(random.Random(seed), root)  # noqa: S311 - the same numbers each time are wanted
    home = root / "home"
    for folder in (home, root / "tmp"):
        folder.mkdir(parents=True)
    put_parts(home)
    writer.maybe(home / CONFIG_FOLDER, USER_NAMES, 0.6)
    writer.maybe(home / ".mimocode", NAMES, 0.25)
    for outer in (home, root, root / ".mimocode"):
        writer.maybe(outer, NAMES, 0.15)
    if writer.likely(0.1):
        make_git_by_hand(home)
    asked = tuple(_folder(writer, home, number) for number in range(folders))
    (root / "link").symlink_to(home)
    spelled = writer.chance.choice([str(home)] * 4 + [f"{home}/", str(root / "link")])
    variables = {**VARIABLES, **_variables(writer, home, asked)}
    writer.maybe(root / "managed", NAMES, 0.2)
    return World(seed, root, spelled, variables, asked)


def _variables(writer: Writer, home: Path, asked: tuple[Path, ...]) -> dict[str, str]:
    """Choose the variables that make layers of their own or take some away."""
    named = writer.root / "named"
    writer.put(named / "one.txt")
    writer.maybe(named / "folder", NAMES, 0.7)
    (named / "folder").mkdir(exist_ok=True)
    own = str(home / CONFIG_FOLDER)
    folders = [str(named / "folder"), str(named / "folder"), own, f"{own}/", str(home / ".mimocode")]
    folders += [str(folder / ".mimocode") for folder in asked]
    choices = {
        "MIMOCODE_CONFIG": [*([str(named / "one.txt")] * 3), str(named / "no such file"), ""],
        "MIMOCODE_CONFIG_DIR": [folder for folder in folders if Path(folder).is_dir()] + [""],
        "MIMOCODE_CONFIG_CONTENT": [writer.config()],
        "MIMOCODE_CONFIG_DEFAULTS": [writer.config()],
        "MIMOCODE_DISABLE_PROJECT_CONFIG": ["1", "TRUE", "yes", "0", ""],
        "MIMOCODE_DISABLE_GIT": ["1", "no"],
        "GIT_WORK_TREE": [str(asked[0].parent), str(writer.root)],
    }
    likely = {"MIMOCODE_DISABLE_PROJECT_CONFIG": 0.2, "MIMOCODE_DISABLE_GIT": 0.1, "GIT_WORK_TREE": 0.1}
    return {
        name: writer.chance.choice(values)
        for name, values in choices.items()
        if writer.likely(likely.get(name, 0.45))
    }


def _folder(writer: Writer, home: Path, number: int) -> Path:
    """Make a project, with or without git, and give the folder to ask in."""
    top = writer.chance.choice([home, writer.root]) / f"above-{number}"
    steps = ["project", "middle", "inner", "deep"][: writer.chance.randint(1, 4)]
    here = [top.joinpath(*steps[:depth]) for depth in range(len(steps) + 1)]
    here[-1].mkdir(parents=True)
    put_parts(here[-1])
    for folder in here:
        writer.maybe(folder, NAMES, 0.3)
        writer.maybe(folder / ".mimocode", NAMES, 0.25)
    for folder in here[1:]:
        if writer.likely(0.35):
            _make_git(folder, writer.chance.choice(GIT_KINDS))
    return here[-1]


def _make_git(folder: Path, kind: str) -> None:
    """Make a folder the root of a git work tree, or something that only looks like one."""
    git = folder / ".git"
    if kind == "work tree":
        make_git_by_hand(folder)
    elif kind == "linked":
        own = folder.parent / f"{folder.name}-git" / "worktrees" / "one"
        own.mkdir(parents=True)
        for name in ("objects", "refs"):
            (own.parents[1] / name).mkdir()
        (own.parents[1] / "HEAD").write_text("ref: refs/heads/main\n")
        (own / "HEAD").write_text("ref: refs/heads/other\n")
        (own / "commondir").write_text("../..\n")
        (own / "gitdir").write_text(f"{git}\n")
        git.write_text(f"gitdir: {own}\n")
    elif kind == "broken":
        git.write_text("gitdir: /no/such/folder\n")
    else:
        git.mkdir()
