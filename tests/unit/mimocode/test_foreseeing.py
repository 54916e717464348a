"""What is judged before MiMoCode can be asked: by the layers as they will be, and only where that is sure."""

from pathlib import Path

import pytest
from attrs import evolve

from reconciler.engine.files import ReadOnlyFiles
from reconciler.engine.foresight import Planned
from reconciler.engine.problems import Blocker
from reconciler.mimocode import layers
from reconciler.mimocode.expectations import Expectations
from reconciler.mimocode.judging import Judgement, foresee
from reconciler.mimocode.outlook import Outlook, as_warning
from reconciler.mimocode.paths import Paths, expected

KEY = "gp-unit-0001"
ENTRY = ("provider", "gonkagate")
OURS = (
    '{"model": "gonkagate/a", "provider": {"gonkagate": {"options": {"apiKey": "{file:~/key}"}, '
    '"models": {"a": {"name": "A"}, "b": {"name": "B"}}}}}'
)


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    """Give an empty home."""
    home = tmp_path.resolve() / "home"
    home.mkdir()
    return home


def paths(home: Path) -> Paths:
    """Give MiMoCode's folders."""
    return expected({}, home)


def expectations(home: Path) -> Expectations:
    """Expect a small set-up in the user's config."""
    values: dict[tuple[str, ...], object] = {
        ("model",): "gonkagate/a",
        (*ENTRY, "models", "a", "name"): "A",
        (*ENTRY, "models", "b", "name"): "B",
    }
    config = paths(home).config / "mimocode.jsonc"
    secret = (*ENTRY, "options", "apiKey")
    return Expectations(
        "gonkagate", values, secret, KEY, ("a", "b"), ("a",), frozenset({config}), home / "key"
    )


def outlook(home: Path, environment: dict[str, str] | None = None) -> Outlook:
    """Look at a home in which the set-up is planned and nothing of it is written."""
    contents = {paths(home).config / "mimocode.jsonc": OURS.encode(), home / "key": KEY.encode()}
    planned = Planned.over(ReadOnlyFiles(), contents)
    return Outlook(planned, {"HOME": str(home), **(environment or {})}, paths(home))


def durable(home: Path, environment: dict[str, str] | None = None) -> Judgement:
    """Judge it without this shell's overrides, in no project."""
    return outlook(home, environment).durable(expectations(home), None)


def session(home: Path, environment: dict[str, str] | None = None) -> Judgement:
    """Judge it in this shell, in the home."""
    view = outlook(home, environment)
    stand = view.here(expectations(home), home)
    return view.session(expectations(home), stand, view.layers(stand))


def put(home: Path, text: str, name: str = ".mimocode/mimocode.json") -> Path:
    """Put a config into a home."""
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def only(judged: Judgement) -> Blocker:
    """Give the one blocker there is."""
    (blocker,) = judged.blockers
    return blocker


def test_a_planned_set_up_is_as_expected(home: Path) -> None:
    """The files to be written are seen at their rank, the key file included."""
    assert durable(home) == Judgement()
    assert session(home) == Judgement()


def test_a_layer_above_is_named_to_the_column(home: Path) -> None:
    """What decides is told as something that would be."""
    above = put(home, '{\n  "model": "acme/x"\n}')
    blocker = only(durable(home))
    assert (blocker.code, str(blocker.place)) == ("overridden_by_layer", f"{above}:2:12")
    assert "would" in blocker.message
    assert "acme/x" in blocker.message


@pytest.mark.parametrize("name", ["config.json", "mimocode.json"])
def test_a_lower_layer_hinders_nothing(home: Path, name: str) -> None:
    """The user's other files lie below ours."""
    put(home, '{"model": "acme/x"}', f".config/mimocode/{name}")
    assert durable(home) == Judgement()


def test_an_override_that_changes_nothing_is_none(home: Path) -> None:
    """The same value from a higher layer is no mismatch."""
    put(home, '{"model": "gonkagate/a", "provider": {"gonkagate": {"models": {"a": {"name": "A"}}}}}')
    assert durable(home) == Judgement()


def test_a_link_to_our_own_file_is_ours(home: Path) -> None:
    """It holds the same in another rank, the key's binding included."""
    (home / ".config" / "mimocode").mkdir(parents=True)
    (home / ".mimocode").symlink_to(home / ".config" / "mimocode")
    assert durable(home) == Judgement()


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ('{"disabled_providers": ["gonkagate"]}', "provider_disabled", "1:24"),
        ('{"enabled_providers": []}', "provider_not_enabled", "1:23"),
        ('{"provider": {"gonkagate": {"whitelist": ["b"]}}}', "model_not_allowed", "1:42"),
        ('{"provider": {"gonkagate": {"blacklist": ["a"]}}}', "model_blocked", "1:42"),
        ('{"provider": {"gonkagate": {"whitelist": ["a"]}}}', "models_not_listed", "1:42"),
        ('{"provider": {"gonkagate": {"blacklist": ["b"]}}}', "models_not_listed", "1:42"),
        (
            '{"provider": {"gonkagate": {"models": {"b": {"status": "alpha"}}}}}',
            "models_not_listed",
            "1:56",
        ),
        (
            '{"provider": {"gonkagate": {"options": {"headers": {"authorization": "x"}}}}}',
            "overridden_by_layer",
            "1:70",
        ),
        ('{"provider": {"gonkagate": {"options": {"apiKey": "x"}}}}', "overridden_by_layer", "1:51"),
    ],
)
def test_what_keeps_something_out_is_named_to_the_column(
    home: Path, text: str, code: str, where: str
) -> None:
    """Gates, hidden models, another header, another key: each has its code and its place."""
    above = put(home, text)
    blocker = only(durable(home))
    assert (blocker.code, str(blocker.place)) == (code, f"{above}:{where}")


def test_a_list_that_lets_everything_through_hinders_nothing(home: Path) -> None:
    """Lists with the provider and all models, and a status that hides nothing."""
    put(
        home,
        '{"enabled_providers": ["gonkagate"], "disabled_providers": ["acme"], "provider": {"gonkagate": '
        '{"whitelist": ["a", "b"], "blacklist": ["c"], "models": {"b": {"status": "beta"}}}}}',
    )
    assert durable(home) == Judgement()


def test_a_value_that_a_variable_fills_is_left_to_mimocode(home: Path) -> None:
    """Another shell may fill it otherwise; what stands beside it in plain text is judged all the same."""
    shell = {"UNIT_MODEL": "acme/x"}
    above = put(home, '{"model": "{env:UNIT_MODEL}", "disabled_providers": ["gonkagate"]}')
    judged = durable(home, shell)
    assert (only(judged).code, judged.unsure) == ("provider_disabled", True)
    above.write_text('{"model": "{env:UNIT_MODEL}"}')
    judged = durable(home, shell)
    assert (judged.blockers, judged.unsure) == ((), True)
    assert "acme/x" not in repr(judged)


def test_a_header_is_sent_whatever_fills_it_in(home: Path) -> None:
    """That it is there is enough, as long as its name stands there in plain text."""
    headers = '{"provider": {"gonkagate": {"options": {"headers": {"Authorization": "{env:UNIT_TOKEN}"}}}}}'
    above = put(home, headers)
    blocker = only(durable(home, {"UNIT_TOKEN": "hidden"}))
    assert (blocker.code, str(blocker.place)) == ("overridden_by_layer", f"{above}:1:70")
    assert "hidden" not in repr(blocker)
    put(home, headers.replace("Authorization", "{env:UNIT_NAME}"))
    assert durable(home, {"UNIT_NAME": "Authorization"}).unsure


@pytest.mark.parametrize("text", ["{", '{"model": {env:UNIT_NOTHING}}'])
def test_below_a_layer_that_cannot_be_read_nothing_is_sure(home: Path, text: str) -> None:
    """It may say anything, so what a lower layer says is no blocker."""
    put(home, '{"model": "acme/x"}', ".mimocode/mimocode.json")
    put(home, text, ".mimocode/mimocode.jsonc")
    judged = durable(home)
    assert (judged.blockers, judged.unsure) == ((), True)


def test_what_no_layer_explains_is_left_to_mimocode(home: Path) -> None:
    """A key that nothing sets is none that somebody overrides."""
    view = outlook(home)
    nothing = evolve(view, files=Planned.over(view.files, {paths(home).config / "mimocode.jsonc": b"{}"}))
    assert nothing.durable(expectations(home), None).blockers == ()


def test_a_key_file_that_holds_another_key_is_named(home: Path) -> None:
    """The binding may be ours and the key another one all the same."""
    view = outlook(home)
    other = evolve(view, files=Planned.over(view.files, {home / "key": b"gp-unit-0002"}))
    for files in (other, evolve(view, files=Planned.over(view.files, {home / "key": None}))):
        blocker = only(files.durable(expectations(home), None))
        assert str(blocker.place) == str(home / "key")
        assert "gp-unit" not in repr(blocker)


def test_this_shell_s_variable_is_named(home: Path) -> None:
    """A session's blocker says what to unset; durably nothing is wrong."""
    shell = {"MIMOCODE_CONFIG_CONTENT": '{"model": "acme/x"}'}
    blocker = only(session(home, shell))
    assert (blocker.code, str(blocker.place)) == ("session_override", "variable MIMOCODE_CONFIG_CONTENT")
    assert "unset MIMOCODE_CONFIG_CONTENT" in blocker.remedy
    warning = as_warning(blocker)
    assert warning.message.startswith("in this shell: ")
    assert "would decide" in warning.message
    assert outlook(home, shell).durable(expectations(home), None) == Judgement()


def test_a_gate_of_this_shell_is_known_as_one(home: Path) -> None:
    """Where MiMoCode would take another model in silence."""
    assert session(home, {"MIMOCODE_CONFIG_CONTENT": '{"disabled_providers": ["gonkagate"]}'}).closed
    assert not session(home, {"MIMOCODE_CONFIG_CONTENT": '{"model": "acme/x"}'}).closed


def test_a_shell_need_not_list_every_model(home: Path) -> None:
    """What is not chosen is not worked with there."""
    lists = '{"provider": {"gonkagate": {"whitelist": ["a"]}}}'
    assert session(home, {"MIMOCODE_CONFIG_CONTENT": lists}).blockers == ()


def test_one_layer_that_bends_everything_is_not_told_a_hundred_times(home: Path) -> None:
    """A few blockers of a layer are enough."""
    names: dict[tuple[str, ...], object] = {
        (*ENTRY, "models", f"m{number}", "name"): "M" for number in range(100)
    }
    models = ", ".join(f'"m{number}": {{"name": "other"}}' for number in range(100))
    put(home, f'{{"provider": {{"gonkagate": {{"models": {{{models}}}}}}}}}')
    wanted = evolve(expectations(home), values=names)
    seen = outlook(home).layers(outlook(home).everywhere(wanted, None))
    assert isinstance(seen[0], layers.Layer)
    assert 0 < len(foresee(wanted, seen).blockers) <= 5
