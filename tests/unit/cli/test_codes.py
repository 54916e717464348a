"""Blocker codes are an interface: every one that the program can give is one that was published."""

import ast
import enum
from collections.abc import Iterator
from pathlib import Path

import pytest

import reconciler
from reconciler.engine.problems import Code as EngineCode
from reconciler.gonkagate.facts import Code as ProviderCode
from reconciler.mimocode.facts import Code as TargetCode

PUBLISHED = {
    "home_unusable",
    "mimo_not_found",
    "mimo_not_working",
    "mimo_timeout",
    "mimo_version_unreadable",
    "mimo_version_too_old",
    "mimo_version_not_audited",
    "api_key_missing",
    "api_key_malformed",
    "api_key_flag_refused",
    "api_key_rejected",
    "catalog_unreachable",
    "catalog_malformed",
    "catalog_empty",
    "catalog_too_large",
    "catalog_unsafe",
    "model_not_in_catalog",
    "config_unreadable",
    "config_not_an_object",
    "config_value_in_the_way",
    "config_changed_meanwhile",
    "plan_stale",
    "plan_unreadable",
    "plan_file_in_the_way",
    "state_unreadable",
    "state_too_new",
    "locked",
    "write_failed",
    "rollback_incomplete",
    "key_file_unsafe",
    "key_in_project_config",
    "project_redirects_key",
    "provider_disabled",
    "provider_not_enabled",
    "model_not_allowed",
    "model_blocked",
    "mimo_auth_unreadable",
    "overridden_by_layer",
    "overridden_by_unknown_layer",
    "session_override",
    "models_not_listed",
    "resolved_config_unreadable",
    "not_confirmed",
    "nothing_installed",
    "internal_error",
    "usage",
    "interrupted",
    "file_not_replaceable",
    "backup_not_found",
    "edits_would_be_lost",
    "key_file_missing",
    "audit_failed",
    "layers_not_known",
}
ROOMS: list[type[enum.StrEnum]] = [EngineCode, ProviderCode, TargetCode]
MAKERS = {"Blocker": 0, "stop": 0, "block": 0, "_report": 1}
FILES = sorted(Path(reconciler.__file__).parent.rglob("*.py"))


def used(tree: ast.Module) -> Iterator[str]:
    """Give every code that a module makes a blocker with."""
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        at = MAKERS.get(node.func.id)
        if at is None or len(node.args) <= at:
            continue
        code = node.args[at]
        if isinstance(code, ast.Constant):
            yield str(code.value)
        elif isinstance(code, ast.Attribute):
            yield code.attr.lower()
        elif isinstance(code, ast.Name) and code.id in constants:
            yield str(constants[code.id])


def all_used() -> set[str]:
    """Give every code that any module makes a blocker with."""
    return {code for path in FILES for code in used(ast.parse(path.read_text()))}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__module__)
def test_every_code_of_a_room_is_published(room: type[enum.StrEnum]) -> None:
    """No room has a code of its own that nobody was told of, and each is spelled like its name."""
    assert {code.value for code in room} <= PUBLISHED
    assert all(code.value == code.name.lower() for code in room)


def test_every_blocker_has_a_published_code() -> None:
    """Wherever a blocker is made, its code is in the list."""
    found = all_used()
    assert found <= PUBLISHED
    assert len(found) > 30


def test_codes_that_two_rooms_share_mean_one_thing() -> None:
    """A code in two rooms is the same word."""
    for one in ROOMS:
        for other in ROOMS:
            assert all(code.value == other[code.name].value for code in one if code.name in other.__members__)
