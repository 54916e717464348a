"""What is desired: from a flag, else from what is recorded, else from what stands there, else the default."""

from pathlib import Path

import attrs
import pytest

from reconciler import jsonc
from reconciler.commands.desire import Choice, Known, choose, choose_scope, project_keys, user_keys
from reconciler.commands.request import PROJECT, USER, Scope, Selection
from reconciler.engine.claims import Claim, Holding
from reconciler.engine.documents import Document
from reconciler.engine.files import Snapshot
from reconciler.engine.problems import Stop
from reconciler.engine.state import State
from reconciler.gonkagate import entry
from reconciler.gonkagate.catalog import Catalog, Model
from reconciler.mimocode.facts import SCHEMA_KEY, SCHEMA_URL
from reconciler.mimocode.projects import Project

ROOT = Path("/home/u/project")
CATALOG = Catalog(
    tuple(Model(identity, identity) for identity in ("first", "disk", "state", "flag", "other"))
)


def document(role: str, path: str, text: str = "") -> Document:
    """Make a document of a text; none is a missing file."""
    real = Path(path)
    snapshot = Snapshot(real, text.encode(), 0o600, (0, 0)) if text else None
    return Document(role, real, real, snapshot, jsonc.parse(text.encode()))


@attrs.frozen
class Scene:
    """Everything that can bear on a choice, each a model id where it is there."""

    flag_scope: Scope | None = None
    flag: str | None = None
    flag_small: str | None = None
    user_state: str | None = None
    user_state_small: str | None = None
    project_state: str | None = None
    user_disk: str | None = None
    user_disk_small: str | None = None
    project_disk: str | None = None
    foreign_scope: str | None = None
    foreign_model: str | None = None
    in_git: bool = True

    @property
    def selection(self) -> Selection:
        """What was asked for."""
        return Selection(self.flag_scope, self.flag, self.flag_small)

    @property
    def known(self) -> Known:
        """What is recorded and seen."""
        user = document("user_config", "/u.jsonc", _config(self.user_disk, self.user_disk_small))
        project = document("project_config", str(ROOT / "p.json"), _config(self.project_disk, None))
        holdings = [
            _holding(user, self.user_state, self.user_state_small),
            _holding(project, self.project_state, None),
        ]
        held = tuple(one for one in holdings if one.claims)
        foreign = {"scope": self.foreign_scope, "selectedModelKey": self.foreign_model}
        return Known(
            State(1, "l", 1, "t", held) if held else None, foreign, user, project, Project(ROOT, self.in_git)
        )


def _config(model: str | None, small: str | None) -> str:
    parts = {"model": model, "small_model": small}
    told = [f'"{key}": "gonkagate/{value}"' for key, value in parts.items() if value]
    return "{" + ", ".join(told) + "}" if told else ""


def _holding(of: Document, model: str | None, small: str | None) -> Holding:
    pairs = ((entry.MODEL, model), (entry.SMALL_MODEL, small))
    claims = tuple(Claim(key, entry.reference(value)) for key, value in pairs if value)
    return Holding(of.role, str(of.path), claims=claims)


SCOPES: list[tuple[str, Scene, Scope]] = [
    ("a flag", Scene(flag_scope=USER, project_state="state"), USER),
    ("a flag against the default", Scene(flag_scope=PROJECT, in_git=False), PROJECT),
    ("the project's record", Scene(project_state="state", user_state="state"), PROJECT),
    ("the user's record", Scene(user_state="state"), USER),
    ("a record against the disk", Scene(user_state="state", project_disk="disk"), USER),
    ("a predecessor's project scope", Scene(foreign_scope="project"), PROJECT),
    ("a predecessor's project scope elsewhere", Scene(foreign_scope="project", in_git=False), USER),
    ("a predecessor's user scope", Scene(foreign_scope="user"), USER),
    ("a predecessor beside a record", Scene(foreign_scope="project", user_state="state"), USER),
    ("a project file that has us", Scene(project_disk="disk", in_git=False), PROJECT),
    ("a user config that has us", Scene(user_disk="disk"), USER),
    ("both on the disk", Scene(user_disk="disk", project_disk="disk"), PROJECT),
    ("the default in git", Scene(), PROJECT),
    ("the default elsewhere", Scene(in_git=False), USER),
]


@pytest.mark.parametrize(("scene", "scope"), [row[1:] for row in SCOPES], ids=[row[0] for row in SCOPES])
def test_the_scope(scene: Scene, scope: Scope) -> None:
    """A flag, else the record for this folder, else what it stands in, else the default for it."""
    assert choose_scope(scene.selection, scene.known) == scope
    assert choose(scene.selection, scene.known, CATALOG).scope == scope


MODELS: list[tuple[str, Scene, str, str]] = [
    ("nothing known", Scene(), "first", "first"),
    ("a flag", Scene(flag="flag", user_state="state", user_disk="disk"), "flag", "flag"),
    ("a reference as a flag", Scene(flag="gonkagate/flag"), "flag", "flag"),
    ("a flag for the small one", Scene(flag_small="flag"), "first", "flag"),
    ("both flags", Scene(flag="flag", flag_small="other"), "flag", "other"),
    ("a record", Scene(user_state="state", user_disk="disk"), "state", "state"),
    ("a record of both", Scene(user_state="state", user_state_small="other"), "state", "other"),
    (
        "a flag keeps the recorded small one",
        Scene(flag="flag", user_state="state", user_state_small="other"),
        "flag",
        "other",
    ),
    ("this scope's record", Scene(user_state="other", project_state="state"), "state", "state"),
    (
        "this scope's record, the other way",
        Scene(flag_scope=USER, user_state="other", project_state="state"),
        "other",
        "other",
    ),
    ("the other scope's record", Scene(flag_scope=PROJECT, user_state="state"), "state", "state"),
    ("the disk", Scene(user_disk="disk", user_disk_small="other"), "disk", "other"),
    ("the disk, not in the catalog", Scene(user_disk="gone"), "first", "first"),
    ("a predecessor", Scene(foreign_model="other"), "other", "other"),
    ("a predecessor's model that is gone", Scene(foreign_model="gone"), "first", "first"),
    (
        "the disk before a predecessor",
        Scene(user_disk="disk", user_disk_small="disk", foreign_model="other"),
        "disk",
        "disk",
    ),
]


@pytest.mark.parametrize(
    ("scene", "model", "small"), [row[1:] for row in MODELS], ids=[row[0] for row in MODELS]
)
def test_the_models(scene: Scene, model: str, small: str) -> None:
    """A flag, else the record, else the disk, else the first of the catalog; the small one is the model."""
    choice = choose(scene.selection, scene.known, CATALOG)
    assert (choice.model, choice.small_model) == (model, small)


@pytest.mark.parametrize(
    ("scene", "what"),
    [
        (Scene(flag="gone"), "model gone"),
        (Scene(flag=""), "model "),
        (Scene(flag="gonkagate/"), "model gonkagate/"),
        (Scene(flag_small="gone"), "small model gone"),
        (Scene(flag_small=""), "small model "),
        (Scene(user_state="gone"), "model gone"),
        (Scene(user_state="state", user_state_small="gone"), "small model gone"),
    ],
)
def test_a_model_that_is_not_in_the_catalog_is_told(scene: Scene, what: str) -> None:
    """Neither a flag, be it empty, nor a record is silently replaced by another model."""
    with pytest.raises(Stop) as caught:
        choose(scene.selection, scene.known, CATALOG)
    (blocker,) = caught.value.blockers
    assert blocker.code == "model_not_in_catalog"
    assert f"no {what}" in blocker.message


@pytest.mark.parametrize("flag", [None, "gonkagate/x", "gonkagate/gonkagate/x"])
def test_an_id_that_begins_like_our_name_is_taken_whole(flag: str | None) -> None:
    """Where the catalog has such an id, it is no reference that would have to be cut."""
    catalog = Catalog((Model("gonkagate/x", "x"),))
    assert choose(Selection(model=flag), Scene().known, catalog).model == "gonkagate/x"


USERS = document("user_config", "/u.jsonc", '{"a": 1}')


def test_user_scope_puts_everything_into_the_users_config() -> None:
    """Provider, key binding and both activation keys; nothing in the project."""
    choice = Choice(USER, "first", "other")
    keys = user_keys(choice, CATALOG, USERS, None)
    assert keys[entry.MODEL] == "gonkagate/first"
    assert keys[entry.SMALL_MODEL] == "gonkagate/other"
    assert keys[entry.API_KEY] == "{file:~/.gonkagate/mimo-code/api-key}"
    assert project_keys(choice, USERS, None) == {}


def test_project_scope_puts_the_activation_into_the_project_and_nothing_else() -> None:
    """A file that may be committed holds two references and the schema, no provider and no binding."""
    choice = Choice(PROJECT, "first", "other")
    assert project_keys(choice, document("project_config", "/p.json"), None) == {
        SCHEMA_KEY: SCHEMA_URL,
        entry.MODEL: "gonkagate/first",
        entry.SMALL_MODEL: "gonkagate/other",
    }
    keys = user_keys(choice, CATALOG, USERS, None)
    assert entry.MODEL not in keys
    assert entry.SMALL_MODEL not in keys
    assert entry.API_KEY in keys


HELD = Holding("user_config", "/u.jsonc", claims=(Claim(SCHEMA_KEY, SCHEMA_URL),))
HELD_BEFORE = Holding("user_config", "/u.jsonc", claims=(Claim(SCHEMA_KEY, "https://older"),))


@pytest.mark.parametrize(
    ("text", "held", "desired"),
    [
        ("", None, SCHEMA_URL),
        ('{"a": 1}', None, SCHEMA_URL),
        ('{"$schema": ""}', None, SCHEMA_URL),
        ('{"$schema": 3}', None, SCHEMA_URL),
        ('{"$schema": "https://opencode.ai/config.json"}', None, SCHEMA_URL),
        ('{"$schema": "./mine.json"}', None, None),
        (f'{{"$schema": "{SCHEMA_URL}"}}', None, None),
        (f'{{"$schema": "{SCHEMA_URL}"}}', HELD, SCHEMA_URL),
        ('{"$schema": "./mine.json"}', HELD, None),
        ('{"a": 1}', HELD, SCHEMA_URL),
        ('{"$schema": "https://older"}', HELD_BEFORE, "https://older"),
    ],
)
def test_the_schema_is_claimed_only_where_mimocode_would_write_it(
    text: str, held: Holding | None, desired: str | None
) -> None:
    """One of the user's own that MiMoCode leaves alone is not ours; one that we put there stays ours."""
    keys = user_keys(Choice(USER, "first", "first"), CATALOG, document("user_config", "/u.jsonc", text), held)
    assert keys.get(SCHEMA_KEY) == desired
