"""The documents say what the program does: help texts, codes, fields, examples, links and command lines."""

import ast
import json
import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, cast

import attrs
import jsonschema  # type: ignore[import-untyped]
import pytest
import typer

from reconciler.cli import endings
from reconciler.cli.app import app
from reconciler.commands.report import Outcome, Report
from reconciler.engine.compare import Action
from reconciler.engine.problems import Code as EngineCode
from reconciler.gonkagate.facts import Code as GonkagateCode
from reconciler.gonkagate.models import LEDGER
from reconciler.mimocode.facts import OVERRIDES
from reconciler.mimocode.facts import Code as MimocodeCode
from reconciler.mimocode.trust import release_audits
from tests.support import reference
from tests.support.target import REPOSITORY

DOCS: Final = REPOSITORY / "docs"
PAGES: Final = (*sorted(DOCS.rglob("*.md")), REPOSITORY / "README.md")
SCHEMA: Final[dict[str, Any]] = json.loads((DOCS / "schemas" / "report-1.0.schema.json").read_text("utf-8"))
NAMES: Final = ("mimo-code-setup", "gonkagate-mimo-code")
SHELLS: Final = ("sh", "bash", "console", "")
EXIT_CODES: Final = {
    value
    for name, value in vars(endings).items()
    if name.isupper() and not name.startswith("_") and type(value) is int
}

FENCE: Final = re.compile(r"^\s*(`{3,}|~{3,})\s*(\w*)")
LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TEST_NAMED: Final = re.compile(r"`(tests/[\w/*]+(?:\.py)?)(?:::(\w+))?`")


@attrs.frozen
class Block:
    """A fenced block: its language, its text, and the line on which the text begins."""

    language: str
    text: str
    line: int


@attrs.frozen
class Page:
    """A document taken apart: its fenced blocks, and the rest with the blocks blanked out."""

    path: Path
    prose: str
    blocks: tuple[Block, ...]

    @property
    def headings(self) -> list[str]:
        """The headings as they are written."""
        return [match[1] for match in re.finditer(r"^#{1,6} +(.+?) *$", self.prose, re.MULTILINE)]

    def table(self, first_heading: str) -> list[list[str]]:
        """Return the rows of the tables whose first column has this heading."""
        rows: list[list[str]] = []
        inside = False
        for line in self.prose.splitlines():
            cells = (
                [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
            )
            if cells and set(cells[0]) <= set("-: "):
                continue
            if not inside or not cells:
                inside = cells[:1] == [first_heading]
                continue
            rows.append(cells)
        return rows


def page(path: Path) -> Page:
    """Read a document."""
    prose: list[str] = []
    blocks: list[Block] = []
    fence, language, begin = "", "", 0
    held: list[str] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        mark = FENCE.match(line)
        prose.append("" if fence or mark else line)
        if not fence and mark:
            fence, language, begin, held = mark[1], mark[2], number + 1, []
        elif fence and line.strip() == fence:
            blocks.append(Block(language, "\n".join(held), begin))
            fence = ""
        elif fence:
            held.append(line)
    assert not fence, f"{path}: the block at line {begin} has no end"
    return Page(path, "\n".join(prose), tuple(blocks))


def slug(heading: str) -> str:
    """Return the name under which a heading can be linked to, as GitHub makes it."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    """Return every anchor of a document; headings of the same name are numbered."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in page(path).headings:
        name = slug(heading)
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


def ids(path: Path) -> str:
    """Name a page in a test's name."""
    return str(path.relative_to(REPOSITORY))


# Commands


@pytest.mark.parametrize("command", list(reference.commands()))
def test_help_is_pasted_as_it_is(command: str) -> None:
    """Each command's page holds its help word for word, once; `just docs-commands` puts it there."""
    text = reference.page_of(command).read_text("utf-8")
    assert reference.block_of(command).findall(text) == [reference.help_of(command)]


def test_every_command_has_its_page() -> None:
    """No command is left out of docs/commands, none is described that does not exist, and all are listed."""
    known = {reference.page_of(command) for command in reference.commands()}
    index = DOCS / "commands" / "index.md"
    assert set((DOCS / "commands").iterdir()) == known | {index}
    assert {path.name for path in known} <= set(LINK.findall(page(index).prose))


def test_each_page_of_a_command_says_how_it_can_end() -> None:
    """With one line of exit codes for each command on it; each of them is in the table of all."""
    table = {int(row[0]) for row in page(DOCS / "commands" / "index.md").table("Exit code")}
    for path in {reference.page_of(command) for command in reference.commands()}:
        prose = page(path).prose
        lines = re.findall(r"^Exit codes: (.+?)\.$", prose, re.MULTILINE | re.DOTALL)
        assert len(lines) == len(re.findall(r"^##? ", prose, re.MULTILINE)), path
        assert {int(code) for line in lines for code in re.findall(r"\b\d+\b", line)} <= table, path


def test_exit_codes_are_all_listed() -> None:
    """The table of docs/commands has each exit code once."""
    rows = page(DOCS / "commands" / "index.md").table("Exit code")
    assert sorted(int(row[0]) for row in rows) == sorted(EXIT_CODES)


def command_lines() -> Iterator[tuple[str, list[str]]]:
    """Yield every call of the program in a block for a shell, with its place."""
    for path in PAGES:
        for block in page(path).blocks:
            if block.language not in SHELLS:
                continue
            for number, line in enumerate(block.text.splitlines(), block.line):
                if block.language == "console" and not line.startswith("$ "):
                    continue
                for words in calls(line.removeprefix("$ ")):
                    yield f"{ids(path)}:{number}", words


def calls(line: str) -> Iterator[list[str]]:
    """Yield the arguments of each call of the program in one line of shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    call: list[str] | None = None
    for word in [*lexer, ";"]:
        if set(word) <= set(";|&()<>"):
            if call is not None:
                yield call
            call = None
        elif call is not None:
            call.append(word)
        elif word in NAMES:
            call = []


def parse_arguments(arguments: Sequence[str]) -> None:
    """Parse arguments as the program does, without running anything. Raises its complaints."""
    group = cast("Any", typer.main.get_command(app))
    first = next((place for place, word in enumerate(arguments) if word in group.commands), None)
    try:
        if first is None:
            group.make_context("mimo-code-setup", list(arguments))
        else:
            assert first == 0, f"a flag stands before the command: {arguments}"
            command, rest = group.commands[arguments[0]], list(arguments[1:])
            while rest and rest[0] in getattr(command, "commands", ()):
                command = command.commands[rest.pop(0)]
            command.make_context(command.name, rest)
    except typer.Exit:
        return  # --help and --version end here


@pytest.mark.parametrize(
    ("place", "arguments"), [pytest.param(*call, id=call[0]) for call in command_lines()]
)
def test_every_command_line_parses(place: str, arguments: list[str]) -> None:
    """Commands, flags and values of every example exist."""
    parse_arguments(arguments)


@pytest.mark.parametrize("line", ["mimo-code-setup plan --no-such-flag", "x | mimo-code-setup --scope mars"])
def test_a_command_line_that_does_not_exist_is_found(line: str) -> None:
    """The check above is able to fail."""
    ((arguments),) = calls(line)
    with pytest.raises(Exception, match=r"(?i)no such option|invalid value|not one of"):
        parse_arguments(arguments)


# JSON


def test_the_examples_are_valid_reports() -> None:
    """Every JSON block of docs/json.md is a report by the published schema."""
    examples = [block for block in page(DOCS / "json.md").blocks if block.language == "json"]
    assert examples
    for example in examples:
        report = json.loads(example.text)
        jsonschema.Draft202012Validator(SCHEMA).validate(report)
        assert list(report) == SCHEMA["required"]


def test_every_field_is_described() -> None:
    """The tables of docs/json.md name each field of a report and of what stands in its lists."""
    told = named(page(DOCS / "json.md").table("Field"))
    parts = ("change", "checks", "backup", "project", "explanation", "layer", "reliance", "probe", "topic")
    lists = (SCHEMA["required"], *(SCHEMA["$defs"][part]["required"] for part in parts))
    assert Counter(told) == Counter(name for names in lists for name in names)


def test_outcomes_and_their_exit_codes_are_described() -> None:
    """The table of docs/json.md has each outcome once, with the exit code that it gives."""
    rows = page(DOCS / "json.md").table("Outcome")
    told = {code: cells[2] for cells in rows for code in named([cells])}
    assert len(rows) == len(told)
    assert told.keys() == {outcome.value for outcome in Outcome}
    for outcome in Outcome:
        codes = [endings.exit_code(Report("plan", outcome))]
        codes += [endings.exit_code(Report("plan", outcome), detailed=True)]
        assert [int(number) for number in re.findall(r"\d+", told[outcome])] == list(dict.fromkeys(codes))


def test_every_action_is_described() -> None:
    """docs/json.md names each action of a change."""
    (row,) = (row for row in page(DOCS / "json.md").table("Field") if row[0] == "`action`")
    assert set(re.findall(r"`(\w+)`", row[1])) == {action.value for action in Action}


def named(rows: list[list[str]]) -> list[str]:
    """Return the names in backquotes of each row's first cell."""
    return [name for row in rows for name in re.findall(r"`(\w+)`", row[0])]


# Blockers


def members() -> dict[str, str]:
    """Return the codes of the three enumerations by the name of the member."""
    return {
        member.name: member.value for codes in (EngineCode, GonkagateCode, MimocodeCode) for member in codes
    }


def given_codes() -> set[str]:
    """Return every code that some line of the program gives: members in use, and literal codes."""
    known, found = members(), set()
    for path in sorted((REPOSITORY / "reconciler").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and is_code_enum(node.value):
                found.add(known[node.attr])
            elif isinstance(node, ast.Call) and called(node) in ("Blocker", "stop", "_report"):
                found |= set(literal_codes(node, constants))
    return found


def is_code_enum(node: ast.expr) -> bool:
    """Say whether an expression is one of the enumerations: `Code`, or `facts.Code`."""
    return getattr(node, "id", None) == "Code" or getattr(node, "attr", None) == "Code"


def called(node: ast.Call) -> str | None:
    """Return the name of what is called."""
    return node.func.id if isinstance(node.func, ast.Name) else None


def literal_codes(node: ast.Call, constants: dict[str, Any]) -> Iterator[str]:
    """Yield the code that a call spells out, in its own words or by a constant of its module."""
    place = 1 if called(node) == "_report" else 0
    argument = node.args[place]
    value = argument.value if isinstance(argument, ast.Constant) else None
    if isinstance(argument, ast.Name):
        value = constants.get(argument.id)
    if isinstance(value, str):
        yield value


def test_every_code_has_its_entry() -> None:
    """docs/blockers.md has one heading for each code that the program can give, and no other."""
    text = page(DOCS / "blockers.md").prose
    told = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert sorted(told) == sorted(given_codes())


def test_every_entry_says_what_it_means_and_what_to_do() -> None:
    """Each entry of docs/blockers.md has both."""
    entries = re.split(r"^### ", page(DOCS / "blockers.md").prose, flags=re.MULTILINE)[1:]
    lacking = [
        entry.split("\n", 1)[0] for entry in entries if not {"**Means:**", "**Do:**"} <= set(entry.split())
    ]
    assert lacking == []


def test_no_code_is_dead() -> None:
    """Each member of the enumerations is given by some line of the program."""
    assert set(members().values()) - given_codes() == set()


# Facts that are told twice


def test_audited_versions_are_listed() -> None:
    """docs/compatibility.md has the table of audits, with the same dates."""
    told = [tuple(row[:2]) for row in page(DOCS / "compatibility.md").table("MiMoCode")]
    assert told == [(audit.version, audit.date) for audit in release_audits()]


def test_validated_models_are_listed() -> None:
    """docs/models.md has the ledger: model, date, against what, and who says so."""
    told = [tuple(row) for row in page(DOCS / "models.md").table("Model")]
    assert told == [(f"`{one.model}`", one.date, one.against, one.source) for one in LEDGER]


def test_every_symptom_has_its_proof() -> None:
    """Each section of docs/troubleshooting.md names a test function that shows what it says."""
    sections = re.split(r"^## ", page(DOCS / "troubleshooting.md").prose, flags=re.MULTILINE)[1:]
    assert len(sections) > 10
    unproved = [
        section.split("\n", 1)[0]
        for section in sections
        if not any(function for _, function in TEST_NAMED.findall(section))
    ]
    assert unproved == []


def test_variables_of_the_layers_exist() -> None:
    """Each MIMOCODE variable that a document names is one that the program knows."""
    known = {*OVERRIDES, "MIMOCODE_HOME"}
    told = {name for path in PAGES for name in re.findall(r"\bMIMOCODE_[A-Z_]+\b", path.read_text("utf-8"))}
    assert told - known == set()


# Links


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_every_link_leads_somewhere(path: Path) -> None:
    """Relative links lead to files that exist, and to headings that these have."""
    broken = []
    for target in LINK.findall(page(path).prose):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_every_test_that_is_named_exists(path: Path) -> None:
    """A document that points at a test or a folder of tests points at one that is there."""
    missing = [
        name
        for name, function in TEST_NAMED.findall(page(path).prose)
        if not any(
            not function or f"def {function}(" in file.read_text("utf-8")
            for file in REPOSITORY.glob(name.rstrip("/"))
        )
    ]
    assert missing == []


def test_every_rule_has_its_proof() -> None:
    """Each row of the table in docs/how-mimocode-resolves.md names a test function of its own."""
    rows = page(DOCS / "how-mimocode-resolves.md").table("Rule")
    proofs = [TEST_NAMED.fullmatch(row[1]) for row in rows]
    assert len(proofs) > 25
    named_here = [(proof[1], proof[2]) for proof in proofs if proof is not None and proof[2]]
    assert len(set(named_here)) == len(rows)
    assert all(function in functions(REPOSITORY / name) for name, function in named_here)


def functions(path: Path) -> set[str]:
    """Return the names of a module's functions."""
    return {
        node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)
    }
