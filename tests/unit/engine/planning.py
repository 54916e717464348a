"""What tests of the plan share: documents from text, rules with a sensitive key, whole lives of a config."""

from pathlib import Path

from reconciler import jsonc
from reconciler.engine.claims import Holding, Nature
from reconciler.engine.documents import Document
from reconciler.engine.files import Snapshot
from reconciler.engine.plan import DocumentPlan, Rules, plan_document
from reconciler.engine.values import ABSENT, KeyPath

PATH = Path("/home/somebody/config.jsonc")
ROLE = "user_config"
SECRET_KEY = ("provider", "us", "options", "apiKey")
Keys = dict[KeyPath, object]


def document(text: str | bytes | None) -> Document:
    """Give a document of this text; None is a file that is not there."""
    data = text.encode() if isinstance(text, str) else text
    snapshot = None if data is None else Snapshot(PATH, data, 0o600, (1000, 1000))
    return Document(ROLE, PATH, PATH, snapshot, jsonc.parse(data or b""))


def nature(key: KeyPath) -> Nature:
    """Give the nature of a key as a provider would."""
    if key in (("model",), ("small_model",)):
        return Nature.ACTIVATION
    return Nature.SETTING if key[:1] == ("provider",) else Nature.HOUSEKEEPING


def indivisible(key: KeyPath) -> KeyPath | None:
    """Give the `limit` object that a key is a half of."""
    return key[:-1] if key[-2:-1] == ("limit",) else None


def points_at_us(value: object) -> bool:
    """Whether an activation is ours."""
    return isinstance(value, str) and value.startswith("us/")


def rules(backup: str | None = None, *, ours_alone: bool = False) -> Rules:
    """Give the rules; `backup` is the text of the one backup there is."""
    tree = None if backup is None else jsonc.parse(backup.encode())

    def from_backup(name: str, key: KeyPath) -> tuple[object, str | None]:
        node = None if tree is None or len(name) != 64 else tree.node(key)
        return (ABSENT, None) if tree is None or node is None else (node.value, tree.text(key))

    return Rules(
        nature=nature,
        sensitive=lambda key: key == SECRET_KEY,
        points_at_us=points_at_us,
        indivisible=indivisible,
        ours_alone=lambda _key, _value: ours_alone,
        from_backup=from_backup,
    )


def planned(
    text: str | bytes | None, desired: Keys, held: Holding | None = None, backup: str | None = None
) -> DocumentPlan:
    """Plan one document."""
    return plan_document(document(text), desired, held, rules(backup))


def content(plan: DocumentPlan) -> str | None:
    """Give the text that a plan leaves."""
    data = plan.content()
    return None if data is None else data.decode()


def left_again(text: str | bytes | None, *desires: Keys) -> bytes | None:
    """Apply one desire after the other, then leave; give the bytes that remain."""
    plan = planned(text, desires[0])
    for desired in (*desires[1:], {}):
        plan = planned(plan.content(), desired, plan.holding, _text(text))
    return plan.content()


def _text(text: str | bytes | None) -> str | None:
    return text.decode() if isinstance(text, bytes) else text
