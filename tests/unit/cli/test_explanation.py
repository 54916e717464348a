"""Explanations as people read them: the order, the mark, the places, on wide and narrow terminals."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from reconciler.cli.render import show
from reconciler.commands.report import Explanation, LayerValue, Outcome, Report
from reconciler.engine.problems import Blocker, Place, Warning_
from reconciler.engine.values import ABSENT, Absent

KEY = ("provider", "gonkagate", "models", "a/b-1.2", "name")
LONG = "/home/ada/work/a-rather-long-name-of-a-folder/and-one-more/.mimocode/mimocode.json"


def layer(place: Place, value: object, *, decides: bool = False, **more: object) -> LayerValue:
    """Make a layer that is not ours."""
    kind = "variable" if place.variable else "user"
    return LayerValue(kind, place, value, ours=bool(more.pop("ours", False)), decides=decides, **more)  # type: ignore[arg-type]


def explained(*layers: LayerValue, claimed: bool = False, without: object = ABSENT) -> Report:
    """Make a report that explains one key."""
    value = next((one.value for one in layers if one.decides), ABSENT)
    assert isinstance(without, str | Absent)
    one = Explanation(
        KEY, value, without, claimed=claimed, applied="mine" if claimed else ABSENT, layers=layers
    )
    return Report("explain", Outcome.NO_CHANGES, explanations=(one,))


def printed(report: Report, width: int = 80, *, terminal: bool = True, color: bool = False) -> str:
    """Print a report on a console of some width."""
    stream = io.StringIO()
    console = Console(
        file=stream,
        width=width,
        force_terminal=terminal,
        no_color=not color,
        highlight=False,
        markup=False,
        color_system="standard" if color else None,
    )
    show(report, console, home="/home/ada", verbose=False)
    return stream.getvalue()


BOTH = explained(
    layer(Place(variable="MIMOCODE_CONFIG_CONTENT"), "one", decides=True),
    layer(Place("/home/ada/.config/mimocode/mimocode.jsonc", 12, 7), "two"),
)


def test_each_layer_has_its_place_and_its_value() -> None:
    """The key with what is in force first, then the layers, the one that decides marked."""
    assert printed(BOTH).splitlines() == [
        'provider.gonkagate.models["a/b-1.2"].name  "one"',
        "  variable MIMOCODE_CONFIG_CONTENT  decides",
        '    "one"',
        "  ~/.config/mimocode/mimocode.jsonc:12:7  (user config)",
        '    "two"',
        "",
    ]


def test_the_mark_does_without_colours() -> None:
    """With colours the same text is there, and more."""
    assert "\x1b" not in printed(BOTH)
    assert "\x1b" in printed(BOTH, color=True)


def test_a_key_that_nobody_sets_is_one_line() -> None:
    """It says so."""
    assert printed(explained()) == 'provider.gonkagate.models["a/b-1.2"].name  (nothing)\n\n'


@pytest.mark.parametrize(
    ("drifted", "said"), [(False, "(ours, as applied)"), (True, '(ours, drifted: "mine" was applied)')]
)
def test_what_is_ours_says_whether_it_is_as_applied(drifted: bool, said: str) -> None:  # noqa: FBT001
    """And what it would be without us stands below."""
    report = explained(
        layer(Place("/f", 1, 2), "mine", decides=True, ours=True, drifted=drifted),
        claimed=True,
        without="before",
    )
    lines = printed(report).splitlines()
    assert lines[2:4] == [f'    "mine"  {said}', '  without us: "before"']


def test_a_named_file_says_which_variable_names_it() -> None:
    """One wants to know why it is read at all."""
    report = explained(layer(Place("/f", 1, 2), "x", decides=True, named_by="MIMOCODE_CONFIG"))
    assert "  /f:1:2  decides  (named by MIMOCODE_CONFIG)" in printed(report)


WIDE = explained(
    layer(Place(LONG, 100, 23), "模型" * 20, decides=True, ours=True),
    layer(Place(f"/home/ada/{'文件夹/' * 12}mimocode.json", 1, 1), {"a": ["é", "😀" * 30]}),
    claimed=True,
    without="x" * 100,
)


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize("report", [BOTH, WIDE], ids=["plain", "wide"])
def test_no_line_is_wider_than_the_terminal(report: Report, width: int) -> None:
    """Long paths and wide characters are broken by what they take up, and nothing of them is lost."""
    text = printed(report, width)
    assert max(map(cell_len, text.splitlines())) <= width
    whole = printed(report, 1000)
    assert "".join(text.split()) == "".join(whole.split())


@pytest.mark.parametrize("width", [40, 80])
def test_what_is_broken_hangs_below_its_beginning(width: int) -> None:
    """So that the next layer can be told from the rest of this one."""
    lines = printed(WIDE, width).splitlines()
    begun = [line for line in lines if line.startswith("  ") and not line.startswith("   ")]
    assert [line[2:4] for line in begun] == ["~/", "~/", "wi"]
    values = [line for line in lines if line.startswith("    ") and not line.startswith("     ")]
    assert [line[4] for line in values[-2:]] == ['"', "{"]


def test_where_no_terminal_is_lines_stay_whole() -> None:
    """What is read by a program or a pager is not broken."""
    assert f"~{LONG.removeprefix('/home/ada')}:100:23" in printed(WIDE, 40, terminal=False)


def test_what_cannot_be_read_comes_first_and_notes_last() -> None:
    """The explanations stand between."""
    report = Report(
        "explain",
        Outcome.BLOCKED,
        blockers=(Blocker("config_unreadable", "broken", "mend it", "config", Place("/f", 1, 2)),),
        warnings=(Warning_("careful"),),
        explanations=BOTH.explanations,
    )
    text = printed(report)
    parts = (
        "config_unreadable: broken",
        "would not start here",
        "provider.gonkagate",
        "Note: careful",
        "Stopped.",
    )
    assert sorted(parts, key=text.index) == list(parts)


def test_nothing_of_a_layer_acts_on_the_terminal() -> None:
    """Names and values come from files of others."""
    report = explained(layer(Place("/f\x1b[31m\n", 1, 2), "\x1b[2J\u202e", decides=True))
    text = printed(report)
    assert "\x1b" not in text
    assert "\u202e" not in text
